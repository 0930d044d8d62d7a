import assert from "node:assert/strict";
import { test } from "node:test";
import { RE2JS } from "re2js";
import { randomBelow, seededRandom } from "./index.ts";
import { plainPattern } from "./plain-patterns.ts";

const plain = [
  "",
  "^/",
  "a|b||c",
  "^$",
  "^(sha256:[0-9a-f]{64})?$",
  "^[A-Za-z_][A-Za-z0-9_]*$",
  "^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h))+$|^0$",
  "^[^#]*#?$",
  "^[A-Za-z_][-A-Za-z0-9._]*$",
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
  "^(?:a|ab)(c|bcd)(d*)$",
  "^(a+)+$",
  "^(a*)*b$",
  "(|a)*",
  "()",
  "^\\d{1,3}(\\.\\d{1,3}){3}$",
  "^\\w+\\s\\S\\D\\W$",
  "[\\w.-]+",
  "[^\\d\\s]",
  "[^\\W]",
  "x.y",
  "a{2}b{1,}c{0,3}",
  "^a-b/c:d,e=f$",
  "[a-]",
  "[-a]",
  "[+*?.$(){}|]",
  "\\[\\]\\\\\\^\\-\\_",
] as const;

const forTheEngine: readonly (readonly [string, string])[] = [
  ["(?i)a", "flags"],
  ["(?P<n>a)", "names"],
  ["(?=a)", "what RE2 refuses"],
  ["a*?", "lazy"],
  ["a**", "what RE2 refuses"],
  ["*a", "what RE2 refuses"],
  ["(", "what RE2 refuses"],
  ["a)", "what RE2 refuses"],
  ["[", "what RE2 refuses"],
  ["[b-a]", "what RE2 refuses"],
  ["[]a]", "an unusual class"],
  ["[^]a]", "an unusual class"],
  ["[a-c-e]", "an unusual class"],
  ["[\\d-z]", "an unusual class"],
  ["[[:alpha:]]", "a named class"],
  ["\\pL", "Unicode"],
  ["\\x41", "an escape with digits"],
  ["\\bword", "a border of words"],
  ["\\Aa\\z", "anchors of RE2"],
  ["\\1", "what RE2 refuses"],
  ["a\\", "what RE2 refuses"],
  ["ä", "beyond ASCII"],
  ["[ä]", "beyond ASCII"],
  ["a\nb", "a control character"],
  ["^*", "a repeated end"],
  ["{", "a brace"],
  ["a{,3}", "a brace"],
  ["a{2", "a brace"],
  ["a{02}", "no count"],
  ["(".repeat(501) + ")".repeat(501), "too deep"],
  ["a{3,2}", "what RE2 refuses"],
  ["a{0}", "nothing at all"],
  ["a{1001}", "what RE2 refuses"],
  ["(a{100}){100}", "what RE2 refuses"],
  ["(()?){999}", "too many states"],
];

test("which patterns need no engine", () => {
  for (const source of plain) assert.notEqual(plainPattern(source), undefined, source);
  for (const [source, why] of forTheEngine) assert.equal(plainPattern(source), undefined, `${source}: ${why}`);
});

const characters = [
  "a",
  "b",
  "c",
  "d",
  "0",
  "9",
  "f",
  "z",
  "A",
  "Z",
  "_",
  "-",
  ".",
  "/",
  ":",
  "#",
  "s",
  "m",
  "n",
  "\n",
];
const rare = [" ", "\t", "\v", "\r", "\u007f", "\u0080", "ä", "ſ", "K", "\u2028", "😀", "$", "^", "\\", "[", "]"];

function dice(seed: number) {
  const random = seededRandom(seed);
  const below = (bound: number) => randomBelow(random, bound);
  return { below, pick: <T>(list: readonly T[]): T => list[below(list.length)] as T };
}

test("plain patterns match what RE2 matches", () => {
  const seed = 7;
  const { below, pick } = dice(seed);
  for (const source of plain) {
    const ours = plainPattern(source);
    const engine = RE2JS.compile(source);
    for (let i = 0; i < 300; i++) {
      let text = "";
      for (let n = below(9); n > 0; n--) text += pick(below(6) === 0 ? rare : characters);
      const told = `seed ${seed}: ${JSON.stringify(source)} on ${JSON.stringify(text)}`;
      assert.equal(ours?.(text), engine.matcher(text).find(), told);
    }
  }
});

test("random patterns: what is taken for plain, RE2 takes too, and both match the same", () => {
  const seed = 11;
  const { below, pick } = dice(seed);
  const bits = "a b c - ^ $ . | ( ) (?: [ ] [^ [a-c] [^b-] * + ? {2} {1,3} {0,} {01} \\d \\w \\S \\. \\- } , 1".split(
    " ",
  );
  let taken = 0;
  for (let round = 0; round < 6000; round++) {
    let source = "";
    for (let n = 1 + below(7); n > 0; n--) source += pick(bits);
    const ours = plainPattern(source);
    if (ours === undefined) continue;
    taken++;
    const engine = RE2JS.compile(source);
    for (let i = 0; i < 12; i++) {
      let text = "";
      for (let n = below(7); n > 0; n--) text += pick(["a", "b", "c", "-", "1", "\n", "ä", ".", "^", "]"]);
      const told = `seed ${seed}: ${JSON.stringify(source)} on ${JSON.stringify(text)}`;
      assert.equal(ours(text), engine.matcher(text).find(), told);
    }
  }
  assert.ok(taken > 500, `only ${taken} were plain`);
});

test("nested repetition takes linear time", () => {
  const ours = plainPattern("^(a+)+$");
  assert.equal(ours?.(`${"a".repeat(20000)}b`), false);
  assert.equal(ours?.("a".repeat(20000)), true);
});
