import assert from "node:assert/strict";
import { test } from "node:test";
import { Compiler } from "../exec/compile.ts";
import { func } from "../func.ts";
import { Meter } from "../options.ts";
import { State } from "../exec/state.ts";
import { TemplateSet } from "../template-set.ts";
import { parseAction, type Action } from "./action.ts";
import { actionOf } from "./known-actions.ts";
import { outlineOf } from "./outline.ts";
import { parseTemplate } from "./parser.ts";

/** Texts that a quick reader could take for something else. */
const texts = [
  "plain",
  "{{`}}`}}{{ `{{` }}{{\"}}\"}}{{ '}' }}",
  'a {{- /* }} {{ */ -}} b {{/**/}} c {{- "x" -}} d',
  "{{- 3 }} {{-3}} {{ - }}",
  "{{ -}}",
  "x {{- -}} y",
  "{{if .a}}1{{else if .b}}2{{else}}3{{end}} {{if .x}}1{{else if .b}}2{{else}}3{{end}}",
  "{{if .x}}1{{else if .x}}2{{else}}3{{end}}|{{with .x}}1{{else with .b}}{{.}}{{else}}3{{end}}",
  "{{if .a}}{{else}}{{else}}{{end}}",
  "{{if .a}}{{else with .b}}{{end}}",
  "{{range .l}}{{else if .b}}{{end}}",
  "{{range $i, $e := .l}}{{$i}}{{$e}}{{if eq $e 2}}{{break}}{{end}},{{else}}none{{end}}",
  "{{range .l}}{{else}}{{break}}{{end}}",
  "{{range .none}}x{{else}}none{{end}}{{range $x := .l}}{{with .}}{{continue}}{{end}}!{{end}}",
  "{{break}}",
  "{{$x := 1}}{{if $x}}{{$x = 2}}{{$y := 3}}{{$y}}{{end}}{{$x}}",
  "{{if .a}}{{$y := 3}}{{end}}{{$y}}",
  "{{if .x}}{{$y := 3}}{{else}}{{$y}}{{end}}",
  "{{$x := $x}}",
  '{{define "a"}}<{{.}}>{{end}}{{template "a" .b}}{{ define "a" }} {{ end }}',
  '{{define "a"}}1{{end}}{{define "a"}}2{{end}}',
  '{{define "a"}}{{define "b"}}{{end}}{{end}}',
  '{{$x := 1}}{{define "a"}}{{$x}}{{end}}',
  '{{block "a" .b}}<{{.}}>{{end}}',
  "{{end}}",
  "{{if .a}}",
  "{{ nosuch .a }}",
  "{{ .a",
  '{{ "a }}{{ "b" }}',
  '{{ `a"` }}x{{ `"e` }}',
  '{{ `a"` !!! `"e` }}',
  "{{ 1.e5 }} {{ 1.x }}",
  "{{ 1.e5 }} {{ (print .b).x }}",
  "{{ .a.b.c }}{{ .a .b }}",
  '{{ "a".b }}',
  '{{ printf "%s.%s" .b "x.y" | print "(" ")" | len }}',
  "{{ print (print .b (print 1)) }}{{ (print 1 }}",
  "{{ true }}{{ nil }}",
  "{{template `a`}}",
  "{{ print $.b $ }}",
  "{{ and 0 ($v := 1) }}{{ $v }}",
  "}}{{.b}}}}{{",
  "{{/* a */ -}} b",
  "{{/* a */-}} b",
  "{{if .a}} {{- end}}{{ .b -}}\n\n x",
];

const data = Object.assign(Object.create(null), { a: true, b: "B", l: [1, 2, 3] });

test("a file runs from its outline as it does from its nodes, or has none", () => {
  for (const text of texts) {
    const set = new TemplateSet({ name: "t", funcs: {} });
    const outcome = (run: () => string) => {
      try {
        return run();
      } catch (error) {
        return (error as Error).message;
      }
    };
    const fromOutline = outcome(() => set.execute(set.parse("t", text), data));
    const fromNodes = outcome(() => {
      const trees = parseTemplate("t", text, { hasFunction: (name) => set.findFunc(name) !== undefined });
      const tree = trees.get("t");
      assert.ok(tree);
      const compiled = new Compiler(tree, false).compile();
      const state = new State(compiled, set, {}, new Meter(), undefined, undefined, data);
      compiled.run(state, data);
      return state.out;
    });
    assert.equal(fromOutline, fromNodes, text);
  }
});

test("what is not plain has no outline", () => {
  const has = (text: string) =>
    outlineOf("t", text, { hasFunction: (name) => name === "print", token: {} }) !== undefined;
  assert.ok(has("{{ print .a }}{{ if $ }}{{ else }}{{ end }}"));
  for (const text of ["{{ len .a }}", "{{ $x }}", "{{ end }}", "{{ if }}{{ end }}", '{{ block "a" . }}{{ end }}']) {
    assert.ok(!has(text), text);
  }
});

test("an action of one chain of fields has the nodes that the parser gives it", () => {
  const starts = ["{{", "{{ ", "{{- ", "{{-  ", "{{if ", "{{- with  ", "{{ range "];
  const fields = [".a", ".Values.b", ".a.b_1.C", "$.a", "$.a.b.c"];
  for (const start of starts) {
    for (const field of fields) {
      for (const end of ["}}", " }}", " -}}", "  -}}"]) {
        // Another text of the same shape comes first, so that the action itself is parsed when it is asked.
        for (const text of [start + field.replace(/\w+$/, "x") + end, start + field + end]) {
          const { pipe, node } = actionOf(text) as Action;
          const exact = parseAction(text);
          assert.deepEqual({ pipe, node }, { pipe: exact?.pipe, node: exact?.node }, text);
        }
      }
    }
  }
});

test("an action that was forgotten keeps its name, whatever its quotes are", () => {
  const text = "{{ define `quoted` }}";
  assert.equal(actionOf(text)?.name, "quoted");
  for (let i = 0; i < 20_001; i++) actionOf(`{{ .f${i} }}`);
  assert.equal(actionOf(text)?.name, "quoted");
});

test("files of one text share its outline, whatever they are called", () => {
  const text = '{{ define "a" }}1{{ end }}{{ define "b/x" }}{{ end }}[{{ template "a" }}{{ upper "z" }}]';
  const upper = func(["string"], (s: string) => s.toUpperCase());
  const set = new TemplateSet({ name: "gotpl", funcs: { upper } });
  for (const name of ["a/x", "a/x", "b/x", "c/x"]) {
    const own = set.clone();
    assert.equal(own.execute(own.parse(name, text), null), "[1Z]", name);
    assert.deepEqual(own.names().sort(), [...new Set(["a", "b/x", name])].sort());
  }
  assert.throws(() => set.parse("a", text), /multiple definition of template "a"/);
  const without = new TemplateSet({ name: "gotpl", funcs: {} });
  assert.throws(() => without.parse("d/x", text), /function "upper" not defined/);
});
