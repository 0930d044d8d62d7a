import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep, type SlipwayError } from "../../src/base/index.ts";
import type { ApiObject, Transport } from "../../src/kube/index.ts";
import { history, install, rollback, upgrade } from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab, type Lab } from "./lab.ts";

const named = (apiVersion: string, kind: string, fields: object) => ({
  apiVersion,
  kind,
  metadata: { name: "x" },
  ...fields,
});
const workload = (kind: string, spec: object) =>
  named("apps/v1", kind, {
    spec: {
      selector: { matchLabels: { app: "x" } },
      template: {
        metadata: { labels: { app: "x", tier: "web" } },
        spec: { containers: [{ name: "c", image: "nginx:1" }] },
      },
      ...spec,
    },
  });
const stateful = (storage: string) => {
  const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } };
  return workload("StatefulSet", { serviceName: "x", volumeClaimTemplates: [{ metadata: { name: "data" }, spec }] });
};
const job = (image: string, spec: object = {}) =>
  named("batch/v1", "Job", {
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image }] } }, ...spec },
  });
const claim = (storage: string, spec: object = {}) =>
  named("v1", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...spec },
  });
const service = (spec: object) => named("v1", "Service", { spec: { ports: [{ port: 80 }], ...spec } });
const binding = (name: string) =>
  named("rbac.authorization.k8s.io/v1", "RoleBinding", {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
  });
const pod = (env: object[]) => named("v1", "Pod", { spec: { containers: [{ name: "c", image: "nginx:1", env }] } });

/** What changes, to what, and the line that tells of it; none where it may change. */
const changes: readonly [before: object, after: object, told?: string][] = [
  [
    workload("Deployment", {}),
    workload("Deployment", { selector: { matchLabels: { app: "x", tier: "web" } } }),
    'Deployment x: spec.selector.matchLabels.tier cannot change from nothing to "web"',
  ],
  [
    stateful("1Gi"),
    stateful("2Gi"),
    'StatefulSet x: spec.volumeClaimTemplates.0.spec.resources.requests.storage cannot change from "1Gi" to "2Gi"',
  ],
  [job("a:1"), job("a:2"), 'Job x: spec.template.spec.containers.0.image cannot change from "a:1" to "a:2"'],
  [job("a:1", { completions: 1 }), job("a:1", { completions: 2 }), "Job x: spec.completions cannot change from 1 to 2"],
  [job("a:1", { backoffLimit: 1 }), job("a:1", { backoffLimit: 2 })],
  [
    service({ clusterIP: "10.96.7.7" }),
    service({ clusterIP: "10.96.7.8" }),
    'Service x: spec.clusterIP cannot change from "10.96.7.7" to "10.96.7.8"',
  ],
  [
    service({ type: "LoadBalancer", loadBalancerClass: "a/b" }),
    service({ type: "LoadBalancer", loadBalancerClass: "a/c" }),
    'Service x: spec.loadBalancerClass cannot change from "a/b" to "a/c"',
  ],
  [
    claim("1Gi", { storageClassName: "a" }),
    claim("1Gi", { storageClassName: "b" }),
    'PersistentVolumeClaim x: spec.storageClassName cannot change from "a" to "b"',
  ],
  [
    named("v1", "ConfigMap", { data: { a: "1" }, immutable: true }),
    named("v1", "ConfigMap", { data: { a: "2" }, immutable: true }),
    'ConfigMap x: data.a cannot change from "1" to "2"',
  ],
  [
    named("v1", "Secret", { stringData: { a: "hunter2" }, immutable: true }),
    named("v1", "Secret", { stringData: { a: "hunter3" }, immutable: true }),
    "Secret x: stringData.a cannot change from (hidden) to (hidden)",
  ],
  [
    named("v1", "Secret", { type: "a/b" }),
    named("v1", "Secret", { type: "a/c" }),
    'Secret x: type cannot change from "a/b" to "a/c"',
  ],
  [binding("view"), binding("edit"), 'RoleBinding x: roleRef.name cannot change from "view" to "edit"'],
  [
    named("storage.k8s.io/v1", "StorageClass", { provisioner: "a/b", parameters: { p: "1" } }),
    named("storage.k8s.io/v1", "StorageClass", { provisioner: "a/b", parameters: { p: "2" } }),
    'StorageClass x: parameters.p cannot change from "1" to "2"',
  ],
  [
    named("scheduling.k8s.io/v1", "PriorityClass", { value: 1 }),
    named("scheduling.k8s.io/v1", "PriorityClass", { value: 2 }),
    "PriorityClass x: value cannot change from 1 to 2",
  ],
  [
    named("discovery.k8s.io/v1", "EndpointSlice", { addressType: "IPv4", endpoints: [] }),
    named("discovery.k8s.io/v1", "EndpointSlice", { addressType: "IPv6", endpoints: [] }),
    'EndpointSlice x: addressType cannot change from "IPv4" to "IPv6"',
  ],
  [
    pod([]),
    pod([{ name: "A", value: "b" }]),
    'Pod x: spec.containers.0.env cannot change from [] to [{"name":"A","value":"b"}]',
  ],
  [
    named("networking.k8s.io/v1", "Ingress", { spec: { ingressClassName: "a", rules: [{ host: "a.example" }] } }),
    named("networking.k8s.io/v1", "Ingress", { spec: { ingressClassName: "b", rules: [{ host: "b.example" }] } }),
  ],
];

