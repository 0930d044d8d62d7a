import assert from "node:assert/strict";
import { test } from "node:test";
import { int64, isSlipwayError, nilOf } from "../base/index.ts";
import { marshalJSON, stringify, stringifyV3 } from "./index.ts";

// What sigs.k8s.io/yaml v1.6.0 and go.yaml.in/yaml/v3 v3.0.5 wrote; test/conformance/goyaml holds many more.

test("collections: lists under their key, empty ones, nesting", () => {
  const value = { b: [1, { x: "y", z: [] }, [2, [3]]], a: {}, c: null, d: nilOf("[]interface {}") };
  assert.equal(stringify(value), 'a: {}\nb:\n- 1\n- x: "y"\n  z: []\n- - 2\n  - - 3\nc: null\nd: null\n');
  assert.equal(stringify("a"), "a\n");
  assert.equal(stringify([]), "[]\n");
});

test("keys in yaml.v2's natural order", () => {
  const keys = [
    "é",
    "b10",
    "b9",
    "b09",
    "ab",
    "a01b",
    "a1b",
    "a_b",
    "a:b",
    "a.b",
    "a-b",
    "a b",
    "B",
    "A",
    "1.5",
    "1",
    "~",
    "_",
    ".",
    "- x",
    "",
  ];
  const text = stringify(Object.fromEntries(keys.map((key) => [key, 0])));
  const written = text
    .trim()
    .split("\n")
    .map((line) => line.slice(0, -3).replaceAll(/^["']|["']$/g, ""));
  assert.deepEqual(written, [
    "",
    "- x",
    ".",
    "_",
    "~",
    "1",
    "1.5",
    "A",
    "B",
    "a b",
    "a-b",
    "a.b",
    "a:b",
    "a_b",
    "a1b",
    "a01b",
    "ab",
    "b9",
    "b09",
    "b10",
    "é",
  ]);
});

test("numbers on their way through JSON", () => {
  const cases: [unknown, string][] = [
    [1e6, "1000000"],
    [1234567.5, "1.2345675e+06"],
    [1e-6, "1e-06"],
    [1e20, "1e+20"],
    [1e19, "10000000000000000000"],
    [1234567890123456800, "1234567890123456800"],
    [-0, "0"],
    [int64(9007199254740993n), "9007199254740993"],
    [true, "true"],
  ];
  for (const [value, text] of cases) assert.equal(stringify(value), `${text}\n`);
});

test("quotes where they must be, and only there", () => {
  const double = [
    "",
    "true",
    "Yes",
    "n",
    "~",
    "null",
    "1",
    "07",
    "1_000",
    "1e3",
    ".5",
    "08",
    ".inf",
    "1:30",
    "2024-01-01",
    "0x1",
  ];
  for (const text of double) assert.equal(stringify(text), `"${text}"\n`);
  const plain = [
    "nil",
    "tRue",
    "1e400",
    "0x",
    "0o8",
    "1.2.3",
    "<<",
    "=",
    "a:b",
    "a#b",
    "-a",
    "?a",
    "--x",
    "a, b",
    "a]",
    "it's",
    "\\a",
    "é",
    "日本",
  ];
  for (const text of plain) assert.equal(stringify(text), `${text}\n`);
  const single = [
    " a",
    "a ",
    "#a",
    "- a",
    "? a",
    ": a",
    "-",
    "---",
    "a: b",
    "a #b",
    "a:",
    "[a",
    "{a",
    "&a",
    "*a",
    "!a",
    "|a",
    ">a",
    "%a",
    "@a",
    "`a",
  ];
  for (const text of single) assert.equal(stringify(text), `'${text}'\n`);
  assert.equal(stringify("'a"), "'''a'\n");
  assert.equal(stringify("a\tb"), '"a\\tb"\n');
  assert.equal(stringify("😀\u0000\u001b\ufeff"), '"\\U0001F600\\0\\e\\uFEFF"\n');
});

test("several lines", () => {
  assert.equal(stringify({ a: "x\ny" }), "a: |-\n  x\n  y\n");
  assert.equal(stringify({ a: "x\ny\n" }), "a: |\n  x\n  y\n");
  assert.equal(stringify({ a: "x\n\n" }), "a: |+\n  x\n\n");
  assert.equal(stringify({ a: " x\ny" }), "a: |2-\n   x\n  y\n");
  assert.equal(stringify({ a: "x \ny" }), 'a: "x \\ny"\n');
  assert.equal(stringify(["x\ny"]), "- |-\n  x\n  y\n");
  assert.equal(stringify({ "x\ny": 1 }), "? |-\n  x\n  y\n: 1\n");
  assert.equal(stringify({ ["k".repeat(129)]: 1 }), `? ${"k".repeat(129)}\n: 1\n`);
});

test("lines fold at the first blank behind column 80", () => {
  const words = "word ".repeat(20).trim();
  const folded = `k: ${"word ".repeat(16).trim()}\n  word word word word\n`;
  assert.equal(stringify({ k: words }), folded);
  assert.equal(stringify({ k: `${"x".repeat(90)} y` }), `k: ${"x".repeat(90)}\n  y\n`);
});

test("what Go refuses", () => {
  const message = (value: unknown) => {
    try {
      return stringify(value);
    } catch (error) {
      assert.ok(isSlipwayError(error, "yaml.emit"));
      return error.message;
    }
  };
  assert.equal(message(Number.NaN), "error marshaling into JSON: json: unsupported value: NaN");
  assert.equal(message("\u007f"), "yaml: control characters are not allowed");
  assert.equal(message({ ["k".repeat(1025)]: 1 }), "yaml: did not find expected ',' or '}'");
  const self: Record<string, unknown> = {};
  self["a"] = self;
  assert.equal(
    message(self),
    "error marshaling into JSON: json: unsupported value: encountered a cycle via map[string]interface {}",
  );
  assert.equal(stringify("a\u0085b"), "a b\n", "a next-line character is a line break on the way through YAML");
  assert.equal(stringify("\udcff"), "\ufffd\n", "a byte that is not UTF-8");
});

test("yaml.v3: lists deeper than their key, no folding, Go's floats", () => {
  const value = { a: [1, { x: 1e6 }, [2]], s: "yes", t: "a\tb\nc", w: "word ".repeat(30).trim(), b: Uint8Array.of(1) };
  assert.equal(
    stringifyV3(value, { indent: 2 }),
    `a:\n  - 1\n  - x: 1e+06\n  - - 2\nb:\n  - 1\ns: "yes"\nt: |-\n  a\tb\n  c\nw: ${value.w}\n`,
  );
  assert.equal(stringifyV3({ a: [{ b: [1] }] }), "a:\n    - b:\n        - 1\n");
});

test("encoding/json", () => {
  assert.equal(
    marshalJSON({ b: "<&>", a: [1, 1.5, 1e21, 1e-7, int64(2)] }),
    '{"a":[1,1.5,1e+21,1e-7,2],"b":"\\u003c\\u0026\\u003e"}',
  );
  assert.equal(marshalJSON("<\u2028\udcff\b\u0001>", { escapeHTML: false }), '"<\\u2028\\ufffd\\b\\u0001>"');
  assert.equal(marshalJSON({ a: [], b: { c: 1 } }, { indent: "  " }), '{\n  "a": [],\n  "b": {\n    "c": 1\n  }\n}');
  assert.equal(marshalJSON([nilOf("map[string]interface {}"), Uint8Array.of(1, 2)]), '[null,"AQI="]');
  assert.throws(() => marshalJSON(Infinity), { message: "json: unsupported value: +Inf" });
});
