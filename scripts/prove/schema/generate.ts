import type { Chance } from "../chance.ts";

const drafts = [
  "http://json-schema.org/draft-04/schema#",
  "http://json-schema.org/draft-06/schema#",
  "http://json-schema.org/draft-07/schema#",
  "https://json-schema.org/draft/2019-09/schema",
  "https://json-schema.org/draft/2020-12/schema",
];
const names = ["a", "b", "c", "name", "image", "a/b", "x~y", "é", "long-name"];
const types = ["string", "number", "integer", "boolean", "object", "array", "null"];
const patterns = [
  "^a",
  "[0-9]+$",
  "^[a-z][a-z0-9-]*$",
  "\\d",
  "^(a|b)c?$",
  "^.{2,4}$",
  "^$",
  "(?i)A",
  "\\.",
  "^[^/]+/",
];
const formats = [
  "date-time",
  "date",
  "time",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uri",
  "uri-reference",
  "regex",
].concat(["uuid", "json-pointer", "relative-json-pointer", "duration", "uri-template", "iri", "idn-email", "unknown"]);
const texts = [
  "",
  "a",
  "abc",
  "web",
  "A",
  "1",
  "10",
  "nginx:1",
  "2026-11-21",
  "2026-11-21T10:00:00Z",
  "10:00:00Z",
].concat(["a@b.c", "10.0.0.1", "::1", "http://127.0.0.1:9/x", "/a/b", "P1D", "é", "ab/c", "[", "x y"]);
const numbers = [0, 1, -1, 2, 3, 10, 1.5, 0.1, 1e6, 1e21, 123456789, -0.25, 65536, 1000];

type Json = unknown;
type Maker = (c: Chance, depth: number, draft: number) => Json;

/** A schema as text, and values that often come near to what it asks for. */
export function generateSchemaCase(c: Chance): { schema: string; values: Record<string, Json> } {
  const draft = c.below(drafts.length);
  const schema = schemaOf(c, 3, draft) as Record<string, Json>;
  const root: Record<string, Json> = typeof schema === "object" ? schema : {};
  if (c.chance(0.7)) root["$schema"] = drafts[draft];
  if (c.chance(0.6)) root["type"] = "object";
  root["properties"] ??= mapOf(c, 2, draft, 4);
  const definitions = Object.fromEntries(["one", "two", "a/b"].map((name) => [name, schemaOf(c, 2, draft)]));
  root[draft >= 3 && c.chance(0.8) ? "$defs" : "definitions"] = definitions;
  return { schema: JSON.stringify(root), values: object(c, 3) };
}

function schemaOf(c: Chance, depth: number, draft: number): Json {
  if (draft > 0 && c.one(25)) return c.one(2);
  const schema: Record<string, Json> = {};
  const count = 1 + c.below(depth > 1 ? 4 : 2);
  for (let i = 0; i < count; i++) {
    const [keyword, make] = c.pick(keywords);
    if (depth <= 0 && nested.has(keyword)) continue;
    schema[keyword] = c.one(80) ? value(c, 1) : make(c, depth - 1, draft);
  }
  return schema;
}

const count: Maker = (c) => (c.one(30) ? 1.5 : c.below(4));
const list = (c: Chance, depth: number, draft: number, least = 1): Json[] =>
  Array.from({ length: least + c.below(3) }, () => schemaOf(c, depth, draft));
const mapOf = (c: Chance, depth: number, draft: number, most = 3): Record<string, Json> =>
  Object.fromEntries(Array.from({ length: 1 + c.below(most) }, () => [c.pick(names), schemaOf(c, depth, draft)]));
const nameList: Maker = (c) => [...new Set(Array.from({ length: 1 + c.below(3) }, () => c.pick(names)))];
const reference: Maker = (c, _depth, draft) =>
  c.pick([
    draft >= 3 ? "#/$defs/one" : "#/definitions/one",
    draft >= 3 ? "#/$defs/a~1b" : "#/definitions/a~1b",
    "#/definitions/two",
    "#/$defs/two",
    "#/properties/a",
    "#",
    "#/nowhere",
    "#anchor",
  ]);

