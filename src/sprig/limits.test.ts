import assert from "node:assert/strict";
import { test } from "node:test";
import { loadFamilies } from "./index.ts";
import { render } from "./testing.ts";

test("what would eat the memory ends in an error that says so", () => {
  const huge = "9223372036854775807";
  for (const call of [
    `repeat ${huge} "ab"`,
    `until ${huge}`,
    `until -${huge}`,
    `untilStep 0 ${huge} 1`,
    `seq ${huge}`,
    `seq 1 ${huge}`,
    `seq -${huge} 3 ${huge}`,
    `indent ${huge} "a"`,
    `nindent 100000000 "a\\nb"`,
    `randAlphaNum ${huge}`,
    `randBytes ${huge}`,
  ]) {
    assert.throws(
      () => render(`{{ ${call} }}`),
      /\d+ (characters|elements) are more than one function call may handle: the limit is \d+/,
      call,
    );
  }
});

test("little things that print as much end in an error, too", () => {
  const doubled = `{{ $a := list "x" }}{{ range until 40 }}{{ $a = list $a $a }}{{ end }}`;
  for (const call of [
    "toJson $a",
    "toYaml $a",
    "toYamlPretty $a",
    "toPrettyJson $a",
    "deepCopy $a",
    "deepEqual $a $a",
    `join "" $a`,
  ]) {
    assert.throws(
      () => render(`${doubled}{{ ${call} }}`),
      /the value has more than 1000000 members or \d+ characters/,
      call,
    );
  }
  const long = `{{ $s := repeat 1000000 "ab" }}`;
  assert.throws(() => render(`${long}{{ replace "a" (repeat 1000 "b") $s }}`), /characters are more than/);
  assert.throws(() => render(`${long}{{ join $s (until 1000) }}`), /characters are more than/);
  assert.throws(() => render(`${long}{{ splitList "" $s }}`), /2000000 elements are more than/);
  assert.equal(render(`{{ until 100000 | uniq | len }}`), "100000");
});

test("a value that holds itself is no bomb to toJson, as in Go", () => {
  assert.equal(render(`{{ $d := dict }}{{ $_ := set $d "x" $d }}[{{ toJson $d }}]`), "[]");
  assert.throws(() => render(`{{ $d := dict }}{{ $_ := set $d "x" $d }}{{ mustToJson $d }}`), /encountered a cycle/);
});

test("a value that holds itself ends the others with an error that says so", () => {
  const self = `{{ $d := dict }}{{ $_ := set $d "x" $d }}{{ $e := dict }}{{ $_ := set $e "x" $e }}`;
  for (const call of ["merge $d $e", "mergeOverwrite $d $e", "deepCopy $d", "deepEqual $d $e", "toYamlPretty $d"]) {
    assert.throws(() => render(`${self}{{ ${call} }}`), /the value holds itself/, call);
  }
});

test("the limits are the caller's to set", () => {
  assert.throws(
    () => render(`{{ until 11 }}`, { limits: { items: 10 } }),
    /11 elements are more than one function call may handle: the limit is 10/,
  );
  assert.equal(render(`{{ until 3 }}`, { limits: { items: 10 } }), "[0 1 2]");
});

test("patterns that blow up elsewhere are linear here", async () => {
  await loadFamilies(["regex"]);
  const started = performance.now();
  assert.equal(render(`{{ regexMatch "^(a+)+$" .text }}`, {}, { text: `${"a".repeat(20_000)}b` }), "false");
  assert.equal(render(`{{ regexReplaceAll "(x+x+)+y" .text "" | len }}`, {}, { text: "x".repeat(5_000) }), "5000");
  assert.ok(performance.now() - started < 20_000);
});
