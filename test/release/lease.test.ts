import assert from "node:assert/strict";
import { test } from "node:test";
import { SlipwayError, isSlipwayError, sleep, type Clock } from "../../src/base/index.ts";
import { KubeClient, wellKnown, type Transport } from "../../src/kube/index.ts";
import {
  history,
  inspect,
  inspectAll,
  install,
  recover,
  rollback,
  test as runTest,
  uninstall,
  upgrade,
  type ReleaseSite,
} from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab, withoutRight, type Lab } from "./lab.ts";

const plain = chartOf({ "c.yaml": configMap("c") });
const never = chartOf({
  "c.yaml": configMap("c", '"2"'),
  "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/never-ready": "true" } }),
});
const isBusy = (error: unknown) => isSlipwayError(error, "release.busy");

/** An upgrade that waits for what does not come, from when it waits on. */
async function waiting(site: ReleaseSite): Promise<{ ended: Promise<unknown>; abort: AbortController }> {
  const abort = new AbortController();
  const { signal } = abort;
  const operation = upgrade(site, { name: "r", chart: never, wait: "watcher", timeout: 86_400_000, signal });
  const ended = operation.result.catch((error: unknown) => error);
  for await (const event of operation) if (event.type === "waiting") break;
  return { ended, abort };
}

/** The statuses of the release, and that nothing of a lease is left. */
async function left(lab: Lab): Promise<string> {
  assert.deepEqual(await lab.client.list(wellKnown.leases, "default"), []);
  for (const { metadata } of await lab.client.list(wellKnown.secrets, "default"))
    assert.equal(metadata.annotations, undefined, metadata.name);
  return (await history(lab.site, "r")).map(({ status }) => status).join(" ");
}

/** Sites of an account with and without rights on leases. */
const accounts: Record<string, (lab: Lab) => Transport> = {
  "with leases": (lab) => lab.transport,
  "without leases": (lab) => withoutRight(lab, ({ path }) => path.includes("/leases")),
  "without leases, and no right to patch records": (lab) =>
    withoutRight(
      lab,
      ({ path, method }) => path.includes("/leases") || (method === "PATCH" && path.includes("/secrets")),
    ),
};

for (const [account, transportOf] of Object.entries(accounts)) {
  test(`${account}: an operation is known to be at work however long it takes`, async () => {
    await using lab = await openLab();
    const site = { ...lab.site, client: lab.connect(transportOf(lab)) };
    await install(lab.site, { name: "r", chart: plain }).result;
    const { ended, abort } = await waiting(site);
    await sleep(lab.clock, 600_000);
    for (const other of [lab.site, site]) {
      await assert.rejects(upgrade(other, { name: "r", chart: plain }).result, isBusy);
      await assert.rejects(uninstall(other, { name: "r" }).result, isBusy);
      await assert.rejects(runTest(other, { name: "r" }).result, isBusy);
      await assert.rejects(recover(other, "r").result, isBusy);
      assert.deepEqual(
        (await inspectAll(other)).map(({ name, advice }) => `${name}: ${advice}`),
        ["r: wait"],
      );
    }
    abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
    await ended;
    assert.equal(await left(lab), "deployed failed");
    assert.deepEqual(await inspectAll(site), []);
  });

  test(`${account}: a run that slept through its lease changes nothing more once another has taken over`, async () => {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart: plain }).result;
    // Asleep it sends nothing, and hears of nothing.
    let wake = () => {};
    let asleep: Promise<void> | undefined;
    const written: string[] = [];
    const sleepy: Transport = async (request) => {
      await asleep;
      if (request.method !== "GET") written.push(`${request.method} ${request.path}`);
      return await transportOf(lab)(request);
    };
    const abort = new AbortController();
    const client = lab.connect(sleepy);
    const slow = { "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/ready-after": "120s" } }) };
    for (let i = 0; i < 20; i++)
      slow[`z${i}.yaml` as "d.yaml"] = configMap(`z-${i}`, '"1"', { "helm.sh/hook": "post-upgrade" });
    const operation = upgrade(
      { ...lab.site, client },
      { name: "r", chart: chartOf(slow), wait: "watcher", timeout: 86_400_000, signal: abort.signal },
    );
    const ended = operation.result.catch((error: unknown) => error);
    for await (const event of operation) if (event.type === "waiting") break;
    asleep = new Promise((resolve) => (wake = resolve));
    await sleep(lab.clock, 20_000);
    const taken = await upgrade({ ...lab.site, client: lab.connect(transportOf(lab)) }, { name: "r", chart: plain })
      .result;
    assert.equal(taken.version, 3);
    await sleep(lab.clock, 300_000);
    written.length = 0;
    asleep = undefined;
    wake();
    const error = await ended;
    assert.ok(isSlipwayError(error, "release.lease-lost"), String(error));
    // The heartbeat that it was sending, and nothing else.
    assert.ok(
      written.every((request) => /^PUT .*(leases|secrets)\//.test(request)) && written.length <= 2,
      written.join(),
    );
    assert.equal(await left(lab), "superseded failed deployed");
  });
}

