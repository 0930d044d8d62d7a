import type { Context } from "./command.ts";

/** Whether progress may be drawn and drawn again: somebody sits before a terminal. */
export function drawsLive(context: Context): boolean {
  return context.isTTY && !context.env["CI"] && context.env["TERM"] !== "dumb";
}

/** Lines at the end of a terminal's output that are drawn anew when they change; other output goes above them. */
export class LiveBlock {
  private readonly context: Context;
  private drawn: readonly string[] = [];

  constructor(context: Context) {
    this.context = context;
  }

  /** Shows these lines in place of the ones before, each cut to the terminal's width. */
  show(lines: readonly string[]): void {
    const cut = lines.map((line) => cutTo(line, this.context.columns - 1));
    if (cut.length === this.drawn.length && cut.every((line, index) => line === this.drawn[index])) return;
    this.context.err(this.up() + cut.map((line) => `${line}\n`).join(""));
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
    if (this.drawn.length > 0) this.context.err(this.up());
    this.drawn = [];
  }

  private up(): string {
    return this.drawn.length === 0 ? "" : `\u001b[${this.drawn.length}A\u001b[J`;
  }
}

function cutTo(line: string, width: number): string {
  const letters = [...line];
  return letters.length <= width ? line : `${letters.slice(0, width - 1).join("")}…`;
}
