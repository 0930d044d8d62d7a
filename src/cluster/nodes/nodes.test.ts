import assert from "node:assert/strict";
import { test } from "node:test";
import { SlipwayError } from "../../base/index.ts";
import { kinds } from "../controllers/port.ts";
import { startControllers } from "../controllers/start.ts";
import { bench, object } from "../controllers/testing.ts";

test("a disk that is full for a while ends nothing: beats, sweeps and queues go on when there is room", () => {
  const it = bench();
  let full = false;
  const writes = ["create", "update", "updateStatus", "delete"] as const;
  for (const name of writes) {
    const write = it.api[name].bind(it.api) as (...given: unknown[]) => unknown;
    (it.api as unknown as Record<string, unknown>)[name] = (...given: unknown[]) => {
      if (full) throw new SlipwayError("the cluster's log cannot be written", { code: "cluster.log-write" });
      return write(...given);
    };
  }
  const controllers = startControllers(it.api, { onError: it.onError });
  const spec = { selector: { app: "a" }, ports: [{ port: 80 }], clusterIP: "10.96.0.9" };
  it.api.create(kinds.services, object("v1", "Service", "a", spec));
  it.pass(5);
  assert.ok(it.api.get(kinds.endpoints, "default", "a"));
  it.api.delete(kinds.services, "default", "a");
  full = true;
  it.pass(900);
  const lease = () => it.api.get(kinds.leases, "kube-node-lease", "node-1")?.spec.renewTime as string;
  const before = lease();
  full = false;
  it.pass(600);
  assert.notEqual(lease(), before);
  assert.equal(it.api.get(kinds.endpoints, "default", "a"), undefined);
  controllers.stop();
});
