import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../base/index.ts";
import { testCluster } from "../index.ts";

test("a quota counts what is there, refuses what is too much, and gets back what goes", async (t) => {
  const cluster = await testCluster(t);
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await cluster.handle({
      method,
      path: `/api/v1/namespaces/default/${path}`,
      headers: { authorization: `Bearer ${cluster.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
    });
    const parts: Uint8Array[] = [];
    for await (const part of response.body) parts.push(part);
    return { status: response.status, json: JSON.parse(Buffer.concat(parts).toString()) };
  };
  const pod = (name: string, cpu: string) => ({
    metadata: { name },
    spec: { containers: [{ name: "c", image: "i", resources: { requests: { cpu } } }] },
  });
  assert.equal((await ask("POST", "pods", pod("a", "300m"))).status, 201);
  const hard = { pods: "3", "requests.cpu": "1", "count/configmaps": "2", services: "1" };
  await ask("POST", "resourcequotas", { metadata: { name: "q" }, spec: { hard } });
  const used = async () => (await ask("GET", "resourcequotas/q")).json.status.used;
  // kube-root-ca.crt counts, too
  assert.deepEqual(await used(), { "count/configmaps": "1", pods: "1", "requests.cpu": "300m", services: "1" });
  assert.equal((await ask("POST", "pods", pod("b", "500m"))).status, 201);
  const refused = await ask("POST", "pods", pod("c", "201m"));
  assert.equal(refused.status, 403);
  assert.equal(
    refused.json.message,
    'pods "c" is forbidden: exceeded quota: q, requested: requests.cpu=201m, used: requests.cpu=800m, limited: requests.cpu=1',
  );
  const silent = await ask("POST", "pods", {
    metadata: { name: "d" },
    spec: { containers: [{ name: "x", image: "i" }] },
  });
  assert.match(silent.json.message, /failed quota: q: must specify requests.cpu for: x$/);
  await ask("DELETE", "pods/b?gracePeriodSeconds=0");
  await sleep(cluster.clock, 1000);
  assert.equal((await used())["requests.cpu"], "300m");
});
