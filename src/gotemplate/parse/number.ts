import { quote, unquoteChar } from "../fmt/index.ts";

/** The value of a constant as each kind it can be; undefined where it cannot. */
export interface NumberValue {
  readonly int: bigint | undefined;
  readonly uint: bigint | undefined;
  readonly float: number | undefined;
  readonly complex: { readonly re: number; readonly im: number } | undefined;
}

const maxInt = (1n << 63n) - 1n;
const maxUint = (1n << 64n) - 1n;

/** strconv.ParseInt's syntax with base 0, as a sign and a magnitude; undefined when it is not an integer. */
function parseInteger(text: string): { negative: boolean; signed: boolean; value: bigint } | undefined {
  const signed = text[0] === "+" || text[0] === "-";
  const body = signed ? text.slice(1) : text;
  const negative = text[0] === "-";
  if (/^(0|[1-9](_?[0-9])*)$/.test(body) || /^0[xX](_?[0-9a-fA-F])+$|^0[bB](_?[01])+$|^0[oO](_?[0-7])+$/.test(body)) {
    return { negative, signed, value: BigInt(body.replaceAll("_", "")) };
  }
  if (/^0(_?[0-7])+$/.test(body)) return { negative, signed, value: BigInt(`0o${body.replaceAll("_", "")}`) };
  return undefined;
}

/** strconv.ParseFloat; undefined when the syntax is wrong or the value out of range. */
export function parseFloatText(text: string): number | undefined {
  if (/^[+-]?([0-9](_?[0-9])*\.?([0-9](_?[0-9])*)?|\.[0-9](_?[0-9])*)([eE][+-]?[0-9](_?[0-9])*)?$/.test(text)) {
    const value = Number(text.replaceAll("_", ""));
    return Number.isFinite(value) ? value : undefined;
  }
  const hex = /^([+-]?)0[xX]([0-9a-fA-F_]*)\.?([0-9a-fA-F_]*)[pP]([+-]?[0-9](?:_?[0-9])*)$/.exec(text);
  if (hex === null || /__|_\.|\._|_[pP]/.test(text)) return undefined;
  const whole = (hex[2] as string).replaceAll("_", "");
  const fraction = (hex[3] as string).replaceAll("_", "");
  if (whole + fraction === "") return undefined;
  const mantissa = BigInt(`0x${whole}${fraction}`);
  const exponent = Number((hex[4] as string).replaceAll("_", "")) - fraction.length * 4;
  const value = scale(mantissa, exponent);
  return Number.isFinite(value) ? (hex[1] === "-" ? -value : value) : undefined;
}

/** mantissa × 2^exponent, rounded once, halves to even. */
function scale(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  const top = bits + exponent;
  if (top > 1024) return Infinity;
  const keep = Math.min(53, top + 1074);
  if (keep < 0) return 0;
  const drop = bits - keep;
  if (drop > 0) {
    const shift = BigInt(drop);
    const rest = mantissa & ((1n << shift) - 1n);
    const half = 1n << (shift - 1n);
    mantissa >>= shift;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa++;
    exponent += drop;
  }
  // The mantissa is exact now; two steps keep the power in range.
  const step = Math.trunc(exponent / 2);
  return Number(mantissa) * 2 ** step * 2 ** (exponent - step);
}

function fromFloat(float: number): { int: bigint | undefined; uint: bigint | undefined } {
  if (!Number.isInteger(float)) return { int: undefined, uint: undefined };
  const value = BigInt(float);
  return {
    int: value >= -(1n << 63n) && value <= maxInt ? value : undefined,
    uint: value >= 0n && value <= maxUint ? value : undefined,
  };
}

function complexValue(re: number, im: number): NumberValue {
  if (im !== 0) return { int: undefined, uint: undefined, float: undefined, complex: { re, im } };
  return { ...fromFloat(re), float: re, complex: { re, im } };
}

/** A character constant with its quotes. Answers the words of the error where it is malformed. */
export function parseChar(text: string): NumberValue | string {
  const char = unquoteChar(text, 1, "'");
  if (char === undefined) return "invalid syntax";
  if (text.slice(char.end) !== "'") return `malformed character constant: ${text}`;
  const code = char.code >= 0xd800 && char.code <= 0xdfff ? 0xfffd : char.code;
  return { int: BigInt(code), uint: BigInt(code), float: code, complex: undefined };
}

/** `1+2i`. */
export function parseComplex(text: string): NumberValue | string {
  const middle = Math.max(text.lastIndexOf("+"), text.lastIndexOf("-"));
  const at = /[eEpP]$/.test(text.slice(0, middle))
    ? Math.max(text.lastIndexOf("+", middle - 1), text.lastIndexOf("-", middle - 1))
    : middle;
  const re = parseFloatText(text.slice(0, at));
  const im = parseFloatText(text.slice(at, -1));
  if (re === undefined || im === undefined) return "syntax error scanning complex number";
  return complexValue(re, im);
}

/** A number. Answers the words of the error where it is malformed or too large. */
export function parseNumber(text: string): NumberValue | string {
  if (text.length < 16 && /^[1-9][0-9]*$|^0$/.test(text)) {
    const int = BigInt(text);
    return { int, uint: int, float: Number(text), complex: undefined };
  }
  if (text.endsWith("i")) {
    const im = parseFloatText(text.slice(0, -1));
    if (im !== undefined) return complexValue(0, im);
  }
  const integer = parseInteger(text);
  if (integer !== undefined) {
    const value = integer.negative ? -integer.value : integer.value;
    const int = value >= -(1n << 63n) && value <= maxInt ? value : undefined;
    const uint = (!integer.signed && value <= maxUint) || value === 0n ? value : undefined;
    if (int !== undefined || uint !== undefined) return { int, uint, float: Number(int ?? uint), complex: undefined };
  }
  const float = parseFloatText(text);
  if (float === undefined) return `illegal number syntax: ${quote(text)}`;
  if (!/[.eEpP]/.test(text)) return `integer overflow: ${quote(text)}`;
  return { ...fromFloat(float), float, complex: undefined };
}
