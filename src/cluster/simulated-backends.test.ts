/** What stands behind webhooks and APIServices is simulated: it is passed over, or refuses where that was asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { startCluster } from "./index.ts";
import type { Cluster, ClusterOptions } from "./index.ts";

// eslint-disable-next-line typescript/no-explicit-any
type Json = any;

interface Answer {
  readonly status: number;
  readonly warnings: string[];
  readonly body: Json;
}

async function start(t: TestContext, options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await startCluster({ listen: false, ...options });
  t.after(() => cluster.stop());
  return cluster;
}

async function ask(cluster: Cluster, method: string, path: string, body?: Json): Promise<Answer> {
  const response = await cluster.handle({
    method,
    path,
    headers: {
      authorization: `Bearer ${cluster.token}`,
      "content-type": "application/json",
      accept: "application/json",
    },
    ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
  });
  let text = "";
  for await (const chunk of response.body) text += new TextDecoder().decode(chunk);
  const warning = response.headers["warning"] ?? "";
  const warnings = (Array.isArray(warning) ? warning : [warning]).filter((line: string) => line !== "");
  return { status: response.status, warnings, body: JSON.parse(text) };
}

const hooks = (kind: string, more: Json = {}) => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
  metadata: { name: "hooks" },
  webhooks: [
    {
      name: "check.example.com",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      clientConfig: { service: { name: "hook", namespace: "hooks", path: "/check" } },
      rules: [
        { operations: ["CREATE", "UPDATE", "DELETE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] },
      ],
      ...more,
    },
  ],
});
const admission = "/apis/admissionregistration.k8s.io/v1";
const maps = "/api/v1/namespaces/default/configmaps";

test("a webhook is passed over with a warning, in whatever it matches", async (t) => {
  const cluster = await start(t);
  assert.equal(
    (
      await ask(
        cluster,
        "POST",
        `${admission}/validatingwebhookconfigurations`,
        hooks("ValidatingWebhookConfiguration"),
      )
    ).status,
    201,
  );
  const made = await ask(cluster, "POST", maps, { metadata: { name: "a" } });
  assert.equal(made.status, 201);
  assert.match(
    made.warnings.join(),
    /check\.example\.com was passed over: its backend, service hooks\/hook, is simulated/,
  );
  assert.match((await ask(cluster, "DELETE", `${maps}/a`)).warnings.join(), /passed over/);
  assert.deepEqual(
    (await ask(cluster, "POST", "/api/v1/namespaces/default/secrets", { metadata: { name: "a" } })).warnings,
    [],
  );
  // the configuration itself can always be taken away
  assert.deepEqual((await ask(cluster, "DELETE", `${admission}/validatingwebhookconfigurations/hooks`)).warnings, []);
  assert.deepEqual((await ask(cluster, "POST", maps, { metadata: { name: "b" } })).warnings, []);
});

test("selectors and scopes narrow what a webhook matches", async (t) => {
  const cluster = await start(t);
  const narrow = {
    namespaceSelector: {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["default"] }],
    },
    objectSelector: { matchLabels: { watched: "yes" } },
  };
  await ask(
    cluster,
    "POST",
    `${admission}/mutatingwebhookconfigurations`,
    hooks("MutatingWebhookConfiguration", narrow),
  );
  await ask(cluster, "POST", "/api/v1/namespaces", { metadata: { name: "other" } });
  const make = async (namespace: string, labels: Json) =>
    (
      await ask(cluster, "POST", `/api/v1/namespaces/${namespace}/configmaps`, {
        metadata: { generateName: "x-", labels },
      })
    ).warnings.length;
  assert.deepEqual(
    [await make("default", { watched: "yes" }), await make("other", {}), await make("other", { watched: "yes" })],
    [0, 0, 1],
  );
});

test("strict webhooks refuse, and those that may fail do not", async (t) => {
  const cluster = await start(t, { strictWebhooks: true });
  const path = `${admission}/validatingwebhookconfigurations`;
  await ask(cluster, "POST", path, hooks("ValidatingWebhookConfiguration"));
  const refused = await ask(cluster, "POST", maps, { metadata: { name: "a" } });
  assert.equal(refused.status, 500);
  assert.equal(
    refused.body.message,
    'Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: Post "https://hook.hooks.svc:443/check?timeout=10s": service "hook" not found',
  );
  await ask(cluster, "DELETE", `${path}/hooks`);
  await ask(cluster, "POST", path, hooks("ValidatingWebhookConfiguration", { failurePolicy: "Ignore" }));
  const passed = await ask(cluster, "POST", maps, { metadata: { name: "a" } });
  assert.deepEqual([passed.status, passed.warnings], [201, []]);
});

test("an APIService with a simulated backend is available, and breaks neither discovery nor namespaces", async (t) => {
  const cluster = await start(t);
  await ask(cluster, "POST", "/api/v1/namespaces", { metadata: { name: "adapter" } });
  await ask(cluster, "POST", "/api/v1/namespaces/adapter/services", {
    metadata: { name: "adapter" },
    spec: { ports: [{ port: 443 }] },
  });
  const path = "/apis/apiregistration.k8s.io/v1/apiservices";
  const made = await ask(cluster, "POST", path, {
    metadata: { name: "v1beta1.custom.metrics.k8s.io" },
    spec: {
      group: "custom.metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: "adapter", namespace: "adapter" },
    },
  });
  assert.equal(made.status, 201);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { status } = (await ask(cluster, "GET", `${path}/v1beta1.custom.metrics.k8s.io`)).body;
  assert.deepEqual(
    status.conditions.map(({ type, status: is, reason }: Json) => [type, is, reason]),
    [["Available", "True", "Simulated"]],
  );
  const groups = (await ask(cluster, "GET", "/apis")).body.groups.map(({ name }: Json) => name);
  assert.ok(!groups.includes("custom.metrics.k8s.io"));
  const asked = await ask(cluster, "GET", "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/x/y");
  assert.equal(asked.status, 503);
  assert.match(asked.warnings.join(), /served by adapter\/adapter, which is simulated/);
  await ask(cluster, "DELETE", "/api/v1/namespaces/adapter");
  for (let i = 0; i < 100; i++) {
    if ((await ask(cluster, "GET", "/api/v1/namespaces/adapter")).status === 404) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("the namespace was not deleted");
});

test("metrics.k8s.io says what simulated pods and nodes use", async (t) => {
  const cluster = await start(t);
  await ask(cluster, "POST", "/api/v1/namespaces/default/pods", {
    metadata: {
      name: "busy",
      labels: { app: "busy" },
      annotations: { "sim.slipway.dev/cpu": "250m", "sim.slipway.dev/memory": "64Mi" },
    },
    spec: { containers: [{ name: "c", image: "c" }] },
  });
  const path = "/apis/metrics.k8s.io/v1beta1";
  for (let i = 0; i < 100; i++) {
    if ((await ask(cluster, "GET", `${path}/namespaces/default/pods/busy`)).status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { body } = await ask(cluster, "GET", `${path}/namespaces/default/pods?labelSelector=app%3Dbusy`);
  assert.equal(body.kind, "PodMetricsList");
  assert.deepEqual(body.items[0].containers, [{ name: "c", usage: { cpu: "250m", memory: "65536Ki" } }]);
  const nodes = (await ask(cluster, "GET", `${path}/nodes`)).body.items;
  assert.equal(nodes.length, 2);
  assert.ok(nodes.some(({ usage }: Json) => usage.cpu === "300m"));
  assert.equal((await ask(cluster, "DELETE", `${path}/nodes/x`)).status, 405);
});
