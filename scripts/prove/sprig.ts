/**
 * Calls every template function with random arguments, and compares with Go: the value printed, its type, its JSON, or
 * the error's words.
 *
 *     npm run prove:sprig -- --n 5000 --seed 1 [--helm 3|4] [--only regexFind,trunc]
 *
 * A difference is made as small as it goes, and printed. The case is a template; run it through the oracle by hand with
 * `echo '{"id":1,"template":"…"}' | <cache>/sprig-oracle-helm4-…`.
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { seededRandom, systemClock } from "../../src/base/index.ts";
import { sprigFuncs } from "../../src/sprig/index.ts";
import { fromOracle, run, type Answer, type Case } from "../../test/conformance/sprig/engine.ts";
import { values } from "../../test/conformance/sprig/values.ts";
import { build } from "../../test/tools/tools.ts";
import { Chance } from "./chance.ts";
import { startOracle } from "./oracle.ts";
import { Expressions, smaller, write, type Node } from "./sprig/calls.ts";

const { values: flags } = parseArgs({
  options: {
    n: { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    helm: { type: "string", default: "4" },
    only: { type: "string" },
    show: { type: "string", default: "10" },
  },
});

const helmVersion = flags.helm === "3" ? 3 : 4;
const zones = ["UTC", "UTC", "America/New_York", "Europe/Berlin"];
const oracle = startOracle(build(`sprig-oracle/helm${helmVersion}`, console.error), (line) =>
  fromOracle(JSON.parse(line)),
);

function caseOf(node: Node, zone: string): Case {
  const call = write(node, false);
  // BurntSushi takes its local zone when the process starts: the oracle's own, which is UTC.
  if (call.includes("fromToml")) zone = "UTC";
  return { template: `{{ $r := ${call} }}{{ printf "%T %v" $r $r }} {{ toJson $r }} {{ toYaml $r }}`, values, zone };
}

const funcs = sprigFuncs({ clock: systemClock, random: seededRandom(1), helmVersion });
const chance = new Chance(Number(flags.seed));
const expressions = new Expressions(chance, funcs);
const only = flags.only?.split(",");
const total = Number(flags.n);
const found = new Map<string, number>();
let shown = 0;
let errors = 0;

/** Templates that ask for the time of the run differ from one run to the next. */
const differs = (ours: Answer, theirs: Answer) => !isDeepStrictEqual(ours, theirs);

async function shrink(node: Node, zone: string): Promise<Node> {
  for (let best = node, steps = 0; ; steps++) {
    const candidates = [...smaller(best)].filter((candidate) => !("leaf" in candidate)).slice(0, 400);
    const cases = candidates.map((candidate) => caseOf(candidate, zone));
    const answers = await oracle.ask(cases);
    const index = candidates.findIndex((_, i) => differs(run(cases[i] as Case, helmVersion), answers[i] as Answer));
    if (index < 0 || steps > 60) return best;
    best = candidates[index] as Node;
  }
}

for (let done = 0; done < total; done += 500) {
  const batch = Array.from({ length: Math.min(500, total - done) }, () => {
    const node = expressions.fresh(only === undefined ? undefined : chance.pick(only));
    return { node, zone: chance.pick(zones) };
  });
  const cases = batch.map(({ node, zone }) => caseOf(node, zone));
  const answers = await oracle.ask(cases);
  for (const [i, { node, zone }] of batch.entries()) {
    if ((answers[i] as Answer).error !== undefined) errors++;
    if (!differs(run(cases[i] as Case, helmVersion), answers[i] as Answer)) continue;
    const small = await shrink(node, zone);
    const name = "name" in small ? small.name : "";
    found.set(name, (found.get(name) ?? 0) + 1);
    if ((found.get(name) ?? 0) > 3 || shown++ >= Number(flags.show)) continue;
    const smallCase = caseOf(small, zone);
    const [theirs] = await oracle.ask([smallCase]);
    const ours = run(smallCase, helmVersion);
    console.log(
      `${write(small, false)}   [${zone}]\n  Go:   ${JSON.stringify(theirs)}\n  ours: ${JSON.stringify(ours)}\n`,
    );
  }
}
const differences = [...found.values()].reduce((a, b) => a + b, 0);
console.log(
  `${total} calls from seed ${flags.seed} (Helm ${helmVersion}; Go answered ${errors} with an error): ${differences} differences ${JSON.stringify(Object.fromEntries(found))}`,
);
oracle.stop();
process.exitCode = differences === 0 ? 0 : 1;
