import type { RE2JS } from "re2js";
import { plainPattern } from "../../base/plain-patterns.ts";

/**
 * Patterns of custom resources' schemas are RE2's, and are matched in linear time: JavaScript's own engine reads other
 * things in them, and a hostile one could stop the whole server. Plain ones need no engine.
 */

/** Thrown where a pattern needs the engine before it is loaded: load it, and try again. */
export class EngineWanted extends Error {}

let engine: { readonly RE2JS: typeof RE2JS } | undefined;

/** Loads the RE2 engine. */
export async function loadEngine(): Promise<void> {
  engine ??= await import("re2js");
}

/** Tests by their patterns, the ones compiled first dropped first. */
const known = new Map<string, (text: string) => boolean>();
const mostKnown = 5000;

/** A test for texts that hold a match. Throws an Error with Go's words for a pattern that is none, EngineWanted. */
export function compilePattern(source: string): (text: string) => boolean {
  let test = known.get(source);
  if (test !== undefined) return test;
  test = plainPattern(source);
  if (test === undefined) {
    if (engine === undefined) throw new EngineWanted(`the pattern ${JSON.stringify(source)} needs the RE2 engine`);
    const pattern = engine.RE2JS.compile(source);
    test = (text) => pattern.matcher(text).find();
  }
  if (known.size >= mostKnown) known.delete(known.keys().next().value as string);
  known.set(source, test);
  return test;
}
