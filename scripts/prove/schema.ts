/**
 * Random JSON schemas of every draft and random values, held against each other by Helm's own validator and by ours; any
 * difference in the words is printed.
 *
 *     npm run prove:schema -- --n 20000 --seed 1
 */
import { parseArgs } from "node:util";
import { mergeUserValues, validateOneSchema } from "../../src/chart/index.ts";
import { tool } from "../../test/tools/tools.ts";
import { Chance } from "./chance.ts";
import { startOracle } from "./oracle.ts";
import { generateSchemaCase } from "./schema/generate.ts";

const { values: flags } = parseArgs({
  options: {
    n: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    show: { type: "string", default: "5" },
  },
});

interface Answer {
  readonly error?: string;
  readonly timeout?: boolean;
}

const oracle = startOracle(tool("schema-oracle").path, (line) => JSON.parse(line) as Answer);
const n = Number(flags.n);
const seed = Number(flags.seed);
const counts = { same: 0, invalid: 0, differ: 0, unsaid: 0 };
for (let from = 0; from < n; from += 500) {
  const cases = Array.from({ length: Math.min(500, n - from) }, (_, i) => {
    return { id: from + i, ...generateSchemaCase(new Chance(seed * 1_000_003 + from + i)) };
  });
  const theirs = await oracle.ask(cases);
  for (const [i, one] of cases.entries()) await compare(one, theirs[i] as Answer);
}
oracle.stop();
console.log(
  `${n} schemas from seed ${seed}: ${counts.same} the same (${counts.invalid} of them failures), ${counts.unsaid} say nothing, ${counts.differ} differ`,
);
process.exitCode = counts.differ > 0 ? 1 : 0;

async function compare(one: { id: number; schema: string; values: unknown }, theirs: Answer): Promise<void> {
  // Helm fetches what a `$ref` names; we refuse to.
  if (theirs.timeout === true || theirs.error?.includes("HTTP request failed") === true) {
    counts.unsaid++;
    return;
  }
  const values = mergeUserValues({ files: [{ name: "v", text: JSON.stringify(one.values) }] });
  const report = await validateOneSchema(new TextEncoder().encode(one.schema), values);
  const ours = report?.text ?? "";
  const expected = theirs.error ?? "";
  if (settled(ours) === settled(expected) || (await soon(one, settled(ours)))) {
    counts.same++;
    if (expected !== "") counts.invalid++;
  } else {
    counts.differ++;
    if (counts.differ > Number(flags.show)) return;
    console.log(`case ${one.id}: ${one.schema}\n  values ${JSON.stringify(one.values)}`);
    console.log(`  Helm: ${JSON.stringify(expected)}\n  ours: ${JSON.stringify(ours)}`);
  }
}

/** Of several things that are wrong with a schema Go finds another one first each time: is ours among them? */
async function soon(one: object, ours: string): Promise<boolean> {
  const answers = await oracle.ask(Array.from({ length: 40 }, () => one));
  return answers.some(({ error = "" }) => settled(error) === ours);
}

/** Go walks maps in random order, so that failures come in any: the lines as a set. */
function settled(text: string): string {
  return text.trim().split("\n").toSorted().join("\n");
}
