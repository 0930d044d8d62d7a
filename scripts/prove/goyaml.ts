/**
 * Compares goyaml with the Go libraries that Helm uses, on random documents and values, both ways and errors included:
 *
 *     npm run prove:goyaml -- --n 20000 --seed 1
 *
 * Any difference is shrunk and printed; the exit code says whether there was one. `--only emit2,emit3` takes some kinds
 * only, `--corpus GLOB` adds YAML files to start from, `--suite DIR` reads every YAML file below a folder instead and
 * writes it again (the yaml-test-suite, charts), and `--record FOLDER…` takes the texts in Go test files, with a few hundred random cases, and
 * writes what Go answers to test/conformance/goyaml/cases.json.
 */
import { globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fromBytes } from "../../src/base/index.ts";
import { parse } from "../../src/goyaml/index.ts";
import { build } from "../../test/tools/tools.ts";
import { Chance } from "./chance.ts";
import { goStrings } from "./goyaml/go-strings.ts";
import {
  compareWithGo,
  describe,
  ourAnswer,
  randomCase,
  readAnswer,
  textCase,
  texts,
  valueCase,
  type Answer,
  type Case,
} from "./goyaml/run.ts";
import { startOracle } from "./oracle.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    n: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    corpus: { type: "string", multiple: true, default: [] },
    show: { type: "string", default: "10" },
    suite: { type: "string" },
    record: { type: "boolean", default: false },
  },
});

const path = build("goyaml-oracle", console.error);

/** Every YAML file below a folder: read in every way, and written again. */
async function suite(folder: string): Promise<number> {
  const oracle = startOracle(path, readAnswer);
  let total = 0;
  let errors = 0;
  let differences = 0;
  for (const file of globSync("**/*.{yaml,yml}", { cwd: folder })) {
    const full = join(folder, file);
    if (!statSync(full).isFile() || statSync(full).size > 1_000_000) continue;
    const text = fromBytes(readFileSync(full));
    const cases: Case[] = texts.slice(0, 4).map((op) => textCase(op, text));
    try {
      const value = parse(text);
      cases.push(valueCase("emit2", value, {}), valueCase("emit3", value, { indent: 2 }), valueCase("json", value, {}));
    } catch {
      // An error is compared above.
    }
    const answers = await oracle.ask(cases.map((test) => test.question()));
    cases.forEach((test, i) => {
      const theirs = describe(answers[i] as Answer);
      total++;
      if (theirs.startsWith("!")) errors++;
      if (theirs === ourAnswer(test)) return;
      differences++;
      console.log(`${file} ${test.kind}\n  Go:   ${theirs.slice(0, 300)}\n  ours: ${ourAnswer(test).slice(0, 300)}\n`);
    });
  }
  oracle.stop();
  console.log(`${total} cases (Go answered ${errors} with an error): ${differences} differences`);
  return differences;
}

/** Cases worth keeping, with Go's answers; those that Go answers now so, now so are left out. */
async function record(folders: readonly string[]): Promise<void> {
  const inputs = new Set<string>();
  for (const folder of folders) {
    for (const file of globSync("*_test.go", { cwd: folder })) {
      for (const text of goStrings(readFileSync(join(folder, file), "utf8"))) if (text.length < 3000) inputs.add(text);
    }
  }
  const cases: Case[] = [...inputs].map((text) => textCase("parse", text));
  const chance = new Chance(Number(flags.seed));
  while (cases.length < inputs.size + 700) {
    const test = randomCase(chance, []);
    if (JSON.stringify(test.question()).length < 700) cases.push(test);
  }
  const oracle = startOracle(path, readAnswer);
  const lines: string[] = [];
  for (const test of cases) {
    const answers = new Set((await oracle.ask(Array.from({ length: 8 }, () => test.question()))).map(describe));
    if (answers.size === 1) lines.push(JSON.stringify([test.question(), [...answers][0]]));
  }
  oracle.stop();
  writeFileSync(join(import.meta.dirname, "../../test/conformance/goyaml/cases.json"), `[\n${lines.join(",\n")}\n]\n`);
  console.log(`${lines.length} cases recorded`);
}

if (flags.record) await record(positionals);
else if (flags.suite !== undefined) process.exitCode = (await suite(flags.suite)) === 0 ? 0 : 1;
else {
  const differences = await compareWithGo(path, {
    total: Number(flags.n),
    seed: Number(flags.seed),
    ...(flags.only === undefined ? {} : { only: flags.only.split(",") }),
    corpus: flags.corpus,
    show: Number(flags.show),
    report: console.log,
  });
  process.exitCode = differences === 0 ? 0 : 1;
}
