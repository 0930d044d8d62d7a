import assert from "node:assert/strict";
import { test } from "node:test";
import { render } from "./testing.ts";

test("a context given as a key is that key for whoever looks", () => {
  const file = new Uint8Array(70_000).fill(65);
  const text = `map[f:[${"65 ".repeat(70_000).slice(0, -1)}] v:1]`;
  const run = (template: string) => render(`{{ $d := dict "a" 1 . "x" "c" 2 }}${template}`, {}, { f: file, v: "1" });
  assert.equal(run("{{ $d.a }}{{ $d.b }}{{ $d.c }}{{ hasKey $d `d` }}{{ get $d `c` }}"), "1<no value>2false2");
  assert.equal(run("{{ keys $d | join `,` }}"), `a,c,${text}`);
  assert.equal(run("{{ range $k, $v := $d }}{{ len $k }}={{ $v }} {{ end }}"), `1=1 1=2 ${text.length}=x `);
  assert.equal(run("{{ get $d (printf `%v` .) }}{{ index $d (print .) }}{{ len $d }}"), "xx3");
  assert.equal(run("{{ $_ := set $d `a` 3 }}{{ $_ = unset $d `c` }}{{ toJson $d }}"), `{"a":3,"${text}":"x"}`);
  assert.equal(
    run("{{ $e := deepCopy $d }}{{ eq (len (print $e)) (len (print $d)) }}{{ omit $d `a` | len }}"),
    "true2",
  );
});
