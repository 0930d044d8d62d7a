import assert from "node:assert/strict";
import { test } from "node:test";
import { isSlipwayError } from "../../src/base/index.ts";
import { wellKnown, type Transport } from "../../src/kube/index.ts";
import {
  get,
  history,
  inspect,
  install,
  list,
  openStore,
  recover,
  rollback,
  status,
  test as runTest,
  uninstall,
  upgrade,
  type ReleaseEvent,
  type UpgradeOptions,
} from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab } from "./lab.ts";

const chart = chartOf({
  "cm.yaml": configMap("{{ .Release.Name }}-cm"),
  "NOTES.txt": "revision {{ .Release.Revision }}",
});

test("a release is installed, upgraded, rolled back and uninstalled, with Helm's statuses and descriptions", async () => {
  await using lab = await openLab();
  const first = await install(lab.site, { name: "web", chart, values: { value: "a" } }).result;
  assert.deepEqual(
    [first.version, first.status, first.description, first.notes, first.applyMethod],
    [1, "deployed", "Install complete", "revision 1", "ssa"],
  );
  assert.deepEqual(await lab.configMap("web-cm"), { value: "a" });
  const second = await upgrade(lab.site, { name: "web", chart, values: { value: "b" } }).result;
  assert.deepEqual([second.version, second.status, second.description], [2, "deployed", "Upgrade complete"]);
  const third = await rollback(lab.site, { name: "web" }).result;
  assert.deepEqual([third.version, third.description, third.rollbackRevision], [3, "Rollback to 1", 1]);
  assert.deepEqual(await lab.configMap("web-cm"), { value: "a" });
  assert.deepEqual(
    (await history(lab.site, "web")).map((revision) => revision.status),
    ["superseded", "superseded", "deployed"],
  );
  assert.deepEqual(
    (await list(lab.site)).map((release) => [release.name, release.version]),
    [["web", 3]],
  );
  assert.equal((await uninstall(lab.site, { name: "web" }).result).info, "");
  assert.equal(await lab.configMap("web-cm"), undefined);
  await assert.rejects(history(lab.site, "web"), { message: "release: not found" });
  // Nothing of the lease is left.
  assert.deepEqual(await lab.client.list(wellKnown.leases, "default"), []);
});

test("values are reused as Helm reuses them", async () => {
  await using lab = await openLab();
  const plain = chartOf(
    { "cm.yaml": configMap("cm", "{{ .Values | toJson | quote }}") },
    { "values.yaml": "a: 1\nb: 2\n" },
  );
  const richer = chartOf(
    { "cm.yaml": configMap("cm", "{{ .Values | toJson | quote }}") },
    { "values.yaml": "a: 10\nb: 20\nc: 30\n" },
  );
  const seen = async () => JSON.parse((await lab.configMap("cm"))?.value ?? "");
  await install(lab.site, { name: "r", chart: plain, values: { a: 5 } }).result;
  await upgrade(lab.site, { name: "r", chart: richer }).result;
  assert.deepEqual(await seen(), { a: 5, b: 20, c: 30 });
  await upgrade(lab.site, { name: "r", chart: plain, values: { b: 7 }, reuseValues: true }).result;
  assert.deepEqual(await seen(), { a: 5, b: 7, c: 30 });
  await upgrade(lab.site, { name: "r", chart: richer, values: { c: 9 }, resetThenReuseValues: true }).result;
  assert.deepEqual(await seen(), { a: 5, b: 7, c: 9 });
  await upgrade(lab.site, { name: "r", chart: richer, resetValues: true }).result;
  assert.deepEqual(await seen(), { a: 10, b: 20, c: 30 });
});

