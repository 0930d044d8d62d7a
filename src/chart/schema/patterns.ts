import type { RE2JS } from "re2js";
import { MissingEngine, type PatternCompiler } from "./compile.ts";
import { plainPattern } from "../../base/plain-patterns.ts";

/** Tests by their patterns. */
const known = new Map<string, (text: string) => boolean>();
let engine: { readonly RE2JS: typeof RE2JS } | undefined;

/** Loads the RE2 engine for the patterns that are not plain. */
export async function loadEngine(): Promise<void> {
  engine ??= await import("re2js");
}

/** Can a pattern be matched without the engine? */
export function isPlainPattern(source: string): boolean {
  if (known.has(source)) return true;
  const test = plainPattern(source);
  if (test !== undefined) known.set(source, test);
  return test !== undefined;
}

/** Compiles RE2 patterns, each once. Throws MissingEngine, and Errors in Go's words. */
export const compilePattern: PatternCompiler = (source) => {
  let test = known.get(source) ?? plainPattern(source);
  if (test === undefined) {
    if (engine === undefined) throw new MissingEngine(`${JSON.stringify(source)} needs the RE2 engine`);
    const pattern = engine.RE2JS.compile(source);
    test = (text) => pattern.matcher(text).find();
  }
  known.set(source, test);
  return test;
};
