import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { startCluster } from "../../src/cluster/index.ts";
import { wellKnown } from "../../src/kube/index.ts";
import { diffRecords, diffRollback, diffUpgrade, install, upgrade, type ReleaseDiff } from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab } from "./lab.ts";

test("a field that somebody else changed: the diff says what the upgrade will say", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf({ "c.yaml": configMap("c", '"1"') }) }).result;
  const body = { data: { value: "by hand" } };
  await lab.client.patch({ resource: wellKnown.configMaps, namespace: "default", name: "c" }, "merge", body, {
    fieldManager: "kubectl-edit",
  });
  const options = { name: "r", chart: chartOf({ "c.yaml": configMap("c", '"2"') }) };
  const [change] = (await diffUpgrade(lab.site, options)).changes;
  assert.equal(change?.change, "update");
  assert.match(change?.refused ?? "", /conflict with "kubectl-edit"/);
  await assert.rejects(upgrade(lab.site, options).result, /conflict with "kubectl-edit"/);
  const [taken] = (await diffUpgrade(lab.site, { ...options, forceConflicts: true })).changes;
  assert.equal(taken?.refused, undefined);
});

/** The lines that a diff would take away and add, without their signs' blanks. */
function lines({ changes }: Pick<ReleaseDiff, "changes">): string[] {
  return changes.flatMap(({ kind, name, before, after, change }) => {
    const [old, fresh] = [before.split("\n"), after.split("\n")];
    if (change === "create" || change === "delete") return [`${change} ${kind}/${name}`];
    return [
      ...old.filter((line) => !fresh.includes(line)).map((line) => `- ${line.trim()}`),
      ...fresh.filter((line) => !old.includes(line)).map((line) => `+ ${line.trim()}`),
    ];
  });
}

const hook = configMap("h", "{{ .Values.value | default 1 | quote }}", { "helm.sh/hook": "post-upgrade" });
const onlyTest = configMap("t", "{{ .Values.value | default 1 | quote }}", { "helm.sh/hook": "test" });

test("hooks are compared too; those of tests where they are asked for", async () => {
  await using lab = await openLab();
  const chart = chartOf({ "c.yaml": configMap("c", '"1"'), "h.yaml": hook, "t.yaml": onlyTest });
  const options = { name: "r", chart, values: { value: "2" } };
  const fresh = await diffUpgrade(lab.site, { ...options, install: true });
  assert.deepEqual(lines(fresh), ["create ConfigMap/c", "create ConfigMap/h"]);
  await install(lab.site, { name: "r", chart }).result;
  const found = (await diffUpgrade(lab.site, options)).changes.filter(({ change }) => change !== "none");
  assert.deepEqual(
    found.map(({ name, hook: events }) => [name, events]),
    [["h", ["post-upgrade"]]],
  );
  assert.deepEqual(lines(await diffUpgrade(lab.site, { ...options, tests: true })).length, 4);
  assert.deepEqual(lines(await diffUpgrade(lab.site, { ...options, noHooks: true })), []);
  await upgrade(lab.site, options).result;
  assert.deepEqual(lines(await diffRollback(lab.site, { name: "r" })), ['- value: "2"', '+ value: "1"']);
});