test("a run that slept asks for its lease before the next change, not at its next heartbeat", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: plain }).result;
  // A clock whose timers do not fire while its owner sleeps: the time goes on.
  let late = 0;
  const clock: Clock = {
    ...lab.clock,
    now: () => lab.clock.now() + late,
    schedule: (ms, run) => (ms === 4_000 ? () => {} : lab.clock.schedule(ms, run)),
  };
  const written: string[] = [];
  const client = new KubeClient(
    async (request) => {
      if (request.method !== "GET") written.push(`${request.method} ${request.path.split("?")[0]}`);
      return await lab.transport(request);
    },
    { clock },
  );
  const operation = upgrade({ ...lab.site, client }, { name: "r", chart: never, wait: "watcher", timeout: 30_000 });
  const ended = operation.result.catch((error: unknown) => error);
  for await (const event of operation) if (event.type === "waiting") break;
  const { resource, namespace, name } = {
    resource: wellKnown.leases,
    namespace: "default",
    name: "sh.slipway.lock.v1.r",
  };
  await lab.client.delete({ resource, namespace, name });
  late = 60_000;
  written.length = 0;
  assert.ok(isSlipwayError(await ended, "release.timeout"));
  assert.deepEqual(written, [`PUT /apis/coordination.k8s.io/v1/namespaces/default/leases/${name}`]);
});

test("clocks that are minutes apart: the server's counts", async () => {
  for (const account of ["with leases", "without leases"] as const) {
    for (const minutes of [-7, 7]) {
      await using lab = await openLab();
      await install(lab.site, { name: "r", chart: plain }).result;
      const { ended, abort } = await waiting({ ...lab.site, client: lab.connect(accounts[account]?.(lab)) });
      await sleep(lab.clock, 60_000);
      const wrong: Clock = {
        ...lab.clock,
        now: () => lab.clock.now() + minutes * 60_000,
        schedule: lab.clock.schedule,
      };
      const dated: Transport = async (request) => {
        const response = await lab.transport(request);
        return { ...response, headers: { ...response.headers, date: new Date(lab.clock.now()).toUTCString() } };
      };
      const other = { ...lab.site, client: new KubeClient(dated, { clock: wrong }) };
      await assert.rejects(upgrade(other, { name: "r", chart: plain }).result, isBusy, `${account}, ${minutes} min`);
      assert.equal((await inspect(other, "r")).advice, "wait");
      abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
      await ended;
    }
  }
});

test("whoever may not even read leases does not take a release from somebody who holds one", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: plain }).result;
  const { ended, abort } = await waiting(lab.site);
  await sleep(lab.clock, 60_000);
  const blind = { ...lab.site, client: lab.connect(withoutRight(lab, ({ path }) => path.includes("/leases"))) };
  await assert.rejects(upgrade(blind, { name: "r", chart: plain }).result, isBusy);
  abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
  await ended;
});

