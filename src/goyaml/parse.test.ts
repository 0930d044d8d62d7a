import assert from "node:assert/strict";
import { test } from "node:test";
import { isSlipwayError, messageOf } from "../base/index.ts";
import { marshalJSON, parse, parseDocuments, parseList, parseMap } from "./index.ts";

// All expectations are what sigs.k8s.io/yaml v1.6.0 answered; test/conformance/goyaml holds many more.

const json = (text: string) => marshalJSON(parse(text));
const failure = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(isSlipwayError(error, "yaml.parse"), String(error));
    return error.message;
  }
  return assert.fail("there should be an error");
};

test("plain scalars mean what YAML 1.1 and yaml.v2 say", () => {
  const cases: [string, string][] = [
    ["yes", "true"],
    ["Off", "false"],
    ["y", "true"],
    ["tRue", '"tRue"'],
    ["~", "null"],
    ["", "null"],
    ["014", "12"],
    ["0o14", "12"],
    ["08", "8"],
    ["0x1F", "31"],
    ["-0b11", "-3"],
    ["0b+1", "1"],
    ["1_000", "1000"],
    ["1e3", "1000"],
    [".5", "0.5"],
    ["1.", "1"],
    ["1e400", '"1e400"'],
    ["1:30", '"1:30"'],
    ["2001-01-01", '"2001-01-01"'],
    ["-0", "0"],
    ["-0.0", "-0"],
    ["12345678901234567890", "12345678901234567000"],
    ["=", '"="'],
    ["<<", '"\\u003c\\u003c"'],
    ["!!str 1", '"1"'],
    ["!!float 1", "1"],
    ["!!binary aGk=", '"hi"'],
    ["!x 1", '"1"'],
    ["'1'", '"1"'],
  ];
  for (const [text, expected] of cases) assert.equal(json(text), expected, text);
});

test("keys become strings as sigs makes them", () => {
  assert.equal(json("n: 1\n1: 2\n1.50: 3\n0x10: 4\n!!binary aGk=: 5\n"), '{"1":2,"1.5":3,"16":4,"false":1,"hi":5}');
});

test("anchors, aliases and merges", () => {
  const text = "base: &b {a: 1, b: 2}\nx:\n  b: 3\n  <<: *b\nz:\n  <<: [{a: 9}, *b]\n  b: 4\n";
  assert.equal(json(text), '{"base":{"a":1,"b":2},"x":{"a":1,"b":2},"z":{"a":9,"b":4}}');
  const value = parse("a: &x [1]\nb: *x\n") as { a: number[]; b: number[] };
  value.a.push(2);
  assert.deepEqual(value.b, [1], "an alias is a copy");
});

test("the first document only, unless all are asked for", () => {
  assert.equal(json("a: 1\n---\n@@@"), '{"a":1}');
  assert.deepEqual(
    parseDocuments("a: 1\n---\n---\n- b\n...\n# end\n").map((d) => marshalJSON(d)),
    ['{"a":1}', "null", '["b"]'],
  );
});

