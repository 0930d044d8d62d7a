/**
 * Compares goyaml with the Go libraries that Helm uses, on random documents and values, both ways and errors included:
 *
 *     npm run prove:goyaml -- --n 20000 --seed 1
 *
 * Any difference is shrunk and printed; the exit code says whether there was one. `--only emit2,emit3` takes some kinds
 * only, `--corpus GLOB` adds YAML files to start from, `--suite DIR` reads every file `in.yaml` below a folder instead
 * (the yaml-test-suite), and `--record FOLDER…` takes the texts in Go test files, with a few hundred random cases, and
 * writes what Go answers to test/conformance/goyaml/cases.json.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fromBytes } from "../../src/base/index.ts";
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

/** Every document of a test suite, in every way of reading. */
async function suite(folder: string): Promise<number> {
  const cases = globSync("**/in.yaml", { cwd: folder }).flatMap((file) => {
    const text = fromBytes(readFileSync(join(folder, file)));
    return texts.slice(0, 4).map((op) => ({ file, test: textCase(op, text) }));
  });
  const oracle = startOracle(path, readAnswer);
  const answers = await oracle.ask(cases.map(({ test }) => test.question()));
  oracle.stop();
  let differences = 0;
  let errors = 0;
  cases.forEach(({ file, test }, i) => {
    const theirs = describe(answers[i] as Answer);
    if (theirs.startsWith("!")) errors++;
    if (theirs === ourAnswer(test)) return;
    differences++;
    console.log(`${file} ${test.kind}\n  Go:   ${theirs}\n  ours: ${ourAnswer(test)}\n`);
  });
  console.log(`${cases.length} cases (Go answered ${errors} with an error): ${differences} differences`);
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
