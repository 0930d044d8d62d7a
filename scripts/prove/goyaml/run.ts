/** Comparing goyaml with the Go libraries: cases, shrinking, and a run over many random ones. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { fromBytes, isMap, messageOf, newMap, toBytes } from "../../../src/base/index.ts";
import {
  marshalJSON,
  parse,
  parseDocuments,
  parseList,
  parseMap,
  stringify,
  stringifyV3,
  unmarshalJSON,
} from "../../../src/goyaml/index.ts";
import { Chance } from "../chance.ts";
import { startOracle, type Oracle } from "../oracle.ts";
import { cornerDocument, grammarDocument, mutate, noiseDocument, readerDocument, scalarDocument } from "./documents.ts";
import { base64, decodeValue, encodeValue, randomValue } from "./values.ts";

/** What the Go side answers: text or an error, as bytes. */
export interface Answer {
  readonly out?: Uint8Array;
  readonly error?: Uint8Array;
}

/** Reads one line of the oracle. */
export function readAnswer(line: string): Answer {
  const { out, error } = JSON.parse(line) as { out?: string; error?: string };
  return error === undefined ? { out: Buffer.from(out ?? "", "base64") } : { error: Buffer.from(error, "base64") };
}

/** One comparison: what to ask Go, what we answer, and smaller versions of the same. */
export interface Case {
  readonly kind: string;
  readonly input: unknown;
  question(): object;
  ours(): string;
  smaller(): Iterable<Case>;
}

/** Ways to read a text. */
export const texts = ["parse", "strict", "map", "list", "docs", "unjson"] as const;

