/**
 * Records test/conformance/sprig/cases.jsonl: what Helm's own template functions answer. The inputs are the templates in
 * sprig's own tests, the calls of own-calls.txt, and random calls of every function; the answers are what the oracle
 * (test/tools/sprig-oracle) says when it runs them here. Each is asked twice, and kept only if the answers agree.
 *
 *     node scripts/record-sprig-cases.ts FOLDER-OF-SPRIG-IN-THE-GO-MODULE-CACHE
 */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom, systemClock } from "../src/base/index.ts";
import { sprigFuncs } from "../src/sprig/index.ts";
import { fromOracle, type Answer, type Case } from "../test/conformance/sprig/engine.ts";
import { values } from "../test/conformance/sprig/values.ts";
import { build } from "../test/tools/tools.ts";
import { Chance } from "./prove/chance.ts";
import { Expressions, unrepeatable, write } from "./prove/sprig/calls.ts";

const [sprig] = process.argv.slice(2) as [string];
const folder = join(import.meta.dirname, "../test/conformance/sprig");
const cases = new Map<string, Case>();
const add = (one: Case) => cases.set(JSON.stringify(one), one);

/** Every string literal of sprig's tests that holds a template; what its Go code expects is not looked at. */
for (const file of globSync("*_test.go", { cwd: sprig }).toSorted()) {
  const text = readFileSync(join(sprig, file), "utf8");
  for (const [literal] of text.matchAll(/`[^`]*\{\{[^`]*`|"(?:[^"\\\n]|\\.)*\{\{(?:[^"\\\n]|\\.)*"/g)) {
    try {
      add({ template: literal.startsWith("`") ? literal.slice(1, -1) : (JSON.parse(literal) as string), values });
    } catch {
      // A Go escape that JSON has not; none of the templates needs one.
    }
  }
}
const fromTests = cases.size;

for (const line of readFileSync(join(folder, "own-calls.txt"), "utf8").split("\n")) {
  if (line === "" || line.startsWith("#")) continue;
  add({ template: line.includes("{{") ? line : `{{ ${line} }}` });
}
const own = cases.size - fromTests;

const funcs = sprigFuncs({ clock: systemClock, random: seededRandom(1) });
const expressions = new Expressions(new Chance(2026), funcs);
for (const name of Object.keys(funcs).filter((one) => !unrepeatable.has(one))) {
  for (let i = 0; i < 4; i++) {
    const call = write(expressions.fresh(name), false);
    add({ template: `{{ $r := ${call} }}{{ printf "%T %v" $r $r }} {{ toJson $r }}`, values });
  }
}

function ask(version: 3 | 4, all: readonly Case[]): Answer[] {
  const input = all.map((one) => `${JSON.stringify(one)}\n`).join("");
  const out = execFileSync(build(`sprig-oracle/helm${version}`), { input, maxBuffer: 1 << 28, encoding: "utf8" });
  return out
    .trimEnd()
    .split("\n")
    .map((line) => fromOracle(JSON.parse(line)));
}

const all = [...cases.values()];
const [first, second, third] = [ask(4, all), ask(4, all), ask(3, all)];
const lines: string[] = [];
for (const [i, one] of all.entries()) {
  const answer = first[i] as Answer;
  if (JSON.stringify(answer) !== JSON.stringify(second[i])) continue;
  const { values: given, ...rest } = one;
  const same = JSON.stringify(answer) === JSON.stringify(third[i]);
  const helm3 = same ? {} : { helm3: third[i] };
  lines.push(JSON.stringify({ ...rest, ...(given === undefined ? {} : { withValues: true }), ...answer, ...helm3 }));
}
writeFileSync(join(folder, "cases.jsonl"), `${lines.join("\n")}\n`);
console.log(
  `${lines.length} cases: of ${fromTests} in sprig's tests, ${own} of ours, the rest random; ${all.length - lines.length} not repeatable`,
);
