import { K, comment, type Action, type Shape } from "./action.ts";
import { isBlank } from "./ast.ts";
import { actionOf } from "./known-actions.ts";

/** The numbers of one record of an outline: what they are is said by their names. */
export const R = {
  /** The text before the action: from here … */
  textStart: 0,
  /** … to here, trim markers done. */
  textEnd: 1,
  /** Where the action starts. */
  start: 2,
  /** For what has a body: the record of its `else` or `end`. */
  link: 3,
} as const;
export const recordSize = 4;

/**
 * A file of templates as a list of its actions, with the texts between them as offsets: all that running it needs. The
 * last record stands for the end of the file.
 */
export interface Outline {
  readonly text: string;
  readonly records: Int32Array;
  /** The action of each record. */
  readonly actions: readonly Action[];
  /** The bodies by the names of their templates, in Go's order: the first record, and the one that ends it. */
  readonly bodies: ReadonlyMap<string, Body>;
}

/** The records of a template's body: those from `from` on; the text before the record `to` belongs to it, too. */
export interface Body {
  readonly from: number;
  readonly to: number;
}

/** What an outline needs to know of the set it is made for. */
export interface OutlineOptions {
  readonly hasFunction: (name: string) => boolean;
  /** Stands for the functions: an action that was checked for it once is not checked again. */
  readonly token: object;
}

/**
 * Finds the actions of a file in one pass. Undefined for whatever is not plain: what is wrong (the file's parser says
 * it in Go's words) and what only that parser knows (`block`).
 */
export function outlineOf(name: string, text: string, options: OutlineOptions): Outline | undefined {
  return new Outliner(name, text, options).run();
}

/** Something that is open: the record of its last `if`, `else` …, and what to go back to at its `end`. */
interface Open {
  readonly kind: number;
  last: number;
  readonly vars: number;
}

/** Whether all functions that actions of a shape call are there. */
export function mayCall(shape: Shape, { hasFunction, token }: OutlineOptions): boolean {
  const { functions } = shape;
  if (functions.length === 0 || shape.checkedBy === token) return true;
  for (let i = 0; i < functions.length; i++) if (!hasFunction(functions[i] as string)) return false;
  shape.checkedBy = token;
  return true;
}

class Outliner {
  private readonly name: string;
  private readonly text: string;
  private readonly options: OutlineOptions;
  private records = new Int32Array(64 * recordSize);
  private count = 0;
  private readonly actions: Action[] = [];
  private readonly bodies = new Map<string, Body>();
  private readonly open: Open[] = [];
  private vars: string[] = ["$"];
  private ranges = 0;
  /** Of a `define`: its name and record, and the file's variables meanwhile. */
  private definition: { readonly name: string; readonly from: number; readonly vars: string[] } | undefined;

  constructor(name: string, text: string, options: OutlineOptions) {
    this.name = name;
    this.text = text;
    this.options = options;
  }

  run(): Outline | undefined {
    const { text } = this;
    let textStart = 0;
    for (;;) {
      const start = text.indexOf("{{", textStart);
      if (start < 0) break;
      const afterTrim = text.charCodeAt(start + 2) === minus && isSpace(text.charCodeAt(start + 3)) ? 4 : 2;
      let action: Action | undefined;
      let end: number;
      if (text.charCodeAt(start + afterTrim) === slash) {
        end = commentEnd(text, start + afterTrim);
        if (end < 0) return undefined;
        action = comment;
      } else {
        end = text.indexOf("}}", start + 2) + 2;
        if (end < 2) return undefined;
        action = actionOf(text.slice(start, end));
        if (action === undefined) {
          // The braces may be inside a string.
          end = actionEnd(text, start + 2);
          if (end < 0) return undefined;
          action = actionOf(text.slice(start, end));
          if (action === undefined) return undefined;
        }
      }
      let textEnd = start;
      if (afterTrim === 4) while (textEnd > textStart && isSpace(text.charCodeAt(textEnd - 1))) textEnd--;
      if (!this.add(action, textStart, textEnd, start)) return undefined;
      textStart = end;
      const trim = action === comment ? text.charCodeAt(end - 3) === minus : action.shape.trimAfter;
      if (trim) while (isSpace(text.charCodeAt(textStart))) textStart++;
    }
    if (this.open.length > 0 || this.definition !== undefined) return undefined;
    this.record(comment, textStart, text.length, text.length);
    if (!this.define(this.name, 0, this.count - 1)) return undefined;
    return {
      text,
      records: this.records.slice(0, this.count * recordSize),
      actions: this.actions,
      bodies: this.bodies,
    };
  }