const chart = (object: object, value: string) =>
  chartOf({ "a.yaml": configMap("before", value), "x.yaml": JSON.stringify(object) });

async function liveOf(lab: Lab, object: object): Promise<ApiObject> {
  const resource = await lab.client.resourceFor(object as ApiObject);
  return await lab.client.get({ resource, namespace: "default", name: "x" });
}

const statuses = async (lab: Lab) =>
  (await history(lab.site, "r")).map(({ version, status }) => `${version} ${status}`);

for (const serverSide of [true, false])
  test(`fields that cannot change are foreseen, told with what to do, and --replace does it; server-side=${serverSide}`, async () => {
    for (const [before, after, told] of changes) {
      await using lab = await openLab();
      await install(lab.site, { name: "r", chart: chart(before, '"1"'), serverSide }).result;
      const was = await liveOf(lab, before);
      const change = { name: "r", chart: chart(after, '"2"') };
      if (told === undefined) {
        await upgrade(lab.site, change).result;
        assert.equal((await liveOf(lab, after)).metadata.uid, was.metadata.uid);
        continue;
      }
      await assert.rejects(upgrade(lab.site, change).result, (error: SlipwayError) => {
        const [first, second] = error.message.split("\n");
        assert.equal(first, told);
        assert.match(second as string, / is invalid: /);
        assert.doesNotMatch(error.message, /hunter/);
        assert.match(error.facts.fix ?? "", new RegExp(`^Nothing was changed.* with --replace ${was.kind}/x\\.$`));
        return true;
      });
      assert.deepEqual(await lab.configMap("before"), { value: "1" }, told);
      assert.deepEqual(await statuses(lab), ["1 deployed"], told);
      await upgrade(lab.site, { ...change, replaceObjects: [`${was.kind}/x`] }).result;
      assert.notEqual((await liveOf(lab, after)).metadata.uid, was.metadata.uid, told);
      assert.deepEqual(await lab.configMap("before"), { value: "2" });
    }
  });

test("a rollback foresees them too; one that follows a failed upgrade makes anew what that had made anew", async () => {
  await using lab = await openLab();
  const [one, two] = [job("a:1"), job("a:2")];
  await install(lab.site, { name: "r", chart: chart(one, '"1"') }).result;
  const replaceObjects = ["Job/x"];
  await upgrade(lab.site, { name: "r", chart: chart(two, '"2"'), replaceObjects }).result;
  await assert.rejects(rollback(lab.site, { name: "r" }).result, /image cannot change from "a:2" to "a:1"/);
  assert.deepEqual(await lab.configMap("before"), { value: "2" });
  assert.deepEqual(await statuses(lab), ["1 superseded", "2 deployed"]);
  await rollback(lab.site, { name: "r", replaceObjects }).result;
  assert.deepEqual(await lab.configMap("before"), { value: "1" });
  const bad = chartOf({
    "a.yaml": configMap("before", '"3"'),
    "d.yaml": deployment("d").replace("nginx:1", "slipway.example/no-such-image"),
    "x.yaml": JSON.stringify(two),
  });
  const failing = { name: "r", chart: bad, replaceObjects, rollbackOnFailure: true, timeout: 20_000 };
  await assert.rejects(
    upgrade(lab.site, { ...failing, chart: chartOf({ ...templates(bad), "z.yaml": refused }) }).result,
    /has been rolled back/,
  );
  assert.equal(imageOf(await liveOf(lab, one)), "a:1");
});

