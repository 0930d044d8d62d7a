import { SlipwayError, type Span } from "../base/index.ts";

/** One link of the chain of templates that led to an error, the outermost first. */
export interface TemplateFrame {
  /** The file, as Go cites it, with line and column in Go's count (columns are bytes, from 0). */
  readonly location: string;
  /** The template that was executing: a file or the name of a `define`. */
  readonly template: string;
  /** The node that was evaluated, as Go prints it. */
  readonly context: string;
  /** The same place for people and editors. */
  readonly span: Span;
}

/**
 * An error of an execution. The message is Go's; `frames` is the chain of templates that led there (through
 * `template` and through functions that execute templates), `reason` the innermost message alone.
 */
export class TemplateError extends SlipwayError {
  readonly frames: readonly TemplateFrame[];
  readonly reason: string;
  constructor(message: string, code: string, frames: readonly TemplateFrame[], reason: string, cause?: unknown) {
    const innermost = frames[frames.length - 1];
    super(message, {
      code,
      ...(innermost === undefined ? {} : { span: innermost.span }),
      ...(cause === undefined ? {} : { cause }),
    });
    this.name = "TemplateError";
    this.frames = frames;
    this.reason = reason;
  }
}

/** What a limit throws: it passes through function calls without being wrapped again and again. */
export const limitCode = "template.limit";

/** The end of a call that would take or make too much: an error with a way out. */
export function beyondLimit(words: string): SlipwayError {
  return new SlipwayError(words, {
    code: limitCode,
    fix: "Ask for less; a chart that needs this much text or this long a list is most likely mistaken.",
  });
}

/** Throws where there would be more than `limit` characters or elements; `what` names them. */
export function checkLimit(size: number, limit: number, what: "characters" | "elements"): void {
  if (size <= limit) return;
  throw beyondLimit(`${size} ${what} are more than one function call may handle: the limit is ${limit}`);
}

/** The 1-based line and column (UTF-16 units) of an offset. */
export function spanAt(file: string, text: string, offset: number, end = offset + 1): Span {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { file, line, column: offset - lineStart + 1, offset, length: Math.max(1, end - offset) };
}