/** A text to read. */
export function textCase(op: (typeof texts)[number], input: string): Case {
  const text = fromBytes(toBytes(input)); // halves of surrogate pairs are no text
  return {
    kind: op,
    input: text,
    question: () => ({ op, text: base64(toBytes(text)) }),
    ours: () => {
      if (op === "unjson") return marshalJSON(unmarshalJSON(text));
      if (op === "docs") return marshalJSON(parseDocuments(text));
      if (op === "map") return marshalJSON(parseMap(text));
      if (op === "list") return marshalJSON(parseList(text));
      return marshalJSON(parse(text, { strict: op === "strict" }));
    },
    *smaller() {
      const lines = text.split("\n");
      for (let size = Math.ceil(lines.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
        for (let i = 0; i < lines.length; i += size) {
          if (lines.length > 1) yield textCase(op, [...lines.slice(0, i), ...lines.slice(i + size)].join("\n"));
        }
      }
      const step = Math.max(1, Math.floor(text.length / 60));
      for (let size = step; size >= 1; size = Math.floor(size / 2)) {
        for (let i = 0; i < text.length; i += size) yield textCase(op, text.slice(0, i) + text.slice(i + size));
      }
      if (text.length < 60) {
        for (let i = 0; i < text.length; i++) {
          if (!"a\n ".includes(text.charAt(i))) yield textCase(op, `${text.slice(0, i)}a${text.slice(i + 1)}`);
        }
      }
    },
  };
}

/** A value to write. */
export function valueCase(
  kind: "emit2" | "emit3" | "json",
  value: unknown,
  extra: { indent?: number | string; html?: boolean },
): Case {
  return {
    kind,
    input: value,
    question: () => ({ op: kind, value: encodeValue(value), ...extra }),
    ours: () => {
      if (kind === "emit2") return stringify(value);
      if (kind === "emit3") return stringifyV3(value, { indent: extra.indent as number });
      const indent = extra.indent as string | undefined;
      return marshalJSON(value, { escapeHTML: extra.html === true, ...(indent === undefined ? {} : { indent }) });
    },
    *smaller() {
      for (const smaller of smallerValues(value)) yield valueCase(kind, smaller, extra);
    },
  };
}

function* smallerValues(value: unknown): Iterable<unknown> {
  if (typeof value === "string") {
    const characters = [...value];
    for (let i = 0; i < characters.length; i++) yield characters.toSpliced(i, 1).join("");
    return;
  }
  if (Array.isArray(value)) {
    yield* value;
    for (let i = 0; i < value.length; i++) yield value.toSpliced(i, 1);
    for (let i = 0; i < value.length; i++) for (const item of smallerValues(value[i])) yield value.with(i, item);
    return;
  }
  if (!isMap(value)) return;
  yield* Object.values(value);
  const entries = Object.entries(value);
  const made = (list: [string, unknown][]) => Object.assign(newMap(), Object.fromEntries(list)) as unknown;
  for (let i = 0; i < entries.length; i++) yield made(entries.toSpliced(i, 1));
  for (let i = 0; i < entries.length; i++) {
    const [key, item] = entries[i] as [string, unknown];
    for (const smaller of smallerValues(item)) yield made(entries.with(i, [key, smaller]));
    for (const smaller of smallerValues(key)) yield made(entries.with(i, [smaller as string, item]));
  }
}

/** An answer in one line: `= text` or `! error`. */
export function describe(answer: Answer): string {
  return answer.error === undefined ? `= ${fromBytes(answer.out as Uint8Array)}` : `! ${fromBytes(answer.error)}`;
}

/** Our answer, the same way. */
export function ourAnswer(test: Case): string {
  try {
    return `= ${test.ours()}`;
  } catch (error) {
    return `! ${messageOf(error)}`;
  }
}

/** True when Go itself answers now so, now so (map order), and our answer is one of them. */
async function isOneOfMany(oracle: Oracle<Answer>, test: Case, ours: string): Promise<boolean> {
  const answers = await oracle.ask(Array.from({ length: 40 }, () => test.question()));
  const all = new Set(answers.map(describe));
  if (all.has(ours)) return true;
  // A byte order mark inside of the text: documented in docs/compatibility.md.
  if (typeof test.input === "string" && /.\ufeff|(\udcff\udcfe|\udcfe\udcff)./s.test(test.input)) return true;
  // yaml.v2's order of keys has circles (2 < 11 < 1a < 2), where the outcome is up to the map's random order.
  const lines = (text: string) => text.slice(2).split("\n").toSorted().join("\n");
  return all.size > 1 && (ours.startsWith("!") || [...all].some((a) => lines(a) === lines(ours)));
}

async function shrink(oracle: Oracle<Answer>, test: Case): Promise<Case> {
  let best = test;
  const deadline = Date.now() + 10_000;
  for (let round = 0; round < 400 && Date.now() < deadline; round++) {
    let found: Case | undefined;
    let batch: Case[] = [];
    const tryBatch = async () => {
      const answers = await oracle.ask(batch.map((c) => c.question()));
      for (let i = 0; i < batch.length && found === undefined; i++) {
        const candidate = batch[i] as Case;
        const ours = ourAnswer(candidate);
        if (ours !== describe(answers[i] as Answer) && !(await isOneOfMany(oracle, candidate, ours))) found = candidate;
      }
      batch = [];
    };
    for (const candidate of best.smaller()) {
      if (Date.now() > deadline) break;
      batch.push(candidate);
      if (batch.length === 64) await tryBatch();
      if (found !== undefined) break;
    }
    if (found === undefined && batch.length > 0) await tryBatch();
    if (found === undefined) break;
    best = found;
  }
  return best;
}

function corpus(patterns: readonly string[]): string[] {
  const found: string[] = [];
  for (const pattern of [...patterns, "platforms/**/*.yaml"]) {
    for (const file of globSync(pattern)) {
      if (existsSync(file) && /\.ya?ml$/.test(file)) found.push(fromBytes(readFileSync(file)));
    }
  }
  return found.filter((text) => text.length < 20_000).slice(0, 2000);
}

/** A random case of any kind; `real` are texts to start from. */
export function randomCase(chance: Chance, real: readonly string[]): Case {
  const kind = chance.below(20);
  if (kind < 12) {
    let text: string;
    const source = chance.below(15);
    if (source >= 12) text = cornerDocument(chance);
    else if (source < 4) text = grammarDocument(chance);
    else if (source < 6) text = mutate(grammarDocument(chance), chance);
    else if (source < 8) text = noiseDocument(chance);
    else if (source < 9) text = scalarDocument(chance);
    else if (source < 10) text = readerDocument(chance);
    else if (real.length > 0) text = chance.one(3) ? chance.pick(real) : mutate(chance.pick(real), chance);
    else text = mutate(grammarDocument(chance), chance);
    // The oracle writes documents again to convert them, and yaml.v2 writes the keys "<<" and NaN wrong.
    const op = /<<|\.nan/i.test(text) ? 0 : chance.below(12);
    return textCase(op < 6 ? "parse" : op < 8 ? "docs" : op < 10 ? "strict" : op < 11 ? "map" : "list", text);
  }
  const value = randomValue(chance, 4);
  if (kind < 15) return valueCase("emit2", value, {});
  if (kind < 17) return valueCase("emit3", value, { indent: chance.pick([2, 2, 4, 3]) });
  if (kind < 18) return valueCase("json", value, { html: chance.one(2), ...(chance.one(2) ? { indent: "  " } : {}) });
  let json: string;
  try {
    json = marshalJSON(value, chance.one(3) ? { indent: "\t" } : {});
  } catch {
    json = "[1, 2";
  }
  return textCase("unjson", chance.one(3) ? json : mutate(json, chance));
}

/** The case that asks a recorded question. */
export function caseOf(question: {
  op: string;
  text?: string;
  value?: unknown;
  indent?: number | string;
  html?: boolean;
}): Case {
  const { op, text, value, ...extra } = question;
  if (text !== undefined) return textCase(op as (typeof texts)[number], fromBytes(Buffer.from(text, "base64")));
  return valueCase(op as "emit2" | "emit3" | "json", decodeValue(value), extra);
}

export interface Run {
  /** How many cases. */
  readonly total: number;
  readonly seed: number;
  /** Only these kinds of cases. */
  readonly only?: readonly string[];
  /** Globs of YAML files to start from, besides the platforms' charts. */
  readonly corpus?: readonly string[];
  /** How many differences to shrink and report. */
  readonly show?: number;
  readonly report: (text: string) => void;
}

/** Compares many random cases with the oracle at `path`; answers how many differ. */
export async function compareWithGo(path: string, run: Run): Promise<number> {
  const oracle = startOracle(path, readAnswer);
  const chance = new Chance(run.seed);
  const real = corpus(run.corpus ?? []);
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  let differences = 0;
  let errors = 0;
  for (let done = 0; done < run.total;) {
    const batch: Case[] = [];
    while (batch.length < 500 && done + batch.length < run.total) {
      const test = randomCase(chance, real);
      if (run.only === undefined || run.only.includes(test.kind)) batch.push(test);
    }
    const answers = await oracle.ask(batch.map((test) => test.question()));
    for (let i = 0; i < batch.length; i++) {
      const test = batch[i] as Case;
      const theirs = answers[i] as Answer;
      counts.set(test.kind, (counts.get(test.kind) ?? 0) + 1);
      if (theirs.error !== undefined) errors++;
      const ours = ourAnswer(test);
      if (ours === describe(theirs) || (await isOneOfMany(oracle, test, ours))) continue;
      differences++;
      if (seen.size >= (run.show ?? 10)) continue;
      const text = await explain(oracle, await shrink(oracle, test));
      if (!seen.has(text)) run.report(`difference ${differences} (case ${done + i}, seed ${run.seed}):\n${text}\n`);
      seen.add(text);
    }
    done += batch.length;
  }
  oracle.stop();
  const share = [...counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
  run.report(
    `${run.total} cases from seed ${run.seed} (${share}; Go answered ${errors} with an error): ${differences} differences`,
  );
  return differences;
}

async function explain(oracle: Oracle<Answer>, test: Case): Promise<string> {
  const [go] = await oracle.ask([test.question()]);
  const input = JSON.stringify(test.input, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
  const line = (text: string) => JSON.stringify(text).slice(0, 600);
  return `${test.kind} ${input}\n  Go:   ${line(describe(go as Answer))}\n  ours: ${line(ourAnswer(test))}`;
}
