import type { Coded, TemplateCase } from "./oracle.ts";
import { Chance } from "../../scripts/prove/chance.ts";

const floats: readonly Coded[] = [
  0,
  { k: "float", v: "-0" },
  1,
  -1,
  0.5,
  1.5,
  2.5,
  0.1,
  1e6,
  123456.789,
  1e20,
  1e21,
  1e22,
  1.7976931348623157e308,
  5e-324,
  1e-7,
  3.2415926535897,
  100,
  999999,
  0.000123456,
  2 ** 53,
  1 / 3,
];
const ints = [
  "0",
  "1",
  "-1",
  "7",
  "42",
  "-128",
  "255",
  "65",
  "128512",
  "1114112",
  "55296",
  "9223372036854775807",
  "-9223372036854775808",
];
const uints = ["0", "1", "255", "8364", "18446744073709551615"];
const texts = [
  "",
  "a",
  "héllo",
  "日本語",
  'tab\t"q" `b`',
  "\u{1F680}x",
  "line\nbreak",
  "\u0000\u007f\u00a0\u00ad\u2028\ufeff",
  "%d",
  "x".repeat(30),
];

/** A random format and arguments for fmt.Sprintf. */
export function generateFormat(seed: number): TemplateCase {
  const random = new Chance(seed);
  const args = Array.from({ length: random.below(4) }, () => argument(random, 2));
  let format = "";
  for (let i = 1 + random.below(3); i > 0; i--) {
    format += random.pick(["", "", "a", " ", "é:", "%%"]);
    format += "%";
    for (let flags = random.below(4) - 1; flags > 0; flags--) format += random.pick(["-", "+", "#", "0", " "]);
    if (random.chance(0.08)) format += `[${random.pick(["1", "2", "3", "0", "x", "-1", "99", ""])}]`;
    if (random.chance(0.4)) format += random.pick(["1", "2", "5", "10", "20", "*", "0", "007"]);
    if (random.chance(0.35)) format += random.pick([".", ".0", ".1", ".2", ".3", ".6", ".10", ".20", ".*", ".[1]*"]);
    if (random.chance(0.05)) format += random.pick(["[1]", "[2]"]);
    format += random.pick([
      ..."vvvvvsssddqqxXtTfFgGeEobOcU",
      ...(random.chance(0.1) ? ["w", "z", "é", "!", "", "%", "\u{1F680}"] : []),
    ]);
  }
  if (random.chance(0.1)) format += random.pick(["tail", "%", "%1", "%[", "%.", "%-"]);
  return { mode: "fmt", format, args };
}

function argument(random: Chance, depth: number): Coded {
  switch (random.below(depth > 0 ? 16 : 10)) {
    case 0:
    case 1:
      return random.chance(0.3) ? random.next() * 10 ** (random.below(40) - 20) : random.pick(floats);
    case 2:
    case 3:
      return { k: random.pick(["int", "int64"]), v: random.pick(ints) };
    case 4:
      return { k: random.pick(["uint", "uint64"]), v: random.pick(uints) };
    case 5:
    case 6:
      return random.pick(texts);
    case 7:
      return random.chance(0.5);
    case 8:
      return random.pick<Coded>([
        null,
        { k: "nil", t: "[]string" },
        { k: "nil", t: "map[string]int" },
        { k: "nil", t: "*int" },
        { k: "nil", t: "[]uint8" },
        { k: "float", v: "NaN" },
        { k: "float", v: "+Inf" },
        { k: "float", v: "-Inf" },
        { k: "complex128", re: 1.5, im: -2 },
        { k: "float32", v: random.pick(["0.1", "16777216", "3.4e38", "1e-10", "2.5"]) },
      ]);
    case 9:
      return random.pick<Coded>([
        { k: "label", v: random.pick(texts) },
        { k: "span", v: random.pick(ints) },
        { k: "error", v: "it broke" },
        { k: "bytes", v: random.pick(["", "aGk=", "/wBh4oKs"]) },
        { k: "str", v: "YcOp/2I=" },
        { k: "uint8", v: random.pick(["0", "65", "255"]) },
        { k: "int8", v: "-5" },
      ]);
    case 10:
    case 11:
      return Array.from({ length: random.below(4) }, () => argument(random, depth - 1));
    case 12:
      return { b: argument(random, depth - 1), a: argument(random, depth - 1), é: argument(random, 0) };
    case 13:
      return { k: random.pick(["pair", "pairptr"]), a: argument(random, depth - 1), b: argument(random, 0) };
    case 14:
      return random.pick<Coded>([
        { k: "typed", t: "[]string", v: ["a", random.pick(texts)] },
        { k: "typed", t: "[]int", v: [1, -2] },
        { k: "typed", t: "[2]uint8", v: [104, 105] },
        { k: "typed", t: "[]float64", v: [1.5, 1e21] },
        { k: "typed", t: "map[string]int", v: { b: 1, a: 2 } },
        { k: "typed", t: "map[int]string", v: { "10": "x", "9": "y", "-1": "z" } },
        { k: "typed", t: "map[bool]string", v: { true: "x", false: "y" } },
        { k: "typed", t: "map[float64]int", v: { "1.5": 1, "-2": 2 } },
        { k: "typed", t: "[]map[string][]int", v: [{ a: [1] }, {}] },
      ]);
    default:
      return { k: "named", v: { x: argument(random, depth - 1) } };
  }
}
