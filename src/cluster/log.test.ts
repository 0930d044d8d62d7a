import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../base/index.ts";
import { openLog } from "./log.ts";
import { Store } from "./store.ts";
import type { Stored } from "./store.ts";

const object = (name: string): Stored => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "n" },
  data: { name },
});

function opened(dir: string) {
  const store = new Store(systemClock);
  const log = openLog(dir, store);
  store.attach(log);
  return { store, log };
}

test("state comes back, a torn last record is dropped with a message, damage elsewhere is refused", () => {
  const dir = mkdtempSync(join(tmpdir(), "slipway-log-"));
  try {
    const first = opened(dir);
    for (let i = 0; i < 20; i++) first.store.put("/configmaps", `n/c${i}`, object(`c${i}`));
    first.store.remove("/configmaps", "n/c3");
    assert.throws(() => opened(dir), /is in use by process/);
    first.log.close();
    const second = opened(dir);
    assert.equal(second.store.table("/configmaps").keys.length, 19);
    assert.equal(second.store.revision, first.store.revision);
    second.store.put("/configmaps", "n/last", object("last"));
    second.log.close();
    appendFileSync(join(dir, "log"), '00000000 [99,"/configmaps","n/torn"');
    const third = opened(dir);
    assert.equal(third.log.messages.length, 1);
    assert.ok(third.store.get("/configmaps", "n/last"));
    for (let i = 0; i < 3; i++) third.store.put("/configmaps", `n/d${i}`, object(`d${i}`));
    third.log.close();
    const snapshot = join(dir, "snapshot");
    truncateSync(snapshot, readFileSync(snapshot).length - 5);
    assert.throws(() => opened(dir), /is damaged/);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