test("a field that cannot change: what would differ and what to do; made anew, what others set is gone", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf({ "d.yaml": deployment("d") }) }).result;
  const ref = {
    resource: { ...wellKnown.configMaps, group: "apps", kind: "Deployment", plural: "deployments" },
    namespace: "default",
    name: "d",
  };
  await lab.client.patch(ref, "merge", { spec: { paused: true } }, { fieldManager: "kubectl-patch" });
  const options = { name: "r", chart: chartOf({ "d.yaml": deployment("d").replaceAll("app: d", "app: e") }) };
  const refused = await diffUpgrade(lab.site, options);
  assert.deepEqual(lines(refused), ["- app: d", "- app: d", "+ app: e", "+ app: e"]);
  assert.match(refused.changes[0]?.refused ?? "", /field is immutable \(--replace Deployment\/d deletes it/);
  const anew = await diffUpgrade(lab.site, { ...options, replaceObjects: ["deployment/d"] });
  assert.deepEqual(lines(anew), ["- paused: true", "- app: d", "- app: d", "+ app: e", "+ app: e"]);
  assert.equal(anew.changes[0]?.replaced, true);
  await upgrade(lab.site, { ...options, replaceObjects: ["Deployment/d"] }).result;
  for (const replaceObjects of [[], ["Deployment/d"]]) {
    const [back] = (await diffRollback(lab.site, { name: "r", replaceObjects })).changes;
    assert.equal(back?.replaced ?? false, replaceObjects.length === 1);
    assert.equal(back?.refused === undefined, replaceObjects.length === 1);
  }
  for (const work of [diffUpgrade, async (...args: Parameters<typeof upgrade>) => await upgrade(...args).result])
    await assert.rejects(work(lab.site, { ...options, replaceObjects: ["Service/d"] }), /the chart has no Service\/d/);
});

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`;
const widget = `{{ if .Capabilities.APIVersions.Has "example.com/v1/Widget" -}}
apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
{{- end }}
`;

test("what an installation would create: its own kinds and objects of them, and nothing of anybody else's", async () => {
  await using lab = await openLab();
  const files = { "crds/w.yaml": definition };
  const options = { name: "r", chart: chartOf({ "w.yaml": widget, "c.yaml": configMap("c") }, files), install: true };
  const all = ["create CustomResourceDefinition/widgets.example.com", "create ConfigMap/c", "create Widget/w"];
  assert.deepEqual(lines(await diffUpgrade(lab.site, options)), all);
  await install(lab.site, options).result;
  const other = { ...options, name: "other" };
  await assert.rejects(diffUpgrade(lab.site, other), /exists and cannot be imported into the current release/);
  assert.deepEqual(lines(await diffUpgrade(lab.site, { ...other, takeOwnership: true })).length, 4);
  await assert.rejects(diffUpgrade(lab.site, { ...options, name: "none", install: false }), {
    message: "release: not found",
  });
});

test("definitions that the cluster has otherwise are told of in the words of upgrade and install", async () => {
  await using lab = await openLab();
  const files = (version: string) => ({
    "crds/w.yaml": definition.replaceAll("served: true", `${version}served: true`),
  });
  const chart = chartOf({ "c.yaml": configMap("c") }, files(""));
  const newer = chartOf({ "c.yaml": configMap("c") }, files("deprecated: true, "));
  await install(lab.site, { name: "r", chart }).result;
  const line = /^CRDs are never changed here.*\n {2}widgets\.example\.com: spec\.versions\[0\]\.deprecated\nTo apply/;
  for (const options of [{ name: "r" }, { name: "s", install: true, takeOwnership: true }]) {
    const { notices = [] } = await diffUpgrade(lab.site, { ...options, chart: newer });
    assert.match(notices.join("\n"), line);
    assert.deepEqual((await diffUpgrade(lab.site, { ...options, chart: newer, skipCrds: true })).notices ?? [], []);
    assert.deepEqual((await diffUpgrade(lab.site, { ...options, chart })).notices ?? [], []);
  }
});

test("what would be created is shown as the chart has it, the same each time", async () => {
  await using lab = await openLab();
  const service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n";
  const options = { name: "r", chart: chartOf({ "s.yaml": service }), install: true };
  const [created] = (await diffUpgrade(lab.site, options)).changes;
  assert.match(created?.after ?? "", /namespace: default\nspec:\n {2}ports:\n {2}- port: 80\n$/);
  await install(lab.site, { ...options, chart: chartOf({ "c.yaml": configMap("c") }) }).result;
  const added = (await diffUpgrade(lab.site, options)).changes.find(({ kind }) => kind === "Service");
  assert.deepEqual(added, created);
});

test("two releases: objects are held against those of one template where their names differ, with their namespaces", async () => {
  await using lab = await openLab();
  const named = (suffix: string) => configMap(`"{{ .Release.Name }}-${suffix}"`);
  const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "{{ .Release.Name }}"}\n';
  const optional = `{{ if .Values.more }}${named("more")}{{ end }}`;
  const chart = chartOf({
    "c.yaml": `${named("one")}---\n${named("two")}`,
    "h.yaml": configMap('"{{ .Release.Name }}-h"', undefined, { "helm.sh/hook": "post-install" }),
    "m.yaml": optional,
    "r.yaml": role,
    "s.yaml": configMap('"shared-{{ .Values.shared }}"'),
  });
  const from = await install(lab.site, { name: "a", chart, values: { shared: "a" } }).result;
  const to = await install(lab.site, { name: "b", chart, values: { value: 2, shared: "b", more: true } }).result;
  const { changes } = await diffRecords(lab.site, from, to);
  assert.deepEqual(
    changes.map(({ change, kind, namespace, name }) => `${change} ${kind} ${namespace}/${name}`),
    [
      "update ConfigMap default/b-one",
      "update ConfigMap default/b-two",
      "update ConfigMap default/shared-b",
      "update ClusterRole /b",
      "create ConfigMap default/b-more",
      "update ConfigMap default/b-h",
    ],
  );
  assert.deepEqual(lines({ changes: changes.slice(0, 1) }), [
    '- value: "1"',
    "- name: a-one",
    '+ value: "2"',
    "+ name: b-one",
  ]);
});

test("what an upgrade drops and does not delete is not shown: kept objects, and those of another release", async () => {
  await using lab = await openLab();
  const kept = configMap("kept", "x", { "helm.sh/resource-policy": "keep" });
  const chart = chartOf({ "a.yaml": configMap("a"), "b.yaml": configMap("b"), "k.yaml": kept });
  await install(lab.site, { name: "r", chart }).result;
  const taken = chartOf({ "b.yaml": configMap("b") });
  await install(lab.site, { name: "other", chart: taken, takeOwnership: true }).result;
  assert.deepEqual(lines(await diffUpgrade(lab.site, { name: "r", chart: chartOf({}) })), ["delete ConfigMap/a"]);
});

test("what replacing takes away is shown; it is refused where an upgrade refuses it", async () => {
  await using lab = await openLab();
  const chart = chartOf({ "c.yaml": configMap("c", '"1"') });
  await install(lab.site, { name: "r", chart, serverSide: false }).result;
  const ref = { resource: wellKnown.configMaps, namespace: "default", name: "c" };
  await lab.client.patch(ref, "merge", { data: { hand: "made" } }, { fieldManager: "kubectl-edit" });
  assert.deepEqual(lines(await diffUpgrade(lab.site, { name: "r", chart })), []);
  const replaced = { name: "r", chart, forceReplace: true };
  assert.deepEqual(lines(await diffUpgrade(lab.site, replaced)), ["- hand: made"]);
  await assert.rejects(diffUpgrade(lab.site, { ...replaced, serverSide: true }), /force replace together/);
});

test("a webhook that cannot do without side effects: the change is told as far as it can be, and is no refusal", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf({ "c.yaml": configMap("c", '"1"') }) }).result;
  const message = 'admission webhook "w.example.com" does not support dry run';
  const refusal = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "BadRequest", code: 400, message };
  const client = lab.connect(async (request) =>
    request.path.includes("dryRun=All")
      ? { status: 400, headers: {}, body: new Blob([JSON.stringify(refusal)]).stream() }
      : await lab.transport(request),
  );
  const chart = chartOf({ "c.yaml": configMap("c", '"2"'), "d.yaml": configMap("d", '"2"') });
  const diff = await diffUpgrade({ ...lab.site, client }, { name: "r", chart });
  assert.deepEqual(lines(diff), ['- value: "1"', '+ value: "2"', "create ConfigMap/d"]);
  assert.deepEqual(
    diff.changes.flatMap(({ refused }) => refused ?? []),
    [],
  );
});

test("slipway diff: headings, exit codes, JSON, colours; flags of upgrade and of the helm-diff plugin", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-diff-"));
  const cluster = await startCluster({ name: "diff" });
  try {
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, cluster.kubeconfig());
    const chart = join(folder, "app");
    mkdirSync(join(chart, "templates"), { recursive: true });
    writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    writeFileSync(join(chart, "templates", "c.yaml"), configMap("c"));
    writeFileSync(join(chart, "templates", "h.yaml"), hook);
    const slipway = async (words: readonly string[]) => {
      const context = memoryContext({ env: { HOME: folder, PATH: process.env["PATH"] } });
      const code = await run([...words, "--kubeconfig", kubeconfig], commands, context);
      return { code, out: context.stdout, err: context.stderr };
    };
    const upgraded = ["diff", "upgrade", "r", chart];
    const missing = await slipway([...upgraded, "-o", "json"]);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /There is no release r in namespace default.*With --install/);
    assert.equal(JSON.parse(missing.out).error.code, "release.not-found");
    const plugin = [
      "--allow-unreleased",
      "--three-way-merge",
      "-q",
      "--no-hooks",
      "--output",
      "diff",
      "--context",
      "0",
    ];
    const fresh = await slipway([...upgraded, ...plugin, "--detailed-exitcode"]);
    assert.equal(fresh.code, 2);
    assert.match(fresh.out, /^default, c, ConfigMap \(v1\) has been added:\n@@ -0,0 \+1,12 @@\n\+apiVersion: v1\n/);
    assert.equal((await slipway(["install", "r", chart])).code, 0);
    const same = await slipway([...upgraded, "--detailed-exitcode", "--wait", "--timeout=1m", "--atomic"]);
    assert.deepEqual([same.code, same.out], [0, ""]);
    const set = ["--set", "value=2", "-C", "0"];
    const changed = await slipway([...upgraded, ...set, "--detailed-exitcode"]);
    assert.equal(changed.code, 2);
    const patch = '@@ -3,1 +3,1 @@\n-  value: "1"\n+  value: "2"\n';
    assert.ok(changed.out.startsWith(`default, c, ConfigMap (v1) has changed:\n${patch}`), changed.out);
    assert.ok(
      changed.out.includes(`default, h, ConfigMap (v1) has changed:\n! a hook: it runs at post-upgrade\n${patch}`),
    );
    for (const words of [
      [...upgraded, ...set, "--color=always"],
      ["diff", "upgrade", "--color", "r", chart, ...set],
    ])
      assert.ok((await slipway(words)).out.includes('\u001b[32m+  value: "2"\u001b[0m\n'), words.join(" "));
    const data = JSON.parse((await slipway([...upgraded, ...set, "-o", "json"])).out);
    assert.deepEqual(data.changes[1], {
      kind: "ConfigMap",
      apiVersion: "v1",
      name: "h",
      namespace: "default",
      change: "update",
      hook: ["post-upgrade"],
      patch,
    });
    // What is only on record has a name of its own: nothing would happen.
    const unused = await slipway([...upgraded, "--set", "unused=1", "-o", "json", "--detailed-exitcode"]);
    assert.deepEqual([unused.code, JSON.parse(unused.out)], [0, { changed: false, recordChanged: true, changes: [] }]);
    // A namespace that is missing is told of as the installation tells of it.
    const elsewhere = ["upgrade", "r", chart, "--install", "-n", "gone"];
    const refused = await slipway(["diff", ...elsewhere, "--no-hooks", "--detailed-exitcode"]);
    const words = 'create: failed to create: namespaces "gone" not found';
    const told = `! the server would refuse it: ${words} (--create-namespace creates it)\n`;
    assert.deepEqual([refused.code, refused.out.slice(0, told.length)], [2, told]);
    assert.ok((await slipway(elsewhere)).err.includes(words));
    const created = await slipway(["diff", ...elsewhere, "--no-hooks", "--create-namespace"]);
    assert.equal(created.out, refused.out.slice(told.length));
    assert.equal(
      created.out.replaceAll("gone", "default").replaceAll(/meta.helm.*\n/g, ""),
      fresh.out.replaceAll(/meta.helm.*\n/g, ""),
    );
    assert.match((await slipway(["diff", "upgrade", "--help"])).out, /--create-namespace /);
    // What the post-renderer makes of it is what is compared.
    const rendered = [...upgraded, "--post-renderer", "sed", "--post-renderer-args", 's/"1"/"9"/', "-C", "0"];
    assert.match((await slipway(rendered)).out, /\+ {2}value: "9"/);
    assert.equal((await slipway(["upgrade", "r", chart, ...set.slice(0, 2)])).code, 0);
    for (const words of [
      ["rollback", "r"],
      ["revision", "r", "2", "1"],
    ])
      assert.match(
        (await slipway(["diff", ...words, "-C0"])).out,
        /^default, [ch], ConfigMap \(v1\) has changed:\n(! .*\n)?@@.*\n-  value: "2"\n\+  value: "1"\n/,
        words.join(" "),
      );
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
