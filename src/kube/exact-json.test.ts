import assert from "node:assert/strict";
import { test } from "node:test";
import { GoInt } from "../base/index.ts";
import { parseManifest } from "../manifest/index.ts";
import { exactText, parseExact } from "./exact-json.ts";

test("whole numbers are int64 for templates, to the last digit; others stay floats", () => {
  const value = parseExact('{"a":3,"b":[9007199254740993],"c":1.5,"d":1e3,"e":"7","f":99999999999999999999}') as {
    a: GoInt;
    b: GoInt[];
  };
  assert.ok(value.a instanceof GoInt);
  assert.deepEqual([value.a.kind, value.a.value], ["int64", 3n]);
  assert.equal(value.b[0]?.value, 9007199254740993n);
  assert.deepEqual({ ...value, a: 0, b: 0 }, { a: 0, b: 0, c: 1.5, d: 1000, e: "7", f: 1e20 });
});

test("integers of a manifest go to the server with all their digits", () => {
  const [object] = parseManifest(
    "apiVersion: example.com/v1\nkind: Big\nmetadata: {name: b}\nspec: {a: 9007199254740993, b: -9223372036854775808, c: 5, d: 0x10}\n",
  );
  assert.equal(
    exactText(object?.object),
    '{"apiVersion":"example.com/v1","kind":"Big","metadata":{"name":"b"},"spec":{"a":9007199254740993,"b":-9223372036854775808,"c":5,"d":16}}',
  );
  assert.equal(exactText({ a: [1, "x"] }), '{"a":[1,"x"]}');
});
