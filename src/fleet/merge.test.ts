import assert from "node:assert/strict";
import { test } from "node:test";
import { inheritLayer, mergeLayers, mergeValues } from "./merge.ts";

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

test("values merge as helmfile merges them", () => {
  const cases: [below: object, above: object, merged: object][] = [
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: { x: 1, y: 1 } }, { a: { y: 2 } }, { a: { x: 1, y: 2 } }],
    [{ a: 1 }, { a: null }, { a: null }],
    [{ l: [1, 2] }, { l: [3] }, { l: [3] }],
    [{ l: [9, 8] }, { l: [null, 7] }, { l: [9, 7] }],
    [{ a: false }, { a: true }, { a: true }],
    [{ a: true }, { a: false }, { a: false }],
  ];
  for (const [below, above, merged] of cases)
    assert.deepEqual(plain(mergeValues(below as never, above as never)), merged);
  assert.deepEqual(plain(mergeValues({ l: [9, 8] }, { l: [7] }, "by-element")), { l: [7, 8] });
});

test("layers: what is empty above changes nothing; lists append between bases and replace between parts", () => {
  const below = { releases: [1], helmDefaults: { wait: true, timeout: 10 }, namespace: "a" };
  const above = { releases: [2], helmDefaults: { wait: false, timeout: 20 }, namespace: "" };
  assert.deepEqual(mergeLayers(below, above, "append"), {
    releases: [1, 2],
    helmDefaults: { wait: true, timeout: 20 },
    namespace: "a",
  });
  assert.deepEqual(mergeLayers(below, above, "replace").releases, [2]);
  assert.deepEqual(mergeLayers(below, { ...above, releases: [] }, "replace").releases, [1]);
});

test("inheriting fills gaps and appends lists, the template's first", () => {
  assert.deepEqual(
    inheritLayer<object>(
      { namespace: "t", values: ["a"], labels: { x: "1" } },
      { namespace: "r", values: ["b"], labels: { y: "2" } },
    ),
    { namespace: "t", values: ["a", "b"], labels: { x: "1", y: "2" } },
  );
});