test("values that do not fit together are warned of, the reused ones too", async () => {
  await using lab = await openLab();
  const warnings = async (options: Partial<UpgradeOptions>) => {
    const operation = upgrade(lab.site, { name: "r", chart: echo, install: true, ...options });
    const texts: string[] = [];
    for await (const event of operation) if (event.type === "warning") texts.push(event.text);
    await operation.result;
    return texts;
  };
  const echo = chartOf({ "c.yaml": configMap("c", "{{ toJson .Values | quote }}") });
  assert.deepEqual(await warnings({ values: { a: { b: 1 } } }), []);
  assert.deepEqual(await warnings({ values: { a: 2 }, resetThenReuseValues: true }), [
    'warning: cannot overwrite table with non table for a ({"b":1})',
  ]);
  assert.deepEqual(await warnings({ values: { a: { c: 3 } }, reuseValues: true }), [
    "warning: destination for a is a table. Ignoring non-table value (2)",
    "warning: skipped value for app.a: Not a table.",
  ]);
});

test("what is gone from the chart is deleted, unless it is to be kept", async () => {
  await using lab = await openLab();
  const many = chartOf({
    "a.yaml": configMap("a"),
    "b.yaml": configMap("b"),
    "c.yaml": configMap("c", `"x"`, { "helm.sh/resource-policy": "keep" }),
  });
  await install(lab.site, { name: "r", chart: many }).result;
  await upgrade(lab.site, { name: "r", chart: chartOf({ "a.yaml": configMap("a") }) }).result;
  assert.notEqual(await lab.configMap("a"), undefined);
  assert.equal(await lab.configMap("b"), undefined);
  assert.notEqual(await lab.configMap("c"), undefined);
  await upgrade(lab.site, { name: "r", chart: many }).result;
  const { info } = await uninstall(lab.site, { name: "r" }).result;
  assert.equal(info, "These resources were kept due to the resource policy:\n[ConfigMap] c\n");
  assert.notEqual(await lab.configMap("c"), undefined);
});

test("objects of others are refused, and adopted on request", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "one", chart: chartOf({ "a.yaml": configMap("shared") }) }).result;
  const other = { name: "two", chart: chartOf({ "a.yaml": configMap("shared") }) };
  await assert.rejects(install(lab.site, other).result, {
    message:
      'unable to continue with install: ConfigMap "shared" in namespace "default" exists and cannot be imported into the current release: ' +
      'invalid ownership metadata; annotation validation error: key "meta.helm.sh/release-name" must equal "two": current value is "one"',
  });
  await install(lab.site, { ...other, takeOwnership: true, forceConflicts: true }).result;
  // Taken over, it is no longer the first one's to delete.
  const { info } = await uninstall(lab.site, { name: "one" }).result;
  assert.equal(
    info,
    "1 resource(s) were not deleted because they are not owned by this release:\n[ConfigMap] shared\n",
  );
  assert.notEqual(await lab.configMap("shared"), undefined);
});

test("a failed install leaves a record that says why, and the next upgrade mends it", async () => {
  await using lab = await openLab();
  const broken = chartOf({ "a.yaml": configMap("UPPER") });
  await assert.rejects(
    install(lab.site, { name: "r", chart: broken }).result,
    /server-side apply failed for object default\/UPPER/,
  );
  const record = await get(lab.site, "r");
  assert.equal(record.status, "failed");
  assert.match(record.description, /^Release "r" failed: server-side apply failed for object default\/UPPER/);
  await upgrade(lab.site, { name: "r", chart, install: true }).result;
  assert.deepEqual(
    (await history(lab.site, "r")).map((revision) => revision.status),
    ["superseded", "deployed"],
  );
});

