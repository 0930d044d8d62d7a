import assert from "node:assert/strict";
import { test } from "node:test";
import { isSlipwayError, toBytes } from "../../base/index.ts";
import { TemplateSet, func, type FuncMap } from "../index.ts";
import { KeptOutlines, keepOutlines, type KeptEntry } from "./kept-outlines.ts";

/** Files in every way of writing; some fail when they run, so that places are compared, too. */
const files: Readonly<Record<string, string>> = {
  "c/plain.yaml":
    'a: {{ .a }}\n{{- if .b }}\nb: {{ .b | printf "%v-%s" 1.5 }}\n{{- else if .c }}x{{ else }} y {{- end }}\n',
  "c/_help.tpl":
    '{{- define "name" -}}\n{{ $x := .a }}{{ with .b }}{{ . }}{{ $x }}{{ end }}{{ upper "q\\"uo" }}{{- end }}{{ define "e" }} {{ end }}',
  "c/calls.yaml":
    '{{ template "name" . }}{{ template "e" }}{{ range $i, $e := .list }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $i }}={{ $e }},{{ end }}',
  "c/odd.yaml":
    "{{ `raw }} text` }}{{/* a comment */}}{{ (.m).k }}{{ (index .list 0).x }}{{ 'a' }}{{ 0x10 }}{{ 1i }}{{ -7 }}{{ true }}{{ print nil }}",
  "c/spaces.yaml": 'é {{  .m.k  }} ✓ {{-   $.a   -}}  {{ $y := 1 }}{{ $y = 2 }}{{ $y }}{{ "a\\tb" }}',
  "c/block.yaml": '{{ block "b" . }}{{ .a }}{{ end }}',
  "c/fails.yaml": "one\n  {{ .m.k.none.deep }}",
  "c/fails2.yaml": "{{ range .list }}\n{{ upper (index $.m .) }}{{ end }}",
};
const data = { a: "A", b: 2, list: ["k", "l"], m: { k: "v" } };
const funcs: FuncMap = { upper: func(["string"], (text: string) => text.toUpperCase()) };
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

/** What the files print, or say and where. */
function outputs(known?: KeptOutlines, texts = files): { told: unknown[]; entries: KeptEntry[] } {
  const set = new TemplateSet({ name: "gotpl", funcs });
  const entries: KeptEntry[] = [];
  for (const [name, text] of Object.entries(texts)) {
    const bytes = toBytes(text);
    const { outline } = set.parse(
      name,
      text,
      known?.find(name, bytes, (ident) => set.hasFunction(ident)),
    );
    if (outline !== undefined) entries.push([name, bytes, outline]);
  }
  const told = Object.keys(texts).map((name) => {
    try {
      return set.execute(name, data);
    } catch (error) {
      assert.ok(isSlipwayError(error), String(error));
      return [error.message, error.facts.span];
    }
  });
  return { told, entries };
}

test("templates run from kept outlines as from those that were found, errors and places included", async () => {
  const first = outputs();
  assert.equal(first.entries.length, Object.keys(files).length - 1, "all but the block have an outline");
  const known = KeptOutlines.read(await keepOutlines(first.entries), same);
  assert.ok(known !== undefined);
  const second = outputs(known);
  assert.deepEqual(second.told, first.told);
  assert.equal(known.unknown, 0, "the nodes of what ran were kept");
  // What was kept of kept ones is the same again.
  const again = KeptOutlines.read(await keepOutlines([...known.entries(() => true)]), same);
  assert.deepEqual(outputs(again).told, first.told);
});

test("actions that did not run before are parsed when they do", async () => {
  const set = new TemplateSet({ name: "gotpl", funcs });
  const text = '{{ if .late }}{{ upper .late | printf "%s!" }}{{ end }}';
  const { outline } = set.parse("c/t.yaml", text);
  assert.ok(outline !== undefined);
  const known = KeptOutlines.read(await keepOutlines([["c/t.yaml", toBytes(text), outline]]), same);
  const other = new TemplateSet({ name: "gotpl", funcs });
  other.parse(
    "c/t.yaml",
    text,
    known?.find("c/t.yaml", toBytes(text), () => true),
  );
  assert.equal(other.execute("c/t.yaml", { late: "x" }), "X!");
});

test("an outline is for the same bytes and functions only", async () => {
  const known = KeptOutlines.read(await keepOutlines(outputs().entries), same);
  assert.ok(known !== undefined);
  const name = "c/_help.tpl";
  const bytes = toBytes(files[name] as string);
  assert.ok(known.find(name, bytes, () => true) !== undefined);
  assert.equal(
    known.find("c/else.tpl", bytes, () => true),
    undefined,
  );
  assert.equal(
    known.find(name, toBytes(`${files[name]} `), () => true),
    undefined,
  );
  assert.equal(
    known.find(name, toBytes((files[name] as string).replace(".a", ".b")), () => true),
    undefined,
  );
  assert.equal(
    known.find(name, bytes, (ident) => ident !== "upper"),
    undefined,
  );
});

test("damage shows, wherever it is", async () => {
  const first = outputs();
  const bytes = await keepOutlines(first.entries);
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 0x10;
    const known = KeptOutlines.read(damaged, same);
    if (known === undefined) refused++;
    // A file that is not like the chart's is found anew.
    else assert.deepEqual(outputs(known).told, first.told, `byte ${at}`);
  }
  assert.ok(refused > bytes.length / 2);
  for (let length = 0; length < bytes.length; length += 7) {
    assert.equal(KeptOutlines.read(bytes.subarray(0, length), same), undefined, `${length} bytes`);
  }
});
