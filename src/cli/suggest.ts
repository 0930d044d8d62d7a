/** cobra's "Did you mean this?": names at most two edits away, or that start with what was typed. */
export function suggest(typed: string, names: readonly string[]): string[] {
  const lower = typed.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(lower) || levenshtein(lower, name.toLowerCase()) <= 2);
}

/** Letters to add, drop or change; cobra knows no swaps, so "hlep" is two edits from "help". */
function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
