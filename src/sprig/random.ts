import { randomBelow, type Random } from "../base/index.ts";
import { checkLimit, func, type FuncMap } from "../gotemplate/index.ts";
import { base64 } from "./encoding.ts";
import { type FunctionLimits } from "./limits.ts";
import { fromRunes, runesOf } from "./text.ts";

/** A uniform whole number in [0, bound), of any size. */
export function randomBigBelow(random: Random, bound: bigint): bigint {
  const bits = (bound - 1n).toString(2).length;
  const size = Math.ceil(bits / 8);
  for (;;) {
    let value = 0n;
    for (const byte of random.bytes(size)) value = (value << 8n) | BigInt(byte);
    value = BigInt.asUintN(bits, value);
    if (value < bound) return value;
  }
}

const digits = "0123456789";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");

/** `count` characters, each uniform over the set; sprig gives "" for a negative count. */
function randomText(random: Random, count: number, set: string, limits: FunctionLimits): string {
  checkLimit(count, limits.text, "characters");
  let out = "";
  for (let i = 0; i < count; i++) out += set[randomBelow(random, set.length)];
  return out;
}

function randBytes(random: Random, count: number, limits: FunctionLimits): string {
  if (count < 0) throw new Error("runtime error: makeslice: len out of range");
  checkLimit(count, limits.text, "characters");
  return base64(random.bytes(count));
}

/** A random (version 4) UUID of RFC 9562. */
function uuidv4(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** xstrings.Shuffle: Fisher and Yates over the runes. */
function shuffle(random: Random, text: string): string {
  const runes = runesOf(text);
  for (let i = runes.length - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1);
    const held = runes[i] as number;
    runes[i] = runes[j] as number;
    runes[j] = held;
  }
  return fromRunes(runes);
}

/** The functions whose result is chance; all of it comes from the port, so a seeded one makes them repeatable. */
export function randomFuncs(ports: { readonly random: Random; readonly limits: FunctionLimits }): FuncMap {
  const { random, limits } = ports;
  const text = { result: "string" };
  const chars = (set: string) => func(["int"], (count) => randomText(random, count, set, limits), text);
  return {
    randAlphaNum: chars(letters + digits),
    randAlpha: chars(letters),
    randAscii: chars(ascii),
    randNumeric: chars(digits),
    randBytes: func(["int"], (count) => randBytes(random, count, limits), text),
    shuffle: func(["string"], (value) => shuffle(random, value), text),
    uuidv4: func([], () => uuidv4(random), text),
  };
}
