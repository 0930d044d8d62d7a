import assert from "node:assert/strict";
import { test } from "node:test";
import { composeJson } from "./compose.ts";
import { Parser } from "./parser.ts";
import { notPlain, parsePlain } from "./plain.ts";
import { readSource } from "./reader.ts";

const plain = [
  "a: 1\nb: two # c\nc:\n- x\n- y: 1\n  z: 2\n-   w:\n      v\n",
  "---\na: {}\nb: [ ]\nc: [a, 'b, c', \"d\", 443] # x\n",
  'a: "x # y"\nb: \'it\'\'s\'\nc: "a\\n\\"b\\""\n',
  "a: |\n  x\n\n   y\n\nb: |-\n  x\n\nc: |+\n  x\n\n# c\nd: e\n",
  "- |\n a\n- b: |\n    c\n  d: e\n",
  'a: "b\n  c\\n  \n\n\n  \\"d"\nb: "x\n\n  y" # z\n',
  "a: b\n  'c' \"d\n  {e\n",
  "a: |\n  b",
  "a: |-\n  b",
  "a: |+\n  b\n\n  c",
  "",
  "# c",
  "{}",
  "null",
  "a: b\n  c\n\n  d\ne: 'f\n\n  g'\nh:\n  {}\n",
  "yes: no\n1: ~\n'2': 0x10\n\"on\": off\nx: 1e3\ny: 012\nz: 1_000\n",
  "a:\nb:   \nc: # d\n- e\n-\n- f: 1\n",
  "a: :b\nb: -c\nc: ?d\nd: e:f#g\n",
  "# only\n\n a: 1\n b: 2\n",
  "a: 1\na: 2\nb: 3\n",
  "a:\n    b: 1\n  # c\nd:\n- e\n# f\n",
  "a: >\n  b\n  c\n\n\n  d\n   e\n  f\n\n",
  "a: >-\n\n   b\n\n    c\n   \n   d\nb: >+\n  e\n\nf: |-\n",
  "a: |\n\nb: >-\n# c\nd: |+\n\n\ne: f\n",
  'a: "b\\\n  c"\nd: "e \\\n\n\n  \\  f\\r\n  \\ g\\\\\\\\\n  h"\n',
  "a : b\n'c' : d\ne/*: f\n",
  "a: b\n  - c\n  ? d\n",
  "a: |\n  b\n ",
  'a: [\n  b, \'c\',\n 1\n]\nd: { e: f, g: "h" } # i\nj: [ "k\\n\\"" ]\n',
];

/** What must not be taken for what it looks like. */
const odd = [
  "a",
  "a: b: c\n",
  "null: null\n",
  "a:\n  - - 1\n",
  "a:\n  b: 1\n c: 2\n",
  "a: 1\n  b: 2\n",
  "- a\nb: c\n",
  "a: - b\n",
  "a: &x 1\nb: *x\n",
  "a: !!str 1\n",
  "a: |2\n   b\n",
  "a: |\n    \n  b\n",
  "a: |\n  b\n c: d\n",
  "a: 'b\n",
  'a: "b\nc"\n',
  "a: 'b' c\n",
  "a: [b, c\n",
  "a: [b: c]\n",
  "a: {b: {c: d}}\n",
  "a: [b,\n# c\n d]\n",
  "a: ['b\n---\n c']\n",
  "... : a\n",
  "a: b\n---\nc: d\n",
  "a: b\n...\n",
  "---\n---\na: b\n",
  "%YAML 1.1\n---\na: b\n",
  "? a\n: b\n",
  "<<: {}\n",
  "a:\tb\n",
  "a: b\r\n",
  "a: @b\n",
  "a: b\n  # c\n  d\n",
  "a: b\n  c: d\n",
  "a: b\n  : c\n",
  'a: "b\\ \n  c"\n',
  "a: .inf\n",
  "1.5: a\n",
  "- a: b\n c: d\n",
  "a: 'b\n---\n  c'\n",
];

test("plain documents are read as the parser reads them, and others are left to it", () => {
  for (const text of [...plain, ...odd]) {
    const value = parsePlain(text);
    assert.equal(value === notPlain, odd.includes(text), text);
    if (value !== notPlain) assert.deepEqual(value, composeJson(new Parser(readSource(text))) ?? null, text);
  }
});

test("long lines and deep nesting take no more than their share of time", () => {
  const started = performance.now();
  const quote = `a: "${"\\\\".repeat(200_000)}"\n`;
  assert.equal((parsePlain(quote) as { a: string }).a.length, 200_000);
  for (const text of [`a: "${"\\\\".repeat(100_000)}`, `a: [${"b, ".repeat(50_000)}`, `a: '${"''".repeat(100_000)}`]) {
    assert.equal(parsePlain(`${text}\n`), notPlain);
  }
  let deep = "";
  for (let i = 0; i < 3000; i++) deep += `${" ".repeat(i)}a:\n`;
  parsePlain(deep);
  assert.ok(performance.now() - started < 5000);
});

test("what is not wanted is read for its errors only", () => {
  const wanted = (key: string) => key === "a" || key === "d";
  for (const text of plain) {
    const all = parsePlain(text);
    const some = parsePlain(text, false, wanted);
    if (typeof all !== "object" || all === null || Array.isArray(all)) assert.deepEqual(some, all, text);
    else {
      const entries = Object.entries(all).filter(([key]) => wanted(key));
      assert.deepEqual(Object.entries(some as object), entries, text);
    }
  }
  for (const text of [...plain, ...odd]) {
    const inside = `x:\n${text.replace(/^(?=.)/gm, "  ")}`;
    const isPlain = parsePlain(inside) !== notPlain;
    assert.equal(parsePlain(inside, false, wanted) !== notPlain, isPlain, inside);
  }
});