const refused =
  "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: z}\nspec: {rules: [{host: '*bad'}]}\n";

function templates(made: ReturnType<typeof chartOf>): Record<string, string> {
  return Object.fromEntries(
    made.templates.map(({ name, data }) => [name.replace("templates/", ""), new TextDecoder().decode(data)]),
  );
}

test("what --replace would delete and could not make anew is left alone", async () => {
  await using lab = await openLab();
  const before = workload("Deployment", {});
  const after = workload("Deployment", { selector: { matchLabels: { app: "other" } } });
  await install(lab.site, { name: "r", chart: chart(before, '"1"') }).result;
  const was = await liveOf(lab, before);
  const change = { name: "r", chart: chart(after, '"2"'), replaceObjects: ["Deployment/x"] };
  await assert.rejects(upgrade(lab.site, change).result, (error: SlipwayError) => {
    assert.match(error.message, /^Deployment\.apps "x" is invalid: .*`selector` does not match template `labels`/);
    assert.match(error.facts.fix ?? "", /^Nothing was changed: Deployment\/x would be deleted/);
    return true;
  });
  assert.equal((await liveOf(lab, before)).metadata.uid, was.metadata.uid);
  assert.deepEqual(await statuses(lab), ["1 deployed"]);
});

test("what --replace would delete is left alone where another release has taken it over", async () => {
  await using lab = await openLab();
  const [one, two] = [job("a:1"), job("a:2")];
  await install(lab.site, { name: "r", chart: chart(one, '"1"') }).result;
  await install(lab.site, { name: "other", chart: chartOf({ "x.yaml": JSON.stringify(one) }), takeOwnership: true })
    .result;
  const was = await liveOf(lab, one);
  const change = { name: "r", chart: chart(two, '"2"'), replaceObjects: ["Job/x"] };
  await assert.rejects(upgrade(lab.site, change).result, { message: /^Job\/x belongs to another release by now/ });
  assert.equal((await liveOf(lab, one)).metadata.uid, was.metadata.uid);
  assert.deepEqual(await lab.configMap("before"), { value: "1" });
});

function imageOf(object: ApiObject): string {
  const spec = object.spec as { template: { spec: { containers: { image: string }[] } } };
  return spec.template.spec.containers[0]?.image ?? "";
}

test("rules of a definition are the server's to know: refused changes are told apart from objects that are wrong", async () => {
  await using lab = await openLab();
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  await lab.client.json({
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    body: {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "probes.probe.example.com" },
      spec: {
        group: "probe.example.com",
        scope: "Namespaced",
        names: { plural: "probes", singular: "probe", kind: "Probe", listKind: "ProbeList" },
        versions: [{ name: "v1", served: true, storage: true, schema }],
      },
    },
  });
  await sleep(lab.clock, 2000);
  const probe = (region: string) => named("probe.example.com/v1", "Probe", { spec: { region } });
  /** A server whose definition fixes the region once it is set, and knows of no region "mars". */
  const transport: Transport = async (request) => {
    const text = request.body === undefined ? "" : new TextDecoder().decode(request.body);
    const rule = request.method === "PATCH" && text.includes('"us"') ? "the region is what it is" : undefined;
    const why = text.includes('"mars"') ? "no such region" : rule;
    if (why === undefined || !request.path.includes("/probes")) return await lab.transport(request);
    const message = `Probe.probe.example.com "x" is invalid: spec.region: Invalid value: "string": ${why}`;
    const status = { kind: "Status", status: "Failure", reason: "Invalid", code: 422, message };
    const body = [new TextEncoder().encode(JSON.stringify(status))];
    return {
      status: 422,
      headers: {},
      body: (async function* () {
        yield* body;
      })(),
    };
  };
  const site = { ...lab.site, client: lab.connect(transport) };
  await install(site, { name: "r", chart: chart(probe("eu"), '"1"') }).result;
  await assert.rejects(upgrade(site, { name: "r", chart: chart(probe("us"), '"2"') }).result, (error: Error) => {
    assert.match(error.message, /^Probe x: spec\.region cannot change from "eu" to "us"\n.*the region is what it is$/);
    return true;
  });
  assert.deepEqual(await statuses(lab), ["1 deployed"]);
  await assert.rejects(
    upgrade(site, { name: "r", chart: chart(probe("mars"), '"2"') }).result,
    /^SlipwayError: server-side apply failed for object default\/x .*no such region/,
  );
  assert.deepEqual(await statuses(lab), ["1 deployed", "2 failed"]);
});

