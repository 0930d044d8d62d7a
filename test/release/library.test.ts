/** The library's face: events, results, aborts. (test/package uses it as it is published.) */
import assert from "node:assert/strict";
import { test } from "node:test";
import { wellKnown } from "../../src/kube/index.ts";
import {
  diffUpgrade,
  get,
  history,
  install,
  list,
  rollback,
  test as testRelease,
  uninstall,
  upgrade,
  type Operation,
  type ReleaseEvent,
  type ReleaseSite,
} from "../../src/release/index.ts";
import { chartOf, configMap, openLab } from "./lab.ts";

const hook = configMap("h", '"1"', { "helm.sh/hook": "pre-install,pre-upgrade,post-rollback,pre-delete" });
const chart = chartOf({ "a.yaml": configMap("a"), "h.yaml": hook });

async function told(operation: Operation<unknown>): Promise<ReleaseEvent[]> {
  return await Array.fromAsync(operation);
}

test("events tell everything in order, to whoever listens whenever; results need no listener", async () => {
  await using lab = await openLab();
  const operation = install(lab.site, { name: "r", chart });
  const events = await told(operation);
  assert.deepEqual(
    events.map((event) => {
      if (event.type === "phase") return event.phase;
      if (event.type === "object") return `${event.action} ${event.object.name}`;
      if (event.type === "hook") return `${event.event} ${event.hook.name} ${event.state}`;
      return event.type === "revision" ? `revision ${event.release.version} ${event.release.status}` : event.type;
    }),
    [
      "prepare",
      "revision 1 pending-install",
      "pre-install h started",
      "created h",
      "pre-install h succeeded",
      "apply",
      "created a",
      "record",
    ],
  );
  assert.deepEqual(await told(operation), events);
  assert.equal((await operation.result).status, "deployed");
  // Nobody listens, nobody asks: a failure ends nothing but itself.
  upgrade(lab.site, { name: "none", chart });
  const failed = upgrade(lab.site, { name: "none", chart });
  for await (const event of failed) if (event.type === "phase") break;
  await assert.rejects(failed.result, { code: "release.none-deployed", message: '"none" has no deployed releases' });
});

test("two at once: the second one is told who is at work", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart }).result;
  const results = await Promise.allSettled(
    [1, 2].map(async () => await upgrade(lab.site, { name: "r", chart }).result),
  );
  const [busy, ...others] = results.filter((result) => result.status === "rejected");
  assert.equal(busy?.reason.code, "release.busy");
  assert.match(busy?.reason.message, /upgrade of r held by /);
  assert.equal(others.length, 0);
});

const verbs: Readonly<Record<string, (site: ReleaseSite, signal: AbortSignal) => Promise<unknown>>> = {
  install: async (site, signal) => await install(site, { name: "fresh", chart, takeOwnership: true, signal }).result,
  upgrade: async (site, signal) => await upgrade(site, { name: "r", chart, values: { value: 2 }, signal }).result,
  rollback: async (site, signal) => await rollback(site, { name: "r", revision: 1, signal }).result,
  uninstall: async (site, signal) => await uninstall(site, { name: "r", signal }).result,
  test: async (site, signal) => await testRelease(site, { name: "r", signal }).result,
  list: async (site, signal) => await list(site, { signal }),
  history: async (site, signal) => await history(site, "r", { signal }),
  get: async (site, signal) => await get(site, "r", { signal }),
  diff: async (site, signal) => await diffUpgrade(site, { name: "r", chart, signal }),
};

test("aborted before any request: the signal's reason is the error, no lease and nothing pending stays", async () => {
  const reason = new Error("enough");
  for (const [verb, work] of Object.entries(verbs)) {
    for (let most = 0, done = false; !done; most++) {
      await using lab = await openLab();
      await install(lab.site, { name: "r", chart }).result;
      const abort = new AbortController();
      let sent = 0;
      const client = lab.connect(async (request) => {
        if (sent++ === most) abort.abort(reason);
        if (request.signal?.aborted) throw request.signal.reason;
        return await lab.transport(request);
      });
      const error = await work({ ...lab.site, client }, abort.signal).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      done = sent <= most;
      assert.ok(error === reason || error === undefined, `${verb} after ${most} requests: ${String(error)}`);
      assert.deepEqual(await lab.client.list(wellKnown.leases, "default"), [], `${verb} after ${most} requests`);
      for (const { status } of await list(lab.site)) assert.doesNotMatch(status, /^pending/);
      assert.ok(most < 60);
    }
  }
});
