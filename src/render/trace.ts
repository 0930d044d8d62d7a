import type { Span } from "../base/index.ts";
import type { Trace, ast } from "../gotemplate/index.ts";

/** A range of an output and the node that wrote it. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly node: ast.Node;
  readonly tree: ast.Tree;
  /** What ran inside the node: templates that `include` and `tpl` executed. */
  readonly inner: readonly Execution[];
}

/** One execution of a template with an output of its own. */
interface Execution {
  readonly pieces: Piece[];
  text: string;
}

/** What a field chain was read from, for the path of a value. */
export interface Read {
  readonly receiver: unknown;
  readonly names: readonly string[];
  readonly value: unknown;
}

/**
 * Remembers, while a rendering runs once more, which part of a template wrote which part of the output, and which
 * fields were read last. Not for the hot path.
 */
export class Recorder implements Trace {
  readonly #open: { execution: Execution; finished: Execution[]; nested: boolean }[] = [];
  #last: Execution | undefined;
  readonly reads: Read[] = [];
  /** What the dot was turned to last, by `with` or `range`. */
  lastElement: unknown;

  enter(_tree: ast.Tree, at: ast.Node | undefined): void {
    const current = this.#open.at(-1);
    // A `template` action writes into the output of the template it stands in.
    if (at !== undefined && current !== undefined) this.#open.push({ ...current, nested: true });
    else this.#open.push({ execution: { pieces: [], text: "" }, finished: [], nested: false });
  }

  leave(): void {
    const closed = this.#open.pop();
    if (closed === undefined || closed.nested) return;
    this.#last = closed.execution;
    this.#open.at(-1)?.finished.push(closed.execution);
  }

  output(node: ast.Node, tree: ast.Tree, start: number, end: number): void {
    const current = this.#open.at(-1);
    if (current === undefined || end <= start) return;
    current.execution.pieces.push({ start, end, node, tree, inner: current.finished.splice(0) });
  }

  element(_container: unknown, _key: unknown, element: unknown): void {
    this.lastElement = element;
  }

  read(receiver: unknown, names: readonly string[], value: unknown): void {
    this.reads.push({ receiver, names, value });
    if (this.reads.length > 64) this.reads.shift();
  }

  /** Tells the text of the execution that has just ended. */
  finished(text: string): void {
    if (this.#last !== undefined) this.#last.text = text;
  }

  /** Forgets everything; before the next file. */
  reset(): void {
    this.#open.length = 0;
    this.#last = undefined;
  }

  /**
   * Where an offset of the last output was written: the places from the file itself down through includes, the one
   * that wrote it last. Spans name templates as Go does.
   */
  locate(offset: number): Span[] {
    return this.#last === undefined ? [] : locate(this.#last, offset, 0);
  }
}

function locate(execution: Execution, offset: number, depth: number): Span[] {
  const piece = execution.pieces.find(({ start, end }) => start <= offset && offset < end) ?? execution.pieces.at(-1);
  if (piece === undefined) return [];
  if (piece.node.type === "text") {
    const at = Math.min(piece.node.start + Math.max(0, offset - piece.start), piece.node.end);
    return [spanOf(piece.tree, at, at + 1)];
  }
  const own = spanOf(piece.tree, piece.node.start, piece.node.end);
  if (depth > 50) return [own];
  const line = lineAt(execution.text, offset);
  for (const inner of piece.inner.toReversed()) {
    const found = line.trim() === "" ? -1 : offsetOfLine(inner.text, line.trim());
    if (found >= 0) return [own, ...locate(inner, found, depth + 1)];
  }
  return [own];
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end < 0 ? text.length : end);
}

/** Where a line with these words stands; functions on the way may have indented it. */
function offsetOfLine(text: string, words: string): number {
  let at = 0;
  for (const line of text.split("\n")) {
    if (line.trim() === words) return at + line.length - line.trimStart().length;
    at += line.length + 1;
  }
  return -1;
}

/** A place in a template's text. */
export function spanOf(tree: ast.Tree, start: number, end: number): Span {
  const before = tree.text.slice(0, start);
  const line = before.split("\n").length;
  const column = start - (before.lastIndexOf("\n") + 1) + 1;
  const newline = tree.text.indexOf("\n", start);
  const length = Math.max(1, Math.min(end, newline < 0 ? end : newline) - start);
  return { file: tree.parseName, line, column, offset: start, length };
}