/** A Deployment `x` whose pods are labelled otherwise. */
const labelled = (app: string) => {
  const metadata = { labels: { app, tier: "web" }, annotations: { "sim.slipway.dev/never-ready": "true" } };
  const template = { metadata, spec: { containers: [{ name: "c", image: "nginx:1" }] } };
  return workload("Deployment", { selector: { matchLabels: { app } }, template });
};
const cannot = /^Deployment x: spec\.selector\.matchLabels\.app cannot change from "y" to "x"\n.*field is immutable$/;

test("after an installation that was cut off they are foreseen as well: what is live is not what is wanted", async () => {
  await using lab = await openLab();
  let dead = false;
  const transport: Transport = async (request) => {
    if (dead) throw new Error("killed");
    const answer = await lab.transport(request);
    dead = request.method === "PATCH" && request.path.includes("/deployments/x");
    return answer;
  };
  const killed = { ...lab.site, client: lab.connect(transport) };
  await install(killed, { name: "r", chart: chart(labelled("y"), '"1"'), wait: "watcher" }).result.catch(() => {});
  const again = { name: "r", chart: chart(labelled("x"), '"2"') };
  for (let time = 0; time < 2; time++)
    await assert.rejects(install(lab.site, again).result, (error: SlipwayError) => {
      assert.match(error.message, cannot);
      assert.match(
        error.facts.fix ?? "",
        /^Nothing was changed.*`slipway upgrade --install r CHART --reset-values --replace Deployment.x`/,
      );
      return true;
    });
  assert.deepEqual(await statuses(lab), ["1 pending-install"]);
  await upgrade(lab.site, { ...again, install: true, replaceObjects: ["Deployment/x"] }).result;
  assert.deepEqual(await statuses(lab), ["1 superseded", "2 deployed"]);
});

for (const serverSide of [true, false])
  test(`one that nobody could foresee is told alike, and is foreseen from then on; server-side=${serverSide}`, async () => {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart: chart(labelled("x"), '"1"'), serverSide }).result;
    const live = await liveOf(lab, labelled("x"));
    const ref = { resource: await lab.client.resourceFor(live), namespace: "default", name: "x" };
    await lab.client.delete(ref, { propagation: "Background" });
    await sleep(lab.clock, 5000);
    const { labels, annotations } = live.metadata;
    const metadata = { name: "x", labels, annotations } as ApiObject["metadata"];
    await lab.client.create(ref.resource, "default", { ...labelled("y"), metadata });
    const change = { name: "r", chart: chart(labelled("x"), '"2"'), forceConflicts: serverSide };
    const refusedWith = (fix: RegExp) => (error: SlipwayError) => {
      assert.match(error.message, cannot);
      assert.match(error.facts.fix ?? "", fix);
      return true;
    };
    const told = refusedWith(/^An upgrade with --replace Deployment\/x deletes it and makes it anew\.$/);
    await assert.rejects(upgrade(lab.site, change).result, told);
    const foreseen = refusedWith(/^Nothing was changed.* with --replace Deployment\/x\.$/);
    await assert.rejects(upgrade(lab.site, change).result, foreseen);
    assert.deepEqual(await statuses(lab), ["1 deployed", "2 failed"]);
    await upgrade(lab.site, { ...change, replaceObjects: ["Deployment/x"] }).result;
    assert.deepEqual(await statuses(lab), ["1 superseded", "2 failed", "3 deployed"]);
  });