test("a long uninstallation is known to be at work; cancelled, it can be finished or taken back", async () => {
  await using lab = await openLab();
  const stuck = configMap("stuck").replace("metadata:\n", "metadata:\n  finalizers: [example.com/hold]\n");
  const chart = chartOf({ "c.yaml": configMap("c"), "stuck.yaml": stuck });
  await install(lab.site, { name: "r", chart }).result;
  const abort = new AbortController();
  const operation = uninstall(lab.site, { name: "r", wait: "watcher", timeout: 86_400_000, signal: abort.signal });
  const ended = operation.result.catch((error: unknown) => error);
  for await (const event of operation) {
    if (event.type !== "waiting") continue;
    const kept = event.objects.map(({ name, message }) => `${name}: ${message}`);
    if (kept.includes("stuck: Resource scheduled for deletion, waiting for example.com/hold")) break;
  }
  await sleep(lab.clock, 600_000);
  for (const run of [
    () => upgrade(lab.site, { name: "r", chart, install: true }).result,
    () => uninstall(lab.site, { name: "r" }).result,
    () => install(lab.site, { name: "r", chart }).result,
  ])
    await assert.rejects(run(), isBusy);
  abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
  assert.equal(((await ended) as Error).message, "interrupted");
  assert.equal(await left(lab), "failed");
  // What is still being deleted is waited for, as it would be gone afterwards.
  void (async () => {
    await sleep(lab.clock, 20_000);
    const ref = { resource: wellKnown.configMaps, namespace: "default", name: "stuck" };
    await lab.client.patch(ref, "merge", { metadata: { finalizers: null } });
  })();
  assert.equal((await upgrade(lab.site, { name: "r", chart }).result).status, "deployed");
  assert.deepEqual(await lab.configMap("stuck"), { value: "1" });
  assert.deepEqual(await lab.configMap("c"), { value: "1" });
});

test("an uninstallation that ends with something still there leaves the record as it ended", async () => {
  for (const keepHistory of [false, true]) {
    await using lab = await openLab();
    const stuck = configMap("stuck").replace("metadata:\n", "metadata:\n  finalizers: [example.com/hold]\n");
    await install(lab.site, { name: "r", chart: chartOf({ "stuck.yaml": stuck }) }).result;
    const operation = uninstall(lab.site, { name: "r", wait: "watcher", timeout: 10_000, keepHistory });
    await assert.rejects(operation.result, /^[^]*uninstallation completed with 1 error\(s\): resource ConfigMap/);
    for await (const event of operation) assert.notEqual(event.type, "warning");
    if (keepHistory) assert.equal(await left(lab), "uninstalled");
    else assert.deepEqual(await lab.client.list(wellKnown.secrets, "default"), []);
  }
});

test("a hook that is cancelled is said to be interrupted, and nothing else", async () => {
  await using lab = await openLab();
  const job = `apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, annotations: {helm.sh/hook: pre-upgrade}}\nspec: {template: {metadata: {annotations: {sim.slipway.dev/run-for: 10m}}, spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}\n`;
  const chart = chartOf({ "c.yaml": configMap("c"), "j.yaml": job });
  await install(lab.site, { name: "r", chart }).result;
  const abort = new AbortController();
  const operation = upgrade(lab.site, { name: "r", chart, signal: abort.signal });
  for await (const event of operation)
    if (event.type === "waiting") abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
  await assert.rejects(operation.result, { message: /^(pre-upgrade hooks failed: )?interrupted$/ });
  assert.match(
    (await history(lab.site, "r")).at(-1)?.description ?? "",
    /^Upgrade "r" failed: (pre-upgrade hooks failed: )?interrupted$/,
  );
  assert.equal(await left(lab), "deployed failed");
});

test("a test's outcome is written into the revision as it is by then", async () => {
  await using lab = await openLab();
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: check, annotations: {helm.sh/hook: test, sim.slipway.dev/run-for: 60s}}\nspec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;
  const chart = chartOf({ "c.yaml": configMap("c"), "t.yaml": pod });
  await install(lab.site, { name: "r", chart }).result;
  const testing = runTest(lab.site, { name: "r" });
  for await (const event of testing) if (event.type === "waiting") break;
  await upgrade(lab.site, { name: "r", chart }).result;
  assert.equal((await testing.result).failure, undefined);
  assert.equal(await left(lab), "superseded deployed");
});

