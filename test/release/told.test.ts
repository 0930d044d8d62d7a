import assert from "node:assert/strict";
import { test } from "node:test";
import type { SlipwayError } from "../../src/base/index.ts";
import { hookText } from "../../src/cli/release-progress.ts";
import type { Transport } from "../../src/kube/index.ts";
import {
  diffRollback,
  get,
  install,
  rollback,
  test as runTest,
  testLogs,
  upgrade,
  type Operation,
  type ReleaseEvent,
} from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab } from "./lab.ts";

const hook = (annotations: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {helm.sh/hook: pre-install${annotations}}\nspec:\n  backoffLimit: 0\n` +
  `  template:\n    metadata: {annotations: {"sim.slipway.dev/log": "one\\ntwo"}}\n    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;

test("who looks on is told what hooks print while they run, each line once", async () => {
  for (const policy of ["", ", helm.sh/hook-output-log-policy: hook-succeeded"]) {
    await using lab = await openLab();
    const site = { ...lab.site, liveLogs: true };
    const operation = install(site, { name: "r", chart: chartOf({ "job.yaml": hook(policy) }) });
    const events: ReleaseEvent[] = [];
    for await (const event of operation) events.push(event);
    await operation.result;
    const at = (test: (event: ReleaseEvent) => boolean) => events.findIndex(test);
    const lines = events.flatMap((event) => (event.type === "log" ? [event.line] : []));
    assert.deepEqual(
      lines.filter((line) => line === "one" || line === "two"),
      ["one", "two"],
    );
    assert.ok(
      at((event) => event.type === "log") < at((event) => event.type === "hook" && event.state === "succeeded"),
    );
  }
});

test("without somebody who looks on, lines come as the output-log policy says", async () => {
  await using lab = await openLab();
  const quiet = install(lab.site, { name: "quiet", chart: chartOf({ "job.yaml": hook("") }) });
  for await (const event of quiet) assert.notEqual(event.type, "log");
});

test("what a failed hook printed last is the end of the error, and known as that", async () => {
  await using lab = await openLab();
  const job = hook("").replace("{annotations: {", '{annotations: {"sim.slipway.dev/fail": "true", ');
  const failed = install(lab.site, { name: "r", chart: chartOf({ "job.yaml": job }) }).result;
  await assert.rejects(failed, ({ message, facts }: SlipwayError) => {
    assert.match(facts.tail ?? "", /^last lines of pod migrate-\S+:\n[^]*\n {2}c: one\n {2}c: two\n/);
    return message.endsWith(`\n${facts.tail}`);
  });
});

test("a hook that was cancelled did not fail: it is left running, and told so", async () => {
  await using lab = await openLab();
  const abort = new AbortController();
  const job = hook("").replace("{annotations: {", '{annotations: {"sim.slipway.dev/run-for": 10m, ');
  const operation = install(lab.site, { name: "r", chart: chartOf({ "job.yaml": job }), signal: abort.signal });
  const told: string[] = [];
  for await (const event of operation) {
    if (event.type === "waiting") abort.abort(new Error("enough"));
    if (event.type === "hook") told.push(hookText(event));
  }
  await assert.rejects(operation.result, { message: "enough" });
  assert.deepEqual(told, [
    "hook pre-install Job/migrate started",
    "hook pre-install Job/migrate: cancelled; it may still run in the cluster",
  ]);
  assert.equal((await get(lab.site, "r")).hooks[0]?.lastRun.phase, "Failed");
});

test("tests too: their logs come with what clears them up, after the operation's own events", async () => {
  await using lab = await openLab();
  const job = hook(", helm.sh/hook-output-log-policy: hook-succeeded").replace("pre-install", "test");
  await install(lab.site, { name: "r", chart: chartOf({ "job.yaml": job }) }).result;
  const { failure, shutdown } = await runTest(lab.site, { name: "r" }).result;
  assert.equal(failure, undefined);
  const lines: string[] = [];
  await shutdown((event) => event.type === "log" && lines.push(event.line));
  assert.deepEqual(
    lines.filter((line) => line === "one" || line === "two"),
    ["one", "two"],
  );
});

test("a record's description is one line: the first cause of a failed wait, told once", async () => {
  await using lab = await openLab();
  const chart = chartOf({ "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/image-error": "not found" } }) });
  const failed = install(lab.site, { name: "r", chart, wait: "watcher" }).result;
  const error = await failed.then(
    () => assert.fail("it succeeded"),
    (reason: Error) => reason,
  );
  assert.equal(error.message.match(/cannot pull image/g)?.length, 1, error.message);
  assert.doesNotMatch(error.message, /BackOff: /);
  const { description } = await get(lab.site, "r");
  assert.equal(description, `Release "r" failed: ${error.message.split("\n")[0]}`);
});

