/**
 * Talks to test/tools/gotemplate-oracle: the real text/template and fmt. Both sides read the same cases; texts travel
 * as base64 because Go's strings are bytes.
 */
import { spawnSync } from "node:child_process";
import { Buffer } from "node:buffer";
import { fromBytes, toBytes } from "../../src/base/index.ts";

/** Data as both sides read it: JSON, where an object with the key `k` names a kind (see world.ts and data.go). */
export type Coded = null | boolean | number | string | readonly Coded[] | { readonly [key: string]: Coded };

/** One case: templates in the order of their parsing, and what is executed with which data; or a format to print. */
export interface TemplateCase {
  readonly mode: "exec" | "parse" | "fmt";
  /** The name of the set. */
  readonly name?: string;
  readonly templates?: readonly (readonly [name: string, text: string])[];
  readonly exec?: string;
  readonly missingKey?: "default" | "zero" | "error";
  readonly left?: string;
  readonly right?: string;
  readonly data?: Coded;
  readonly format?: string;
  readonly args?: readonly Coded[];
}

/** What came of a case: an output, an error's text, or the trees as Go prints them. */
export interface Answer {
  readonly out?: string;
  readonly err?: string;
  readonly trees?: Readonly<Record<string, string>>;
  /** The real engine panicked: the case says nothing. */
  readonly panic?: string;
}

export function encodeText(text: string): string {
  return Buffer.from(toBytes(text)).toString("base64");
}

export function decodeText(coded: string): string {
  return fromBytes(Buffer.from(coded, "base64"));
}

/** Asks the oracle program at `path` about all the cases. */
export function askOracle(path: string, cases: readonly TemplateCase[]): Answer[] {
  const input = cases
    .map((one) =>
      JSON.stringify({
        ...one,
        name: one.name ?? "main",
        exec: one.exec ?? one.name ?? "main",
        templates: (one.templates ?? []).map(([name, text]) => [name, encodeText(text)]),
        data: one.data ?? null,
        format: encodeText(one.format ?? ""),
      }),
    )
    .join("\n");
  const run = spawnSync(path, [], { input: `${input}\n`, maxBuffer: 1 << 30 });
  if (run.status !== 0) throw new Error(`the oracle failed: ${run.stderr.toString()}`);
  const lines = run.stdout.toString().trimEnd().split("\n");
  if (lines.length !== cases.length)
    throw new Error(`the oracle gave ${lines.length} answers to ${cases.length} cases`);
  return lines.map((line) => {
    const raw = JSON.parse(line) as Answer;
    if (raw.panic !== undefined) return { panic: raw.panic };
    if (raw.err !== undefined) return { err: decodeText(raw.err) };
    if (raw.trees !== undefined) {
      return { trees: Object.fromEntries(Object.entries(raw.trees).map(([name, tree]) => [name, decodeText(tree)])) };
    }
    return { out: decodeText(raw.out ?? "") };
  });
}