test("errors in Go's words, with Go's lines and our places", () => {
  const prefix = "error converting YAML to JSON: ";
  const cases: [string, string, number, number][] = [
    ["a: b: c", "yaml: mapping values are not allowed in this context", 1, 5],
    ["a: 1\nb: c: d\n", "yaml: line 2: mapping values are not allowed in this context", 2, 5],
    ["a: [1,\nb: 2\n", "yaml: line 2: did not find expected ',' or ']'", 3, 1],
    ["a:\n\t- b", "yaml: line 2: found character that cannot start any token", 2, 1],
    ["a:\n  b: 1\n c: 2", "yaml: line 2: did not find expected key", 3, 2],
    ["a: 1\nfoo\nb: 2\n", "yaml: line 3: could not find expected ':'", 3, 1],
    ["a: - b", "yaml: block sequence entries are not allowed in this context", 1, 4],
    ["a: 'b", "yaml: found unexpected end of stream", 1, 6],
    ["a: *x", "yaml: unknown anchor 'x' referenced", 1, 4],
    ["a: &x [*x]", "yaml: anchor 'x' value contains itself", 1, 8],
    ["a: !!int x", "yaml: cannot decode !!str `x` as a !!int", 1, 4],
    ["a: \u0000", "yaml: control characters are not allowed", 1, 4],
    ["{a: 1}: 2", 'yaml: invalid map key: map[interface {}]interface {}{"a":1}', 1, 1],
    ["a: .inf", "json: unsupported value: +Inf", 1, 4],
    ["b: 1\n~: a", 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "a"', 2, 1],
  ];
  for (const [text, message, line, column] of cases) {
    try {
      parse(text, { file: "f.yaml" });
      assert.fail(text);
    } catch (error) {
      assert.equal(messageOf(error), prefix + message, text);
      assert.ok(isSlipwayError(error));
      const { span } = error.facts;
      assert.deepEqual([span?.file, span?.line, span?.column], ["f.yaml", line, column], text);
    }
  }
});

test("advice where the cause is clear", () => {
  const fix = (text: string) => {
    try {
      return void parse(text);
    } catch (error) {
      return isSlipwayError(error) ? error.facts.fix : undefined;
    }
  };
  assert.match(fix("a: 1\nb: 'x\nc: 2\n") ?? "", /opened in line 2/);
  assert.match(fix("a:\n  b: 1\n c: 2\n") ?? "", /begins in line 1/);
  assert.match(fix("a:\n\tb: 1\n") ?? "", /spaces, not tabs/);
  assert.match(fix("x: 1\na: [1, 2\nb: 3\n") ?? "", /line 2/);
  assert.match(fix("a: 1\nfoo\nb: 2\n") ?? "", /Line 2 of the YAML needs a colon/);
});

test("strict: keys given twice are listed", () => {
  assert.equal(json("a: 1\na: 2\n"), '{"a":2}');
  assert.equal(
    failure(() => parse("a: 1\na: 2\n1: x\n1: y\n", { strict: true })),
    'error converting YAML to JSON: yaml: unmarshal errors:\n  line 2: key "a" already set in map\n  line 4: key 1 already set in map',
  );
});

test("into maps and lists", () => {
  assert.equal(marshalJSON(parseMap("")), "{}");
  assert.equal(marshalJSON(parseList("[1]")), "[1]");
  const type = "json: cannot unmarshal string into Go value of type map[string]interface {}";
  assert.equal(
    failure(() => parseMap("x")),
    `error unmarshaling JSON: while decoding JSON: ${type}`,
  );
});

test("exact numbers keep Go's kinds", () => {
  const value = parse("a: 1\nb: 1.0\nc: 18446744073709551615\n", { numbers: "exact" }) as Record<
    string,
    { kind: string }
  >;
  assert.equal(value["a"]?.kind, "int");
  assert.equal(value["b"], 1);
  assert.equal(value["c"]?.kind, "uint64");
});

test("nothing hangs: laughs, depth, long runs of anything", () => {
  let laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (let i = 1; i < 9; i++)
    laughs += `a${i}: &a${i} [${Array(9)
      .fill(`*a${i - 1}`)
      .join(", ")}]\n`;
  assert.match(
    failure(() => parse(laughs)),
    /document contains excessive aliasing/,
  );
  assert.match(
    failure(() => parse("[".repeat(20_000))),
    /exceeded max depth of 10000/,
  );
  assert.match(
    failure(() => parse("- ".repeat(10_001))),
    /exceeded max depth of 10000/,
  );
  assert.ok(Array.isArray(parse("[".repeat(10_000) + "]".repeat(10_000))));
  assert.match(
    failure(() => parse("? ".repeat(9000))),
    /max depth|invalid map key/,
  );
  for (const part of [
    " ",
    "\n",
    "a",
    "a ",
    ": ",
    "#",
    "'",
    '"',
    "\\",
    "\t",
    "a:\n",
    "- \n",
    "[],",
    "&a ",
    "!a ",
    "%",
  ]) {
    const start = performance.now();
    try {
      parse(part.repeat(200_000 / part.length));
    } catch (error) {
      assert.ok(isSlipwayError(error), part);
    }
    assert.ok(performance.now() - start < 5000, JSON.stringify(part));
  }
});

test("yaml.v3's dialect: fewer booleans, no key twice, merges fill gaps", () => {
  const v3 = (text: string) => marshalJSON(parse(text, { dialect: "v3" }));
  assert.equal(v3("y: yes\nn: [on, Off, true, FALSE]\n1: ~\n"), '{"1":null,"n":["on","Off",true,false],"y":"yes"}');
  const base = "b: &b {p: 1, q: 1}\nc: &c {q: 2, r: 2}\n";
  assert.equal(v3(`${base}m: {p: 3, <<: [*b, *c]}\n`), v3(`${base}m: {p: 3, q: 1, r: 2}\n`));
  assert.equal(
    failure(() => parse("a: 1\nb: {x: 1}\na: 2\n", { dialect: "v3" })),
    'error converting YAML to JSON: yaml: unmarshal errors:\n  line 3: mapping key "a" already defined at line 1',
  );
});
