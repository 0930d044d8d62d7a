import { GoInt, GoObject, compareStrings, isMap } from "../base/index.ts";

/** JSON.rawJSON: a primitive's text that stands for itself (ES2025; in every Node this runs on). */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/**
 * A Go map made ready for {@link goJson}: its keys in byte order, deeply. Structs are built in their own order and
 * not passed through here. (Keys that are whole numbers still come first: no reader minds.)
 */
export function sorted(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (value instanceof GoInt) {
    // Integers beyond 2^53 keep every digit.
    return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : rawJson(value.value.toString());
  }
  if (value instanceof GoObject) return sorted(value.toJSON());
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort(compareStrings)) out[key] = sorted(value[key]);
  return out;
}

/** JSON as Go's encoding/json writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped, no spaces, no final newline. */
export function goJson(value: unknown): string {
  return (JSON.stringify(value) ?? "null").replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
