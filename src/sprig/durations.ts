import { GoInt, typeName } from "../base/index.ts";
import { formatValue, quote } from "../gotemplate/index.ts";
import { parseFloat64, truncate } from "./cast.ts";
import type { Implementations } from "./families.ts";
import {
  GoDuration,
  inHours,
  inMicroseconds,
  inMilliseconds,
  inMinutes,
  inSeconds,
  parseDuration,
  roundDuration,
  second,
  truncateDuration,
} from "./go-duration.ts";
import { trimSpace } from "./text.ts";
import { kindOf, underlying } from "./values.ts";

const mostSeconds = (2n ** 63n - 1n) / second;
const limit = 2 ** 63 / 1e9;

function fromWhole(seconds: bigint): bigint {
  if (seconds > mostSeconds || seconds < -mostSeconds) throw new Error(`duration seconds overflow: ${seconds}`);
  return seconds * second;
}

function fromFloat(seconds: number): bigint {
  if (!Number.isFinite(seconds)) throw new Error(`invalid duration seconds: ${formatValue(seconds)}`);
  if (seconds > limit || seconds < -limit) throw new Error(`duration seconds overflow: ${formatValue(seconds)}`);
  return truncate(seconds * 1e9);
}

/** Helm's asDuration, in nanoseconds: durations, text (`1h2m`, or a number of seconds), and numbers of seconds. */
function asDuration(value: unknown): bigint {
  if (value instanceof GoDuration) return value.nanoseconds;
  if (value === null || value === undefined) throw new Error("invalid duration");
  if (typeof value === "string") return fromText(value);
  if (typeof value === "number") return fromFloat(value);
  const plain = underlying(value);
  if (plain instanceof GoInt) return fromWhole(plain.value);
  throw new Error(`unsupported duration type ${typeName(value)}`, { cause: kindOf(value) });
}

function fromText(text: string): bigint {
  const trimmed = trimSpace(text);
  if (trimmed === "") throw new Error("empty duration");
  try {
    return parseDuration(trimmed);
  } catch {
    const seconds = parseFloat64(trimmed);
    if (seconds === undefined) throw new Error(`could not parse duration ${quote(text)}`);
    return fromFloat(seconds);
  }
}

/** Helm 4.3's duration functions; all but mustToDuration answer 0 for what is no duration. */
export function create(): Implementations {
  const quietly =
    <T>(convert: (nanoseconds: bigint) => T, otherwise: T) =>
    (value: unknown) => {
      let nanoseconds: bigint;
      try {
        nanoseconds = asDuration(value);
      } catch {
        return otherwise;
      }
      return convert(nanoseconds);
    };
  const toMultiple = (change: (value: bigint, to: bigint) => bigint) => (value: unknown, multiple: unknown) =>
    quietly((nanoseconds) => {
      const to = quietly<bigint | undefined>((other) => other, undefined)(multiple);
      return new GoDuration(to === undefined ? nanoseconds : change(nanoseconds, to));
    }, new GoDuration(0n))(value);
  return {
    mustToDuration: (value: unknown) => new GoDuration(asDuration(value)),
    durationSeconds: quietly(inSeconds, 0),
    durationMilliseconds: quietly(inMilliseconds, 0n),
    durationMicroseconds: quietly(inMicroseconds, 0n),
    durationNanoseconds: quietly((value) => value, 0n),
    durationMinutes: quietly(inMinutes, 0),
    durationHours: quietly(inHours, 0),
    durationDays: quietly((value) => inHours(value) / 24, 0),
    durationWeeks: quietly((value) => inHours(value) / 24 / 7, 0),
    durationRoundTo: toMultiple(roundDuration),
    durationTruncateTo: toMultiple(truncateDuration),
  };
}
