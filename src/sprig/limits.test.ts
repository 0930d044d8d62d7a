import assert from "node:assert/strict";
import { test } from "node:test";
import { loadFamilies } from "./index.ts";
import { render } from "./testing.ts";

test("what would eat the memory ends in an error that says so", () => {
  const huge = "9223372036854775807";
  for (const call of [
    `repeat ${huge} "ab"`,
    `until ${huge}`,
    `until -${huge}`,
    `untilStep 0 ${huge} 1`,
    `seq ${huge}`,
    `seq 1 ${huge}`,
    `seq -${huge} 3 ${huge}`,
    `indent ${huge} "a"`,
    `nindent 100000000 "a\\nb"`,
    `randAlphaNum ${huge}`,
    `randBytes ${huge}`,
  ]) {
    assert.throws(
      () => render(`{{ ${call} }}`),
      /the result would have \d+ (characters|elements); the limit of one function call is \d+/,
      call,
    );
  }
});

test("the limits are the caller's to set", () => {
  assert.throws(
    () => render(`{{ until 11 }}`, { limits: { items: 10 } }),
    /would have 11 elements; the limit of one function call is 10/,
  );
  assert.equal(render(`{{ until 3 }}`, { limits: { items: 10 } }), "[0 1 2]");
});

test("patterns that blow up elsewhere are linear here", async () => {
  await loadFamilies(["regex"]);
  const started = performance.now();
  assert.equal(render(`{{ regexMatch "^(a+)+$" .text }}`, {}, { text: `${"a".repeat(20_000)}b` }), "false");
  assert.equal(render(`{{ regexReplaceAll "(x+x+)+y" .text "" | len }}`, {}, { text: "x".repeat(5_000) }), "5000");
  assert.ok(performance.now() - started < 20_000);
});
