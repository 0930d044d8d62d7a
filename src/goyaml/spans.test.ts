import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWithSpans } from "./index.ts";

const text =
  "\ufeffimage:\n  tag: 'v1'  # comment\n  ports:\n  - 80\n  - {name: web}\nbase: &b\n  deep: 1\nuse:\n  <<: *b\n  yes: no\n";

test("every key and value knows its place", () => {
  const located = parseWithSpans(text, { file: "values.yaml" });
  const cut = (span: { offset?: number; length?: number } | undefined) =>
    span && text.slice(span.offset, (span.offset as number) + (span.length as number));
  const cases: [(string | number)[], string | undefined, string | undefined][] = [
    [["image", "tag"], "tag", "'v1'"],
    [["image", "ports", 0], "80", "80"],
    [["image", "ports", 1, "name"], "name", "web"],
    [["use", "deep"], "deep", "1"],
    [["use", "true"], "yes", "no"],
    [["nope"], undefined, undefined],
    [["image", "ports", 7], undefined, undefined],
  ];
  for (const [path, key, value] of cases) {
    assert.equal(cut(located.keySpan(path)), key, path.join("."));
    assert.equal(cut(located.span(path)), value, path.join("."));
  }
  const span = located.span(["image", "tag"]);
  assert.deepEqual([span?.file, span?.line, span?.column], ["values.yaml", 2, 8]);
});
