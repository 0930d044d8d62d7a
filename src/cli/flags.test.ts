import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlagSpec } from "./command.ts";
import { flagTable, parseFlags } from "./flags.ts";
import { globalFlags } from "./globals.ts";
import { formatDuration, parseCsvRecord, parseDuration, parseInteger } from "./go-text.ts";

const specs: readonly FlagSpec[] = [
  { name: "namespace", short: "n", type: "string", usage: "" },
  { name: "all", short: "a", type: "bool", usage: "" },
  { name: "quiet", short: "q", type: "bool", usage: "" },
  { name: "yes", type: "bool", default: true, usage: "" },
  { name: "max", short: "m", type: "int", default: 256, usage: "" },
  { name: "qps", type: "float32", usage: "" },
  { name: "timeout", type: "duration", default: "5m0s", usage: "" },
  { name: "values", short: "f", type: "stringSlice", usage: "" },
  { name: "set", type: "stringArray", usage: "" },
  { name: "labels", short: "l", type: "stringToString", usage: "" },
  { name: "wait", type: "string", bare: "watcher", default: "hookOnly", usage: "" },
  {
    name: "output",
    short: "o",
    type: "string",
    default: "table",
    usage: "",
    check(text) {
      if (text !== "json" && text !== "table") throw new Error("invalid format type");
      return text;
    },
  },
  { name: "old", type: "bool", deprecated: "use --new instead", usage: "" },
];
const table = flagTable(specs);

function parsed(...words: string[]) {
  return parseFlags(words, table);
}

test("values stand behind a space, a letter, an equals sign", () => {
  for (const words of [["-n", "x"], ["-nx"], ["-n=x"], ["--namespace", "x"], ["--namespace=x"]]) {
    const { flags, args } = parsed("one", ...words, "two");
    assert.equal(flags.string("namespace"), "x", words.join(" "));
    assert.deepEqual(args, ["one", "two"]);
    assert.ok(flags.given.has("namespace"));
  }
});

test("values that look odd are taken as pflag takes them", () => {
  assert.equal(parsed("-n=").flags.string("namespace"), "=");
  assert.equal(parsed("--namespace=").flags.string("namespace"), "");
  assert.equal(parsed("--namespace", "--all").flags.string("namespace"), "--all");
  assert.equal(parsed("-n", "-").flags.string("namespace"), "-");
  assert.equal(parsed("--namespace=a=b").flags.string("namespace"), "a=b");
  assert.deepEqual(parsed("-", "").args, ["-", ""]);
});

test("letters cluster, and the last may take a value", () => {
  const { flags } = parsed("-aqn", "x");
  assert.ok(flags.bool("all") && flags.bool("quiet"));
  assert.equal(flags.string("namespace"), "x");
  assert.equal(parsed("-aqnx").flags.string("namespace"), "x");
  assert.equal(parsed("-aq=false").flags.bool("quiet"), false);
});

test("after -- everything is an argument", () => {
  const { args, flags } = parsed("a", "--", "-n", "x", "--");
  assert.deepEqual(args, ["a", "-n", "x", "--"]);
  assert.equal(flags.given.size, 0);
});

test("a bare flag stands for its value, and takes one by = only", () => {
  assert.equal(parsed("--wait", "legacy").flags.string("wait"), "watcher");
  assert.deepEqual(parsed("--wait", "legacy").args, ["legacy"]);
  assert.equal(parsed("--wait=legacy").flags.string("wait"), "legacy");
  assert.equal(parsed().flags.string("wait"), "hookOnly");
});

test("a bare --color is the helm-diff plugin's; a word after it that is one of Helm's values is its value", () => {
  const globals = flagTable(globalFlags({}));
  const cases: [words: string[], color: string, args: string[]][] = [
    [["web", "--color", "never"], "never", ["web"]],
    [["--color=auto", "web"], "auto", ["web"]],
    [["--color", "web", "chart"], "always", ["web", "chart"]],
    [["web", "chart", "--color", "--debug"], "always", ["web", "chart"]],
    [["web", "--color"], "always", ["web"]],
  ];
  for (const [words, color, rest] of cases) {
    const { flags, args } = parseFlags(words, globals);
    assert.deepEqual([flags.string("color"), args], [color, rest], words.join(" "));
  }
  assert.throws(() => parseFlags(["--color=web"], globals), /must be never, auto or always/);
});

test("lists add up: slices split at commas as CSV, arrays do not", () => {
  assert.deepEqual(parsed("-f", "a,b", "-f=c", '--values="d,e",f').flags.list("values"), ["a", "b", "c", "d,e", "f"]);
  assert.deepEqual(parsed("--set", "a=1,b=2", "--set", "c=3").flags.list("set"), ["a=1,b=2", "c=3"]);
  assert.deepEqual(parsed("-f", "").flags.list("values"), []);
  assert.deepEqual(parsed("-l", "a=1,b=2", "-l", "a=3").flags.map("labels"), { a: "3", b: "2" });
  assert.deepEqual(parsed("-l", "a=1,2").flags.map("labels"), { a: "1,2" });
});

