import { int64 } from "../base/index.ts";

const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * JSON as client-go reads it into unstructured objects: whole numbers are int64, exact to the last digit, others float64.
 * What templates get from `lookup` is this.
 */
export function parseExact(text: string): unknown {
  const revive: Reviver = (_key, value, { source }) => {
    if (typeof value !== "number" || source === undefined || !/^-?\d+$/.test(source)) return value;
    const whole = BigInt(source);
    return whole >= least && whole <= most ? int64(whole) : value;
  };
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

/** JSON.rawJSON: a primitive's text that stands for itself (ES2025; in every Node this runs on). */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** JSON of data in which whole numbers beyond 2^53 are bigints: with all their digits. */
export function exactText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? rawJson(item.toString()) : item));
  }
}
