import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { loadFiles } from "../../src/chart/index.ts";
import type { ApiRequest, Transport } from "../../src/kube/index.ts";
import { parseManifest } from "../../src/manifest/index.ts";
import {
  diffUpgrade,
  install,
  list,
  rollback,
  test as runTest,
  testLogs,
  uninstall,
  upgrade,
} from "../../src/release/index.ts";
import { makeChart } from "../interplay/chart.ts";
import { runSlipway } from "../interplay/run.ts";
import { deployment, openLab, type Lab } from "./lab.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-rights-"));
after(() => rmSync(folder, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

const meta = (name: string) => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`;

/** What needs rights of every sort: workloads, a subchart, cluster-wide kinds, roles and bindings, hooks, a test, lookups, a definition. */
const everything: Files = {
  "Chart.yaml": meta("everything"),
  "crds/t.yaml": `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.x.example.com}
spec:
  group: x.example.com
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing, listKind: ThingList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`,
  "templates/thing.yaml": "apiVersion: x.example.com/v1\nkind: Thing\nmetadata: {name: t}\n",
  "templates/web.yaml": deployment("web").replace("nginx:1", '{{ .Values.image | default "nginx:1" }}'),
  "charts/sub/Chart.yaml": meta("sub"),
  "charts/sub/templates/s.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n",
  "templates/class.yaml":
    "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high-{{ .Release.Name }}}\nvalue: 1\n",
  "templates/roles.yaml": `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: a}
rules: [{apiGroups: [batch], resources: [cronjobs], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: a}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
`,
  "templates/config.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: seen}
data:
  ingresses: {{ len (lookup "networking.k8s.io/v1" "Ingress" .Release.Namespace "") | quote }}
  node: {{ len (lookup "v1" "Node" "" "n") | quote }}
`,
  "templates/hook.yaml": `apiVersion: batch/v1
kind: Job
metadata: {name: h, annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-output-log-policy: hook-succeeded}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: probe, annotations: {helm.sh/hook: test}}
spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}
`,
};

const small: Files = {
  "Chart.yaml": meta("small"),
  "templates/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
};

const verbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

/** What right a request takes: `x.example.com/things list`. Undefined for what everybody may ask. */
function rightOf({ method, path }: ApiRequest): string | undefined {
  const url = new URL(path, "http://x");
  const match =
    /^\/(?:api\/v1|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/[^/]+(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      url.pathname,
    );
  if (match === null) return undefined;
  const [, group = "", plural, name, part] = match;
  const read = name !== undefined ? "get" : url.searchParams.has("watch") ? "watch" : "list";
  return `${group}/${plural}${part === undefined ? "" : `/${part}`} ${verbs[method] ?? read}`;
}

/** Writes the chart, has its rights printed and given to somebody; gives the verbs of the rules that are not there to be given away. */
async function grant(lab: Lab, files: Files): Promise<Set<string>> {
  const path = mkdtempSync(join(folder, "chart-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  const { code, out, text } = await runSlipway(["rbac", path, "--name", "r", "--account", "default:deployer"]);
  assert.equal(code, 0, text);
  const granted = new Set<string>();
  for (const { object } of parseManifest(out)) {
    const resource = await lab.client.resourceFor(object);
    await lab.client.create(resource, resource.namespaced ? "default" : undefined, object);
    for (const rule of (object.rules as {
      apiGroups: string[];
      resources: string[];
      verbs: string[];
      resourceNames?: string[];
    }[]) ?? [])
      for (const name of rule.resourceNames === undefined ? rule.resources : [])
        for (const verb of rule.verbs) granted.add(`${rule.apiGroups[0]}/${name} ${verb}`);
  }
  return granted;
}

/** A whole life of a release by an account with these rights: what it was refused, and which of its rights it used. */
async function live(files: Files, hasTests: boolean): Promise<{ refused: string[]; unused: string[] }> {
  await using lab = await openLab();
  const granted = await grant(lab, files);
  const used = new Set<string>();
  const refused: string[] = [];
  const identity = {
    "impersonate-user": "system:serviceaccount:default:deployer",
    "impersonate-group": "system:serviceaccounts",
  };
  const transport: Transport = async (request) => {
    const response = await lab.transport({ ...request, headers: { ...request.headers, ...identity } });
    const right = rightOf(request);
    if (right === undefined) return response;
    if (response.status === 403) refused.push(right);
    used.add(right);
    // An apply that creates takes both rights.
    if (response.status === 201) used.add(right.replace(/patch$/, "create"));
    return response;
  };
  const site = { ...lab.site, client: lab.connect(transport) };
  const data = (text: string) => new TextEncoder().encode(text);
  const chart = loadFiles(Object.entries(files).map(([name, text]) => ({ name, data: data(text) })));
  const options = { name: "r", chart, timeout: 30_000 };
  const bad = { image: "slipway.example/no-such-image", hookfail: true };
  await install(site, { ...options, wait: "watcher", waitForJobs: true }).result;
  if (hasTests) {
    const { release } = await runTest(site, { name: "r", timeout: 30_000 }).result;
    for await (const _ of testLogs(site, release, { name: "r" }));
  }
  const failing = { ...options, values: bad, wait: "watcher", rollbackOnFailure: true, cleanupOnFail: true } as const;
  await upgrade(site, failing).result.catch(() => {});
  await upgrade(site, { ...options, wait: "watcher", values: { image: "nginx:2", extra: true } }).result;
  await upgrade(site, { ...options, serverSide: false, wait: "legacy" }).result;
  await upgrade(site, { ...options, serverSide: false, forceReplace: true }).result;
  await rollback(site, { name: "r", revision: 1, wait: "watcher", timeout: 30_000 }).result;
  await diffUpgrade(site, options);
  await list(site, {});
  await uninstall(site, { name: "r", wait: "watcher", timeout: 30_000 }).result;
  return { refused, unused: [...granted].filter((right) => !used.has(right)).toSorted() };
}

/** Taken only where somebody else holds the lease, or it has to be renewed. */
const lease = ["coordination.k8s.io/leases get", "coordination.k8s.io/leases update"];

test("what `slipway rbac` prints is enough for a release's whole life, and no verb of it is idle", async () => {
  assert.deepEqual(await live(everything, true), {
    refused: [],
    // One is for the chart's own Role to give away, the other for bindings that take their time to go.
    unused: ["batch/cronjobs get", ...lease, "rbac.authorization.k8s.io/rolebindings watch"],
  });
  assert.deepEqual(await live(small, false), { refused: [], unused: ["/configmaps watch", ...lease] });
});

test("the same for charts made by chance: nothing is refused", async () => {
  for (const seed of [21, 22, 23]) {
    const { files, hasTests, customGroup } = makeChart(seed, { controllers: true, lists: true });
    // Claims of a class that does not exist are never bound: nothing to wait for.
    const kept = Object.fromEntries([...files].filter(([name]) => name !== "templates/claim.yaml"));
    const { refused } = await live(kept, hasTests);
    assert.deepEqual(refused, [], `seed ${seed}${customGroup === undefined ? "" : ", with a definition"}`);
  }
});
