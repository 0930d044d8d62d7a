import assert from "node:assert/strict";
import { test } from "node:test";
import { SlipwayError } from "../../base/index.ts";
import { nodeText, type Node } from "./ast.ts";
import { parseTemplate } from "./parser.ts";

const known = new Set(["print", "index"]);
const parse = (text: string) => parseTemplate("dir/f.yaml", text, { hasFunction: (name) => known.has(name) });

function refused(text: string): SlipwayError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error("it was parsed");
}

test("nodes know where they stand", () => {
  const text = 'x: {{- .a.b | print "q" -}} \n{{if (index .l 0).c}}t{{end}}';
  const root = parse(text).get("dir/f.yaml")?.root;
  const at = (node: Node | undefined) => (node === undefined ? "" : text.slice(node.start, node.end));
  const [first, action, branch] = root?.nodes ?? [];
  assert.equal(at(first), "x:");
  assert.ok(action?.type === "action" && branch?.type === "if");
  assert.equal(at(action), '{{- .a.b | print "q" -}}');
  const [field, call] = action.pipe.cmds;
  assert.equal(at(field?.args[0]), ".a.b");
  assert.equal(at(call), 'print "q"');
  assert.equal(at(branch), "{{if (index .l 0).c}}t{{end}}");
  assert.equal(at(branch.pipe.cmds[0]?.args[0]), "(index .l 0).c");
  assert.equal(nodeText(root as Node), 'x:{{.a.b | print "q"}}{{if (index .l 0).c}}t{{end}}');
});

test("a refused text has Go's message and the span of what was not understood", () => {
  const error = refused("a\nb: {{ .x | nope }}");
  assert.equal(error.message, 'template: dir/f.yaml:2: function "nope" not defined');
  assert.equal(error.code, "template.parse");
  assert.deepEqual(error.facts.span, { file: "dir/f.yaml", line: 2, column: 12, offset: 13, length: 4 });
});

test("an action that is never closed tells where it began", () => {
  const error = refused("{{ print\n\n");
  assert.equal(error.message, "template: dir/f.yaml:3: unclosed action started at dir/f.yaml:1");
});

test("texts that would be slow to read are read at once", () => {
  const depth = 9000;
  const nested = `{{${"(".repeat(depth)}1${")".repeat(depth)}}}`;
  // Go allows 10,000; our stack may end before that, and says the same then.
  try {
    parse(nested);
  } catch (error) {
    assert.match((error as Error).message, /^template: dir\/f.yaml:1: max expression depth exceeded$/);
  }
  assert.match(refused(`{{${"(".repeat(10001)}1`).message, /max expression depth exceeded/);
  assert.match(refused("{{".repeat(20_000)).message, /unexpected/);
});
