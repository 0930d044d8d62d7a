/**
 * What our controllers, scheduler and events say of a namespace of workloads, against what a real control plane said of the same
 * (recorded by `npm run prove:statuses -- --record`), on the virtual clock.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync } from "node:zlib";
import { sleep } from "../../src/base/index.ts";
import { testCluster } from "../../src/cluster/index.ts";
import { parseDocuments } from "../../src/goyaml/index.ts";
import { events, fields, type Json } from "../../scripts/prove/statuses/compare.ts";

const root = join(import.meta.dirname, "..", "..");
const recorded: { fields: [string, string][]; events: string[] } = JSON.parse(
  brotliDecompressSync(readFileSync(join(root, "test", "recordings", "statuses.json.br"))).toString(),
);

const places: Readonly<Record<string, string>> = {
  Deployment: "apis/apps/v1:deployments",
  ReplicaSet: "apis/apps/v1:replicasets",
  StatefulSet: "apis/apps/v1:statefulsets",
  DaemonSet: "apis/apps/v1:daemonsets",
  ControllerRevision: "apis/apps/v1:controllerrevisions",
  Job: "apis/batch/v1:jobs",
  CronJob: "apis/batch/v1:cronjobs",
  Service: "api/v1:services",
  Endpoints: "api/v1:endpoints",
  EndpointSlice: "apis/discovery.k8s.io/v1:endpointslices",
  PodDisruptionBudget: "apis/policy/v1:poddisruptionbudgets",
  HorizontalPodAutoscaler: "apis/autoscaling/v2:horizontalpodautoscalers",
  PersistentVolumeClaim: "api/v1:persistentvolumeclaims",
  Pod: "api/v1:pods",
  ServiceAccount: "api/v1:serviceaccounts",
  Event: "api/v1:events",
};

function pathOf(kind: string, name = ""): string {
  const [group, plural] = (places[kind] ?? "").split(":");
  return `/${group}/namespaces/proof/${plural}${name === "" ? "" : `/${name}`}`;
}

test("controllers, scheduler and events say what the reference said", async (t) => {
  const cluster = await testCluster(t);
  const ask = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const answer = await cluster.ask(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const manifests = readFileSync(join(root, "scripts", "prove", "statuses", "manifests.yaml"), "utf8");
  for (const document of parseDocuments(manifests) as Json[]) {
    await ask("POST", document.kind === "Namespace" ? "/api/v1/namespaces" : pathOf(document.kind), document);
  }
  await sleep(cluster.clock, 10_000);
  const web = await ask("GET", pathOf("Deployment", "web"));
  web.spec.template.spec.containers[0].image = "c:2";
  await ask("PUT", pathOf("Deployment", "web"), web);
  await sleep(cluster.clock, 10_000);
  await ask("PATCH", pathOf("StatefulSet", "db"), { spec: { replicas: 1 } });
  await sleep(cluster.clock, 20_000);
  const items: Json[] = [];
  for (const kind of Object.keys(places)) {
    const list = await ask("GET", pathOf(kind));
    for (const item of list.items) items.push({ ...item, kind, apiVersion: list.apiVersion });
  }
  const ours = fields(items);
  const theirs = new Map(recorded.fields);
  const differences: string[] = [];
  for (const path of new Set([...theirs.keys(), ...ours.keys()])) {
    const [a, b] = [theirs.get(path), ours.get(path)];
    if (a !== b) differences.push(`${path}: reference ${a ?? "-"}, embedded ${b ?? "-"}`);
  }
  const said = events(items);
  for (const text of recorded.events) if (!said.has(text)) differences.push(`event only of the reference: ${text}`);
  for (const text of said) if (!recorded.events.includes(text)) differences.push(`event only of ours: ${text}`);
  assert.deepEqual(differences, []);
  assert.ok(theirs.size > 1500);
});
