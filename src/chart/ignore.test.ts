import assert from "node:assert/strict";
import { test } from "node:test";
import { IgnoreRules } from "./ignore.ts";

test("rules of a .helmignore", () => {
  const rules = new IgnoreRules("# comment\n*.swp\n/top.txt\ndocs/\na/b?.txt\n");
  assert.ok(rules.ignores("x/y.swp", false));
  assert.ok(rules.ignores("top.txt", false));
  assert.ok(!rules.ignores("x/top.txt", false));
  assert.ok(rules.ignores("docs", true));
  assert.ok(!rules.ignores("docs", false));
  assert.ok(rules.ignores("a/b1.txt", false));
  assert.ok(!rules.ignores("x/a/b1.txt", false));
});

test("dot files in templates/ never belong to a chart", () => {
  assert.ok(new IgnoreRules().ignores("templates/.swp", false));
  assert.ok(!new IgnoreRules().ignores(".other", false));
});

test("what is no rule is told with its line", () => {
  assert.throws(() => new IgnoreRules("ok\n**/x\n"), /double-star \(\*\*\) syntax is not supported/);
  assert.throws(() => new IgnoreRules("[\n"), /syntax error in pattern/);
});