test("what another run did while its lease was waited for is known to the one that follows it", async () => {
  const added = chartOf({ "c.yaml": configMap("c"), "new.yaml": configMap("new") });
  const runs: Record<string, (site: ReleaseSite) => Promise<unknown>> = {
    "configmaps: ; revisions: ": (site) => uninstall(site, { name: "r" }).result,
    "configmaps: c; revisions: superseded superseded deployed": (site) =>
      upgrade(site, { name: "r", chart: plain }).result,
    "configmaps: c; revisions: superseded superseded superseded deployed": async (site) => {
      await rollback(site, { name: "r", revision: 1 }).result;
      await upgrade(site, { name: "r", chart: plain }).result;
    },
  };
  for (const [outcome, run] of Object.entries(runs)) {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart: plain }).result;
    await foreignLease(lab);
    const ended = run(lab.site);
    await sleep(lab.clock, 5_000);
    // The other run, as an account that does without leases.
    const other = { ...lab.site, client: lab.connect(withoutRight(lab, ({ path }) => path.includes("/leases"))) };
    await upgrade(other, { name: "r", chart: added }).result;
    await ended;
    const names = (await lab.client.list(wellKnown.configMaps, "default")).map(({ metadata }) => metadata.name);
    const statuses = outcome.endsWith(": ") ? "" : await left(lab);
    if (statuses === "") assert.deepEqual(await lab.client.list(wellKnown.secrets, "default"), []);
    const ours = names.filter((name) => name !== "kube-root-ca.crt");
    assert.equal(`configmaps: ${ours.join(" ")}; revisions: ${statuses}`, outcome);
  }
});

test("an installation that waited for another one does not take its place", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: plain }).result;
  await uninstall(lab.site, { name: "r", keepHistory: true }).result;
  await foreignLease(lab);
  const ended = install(lab.site, { name: "r", chart: plain, replace: true }).result.catch((error: unknown) => error);
  await sleep(lab.clock, 5_000);
  const other = { ...lab.site, client: lab.connect(withoutRight(lab, ({ path }) => path.includes("/leases"))) };
  await install(other, { name: "r", chart: plain, replace: true }).result;
  assert.ok(isSlipwayError(await ended, "release.name-in-use"));
  assert.equal(await left(lab), "superseded deployed");
});

test("a run whose lease is lost at its last write fails, and says so", async () => {
  const runs: Record<string, (site: ReleaseSite) => Promise<unknown>> = {
    upgrade: (site) => upgrade(site, { name: "r", chart: plain }).result,
    rollback: (site) => rollback(site, { name: "r", revision: 1 }).result,
    uninstall: (site) => uninstall(site, { name: "r", keepHistory: true }).result,
  };
  for (const [verb, run] of Object.entries(runs)) {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart: plain }).result;
    if (verb !== "upgrade") await upgrade(lab.site, { name: "r", chart: plain }).result;
    const ref = { resource: wellKnown.leases, namespace: "default", name: "sh.slipway.lock.v1.r" };
    // The last but one of the writes: the revision before is superseded, or the one under work uninstalling.
    let lost = false;
    const robbed: Transport = async (request) => {
      if (!lost && request.method === "PUT" && request.path.includes("/secrets/")) {
        lost = true;
        await lab.client.delete(ref);
        await sleep(lab.clock, 5_000);
      }
      return await lab.transport(request);
    };
    const ended = run({ ...lab.site, client: lab.connect(robbed) });
    await assert.rejects(ended, (error) => isSlipwayError(error, "release.lease-lost"), verb);
  }
});

test("a rollback that failed is marked so before the revision before it is superseded", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: plain }).result;
  await upgrade(lab.site, { name: "r", chart: chartOf({ "c.yaml": configMap("c", '"2"') }) }).result;
  let writes = 0;
  const refused = withoutRight(
    lab,
    ({ method, path }) =>
      (method === "PATCH" && path.includes("/configmaps/c")) ||
      (method === "PUT" && path.includes("/secrets/") && ++writes > 1),
  );
  await assert.rejects(rollback({ ...lab.site, client: lab.connect(refused) }, { name: "r" }).result, /forbidden/);
  assert.equal(await left(lab), "superseded deployed failed");
});

