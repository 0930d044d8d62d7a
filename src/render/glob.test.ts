import assert from "node:assert/strict";
import { test } from "node:test";
import { compileGlob } from "./glob.ts";

test("stars stop at a slash, two do not", () => {
  assert.ok(compileGlob("files/*.txt")("files/a.txt"));
  assert.ok(!compileGlob("files/*.txt")("files/x/a.txt"));
  assert.ok(compileGlob("**.txt")("files/x/a.txt"));
  assert.ok(compileGlob("files/?.txt")("files/a.txt"));
});

test("lists, ranges and alternatives", () => {
  assert.ok(compileGlob("[abc].txt")("b.txt"));
  assert.ok(compileGlob("[!a-c].txt")("d.txt"));
  assert.ok(!compileGlob("[!a-c].txt")("a.txt"));
  assert.ok(compileGlob("*.{yaml,yml}")("x.yml"));
  assert.ok(compileGlob("{a,b/**}/c")("b/x/y/c"));
  assert.ok(compileGlob("\\*.txt")("*.txt"));
});

test("a pattern that is none matches everything, as in Helm", () => {
  assert.ok(compileGlob("[a")("anything/at all"));
});
