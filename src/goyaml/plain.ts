import { newMap, type GoMap } from "../base/index.ts";
import { plainKey } from "./compose.ts";
import { resolveJson, resolvePlain } from "./resolve.ts";

/** Answered for a text that is not plain enough, which says nothing about whether it is right. */
export const notPlain = Symbol("notPlain");

/**
 * Reads a document of the style that values files and printed manifests are written in: block mappings and sequences,
 * scalars of one line or more, literal and folded blocks, comments. With `exact`, integers stay integers; with `only`,
 * nothing is made of what stands at other keys of the outermost mapping. Every line has to be understood to the last character: whatever could
 * mean something else to the parser (or be wrong) makes the text not plain, and the parser reads it from the start.
 * Several times faster than that, because lines are taken apart by a regular expression.
 */
export function parsePlain(text: string, exact = false, only?: (key: string) => boolean): unknown {
  // What functions are given again and again.
  if (text === "{}") return newMap();
  if (text === "null") return null;
  if (unusual.test(text)) return notPlain;
  try {
    return new PlainReader(text, exact ? resolvePlain : resolveJson, only).document();
  } catch (error) {
    if (error === notPlain || error instanceof RangeError) return notPlain;
    throw error;
  }
}

/** Tabs, other line breaks, and all that YAML forbids or our strings use for broken bytes. */
const unusual = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/;

