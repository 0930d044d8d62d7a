import { formatFloat, GoInt, GoObject, isMap, isNilCollection, SlipwayError, type GoMap } from "../base/index.ts";
import { encodeBase64 } from "./base64.ts";
import { Decoder, YamlMap } from "./decode.ts";
import { Emitter } from "./emitter.ts";
import { jsonNumber, marshalJSON } from "./json-write.ts";
import { compareNatural } from "./natural-order.ts";
import { readDocument } from "./node.ts";
import { Parser } from "./parser.ts";
import { readSource } from "./reader.ts";
import { isPlainString } from "./resolve.ts";
import { areHarmlessLines, isHarmless, type Place, Style } from "./style.ts";

/**
 * sigs.k8s.io/yaml's Marshal: json.Marshal, read back as YAML, written by yaml.v2. The result ends in a line break
 * (Helm's toYaml takes it off). Throws a SlipwayError with code `yaml.emit` where Go returns an error, which toYaml
 * turns into an empty text: numbers JSON lacks, control characters that YAML refuses, keys of more than 1024 characters.
 */
export function stringify(value: unknown): string {
  try {
    return writer(value);
  } catch (error) {
    // A value that holds itself overflows the stack; json.Marshal has its own words for that.
    if (error === odd || error instanceof RangeError) return throughJson(value);
    throw emitError(error);
  }
}

function emitError(error: unknown): SlipwayError {
  if (error instanceof SlipwayError) return error;
  return new SlipwayError(`error marshaling into JSON: ${(error as Error).message}`, { code: "yaml.emit" });
}

/** Thrown at a string that does not survive the way through JSON and YAML as it is. */
const odd = Symbol("odd");

// DEL and C1 controls (NEL is a line break to the reader, the others an error), U+FFFE and U+FFFF, bytes that are not UTF-8.
const oddCharacters = /[\x7f-\x9f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function writer(value: unknown): string {
  const emitter = new Emitter({ indent: 2, width: 80, version: 2 });
  emit(emitter, value, "root");
  emitter.end();
  return emitter.out;
}

/** The literal way, for values that hold anything odd. */
function throughJson(value: unknown): string {
  let json: string;
  try {
    json = marshalJSON(value);
  } catch (error) {
    throw emitError(error);
  }
  let decoded: unknown;
  try {
    decoded = new Decoder(false).document(readDocument(new Parser(readSource(json))));
  } catch (error) {
    throw new SlipwayError(`yaml: ${(error as Error).message}`, { code: "yaml.emit", cause: error });
  }
  const emitter = new Emitter({ indent: 2, width: 80, version: 2 });
  emit(emitter, plainData(decoded), "root");
  emitter.end();
  return emitter.out;
}

/** Decoded YAML as maps and lists; marked strings need no second look. */
function plainData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainData);
  if (value instanceof YamlMap) {
    return new Exact([...value.entries.values()].map((e) => [e.key as string, plainData(e.value)]));
  }
  return typeof value === "string" ? new Exact(value) : value;
}

/** What has been through JSON already. */
class Exact {
  readonly content: string | [string, unknown][];
  constructor(content: string | [string, unknown][]) {
    this.content = content;
  }
}

function emit(emitter: Emitter, value: unknown, place: Place): void {
  switch (typeof value) {
    case "string":
      if (isHarmless(value) && isPlain(value)) return emitter.plain(value, place);
      if (value.includes("\n") && areHarmlessLines(value)) return emitter.literal(value, place);
      if (oddCharacters.test(value)) throw odd;
      return emitString(emitter, value, place);
    case "number":
      return emitter.simple(numberText(value));
    case "boolean":
      return emitter.simple(value ? "true" : "false");
    case "undefined":
      return emitter.simple("null");
    case "bigint":
      return emitter.simple(value.toString());
    case "function":
      throw new Error("json: unsupported type: func()");
    default:
  }
  if (value === null) return emitter.simple("null");
  if (Array.isArray(value)) return emitList(emitter, value, place);
  if (value instanceof GoInt) return emitter.simple(value.toString());
  if (value instanceof Uint8Array) return emitString(emitter, encodeBase64(value), place);
  if (value instanceof GoObject) return emit(emitter, value.toJSON(), place);
  if (value instanceof Exact) {
    if (typeof value.content === "string") return emitString(emitter, value.content, place);
    return emitEntries(emitter, value.content, place);
  }
  if (isMap(value)) emitMap(emitter, value, place);
}

function emitList(emitter: Emitter, list: readonly unknown[], place: Place): void {
  if (list.length === 0) return isNilCollection(list) ? emitter.simple("null") : emitter.empty("[]");
  const outer = emitter.enterSequence(place);
  for (const item of list) {
    emitter.item();
    emit(emitter, item, "item");
  }
  emitter.leave(outer);
}

function emitMap(emitter: Emitter, map: GoMap, place: Place): void {
  const keys = Object.keys(map);
  if (keys.length === 0) return isNilCollection(map) ? emitter.simple("null") : emitter.empty("{}");
  if (keys.length > 1) keys.sort(compareNatural);
  const outer = emitter.enterMapping(place);
  for (const key of keys) {
    // JSON keys are read back as YAML, which wants them on one line of at most 1024 characters.
    if (key.length <= 128 && isHarmless(key) && isPlain(key)) {
      emitter.plainKey(key);
      emit(emitter, map[key], "value");
      continue;
    }
    if (key.length > 160 || oddCharacters.test(key)) throw odd;
    emitPair(emitter, key, map[key]);
  }
  emitter.leave(outer);
}

function emitEntries(emitter: Emitter, entries: [string, unknown][], place: Place): void {
  if (entries.length === 0) return emitter.empty("{}");
  entries.sort((a, b) => compareNatural(a[0], b[0]));
  const outer = emitter.enterMapping(place);
  for (const [key, value] of entries) emitPair(emitter, key, value);
  emitter.leave(outer);
}

function emitPair(emitter: Emitter, key: string, value: unknown): void {
  const simple = emitter.key(key);
  emitter.string(key, wishedStyle(key), simple ? "key" : "value");
  emitter.colon(simple);
  emit(emitter, value, "value");
}

function emitString(emitter: Emitter, text: string, place: Place): void {
  emitter.string(text, wishedStyle(text), place);
}

/** Literal for several lines, plain for what reads back as a string, double quotes for what would not. */
function wishedStyle(text: string): number {
  if (text.includes("\n")) return Style.literal;
  return isPlain(text) ? Style.plain : Style.double;
}

/** Reads back as a string when it has no quotes, and is no base-60 number. */
function isPlain(text: string): boolean {
  return isPlainString(text) && !isBase60(text);
}

/** Base-60 numbers of YAML 1.1: not read as such, but quoted for those who do. */
export function isBase60(text: string): boolean {
  const first = text.charCodeAt(0);
  if (!((first >= 48 && first <= 57) || first === 43 || first === 45)) return false;
  return text.includes(":") && /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text);
}

/** A float on its way through JSON: whole numbers of 64 bits become integers (-2^63 prints as a smaller number). */
function numberText(value: number): string {
  if (Number.isInteger(value) && value > -(2 ** 63) && value < 2 ** 64) return value === 0 ? "0" : String(value);
  jsonNumber(value);
  return formatFloat(value, "g");
}
