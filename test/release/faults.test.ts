import assert from "node:assert/strict";
import { test } from "node:test";
import { SlipwayError, isSlipwayError, sleep } from "../../src/base/index.ts";
import { statusFromBody, wellKnown, type Transport } from "../../src/kube/index.ts";
import { get, history, inspect, install, upgrade } from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab, withoutRight, type Lab } from "./lab.ts";

/** Twelve objects and two hooks; `b` and its kin come with the second version only. */
const templates = (version: number) => {
  const out: Record<string, string> = { "hook.yaml": configMap("hook", `"x"`, { "helm.sh/hook": "pre-upgrade" }) };
  for (let i = 0; i < 10; i++) out[`cm${i}.yaml`] = configMap(`cm-${i}`, `"v${version}"`);
  if (version === 2) for (let i = 0; i < 3; i++) out[`new${i}.yaml`] = configMap(`new-${i}`, `"v2"`);
  return out;
};

/** A transport that serves `allowed` requests and then is dead for good, as a killed process is. */
function mortal(lab: Lab, allowed: number): { transport: Transport; used: () => number } {
  let used = 0;
  return {
    used: () => used,
    transport: async (request) => {
      if (used >= allowed)
        return await new Promise<never>((_, reject) =>
          setImmediate(() => reject(new SlipwayError("killed", { code: "test.killed" }))),
        );
      used++;
      return await lab.transport(request);
    },
  };
}

async function objects(lab: Lab): Promise<string[]> {
  return (await lab.client.list(wellKnown.configMaps, "default"))
    .map((object) => object.metadata.name)
    .filter((name) => name !== "kube-root-ca.crt");
}

test("an upgrade killed at any request is followed by one that succeeds, and nothing is left over", async () => {
  // How many requests an undisturbed upgrade makes.
  let total = 0;
  {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart: chartOf(templates(1)) }).result;
    const counted = mortal(lab, Number.POSITIVE_INFINITY);
    await upgrade({ ...lab.site, client: lab.connect(counted.transport) }, { name: "r", chart: chartOf(templates(2)) })
      .result;
    total = counted.used();
  }
  assert.ok(total > 20, `only ${total} requests`);
  await using lab = await openLab();
  for (let allowed = 0; allowed <= total; allowed++) {
    const site = { ...lab.site, namespace: "default" };
    await install(site, { name: "r", chart: chartOf(templates(1)), values: {} }).result;
    await lab.client.create(wellKnown.configMaps, "default", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "foreign" },
    });
    const client = lab.connect(mortal(lab, allowed).transport);
    await upgrade({ ...site, client }, { name: "r", chart: chartOf(templates(2)) }).result.catch(() => {});
    // The next plain upgrade goes back to a chart without the new objects: none of them may stay behind.
    const release = await upgrade(site, { name: "r", chart: chartOf(templates(1)) }).result;
    assert.equal(release.status, "deployed", `killed after ${allowed} requests`);
    const revisions = await history(site, "r");
    assert.equal(
      revisions.filter((revision) => revision.status === "deployed").length,
      1,
      `killed after ${allowed} requests: ${revisions.map((revision) => revision.status).join(" ")}`,
    );
    assert.ok(!revisions.some((revision) => revision.status.startsWith("pending")), `killed after ${allowed} requests`);
    assert.deepEqual(
      (await objects(lab)).filter((name) => name.startsWith("new-")),
      [],
      `killed after ${allowed} requests`,
    );
    assert.ok((await objects(lab)).includes("foreign"));
    assert.deepEqual(await lab.client.list(wellKnown.leases, "default"), []);
    const { uninstall } = await import("../../src/release/index.ts");
    await uninstall(site, { name: "r" }).result;
    for (const name of await objects(lab))
      await lab.client.delete({ resource: wellKnown.configMaps, namespace: "default", name });
  }
});

test("a connection that breaks at any request does not fail an upgrade", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf(templates(1)) }).result;
  for (const when of ["before", "after"] as const) {
    for (let broken = 2; broken < 34; broken += 3) {
      let count = 0;
      const transport: Transport = async (request) => {
        count++;
        if (count === broken && when === "before") throw new SlipwayError("EOF", { code: "kube.connection-lost" });
        const response = await lab.transport(request);
        if (count === broken && when === "after") throw new SlipwayError("EOF", { code: "kube.connection-lost" });
        return response;
      };
      const version = (broken % 2) + 1;
      const release = await upgrade(
        { ...lab.site, client: lab.connect(transport) },
        { name: "r", chart: chartOf(templates(version)), values: { at: broken } },
      ).result;
      assert.equal(release.status, "deployed", `request ${broken} broke ${when} it was served`);
    }
  }
});

