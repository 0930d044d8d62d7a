import { int, withGoType, type GoInt, type Random } from "../base/index.ts";
import { checkLimit, func, sprint, type FuncMap } from "../gotemplate/index.ts";
import { parseIntBase, toFloat64, toInt64 } from "./cast.ts";
import { decimalFold } from "./decimal.ts";
import { type FunctionLimits } from "./limits.ts";
import { randomBigBelow } from "./random.ts";

const wrap = (value: bigint) => BigInt.asIntN(64, value);

function divide(a: unknown, b: unknown): bigint {
  const divisor = toInt64(b);
  if (divisor === 0n) throw new Error("runtime error: integer divide by zero");
  return wrap(toInt64(a) / divisor);
}

function modulo(a: unknown, b: unknown): bigint {
  const divisor = toInt64(b);
  if (divisor === 0n) throw new Error("runtime error: integer divide by zero");
  return toInt64(a) % divisor;
}

function largest(first: unknown, rest: readonly unknown[]): bigint {
  return rest.map(toInt64).reduce((a, b) => (b > a ? b : a), toInt64(first));
}

function smallest(first: unknown, rest: readonly unknown[]): bigint {
  return rest.map(toInt64).reduce((a, b) => (b < a ? b : a), toInt64(first));
}

/**
 * math.Pow(10, n) for whole n, by Go's own steps: squarings of the mantissa with the power of two kept apart.
 * (Math.pow may differ in the last bit.)
 */
function powerOfTen(n: number): number {
  let result = 1;
  let exponent = 0;
  let base = 0.625;
  let baseExponent = 4;
  for (let i = Math.abs(n); i !== 0; i = Math.floor(i / 2)) {
    if (Math.abs(baseExponent) > 4096) {
      exponent += baseExponent;
      break;
    }
    if (i % 2 === 1) {
      result *= base;
      exponent += baseExponent;
    }
    base *= base;
    baseExponent *= 2;
    if (base < 0.5) {
      base += base;
      baseExponent--;
    }
  }
  if (n < 0) {
    result = 1 / result;
    exponent = -exponent;
  }
  return ldexp(result, exponent);
}

/** result × 2^exponent with one rounding only, also where the answer is subnormal. */
function ldexp(value: number, exponent: number): number {
  if (exponent > 1100) return Infinity;
  if (exponent < -1200) return 0;
  if (exponent > 1000) return value * 2 ** 1000 * 2 ** (exponent - 1000);
  if (exponent < -1000) return value * 2 ** (exponent + 1000) * 2 ** -1000;
  return value * 2 ** exponent;
}

/** sprig's round: up where the fraction reaches `on`, else down, at `places` decimals; negative fractions never do. */
function round(value: unknown, places: number, on = 0.5): number {
  const power = powerOfTen(places);
  const digits = power * toFloat64(value);
  const fraction = digits - Math.trunc(digits);
  return (fraction >= on ? Math.ceil(digits) : Math.floor(digits)) / power;
}

/** untilStep: empty where the step leads away from the end. */
function untilStep(start: number, stop: number, step: number, limits: FunctionLimits): number[] {
  if (stop < start ? step >= 0 : step <= 0) return [];
  const count = Math.ceil((stop - start) / step);
  checkLimit(count, limits.items, "elements");
  return Array.from({ length: count }, (_, i) => start + i * step);
}

function ints(values: readonly number[]): GoInt[] {
  return withGoType(
    values.map((value) => int(value)),
    "[]int",
  );
}

/** seq, as Unix has it: one end, both ends, or start, step and end; the end is included. */
function seq(params: readonly number[], limits: FunctionLimits): string {
  const range = (start: number, end: number, step: number, beyond: number) =>
    untilStep(start, end + beyond, step, limits).join(" ");
  if (params.length === 1) {
    const [end] = params as [number];
    const step = end < 1 ? -1 : 1;
    return range(1, end, step, step);
  }
  if (params.length === 2) {
    const [start, end] = params as [number, number];
    const step = end < start ? -1 : 1;
    return range(start, end, step, step);
  }
  if (params.length === 3) {
    const [start, step, end] = params as [number, number, number];
    if (end < start && step > 0) return "";
    return range(start, end, step, end < start ? -1 : 1);
  }
  return "";
}

