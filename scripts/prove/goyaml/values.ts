import { fromBytes, GoInt, newMap, toBytes, type IntKind } from "../../../src/base/index.ts";
import type { Chance } from "../chance.ts";

const pieces = [
  ..."a b z A Z 0 1 9 é 日 _ - . / : # , ? [ ] { } & * ! | > ' \" % @ ` ~ = < \\".split(" "),
  " ",
  " ",
  "\n",
  "  ",
  "\t",
  "\r",
  "\u0000",
  "\u0007",
  "\u001b",
  "\u007f",
  "\u0080",
  "\u0085",
  "\u00a0",
  "\u200b",
  "\u2028",
  "\u2029",
  "\ufeff",
  "\ufffd",
  "\ufffe",
  "😀",
  "\udcff",
  "\ud7ff",
  "\ue000",
];

const texts = [
  "",
  ..."yes no on off y n true True null ~ 1 1.5 0x1 07 08 0o7 1_000 1e3 .5 5. .inf -.inf .nan 1:30 2001-01-01 << = - -- --- ... nil".split(
    " ",
  ),
  "2001-1-1 1:2:3",
  "2001-01-01T00:00:00Z",
  "a: b",
  "a #b",
  "- a",
  "? a",
  ": a",
  "a:",
  "a: ",
  " a",
  "a ",
  "--- a",
  "...a",
  "line one\nline two",
  "line one\nline two\n",
  "line\n\n",
  "\nline",
  " line\nx",
  "a \nb",
  "tab\there\nline",
  "trailing \n",
  "\n",
  "\n\n",
  "{{ .Values.x }}",
  "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  "0b+1",
  "0o+1",
  ".5_0",
  "1e400",
];

/** A string, from harmless to nasty. */
export function randomString(chance: Chance): string {
  const kind = chance.below(10);
  if (kind < 3) return chance.pick(texts);
  if (kind === 3)
    return (
      "word ".repeat(chance.below(40)) + chance.pick(["", "end", "x".repeat(90), "  two", "'q'", '"d"', "é".repeat(60)])
    );
  if (kind === 4) {
    let text = "";
    for (let i = 0; i <= chance.below(8); i++)
      text += chance.pick(["0", "1", "_", ".", "e", "+", "-", ":", "x", "b", "o", "7", "Z", "T", " "]);
    return text;
  }
  const common = kind < 8;
  let text = "";
  for (let i = 0; i <= chance.below(12); i++) text += chance.pick(common ? pieces.slice(0, 37) : pieces);
  return text;
}

function randomKey(chance: Chance): string {
  const kind = chance.below(8);
  if (kind < 4) {
    let text = "";
    for (let i = 0; i <= chance.below(5); i++)
      text += chance.pick(["a", "b", "B", "0", "1", "2", "10", "-", "_", ".", "é", "日", "٣"]);
    return text;
  }
  if (kind === 4) return `a${chance.below(120)}`;
  if (kind === 5 && chance.one(6)) return "k".repeat(chance.pick([127, 128, 129, 1020, 1022, 1023, 1024, 1025]));
  return randomString(chance);
}

function randomNumber(chance: Chance): number {
  const fixed = [
    0,
    -0,
    1,
    -1,
    100000,
    999999,
    1e6,
    2097152,
    1234567.5,
    1e-6,
    1e-7,
    1e20,
    1e21,
    1e19,
    -1e19,
    2 ** 53,
    2 ** 63,
    2 ** 64,
    -(2 ** 63),
    1e15,
    0.1,
    1e-5,
    0.0001,
    1e300,
    5e-324,
    NaN,
    Infinity,
    -Infinity,
  ];
  switch (chance.below(6)) {
    case 0:
      return chance.pick(chance.one(10) ? fixed : fixed.slice(0, -3));
    case 1:
      return chance.below(1000);
    case 2:
      return chance.next() * 10 ** (chance.below(40) - 20);
    case 3:
      return Math.round(chance.next() * 10 ** chance.below(22)) * (chance.one(2) ? 1 : -1);
    default:
      return chance.below(100) / 4;
  }
}

/** Any value that templates can hold. */
export function randomValue(chance: Chance, depth: number): unknown {
  const kind = chance.below(depth <= 0 ? 7 : 12);
  if (kind <= 2) return randomString(chance);
  if (kind === 3) return randomNumber(chance);
  if (kind === 4) return chance.pick([null, true, false]);
  if (kind === 5)
    return new GoInt(
      "int64",
      BigInt.asIntN(64, BigInt(Math.floor(chance.next() * 2 ** 62)) >> BigInt(chance.below(62))),
    );
  if (kind === 6) return chance.one(8) ? toBytes(randomString(chance)) : randomString(chance);
  if (kind <= 8) return Array.from({ length: chance.below(4) }, () => randomValue(chance, depth - 1));
  const map = newMap();
  for (let i = 0; i < chance.below(kind === 11 ? 12 : 5); i++) map[randomKey(chance)] = randomValue(chance, depth - 1);
  return map;
}

/** A value as the oracle reads it. */
export function encodeValue(value: unknown): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return { f: Object.is(value, -0) ? "-0" : String(value).replace("Infinity", "Inf") };
  if (typeof value === "string") return { s: base64(toBytes(value)) };
  if (value instanceof GoInt) return { i: value.kind, v: value.toString() };
  if (value instanceof Uint8Array) return { b: base64(value) };
  if (Array.isArray(value)) return value.map(encodeValue);
  return { m: Object.entries(value as object).map(([key, item]) => [base64(toBytes(key)), encodeValue(item)]) };
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** The inverse of {@link encodeValue}. */
export function decodeValue(encoded: unknown): unknown {
  if (encoded === null || typeof encoded === "boolean") return encoded;
  if (Array.isArray(encoded)) return encoded.map(decodeValue);
  const { f, s, b, i, v, m } = encoded as Record<string, string> & { m?: [string, unknown][] };
  if (f !== undefined) return Number(f.replace("Inf", "Infinity"));
  if (s !== undefined) return fromBytes(Buffer.from(s, "base64"));
  if (b !== undefined) return new Uint8Array(Buffer.from(b, "base64"));
  if (i !== undefined) return new GoInt(i as IntKind, BigInt(v as string));
  const map = newMap();
  for (const [key, value] of m ?? []) map[fromBytes(Buffer.from(key, "base64"))] = decodeValue(value);
  return map;
}
