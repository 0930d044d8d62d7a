import assert from "node:assert/strict";
import { test } from "node:test";
import { toBytes } from "../../base/index.ts";
import { MissingEngine } from "./compile.ts";
import { validateOne } from "./index.ts";
import { compilePattern } from "./patterns.ts";

const told = async (schema: unknown, values: Record<string, unknown>) =>
  (await validateOne(toBytes(JSON.stringify(schema)), values))?.text;

// One test: the engine stays once it is loaded.
test("the engine is loaded where a pattern needs it, also one among the values", async () => {
  assert.throws(() => compilePattern("(?i)a"), MissingEngine);
  assert.equal(await told({ properties: { a: { pattern: "^a$" } } }, { a: "a" }), undefined);
  assert.throws(() => compilePattern("(?i)a"), MissingEngine);

  const regex = { $schema: "http://json-schema.org/draft-07/schema#", properties: { a: { format: "regex" } } };
  assert.equal(await told(regex, { a: "^a$" }), undefined);
  assert.throws(() => compilePattern("(?i)a"), MissingEngine);
  const problem = "'x[' is not valid regex: error parsing regexp: missing closing ]: `[`";
  assert.equal(await told(regex, { a: "x[" }), `- at '/a': ${problem}\n`);
  assert.equal(await told(regex, { a: "(?i)a" }), undefined);

  const flags = { properties: { a: { pattern: "(?i)^A$" }, b: { pattern: "^x$" } } };
  assert.equal(await told(flags, { a: "a", b: "y" }), "- at '/b': 'y' does not match pattern '^x$'\n");
  assert.match(
    (await told({ properties: { a: { pattern: "[" } } }, {})) ?? "",
    /'\[' is not valid regex: error parsing/,
  );
});
