import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync } from "node:zlib";
import { differs, type Answer } from "../../scripts/prove/readiness/answers.ts";
import type { Question } from "../../scripts/prove/readiness/objects.ts";

test("objects stand where Helm 4 says that they do, by kstatus and by Helm 3's rules", () => {
  const file = join(import.meta.dirname, "..", "recordings", "readiness.json.br");
  const recorded = JSON.parse(brotliDecompressSync(readFileSync(file)).toString()) as {
    question: Question;
    answer: Answer;
  }[];
  assert.ok(recorded.length >= 600);
  for (const { question, answer } of recorded)
    assert.equal(differs(question, answer), undefined, JSON.stringify(question.object));
});