test("who goes back after a failure says so at once, why, and where to", async () => {
  await using lab = await openLab();
  const good = chartOf({ "d.yaml": deployment("d") });
  const bad = chartOf({ "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/image-error": "not found" } }) });
  const ended = async (operation: Operation<unknown>) => {
    const told: string[] = [];
    for await (const event of operation) if (event.type === "notice") told.push(event.text.replace(/d-\w+-\w+/, "POD"));
    const { message, facts } = (await operation.result.catch((error: unknown) => error)) as SlipwayError;
    return { told, message: message.split("\n")[0]?.replace(/d-\w+-\w+/, "POD"), fix: facts.fix };
  };
  const cause = 'Deployment d: pod POD: container main: cannot pull image "nginx:1": not found';
  const failed = (gone: string) =>
    `release r failed, and has been ${gone} due to rollback-on-failure being set: ${cause}`;
  assert.deepEqual(await ended(install(lab.site, { name: "r", chart: bad, rollbackOnFailure: true })), {
    told: [`installation of r failed: ${cause}`, "uninstalling r"],
    message: failed("uninstalled"),
    fix: undefined,
  });
  await install(lab.site, { name: "r", chart: good }).result;
  assert.deepEqual(await ended(upgrade(lab.site, { name: "r", chart: bad, rollbackOnFailure: true })), {
    told: [`upgrade of r failed: ${cause}`, "rolling back to revision 1"],
    message: failed("rolled back"),
    fix: "r is back at revision 1, as revision 3.",
  });
});

test("what is not there is told with what helps: a namespace, a revision", async () => {
  await using lab = await openLab();
  const chart = chartOf({ "cm.yaml": configMap("cm") });
  await install(lab.site, { name: "r", chart }).result;
  const elsewhere = { ...lab.site, namespace: "nowhere" };
  const told = async (result: Promise<unknown>, message: string, fix: string) =>
    await assert.rejects(result, (error: SlipwayError) => error.message === message && error.facts.fix === fix);
  await told(
    install(elsewhere, { name: "r", chart }).result,
    'create: failed to create: namespaces "nowhere" not found',
    "--create-namespace creates it.",
  );
  const back = { name: "r", revision: 99 };
  for (const result of [rollback(lab.site, back).result, diffRollback(lab.site, back)])
    await told(result, "release has no 99 version", "`slipway history r` lists what there is.");
});

test("a driver that there is not is answered with those that there are", async () => {
  await using lab = await openLab();
  for (const driver of ["sql", "bogus"])
    await assert.rejects(get({ ...lab.site, driver }, "r"), (error: SlipwayError) =>
      ["secret", "configmap", "memory"].every((name) => error.facts.fix?.includes(name)),
    );
});

test("a hook that is a pod says why it failed; what happened to the one before it of that name is not told", async () => {
  await using lab = await openLab();
  // All pods may not be seen, or be seen later than the one that is waited for.
  const transport: Transport = async (request) => {
    if (!/\/pods\?(?!.*fieldSelector)/.test(request.path)) return await lab.transport(request);
    const refused = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "Forbidden",
      code: 403,
      message: "no",
    };
    return {
      status: 403,
      headers: { "content-type": "application/json" },
      body: (async function* () {
        yield new TextEncoder().encode(JSON.stringify(refused));
      })(),
    };
  };
  const site = { ...lab.site, client: lab.connect(transport) };
  const pod = (trouble: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: check, annotations: {helm.sh/hook: pre-upgrade, sim.slipway.dev/${trouble}}}\n` +
    "spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n";
  const upgraded = async (trouble: string) =>
    await upgrade(site, { name: "r", chart: chartOf({ "p.yaml": pod(trouble) }), timeout: 20_000 }).result.then(
      () => assert.fail("it succeeded"),
      (error: SlipwayError) => error,
    );
  await install(site, { name: "r", chart: chartOf({ "p.yaml": pod("image-error: 'not found'") }) }).result;
  assert.match(
    (await upgraded("image-error: 'not found'")).message,
    /container c: cannot pull image "busybox": not found/,
  );
  const { message, facts } = await upgraded("exit-code: '2'");
  assert.match(message, /^pre-upgrade hooks failed: Pod check: pod check: container c: exit code 2\n/);
  assert.deepEqual(
    facts.details?.map((finding) => finding.message),
    ["pod check: container c: exit code 2"],
  );
});

test("a failed test's log is told once: with the pods' logs, or as the end of the error", async () => {
  await using lab = await openLab();
  const what = "helm.sh/hook: test, sim.slipway.dev/exit-code: '2', sim.slipway.dev/log: no such table";
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: check, annotations: {${what}}}\nspec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;
  await install(lab.site, { name: "r", chart: chartOf({ "p.yaml": pod }) }).result;
  for (const logs of [true, false]) {
    const { release, failure, shutdown } = await runTest(lab.site, { name: "r", logs }).result;
    const shown: string[] = [String(failure)];
    if (logs) for await (const { text } of testLogs(lab.site, release, { name: "r" })) shown.push(text);
    await shutdown();
    assert.match(String(failure), /container c: exit code 2/);
    assert.equal(shown.join("\n").match(/no such table/g)?.length, 1, shown.join("\n"));
  }
});

test("logs of tests that cannot be had are told of by pod and container, after those that can", async () => {
  await using lab = await openLab();
  const pod =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: check, annotations: {helm.sh/hook: test, sim.slipway.dev/image-error.bad: 'not found'}}\n" +
    "spec: {restartPolicy: Never, containers: [{name: bad, image: busybox}, {name: good, image: busybox}]}\n";
  await install(lab.site, { name: "r", chart: chartOf({ "p.yaml": pod }) }).result;
  const options = { name: "r", timeout: 20_000 };
  const { release, failure, shutdown } = await runTest(lab.site, options).result;
  assert.match(String(failure), /container bad: cannot pull image/);
  const containers: string[] = [];
  await assert.rejects(async () => {
    for await (const { container } of testLogs(lab.site, release, options)) containers.push(container);
  }, /^SlipwayError: unable to get logs for pod check, container bad: container "bad" in pod "check" is waiting to start/);
  assert.deepEqual(containers, ["good"]);
  await shutdown();
});
