import { isObject, numberOf } from "./json.ts";
import type { Draft } from "./documents.ts";
import { isPlainPattern } from "./patterns.ts";

/**
 * Is a schema document surely valid by its draft's metaschema, with no part that has a name of its own, and do all its
 * references lead to its definitions? Compiling the metaschema and holding the schema against it takes longer than all
 * the rest of rendering a chart; this takes a walk. It knows what is usual: a no says nothing, the metaschema decides
 * then, and finds the words. Where drafts differ, what all of them take counts.
 */
export function isPlainSchema(root: unknown, draft: Draft): boolean {
  if (!isObject(root)) return false;
  const check = (schema: unknown): boolean => {
    if (typeof schema === "boolean") return draft > 4;
    if (!isObject(schema)) return false;
    return Object.keys(schema).every((key) => {
      // At the root it is how the draft was found.
      if (key === "$schema") return schema === root;
      const keyword = Object.hasOwn(keywords, key) ? keywords[key] : undefined;
      return keyword === undefined ? !named.has(key) : keyword(schema[key], { root, draft, check });
    });
  };
  return check(root);
}

interface Context {
  readonly root: Readonly<Record<string, unknown>>;
  readonly draft: Draft;
  check(schema: unknown): boolean;
}
type Keyword = (value: unknown, context: Context) => boolean;

/** What gives parts names, switches vocabularies, or is too rare to be told here. */
const named = new Set([
  "id",
  "$id",
  "$anchor",
  "$recursiveAnchor",
  "$recursiveRef",
  "$dynamicAnchor",
  "$dynamicRef",
  "$vocabulary",
  "contentSchema",
]);

const isString: Keyword = (value) => typeof value === "string";
const isBoolean: Keyword = (value) => typeof value === "boolean";
const isNumber: Keyword = (value) => numberOf(value) !== undefined;
const isCount: Keyword = (value) => Number.isInteger(numberOf(value)) && (numberOf(value) as number) >= 0;
const isSchema: Keyword = (value, { check }) => check(value);
const isPattern = (value: unknown) => typeof value === "string" && isPlainPattern(value);
const everyValue = (value: unknown, test: (item: unknown) => boolean) =>
  isObject(value) && Object.keys(value).every((key) => test(value[key]));
const areStrings: Keyword = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((item) => typeof item === "string") &&
  new Set(value).size === value.length;
/** Draft 4 wants one at least. */
const areNames: Keyword = (value, context) =>
  areStrings(value, context) || (context.draft > 4 && Array.isArray(value) && value.length === 0);
const areSchemas: Keyword = (value, { check }) =>
  Array.isArray(value) && value.length > 0 && value.every((item) => check(item));
const schemaMap: Keyword = (value, { check }) => everyValue(value, check);
/** Draft 4's are switches of the bound beside them. */
const exclusive: Keyword = (value, { draft }) => draft > 4 && numberOf(value) !== undefined;
const additional: Keyword = (value, { check }) => typeof value === "boolean" || check(value);
const isPrimitive = (value: unknown) => !Array.isArray(value) && !isObject(value);
const byValue = (value: unknown) => numberOf(value) ?? value;
const types = new Set<unknown>(["array", "boolean", "integer", "null", "number", "object", "string"]);

const each = (names: string, keyword: Keyword) =>
  Object.fromEntries(names.split(" ").map((name) => [name, keyword] as const));

const keywords: Readonly<Record<string, Keyword>> = {
  ...each("$comment title description format contentEncoding contentMediaType", isString),
  ...each("readOnly writeOnly deprecated uniqueItems", isBoolean),
  ...each("minimum maximum", isNumber),
  ...each("exclusiveMinimum exclusiveMaximum", exclusive),
  ...each("minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains", isCount),
  ...each("allOf anyOf oneOf prefixItems", areSchemas),
  ...each("not if then else contains propertyNames unevaluatedItems unevaluatedProperties", isSchema),
  ...each("additionalItems additionalProperties", additional),
  ...each("properties definitions $defs dependentSchemas", schemaMap),
  $ref: (value, { root }) => {
    const [, place = "", name = ""] = /^#\/(definitions|\$defs)\/([A-Za-z0-9_.-]+)$/.exec(String(value)) ?? [];
    const definitions = Object.hasOwn(root, place) ? root[place] : undefined;
    return isObject(definitions) && Object.hasOwn(definitions, name);
  },
  default: () => true,
  const: () => true,
  examples: (value) => Array.isArray(value),
  type: (value, context) =>
    types.has(value) || (areStrings(value, context) && (value as unknown[]).every((item) => types.has(item))),
  // Before 2019-09 it wants some, all different: that is quickly told of what is no list or object.
  enum: (value, { draft }) =>
    Array.isArray(value) &&
    (draft >= 2019 ||
      (value.length > 0 && value.every(isPrimitive) && new Set(value.map(byValue)).size === value.length)),
  required: areNames,
  multipleOf: (value) => (numberOf(value) ?? 0) > 0,
  pattern: isPattern,
  items: (value, context) => (context.draft < 2020 && areSchemas(value, context)) || context.check(value),
  patternProperties: (value, context) =>
    schemaMap(value, context) && isObject(value) && Object.keys(value).every(isPattern),
  dependentRequired: (value, context) => everyValue(value, (item) => areNames(item, context)),
  dependencies: (value, context) => everyValue(value, (item) => areNames(item, context) || context.check(item)),
};
