import { formatFloat, fromBytes, GoInt, newMap, type GoMap } from "../base/index.ts";
import { decodeBase64 } from "./base64.ts";
import { goSyntax } from "./go-syntax.ts";
import { marshalJSON } from "./json-write.ts";
import type { Node } from "./node.ts";
import { resolvePlain, resolvePlainV3, resolveTagged, Tag } from "./resolve.ts";
import { plainError, type YamlSyntaxError } from "./syntax-error.ts";

/** map[interface {}]interface {}: what yaml.v2 makes of a mapping, before keys become strings. */
export class YamlMap {
  /** Keys with their values, in order of first appearance; found by kind and value. */
  readonly entries = new Map<string, { key: unknown; value: unknown }>();
}

/** Several things wrong with the types of a document, listed as yaml.v2 lists them. */
export class YamlTypeErrors extends Error {
  readonly line: number;
  readonly offset: number;
  constructor(errors: readonly string[], line: number, offset: number) {
    super(`unmarshal errors:\n  ${errors.join("\n  ")}`);
    this.line = line;
    this.offset = offset;
  }
}

const aliasLow = 400_000;
const aliasHigh = 4_000_000;

/** The share of decoding that may come from aliases, by size: 99 % of small documents, 10 % of huge ones. */
function allowedAliasRatio(count: number): number {
  if (count <= aliasLow) return 0.99;
  if (count >= aliasHigh) return 0.1;
  return 0.99 - 0.89 * ((count - aliasLow) / (aliasHigh - aliasLow));
}

/**
 * yaml.v2's decoder into interface{}, with its checks in its order: tags, merges, cycles, excessive aliasing; with
 * `strict` also keys given twice. Integers are {@link GoInt}s, mappings {@link YamlMap}s. With `v3` it differs as
 * yaml.v3 does: fewer words are booleans, keys given twice are refused, and a merge fills gaps wherever it stands.
 */
export class Decoder {
  private readonly strict: boolean;
  private readonly v3: boolean;
  private readonly inside = new Set<Node>();
  private count = 0;
  private aliasCount = 0;
  private aliasDepth = 0;
  private readonly errors: string[] = [];
  private firstError: Node | undefined;

  constructor(strict: boolean, dialect: "v2" | "v3" = "v2") {
    this.strict = strict;
    this.v3 = dialect === "v3";
  }

  /** The value of a document. */
  document(root: Node | undefined): unknown {
    if (root === undefined) return null;
    this.count++; // the document itself counts as a step
    const value = this.decode(root);
    if (this.errors.length > 0) {
      throw new YamlTypeErrors(this.errors, this.firstError?.line ?? 0, this.firstError?.start ?? 0);
    }
    return value;
  }

  private step(node: Node): void {
    this.count++;
    if (this.aliasDepth > 0) this.aliasCount++;
    if (this.aliasCount > 100 && this.count > 1000 && this.aliasCount / this.count > allowedAliasRatio(this.count)) {
      throw failure("document contains excessive aliasing", node);
    }
  }

  private decode(node: Node): unknown {
    this.step(node);
    switch (node.kind) {
      case "alias":
        return this.throughAlias(node, (target) => this.decode(target));
      case "scalar":
        return this.scalar(node);
      case "sequence": {
        const items: unknown[] = [];
        for (const child of node.children) items.push(this.decode(child));
        return items;
      }
      default: {
        const map = new YamlMap();
        this.fill(node, map);
        return map;
      }
    }
  }

  private throughAlias<R>(node: Node, use: (target: Node) => R): R {
    if (this.inside.has(node)) throw failure(`anchor '${node.value}' value contains itself`, node);
    this.inside.add(node);
    this.aliasDepth++;
    const value = use(node.target as Node);
    this.aliasDepth--;
    this.inside.delete(node);
    return value;
  }

  private scalar(node: Node): unknown {
    if (node.tag === "") {
      if (!node.implicit) return node.value;
      return this.v3 ? resolvePlainV3(node.value) : resolvePlain(node.value);
    }
    if (node.tag === Tag.binary) {
      const bytes = decodeBase64(node.value);
      if (bytes === undefined) throw failure("!!binary value contains invalid base64 data", node);
      return bytes;
    }
    try {
      return resolveTagged(node.tag, node.value).value;
    } catch (error) {
      throw failure((error as Error).message, node);
    }
  }

  private fill(node: Node, map: YamlMap): void {
    if (this.v3) return this.fillGaps(node, map);
    const { children } = node;
    for (let i = 0; i < children.length; i += 2) {
      const keyNode = children[i] as Node;
      const valueNode = children[i + 1] as Node;
      if (isMerge(keyNode)) {
        this.merge(valueNode, map);
        continue;
      }
      const key = this.decode(keyNode);
      if (key instanceof YamlMap || Array.isArray(key)) throw failure(`invalid map key: ${goSyntax(key)}`, keyNode);
      const value = this.decode(valueNode);
      const id = keyId(key);
      if (this.strict && map.entries.has(id)) {
        this.errors.push(`line ${valueNode.line + 1}: key ${goSyntax(key)} already set in map`);
        this.firstError ??= keyNode;
        continue;
      }
      map.entries.set(id, { key, value });
    }
  }