test("defaults hold until a flag is given", () => {
  const { flags } = parsed();
  assert.equal(flags.int("max"), 256);
  assert.equal(flags.duration("timeout"), 300_000);
  assert.equal(flags.bool("yes"), true);
  assert.equal(parsed("--yes=false").flags.bool("yes"), false);
  assert.equal(parsed("-m0x10").flags.int("max"), 16);
  assert.equal(parsed("--qps", "2.5").flags.int("qps"), 2.5);
});

test("help is seen anywhere, and a deprecated flag is named once", () => {
  assert.ok(parsed("x", "-h").help && parsed("--help").help && parsed("-ah").help);
  assert.ok(!parsed("--help=false").help);
  assert.deepEqual(parsed("--old", "--old").warnings, ["Flag --old has been deprecated, use --new instead\n"]);
});

test("wrong use is told in pflag's words", () => {
  const cases: [words: string[], message: string][] = [
    [["--foo"], "unknown flag: --foo"],
    [["--foo=1"], "unknown flag: --foo"],
    [["-x"], "unknown shorthand flag: 'x' in -x"],
    [["-axq"], "unknown shorthand flag: 'x' in -xq"],
    [["-n"], "flag needs an argument: 'n' in -n"],
    [["-an"], "flag needs an argument: 'n' in -n"],
    [["--namespace"], "flag needs an argument: --namespace"],
    [["--=x"], "bad flag syntax: --=x"],
    [["---x"], "bad flag syntax: ---x"],
    [["--max", "a"], 'invalid argument "a" for "-m, --max" flag: strconv.ParseInt: parsing "a": invalid syntax'],
    [
      ["-m", "99999999999999999999"],
      'invalid argument "99999999999999999999" for "-m, --max" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    [["--all=x"], 'invalid argument "x" for "-a, --all" flag: strconv.ParseBool: parsing "x": invalid syntax'],
    [["--qps=x"], 'invalid argument "x" for "--qps" flag: strconv.ParseFloat: parsing "x": invalid syntax'],
    [["--timeout", "5x"], 'invalid argument "5x" for "--timeout" flag: time: unknown unit "x" in duration "5x"'],
    [["--timeout", "5"], 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'],
    [["--timeout="], 'invalid argument "" for "--timeout" flag: time: invalid duration ""'],
    [["-o", "xml"], 'invalid argument "xml" for "-o, --output" flag: invalid format type'],
    [["-l", "a"], 'invalid argument "a" for "-l, --labels" flag: a must be formatted as key=value'],
    [
      ["-f", '"a'],
      'invalid argument "\\"a" for "-f, --values" flag: parse error on line 1, column 3: extraneous or missing " in quoted-field',
    ],
  ];
  for (const [words, message] of cases) assert.throws(() => parsed(...words), { message, code: "cli.usage" });
});

test("durations read and print as Go's", () => {
  const cases: [text: string, ms: number, printed: string][] = [
    ["5m", 300_000, "5m0s"],
    ["1h2m3s", 3_723_000, "1h2m3s"],
    ["1.5h", 5_400_000, "1h30m0s"],
    ["-10s", -10_000, "-10s"],
    ["250ms", 250, "250ms"],
    ["1s500ms", 1500, "1.5s"],
    ["10us", 0.01, "10µs"],
    ["7ns", 0.000_007, "7ns"],
    ["0", 0, "0s"],
    [".5s", 500, "500ms"],
  ];
  for (const [text, ms, printed] of cases) {
    assert.ok(Math.abs(parseDuration(text) - ms) < 1e-9, text);
    assert.equal(formatDuration(parseDuration(text)), printed);
  }
  for (const text of ["", "-", ".", "1.s2", "s", "3000000h", "1 s"]) assert.throws(() => parseDuration(text), text);
});

test("integers read as strconv.ParseInt with base 0", () => {
  const good: [string, number][] = [
    ["0", 0],
    ["-7", -7],
    ["+7", 7],
    ["0x1f", 31],
    ["010", 8],
    ["0o10", 8],
    ["0b11", 3],
    ["1_000", 1000],
  ];
  for (const [text, value] of good) assert.equal(parseInteger(text), value);
  for (const text of ["", "1.0", "08", "1__0", "_1", "0x", "1_"])
    assert.throws(() => parseInteger(text), /invalid syntax/);
});

test("CSV records read as encoding/csv does", () => {
  assert.deepEqual(parseCsvRecord('a,"b ""c"" d",e'), ["a", 'b "c" d', "e"]);
  assert.deepEqual(parseCsvRecord("a,,b\nc"), ["a", "", "b"]);
  assert.deepEqual(parseCsvRecord('\n"a\nb",c'), ["a\nb", "c"]);
  assert.throws(() => parseCsvRecord('a b"c'), {
    message: 'parse error on line 1, column 4: bare " in non-quoted-field',
  });
  assert.throws(() => parseCsvRecord('"a"b'), {
    message: 'parse error on line 1, column 3: extraneous or missing " in quoted-field',
  });
});
