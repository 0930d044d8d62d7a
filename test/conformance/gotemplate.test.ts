/**
 * What the real text/template and fmt answered to the cases in gotemplate/*.jsonl (recorded by
 * scripts/record-template-cases.ts), and what our engine answers: the same bytes, the same words of every error.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Answer, TemplateCase } from "../fuzz/oracle.ts";
import { runCase, sameAnswer } from "../fuzz/run.ts";
import { knownDifferences } from "./gotemplate/differences.ts";
import { ownData } from "./gotemplate/own-cases.ts";

for (const file of ["exec", "multi", "parse", "fmt", "own"]) {
  test(`text/template: ${file}`, () => {
    const lines = readFileSync(join(import.meta.dirname, "gotemplate", `${file}.jsonl`), "utf8")
      .trimEnd()
      .split("\n");
    const failures: string[] = [];
    for (const line of lines) {
      const one = JSON.parse(line) as TemplateCase & { title: string; answer: Answer };
      const ours = runCase(file === "own" ? { ...one, data: ownData } : one);
      const same = sameAnswer(ours, one.answer);
      const known = knownDifferences.get(one.title);
      if (same && known !== undefined) failures.push(`${one.title}\n  is the same by now: take it off the list`);
      if (!same && known === undefined) {
        failures.push(`${one.title}\n  Go:   ${JSON.stringify(one.answer)}\n  ours: ${JSON.stringify(ours)}`);
      }
    }
    assert.equal(failures.length, 0, `${failures.length} of ${lines.length} differ:\n${failures.join("\n")}`);
  });
}
