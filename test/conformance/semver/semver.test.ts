import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ourAnswer, type Question } from "../../../scripts/prove/semver/answers.ts";

// The inputs of Masterminds' own tables with what the real code (v3.5.0) answered: `npm run prove:semver -- --record …`.
const cases = JSON.parse(readFileSync(join(import.meta.dirname, "cases.json"), "utf8")) as [Question, object][];

test(`versions and ranges as Masterminds/semver answers them (${cases.length} cases)`, () => {
  for (const [question, answer] of cases) assert.deepEqual(ourAnswer(question), answer, JSON.stringify(question));
});