  private record(action: Action, textStart: number, textEnd: number, start: number): void {
    const at = this.count * recordSize;
    if (at === this.records.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.records);
      this.records = larger;
    }
    const { records } = this;
    records[at] = textStart;
    records[at + 1] = textEnd;
    records[at + 2] = start;
    this.actions.push(action);
    this.count++;
  }

  /** Puts an action into its place among the others; false where it may not stand there. */
  private add(action: Action, textStart: number, textEnd: number, start: number): boolean {
    const { shape } = action;
    const { needs, declares } = shape;
    if (!mayCall(shape, this.options)) return false;
    for (let i = 0; i < needs.length; i++) if (!this.vars.includes(needs[i] as string)) return false;
    const { count, open } = this;
    this.record(action, textStart, textEnd, start);
    switch (action.kind) {
      case K.if:
      case K.with:
      case K.range:
        open.push({ kind: action.kind, last: count, vars: this.vars.length });
        if (action.kind === K.range) this.ranges++;
        break;
      case K.else:
      case K.elseIf:
      case K.elseWith:
        return this.otherwise(action, count);
      case K.end:
        return this.end(count);
      case K.define:
        if (open.length > 0 || this.definition !== undefined) return false;
        this.definition = { name: action.name, from: count, vars: this.vars };
        this.vars = ["$"];
        break;
      case K.break:
      case K.continue:
        return this.ranges > 0;
    }
    for (let i = 0; i < declares.length; i++) this.vars.push(declares[i] as string);
    return true;
  }

  private otherwise(action: Action, at: number): boolean {
    const opened = this.open[this.open.length - 1];
    if (opened === undefined) return false;
    const { kind, last } = opened;
    // Behind a plain `else` only `end` may come.
    if (last !== at && this.kindAt(last) === K.else) return false;
    if (action.kind === K.elseIf && kind !== K.if) return false;
    if (action.kind === K.elseWith && kind !== K.with) return false;
    if (kind === K.range) this.ranges--;
    this.records[last * recordSize + R.link] = at;
    opened.last = at;
    // Variables of the branch before stay: running refuses what reads them.
    for (const name of action.shape.declares) this.vars.push(name);
    return true;
  }

  private end(at: number): boolean {
    const opened = this.open.pop();
    if (opened === undefined) {
      const { definition } = this;
      if (definition === undefined) return false;
      this.definition = undefined;
      this.vars = definition.vars;
      this.records[definition.from * recordSize + R.link] = at;
      return this.define(definition.name, definition.from + 1, at);
    }
    const { kind, last, vars } = opened;
    if (kind === K.range && this.kindAt(last) === K.range) this.ranges--;
    this.records[last * recordSize + R.link] = at;
    this.vars.length = vars;
    return true;
  }

  private kindAt(record: number): number {
    return (this.actions[record] as Action).kind;
  }

  /** Names a body, as the file's parser does: what is empty gives way, and nothing else may have the name. */
  private define(name: string, from: number, to: number): boolean {
    const body = { from, to };
    const old = this.bodies.get(name);
    if (old === undefined || this.isEmpty(old)) this.bodies.set(name, body);
    else if (!this.isEmpty(body)) return false;
    return true;
  }

  private isEmpty(body: Body): boolean {
    return isEmptyBody(this.text, this.records, this.actions, body);
  }
}

/** Whether a body holds nothing but white space, comments and definitions. */
export function isEmptyBody(text: string, records: Int32Array, actions: readonly Action[], body: Body): boolean {
  for (let i = body.from; ; i++) {
    const at = i * recordSize;
    if (!isBlank(text.slice(records[at], records[at + 1]))) return false;
    if (i >= body.to) return true;
    const { kind } = actions[i] as Action;
    if (kind === K.define) i = records[at + R.link] as number;
    else if (kind !== K.comment) return false;
  }
}

const minus = 45;
const slash = 47;

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** Where the comment ends whose `/*` should stand at the place; -1 where it does not end well. */
function commentEnd(text: string, at: number): number {
  if (!text.startsWith("/*", at)) return -1;
  const close = text.indexOf("*/", at + 2);
  if (close < 0) return -1;
  if (text.startsWith("}}", close + 2)) return close + 4;
  const trims = isSpace(text.charCodeAt(close + 2)) && text.startsWith("-}}", close + 3);
  return trims ? close + 6 : -1;
}

const doubleQuote = 34;
const singleQuote = 39;
const backQuote = 96;
const backslash = 92;

/** Where the action ends that something at the place is in: behind the next `}}` outside strings; -1 without one. */
function actionEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 125 && text.charCodeAt(at + 1) === 125) return at + 2;
    if (code === backQuote) {
      at = text.indexOf("`", at + 1);
      if (at < 0) return -1;
    } else if (code === doubleQuote || code === singleQuote) {
      do at += text.charCodeAt(at) === backslash ? 2 : 1;
      while (at < text.length && text.charCodeAt(at) !== code);
    }
  }
  return -1;
}
