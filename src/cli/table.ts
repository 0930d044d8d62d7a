/**
 * A table as Helm prints one: every cell of a column, the last one too, is padded to the widest, and columns are
 * joined by a tab. Gives lines with a final newline.
 */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, width(cell))));
  const pad = (cell: string, i: number) => cell + " ".repeat((widths[i] as number) - width(cell));
  return rows.map((row) => `${row.map(pad).join("\t")}\n`).join("");
}

/** Runes, as Go's uitable counts them. */
function width(cell: string): number {
  return [...cell].length;
}
