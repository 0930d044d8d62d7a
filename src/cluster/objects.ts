import type { Random } from "../base/index.ts";
import { randomBelow } from "../base/index.ts";
import type { Stored } from "./store.ts";

/** The store's key of an object. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** metav1.Time: seconds, UTC. */
export function timestamp(milliseconds: number): string {
  return `${new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A random (version 4) UUID. */
export function newUid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += hex[bytes[i] as number];
  }
  return text;
}

const letters = "bcdfghjklmnpqrstvwxz2456789";

/** Five letters without vowels, as generateName appends. */
export function nameSuffix(random: Random, length = 5): string {
  let text = "";
  for (let i = 0; i < length; i++) text += letters[randomBelow(random, letters.length)];
  return text;
}

/** names.SimpleNameGenerator: at most 63 letters in all. */
export function generateName(random: Random, base: string): string {
  return (base.length > 58 ? base.slice(0, 58) : base) + nameSuffix(random);
}

/** Deep equality of JSON data, whatever the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameJson(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  let count = 0;
  for (const key in left) {
    if (left[key] === undefined) continue;
    count++;
    if (!sameJson(left[key], right[key])) return false;
  }
  for (const key in right) if (right[key] !== undefined) count--;
  return count === 0;
}

/** True when everything but metadata and status is the same. */
export function sameSpec(a: Stored, b: Stored): boolean {
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (key === "metadata" || key === "status") continue;
    if (!sameJson(a[key], b[key])) return false;
  }
  return true;
}

/** A deep copy of JSON data. */
export function copyJson<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T;
  const out: Record<string, unknown> = {};
  for (const key in value) out[key] = copyJson((value as Record<string, unknown>)[key]);
  return out as T;
}
