import assert from "node:assert/strict";
import { test } from "node:test";
import { causeText, type Cause } from "../status.ts";
import { checkLists } from "./lists.ts";
import { compilePattern, EngineWanted, loadEngine } from "./patterns.ts";
import { dropNulls, fillDefaults, prune } from "./prune.ts";
import { checkStructural } from "./structural.ts";
import { stringFormat } from "./formats.ts";
import { checkValue } from "./values.ts";

// eslint-disable-next-line typescript/no-explicit-any
type Json = any;

function problems(value: Json, schema: Json, old?: Json): string[] {
  const out: Cause[] = [];
  checkValue(value, schema, "", out, old);
  return out.map(causeText);
}

test("a pattern that only RE2's engine reads asks for it; a hostile one takes no longer than its text", async () => {
  assert.throws(() => compilePattern("(?i)^abc$"), EngineWanted);
  await loadEngine();
  assert.equal(compilePattern("(?i)^abc$")("ABC"), true);
  assert.throws(() => compilePattern("(?=a)"), /invalid or unsupported Perl syntax: `\(\?=`/);
  const began = performance.now();
  assert.equal(compilePattern("^(a+)+$")(`${"a".repeat(20_000)}b`), false);
  assert.equal(compilePattern("^(([a-z])+.)+[A-Z]([a-z])+$")("a".repeat(20_000)), false);
  assert.ok(performance.now() - began < 5000);
});

const rows: readonly [what: string, value: Json, schema: Json, expected: readonly string[]][] = [
  ["types", 1, { type: "string" }, ['<nil>: Invalid value: "integer":  in body must be of type string: "integer"']],
  [
    "every check runs, whatever the others found",
    { a: 5 },
    { type: "object", properties: { a: { type: "string", enum: ["x", "y"] } } },
    [
      'a: Invalid value: "integer": a in body must be of type string: "integer"',
      'a: Unsupported value: 5: supported values: "x", "y"',
    ],
  ],
  ["what is required", {}, { type: "object", required: ["a"] }, ["a: Required value"]],
  [
    "sizes of lists, not the lists, are shown",
    { a: [] },
    { type: "object", properties: { a: { type: "array", minItems: 1, items: { type: "string" } } } },
    ["a: Invalid value: 0: a in body should have at least 1 items"],
  ],
  [
    "of alternatives that fail, the one that got furthest is told of",
    { a: { b: 1, c: 2 } },
    {
      type: "object",
      properties: {
        a: { type: "object", anyOf: [{ required: ["x"] }, { properties: { b: {}, c: { minimum: 3 } } }] },
      },
    },
    [
      '<nil>: Invalid value: "": "a" must validate at least one schema (anyOf)',
      "a.c: Invalid value: 2: a.c in body should be greater than or equal to 3",
    ],
  ],
  [
    "integers that do not fit their format",
    { a: 2 ** 31 },
    { type: "object", properties: { a: { type: "integer", format: "int32" } } },
    ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in a'],
  ],
  ["int-or-string", { a: "5" }, { type: "object", properties: { a: { "x-kubernetes-int-or-string": true } } }, []],
  [
    "nulls",
    { a: null, b: null },
    { type: "object", properties: { a: { type: "string" }, b: { type: "string", nullable: true } } },
    ['a: Invalid value: "null": a in body must be of type string: "null"'],
  ],
];

for (const [what, value, schema, expected] of rows) {
  test(`values: ${what}`, () => assert.deepEqual(problems(value, schema), expected));
}

test("what was wrong before and has not changed is forgiven", () => {
  const schema = { type: "object", properties: { a: { type: "integer", minimum: 3 }, b: { type: "string" } } };
  assert.deepEqual(problems({ a: 1, b: "new" }, schema, { a: 1, b: "old" }), []);
  assert.equal(problems({ a: 2, b: "old" }, schema, { a: 1, b: "old" }).length, 1);
});

test("pruning, nulls and defaults", () => {
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { a: { type: "string", default: "x" }, n: { type: "string" } },
      },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { deep: { type: "object" } } },
    },
  };
  const object = {
    kind: "Thing",
    metadata: { name: "kept" },
    spec: { a: null, n: null, gone: 1 },
    free: { kept: 1, deep: { gone: 1 } },
  };
  const unknown: string[] = [];
  prune(object, schema, unknown, true);
  dropNulls(object, schema);
  fillDefaults(object, schema);
  assert.deepEqual(unknown, ["spec.gone", "free.deep.gone"]);
  assert.deepEqual(object, {
    kind: "Thing",
    metadata: { name: "kept" },
    spec: { a: "x" },
    free: { kept: 1, deep: {} },
  });
});

test("lists that are sets or maps hold nothing twice", () => {
  const out: Cause[] = [];
  const items = { type: "object", properties: { name: { type: "string" } } };
  const schema = {
    type: "object",
    properties: {
      set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
      map: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], items },
    },
  };
  checkLists({ set: ["a", "b", "a", "a"], map: [{ name: "x" }, { name: "x", more: 1 }] }, schema, "", out);
  assert.deepEqual(out.map(causeText), ['set[2]: Duplicate value: "a"', 'map[1]: Duplicate value: {"name":"x"}']);
});

test("schemas that are not structural", () => {
  const schema = {
    type: "object",
    properties: { a: {}, b: { type: "array" } },
    anyOf: [{ properties: { d: { type: "string" } } }],
  };
  assert.deepEqual(checkStructural(schema, "s").map(causeText), [
    "s.anyOf[0].properties[d].type: Forbidden: must be empty to be structural",
    "s.properties[a].type: Required value: must not be empty for specified object fields",
    "s.properties[b].items: Required value: must be specified",
    "s.properties[d]: Required value: because it is defined in s.anyOf[0].properties[d]",
  ]);
});

test("formats of strings", () => {
  const good: Record<string, string[]> = {
    "date-time": ["2024-02-29T23:59:59Z", "2024-01-01T00:00:00.5+01:00"],
    duration: ["1h30m", "22 ns", "0"],
    uri: ["https://a.example/b?c", "/path", "urn:x"],
    cidr: ["10.0.0.0/8", "fd00::/64"],
    email: ["a@b.example", "A <a@b>"],
    hostname: ["a.example", "a"],
    mac: ["00:11:22:33:44:55"],
    byte: ["YWJj"],
  };
  const bad: Record<string, string[]> = {
    "date-time": ["2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01T24:00:00Z"],
    duration: ["", "h", "x"],
    uri: ["", "a b", "path", "https://a:b/"],
    cidr: ["10.0.0.0", "10.0.0.0/33"],
    email: ["a", "@b"],
    hostname: ["", "-a", "a..b"],
    mac: ["00:11"],
    byte: ["a"],
  };
  for (const [name, texts] of Object.entries(good))
    for (const text of texts) assert.ok(stringFormat(name)?.(text), `${name} ${text}`);
  for (const [name, texts] of Object.entries(bad))
    for (const text of texts) assert.ok(!stringFormat(name)?.(text), `${name} ${text}`);
  assert.equal(stringFormat("strange"), undefined);
});
