import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeUserValues } from "./values.ts";

const set = (...flags: string[]) => JSON.parse(JSON.stringify(mergeUserValues({ set: flags }), simple)) as unknown;

/** Go's integers as JSON can hold them. */
function simple(_key: string, value: unknown): unknown {
  return value !== null && typeof value === "object" && "value" in value && typeof value.value === "bigint"
    ? Number(value.value)
    : value;
}

test("--set: keys, lists, indexes, escapes, types", () => {
  assert.deepEqual(set("a.b=c,d=1"), { a: { b: "c" }, d: 1 });
  assert.deepEqual(set("l={1,x,true}"), { l: [1, "x", true] });
  assert.deepEqual(set("l[1].name=x"), { l: [null, { name: "x" }] });
  assert.deepEqual(set("a\\.b=c\\,d"), { "a.b": "c,d" });
  assert.deepEqual(set("n=null,z=00012,e="), { n: null, z: "00012", e: "" });
});

test("--set-string keeps texts, --set-literal takes all, later kinds win", () => {
  assert.equal(mergeUserValues({ setString: ["a=1"] })["a"], "1");
  assert.equal(mergeUserValues({ setLiteral: ["a=b,c={x}"] })["a"], "b,c={x}");
  assert.equal(mergeUserValues({ set: ["a=late"], setString: ["a=later"] })["a"], "later");
});

test("errors in Helm's words", () => {
  assert.throws(() => set("a"), /^SlipwayError: failed parsing --set data: key "a" has no value$|key "a" has no value/);
  assert.throws(() => set("l[x]=1"), /parsing index/);
});
