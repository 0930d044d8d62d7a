import {
  compareStrings,
  formatFloat,
  GoInt,
  GoObject,
  isMap,
  isNilCollection,
  messageOf,
  typeName,
} from "../base/index.ts";
import { encodeBase64 } from "./base64.ts";

export interface JsonOptions {
  /** Write <, > and & as \u003c, \u003e, \u0026 (json.Marshal does; an Encoder with SetEscapeHTML(false) does not). */
  readonly escapeHTML?: boolean;
  /** MarshalIndent's indent, with an empty prefix. */
  readonly indent?: string;
}

/**
 * encoding/json's Marshal: keys sorted by bytes (those of a GoObject stay in its order, as a struct's do), numbers in Go's layout, bytes as base64, U+2028 and U+2029 escaped,
 * what is not UTF-8 as U+FFFD; nil slices and maps are null. Throws Go's error (`json: unsupported value: NaN`) for what JSON cannot hold.
 */
export function marshalJSON(value: unknown, options: JsonOptions = {}): string {
  const html = options.escapeHTML !== false;
  const { indent } = options;
  try {
    return indent === undefined ? compact(value, html) : indented(value, html, indent, "\n");
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(value) : error;
  }
}

/** What Go says of a map or list that holds itself: it looks for that from the thousandth level on. */
function tooDeep(value: unknown): Error {
  const seen = new Set<unknown>();
  const visit = (item: unknown, level: number): string | undefined => {
    if (typeof item !== "object" || item === null || level > 3000) return undefined;
    if (level > 1000) {
      if (seen.has(item)) return typeName(item);
      seen.add(item);
    }
    for (const inner of Array.isArray(item) ? item : isMap(item) ? Object.values(item) : []) {
      const type = visit(inner, level + 1);
      if (type !== undefined) return type;
    }
    seen.delete(item);
    return undefined;
  };
  const type = visit(value, 1);
  return new Error(
    type === undefined ? "exceeded max depth" : `json: unsupported value: encountered a cycle via ${type}`,
  );
}

function compact(value: unknown, html: boolean): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return isNilCollection(value) ? "null" : "[]";
    let out = "[";
    for (let i = 0; i < value.length; i++) out += (i > 0 ? "," : "") + compact(value[i], html);
    return `${out}]`;
  }
  const struct = value instanceof GoObject;
  const data = struct ? value.toJSON() : value;
  if (!isMap(data)) return struct ? compact(data, html) : jsonScalar(data, html);
  const keys = struct ? Object.keys(data) : sortedKeys(data);
  if (keys.length === 0) return isNilCollection(data) ? "null" : "{}";
  let out = "{";
  for (const key of keys) {
    out += `${out.length > 1 ? "," : ""}${jsonString(key, html)}:${compact(data[key], html)}`;
  }
  return `${out}}`;
}

function indented(value: unknown, html: boolean, indent: string, newline: string): string {
  const inner = newline + indent;
  if (Array.isArray(value)) {
    if (value.length === 0) return isNilCollection(value) ? "null" : "[]";
    return `[${value.map((item) => inner + indented(item, html, indent, inner)).join(",")}${newline}]`;
  }
  const struct = value instanceof GoObject;
  const data = struct ? value.toJSON() : value;
  if (!isMap(data)) return struct ? indented(data, html, indent, newline) : jsonScalar(data, html);
  const keys = struct ? Object.keys(data) : sortedKeys(data);
  if (keys.length === 0) return isNilCollection(data) ? "null" : "{}";
  const members = keys.map((key) => `${inner}${jsonString(key, html)}: ${indented(data[key], html, indent, inner)}`);
  return `{${members.join(",")}${newline}}`;
}

/** The keys of a map in Go's order. */
export function sortedKeys(map: object): string[] {
  const keys = Object.keys(map);
  return keys.length < 2 ? keys : keys.sort(compareStrings);
}

/** A string, number, boolean, null, integer or bytes as JSON. */
export function jsonScalar(value: unknown, html: boolean): string {
  switch (typeof value) {
    case "string":
      return jsonString(value, html);
    case "number":
      return jsonNumber(value);
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return value.toString();
    case "function":
      throw new Error("json: unsupported type: func()");
    default:
  }
  if (value === null || value === undefined) return "null";
  if (value instanceof GoInt) return value.toString();
  if (value instanceof Uint8Array) return `"${encodeBase64(value)}"`;
  throw new Error(`json: unsupported type: ${messageOf(value)}`);
}

/** Floats: plain digits, an exponent below 1e-6 and from 1e21 on. */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`json: unsupported value: ${formatFloat(value, "g")}`);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-6 || size >= 1e21)) {
    // One digit of a negative exponent is enough: e-07 becomes e-7.
    return formatFloat(value, "e").replace(/e-0(\d)$/, "e-$1");
  }
  return Number.isInteger(value) && !Object.is(value, -0) ? String(value) : formatFloat(value, "f");
}

// Quotes, backslashes, controls, and the characters that HTML and JavaScript stumble over; lone surrogates are bytes
// that are not UTF-8.
const needsEscape = /["\\<>&\0-\x1f\u2028\u2029\ud800-\udfff]/;
const escapes = /["\\<>&\0-\x1f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A string in quotes, as encoding/json writes it. */
export function jsonString(text: string, html: boolean): string {
  if (!needsEscape.test(text)) return `"${text}"`;
  return `"${text.replace(escapes, (char) => escapeOne(char, html))}"`;
}

function escapeOne(char: string, html: boolean): string {
  const code = char.charCodeAt(0);
  switch (code) {
    case 34:
      return '\\"';
    case 92:
      return "\\\\";
    case 8:
      return "\\b";
    case 9:
      return "\\t";
    case 10:
      return "\\n";
    case 12:
      return "\\f";
    case 13:
      return "\\r";
    case 60:
    case 62:
    case 38:
      if (!html) return char;
      break;
    default:
      if (code >= 0xd800 && code < 0xe000) return "\\ufffd";
  }
  return `\\u${code.toString(16).padStart(4, "0")}`;
}
