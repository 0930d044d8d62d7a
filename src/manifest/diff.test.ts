import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf, secretMask, unifiedDiff } from "./diff.ts";

const secret = (password: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "s" },
  stringData: { password },
});
const config = (password: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c" },
  data: { args: ["--password", password], mode: "plain", url: `postgres://u:${password}@db` },
});

test("secrets are hidden wherever they stand, and a change of one is still seen", () => {
  const [old, fresh] = ["hunter2secret", "correcthorse"];
  const mask = secretMask([secret(old), secret(fresh)]);
  assert.deepEqual(
    unifiedDiff(changeOf(config(old), config(fresh), mask), 0)
      .split("\n")
      .filter((line) => /^[+-]/.test(line)),
    [
      "-  - (secret, old value)",
      "+  - (secret, new value)",
      "-  url: postgres://u:(secret, old value)@db",
      "+  url: postgres://u:(secret, new value)@db",
    ],
  );
  const same = changeOf(config(old), { ...config(old), metadata: { name: "c", labels: { a: "b" } } }, mask);
  assert.doesNotMatch(unifiedDiff(same, 20), /value\)|hunter2/);
});
