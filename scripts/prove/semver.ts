/**
 * Compares semver with Masterminds/semver on random versions and ranges:
 *
 *     npm run prove:semver -- --n 20000 --seed 1
 *
 * With `--record DIR` (the folder of Masterminds' sources in the Go module cache) it takes the inputs of their tables
 * instead, and writes what the real code answers to test/conformance/semver/cases.json.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { build } from "../../test/tools/tools.ts";
import { Chance } from "./chance.ts";
import { startOracle } from "./oracle.ts";
import { ourAnswer, type Question } from "./semver/answers.ts";

const { values: flags } = parseArgs({
  options: {
    n: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    record: { type: "string" },
  },
});

const oracle = startOracle(build("semver-oracle", console.error), (line) => JSON.parse(line) as object);

const numbers = [
  "0",
  "1",
  "2",
  "10",
  "01",
  "99",
  "18446744073709551615",
  "18446744073709551616",
  "x",
  "*",
  "X",
  "",
  "a",
];
const tails = [
  "",
  "",
  "",
  "-0",
  "-alpha",
  "-alpha.1",
  "-alpha.01",
  "-1.x",
  "-rc.2+b",
  "+meta",
  "+m.1",
  "-",
  "-a..b",
  "+",
  "-a_b",
  "-é",
];

function randomVersion(chance: Chance, loose: boolean): string {
  const part = () => (chance.one(loose ? 6 : 40) ? chance.pick(numbers) : String(chance.below(4)));
  let text = chance.one(6) ? "v" : "";
  text += part();
  for (let i = 0; i < 3; i++) if (!chance.one(i < 2 ? 5 : 1)) text += `.${part()}`;
  if (chance.one(3)) text += chance.pick(loose ? tails : tails.slice(0, 11));
  return chance.one(80) ? ` ${text}` : text;
}

function randomConstraint(chance: Chance): string {
  const operators = ["", "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", "^", "==", "><"];
  const one = (): string => {
    if (chance.one(12)) return `${randomVersion(chance, false)} - ${randomVersion(chance, false)}`;
    const operator = chance.one(12) ? chance.pick(operators) : chance.pick(operators.slice(0, 14));
    return `${operator}${chance.one(4) ? " " : ""}${randomVersion(chance, chance.one(5))}`;
  };
  let text = chance.one(15) ? " " : "";
  text += one();
  for (let i = 0; i < chance.below(4); i++)
    text += chance.pick([" ", ", ", ",", " || ", "||", "  ", " , ", "|", ""]) + one();
  if (chance.one(40))
    text = chance.pick(["", "*", " ", "x", "||", "* || bad", "1 ".repeat(300), Array(40).fill("1").join("||")]);
  return text;
}

function randomQuestion(chance: Chance): Question {
  switch (chance.below(8)) {
    case 0:
      return { op: "version", text: randomVersion(chance, true) };
    case 1:
      return { op: "strict", text: randomVersion(chance, true) };
    case 2:
      return { op: "compare", text: randomVersion(chance, false), other: randomVersion(chance, false) };
    case 3:
      return {
        op: "set",
        text: randomVersion(chance, false),
        ...(chance.one(2) ? { pre: chance.pick(["", "rc.1", "01", "a..b", "a_b", "-"]) } : {}),
        ...(chance.one(2) ? { meta: chance.pick(["", "b.1", "01", "a..b", "a_b"]) } : {}),
      };
    default: {
      const versions = Array.from({ length: 4 }, () => {
        const version = randomVersion(chance, false);
        return "error" in ourAnswer({ op: "version", text: version }) ? "1.2.3" : version;
      });
      return { op: "constraint", text: randomConstraint(chance), versions, all: chance.one(8) };
    }
  }
}

async function prove(): Promise<void> {
  const total = Number(flags.n);
  const chance = new Chance(Number(flags.seed));
  let differences = 0;
  let errors = 0;
  for (let done = 0; done < total; done += 500) {
    const questions = Array.from({ length: Math.min(500, total - done) }, () => randomQuestion(chance));
    const answers = await oracle.ask(questions);
    questions.forEach((question, i) => {
      const ours = ourAnswer(question);
      if ("error" in (answers[i] as object)) errors++;
      if (isDeepStrictEqual(ours, answers[i])) return;
      differences++;
      if (differences <= 10) {
        console.log(
          `${JSON.stringify(question)}\n  Go:   ${JSON.stringify(answers[i])}\n  ours: ${JSON.stringify(ours)}\n`,
        );
      }
    });
  }
  console.log(
    `${total} cases from seed ${flags.seed} (Go answered ${errors} with an error): ${differences} differences`,
  );
  process.exitCode = differences === 0 ? 0 : 1;
}

/** Every string in the tables is tried as a version and as a range; neighbours in a row are tried together. */
async function record(folder: string): Promise<void> {
  const questions = new Map<string, Question>();
  const add = (question: Question) => questions.set(JSON.stringify(question), question);
  const ranges = new Map<string, Set<string>>();
  for (const file of globSync("*_test.go", { cwd: folder })) {
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const row = /^\s*\{(.*)\},?\s*$/.exec(line)?.[1];
      const strings =
        row === undefined ? [] : [...row.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => JSON.parse(m[0]) as string);
      for (const text of strings) {
        add({ op: "version", text });
        add({ op: "strict", text });
        if (!ranges.has(text)) ranges.set(text, new Set());
      }
      const [first, second] = strings;
      if (first === undefined || second === undefined) continue;
      add({ op: "compare", text: first, other: second });
      ranges.get(first)?.add(second);
    }
  }
  for (const [text, versions] of ranges) {
    const valid = [...versions].filter((v) => !("error" in ourAnswer({ op: "version", text: v })));
    add({ op: "constraint", text, versions: valid });
    if (valid.length > 0) add({ op: "constraint", text, versions: valid, all: true });
  }
  const list = [...questions.values()];
  const answers = await oracle.ask(list);
  const lines = list.map((question, i) => JSON.stringify([question, answers[i]]));
  writeFileSync(join(import.meta.dirname, "../../test/conformance/semver/cases.json"), `[\n${lines.join(",\n")}\n]\n`);
  console.log(`${lines.length} cases recorded`);
}

if (flags.record === undefined) await prove();
else await record(flags.record);
oracle.stop();
