import type { Context } from "./command.ts";

/** Whether progress may be drawn and drawn again: somebody sits before the terminal that it goes to. */
export function drawsLive(context: Context): boolean {
  return context.screen !== undefined && !context.env["CI"] && context.env["TERM"] !== "dumb";
}

/** Lines at the end of a terminal's output that are drawn anew when they change; other output goes above them. */
export class LiveBlock {
  private readonly context: Context;
  private drawn: readonly string[] = [];

  constructor(context: Context) {
    this.context = context;
  }

  /** How many lines fit, the cursor's left out, and the top one: what scrolled away could not be drawn anew. */
  get rows(): number {
    return Math.max(1, (this.context.screen?.rows ?? Number.POSITIVE_INFINITY) - 2);
  }

  /** Shows these lines in place of the ones before, each cut to the terminal's width; of too many the last ones. */
  show(lines: readonly string[]): void {
    const cut = lines.slice(-this.rows).map((line) => cutTo(line, this.columns - 1));
    if (cut.length === this.drawn.length && cut.every((line, index) => line === this.drawn[index])) return;
    // Line over line, then what is left below: nothing flickers, and no terminal takes it for a screen to be kept.
    const below = this.drawn.length === 0 ? "" : "\u001b[J";
    this.context.err(`${this.up()}${cut.map((line) => `${line}\u001b[K\n`).join("")}${below}`);
    this.drawn = cut;
  }

  /** Prints a line that stays, above the block. */
  print(line: string): void {
    const { drawn } = this;
    this.clear();
    this.context.err(`${line}\n`);
    this.show(drawn);
  }

  /** Takes the block away. */
  clear(): void {
    // Its first line by itself: a terminal that is cleared from its very top takes that for a screen to be kept.
    if (this.drawn.length > 0) this.context.err(`${this.up()}\u001b[K\u001b[B\u001b[J\u001b[A`);
    this.drawn = [];
  }

  private get columns(): number {
    return Math.max(2, this.context.screen?.columns ?? this.context.columns);
  }

  /** Back to where the block began. A window that was made narrower since has wrapped its lines. */
  private up(): string {
    const { columns, rows } = this;
    const height = this.drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil([...line].length / columns)), 0);
    return height === 0 ? "" : `\u001b[${Math.min(height, rows)}A\r`;
  }
}

function cutTo(line: string, width: number): string {
  const letters = [...line];
  return letters.length <= width ? line : `${letters.slice(0, width - 1).join("")}…`;
}
