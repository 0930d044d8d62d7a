import { GoInt } from "../base/index.ts";
import { parseTimestamp } from "./timestamp.ts";

/** The tags that yaml.v2 knows by heart. */
export const Tag = {
  string: "tag:yaml.org,2002:str",
  bool: "tag:yaml.org,2002:bool",
  int: "tag:yaml.org,2002:int",
  float: "tag:yaml.org,2002:float",
  null: "tag:yaml.org,2002:null",
  timestamp: "tag:yaml.org,2002:timestamp",
  binary: "tag:yaml.org,2002:binary",
  merge: "tag:yaml.org,2002:merge",
} as const;

/**
 * The words that are no strings. YAML 1.1, as yaml.v2 reads it. `<<` is missing: its first letter keeps yaml.v2 from
 * looking it up.
 */
function word(text: string): boolean | null | number | undefined {
  switch (text) {
    case "true":
    case "True":
    case "TRUE":
    case "yes":
    case "Yes":
    case "YES":
    case "on":
    case "On":
    case "ON":
    case "y":
    case "Y":
      return true;
    case "false":
    case "False":
    case "FALSE":
    case "no":
    case "No":
    case "NO":
    case "off":
    case "Off":
    case "OFF":
    case "n":
    case "N":
      return false;
    case "":
    case "~":
    case "null":
    case "Null":
    case "NULL":
      return null;
    case ".nan":
    case ".NaN":
    case ".NAN":
      return NaN;
    case ".inf":
    case ".Inf":
    case ".INF":
    case "+.inf":
    case "+.Inf":
    case "+.INF":
      return Infinity;
    case "-.inf":
    case "-.Inf":
    case "-.INF":
      return -Infinity;
    default:
      return undefined;
  }
}

/**
 * What an untagged scalar without quotes means: null, a boolean, a float as number, an integer as {@link GoInt}
 * (`int`, or `uint64` beyond int64), or the text itself. Timestamps and base-60 numbers stay text.
 */
export function resolvePlain(text: string): unknown {
  switch (hint(text.charCodeAt(0))) {
    case 0:
      return text;
    case 1: {
      const known = text.length <= 5 ? word(text) : undefined;
      return known === undefined ? text : known;
    }
    case 2: {
      const known = text.length <= 5 ? word(text) : undefined;
      return known ?? dotFloat(text) ?? text;
    }
    default: {
      const known = text.length <= 5 ? word(text) : undefined;
      if (known !== undefined) return known;
      return number(text) ?? text;
    }
  }
}

/** What yaml.v3 makes of the same: `yes`, `on`, `y` and their kin are texts there, unless a Go bool is wanted. */
export function resolvePlainV3(text: string): unknown {
  const value = resolvePlain(text);
  return typeof value === "boolean" && !/^(?:true|false)$/i.test(text) ? text : value;
}

/** The same for JSON's purposes: integers are plain numbers. */
export function resolveJson(text: string): unknown {
  const first = text.charCodeAt(0);
  // A few decimal digits need no further thought.
  if (first >= 49 && first <= 57 && text.length < 16) {
    let value = first - 48;
    for (let i = 1; i < text.length; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) {
        const known = number(text);
        return known === undefined ? text : known instanceof GoInt ? Number(known.value) : known;
      }
      value = value * 10 + digit;
    }
    return value;
  }
  const value = resolvePlain(text);
  return value instanceof GoInt ? Number(value.value) : value;
}

/** 0: a string for sure; 1: perhaps a known word; 2: begins with a dot; 3: with a digit or sign. */
function hint(first: number): number {
  if (first > 57) {
    // y, n, t, f, o in both cases, and ~
    const lower = first | 32;
    return lower === 110 || lower === 111 || lower === 116 || lower === 121 || lower === 102 || first === 126 ? 1 : 0;
  }
  if (first >= 48 || first === 43 || first === 45) return 3;
  if (first === 46) return 2;
  return Number.isNaN(first) ? 1 : 0; // the empty text has no first letter
}