test("a failed installation or upgrade is undone with rollbackOnFailure", async () => {
  await using lab = await openLab();
  const never = chartOf({ "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/never-ready": "true" } }) });
  await assert.rejects(
    install(lab.site, { name: "r", chart: never, rollbackOnFailure: true, timeout: 30_000 }).result,
    /has been uninstalled due to rollback-on-failure being set/,
  );
  await assert.rejects(get(lab.site, "r"), { message: "release: not found" });
  await install(lab.site, { name: "r", chart: chartOf({ "d.yaml": deployment("d") }), wait: "watcher" }).result;
  await assert.rejects(
    upgrade(lab.site, { name: "r", chart: never, rollbackOnFailure: true, timeout: 30_000 }).result,
    /has been rolled back due to rollback-on-failure being set/,
  );
  assert.deepEqual(
    (await history(lab.site, "r")).map((revision) => [revision.status, revision.description.split(":")[0]]),
    [
      ["superseded", "Install complete"],
      ["failed", 'Upgrade "r" failed'],
      ["deployed", "Rollback to 1"],
    ],
  );
});

test("hooks run by weight and name, are deleted by policy, and stop what follows when they fail", async () => {
  await using lab = await openLab();
  const hook = (name: string, event: string, weight: number, more: Record<string, string> = {}) =>
    configMap(name, `"x"`, { "helm.sh/hook": event, "helm.sh/hook-weight": String(weight), ...more });
  const job = (name: string, annotations: string) =>
    `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: ${name}\n  annotations: {helm.sh/hook: "post-upgrade,pre-delete"}\nspec:\n  backoffLimit: 0\n  template:\n    metadata: {annotations: {${annotations}}}\n    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;
  const hooked = chartOf({
    "1.yaml": hook("late", "pre-install", 5),
    "2.yaml": hook("early", "pre-install", -5, { "helm.sh/hook-delete-policy": "hook-succeeded" }),
    "3.yaml": hook("after", "post-install", 0),
    "4.yaml": configMap("cm"),
    "5.yaml": job("fails", `"sim.slipway.dev/fail": "true", "sim.slipway.dev/log-lines": "no database"`),
  });
  const events: ReleaseEvent[] = [];
  const operation = install(lab.site, { name: "r", chart: hooked });
  for await (const event of operation) events.push(event);
  const release = await operation.result;
  assert.deepEqual(
    events.flatMap((event) => (event.type === "hook" && event.state === "succeeded" ? [event.hook.name] : [])),
    ["early", "late", "after"],
  );
  assert.equal(await lab.configMap("early"), undefined);
  assert.notEqual(await lab.configMap("late"), undefined);
  assert.deepEqual(release.hooks.find((entry) => entry.name === "late")?.deletePolicies, ["before-hook-creation"]);
  await assert.rejects(upgrade(lab.site, { name: "r", chart: hooked }).result, (error: Error) => {
    assert.match(error.message, /^post-upgrade hooks failed: Job fails: /);
    assert.match(
      error.message,
      /resource Job\/default\/fails not ready\. status: Failed, message: Job Failed\. failed: 1\/1/,
    );
    return true;
  });
  assert.equal((await get(lab.site, "r")).status, "failed");
  // Helm leaves a record of an uninstallation that a hook stopped as it wrote it before the hook ran.
  await assert.rejects(uninstall(lab.site, { name: "r" }).result, /Job fails: /);
  const left = await get(lab.site, "r");
  assert.equal(left.status, "uninstalling");
  assert.equal(left.hooks.find((entry) => entry.name === "fails")?.lastRun.phase, "Running");
});

test("tests are run and their outcome is recorded", async () => {
  await using lab = await openLab();
  const pod = (name: string, more: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n  annotations:\n    helm.sh/hook: test\n${more}spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;
  await install(lab.site, {
    name: "r",
    chart: chartOf({ "a.yaml": pod("good", ""), "b.yaml": pod("bad", `    sim.slipway.dev/fail: "true"\n`) }),
  }).result;
  const good = await runTest(lab.site, { name: "r", include: ["good"] }).result;
  assert.equal(good.failure, undefined);
  const all = await runTest(lab.site, { name: "r" }).result;
  assert.match((all.failure as Error).message, /pod bad failed/);
  const phases = Object.fromEntries((await get(lab.site, "r")).hooks.map((entry) => [entry.name, entry.lastRun.phase]));
  assert.equal(phases["bad"], "Failed");
});

test("history is pruned, but never the deployed revision", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart }).result;
  for (let i = 0; i < 5; i++) await upgrade(lab.site, { name: "r", chart, values: { value: i }, maxHistory: 3 }).result;
  assert.deepEqual(
    (await history(lab.site, "r")).map((revision) => revision.version),
    [4, 5, 6],
  );
  const broken = chartOf({ "a.yaml": configMap("UPPER") });
  for (let i = 0; i < 4; i++)
    await assert.rejects(upgrade(lab.site, { name: "r", chart: broken, maxHistory: 3 }).result);
  assert.deepEqual(
    (await history(lab.site, "r")).map((revision) => [revision.version, revision.status]),
    [
      [6, "deployed"],
      [9, "failed"],
      [10, "failed"],
    ],
  );
});

test("a dry run changes nothing, and hides Secrets on request", async () => {
  await using lab = await openLab();
  const secret = chartOf({
    "s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n",
    "c.yaml": configMap("cm"),
  });
  for (const dryRun of ["client", "server"] as const) {
    const release = await install(lab.site, { name: "r", chart: secret, dryRun, hideSecret: true }).result;
    assert.equal(release.description, "Dry run complete");
    assert.match(
      release.manifest,
      /# Source: app\/templates\/s\.yaml\n# HIDDEN: The Secret output has been suppressed/,
    );
    assert.match(release.manifest, /name: cm/);
  }
  assert.deepEqual(await list(lab.site), []);
  assert.equal(await lab.configMap("cm"), undefined);
});

test("CRDs come first and are left alone afterwards", async (t) => {
  await using lab = await openLab();
  if (!(await lab.establishesCrds())) return t.skip("the embedded cluster does not establish CRDs yet");
  const crd = (extra: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {size: {type: integer}${extra}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: beside}
data: {extra: "${extra}"}
`;
  const thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nsize: {{ .Values.size | default 1 }}\n";
  await install(lab.site, { name: "r", chart: chartOf({ "t.yaml": thing }, { "crds/thing.yaml": crd("") }) }).result;
  const changed = {
    ...chartOf({ "t.yaml": thing }, { "crds/thing.yaml": crd(", more: {type: string}") }),
    path: "/charts/my app",
  };
  const told = [
    "CRDs are never changed here, and the cluster's are not the chart's:",
    "  things.example.com: spec.versions[0].schema.openAPIV3Schema.properties.more",
    "To apply the chart's: slipway show crds '/charts/my app' | kubectl apply --server-side --force-conflicts -f -",
  ];
  const operations = [
    upgrade(lab.site, { name: "r", chart: changed, dryRun: "server" }),
    upgrade(lab.site, { name: "r", chart: changed, values: { size: 3 } }),
    install(lab.site, { name: "other", chart: { ...changed, templates: [] } }),
  ];
  for (const operation of operations) {
    const notices: string[] = [];
    for await (const event of operation) if (event.type === "notice") notices.push(event.text);
    await operation.result;
    assert.deepEqual(notices, [told.join("\n")]);
  }
  await upgrade(lab.site, { name: "other", chart: { ...changed, templates: [] }, skipCrds: true }).result;
  // A version that only the chart's definition has is not waited for: it will never be served.
  const newer = crd("").replace(
    "    - name: v1\n",
    "    - {name: v2, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}\n    - name: v1\n",
  );
  const began = lab.clock.now();
  await install(lab.site, { name: "newer", chart: chartOf({}, { "crds/thing.yaml": newer }) }).result;
  assert.ok(lab.clock.now() - began < 5000);
  assert.deepEqual(await lab.configMap("beside"), { extra: "" });
  const { resources } = await status(lab.site, "r");
  assert.equal(resources[0]?.objects[0]?.["size"], 3);
  const definition = (await lab.client.json({
    method: "GET",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com",
  })) as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: object } } }[] };
  };
  assert.deepEqual(Object.keys(definition.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {}), ["size"]);
});

