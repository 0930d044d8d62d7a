import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../base/index.ts";
import { createVirtualClock, scaledClock } from "./virtual-clock.ts";

test("a ten-minute sleep takes no time and timers fire in order", async () => {
  const clock = createVirtualClock({ start: 0 });
  const order: string[] = [];
  clock.schedule(1000, () => order.push(`b@${clock.now()}`));
  clock.schedule(10, () => order.push(`a@${clock.now()}`));
  clock.schedule(1000, () => order.push(`c@${clock.now()}`));
  await sleep(clock, 600_000);
  assert.deepEqual(order, ["a@10", "b@1000", "c@1000"]);
  assert.equal(clock.now(), 600_000);
});

test("it stands still while a request is in flight", async () => {
  const clock = createVirtualClock({ start: 0 });
  let fired = false;
  clock.schedule(5, () => (fired = true));
  const release = clock.hold();
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(fired, false);
  release();
  await sleep(clock, 10);
  assert.equal(fired, true);
});

test("background timers do not drive time, but are passed on the way", async () => {
  const clock = createVirtualClock({ start: 0 });
  const background = clock.background();
  let beats = 0;
  const beat = () => {
    beats++;
    background.schedule(10_000, beat);
  };
  background.schedule(10_000, beat);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(clock.now(), 0);
  await sleep(clock, 60_000);
  assert.equal(beats, 6);
  const before = clock.now();
  const done = clock.wait();
  await new Promise<void>((resolve) => void background.schedule(25_000, resolve));
  done();
  assert.ok(clock.now() >= before + 25_000);
});

test("a cancelled timer does not fire, and advance runs what is due", () => {
  const clock = createVirtualClock({ start: 0, automatic: false });
  const seen: number[] = [];
  const cancel = clock.schedule(5, () => seen.push(5));
  clock.schedule(7, () => seen.push(7));
  clock.schedule(20, () => seen.push(20));
  cancel();
  clock.advance(10);
  assert.deepEqual(seen, [7]);
  assert.equal(clock.now(), 10);
  assert.equal(clock.pending, 1);
});

test("a scaled clock runs faster", () => {
  const base = createVirtualClock({ start: 1000, automatic: false });
  const fast = scaledClock(base, 60);
  let at = 0;
  fast.schedule(60_000, () => (at = fast.now()));
  base.advance(1000);
  assert.equal(at, 61_000);
  assert.equal(scaledClock(base, 2, 50_000).now(), 50_000);
});
