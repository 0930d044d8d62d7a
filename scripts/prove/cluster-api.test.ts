import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster } from "../../src/cluster/index.ts";
import { compare, readRecording, runAll } from "./cluster-api.ts";
import type { Call } from "./cluster-api/reference.ts";
import { scenarios } from "./cluster-api/scenarios.ts";

/** The least share of exchanges that must be the same; what differs is in docs/embedded-cluster.md. */
const least = 0.985;

test("the embedded API answers as the recorded kube-apiserver 1.36.3 did", async () => {
  // watches wait for real seconds: the long run has them
  const list = scenarios().filter((one) => one.name !== "watches");
  const cluster = await startCluster({ listen: false, controllers: false });
  const call = async ({ method, path, headers = {}, body }: Call) => {
    const response = await cluster.handle({
      method,
      path,
      headers: { authorization: `Bearer ${cluster.token}`, "user-agent": "differential/1", ...headers },
      ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
    });
    const parts: Uint8Array[] = [];
    for await (const part of response.body) parts.push(part);
    return { status: response.status, headers: response.headers, body: Buffer.concat(parts).toString() };
  };
  const actual = await runAll({ call }, list);
  await cluster.stop();
  const expected = readRecording().filter((one) => one.scenario !== "watches");
  const differences = compare(expected, actual);
  const share = 1 - differences.length / expected.length;
  const first = differences.slice(0, 5).map(({ expected: one }) => `[${one.scenario}] ${one.call}`);
  assert.ok(expected.length > 6000, String(expected.length));
  assert.ok(share >= least, `only ${(share * 100).toFixed(2)} % the same; first differences:\n${first.join("\n")}`);
});
