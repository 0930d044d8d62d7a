import assert from "node:assert/strict";
import { test } from "node:test";
import { GoInt, int, int64, nilOf, withGoType } from "../../base/index.ts";
import { formatFloatAs, formatValue, quote, sprint, sprintf, sprintln, unquote } from "./index.ts";

test("Sprintf, as charts use it", () => {
  const cases: [string, unknown[], string][] = [
    ["%s-%d", ["a", int(3)], "a-3"],
    ["%d", [80], "%!d(float64=80)"],
    ["%s", [80], "%!s(float64=80)"],
    ["%s", [null], "%!s(<nil>)"],
    ["%v", [null], "<nil>"],
    ["%v", [1e6], "1e+06"],
    ["%v %v", [{ b: [null, "x"], a: true }, int64(5)], "map[a:true b:[<nil> x]] 5"],
    ["%q", [["a", 'b"']], '["a" "b\\""]'],
    ["%05.1f|%-6s|%6s|%x", [3.24159, "ab", "é", "hi"], "003.2|ab    |     é|6869"],
    ["%t %T %T", [true, "x", withGoType([], "[]string")], "true string []string"],
    ["%#v", [{ a: "x" }], 'map[string]interface {}{"a":"x"}'],
    ["%d %s", [int(1)], "1 %!s(MISSING)"],
    ["%d", [int(1), int(2)], "1%!(EXTRA int=2)"],
    ["%[2]s %[1]s %[3]s", ["a", "b"], "b a %!s(BADINDEX)"],
    ["%*d|%.*f", [int(5), int(42), int(1), 2.25], "   42|2.2"],
    ["100%%", [], "100%"],
    ["%c%c%U", [int(65), int(0x4e16), int(0x1f600)], "A世U+1F600"],
    ["%08b %o %#x %X", [int(5), int(8), int(255), new GoInt("uint8", 171n)], "00000101 10 0xff AB"],
    ["%v %v", [nilOf("[]string"), nilOf("map[string]interface {}")], "[] map[]"],
  ];
  for (const [format, args, want] of cases) {
    assert.equal(sprintf(format, args), want, format);
  }
});

test("Sprint puts spaces only between operands that are no strings", () => {
  assert.equal(sprint([int(1), int(2), "a", "b", int(3)]), "1 2ab3");
  assert.equal(sprint([null, null, "x"]), "<nil> <nil>x");
  assert.equal(sprintln([int(1), "a", null]), "1 a <nil>\n");
  assert.equal(formatValue([1, "a", null, { x: 2097152 }]), "[1 a <nil> map[x:2.097152e+06]]");
});

test("floats round as strconv rounds them: exactly, halves to even", () => {
  assert.equal(formatFloatAs(0.5, "f", 0), "0");
  assert.equal(formatFloatAs(2.5, "f", 0), "2");
  assert.equal(formatFloatAs(1.005, "f", 2), "1.00");
  assert.equal(formatFloatAs(1e21, "f", -1), "1000000000000000000000");
  assert.equal(formatFloatAs(123456789, "g", 4), "1.235e+08");
  assert.equal(formatFloatAs(5e-324, "e", 3), "4.941e-324");
});

test("quoting and its inverse", () => {
  const texts = ["", 'a"b\\c\n\t\u0000', "é日\u{1F600}", "\udcff\udc80", "\u00a0\u2028\ufeff\u200b"];
  for (const text of texts) assert.equal(unquote(quote(text)), text);
  assert.equal(quote("\u00a0\udcff\u0007"), '"\\u00a0\\xff\\a"');
  assert.equal(unquote('"\\xe4\\xb8\\x96"'), "世");
  assert.equal(unquote('"\\q"'), undefined);
  assert.equal(unquote("`a\\n`"), "a\\n");
});
