import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { caseOf, compareWithGo, ourAnswer } from "../../../scripts/prove/goyaml/run.ts";
import { tool } from "../../tools/tools.ts";

// Inputs of the tables of go.yaml.in/yaml and sigs.k8s.io/yaml and random ones, with what Go answered
// (`npm run prove:goyaml -- --record …`).
type Recorded = [Parameters<typeof caseOf>[0], string];
const cases = JSON.parse(readFileSync(join(import.meta.dirname, "cases.json"), "utf8")) as Recorded[];

test(`YAML and JSON as Go reads and writes them (${cases.length} recorded cases)`, () => {
  for (const [question, answer] of cases) assert.equal(ourAnswer(caseOf(question)), answer, JSON.stringify(question));
});

const oracle = tool("goyaml-oracle");

test("random documents and values, against Go itself", { skip: oracle.skip }, async () => {
  const reports: string[] = [];
  const seed = Math.floor(Date.now() / 1000);
  const differences = await compareWithGo(oracle.path, { total: 4000, seed, report: (text) => reports.push(text) });
  assert.equal(differences, 0, reports.join("\n"));
});
