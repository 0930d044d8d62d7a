import { formatFloat, GoInt, GoObject, isMap, SlipwayError, toBytes } from "../base/index.ts";
import { encodeBase64 } from "./base64.ts";
import { Emitter } from "./emitter.ts";
import { compareNaturalV3 } from "./natural-order.ts";
import { isPlainString } from "./resolve.ts";
import { isBase60 } from "./stringify.ts";
import { type Place, Style } from "./style.ts";

export interface StringifyV3Options {
  /** Spaces a level, 2 to 9; Helm and helmfile set 2, the encoder itself starts with 4. */
  readonly indent?: number;
}

/**
 * The encoder of go.yaml.in/yaml/v3 on Go values as they are (Helm's toYamlPretty, helmfile's toYaml): lists stand
 * deeper than their key, lines never fold, floats keep Go's layout (`1e+06`) and integers stay integers. Ends in a line
 * break. Throws a SlipwayError with code `yaml.emit` for what it cannot write (functions).
 */
export function stringifyV3(value: unknown, options: StringifyV3Options = {}): string {
  const wished = options.indent ?? 4;
  const emitter = new Emitter({ indent: wished < 2 || wished > 9 ? 2 : wished, width: Infinity, version: 3 });
  try {
    emit(emitter, value, "root");
  } catch (error) {
    if (error instanceof RangeError) throw new SlipwayError("yaml: exceeded max depth", { code: "yaml.emit" });
    throw error;
  }
  emitter.end();
  return emitter.out;
}

/**
 * A struct or named type: `toYaml()` says what yaml.v3 makes of it where that is not its JSON, as a scalar to be written
 * plain (a time) or as other data (a duration's text, a struct's fields in lower case).
 */
function emitObject(emitter: Emitter, value: GoObject, place: Place): void {
  const own = (value as { toYaml?(): { readonly plain: string } | { readonly data: unknown } }).toYaml?.();
  if (own === undefined) return emit(emitter, value.toJSON(), place);
  return "plain" in own ? emitter.simple(own.plain) : emit(emitter, own.data, place);
}

function emit(emitter: Emitter, value: unknown, place: Place): void {
  switch (typeof value) {
    case "string":
      return emitString(emitter, value, place);
    case "number":
      return emitter.simple(floatText(value));
    case "boolean":
      return emitter.simple(value ? "true" : "false");
    case "undefined":
      return emitter.simple("null");
    case "bigint":
      return emitter.simple(value.toString());
    case "function":
      throw new SlipwayError("cannot marshal type: func()", { code: "yaml.emit" });
    default:
  }
  if (value === null) return emitter.simple("null");
  // Bytes are a list of numbers to this encoder.
  if (Array.isArray(value) || value instanceof Uint8Array) {
    if (value.length === 0) return emitter.empty("[]");
    const outer = emitter.enterSequence(place);
    for (const item of value) {
      emitter.item();
      if (typeof item === "number" && value instanceof Uint8Array) emitter.simple(String(item));
      else emit(emitter, item, "item");
    }
    return emitter.leave(outer);
  }
  if (value instanceof GoInt) return emitter.simple(value.toString());
  if (value instanceof GoObject) return emitObject(emitter, value, place);
  if (!isMap(value)) return;
  const keys = Object.keys(value);
  if (keys.length === 0) return emitter.empty("{}");
  // Bytes that are not UTF-8 are all U+FFFD to the order.
  const odd = !keys.every((key) => key.isWellFormed());
  keys.sort(odd ? (a, b) => compareNaturalV3(a.toWellFormed(), b.toWellFormed()) : compareNaturalV3);
  const outer = emitter.enterMapping(place);
  for (const key of keys) {
    const { text, tag } = encodable(key);
    const simple = emitter.key(text, tag);
    emitter.string(text, wishedStyle(text, tag), simple ? "key" : "value", tag);
    emitter.colon(simple);
    emit(emitter, value[key], "value");
  }
  emitter.leave(outer);
}

function emitString(emitter: Emitter, value: string, place: Place): void {
  const { text, tag } = encodable(value);
  emitter.string(text, wishedStyle(text, tag), place, tag);
}

/** Text that is not UTF-8 is written as !!binary. */
function encodable(text: string): { text: string; tag: string } {
  if (text.isWellFormed()) return { text, tag: "" };
  const encoded = encodeBase64(toBytes(text));
  // Broken into lines of 70 when it does not fit one.
  const lines = encoded.match(/.{1,70}/g) ?? [];
  return { text: encoded.length >= 70 ? lines.map((line) => `${line}\n`).join("") : encoded, tag: "!!binary" };
}

function wishedStyle(text: string, tag: string): number {
  if (text.includes("\n")) return Style.literal;
  if (tag !== "") return Style.plain;
  return isPlainString(text) && !isBase60(text) && !/^0o[-+][0-7]+$/.test(text) ? Style.plain : Style.double;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  return formatFloat(value, "g");
}
