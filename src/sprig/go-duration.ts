import { GoObject, int64, toBytes, type GoInt } from "../base/index.ts";
import { func, type Func } from "../gotemplate/index.ts";

const nanosecond = 1n;
const microsecond = 1000n;
const millisecond = 1000n * microsecond;
export const second = 1000n * millisecond;
const minute = 60n * second;
const hour = 60n * minute;

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;
const units: Record<string, bigint> = {
  ns: nanosecond,
  us: microsecond,
  µs: microsecond,
  μs: microsecond,
  ms: millisecond,
  s: second,
  m: minute,
  h: hour,
};

/** time's own quote: hexadecimal for every byte that is not plain ASCII. */
export function quoteTime(text: string): string {
  let out = '"';
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte);
    if (byte < 0x20 || byte >= 0x80) out += `\\x${byte.toString(16).padStart(2, "0")}`;
    else out += char === '"' || char === "\\" ? `\\${char}` : char;
  }
  return `${out}"`;
}

/** time.ParseDuration in nanoseconds; throws Go's words (`time: invalid duration "x"`). */
export function parseDuration(text: string): bigint {
  const invalid = () => new Error(`time: invalid duration ${quoteTime(text)}`);
  const negative = text.startsWith("-");
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0n;
  if (rest === "") throw invalid();
  let total = 0n;
  while (rest !== "") {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest) as RegExpExecArray;
    const [matched, whole = "", fraction = ""] = number;
    if (whole === "" && fraction === "") throw invalid();
    // Go reads the digits before the point first, and stops there where they are too many.
    if (BigInt(whole || "0") > 2n ** 63n) throw invalid();
    rest = rest.slice(matched.length);
    const name = (/^[^.0-9]*/.exec(rest) as RegExpExecArray)[0];
    if (name === "") throw new Error(`time: missing unit in duration ${quoteTime(text)}`);
    rest = rest.slice(name.length);
    const unit = units[name];
    if (unit === undefined) throw new Error(`time: unknown unit ${quoteTime(name)} in duration ${quoteTime(text)}`);
    let value = BigInt(whole || "0") * unit;
    if (value > 2n ** 63n) throw invalid();
    value += fractionOf(fraction, unit);
    if (value > 2n ** 63n) throw invalid();
    total += value;
    if (total > 2n ** 63n) throw invalid();
  }
  if (negative) return -total;
  if (total > most) throw invalid();
  return total;
}

/** Go computes the part after the point in floats. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > most / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > 2n ** 63n) break;
    value = next;
    scale *= 10;
  }
  return value > 0n ? BigInt(Math.trunc(Number(value) * (Number(unit) / scale))) : 0n;
}

/** Duration.String: `1h2m3.5s`, `1.5ms`, `0s`. */
export function formatDuration(value: bigint): string {
  if (value === 0n) return "0s";
  const sign = value < 0n ? "-" : "";
  const size = value < 0n ? -value : value;
  const decimal = (unit: bigint, name: string) => {
    const digits = String(unit).length - 1;
    const fraction = String(size % unit)
      .padStart(digits, "0")
      .replace(/0+$/, "");
    return `${size / unit}${fraction === "" ? "" : `.${fraction}`}${name}`;
  };
  if (size < microsecond) return `${sign}${size}ns`;
  if (size < millisecond) return sign + decimal(microsecond, "µs");
  if (size < second) return sign + decimal(millisecond, "ms");
  const seconds = size % minute;
  const fraction = String(seconds % second)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const tail = `${seconds / second}${fraction === "" ? "" : `.${fraction}`}s`;
  if (size < minute) return sign + tail;
  const minutes = (size / minute) % 60n;
  return size < hour ? `${sign}${minutes}m${tail}` : `${sign}${size / hour}h${minutes}m${tail}`;
}

/** Duration.Truncate. */
export function truncateDuration(value: bigint, to: bigint): bigint {
  return to <= 0n ? value : value - (value % to);
}

/** Duration.Round: half away from zero; what would overflow stays at the bound. */
export function roundDuration(value: bigint, to: bigint): bigint {
  if (to <= 0n) return value;
  const rest = value % to;
  if (value < 0n) {
    if (-rest * 2n < to) return value - rest;
    const down = value - rest - to;
    return down < least ? least : down;
  }
  if (rest * 2n < to) return value - rest;
  const up = value - rest + to;
  return up > most ? most : up;
}

/** A time.Duration: an int64 of nanoseconds with methods. */
export class GoDuration extends GoObject {
  readonly goType = "time.Duration";
  readonly nanoseconds: bigint;
  constructor(nanoseconds: bigint) {
    super();
    this.nanoseconds = BigInt.asIntN(64, nanoseconds);
  }
  override get goKind(): string {
    return "int64";
  }
  get underlying(): GoInt {
    return int64(this.nanoseconds);
  }
  format(): string {
    return formatDuration(this.nanoseconds);
  }
  override get truth(): boolean {
    return this.nanoseconds !== 0n;
  }
  override toJSON(): unknown {
    return int64(this.nanoseconds);
  }
  /** yaml.v3 writes the text. */
  toYaml(): { data: string } {
    return { data: this.format() };
  }
  override method(name: string): Func | undefined {
    const value = this.nanoseconds;
    const by = (change: (value: bigint, to: bigint) => bigint) =>
      func(["time.Duration"], (to: GoDuration) => new GoDuration(change(value, to.nanoseconds)), {
        result: "time.Duration",
      });
    switch (name) {
      case "String":
        return func([], () => this.format(), { result: "string" });
      case "Nanoseconds":
        return func([], () => value, { result: "int64" });
      case "Microseconds":
        return func([], () => value / microsecond, { result: "int64" });
      case "Milliseconds":
        return func([], () => value / millisecond, { result: "int64" });
      case "Seconds":
        return func([], () => inUnits(value, second), { result: "float64" });
      case "Minutes":
        return func([], () => inUnits(value, minute), { result: "float64" });
      case "Hours":
        return func([], () => inUnits(value, hour), { result: "float64" });
      case "Abs":
        return func([], () => new GoDuration(value < 0n ? (value === least ? most : -value) : value), {
          result: "time.Duration",
        });
      case "Round":
        return by(roundDuration);
      case "Truncate":
        return by(truncateDuration);
      default:
        return undefined;
    }
  }
}

/** Duration.Seconds and its kin: whole units and the fraction, divided apart and added, as Go does. */
function inUnits(value: bigint, unit: bigint): number {
  return Number(value / unit) + Number(value % unit) / Number(unit);
}

export const inSeconds = (value: bigint) => inUnits(value, second);
export const inMinutes = (value: bigint) => inUnits(value, minute);
export const inHours = (value: bigint) => inUnits(value, hour);
export const inMilliseconds = (value: bigint) => value / millisecond;
export const inMicroseconds = (value: bigint) => value / microsecond;
