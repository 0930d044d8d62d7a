import assert from "node:assert/strict";
import { test } from "node:test";
import { type GoMap, randomBelow, seededRandom } from "../../base/index.ts";
import { Compiler, type Schema } from "./compile.ts";
import { Documents, type Draft, metaschemaUrl } from "./documents.ts";
import { parseSchemaJson } from "./json.ts";
import { showErrors } from "./messages.ts";
import { metaschemas } from "./metaschemas.ts";
import { compilePattern, loadEngine } from "./patterns.ts";
import { isPlainSchema } from "./plain-schemas.ts";
import { isSurelyValid } from "./surely-valid.ts";
import { validate } from "./validate.ts";

const drafts: readonly Draft[] = [4, 6, 7, 2019, 2020];
const parse = (schema: unknown) => parseSchemaJson(JSON.stringify(schema));
const metas = new Map<Draft, Schema>();

function metaschemaTakes(schema: unknown, draft: Draft): boolean {
  let meta = metas.get(draft);
  if (meta === undefined) {
    const documents = new Documents(
      new Map(),
      () => {},
      () => false,
    );
    meta = new Compiler(documents, compilePattern, true).compile(metaschemaUrl(draft));
    metas.set(draft, meta);
  }
  return validate(meta, schema).length === 0;
}

test("which schemas are plain", () => {
  const table: readonly (readonly [schema: unknown, draft: Draft, plain: boolean])[] = [
    [{}, 2020, true],
    [{ type: "object", properties: { a: { type: ["string", "null"] }, id: { minLength: 1 } } }, 2020, true],
    [{ $schema: "https://json-schema.org/draft/2020-12/schema", "x-own": [1] }, 2020, true],
    [{ $defs: { a: { pattern: "^a$" } }, $ref: "#/$defs/a" }, 2020, true],
    [{ definitions: { a: true }, items: { $ref: "#/definitions/a" } }, 7, true],
    [{ properties: { a: { $schema: "https://json-schema.org/draft/2020-12/schema" } } }, 2020, false],
    [{ definitions: { a: {} }, $ref: "#/definitions/b" }, 7, false],
    [{ definitions: { a: {} }, $ref: "#/definitions/toString" }, 7, false],
    [{ $ref: "#" }, 7, false],
    [{ $ref: "other.json" }, 7, false],
    [{ properties: { a: { $id: "a" } } }, 2020, false],
    [{ $anchor: "a" }, 2020, false],
    [{ pattern: "(?i)a" }, 2020, false],
    [{ patternProperties: { "[": {} } }, 2020, false],
    [{ type: "text" }, 2020, false],
    [{ minLength: -1 }, 2020, false],
    [{ required: ["a", "a"] }, 2020, false],
    [{ enum: [1, "1", null, true] }, 7, true],
    [{ enum: [1, 1] }, 7, false],
    [{ required: [] }, 7, true],
    [{ required: [] }, 4, false],
    [{ items: [{}] }, 2020, false],
    [{ items: [{}] }, 2019, true],
    [{ not: true }, 4, false],
    [{ additionalProperties: false }, 4, true],
    [true, 2020, false],
    ["text", 2020, false],
  ];
  for (const [schema, draft, plain] of table) {
    assert.equal(isPlainSchema(parse(schema), draft), plain, `draft ${draft}: ${JSON.stringify(schema)}`);
  }
});

const keywords = [
  ...new Set(
    Object.values(metaschemas).flatMap((text) => Object.keys((JSON.parse(text) as { properties: object }).properties)),
  ),
].sort();
const values = JSON.parse(`[
  null, true, false, 0, 1, -1, 1.5, 1e3, "", "a", "^a", "(", "(?i)x", "string", "object", "%", "#", "#/$defs/a",
  [], ["a"], ["a", "a"], ["string", "null"], [1], [1, 1], [{}], [true], [[]], [null],
  {}, {"a": {}}, {"a": true}, {"a": 1}, {"a": ["b"]}, {"a": []}, {"type": "no"}, {"minimum": "1"}, {"(": {}}
]`) as readonly unknown[];

test("every keyword: what is called plain, the metaschema takes", async () => {
  await loadEngine();
  for (const draft of drafts) {
    for (const keyword of keywords) {
      if (keyword === "$schema") continue;
      for (const value of values) {
        for (const schema of [{ [keyword]: value }, { properties: { p: { [keyword]: value } } }]) {
          const told = `draft ${draft}: ${JSON.stringify(schema)}`;
          const parsed = parse(schema);
          if (isPlainSchema(parsed, draft)) assert.ok(metaschemaTakes(parsed, draft), told);
        }
      }
    }
  }
});

test("random schemas: plain ones give the same failures as those that are collected and checked", async () => {
  await loadEngine();
  const seed = 5;
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[randomBelow(random, list.length)] as T;
  const used = keywords.filter((keyword) => !/^(\$schema|\$?id|\$anchor|\$dyn|\$rec|\$voc)/.test(keyword));
  const one = (depth: number): unknown => {
    const schema: Record<string, unknown> = {};
    for (let n = randomBelow(random, 4); n > 0; n--) {
      const nested = depth > 0 && randomBelow(random, 2) === 0;
      schema[pick(used)] = nested
        ? pick([() => one(depth - 1), () => ({ a: one(depth - 1), b: one(depth - 1) }), () => [one(depth - 1)]])()
        : pick(values);
    }
    return schema;
  };
  const url = "file:///values.schema.json";
  let plain = 0;
  let sure = 0;
  for (let round = 0; round < 4000; round++) {
    const draft = pick(drafts);
    const schema = parse({ $schema: `${metaschemaUrl(draft)}#`, ...(one(3) as object), $defs: { a: one(1) } });
    if (!isPlainSchema(schema, draft)) continue;
    plain++;
    const told = `seed ${seed}: ${JSON.stringify(schema)}`;
    assert.ok(metaschemaTakes(schema, draft), told);
    const [ours, whole] = [isPlainSchema, () => false].map((isPlain) => {
      const check = (_url: string, _pointer: string, value: unknown, of: Draft) =>
        assert.ok(metaschemaTakes(value, of), told);
      return new Compiler(new Documents(new Map([[url, schema]]), check, isPlain), compilePattern, false).compile(url);
    }) as [Schema, Schema];
    for (const value of values) {
      const [a, b] = [validate(ours, value), validate(whole, value)].map((errors) => showErrors(errors));
      assert.equal(a, b, `${told} on ${JSON.stringify(value)}`);
      if (!isSurelyValid(schema as GoMap, value, draft)) continue;
      sure++;
      assert.equal(b, showErrors([]), `${told} is not surely met by ${JSON.stringify(value)}`);
    }
  }
  assert.ok(plain > 200, `only ${plain} were plain`);
  assert.ok(sure > 2000, `only ${sure} were surely valid`);
});
