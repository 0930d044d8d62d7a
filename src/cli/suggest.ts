import { editDistance } from "../base/index.ts";

/** cobra's "Did you mean this?": names at most two edits away, or that start with what was typed. */
export function suggest(typed: string, names: readonly string[]): string[] {
  const lower = typed.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(lower) || editDistance(lower, name.toLowerCase()) <= 2);
}