/** math.Max and math.Min: JavaScript's agree with Go's but where NaN meets an infinity, which wins in Go. */
function maxFloat(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
}

function minFloat(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
}

/** rand.Intn(max-min)+min. */
function randInt(min: number, max: number, random: Random): number {
  if (max - min <= 0) throw new Error("invalid argument to Intn");
  return min + Number(randomBigBelow(random, BigInt(max) - BigInt(min)));
}

/** The arithmetic functions: whole numbers by cast's int64, the others through exact decimals. */
export function mathFuncs(ports: { readonly random: Random; readonly limits: FunctionLimits }): FuncMap {
  const any = "interface {}";
  const whole = { result: "int64" };
  const float = { result: "float64" };
  const more = { variadic: any };
  const { limits } = ports;
  const fold =
    (operation: Parameters<typeof decimalFold>[0]) =>
    (first: unknown, ...rest: unknown[]) =>
      decimalFold(operation, toFloat64(first), rest.map(toFloat64));
  const max = func([any], (first, ...rest) => largest(first, rest), { ...more, ...whole });
  return {
    add1: func([any], (a) => wrap(toInt64(a) + 1n), whole),
    add: func([], (...all) => wrap(all.map(toInt64).reduce((a, b) => a + b, 0n)), { ...more, ...whole }),
    sub: func([any, any], (a, b) => wrap(toInt64(a) - toInt64(b)), whole),
    div: func([any, any], divide, whole),
    mod: func([any, any], modulo, whole),
    mul: func([any], (first, ...rest) => rest.reduce((a: bigint, b) => wrap(a * toInt64(b)), toInt64(first)), {
      ...more,
      ...whole,
    }),
    randInt: func(["int", "int"], (min, limit) => randInt(min, limit, ports.random), { result: "int" }),
    add1f: func([any], (a) => decimalFold("add", toFloat64(a), [1]), float),
    addf: func([], (...all) => decimalFold("add", 0, all.map(toFloat64)), { ...more, ...float }),
    subf: func([any], fold("subtract"), { ...more, ...float }),
    divf: func([any], fold("divide"), { ...more, ...float }),
    mulf: func([any], fold("multiply"), { ...more, ...float }),
    biggest: max,
    max,
    min: func([any], (first, ...rest) => smallest(first, rest), { ...more, ...whole }),
    maxf: func([any], (first, ...rest) => rest.map(toFloat64).reduce(maxFloat, toFloat64(first)), {
      ...more,
      ...float,
    }),
    minf: func([any], (first, ...rest) => rest.map(toFloat64).reduce(minFloat, toFloat64(first)), {
      ...more,
      ...float,
    }),
    ceil: func([any], (a) => Math.ceil(toFloat64(a)), float),
    floor: func([any], (a) => Math.floor(toFloat64(a)), float),
    round: func([any, "int"], round, { variadic: "float64", ...float }),
    until: func(["int"], (count) => ints(untilStep(0, count, count < 0 ? -1 : 1, limits)), { result: "[]int" }),
    untilStep: func(["int", "int", "int"], (start, stop, step) => ints(untilStep(start, stop, step, limits)), {
      result: "[]int",
    }),
    seq: func([], (...params) => seq(params, limits), { variadic: "int", result: "string" }),
    atoi: func(["string"], atoi, { result: "int" }),
    int: func([any], (value) => int(toInt64(value)), { result: "int" }),
    int64: func([any], toInt64, whole),
    float64: func([any], toFloat64, float),
    toDecimal: func([any], (value) => parseIntBase(sprint([value]), 8) ?? 0n, whole),
  };
}

/** strconv.Atoi without its error; what is too large ends at the bounds of int64, as ParseInt's result does. */
function atoi(text: string): GoInt {
  const match = /^([+-]?)[0-9]+$/.exec(text);
  if (match === null) return int(0);
  return int(parseIntBase(text, 10) ?? (match[1] === "-" ? -(2n ** 63n) : 2n ** 63n - 1n));
}
