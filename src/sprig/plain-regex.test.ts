import assert from "node:assert/strict";
import { test } from "node:test";
import { RE2JS } from "re2js";
import { plainRegex, type Regex } from "./plain-regex.ts";

const engine = (pattern: string): Regex => RE2JS.compile(pattern);
const isPlain = (pattern: string) => plainRegex(pattern, engine) !== undefined;

test("usual patterns need no engine", () => {
  const patterns = [
    "v\\d+\\.\\d+\\.\\d+",
    "^v\\d+$",
    "[^A-Za-z0-9]+$",
    "-r\\d+$|sha256:",
    "(-?[^a-z\\d\\-])+-?",
    "^[a-z0-9-]+$",
    "",
    "a+b",
    "v?\\d",
    "[A-Za-z0-9_.-]+",
    "x$",
    "\\$",
  ];
  assert.deepEqual(patterns.filter(isPlain), patterns);
});

test("what could take long, or mean something else, is left to the engine", () => {
  for (const pattern of [
    "a+a",
    "\\d+\\w",
    "a?a?a?aaa",
    "a*b*c",
    "(a)",
    "(a+)+",
    "(a?)+",
    "(ab)+c",
    "(ab)+$",
    "()+",
    "(a(b)+)+",
    "(a)*",
    "(a|b)+",
    "(?:a)+",
    "a{2}",
    "a+?",
    ".",
    "\\s",
    "\\b",
    "[[:alpha:]]",
    "a\\",

    "a**",
    "(?i)a",
    "é",
    "[z-a]",
    "[]",
    "$a",
    "a^",
    "\\\\$",
    "\\pL",
    "\\Qa",
    "\\_",
    "\\x41",
    "^*",
    "a$$",
    "a".repeat(101),
  ]) {
    assert.equal(isPlain(pattern), false, pattern);
  }
});

test("long texts and letters beyond ASCII go to the engine", () => {
  let asked = 0;
  const regex = plainRegex("a+$", (pattern) => {
    asked++;
    return engine(pattern);
  }) as Regex;
  assert.equal(regex.test("ba"), true);
  assert.equal(asked, 0);
  assert.equal(regex.test("\u{1f600}a"), true);
  assert.equal(regex.test("a".repeat(2000)), true);
  assert.equal(asked, 1);
});

const groups = (regex: Regex, matcher: ReturnType<Regex["matcher"]>) =>
  Array.from({ length: regex.groupCount() + 1 }, (_, i) => matcher.group(i));

/** All matches from every place on, as the functions find them. */
function matches(regex: Regex, text: string): unknown[] {
  const matcher = regex.matcher(text);
  const out: unknown[] = [regex.test(text)];
  for (let from = 0; from <= text.length; from++) {
    out.push(matcher.find(from) ? [matcher.start(), matcher.end(), matcher.group(), ...groups(regex, matcher)] : from);
  }
  return out;
}

test("finds what the engine finds", () => {
  const seed = Number(process.env["SEED"] ?? 20261121);
  let state = seed;
  const upTo = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const pick = (list: readonly string[]) => list[upTo(list.length)] as string;
  const atoms = [
    "a",
    "b",
    "v",
    "1",
    "-",
    "_",
    " ",
    "\\.",
    "\\d",
    "\\w",
    "\\-",
    "\\$",
    "\\+",
    "[a-z]",
    "[ab1]",
    "[0-9.-]",
    "[A-Z_]",
    "[.]",
    "[b-]",
  ];
  const letters = ["a", "b", "v", "1", "2", ".", "-", "_", " ", "A", "$", "+", "\n", "\r"];
  let plain = 0;
  for (let i = 0; i < 3000; i++) {
    let pattern = "";
    for (let ways = upTo(3); ways >= 0; ways--) {
      pattern += pick(["", "", "", "^"]);
      for (let left = upTo(4); left > 0; left--) pattern += pick(atoms) + pick(["", "", "", "+", "*", "?"]);
      if (upTo(5) === 0) pattern += `(${pick(["", "-?", "a*"])}${pick(atoms)})+${pick(["", "-?", "a*b?"])}`;
      pattern += pick(["", "", "", "$"]) + (ways > 0 ? "|" : "");
    }
    const regex = plainRegex(pattern, () => assert.fail(`${pattern} went to the engine`));
    if (regex === undefined) continue;
    plain++;
    const reference = engine(pattern);
    for (let times = 0; times < 4; times++) {
      let text = "";
      for (let left = upTo(9); left > 0; left--) text += pick(letters);
      const label = `seed ${seed}: ${JSON.stringify(pattern)} in ${JSON.stringify(text)}`;
      assert.deepEqual(matches(regex, text), matches(reference, text), label);
    }
  }
  assert.ok(plain > 500, `${plain} patterns were plain`);
});
