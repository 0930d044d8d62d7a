import { type Finding, messageOf, SlipwayError, type Span } from "../base/index.ts";
import type { Context } from "./command.ts";

/** How many findings are shown of a release that failed. */
const mostOfRelease = 4;

/**
 * Prints an error for people: `Error: …`, the place in the source with the line itself where the file can be read,
 * everything else that is wrong, what to do, and what a program printed last. A stack trace only with --debug.
 */
export async function printError(error: unknown, context: Context, debug: boolean): Promise<void> {
  if (error instanceof SlipwayError) {
    const { doing, span, fix, details, tail } = error.facts;
    const tailed = tail !== undefined && error.message.endsWith(`\n${tail}`);
    const lines = [`Error: ${tailed ? error.message.slice(0, -tail.length - 1) : error.message}`];
    if (doing !== undefined && !error.message.includes(doing)) lines.push(`  while ${doing}`);
    if (span !== undefined) lines.push(...(await frame(span, context)));
    // What the message says already is not said again.
    const more = (details ?? []).filter(
      (finding) => finding.span !== undefined || !error.message.includes(finding.message),
    );
    // What went wrong in a cluster fits on one screen, its first cause included; -o json has all of it.
    const most = error.code.startsWith("release.") ? mostOfRelease : more.length;
    for (const finding of more.slice(0, most)) lines.push(...describe(finding, context.cwd));
    if (more.length > most) lines.push(`  - and ${more.length - most} more`);
    if (fix !== undefined) lines.push(`  ${fix}`);
    // Last: what came after a program's own lines would look like more of them.
    if (tailed) lines.push(tail);
    context.err(`${lines.join("\n")}\n`);
  } else if (isSystemError(error)) {
    context.err(`Error: ${error.message}\n`);
  } else {
    context.err(`Error: ${messageOf(error)}\n`);
    if (!debug) context.err("  This looks like a fault in Slipway itself; --debug shows where.\n");
  }
  if (debug && error instanceof Error) context.err(`${stackOf(error)}\n`);
}

/** File system and network errors of Node: their message says enough. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return (error.stack ?? error.message) + cause;
}

function describe(finding: Finding, cwd: string): string[] {
  const at = finding.span === undefined ? "" : `${place(finding.span, cwd)}: `;
  const path = finding.path === undefined || finding.message.includes(finding.path) ? "" : `${finding.path}: `;
  const lines = [`  ${finding.severity === "error" ? "-" : `- ${finding.severity}:`} ${at}${path}${finding.message}`];
  if (finding.fix !== undefined) lines.push(`    ${finding.fix}`);
  return lines;
}

/** `file:line:column`; files below the working directory by their path from there. */
function place({ file, line, column }: Span, cwd: string): string {
  const shown = file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
  return `${shown}:${line}:${column}`;
}

/** `  --> file:line:column`, then the source line and a mark under the place. */
async function frame(span: Span, context: Context): Promise<string[]> {
  const head = `  --> ${place(span, context.cwd)}`;
  const text = await sourceLine(span, context);
  if (text === undefined) return [head];
  const number = String(span.line);
  // Tabs keep their width in the mark's line, so that the mark stands right.
  const before = text.slice(0, Math.max(0, span.column - 1)).replace(/[^\t]/g, " ");
  const mark = "^".repeat(Math.max(1, Math.min(span.length ?? 1, Math.max(1, text.length - span.column + 1))));
  return [
    head,
    `  ${" ".repeat(number.length)} |`,
    `  ${number} | ${text}`,
    `  ${" ".repeat(number.length)} | ${before}${mark}`,
  ];
}

async function sourceLine(span: Span, context: Context): Promise<string | undefined> {
  try {
    const { readFile } = await import("node:fs/promises");
    const { resolve } = await import("node:path");
    const line = (await readFile(resolve(context.cwd, span.file), "utf8")).split("\n")[span.line - 1];
    return line === undefined || line.length > 400 ? undefined : line.replace(/\r$/, "");
  } catch {
    return undefined;
  }
}
