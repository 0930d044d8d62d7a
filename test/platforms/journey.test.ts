/**
 * Two charts go through their environments and back by Slipway, on an embedded cluster, in a restricted namespace: a plain
 * one, and one with hooks, charts of others and claims. All of them, by Helm too: `npm run prove:platforms`.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../src/base/index.ts";
import { type Cluster, scaledClock, startCluster } from "../../src/cluster/index.ts";
import { KubeClient } from "../../src/kube/index.ts";
import { vendorCrds } from "../../scripts/vendor-crds.ts";
import { hasGo } from "../tools/tools.ts";
import { platformCharts } from "./charts.ts";
import { installCrds, slipwayHelm, travel } from "./journey.ts";
import { prepare } from "./prepare.ts";
import { sumOfRequests } from "./requests.ts";

let cluster: Cluster;
let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), "slipway-journey-"));
  cluster = await startCluster({ listen: { port: 0 }, clock: scaledClock(systemClock, 20) });
  await writeFile(join(home, "kubeconfig"), cluster.kubeconfig());
});
after(async () => {
  await cluster.stop();
  await rm(home, { recursive: true, force: true });
});

/** A client with the admin's rights, in process. */
function admin(): KubeClient {
  return new KubeClient((request) =>
    cluster.handle({ ...request, headers: { ...request.headers, authorization: `Bearer ${cluster.token}` } }),
  );
}

const crds = vendorCrds({ offline: process.env["CI"] !== "true" || !hasGo() }).flatMap(({ files }) => files);
const skip = crds.length === 0 ? "the CRDs of operators are not fetched: npm run vendor-crds" : false;

describe("journeys", { concurrency: 2 }, () => {
  for (const chart of platformCharts().filter(({ name }) => ["ml-api", "mlops-sentiment"].includes(name))) {
    test(`${chart.name}: from environment to environment and back, and away`, { skip }, async () => {
      using prepared = prepare(chart.folder);
      const client = admin();
      await installCrds(client, crds);
      const helm = slipwayHelm({ HOME: home, PATH: process.env["PATH"] ?? "", KUBECONFIG: join(home, "kubeconfig") });
      await travel({ client, helm, chart, path: prepared.path }, `journey-${chart.name}`);
    });
  }
});

test("requests are summed as the scheduler counts them", () => {
  const pod = (cpu: string, memory: string, init = "0") =>
    `{containers: [{resources: {requests: {cpu: ${cpu}, memory: ${memory}}}}, {}], initContainers: [{resources: {requests: {cpu: ${init}}}}]}`;
  const sum = sumOfRequests(`
{kind: Deployment, metadata: {name: a}, spec: {replicas: 3, template: {spec: ${pod("100m", "1Gi")}}}}
---
{kind: Deployment, metadata: {name: b}, spec: {template: {spec: ${pod("1", "512Mi", "1500m")}}}}
---
{kind: HorizontalPodAutoscaler, metadata: {name: b}, spec: {minReplicas: 2, scaleTargetRef: {kind: Deployment, name: b}}}
---
{kind: Job, metadata: {name: hook, annotations: {helm.sh/hook: test}}, spec: {template: {spec: ${pod("9", "9Gi")}}}}
---
{kind: ConfigMap, metadata: {name: c}}
`);
  assert.deepEqual(sum, { cpu: 3 * 0.1 + 2 * 1.5, memory: 3 * 2 ** 30 + 2 ** 30 });
});
