import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesAny, parseSelector } from "./selector.ts";

test("selectors match labels as helmfile's do", () => {
  const labels = { service: "ml-api", tier: "web" };
  const cases: [selectors: string[], matches: boolean][] = [
    [[], true],
    [["service=ml-api"], true],
    [["service=ml-batch"], false],
    [["service=ml-api,tier=web"], true],
    [["service=ml-api,tier!=web"], false],
    [["tier!=db"], true],
    [["unknown!=x"], true],
    [["unknown=x"], false],
    [["service=ml-batch", "tier=web"], true],
  ];
  for (const [texts, expected] of cases) {
    assert.equal(matchesAny(texts.map(parseSelector), labels), expected, texts.join(" or "));
  }
});

test("a malformed selector is refused in helmfile's words", () => {
  for (const text of ["service", "a=b=c", "a=", "=b", "a==b", ""]) {
    assert.throws(() => parseSelector(text), {
      message: `malformed label: ${text}. Expected label in form k=v or k!=v`,
    });
  }
});
