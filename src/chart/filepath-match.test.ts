import assert from "node:assert/strict";
import { test } from "node:test";
import { BadPattern, filepathMatch } from "./filepath-match.ts";

test("stars and question marks stop at a slash", () => {
  assert.ok(filepathMatch("*.yaml", "a.yaml"));
  assert.ok(!filepathMatch("*.yaml", "a/b.yaml"));
  assert.ok(filepathMatch("a*/b", "ax/b"));
  assert.ok(!filepathMatch("a?b", "a/b"));
  assert.ok(filepathMatch("a*b*c*d/f", "axbxcxd/f"));
  assert.ok(!filepathMatch("a*", "ab/c"));
});

test("classes, ranges and escapes", () => {
  assert.ok(filepathMatch("[a-c]x", "bx"));
  assert.ok(filepathMatch("[^a-c]x", "dx"));
  assert.ok(!filepathMatch("[^a-c]x", "ax"));
  assert.ok(filepathMatch("a\\*b", "a*b"));
  assert.ok(!filepathMatch("a\\*b", "axb"));
  assert.ok(filepathMatch("[\\-x]", "-"));
});

test("a malformed pattern is told", () => {
  for (const pattern of ["[", "[a", "[^", "[]a]", "[-]", "a[", "\\"]) {
    assert.throws(() => filepathMatch(pattern, "a"), BadPattern, pattern);
  }
});
