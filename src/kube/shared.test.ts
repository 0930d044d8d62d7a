import assert from "node:assert/strict";
import { test } from "node:test";
import { KubeClient } from "./client.ts";
import { Shared } from "./shared.ts";
import { answer, instantClock } from "./testing/scripted.ts";

/** Work that ends when told to, and knows when it was stopped. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let stopped: unknown;
  const shared = new Shared((signal) => {
    signal.addEventListener("abort", () => {
      stopped = signal.reason;
      reject(signal.reason as Error);
    });
    return promise;
  });
  return { shared, resolve, reject, stopped: () => stopped };
}

test("who gives up leaves the others waiting", async () => {
  const { shared, resolve, stopped } = work();
  const stop = new AbortController();
  const [first, second] = [shared.wait(stop.signal), shared.wait()];
  stop.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  assert.deepEqual([stopped(), shared.over], [undefined, false]);
  resolve("done");
  assert.equal(await second, "done");
  // What is there is given even to who has no time left.
  assert.equal(await shared.wait(stop.signal), "done");
});

test("work that nobody waits for any longer is stopped", async () => {
  const { shared, stopped } = work();
  const stop = new AbortController();
  const both = [shared.wait(stop.signal), shared.wait(stop.signal)];
  stop.abort(new Error("enough"));
  for (const one of both) await assert.rejects(one, /enough/);
  assert.match(String(stopped()), /enough/);
  assert.equal(shared.over, true);
});

test("work that failed is over for who hears of it", async () => {
  const { shared, reject } = work();
  const heard = shared.wait().catch((error: Error) => [error.message, shared.over]);
  reject(new Error("away"));
  assert.deepEqual(await heard, ["away", true]);
});

test("discovery is asked anew by the next when those who waited gave up", async () => {
  let asked = 0;
  const client = new KubeClient(
    async ({ path, signal }) => {
      if (path === "/api" && asked++ === 0)
        await new Promise((_, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
        );
      return answer(200, path === "/api" ? { versions: ["v1"] } : { resources: [], groups: [] });
    },
    { clock: instantClock() },
  );
  const stop = new AbortController();
  const first = client.discovery({ signal: stop.signal });
  stop.abort(new Error("enough"));
  const second = client.discovery();
  await assert.rejects(first, /enough/);
  assert.deepEqual((await second).groups, [{ name: "", versions: ["v1"], preferred: "v1" }]);
  assert.equal(await client.discovery(), await second);
  assert.equal(asked, 2);
});
