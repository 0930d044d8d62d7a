import { GoInt, type Span } from "../base/index.ts";
import { toJsonData, Decoder } from "./decode.ts";
import { readDocument, type Node } from "./node.ts";
import { Parser } from "./parser.ts";
import { parse, type ParseOptions } from "./parse.ts";
import { readSource } from "./reader.ts";
import { resolvePlain, resolvePlainV3 } from "./resolve.ts";

/** A span from an offset: lines are counted as editors count them (LF, CR LF, CR). */
export function spanAt(text: string, offset: number, length: number, file: string): Span {
  let line = 1;
  let start = 0;
  const end = Math.min(offset, text.length);
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) {
      line++;
      start = i + 1;
    }
  }
  return { file, line, column: end - start + 1, offset: end, length: Math.max(1, Math.min(length, text.length - end)) };
}

/** A parsed text that knows where everything stands. */
export interface Located {
  readonly value: unknown;
  /** The place of a value, by the path of keys and indexes to it; undefined where there is none. */
  span(path: readonly (string | number)[]): Span | undefined;
  /** The place of the key that leads to it; an item's own place for list items. */
  keySpan(path: readonly (string | number)[]): Span | undefined;
}

/**
 * {@link parse}, with the places of all keys and values of the first document. The places are looked for only when
 * asked for, by reading the text a second time; aliases and merges are followed to where the value is written.
 */
export function parseWithSpans(text: string, options: ParseOptions = {}): Located {
  const value = parse(text, options);
  let tree: { root: Node | undefined; skipped: number } | undefined;
  const find = (path: readonly (string | number)[]): { key: Node; value: Node } | undefined => {
    if (tree === undefined) {
      const source = readSource(text);
      tree = { root: readDocument(new Parser(source)), skipped: source.skipped };
    }
    const { root } = tree;
    if (root === undefined) return undefined;
    let found: { key: Node; value: Node } | undefined = { key: root, value: root };
    for (const step of path) {
      found = child(found.value, step, options.dialect);
      if (found === undefined) return undefined;
    }
    return found;
  };
  const spanOf = (node: Node | undefined): Span | undefined =>
    node && spanAt(text, node.start + (tree?.skipped ?? 0), node.end - node.start, options.file ?? "");
  return {
    value,
    span: (path) => spanOf(find(path)?.value),
    keySpan: (path) => spanOf(find(path)?.key),
  };
}

function child(
  parent: Node,
  step: string | number,
  dialect: ParseOptions["dialect"],
): { key: Node; value: Node } | undefined {
  const node = parent.kind === "alias" ? (parent.target as Node) : parent;
  if (node.kind === "sequence") {
    const item = node.children[Number(step)];
    return item && { key: item, value: item };
  }
  if (node.kind !== "mapping") return undefined;
  // The last of several wins, and a merge counts like any other key at its place.
  for (let i = node.children.length - 2; i >= 0; i -= 2) {
    const key = node.children[i] as Node;
    const value = node.children[i + 1] as Node;
    if (key.kind === "scalar" && key.value === "<<" && key.implicit) {
      for (const source of value.kind === "sequence" ? value.children : [value]) {
        const found = child(source, step, dialect);
        if (found !== undefined) return found;
      }
    } else if (keyText(key, dialect) === String(step)) return { key, value };
  }
  return undefined;
}

function keyText(node: Node, dialect: ParseOptions["dialect"]): string | undefined {
  const key = node.kind === "alias" ? (node.target as Node) : node;
  if (key.kind !== "scalar") return undefined;
  if (!key.implicit || key.tag !== "") return key.value;
  const value = dialect === "v3" ? resolvePlainV3(key.value) : resolvePlain(key.value);
  if (typeof value === "string") return value;
  if (value instanceof GoInt || typeof value === "boolean") return String(value);
  try {
    const map = new Decoder(false).document({ ...key, kind: "mapping", children: [key, key] });
    return Object.keys(toJsonData(map, true) as object)[0];
  } catch {
    return undefined;
  }
}