/** strconv.ParseFloat of a text that begins with a dot; undefined where it fails or overflows. */
function dotFloat(text: string): number | undefined {
  if (!/^\.[0-9][0-9_]*([eE][-+]?[0-9][0-9_]*)?$/.test(text)) return undefined;
  // Underscores may stand between digits only.
  if (text.includes("_") && /_(?![0-9])/.test(text)) return undefined;
  return finite(Number(text.replaceAll("_", "")));
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** An integer or float that begins with a digit or sign, underscores dropped; undefined for anything else. */
function number(text: string): GoInt | number | undefined {
  const plain = text.includes("_") ? text.replaceAll("_", "") : text;
  const integer = parseInteger(plain);
  if (integer !== undefined) return integer;
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain)) {
    const value = finite(Number(plain));
    if (value !== undefined) return value;
  }
  // `0b` with a sign behind it, which the general rule above refuses.
  if (plain.startsWith("0b")) return fit(signed(plain.slice(2), 2));
  if (plain.startsWith("-0b")) {
    const magnitude = digits(plain.slice(3), 2);
    return magnitude === undefined || magnitude > 1n << 63n ? undefined : new GoInt("int", -magnitude);
  }
  return undefined;
}

/** strconv.ParseInt(text, 0, 64), then ParseUint: bases by prefix (`0x`, `0o`, `0b`, a leading `0`). */
function parseInteger(text: string): GoInt | undefined {
  let at = 0;
  const sign = text.charCodeAt(0);
  if (sign === 43 || sign === 45) at = 1;
  let base = 10;
  if (text.charCodeAt(at) === 48 && text.length > at + 1) {
    const letter = text.charCodeAt(at + 1) | 32;
    if (letter === 120) base = 16;
    else if (letter === 111) base = 8;
    else if (letter === 98) base = 2;
    at += base === 10 ? 1 : 2;
    if (base === 10) base = 8;
  }
  const magnitude = digits(at === 0 ? text : text.slice(at), base);
  if (magnitude === undefined) return undefined;
  if (sign === 43) return magnitude < 1n << 63n ? new GoInt("int", magnitude) : undefined;
  return fit(sign === 45 ? -magnitude : magnitude);
}

function signed(text: string, base: number): bigint | undefined {
  const sign = text.charCodeAt(0);
  const magnitude = digits(sign === 43 || sign === 45 ? text.slice(1) : text, base);
  if (magnitude !== undefined && sign === 43 && magnitude >= 1n << 63n) return undefined;
  return magnitude !== undefined && sign === 45 ? -magnitude : magnitude;
}

function fit(value: bigint | undefined): GoInt | undefined {
  if (value === undefined || value < -(1n << 63n) || value >= 1n << 64n) return undefined;
  return new GoInt(value >= 1n << 63n ? "uint64" : "int", value);
}

function digits(text: string, base: number): bigint | undefined {
  if (text === "") return undefined;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 32;
    const digit = code >= 48 && code <= 57 ? code - 48 : letter >= 97 && letter <= 102 ? letter - 87 : 99;
    if (digit >= base) return undefined;
  }
  if (base === 10) return BigInt(text);
  return BigInt((base === 16 ? "0x" : base === 8 ? "0o" : "0b") + text);
}

/** `!!int` for the tag's long form, as Go's messages write it. */
export function shortTag(tag: string): string {
  return tag.startsWith("tag:yaml.org,2002:") ? `!!${tag.slice(18)}` : tag;
}

/** A tagged scalar: its value and the tag it has in the end; throws a text like "cannot decode !!str `x` as a !!int". */
export function resolveTagged(tag: string, text: string): { tag: string; value: unknown } {
  switch (tag) {
    case Tag.string:
      return { tag, value: text };
    case Tag.bool:
    case Tag.int:
    case Tag.float:
    case Tag.null:
    case Tag.timestamp:
      break;
    default:
      return { tag, value: text };
  }
  // Only with an explicit !!timestamp is a date looked for here; without a tag dates stay texts anyway.
  if (tag === Tag.timestamp && hint(text.charCodeAt(0)) === 3 && word(text) === undefined && parseTimestamp(text)) {
    return { tag, value: text };
  }
  const value = resolvePlain(text);
  const got = tagOf(value);
  if (got === tag) return { tag, value };
  if (tag === Tag.float && value instanceof GoInt && value.kind === "int") return { tag, value: Number(value.value) };
  throw new Error(`cannot decode ${shortTag(got)} \`${text}\` as a ${shortTag(tag)}`);
}

/** The tag of a resolved value. */
export function tagOf(value: unknown): string {
  if (value === null) return Tag.null;
  if (typeof value === "boolean") return Tag.bool;
  if (typeof value === "number") return Tag.float;
  if (value instanceof GoInt) return Tag.int;
  return Tag.string;
}

/** Whether yaml.v2 would read this text, unquoted, as a string; what else it reads so must be quoted. */
export function isPlainString(text: string): boolean {
  const kind = hint(text.charCodeAt(0));
  if (kind === 0) return true;
  if (kind === 3 && parseTimestamp(text)) return false;
  return typeof resolvePlain(text) === "string";
}
