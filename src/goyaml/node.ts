import { E, type Parser } from "./parser.ts";
import { plainError } from "./syntax-error.ts";

/** A document as it was written: scalars with their text and tag, collections with their children. */
export interface Node {
  readonly kind: "scalar" | "mapping" | "sequence" | "alias";
  readonly tag: string;
  /** The text of a scalar, the name of an alias. */
  readonly value: string;
  readonly implicit: boolean;
  /** Items, or keys and values in turn. */
  readonly children: Node[];
  /** What an alias stands for. */
  readonly target: Node | undefined;
  readonly line: number;
  readonly start: number;
  end: number;
}

/**
 * Reads the next document as a tree; undefined at the end of the stream.
 * Throws when an alias has no anchor before it, as yaml.v2 does while reading.
 */
export function readDocument(parser: Parser): Node | undefined {
  if (parser.next() === E.streamEnd) return undefined;
  const anchors = new Map<string, Node>();
  const open: Node[] = [];
  let root: Node | undefined;
  for (;;) {
    const event = parser.next();
    if (event === E.documentEnd) return root;
    if (event === E.sequenceEnd || event === E.mappingEnd) {
      (open.pop() as Node).end = parser.end;
      continue;
    }
    const kind =
      event === E.scalar ? "scalar" : event === E.alias ? "alias" : event === E.mappingStart ? "mapping" : "sequence";
    const leaf = kind === "scalar" || kind === "alias";
    const target = kind === "alias" ? anchors.get(parser.value) : undefined;
    if (kind === "alias" && target === undefined) {
      throw plainError(`unknown anchor '${parser.value}' referenced`, parser.line, parser.start);
    }
    const node: Node = {
      kind,
      tag: kind === "alias" ? "" : parser.tag,
      value: leaf ? parser.value : "",
      implicit: kind === "scalar" && parser.implicit,
      children: [],
      target,
      line: parser.line,
      start: parser.start,
      end: parser.end,
    };
    if (kind !== "alias" && parser.anchor !== "") anchors.set(parser.anchor, node);
    if (root === undefined) root = node;
    else (open[open.length - 1] as Node).children.push(node);
    if (!leaf) open.push(node);
  }
}
