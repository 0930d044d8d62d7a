import { GoInt, type GoMap, isMap } from "../../base/index.ts";
import { unmarshalJSON } from "../../goyaml/index.ts";

/** A number of a schema, with its text: messages show it as it was written. */
export class JsonNumber {
  readonly text: string;
  readonly value: number;
  constructor(text: string) {
    this.text = text;
    this.value = Number(text);
  }
}

/** Reads a schema. Throws encoding/json's words for what is no JSON. */
export function parseSchemaJson(text: string): unknown {
  try {
    // The reviver's third argument, the source text, is newer than the type declarations.
    const revive = (_key: string, value: unknown, context?: { source?: string }) =>
      typeof value === "number" ? new JsonNumber(context?.source ?? String(value)) : value;
    return JSON.parse(text, revive);
  } catch (error) {
    unmarshalJSON(text);
    throw error;
  }
}

/** A JSON object of a schema or of values. */
export function isObject(value: unknown): value is GoMap {
  return isMap(value) && !(value instanceof JsonNumber);
}

/** The value of a number of any origin, or undefined. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value instanceof GoInt) return value.number;
  return value instanceof JsonNumber ? value.value : undefined;
}

/** A number's digits as Go prints it. */
function digitsOf(value: unknown): string {
  return value instanceof JsonNumber ? value.text : String(value instanceof GoInt ? value.value : value);
}

/** Is a number a whole multiple of another? In exact decimal arithmetic. */
export function isMultiple(value: unknown, of: unknown): boolean {
  const [a, b] = [decimal(digitsOf(value)), decimal(digitsOf(of))];
  if (b.digits === 0n) return false;
  const scale = Math.max(a.scale, b.scale);
  return (a.digits * 10n ** BigInt(scale - a.scale)) % (b.digits * 10n ** BigInt(scale - b.scale)) === 0n;
}

function decimal(text: string): { digits: bigint; scale: number } {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return { digits: 0n, scale: 0 };
  const fraction = match[3] ?? "";
  const exponent = Number(match[4] ?? "0");
  let digits = BigInt((match[2] as string) + fraction);
  if (match[1] === "-") digits = -digits;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(Math.min(-scale, 400)), scale: 0 };
}

/** Equality of JSON data; numbers by value. */
export function equalJson(a: unknown, b: unknown): boolean {
  const number = numberOf(a);
  if (number !== undefined) return numberOf(b) === number;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  if (isObject(a)) {
    if (!isObject(b)) return false;
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
    );
  }
  return a === b;
}

/** JSON Schema's type of a value; whole numbers are `number` too. */
export function typeOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  return numberOf(value) === undefined ? "object" : "number";
}