test("templates see the cluster through lookup", async () => {
  await using lab = await openLab();
  const asking = chartOf({
    "cm.yaml": configMap(
      "cm",
      `{{ (lookup "v1" "Namespace" "" "kube-system").metadata.name | default "nothing" | quote }}`,
    ),
  });
  await install(lab.site, { name: "r", chart: asking }).result;
  assert.deepEqual(await lab.configMap("cm"), { value: "kube-system" });
});

test("a revision that stock Helm left pending is refused with what to do, and mended by recover", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart }).result;
  const store = await openStore("", lab.client, "default");
  const pending = {
    ...(await store.get("r", 1)),
    version: 2,
    status: "pending-upgrade" as const,
    description: "Preparing upgrade",
  };
  await store.create(pending);
  await assert.rejects(upgrade(lab.site, { name: "r", chart }).result, (error: unknown) => {
    assert.ok(isSlipwayError(error, "release.pending"));
    assert.equal(error.message, "another operation (install/upgrade/rollback) is in progress");
    assert.match(error.facts.fix ?? "", /slipway recover r/);
    return true;
  });
  const { advice, becomes } = await inspect(lab.site, "r");
  assert.deepEqual([advice, becomes], ["mend", "failed"]);
  // All but the last write had been done.
  await store.update({ ...(await store.get("r", 1)), status: "superseded" });
  assert.equal((await inspect(lab.site, "r")).becomes, "deployed");
  await store.update({ ...(await store.get("r", 1)), status: "deployed" });
  assert.equal((await recover(lab.site, "r").result).status, "failed");
  await upgrade(lab.site, { name: "r", chart }).result;
});