test("an API server that is away for a while, or that asks for patience, is waited for", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf(templates(1)) }).result;
  let refusals = 0;
  let count = 0;
  const transport: Transport = async (request) => {
    count++;
    if (count > 8 && refusals < 6) {
      refusals++;
      throw new SlipwayError("connect: connection refused", { code: "kube.unreachable" });
    }
    if (count % 7 === 0) {
      return {
        status: 429,
        headers: { "retry-after": "1" },
        body: (async function* () {
          yield new TextEncoder().encode(JSON.stringify({ kind: "Status", ...statusFromBody(429, "", "get", "") }));
        })(),
      };
    }
    return await lab.transport(request);
  };
  const began = lab.clock.now();
  assert.equal(
    (await upgrade({ ...lab.site, client: lab.connect(transport) }, { name: "r", chart: chartOf(templates(2)) }).result)
      .status,
    "deployed",
  );
  assert.ok(lab.clock.now() - began >= 3000);
});

test("a second run at the same time is refused and told who holds the release", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf(templates(1)) }).result;
  const slow = chartOf({
    ...templates(2),
    "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/never-ready": "true" } }),
  });
  const abort = new AbortController();
  // Long enough for any number of heartbeats: what is read from the disk meanwhile does not hold the virtual clock.
  const first = upgrade(lab.site, {
    name: "r",
    chart: slow,
    wait: "watcher",
    timeout: 86_400_000,
    signal: abort.signal,
  });
  for await (const event of first) if (event.type === "waiting") break;
  await assert.rejects(upgrade(lab.site, { name: "r", chart: chartOf(templates(1)) }).result, (error: unknown) => {
    assert.ok(isSlipwayError(error, "release.busy"), String(error));
    assert.match(
      error.message,
      /^another operation \(install\/upgrade\/rollback\) is in progress: upgrade of r held by .+ \(pid \d+\)/,
    );
    return true;
  });
  const report = await inspect(lab.site, "r");
  assert.equal(report.advice, "wait");
  assert.equal(report.holder?.alive, true);
  abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
  await assert.rejects(first.result, { message: "interrupted" });
});

test("without rights on leases holder and heartbeat stand on the pending record", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf(templates(1)) }).result;
  const site = { ...lab.site, client: lab.connect(withoutRight(lab, ({ path }) => path.includes("/leases"))) };
  const slow = chartOf({
    ...templates(2),
    "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/never-ready": "true" } }),
  });
  const abort = new AbortController();
  // Long enough for any number of heartbeats: what is read from the disk meanwhile does not hold the virtual clock.
  const first = upgrade(site, { name: "r", chart: slow, wait: "watcher", timeout: 86_400_000, signal: abort.signal });
  for await (const event of first) if (event.type === "waiting") break;
  const secret = await lab.client.get({
    resource: wellKnown.secrets,
    namespace: "default",
    name: "sh.helm.release.v1.r.v2",
  });
  assert.match(secret.metadata.annotations?.["slipway.dev/holder"] ?? "", /\|/);
  await assert.rejects(upgrade(site, { name: "r", chart: chartOf(templates(1)) }).result, (error: unknown) =>
    isSlipwayError(error, "release.busy"),
  );
  abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
  await assert.rejects(first.result, { message: "interrupted" });
  const after = await lab.client.get({
    resource: wellKnown.secrets,
    namespace: "default",
    name: "sh.helm.release.v1.r.v2",
  });
  assert.equal(after.metadata.annotations, undefined);
});

test("an aborted upgrade is marked failed, lets go of its lease, and the next one succeeds", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf(templates(1)) }).result;
  const abort = new AbortController();
  const never = chartOf({
    ...templates(2),
    "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/never-ready": "true" } }),
  });
  const operation = upgrade(lab.site, { name: "r", chart: never, wait: "watcher", signal: abort.signal });
  for await (const event of operation)
    if (event.type === "waiting") abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
  await assert.rejects(operation.result, { message: "interrupted" });
  const record = await get(lab.site, "r");
  assert.deepEqual([record.status, record.description], ["failed", 'Upgrade "r" failed: interrupted']);
  assert.deepEqual(await lab.client.list(wellKnown.leases, "default"), []);
  assert.equal((await upgrade(lab.site, { name: "r", chart: chartOf(templates(1)) }).result).status, "deployed");
});

test("a lease of another machine is waited for until it lapses", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf(templates(1)) }).result;
  const now = new Date(lab.clock.now()).toISOString().replace("Z", "000Z");
  await lab.client.create(wellKnown.leases, "default", {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "sh.slipway.lock.v1.r" },
    spec: {
      holderIdentity: "ci|runner-9|77|elsewhere|123|abc",
      leaseDurationSeconds: 15,
      renewTime: now,
      acquireTime: now,
    },
  });
  const began = lab.clock.now();
  assert.equal((await upgrade(lab.site, { name: "r", chart: chartOf(templates(2)) }).result).status, "deployed");
  const waited = lab.clock.now() - began;
  assert.ok(waited >= 14_000 && waited < 20_000, `waited ${waited} ms`);
  await sleep(lab.clock, 1);
});
