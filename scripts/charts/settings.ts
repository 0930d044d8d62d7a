/**
 * What a chart's values.yaml says of its settings: the values, and above each key a comment with its description
 * (`# --`), its shape (`# @schema {…}`, `# @ref NAME`) and whether it must be there (`# @required`).
 */
import { parse } from "../../src/goyaml/index.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One key of values.yaml. */
export interface Setting {
  readonly key: string;
  /** The keys from the root on, dotted. */
  readonly path: string;
  readonly value: Json;
  readonly description: string;
  /** What `@schema` lines say. */
  readonly schema: Readonly<Record<string, Json>>;
  /** The shared definition that `@ref` names. */
  readonly ref: string | undefined;
  readonly required: boolean;
  /** The keys below; none where the value is a whole (no map, an empty one, or one that `@ref` describes). */
  readonly children: readonly Setting[];
}

interface Comment {
  readonly description: string;
  readonly schema: Record<string, Json>;
  readonly ref: string | undefined;
  readonly required: boolean;
}

/** The settings of a values.yaml, in its order. Throws when a comment is wrong or a description is missing. */
export function readSettings(text: string): Setting[] {
  const values = parse(text) as Json;
  if (!isMap(values)) throw new Error("values.yaml holds no map");
  const comments = readComments(text, values);
  return settingsOf(values, "", comments);
}

function settingsOf(
  map: Readonly<Record<string, Json>>,
  prefix: string,
  comments: ReadonlyMap<string, Comment>,
): Setting[] {
  return Object.entries(map).map(([key, value]) => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    const comment = comments.get(path) ?? { description: "", schema: {}, ref: undefined, required: false };
    const inner =
      isMap(value) && Object.keys(value).length > 0 && comment.ref === undefined && !("type" in comment.schema);
    if (!inner && comment.description === "")
      throw new Error(`${path}: say what it is for in a comment that begins with "# --"`);
    if (!inner && needsShape(value) && comment.ref === undefined && Object.keys(comment.schema).length === 0) {
      throw new Error(
        `${path}: ${JSON.stringify(value)} does not say what it may hold; add "# @ref NAME" or "# @schema {…}"`,
      );
    }
    return { key, path, value, ...comment, children: inner ? settingsOf(value, path, comments) : [] };
  });
}

function needsShape(value: Json): boolean {
  return value === null || typeof value === "object";
}

/** The comment directly above each key, by path. Keys are found by their indentation; lists and block text are passed over. */
function readComments(text: string, values: Readonly<Record<string, Json>>): Map<string, Comment> {
  const comments = new Map<string, Comment>();
  const open: { readonly indent: number; readonly key: string }[] = [];
  let above: string[] = [];
  for (const line of text.split("\n")) {
    const comment = /^\s*#\s?(.*)$/.exec(line);
    if (comment) {
      above.push(comment[1] ?? "");
      continue;
    }
    const entry = /^(\s*)(?:"([^"]+)"|'([^']+)'|([^\s"'#&*!|>%@`{}[\],-][^:]*|-[^\s:][^:]*)):(?:\s|$)/.exec(line);
    if (entry) {
      const indent = (entry[1] ?? "").length;
      const key = entry[2] ?? entry[3] ?? entry[4] ?? "";
      while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
      const keys = [...open.map((outer) => outer.key), key];
      if (holds(values, keys)) {
        open.push({ indent, key });
        const path = keys.join(".");
        if (!comments.has(path)) comments.set(path, readComment(above, path));
      }
    }
    above = [];
  }
  return comments;
}

function holds(values: Json, keys: readonly string[]): boolean {
  let node: Json | undefined = values;
  for (const key of keys) {
    if (!isMap(node) || !(key in node)) return false;
    node = node[key];
  }
  return true;
}

function readComment(lines: readonly string[], path: string): Comment {
  const begin = lines.findLastIndex((line) => line.startsWith("-- "));
  const words: string[] = [];
  const schema: Record<string, Json> = {};
  let ref: string | undefined;
  let required = false;
  for (const line of begin < 0 ? [] : lines.slice(begin)) {
    const mark = /^@(\w+)\s*(.*)$/.exec(line);
    if (mark?.[1] === "schema") Object.assign(schema, parse(mark[2] ?? ""));
    else if (mark?.[1] === "ref") ref = mark[2]?.trim();
    else if (mark?.[1] === "required") required = true;
    else if (mark) throw new Error(`${path}: @${mark[1]} is none of @schema, @ref, @required`);
    else words.push(line.replace(/^-- /, "").trim());
  }
  return { description: words.join(" ").trim(), schema, ref, required };
}

export function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