test("a rollback goes past what stock Helm left pending, and leaves it as it is, as Helm does", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart }).result;
  const store = await openStore("", lab.client, "default");
  await store.create({ ...(await store.get("r", 1)), version: 2, status: "pending-rollback", rollbackRevision: 1 });
  await rollback(lab.site, { name: "r", revision: 1 }).result;
  assert.deepEqual(
    (await history(lab.site, "r")).map((revision) => revision.status),
    ["superseded", "pending-rollback", "deployed"],
  );
});

test("what a dry run was refused once is no reason to leave out what comes after it", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf({ "a.yaml": configMap("a") }) }).result;
  let refusals = 0;
  const transport: Transport = async (request) => {
    if (!request.path.includes("dryRun=All") || refusals++ > 0) return await lab.transport(request);
    const status = {
      kind: "Status",
      status: "Failure",
      reason: "InternalError",
      code: 500,
      message: "a webhook timed out",
    };
    return {
      status: 500,
      headers: {},
      body: (async function* () {
        yield new TextEncoder().encode(JSON.stringify(status));
      })(),
    };
  };
  const templates = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}.yaml`, configMap(name)]));
  const site = { ...lab.site, client: lab.connect(transport) };
  assert.equal((await upgrade(site, { name: "r", chart: chartOf(templates) }).result).status, "deployed");
  for (const name of ["a", "b", "c", "d"]) assert.deepEqual(await lab.configMap(name), { value: "1" }, name);
});

test("an upgrade stops at the object that cannot be created, as Helm does", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf({ "a.yaml": configMap("a") }) }).result;
  const names = ["a", "b", "UPPER", "d"];
  const templates = Object.fromEntries(names.map((name, index) => [`${index}.yaml`, configMap(name)]));
  await assert.rejects(
    upgrade(lab.site, { name: "r", chart: chartOf(templates) }).result,
    /failed to create resource: /,
  );
  assert.deepEqual(await lab.configMap("b"), { value: "1" });
  assert.equal(await lab.configMap("d"), undefined);
});
