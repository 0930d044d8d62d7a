import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../base/index.ts";
import { limited } from "./limit.ts";
import { answer } from "./testing/scripted.ts";

test("after a burst, requests come as many a second as are allowed", async () => {
  let now = 0;
  const waits: number[] = [];
  const clock: Clock = {
    now: () => now,
    schedule(ms, fire) {
      waits.push(Math.round(ms));
      const timer = setImmediate(fire);
      return () => clearImmediate(timer);
    },
  };
  const send = limited(async () => answer(200, {}), 4, 2, clock);
  const request = { method: "GET", path: "/version", headers: {} };
  await Promise.all(Array.from({ length: 5 }, () => send(request)));
  assert.deepEqual(waits, [250, 500, 750]);
  now = 60_000;
  await Promise.all([send(request), send(request), send(request)]);
  assert.deepEqual(waits.slice(3), [250]);
});
