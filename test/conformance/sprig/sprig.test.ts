import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { run, type Answer, type Case } from "./engine.ts";
import { values } from "./values.ts";

interface Recorded extends Answer {
  readonly template: string;
  readonly withValues?: true;
  /** What Helm 3 answers, where it is something else. */
  readonly helm3?: Answer;
}

const recorded = readFileSync(join(import.meta.dirname, "cases.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

/** Rendering's own: they are tested there. */
const elsewhere = /\b(?:fail|getHostByName)\b/;

for (const helmVersion of [4, 3] as const) {
  test(`every function answers what Helm ${helmVersion}'s answers (${recorded.length} recorded cases)`, () => {
    const differences: string[] = [];
    for (const { template, withValues, helm3, ...answer } of recorded) {
      if (elsewhere.test(template)) continue;
      const one: Case = withValues === true ? { template, values } : { template };
      const wanted = helmVersion === 3 ? (helm3 ?? answer) : answer;
      const got = run(one, helmVersion);
      if (got.out === wanted.out && got.error === wanted.error) continue;
      differences.push(`${template}\n  Go:   ${JSON.stringify(wanted)}\n  ours: ${JSON.stringify(got)}`);
    }
    assert.equal(differences.length, 0, `${differences.length} differences:\n${differences.slice(0, 5).join("\n")}`);
  });
}
