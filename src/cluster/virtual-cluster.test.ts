import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, sleep } from "../base/index.ts";
import { createVirtualClock, startCluster, testCluster } from "./index.ts";

/** A crash loop watched for twenty minutes: what happened when, from a seed. */
async function crashLoop(seed: number): Promise<{ restarts: number; text: string; at: number }> {
  const clock = createVirtualClock();
  const began = clock.now();
  const cluster = await startCluster({ listen: false, clock, random: seededRandom(seed) });
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await cluster.handle({
      method,
      path,
      headers: { authorization: `Bearer ${cluster.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
    });
    let text = "";
    for await (const chunk of response.body) text += new TextDecoder().decode(chunk);
    return { status: response.status, text };
  };
  try {
    const made = await call("POST", "/api/v1/namespaces/default/pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "loop", annotations: { "sim.slipway.dev/crash-after": "5s" } },
      spec: { containers: [{ name: "c", image: "c:1" }] },
    });
    assert.equal(made.status, 201, made.text);
    await sleep(clock, 20 * 60_000);
    const { text } = await call("GET", "/api/v1/namespaces/default/pods/loop");
    const status = JSON.parse(text).status.containerStatuses[0];
    return { restarts: status.restartCount, text, at: clock.now() - began };
  } finally {
    await cluster.stop();
  }
}

test("twenty minutes of a crash loop take no time and are the same every time", async () => {
  const began = performance.now();
  const first = await crashLoop(7);
  assert.ok(performance.now() - began < 5000);
  assert.equal(first.at, 20 * 60_000);
  // At once, then after 10, 20, 40, 80, 160 and 300 s of back-off, each after 5 s of running: eight restarts by minute 20.
  assert.equal(first.restarts, 8);
  assert.deepEqual(await crashLoop(7), first);
});

test("a watch without a timeout lets time pass until it has news", async () => {
  const clock = createVirtualClock();
  const cluster = await startCluster({ listen: false, clock, random: seededRandom(1) });
  const headers = { authorization: `Bearer ${cluster.token}`, "content-type": "application/json" };
  const body = new TextEncoder().encode(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "slow", annotations: { "sim.slipway.dev/ready-after": "9m" } },
      spec: { containers: [{ name: "c", image: "c:1" }] },
    }),
  );
  const path = "/api/v1/namespaces/default/pods";
  await cluster.handle({ method: "POST", path, headers, body });
  const began = clock.now();
  const watch = await cluster.handle({ method: "GET", path: `${path}?watch=true`, headers });
  let text = "";
  for await (const chunk of watch.body) {
    text += new TextDecoder().decode(chunk);
    if (/"type":"ContainersReady"[^}]*"status":"True"/.test(text)) break;
  }
  assert.ok(clock.now() - began >= 9 * 60_000);
  await cluster.stop();
});

test("the helper for tests: a cluster that ends with its test", async (t) => {
  const cluster = await testCluster(t, { nodes: 1 });
  const spec = { containers: [{ name: "c", image: "c:1" }] };
  const annotations = { "sim.slipway.dev/ready-after": "3m" };
  const path = "/api/v1/namespaces/default/pods";
  assert.equal((await cluster.ask("POST", path, { metadata: { name: "p", annotations }, spec })).status, 201);
  await sleep(cluster.clock, 4 * 60_000);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const pod = (await cluster.ask("GET", `${path}/p`)).body as any;
  assert.equal(pod.status.containerStatuses[0].ready, true);
});

test("a claim of the default class gets a volume that the server itself takes, whatever its provisioner is called", async (t) => {
  const cluster = await testCluster(t, { nodes: 1 });
  const path = "/api/v1/namespaces/default/persistentvolumeclaims";
  const provisioner = "kubernetes.io/aws-ebs";
  await cluster.ask("POST", "/apis/storage.k8s.io/v1/storageclasses", { metadata: { name: "old" }, provisioner });
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  await cluster.ask("POST", path, { metadata: { name: "plain" }, spec });
  await cluster.ask("POST", path, { metadata: { name: "old" }, spec: { ...spec, storageClassName: "old" } });
  await sleep(cluster.clock, 10_000);
  for (const name of ["plain", "old"]) {
    const { body } = await cluster.ask("GET", `${path}/${name}`);
    assert.equal((body as { status: { phase: string } }).status.phase, "Bound", name);
  }
});

test("a claim grows only when it is bound and its class lets volumes grow", async (t) => {
  const cluster = await testCluster(t, { nodes: 1 });
  const path = "/api/v1/namespaces/default/persistentvolumeclaims";
  const provisioner = "example.com/stiff";
  await cluster.ask("POST", "/apis/storage.k8s.io/v1/storageclasses", { metadata: { name: "stiff" }, provisioner });
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  await cluster.ask("POST", path, { metadata: { name: "plain" }, spec });
  await cluster.ask("POST", path, { metadata: { name: "stiff" }, spec: { ...spec, storageClassName: "stiff" } });
  await sleep(cluster.clock, 10_000);
  const grow = async (name: string) => {
    const patch = { spec: { resources: { requests: { storage: "2Gi" } } } };
    const { status, body } = await cluster.ask("PATCH", `${path}/${name}`, patch);
    return `${status} ${(body as { message?: string }).message ?? ""}`;
  };
  assert.equal(await grow("plain"), "200 ");
  assert.match(
    await grow("stiff"),
    /^403 persistentvolumeclaims "stiff" is forbidden: only dynamically provisioned pvc/,
  );
});
