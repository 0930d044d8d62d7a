import assert from "node:assert/strict";
import { test } from "node:test";
import {
  byteLength,
  compareStrings,
  formatFloat,
  fromBytes,
  int64,
  isMap,
  newMap,
  systemClock,
  toBytes,
  typeName,
  withGoType,
} from "./index.ts";

test("floats print as strconv's 'g' prints them", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [80, "80"],
    [100000, "100000"],
    [999999, "999999"],
    [1000000, "1e+06"],
    [2097152, "2.097152e+06"],
    [123456.7, "123456.7"],
    [1234567.5, "1.2345675e+06"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1e21, "1e+21"],
    [-1.5, "-1.5"],
    [1e100, "1e+100"],
    [0.1 + 0.2, "0.30000000000000004"],
  ];
  for (const [value, text] of cases) assert.equal(formatFloat(value, "g"), text);
  assert.equal(formatFloat(1e20, "f"), "100000000000000000000");
  assert.equal(formatFloat(1e-7, "f"), "0.0000001");
});

test("any bytes survive the round trip through a string", () => {
  for (const bytes of [
    [0xff, 0x41],
    [0xe6, 0x97, 0xa5, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x9f, 0x98, 0x80],
    [0xef, 0xbb, 0xbf],
  ]) {
    assert.deepEqual([...toBytes(fromBytes(Uint8Array.from(bytes)))], bytes);
  }
  assert.equal(byteLength("é日"), 5);
});

test("strings order by code point, as Go orders bytes", () => {
  assert.ok(compareStrings("\u{1F600}", "\uFFFD") > 0);
  assert.ok(compareStrings("a", "b") < 0);
  assert.equal(compareStrings("a", "a"), 0);
});

test("kinds have Go's names and integers wrap at 64 bits", () => {
  assert.equal(typeName(withGoType([], "[]string")), "[]string");
  assert.equal(typeName(newMap()), "map[string]interface {}");
  assert.equal(int64(2n ** 63n).value, -(2n ** 63n));
  assert.ok(!isMap(int64(1)));
});

test("a wait longer than setTimeout's longest does not end at once", async () => {
  let fired = false;
  const cancel = systemClock.schedule(2 ** 32, () => (fired = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  cancel();
  assert.equal(fired, false);
});