  /** yaml.v3's way: what is there already stays, own keys come before merged ones. */
  private fillGaps(node: Node, map: YamlMap): void {
    const { children } = node;
    const lines = new Map<string, number>();
    const merges: Node[] = [];
    for (let i = 0; i < children.length; i += 2) {
      const keyNode = children[i] as Node;
      const valueNode = children[i + 1] as Node;
      if (isMerge(keyNode)) {
        merges.push(...(valueNode.kind === "sequence" ? valueNode.children : [valueNode]));
        continue;
      }
      const key = this.decode(keyNode);
      if (key instanceof YamlMap || Array.isArray(key)) throw failure(`invalid map key: ${goSyntax(key)}`, keyNode);
      const id = keyId(key);
      const line = lines.get(id);
      if (line !== undefined) {
        this.errors.push(`line ${keyNode.line + 1}: mapping key ${goSyntax(key)} already defined at line ${line + 1}`);
        this.firstError ??= keyNode;
        continue;
      }
      lines.set(id, keyNode.line);
      const value = this.decode(valueNode);
      if (!map.entries.has(id)) map.entries.set(id, { key, value });
    }
    for (const merge of merges) this.mergeOne(merge, map);
  }

  private merge(node: Node, map: YamlMap): void {
    if (node.kind !== "sequence") return this.mergeOne(node, map);
    // Backwards, because the earlier of them wins.
    for (let i = node.children.length - 1; i >= 0; i--) this.mergeOne(node.children[i] as Node, map);
  }

  private mergeOne(node: Node, map: YamlMap): void {
    const target = node.kind === "alias" ? (node.target as Node) : node;
    if (target.kind !== "mapping") {
      throw failure("map merge requires map or sequence of maps as the value", node);
    }
    this.step(node);
    if (node.kind !== "alias") return this.fill(node, map);
    this.throughAlias(node, (aliased) => {
      this.step(aliased);
      this.fill(aliased, map);
    });
  }
}

function isMerge(node: Node): boolean {
  return node.kind === "scalar" && node.value === "<<" && (node.implicit || node.tag === Tag.merge);
}

let unequal = 0;

/** Two keys are one when this is the same: Go's equality of interface values. NaN equals nothing. */
function keyId(key: unknown): string {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "number") return Number.isNaN(key) ? `nan${unequal++}` : `f${key}`;
  if (key instanceof GoInt) return key.kind + key.value;
  if (key instanceof Uint8Array) return `s${fromBytes(key)}`;
  return String(key);
}

/** What JSON makes of bytes: text, with U+FFFD for every byte that is not UTF-8. */
function goUtf8(bytes: Uint8Array): string {
  return fromBytes(bytes).toWellFormed();
}

function failure(message: string, node: Node): YamlSyntaxError {
  return plainError(message, node.line, node.start);
}

/**
 * sigs' step to JSON data: keys become strings, and integers stay exact when `exact` is asked for (plain numbers
 * otherwise, as encoding/json reads them back). Throws what sigs refuses (null and uint64 keys), then what json.Marshal
 * does (infinities, NaN).
 */
export function toJsonData(value: unknown, exact: boolean): unknown {
  const seen = { unsupported: false };
  const data = convert(value, exact, seen);
  if (seen.unsupported) marshalJSON(data); // names the first in the order of keys
  return data;
}

function convert(value: unknown, exact: boolean, seen: { unsupported: boolean }): unknown {
  if (value instanceof GoInt) return exact ? value : Number(value.value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) seen.unsupported = true;
    return value;
  }
  if (value instanceof Uint8Array) return goUtf8(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = convert(value[i], exact, seen);
    return value;
  }
  if (!(value instanceof YamlMap)) return value;
  const map: GoMap = newMap();
  for (const entry of value.entries.values()) {
    map[keyText(entry.key, entry.value)] = convert(entry.value, exact, seen);
  }
  return map;
}

function keyText(key: unknown, value: unknown): string {
  if (typeof key === "string") return key;
  if (typeof key === "boolean") return key ? "true" : "false";
  if (key instanceof Uint8Array) return goUtf8(key);
  if (key instanceof GoInt && key.kind === "int") return key.toString();
  if (typeof key === "number") return floatKey(key);
  const type = key === null ? "%!s(<nil>)" : (key as GoInt).kind;
  throw new Error(`unsupported map key of type: ${type}, key: ${goSyntax(key)}, value: ${goSyntax(value)}`);
}

/** sigs formats float keys with the precision of float32. */
function floatKey(key: number): string {
  const narrow = Math.fround(key);
  if (Number.isNaN(narrow)) return ".nan";
  if (!Number.isFinite(narrow)) return narrow > 0 ? ".inf" : "-.inf";
  return formatFloat32(narrow);
}

/** strconv.FormatFloat(value, 'g', -1, 32). */
export function formatFloat32(value: number): string {
  const narrow = Math.fround(value);
  if (!Number.isFinite(narrow)) return formatFloat(narrow, "g");
  for (let precision = 1; precision <= 9; precision++) {
    const shortest = Number(narrow.toPrecision(precision));
    if (Math.fround(shortest) === narrow) return formatFloat(Object.is(narrow, -0) ? -0 : shortest, "g");
  }
  return formatFloat(narrow, "g");
}
