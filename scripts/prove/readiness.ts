/**
 * Holds our judgement of where objects stand against Helm 4's: kstatus, word for word, and the rules of Helm 3.
 *
 *     npm run prove:readiness -- --n 20000 --seed 1
 *     npm run prove:readiness -- --record     # keeps a share, for test/conformance/readiness.test.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync } from "node:zlib";
import { build } from "../../test/tools/tools.ts";
import { startOracle } from "./oracle.ts";
import { differs, type Answer } from "./readiness/answers.ts";
import { questions } from "./readiness/objects.ts";

const { values: flags } = parseArgs({
  options: {
    n: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    record: { type: "boolean", default: false },
  },
});
const asked = questions(Number(flags.seed), flags.record ? 600 : Number(flags.n));
const oracle = startOracle(build("readiness-oracle", console.error), (line) => JSON.parse(line) as Answer);
const answers = await oracle.ask(asked);
oracle.stop();
let different = 0;
for (const [index, question] of asked.entries()) {
  const difference = differs(question, answers[index] as Answer);
  if (difference !== undefined && different++ < 10) console.log(`${difference}\n    ${JSON.stringify(question)}`);
}
if (flags.record)
  writeFileSync(
    join(import.meta.dirname, "..", "..", "test", "recordings", "readiness.json.br"),
    brotliCompressSync(JSON.stringify(asked.map((question, index) => ({ question, answer: answers[index] })))),
  );
console.log(`${asked.length} objects (seed ${flags.seed}), ${different} judged otherwise`);
process.exit(different === 0 ? 0 : 1);