test("a lease that somebody has taken over is not removed; one's own is, even if it was renewed unheard", async () => {
  for (const [holder, removed] of [
    ["elsewhere", false],
    [undefined, true],
  ] as const) {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart: plain }).result;
    const ref = { resource: wellKnown.leases, namespace: "default", name: "sh.slipway.lock.v1.r" };
    const late: Transport = async (request) => {
      if (request.method === "DELETE" && request.path.includes("/leases/")) {
        const lease = await lab.client.get(ref);
        const renewTime = "2030-01-01T00:00:00.000000Z";
        const spec = {
          ...(lease.spec as object),
          renewTime,
          ...(holder === undefined ? {} : { holderIdentity: holder }),
        };
        if ((lease.spec as { renewTime: string }).renewTime !== renewTime)
          await lab.client.update(ref, { ...lease, spec });
      }
      return await lab.transport(request);
    };
    const operation = upgrade({ ...lab.site, client: lab.connect(late) }, { name: "r", chart: plain });
    await operation.result;
    for await (const event of operation) assert.notEqual(event.type, "warning");
    assert.equal((await lab.client.find(ref)) === undefined, removed);
  }
});

test("a renewal or removal that is never answered is given up, and the operation goes on", async () => {
  for (const transportOf of Object.values(accounts)) {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart: plain }).result;
    // The first heartbeat, whatever it is, and the lease's removal get lost on the way.
    let swallowed = 0;
    let beats = false;
    const hollow: Transport = async (request) => {
      const lease = request.path.includes("/leases/");
      const isBeat = (lease || request.path.includes("/secrets/")) && request.method !== "GET";
      if (isBeat && ((beats && swallowed === 0) || (lease && request.method === "DELETE"))) {
        swallowed++;
        const { signal } = request;
        await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
      }
      return await transportOf(lab)(request);
    };
    const chart = chartOf({ "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/ready-after": "12s" } }) });
    const operation = upgrade(
      { ...lab.site, client: lab.connect(hollow) },
      { name: "r", chart, wait: "watcher", timeout: 86_400_000 },
    );
    for await (const event of operation) if (event.type === "waiting") beats = true;
    assert.equal((await operation.result).status, "deployed");
    assert.ok(swallowed > 0);
    // Whatever was left behind is a dead lease.
    await sleep(lab.clock, 20_000);
    await upgrade(lab.site, { name: "r", chart: plain }).result;
    assert.equal(await left(lab), "superseded superseded deployed");
  }
});

test("a run that is cancelled while its record is created marks it failed", async () => {
  const runs: Record<string, (site: ReleaseSite, signal: AbortSignal) => Promise<unknown>> = {
    failed: (site, signal) => install(site, { name: "r", chart: plain, signal }).result,
    "deployed failed": (site, signal) => upgrade(site, { name: "r", chart: plain, signal }).result,
    "superseded deployed failed": (site, signal) => rollback(site, { name: "r", signal }).result,
  };
  for (const [outcome, run] of Object.entries(runs)) {
    await using lab = await openLab();
    const revisions = outcome.split(" ").length - 1;
    for (let i = 0; i < revisions; i++) await upgrade(lab.site, { name: "r", chart: plain, install: true }).result;
    const abort = new AbortController();
    const pressed: Transport = async (request) => {
      const response = await lab.transport(request);
      if (request.method === "POST" && request.path.includes("/secrets"))
        abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
      request.signal?.throwIfAborted();
      return response;
    };
    await assert.rejects(run({ ...lab.site, client: lab.connect(pressed) }, abort.signal), { message: "interrupted" });
    assert.equal(await left(lab), outcome);
  }
});

