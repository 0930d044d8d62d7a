import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf, unifiedDiff } from "./diff.ts";
import { secretMask } from "./mask.ts";
import type { KubeObject } from "./object.ts";

const secret = (stringData: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "s" },
  stringData,
});
const config = (password: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c" },
  data: { args: ["--password", password], mode: "plain", url: `postgres://u:${password}@db` },
});

test("secrets are hidden wherever they stand, and a change of one is still seen", () => {
  const [old, fresh] = ["hunter2secret", "correcthorse"];
  const mask = secretMask([secret({ password: old }), secret({ password: fresh })]);
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

const key = "-----BEGIN KEY-----\nMIIBVAIBADANBg+/\nkqhkiG9w0BAQEF==\n-----END KEY-----\n";
const values = { password: 'p"ss wörd', key, short: "abc", port: "8080", flag: "true", one: "1", name: "main-c" };

test("the ways in which a secret is written", () => {
  const mask = secretMask([secret(values)]);
  const hidden = "(secret)";
  for (const [text, shown] of [
    [values.password, hidden],
    [`x${values.password}y`, `x${hidden}y`],
    [JSON.stringify({ a: values.password }), `{"a":"${hidden}"}`],
    [Buffer.from(values.password).toString("base64"), hidden],
    [Buffer.from(`${values.password}\n`).toString("base64"), hidden],
    [`redis://:${encodeURIComponent(values.password)}@r`, `redis://:${hidden}@r`],
    [key, `${hidden}\n`],
    [`tls:\n${key.replaceAll(/^/gm, "    ")}`, `tls:\n    ${hidden}\n    `],
    [JSON.stringify(key), `"${hidden}\\n"`],
    // Only where it is the whole text.
    ["abc", hidden],
    ["--short=abc", `--short=${hidden}`],
    ["abcd", "abcd"],
    ["8080", hidden],
    ["true", "true"],
    ["1", "1"],
  ] as const) {
    const object: KubeObject = { ...config(""), data: { text } };
    assert.deepEqual(mask.pair(object, undefined).before?.data, { text: shown }, text);
  }
  assert.equal(mask.text(`Invalid value: ${values.password}`), `Invalid value: ${hidden}`);
});

test("names and kinds are shown, short texts only hidden where values stand", () => {
  const mask = secretMask([secret(values)]);
  const container = { name: "abc", image: "main-c:1", args: ["abc"], env: [{ name: "abc", value: "abc" }] };
  const pod: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "main-c", namespace: "main-c", labels: { app: "abc" } },
    spec: { containers: [container] },
  };
  assert.deepEqual(mask.pair(pod, undefined).before, {
    ...pod,
    spec: {
      containers: [{ name: "abc", image: "(secret):1", args: ["(secret)"], env: [{ name: "abc", value: "(secret)" }] }],
    },
  });
});

test("what a Secret holds is shown by its size", () => {
  const mask = secretMask([secret(values)]);
  const { before, after } = mask.pair(secret(values), { ...secret(values), stringData: { ...values, short: "xy" } });
  assert.partialDeepStrictEqual(before, { stringData: { password: "(secret, 10 bytes)" } });
  assert.partialDeepStrictEqual(after, { stringData: { short: "(secret, 2 bytes, new value)" } });
});