const keywords: readonly (readonly [string, Maker])[] = [
  ["type", (c) => (c.one(3) ? [...new Set([c.pick(types), c.pick(types)])] : c.pick(types))],
  ["type", (c) => c.pick(types)],
  ["enum", (c) => Array.from({ length: 1 + c.below(3) }, () => value(c, 1))],
  ["const", (c) => value(c, 1)],
  ["multipleOf", (c) => c.pick([1, 2, 0.1, 3, 0.25, 10])],
  ["maximum", (c) => c.pick(numbers)],
  ["minimum", (c) => c.pick(numbers)],
  ["exclusiveMaximum", (c, _depth, draft) => (draft === 0 ? c.one(2) : c.pick(numbers))],
  ["exclusiveMinimum", (c, _depth, draft) => (draft === 0 ? c.one(2) : c.pick(numbers))],
  ["maxLength", count],
  ["minLength", count],
  ["pattern", (c) => (c.one(40) ? "(?<=a)b" : c.pick(patterns))],
  ["format", (c) => c.pick(formats)],
  ["contentEncoding", () => "base64"],
  ["contentMediaType", () => "application/json"],
  ["items", (c, depth, draft) => (c.one(3) ? list(c, depth, draft) : schemaOf(c, depth, draft))],
  ["prefixItems", list],
  ["additionalItems", schemaOf],
  ["contains", schemaOf],
  ["minContains", count],
  ["maxContains", count],
  ["maxItems", count],
  ["minItems", count],
  ["uniqueItems", (c) => c.one(2)],
  ["properties", mapOf],
  ["properties", mapOf],
  ["patternProperties", (c, depth, draft) => ({ [c.pick(patterns)]: schemaOf(c, depth, draft) })],
  ["additionalProperties", (c, depth, draft) => (c.one(2) ? false : schemaOf(c, depth, draft))],
  ["propertyNames", schemaOf],
  ["required", nameList],
  ["maxProperties", count],
  ["minProperties", count],
  [
    "dependencies",
    (c, depth, draft) => ({ [c.pick(names)]: c.one(2) ? nameList(c, 0, draft) : schemaOf(c, depth, draft) }),
  ],
  ["dependentRequired", (c, _depth, draft) => ({ [c.pick(names)]: nameList(c, 0, draft) })],
  ["dependentSchemas", mapOf],
  ["allOf", list],
  ["anyOf", list],
  ["oneOf", list],
  ["not", schemaOf],
  ["if", schemaOf],
  ["then", schemaOf],
  ["else", schemaOf],
  ["$ref", reference],
  ["$ref", reference],
  ["$anchor", (c) => c.pick(["anchor", "other", "third"])],
  ["unevaluatedProperties", (c, depth, draft) => (c.one(2) ? false : schemaOf(c, depth, draft))],
  ["unevaluatedItems", (c, depth, draft) => (c.one(2) ? false : schemaOf(c, depth, draft))],
  ["default", (c) => value(c, 1)],
  ["title", (c) => c.pick(texts)],
  ["description", (c) => c.pick(texts)],
];
const nested = new Set(
  (
    "items prefixItems additionalItems contains properties patternProperties additionalProperties propertyNames dependencies " +
    "dependentSchemas allOf anyOf oneOf not if then else unevaluatedProperties unevaluatedItems"
  ).split(" "),
);

function value(c: Chance, depth: number): Json {
  const kind = c.below(depth > 0 ? 8 : 5);
  if (kind === 0) return null;
  if (kind === 1) return c.one(2);
  if (kind === 2) return c.pick(numbers);
  if (kind <= 4) return c.pick(texts);
  if (kind === 5) return Array.from({ length: c.below(4) }, () => value(c, depth - 1));
  return object(c, depth - 1);
}

function object(c: Chance, depth: number): Record<string, Json> {
  return Object.fromEntries(Array.from({ length: c.below(5) }, () => [c.pick(names), value(c, depth)]));
}
