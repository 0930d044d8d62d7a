/**
 * Random templates, run by the real text/template and by ours: any difference in output or in the words of an error is
 * shrunk and printed.
 *
 *     npm run prove:template -- --n 5000 --seed 1
 *     npm run prove:template -- --only formats      # printf alone
 *     npm run prove:template -- --damaged 1000      # every template is damaged: the parser's errors
 */
import { parseArgs } from "node:util";
import { generateFormat } from "../../test/fuzz/format-generator.ts";
import { functions } from "../../test/fuzz/functions.ts";
import { askOracle, type Answer, type TemplateCase } from "../../test/fuzz/oracle.ts";
import { runCase, sameAnswer } from "../../test/fuzz/run.ts";
import { caseSize, smallerCases } from "../../test/fuzz/shrink.ts";
import {
  builtinFuncs,
  generateCase,
  sliceFunc,
  type FuzzFunc,
  type GeneratorOptions,
  type Kind,
} from "../../test/fuzz/template-generator.ts";
import { tool } from "../../test/tools/tools.ts";

const { values } = parseArgs({
  options: {
    n: { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    oracle: { type: "string" },
    show: { type: "string", default: "5" },
    only: { type: "string", default: "templates" },
    damaged: { type: "string", default: "80" },
  },
});

const kinds: Readonly<Record<string, Kind>> = {
  string: "string",
  int: "int",
  int64: "int64",
  float64: "float",
  bool: "bool",
  "[]interface {}": "list",
  "map[string]interface {}": "map",
  "[]string": "strings",
};
const kind = (type: string | undefined): Kind => kinds[type ?? ""] ?? "any";

// These print addresses, always fail, or want the address of a value.
const left = new Set(["seq", "seq2", "vfunc", "die", "panics", "doPanic", "mapOf"]);
const literals: FuzzFunc["literals"] = { 0: ["(label `x`)", "(label (print 1))"] };
const small: FuzzFunc["literals"] = { 0: ["1", "100", "(u8 1)", "(i8 1)", "(u64 1)"] };
const special: Readonly<Record<string, FuzzFunc["literals"]>> = {
  isLabel: literals,
  stringer: literals,

  u8: small,
  u64: small,
  i8: small,
};
const own: FuzzFunc[] = Object.entries(functions)
  .filter(([name]) => !left.has(name))
  .map(([name, { params, variadic, result }]) => ({
    name,
    params: params.map(kind),
    result: kind(result),
    ...(variadic === undefined ? {} : { variadic: kind(variadic) }),
    ...(special[name] === undefined ? {} : { literals: special[name] }),
  }));
const options: GeneratorOptions = {
  damaged: Number(values.damaged),
  functions: [
    ...builtinFuncs,
    ...builtinFuncs,
    sliceFunc,
    ...own,
    { name: "mapOf", params: ["string", "any"], result: "map" },
    {
      name: "include",
      params: ["string", "any"],
      result: "string",
      literals: { 0: ['"lib.one"', '"lib.two"', '"t"', '"x/y"', '"nowhere"'] },
    },
    { name: "call", params: ["any"], variadic: "any", result: "any" },
  ],
  fixed: { world: { k: "world" } },
  paths: [
    [".world.X", "string"],
    [".world.I", "int"],
    [".world.SI", "any"],
    [".world.MSI", "any"],
    [".world.U", "object"],
    [".world.U.V", "string"],
    [".world.NilU.V", "any"],
    [".world.L", "object"],
    [".world.Empty0", "nil"],
    [".world.Empty3", "any"],
    [".world.PI", "any"],
    [".world.MI32S", "any"],
    [".world.nope", "any"],
    [".world.Method0", "string"],
    [".world.GetU.V", "string"],
  ],
};

// What our printer prints for any address, in every base.
const addresses = [...[16, 10, 8, 2].map((base) => 0xc000012340n.toString(base)), "307863303030303132333430"];

/** Differences that are known: addresses, which differ from run to run. */
function isKnown(theirs: Answer, ours: Answer): boolean {
  if (/0x[0-9a-f]{6,}/.test(theirs.out ?? theirs.err ?? "")) return true;
  return addresses.some((text) => (ours.out ?? ours.err ?? "").toLowerCase().includes(text));
}

/** Whether a template may take the length of a text with an address in it: Go's addresses have more digits or fewer. */
function measuresAddress(one: TemplateCase): boolean {
  const text = JSON.stringify(one);
  return /\b(len|count)\b/.test(text) && /"k":"(?:ptr|world)"|\bPI\b/.test(text);
}

const make = (one: number) => (values.only === "formats" ? generateFormat(one) : generateCase(one, options));
const oracle = values.oracle ?? tool("gotemplate-oracle").path;
const n = Number(values.n);
const seed = Number(values.seed);
let errors = 0;
let unsaid = 0;
const different: TemplateCase[] = [];
const batch = 1000;
for (let from = 0; from < n; from += batch) {
  const count = Math.min(batch, n - from);
  const all = Array.from({ length: count }, (_, i) => make(seed * 1_000_003 + from + i));
  for (const { one, ours, theirs } of compare(all)) {
    if (theirs.err !== undefined) errors++;
    if (!sameAnswer(ours, theirs)) different.push(one);
  }
}

/** Both answers to the cases, without those that say nothing: templates that hardly end, addresses, panics. */
function compare(cases: readonly TemplateCase[]): { one: TemplateCase; ours: Answer; theirs: Answer }[] {
  const ours = cases
    .map((one) => ({ one, ours: runCase(one) }))
    .filter(({ ours: answer }) => answer.panic === undefined);
  const answers =
    ours.length === 0
      ? []
      : askOracle(
          oracle,
          ours.map(({ one }) => one),
        );
  const said = ours
    .map((pair, i) => ({ ...pair, theirs: answers[i] as Answer }))
    .filter(
      (both) => both.theirs.panic === undefined && !isKnown(both.theirs, both.ours) && !measuresAddress(both.one),
    );
  unsaid += cases.length - said.length;
  return said;
}

function shrink(one: TemplateCase): TemplateCase {
  let best = one;
  for (let round = 0; round < 60; round++) {
    const candidates = smallerCases(best).filter((smaller) => caseSize(smaller) < caseSize(best));
    if (candidates.length === 0) break;
    const worse = compare(candidates)
      .filter(({ ours, theirs }) => !sameAnswer(ours, theirs))
      .map((both) => both.one);
    if (worse.length === 0) break;
    best = worse.reduce((a, b) => (caseSize(b) < caseSize(a) ? b : a));
  }
  return best;
}

const said = n - unsaid;
for (const one of different.slice(0, Number(values.show))) {
  const small = shrink(one);
  console.log(JSON.stringify({ ...small, name: undefined, exec: undefined, mode: undefined }));
  console.log(`  Go:   ${JSON.stringify(askOracle(oracle, [small])[0])}`);
  console.log(`  ours: ${JSON.stringify(runCase(small))}`);
}
console.log(
  `${n} ${values.only} from seed ${seed}, ${said} comparable: ${different.length} differ (${errors} end in an error)`,
);
process.exitCode = different.length === 0 ? 0 : 1;
