import type { GoMap } from "../../base/index.ts";
import type { Draft } from "./documents.ts";
import { equalJson, isObject, numberOf, typeOf } from "./json.ts";
import { compilePattern } from "./patterns.ts";

/**
 * Do values surely meet a plain schema (see plain-schemas.ts)? It is walked along the values, without being compiled:
 * most of a schema is about what nobody gives. Knows the usual keywords. A no says nothing: whoever compiles the schema
 * decides then, and finds the words.
 */
export function isSurelyValid(root: GoMap, values: unknown, draft: Draft): boolean {
  // Draft 4 knows fewer keywords, and others by the same names.
  if (draft === 4) return false;
  try {
    return new Walk(root, draft).meets(root, values, 0);
  } catch (error) {
    if (error === unsure) return false;
    throw error;
  }
}

const unsure = Symbol("unsure");
const giveUp = (): never => {
  throw unsure;
};

/** References to themselves, and schemas deeper than anybody's. */
const deepest = 100;

class Walk {
  readonly root: GoMap;
  readonly draft: Draft;

  constructor(root: GoMap, draft: Draft) {
    this.root = root;
    this.draft = draft;
  }

  /** Whether a value meets a schema. Throws `unsure` where that takes more than is known here. */
  meets(schema: unknown, value: unknown, depth: number): boolean {
    if (typeof schema === "boolean") return schema;
    if (!isObject(schema) || depth > deepest) return giveUp();
    // Before 2019-09 a reference stands for itself.
    if (this.draft < 2019 && Object.hasOwn(schema, "$ref")) return this.refers(schema.$ref, value, depth);
    let valid = true;
    for (const key of Object.keys(schema)) {
      if (quiet.has(key)) continue;
      const keyword = Object.hasOwn(keywords, key) ? keywords[key] : undefined;
      if (keyword === undefined) return giveUp();
      // All of them are looked at, so that what is unsure shows wherever it stands.
      if (!keyword(this, schema[key], value, depth + 1, schema)) valid = false;
    }
    return valid;
  }

  refers(ref: unknown, value: unknown, depth: number): boolean {
    const [, place = "", name = ""] = String(ref).split("/");
    const definitions = this.root[place];
    return isObject(definitions) ? this.meets(definitions[name], value, depth + 1) : giveUp();
  }
}

type Keyword = (walk: Walk, wanted: unknown, value: unknown, depth: number, schema: GoMap) => boolean;

/** What asks for nothing. */
const quiet = new Set(
  "$schema $comment title description default examples readOnly writeOnly deprecated definitions $defs".split(" "),
);

/** A bound for the values that it is about; all others meet it. */
function bound(
  sizeOf: (value: unknown) => number | undefined,
  holds: (size: number, limit: number) => boolean,
): Keyword {
  return (_walk, wanted, value) => {
    const size = sizeOf(value);
    const limit = numberOf(wanted);
    return size === undefined || (limit === undefined ? giveUp() : holds(size, limit));
  };
}

const atLeast = (size: number, limit: number) => size >= limit;
const atMost = (size: number, limit: number) => size <= limit;
/** In code points, as JSON Schema counts. */
const lengthOf = (value: unknown) => (typeof value === "string" ? [...value].length : undefined);
const itemsOf = (value: unknown) => (Array.isArray(value) ? value.length : undefined);
const propertiesOf = (value: unknown) => (isObject(value) ? Object.keys(value).length : undefined);

function hasType(value: unknown, type: unknown): boolean {
  const own = typeOf(value);
  return own === type || (type === "integer" && own === "number" && Number.isInteger(numberOf(value)));
}

const every: (list: unknown) => readonly unknown[] = (list) => (Array.isArray(list) ? list : giveUp());

const keywords: Readonly<Record<string, Keyword>> = {
  $ref: (walk, ref, value, depth) => walk.refers(ref, value, depth),
  type: (_walk, type, value) => (Array.isArray(type) ? type.some((one) => hasType(value, one)) : hasType(value, type)),
  enum: (_walk, list, value) => every(list).some((item) => equalJson(value, item)),
  const: (_walk, wanted, value) => equalJson(value, wanted),
  minimum: bound(numberOf, atLeast),
  maximum: bound(numberOf, atMost),
  exclusiveMinimum: bound(numberOf, (size, limit) => size > limit),
  exclusiveMaximum: bound(numberOf, (size, limit) => size < limit),
  minLength: bound(lengthOf, atLeast),
  maxLength: bound(lengthOf, atMost),
  minItems: bound(itemsOf, atLeast),
  maxItems: bound(itemsOf, atMost),
  minProperties: bound(propertiesOf, atLeast),
  maxProperties: bound(propertiesOf, atMost),
  pattern: (_walk, pattern, value) => typeof value !== "string" || compilePattern(pattern as string)(value),
  required: (_walk, names, value) =>
    !isObject(value) || every(names).every((name) => Object.hasOwn(value, name as string)),
  properties(walk, schemas, value, depth) {
    if (!isObject(value) || !isObject(schemas)) return true;
    let valid = true;
    for (const name of Object.keys(value)) {
      if (Object.hasOwn(schemas, name) && !walk.meets(schemas[name], value[name], depth)) valid = false;
    }
    return valid;
  },
  additionalProperties(walk, rest, value, depth, { properties = {}, patternProperties }) {
    if (!isObject(value)) return true;
    if (patternProperties !== undefined || !isObject(properties)) return giveUp();
    return Object.keys(value)
      .filter((name) => !Object.hasOwn(properties, name))
      .every((name) => walk.meets(rest, value[name], depth));
  },
  propertyNames: (walk, names, value, depth) =>
    !isObject(value) || Object.keys(value).every((name) => walk.meets(names, name, depth)),
  items(walk, items, value, depth, { prefixItems }) {
    if (!Array.isArray(value)) return true;
    if (Array.isArray(items) || prefixItems !== undefined) return giveUp();
    return value.every((item) => walk.meets(items, item, depth));
  },
  allOf: (walk, list, value, depth) => met(walk, list, value, depth) === every(list).length,
  anyOf: (walk, list, value, depth) => met(walk, list, value, depth) > 0,
  oneOf: (walk, list, value, depth) => met(walk, list, value, depth) === 1,
};

/** How many of a list of schemas a value meets. */
function met(walk: Walk, list: unknown, value: unknown, depth: number): number {
  return every(list).filter((schema) => walk.meets(schema, value, depth)).length;
}
