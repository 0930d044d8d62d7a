import { SlipwayError } from "../base/index.ts";

/**
 * Bounds of what one call may make. Go's functions have none (`until 1000000000` simply eats the memory);
 * ours end in an error that says so.
 */
export interface FunctionLimits {
  /** Characters of one string (UTF-16 units). Default 64 Mi. */
  readonly text: number;
  /** Elements of one list. Default one million. */
  readonly items: number;
}

export const defaultLimits: FunctionLimits = { text: 67_108_864, items: 1_000_000 };

/** Throws where a result would have more than `limit` characters or elements; `what` names them. */
export function checkLimit(size: number, limit: number, what: "characters" | "elements"): void {
  if (size <= limit) return;
  throw new SlipwayError(`the result would have ${size} ${what}; the limit of one function call is ${limit}`, {
    code: "template.limit",
    fix: "Ask for less; a chart that needs this much text or this long a list is most likely mistaken.",
  });
}
