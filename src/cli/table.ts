/**
 * A table as Helm prints one: every cell of a column, the last one too, is padded to the widest line in it, and columns
 * are joined by a tab. A cell of several lines is cut where its text as a whole is wider than its widest line, as Helm's
 * tables do it. Gives lines with a final newline.
 */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, ...cell.split("\n").map((line) => width(line)))));
  return rows.map((row) => linesOf(row, widths)).join("");
}

/** A row, on as many lines as its tallest cell has. */
function linesOf(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, i) => resized(cell, widths[i] as number).split("\n"));
  let text = "";
  for (let at = 0; at < Math.max(1, ...cells.map((lines) => lines.length)); at++)
    text += `${cells.map((lines, i) => resized(lines[at] ?? "", widths[i] as number)).join("\t")}\n`;
  return text;
}

function resized(text: string, to: number): string {
  const wide = width(text);
  if (wide <= to) return text + " ".repeat(to - wide);
  let cut = "";
  let taken = 0;
  for (const rune of text) {
    cut += rune;
    taken += runeWidth(rune);
    if (taken >= to - 3) break;
  }
  return `${cut}...`;
}

/** Columns of a terminal. */
function width(text: string): number {
  let sum = 0;
  for (const rune of text) sum += runeWidth(rune);
  return sum;
}

/** Two for what East Asian scripts and pictures take, none for what is drawn over another rune. */
function runeWidth(rune: string): number {
  const code = rune.codePointAt(0) as number;
  if (code < 0x300) return code < 32 || (code >= 0x7f && code < 0xa0) ? 0 : 1;
  if (/^[\p{M}\p{Cf}]$/u.test(rune)) return 0;
  return wideRanges.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