/** Indentation, a dash, a key with its colon, the rest: every line is this, though the parts may be empty. */
const linePattern =
  /( *)(-(?: +|$))?(?:([A-Za-z0-9_.$/][\w.$/*+@%=()<>~-]{0,120}|"[^"\\\n]{0,120}"|'[^'\n]{0,120}') *:(?: +|$))?([^\n]*)/my;

const doubleQuotedEnd = /^((?:[^"\\]|\\["\\ntr ])*)"(?: +#.*| *)$/;
/** A backslash at the very end takes the line's break away. */
const openDouble = /^((?:[^"\\]|\\["\\ntr ])*)(\\?)$/;
const escapedSpaceAtEnd = /\\ +$/;
const singleQuotedEnd = /^((?:[^']|'')*)'(?: +#.*| *)$/;
const openSingle = /^(?:[^']|'')*$/;
const emptyFlow = /^(?:\[ *\]|\{ *\})(?: +#.*| *)$/;
const flowList =
  /^\[ *((?:"(?:[^"\\]|\\["\\ntr ])*"|'[^']*'|\w[\w./-]*)(?: *, *(?:"(?:[^"\\]|\\["\\ntr ])*"|'[^']*'|\w[\w./-]*))*) *\](?: +#.*| *)$/;
const flowMap =
  /^\{ *((?:[A-Za-z]\w*: +(?:"[^"\\]*"|'[^']*'|\w[\w./-]*))(?: *, *[A-Za-z]\w*: +(?:"[^"\\]*"|'[^']*'|\w[\w./-]*))*) *\}(?: +#.*| *)$/;
const flowItem = /(?:([A-Za-z]\w*): +)?("(?:[^"\\]|\\["\\ntr ])*"|'[^']*'|\w[\w./-]*)/g;
const flowEnd = /[\]}](?: +#.*| *)$/;
/** Longer collections over several lines are left to the parser. */
const longestFlow = 10_000;
const blockHeader = /^[|>]([-+]?)(?: +#.*| *)$/;

/** What a scalar without quotes may not begin with, and what it may begin with where no space follows. */
const indicators = ",[]{}#&*!|>'\"%@`";
const halfIndicators = "-?:";

/** Stands for mappings that are not wanted. */
const none: GoMap = newMap();

class PlainReader {
  private readonly text: string;
  private readonly resolve: (text: string) => unknown;
  /** Which keys of the next mapping are wanted; undefined for all. */
  private only: ((key: string) => boolean) | undefined;
  /** Inside what is not wanted: lines are looked at, but nothing is made of them. */
  private unwanted = false;
  private readonly pattern = new RegExp(linePattern);
  /** Where the line after the current one begins. */
  private pos = 0;
  /** The current line: its indentation (-1 at the end), whether a dash comes first and how long it is, key and rest. */
  private indent = -1;
  private dash = 0;
  private key: string | undefined;
  private rest = "";
  /** Empty lines in front of the last line of a scalar. */
  private breaks = 0;

  constructor(text: string, resolve: (text: string) => unknown, only?: (key: string) => boolean) {
    this.text = text;
    this.resolve = resolve;
    this.only = only;
    // The mark of the first document says nothing.
    if (text.startsWith("---\n")) this.pos = 4;
  }

  document(): unknown {
    this.next();
    // Nothing but comments.
    if (this.indent < 0) return null;
    if (this.dash > 0) this.only = undefined;
    const value = this.node(-1);
    if (this.indent >= 0) throw notPlain;
    return value;
  }

  /** Goes to the next line that is neither empty nor a comment. */
  private next(): void {
    const { text, pattern } = this;
    for (;;) {
      this.skip();
      if (this.pos >= text.length) break;
      pattern.lastIndex = this.pos;
      const match = pattern.exec(text) as RegExpExecArray;
      this.pos = pattern.lastIndex + 1;
      const rest = match[4] as string;
      const dash = match[2];
      const key = match[3];
      if (dash === undefined && key === undefined && (rest === "" || rest.charCodeAt(0) === 35)) continue;
      this.indent = (match[1] as string).length;
      this.dash = dash === undefined ? 0 : dash.length;
      this.key = key;
      this.rest = rest;
      return;
    }
    this.indent = -1;
  }

  /** Passes over empty lines and comments: they are most of many a values file. */
  private skip(): void {
    const { text } = this;
    let { pos } = this;
    for (;;) {
      let at = pos;
      while (text.charCodeAt(at) === 32) at++;
      const first = text.charCodeAt(at);
      if (first === 10) pos = at + 1;
      else if (first === 35) {
        const end = text.indexOf("\n", at);
        pos = end < 0 ? text.length : end + 1;
      } else break;
    }
    this.pos = pos;
  }

  /** What the current line begins, which stands further right than `column`. */
  private node(column: number): unknown {
    if (this.dash > 0) return this.sequence(this.indent);
    if (this.key !== undefined) return this.mapping(this.indent);
    // At the very left it might be a document's border.
    if (column < 0) throw notPlain;
    return this.oneLine(column);
  }

  private mapping(column: number): GoMap {
    const { only, unwanted } = this;
    this.only = undefined;
    const map = unwanted ? none : newMap();
    for (;;) {
      if (this.key === undefined) throw notPlain;
      const key = keyText(this.key);
      if (unwanted) this.value(column, true);
      else if (only === undefined || only(key)) map[key] = this.value(column, true);
      else {
        this.unwanted = true;
        this.value(column, true);
        this.unwanted = false;
      }
      if (this.indent !== column) {
        if (this.indent > column) throw notPlain;
        return map;
      }
      if (this.dash > 0) throw notPlain;
    }
  }

  private sequence(column: number): unknown[] {
    const list: unknown[] = [];
    for (;;) {
      if (this.key === undefined) list.push(this.value(column, false));
      else {
        // The first line of a mapping, which stands behind the dash.
        this.indent += this.dash;
        this.dash = 0;
        list.push(this.mapping(this.indent));
      }
      if (this.indent !== column || this.dash === 0) {
        if (this.indent > column) throw notPlain;
        return list;
      }
    }
  }

  /** What follows a key or a dash of the given column; goes on to the line behind it. */
  private value(column: number, inMapping: boolean): unknown {
    const { rest } = this;
    const first = rest.charCodeAt(0);
    if (rest === "" || first === 35) {
      this.next();
      if (this.indent > column) return this.node(column);
      // A sequence may stand as far left as the key it belongs to.
      return inMapping && this.indent === column && this.dash > 0 ? this.sequence(column) : null;
    }
    return first === 124 || first === 62 ? this.block(rest, column, first === 62) : this.oneLine(column);
  }

  /** A scalar that begins on the current line. */
  private oneLine(column: number): unknown {
    const { rest, pos } = this;
    const first = rest.charCodeAt(0);
    const isQuoted = first === 34 || first === 39;
    const isFlow = first === 91 || first === 123;
    const value = isQuoted
      ? this.quoted(rest, column, first === 34)
      : isFlow
        ? this.flow(rest, first === 91)
        : this.scalar(rest);
    this.next();
    if (this.indent <= column) return value;
    // What stands further right belongs to the scalar, if anything.
    if (isQuoted || isFlow) throw notPlain;
    this.pos = pos;
    return this.folded(rest, column);
  }

  /** A scalar without quotes that goes on, over the lines that stand further right. */
  private folded(rest: string, column: number): unknown {
    if (rest.includes(" #")) throw notPlain;
    let value = trimEnd(rest);
    for (;;) {
      const { pos } = this;
      const line = this.continuation();
      if (line === undefined || this.indent <= column) {
        this.pos = pos;
        this.next();
        return this.resolve(value);
      }
      if (line[0] === "#" || line.includes(" #")) throw notPlain;
      const text = trimEnd(line);
      if (text.includes(": ") || text.endsWith(":")) throw notPlain;
      value += this.breaks === 0 ? ` ${text}` : "\n".repeat(this.breaks) + text;
    }
  }

  /** A scalar in quotes, over one line or more. */
  private quoted(rest: string, column: number, isDouble: boolean): string {
    const ending = isDouble ? doubleQuotedEnd : singleQuotedEnd;
    let line: string | undefined = rest.slice(1);
    let value = "";
    for (;;) {
      const closed = ending.exec(line)?.[1];
      if (closed !== undefined) {
        value += closed;
        if (isDouble) return value.includes("\\") ? value.replace(escape, unescaped) : value;
        return value.includes("'") ? value.replaceAll("''", "'") : value;
      }
      const open = isDouble ? openDouble.exec(line) : openSingle.exec(line);
      if (open === null || (isDouble && escapedSpaceAtEnd.test(line))) throw notPlain;
      const joins = open[2] === "\\";
      value += joins ? (open[1] as string) : trimEnd(line);
      line = this.continuation();
      if (line === undefined || this.indent <= column) throw notPlain;
      value += this.breaks === 0 && !joins ? " " : "\n".repeat(this.breaks);
    }
  }

  /**
   * The next line with something on it, in the midst of a scalar: a break is a space there, and the empty lines
   * before it are breaks. Undefined at the end, and for a last line without a break.
   */
  private continuation(): string | undefined {
    const { text } = this;
    this.breaks = 0;
    for (;;) {
      const end = text.indexOf("\n", this.pos);
      if (end < 0) return undefined;
      let at = this.pos;
      while (text.charCodeAt(at) === 32) at++;
      this.indent = at - this.pos;
      this.pos = end + 1;
      if (at < end) return text.slice(at, end);
      this.breaks++;
    }
  }

  /** A literal block, or one whose lines are folded: a single break between lines that begin alike far left is a space. */
  private block(header: string, column: number, folds: boolean): string {
    const chomp = blockHeader.exec(header)?.[1];
    if (chomp === undefined) throw notPlain;
    const { text } = this;
    let content = "";
    let breaks = "";
    let closed = "";
    let indent = 0;
    let inner = false;
    while (this.pos < text.length) {
      const newline = text.indexOf("\n", this.pos);
      const end = newline < 0 ? text.length : newline;
      let at = this.pos;
      while (text.charCodeAt(at) === 32) at++;
      const spaces = at - this.pos;
      if (at === end && (indent === 0 || spaces <= indent)) {
        // Before the first line it must be seen that no empty one is longer than the indentation.
        if (indent === 0 && (spaces > column + 1 || newline < 0)) throw notPlain;
        if (newline >= 0) breaks += "\n";
      } else {
        if (indent === 0) {
          if (spaces <= column) break;
          indent = spaces;
        } else if (spaces < indent) {
          if (spaces > column) throw notPlain;
          break;
        }
        const before = inner;
        inner = at > this.pos + indent;
        if (this.unwanted) content = "-";
        else if (folds && content !== "" && !before && !inner) content += breaks === "\n" ? " " : breaks.slice(1);
        else content += breaks;
        if (!this.unwanted) content += text.slice(this.pos + indent, end);
        // A text may end in the middle of a line: then there is no break to keep.
        breaks = newline < 0 ? "" : "\n";
        closed = newline < 0 ? "" : "\n";
      }
      this.pos = end + 1;
    }
    this.next();
    return chomp === "-" ? content : content + (chomp === "+" ? breaks : closed);
  }

  /** A collection in brackets or braces that holds no others, over one line or more. */
  private flow(rest: string, isList: boolean): unknown {
    let text = rest;
    while (!flowEnd.test(text)) {
      const line = this.continuation();
      if (line === undefined || this.breaks > 0 || text.length > longestFlow) throw notPlain;
      // A comment, an escaped break, a document's border.
      if (text.includes("#") || text.endsWith("\\") || (this.indent === 0 && startsBorder(line))) throw notPlain;
      text = `${trimEnd(text)} ${line}`;
    }
    if (emptyFlow.test(text)) return isList ? [] : newMap();
    const body = (isList ? flowList : flowMap).exec(text)?.[1];
    if (body === undefined) throw notPlain;
    const list: unknown[] = [];
    const map = newMap();
    for (const [, key, item] of body.matchAll(flowItem) as Iterable<[string, string | undefined, string]>) {
      const isQuoted = item[0] === '"' || item[0] === "'";
      const inner = isQuoted ? item.slice(1, -1) : item;
      const value = isQuoted ? (item[0] === '"' ? inner.replace(escape, unescaped) : inner) : this.finite(item);
      if (isList) list.push(value);
      else map[keyText(key as string)] = value;
    }
    return isList ? list : map;
  }

  /** A scalar without quotes on one line. */
  private scalar(rest: string): unknown {
    if (indicators.includes(rest[0] as string)) throw notPlain;
    if (startsHalf(rest)) throw notPlain;
    const comment = rest.indexOf(" #");
    const text = trimEnd(comment < 0 ? rest : rest.slice(0, comment));
    if (text.includes(": ") || text.charCodeAt(text.length - 1) === 58) throw notPlain;
    return this.finite(text);
  }

  /** What a scalar without quotes means; JSON has no room for infinite numbers. */
  private finite(text: string): unknown {
    const value = this.resolve(text);
    if (typeof value === "number" && !Number.isFinite(value)) throw notPlain;
    return value;
  }
}

const escape = /\\(.)/g;

/** What an escape in a text in double quotes stands for. */
function unescaped(_: string, letter: string): string {
  return letter === "n" ? "\n" : letter === "t" ? "\t" : letter === "r" ? "\r" : letter;
}

/** `---` or `...`, or something like it. */
function startsBorder(line: string): boolean {
  return line[0] === "-" || line[0] === ".";
}

/** `- `, `? ` or `: `. */
function startsHalf(text: string): boolean {
  return halfIndicators.includes(text[0] as string) && (text.length === 1 || text.charCodeAt(1) === 32);
}

function trimEnd(line: string): string {
  let end = line.length;
  while (line.charCodeAt(end - 1) === 32) end--;
  return end === line.length ? line : line.slice(0, end);
}

function keyText(key: string): string {
  const first = key.charCodeAt(0);
  if (first === 34 || first === 39) return key.slice(1, -1);
  // Three points may be a document's border.
  const text = key === "..." ? undefined : plainKey(key);
  if (text === undefined) throw notPlain;
  return text;
}