test("a damaged record of an older revision does not leave a rollback pending", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: plain }).result;
  await upgrade(lab.site, { name: "r", chart: plain }).result;
  await upgrade(lab.site, { name: "r", chart: plain }).result;
  const ref = { resource: wellKnown.secrets, namespace: "default", name: "sh.helm.release.v1.r.v1" };
  await lab.client.patch(ref, "merge", { metadata: { labels: { status: "deployed" } }, data: { release: "AAAA" } });
  const operation = rollback(lab.site, { name: "r", revision: 2 });
  assert.equal((await operation.result).status, "deployed");
  const warnings: string[] = [];
  for await (const event of operation) if (event.type === "warning") warnings.push(event.text);
  assert.match(warnings.join("\n"), /^failed to update release r revision 1: .*$/);
});

test("a rollback after a failure ends when its lease is lost, however long it would wait", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: never }).result;
  const timeout = 120_000;
  const operation = upgrade(lab.site, { name: "r", chart: never, rollbackOnFailure: true, timeout });
  const ended = operation.result.catch((error: unknown) => error);
  let lostAt = 0;
  let back = false;
  for await (const event of operation) {
    if (event.type === "phase" && event.phase === "rollback") back = true;
    if (event.type !== "waiting" || !back || lostAt > 0) continue;
    await lab.client.delete({ resource: wellKnown.leases, namespace: "default", name: "sh.slipway.lock.v1.r" });
    lostAt = lab.clock.now();
  }
  assert.match(String(await ended), /the lease on the release was lost to another run/);
  assert.ok(lab.clock.now() - lostAt < 20_000, `${lab.clock.now() - lostAt}`);
});

test("what an uninstallation that was cut off still deletes is waited for, whatever comes next", async () => {
  const stuck = configMap("stuck").replace("metadata:\n", "metadata:\n  finalizers: [example.com/hold]\n");
  const chart = chartOf({ "stuck.yaml": stuck });
  const late = chartOf({
    "stuck.yaml": stuck,
    "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/never-ready": "true" } }),
  });
  const runs: Record<string, { failed: boolean; run: (site: ReleaseSite) => Promise<{ status: string }> }> = {
    "an upgrade": { failed: false, run: (site) => upgrade(site, { name: "r", chart }).result },
    "an upgrade, after one that failed": { failed: true, run: (site) => upgrade(site, { name: "r", chart }).result },
    "an installation": { failed: false, run: (site) => install(site, { name: "r", chart }).result },
  };
  for (const [what, { failed, run }] of Object.entries(runs)) {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart }).result;
    if (failed)
      await upgrade(lab.site, { name: "r", chart: late, wait: "watcher", timeout: 5_000 }).result.catch(() => {});
    let dead = false;
    const mortal: Transport = async (request) => {
      if (dead) throw new SlipwayError("killed", { code: "test.killed" });
      return await lab.transport(request);
    };
    const abort = new AbortController();
    const operation = uninstall(
      { ...lab.site, client: lab.connect(mortal) },
      { name: "r", wait: "watcher", timeout: 86_400_000, signal: abort.signal },
    );
    const ended = operation.result.catch(() => {});
    for await (const event of operation) {
      if (event.type === "waiting" && event.objects.some(({ message }) => message.includes("example.com/hold"))) break;
    }
    dead = true;
    abort.abort(new SlipwayError("killed", { code: "test.killed" }));
    await ended;
    assert.deepEqual(
      (await history(lab.site, "r")).map(({ status }) => status),
      failed ? ["deployed", "uninstalling"] : ["uninstalling"],
    );
    void (async () => {
      await sleep(lab.clock, 20_000);
      const ref = { resource: wellKnown.configMaps, namespace: "default", name: "stuck" };
      await lab.client.patch(ref, "merge", { metadata: { finalizers: null } });
    })();
    assert.equal((await run(lab.site)).status, "deployed", what);
    await sleep(lab.clock, 30_000);
    assert.deepEqual(await lab.configMap("stuck"), { value: "1" }, what);
  }
});

/** A lease of somebody on another machine, renewed just now. */
async function foreignLease(lab: Lab): Promise<void> {
  const renewTime = new Date(lab.clock.now()).toISOString().replace("Z", "000Z");
  await lab.client.create(wellKnown.leases, "default", {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "sh.slipway.lock.v1.r", namespace: "default" },
    spec: { holderIdentity: "elsewhere", leaseDurationSeconds: 15, renewTime },
  });
}
