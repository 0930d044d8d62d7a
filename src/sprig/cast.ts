import { fromBytes, GoInt, GoObject } from "../base/index.ts";
import { formatValue } from "../gotemplate/index.ts";

/**
 * What github.com/spf13/cast makes of any value: the way sprig's `int`, `int64`, `float64` and all its arithmetic
 * read their arguments. What cannot be read is 0; nothing here fails.
 */

/** cast.ToInt64, as a bigint within 64 bits. */
export function toInt64(value: unknown): bigint {
  if (value instanceof GoInt) return BigInt.asIntN(64, value.value);
  switch (typeof value) {
    case "number":
      return truncate(value);
    case "string":
      return parseInt0(trimZeroDecimal(value)) ?? 0n;
    case "boolean":
      return value ? 1n : 0n;
    default:
  }
  return namedInt(value) ?? 0n;
}

/** cast.ToInt, as a JavaScript number (exact to 2^53): for indexes and counts. */
export function toIndex(value: unknown): number {
  return Number(toInt64(value));
}

/** cast.ToFloat64. */
export function toFloat64(value: unknown): number {
  if (value instanceof GoInt) return value.number;
  switch (typeof value) {
    case "number":
      return value;
    case "string":
      return parseFloat64(value) ?? 0;
    case "boolean":
      return value ? 1 : 0;
    default:
  }
  return Number(namedInt(value) ?? 0n);
}

/** cast knows two named integer types; any other (time.Duration, too) cannot be read and is 0. */
function namedInt(value: unknown): bigint | undefined {
  if (!(value instanceof GoObject)) return undefined;
  if (value.goType !== "time.Month" && value.goType !== "time.Weekday") return undefined;
  return (value as unknown as { underlying: GoInt }).underlying.value;
}

/** Go's int64(float) on amd64: towards zero; what does not fit, and NaN, is the least int64. */
export function truncate(value: number): bigint {
  if (!(value >= -9223372036854775808 && value < 9223372036854775808)) return -(2n ** 63n);
  return BigInt(Math.trunc(value));
}

/** cast's way to read "5.0" as an integer: cuts at a point behind which it has seen zeros (and other points) only. */
function trimZeroDecimal(text: string): string {
  let zero = false;
  for (let i = text.length - 1; i >= 0; i--) {
    const char = text[i];
    if (char === "0") zero = true;
    else if (char !== ".") return text;
    else if (zero) return text.slice(0, i);
  }
  return text;
}

const digitsOf: Record<number, RegExp> = {
  2: /^[01]+$/,
  8: /^[0-7]+$/,
  10: /^[0-9]+$/,
  16: /^[0-9a-fA-F]+$/,
};

/** strconv.ParseInt(text, 0, 64): base by prefix, underscores as in Go's literals; undefined for an error. */
export function parseInt0(text: string): bigint | undefined {
  const match = /^([+-]?)(0[xX]|0[oO]|0[bB]|0(?=[0-9_]))?(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, sign = "", prefix = "", rest = ""] = match;
  const base = { x: 16, o: 8, b: 2 }[prefix.slice(1).toLowerCase()] ?? (prefix === "" ? 10 : 8);
  if (rest.includes("_") && !underscoresFit(rest, prefix !== "")) return undefined;
  return parseDigits(sign, rest.replaceAll("_", ""), base);
}

/** An underscore must stand between two digits, or between the base prefix and a digit. */
function underscoresFit(digits: string, prefixed: boolean): boolean {
  return !digits.endsWith("_") && !digits.includes("__") && (prefixed || !digits.startsWith("_"));
}

/** strconv.ParseInt(text, base, 64) for the bases 8 and 10; undefined for an error. */
export function parseIntBase(text: string, base: 8 | 10): bigint | undefined {
  const match = /^([+-]?)(.*)$/s.exec(text) as RegExpExecArray;
  return parseDigits(match[1] as string, match[2] as string, base);
}

function parseDigits(sign: string, digits: string, base: number): bigint | undefined {
  if (!(digitsOf[base] as RegExp).test(digits)) return undefined;
  const prefix = base === 16 ? "0x" : base === 8 ? "0o" : base === 2 ? "0b" : "";
  const magnitude = BigInt(prefix + digits);
  const value = sign === "-" ? -magnitude : magnitude;
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

const decimalFloat = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const hexFloat = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]+)$/;

/** strconv.ParseFloat(text, 64); undefined for an error (which overflow is, too). */
export function parseFloat64(text: string): number | undefined {
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text);
  if (special !== null) {
    if (special[2] === undefined) return special[1] === "" ? NaN : undefined;
    return special[1] === "-" ? -Infinity : Infinity;
  }
  let plain = text;
  if (text.includes("_")) {
    if (!floatUnderscoresFit(text)) return undefined;
    plain = text.replaceAll("_", "");
  }
  const hex = hexFloat.exec(plain);
  const value = hex !== null ? hexValue(hex) : decimalFloat.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

function floatUnderscoresFit(text: string): boolean {
  const body = text.replace(/^[+-]/, "");
  return /^0[xX]/.test(body) ? !/__|_$|_[.pP+-]|[.pP+-]_/.test(body) : !/__|^_|_$|_[.eE+-]|[.eE+-]_/.test(body);
}

function hexValue(match: RegExpExecArray): number {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole + fraction === "") return NaN;
  // Exact below 2^53, and rounded once by Number() above it; the power of two is exact but at the very edges.
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

/** sprig's strval: text of a string or bytes as it is, of anything else as fmt's %v prints it. */
export function strval(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return fromBytes(value);
  return formatValue(value);
}
