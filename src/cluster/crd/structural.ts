import { forbiddenCause, invalidValue, required } from "../causes.ts";
import { sameJson } from "../objects.ts";
import { causeText } from "../status.ts";
import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";
import { compilePattern, EngineWanted } from "./patterns.ts";

/**
 * Is a schema structural: does it say of every field what it is outside of logical combinations, and inside of them only
 * what its values must be? (apiextensions-apiserver's pkg/apiserver/schema)
 */

type Schema = Loose;
type Level = "root" | "item" | "field";

/** What keeps a schema from being structural, sorted by its words as upstream sorts it. */
export function checkStructural(schema: Schema, path: string): Cause[] {
  const out: Cause[] = [];
  invariants(schema, "root", path, out);
  combinedCompleteness(schema, schema, path, path, out);
  return out.sort((a, b) => {
    const [x, y] = [causeText(a), causeText(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

/** What the conversion into a structural schema stumbles over first: keywords that it does not know. */
export function unsupportedKeyword(schema: Schema): string | undefined {
  const text = (word: string) => `OpenAPIV3Schema '${word}' is not supported`;
  if (schema.id) return text("id");
  if (schema.$schema) return text("schema");
  if (schema.$ref) return text("$ref");
  if (size(schema.patternProperties) > 0) return text("patternProperties");
  if (size(schema.dependencies) > 0) return text("dependencies");
  if (schema.additionalItems !== undefined) return text("additionalItems");
  if (size(schema.definitions) > 0) return text("definitions");
  for (const one of [schema.not, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    const found = one === undefined ? undefined : unsupportedKeyword(one);
    if (found !== undefined) return found;
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  }
  if (schema.items?.JSONSchemas !== undefined) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  const below = [schema.items, ...Object.values(schema.properties ?? {}), schema.additionalProperties];
  for (const one of below) {
    const found = typeof one === "object" && one !== null ? unsupportedKeyword(one) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

const size = (map: object | undefined): number => (map === undefined ? 0 : Object.keys(map).length);

const intOrString = [{ type: "integer" }, { type: "string" }];

function invariants(schema: Schema | undefined, level: Level, path: string, out: Cause[]): void {
  if (schema === undefined) return;
  const { type = "", items, properties = {}, additionalProperties } = schema;
  if (type === "array" && items === undefined) out.push(required(`${path}.items`, "must be specified"));
  invariants(items, "item", `${path}.items`, out);
  for (const key of Object.keys(properties)) invariants(properties[key], "field", `${path}.properties[${key}]`, out);
  if (additionalProperties !== undefined) {
    if (level === "root") out.push(forbiddenCause(`${path}.additionalProperties`, "must not be used at the root"));
    if (typeof additionalProperties === "object")
      invariants(additionalProperties, "field", `${path}.additionalProperties`, out);
  }
  const either = schema["x-kubernetes-int-or-string"] === true;
  const keeps = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const mustBeFalse = "must be false if x-kubernetes-int-or-string is true";
  if (either && keeps) out.push(invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, true, mustBeFalse));
  if (either && embedded) out.push(invalidValue(`${path}.x-kubernetes-embedded-resource`, true, mustBeFalse));
  nestedParts(
    schema,
    sameJson(schema.anyOf, intOrString),
    sameJson(schema.allOf?.[0]?.anyOf, intOrString),
    level,
    path,
    out,
  );
  if (embedded && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    out.push(type === "" ? required(`${path}.type`, detail) : invalidValue(`${path}.type`, type, detail));
  } else if (type === "" && !either && !keeps) {
    const where = { root: "at the root", item: "for specified array items", field: "for specified object fields" };
    out.push(required(`${path}.type`, `must not be empty ${where[level]}`));
  }
  if (embedded && additionalProperties !== undefined) {
    out.push(
      forbiddenCause(`${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set"),
    );
  }
  if (level === "root" && type !== "" && type !== "object") {
    out.push(invalidValue(`${path}.type`, type, "must be object at the root"));
  }
  metadataInvariants(schema, level, path, out);
  if (embedded && !keeps && size(properties) === 0) {
    out.push(
      required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
    );
  }
}

function metadataInvariants(schema: Schema, level: Level, path: string, out: Cause[]): void {
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const checked = level === "root" || schema["x-kubernetes-embedded-resource"] === true;
  for (const [key, one] of [["kind", kind] as const, ["apiVersion", apiVersion] as const]) {
    if (checked && one !== undefined && one.type !== "string") {
      out.push(invalidValue(`${path}.properties[${key}].type`, one.type ?? "", "must be string"));
    }
  }
  if (metadata === undefined) return;
  const at = `${path}.properties[metadata]`;
  if (checked && metadata.type !== "object")
    out.push(invalidValue(`${at}.type`, metadata.type ?? "", "must be object"));
  if (level !== "root") return;
  const { type: _, default: __, properties = {}, ...rest } = metadata;
  const names = Object.keys(properties);
  const onlyNames = names.every((name) => name === "name" || name === "generateName");
  if (!onlyNames || Object.keys(rest).length > 0) {
    out.push(
      forbiddenCause(
        at,
        "must not specify anything other than name and generateName, but metadata is implicitly specified",
      ),
    );
  }
}

/** Logical combinations and the pattern: of a schema itself, or of one within a combination. */
function nestedParts(
  schema: Schema,
  skipAnyOf: boolean,
  skipFirst: boolean,
  level: Level,
  path: string,
  out: Cause[],
): void {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  if (!skipAnyOf) anyOf.forEach((one: Schema, i: number) => nested(one, false, level, `${path}.anyOf[${i}]`, out));
  allOf.forEach((one: Schema, i: number) => nested(one, skipFirst && i === 0, level, `${path}.allOf[${i}]`, out));
  oneOf.forEach((one: Schema, i: number) => nested(one, false, level, `${path}.oneOf[${i}]`, out));
  if (not !== undefined) nested(not, false, level, `${path}.not`, out);
  if (pattern) {
    try {
      compilePattern(pattern);
    } catch (error) {
      if (error instanceof EngineWanted) throw error;
      const why = (error as Error).message;
      out.push(invalidValue(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${why}`));
    }
  }
}

function nested(schema: Schema, skipAnyOf: boolean, level: Level, path: string, out: Cause[]): void {
  nestedParts(schema, skipAnyOf, false, level, path, out);
  const { properties = {}, additionalProperties } = schema;
  if (schema.items !== undefined) nested(schema.items, false, level, `${path}.items`, out);
  for (const key of Object.keys(properties)) nested(properties[key], false, "field", `${path}.properties[${key}]`, out);
  const forbid = (word: string, detail: string) =>
    out.push(forbiddenCause(`${path}.${word}`, `${detail} to be structural`));
  if (schema.type) forbid("type", "must be empty");
  if (additionalProperties !== undefined && additionalProperties !== false) {
    forbid("additionalProperties", "must be undefined");
  }
  if (schema.default !== undefined && schema.default !== null) forbid("default", "must be undefined");
  if (schema.title) forbid("title", "must be empty");
  if (schema.description) forbid("description", "must be empty");
  if (schema.nullable === true) forbid("nullable", "must be false");
  for (const word of ["preserve-unknown-fields", "embedded-resource", "int-or-string"]) {
    if (schema[`x-kubernetes-${word}`] === true) forbid(`x-kubernetes-${word}`, "must be false");
  }
  if (schema["x-kubernetes-list-map-keys"]?.length > 0) forbid("x-kubernetes-list-map-keys", "must be empty");
  for (const word of ["list-type", "map-type"]) {
    if (schema[`x-kubernetes-${word}`] !== undefined) forbid(`x-kubernetes-${word}`, "must be undefined");
  }
  if (schema["x-kubernetes-validations"]?.length > 0) forbid("x-kubernetes-validations", "must be empty");
  if (properties.metadata !== undefined) {
    out.push(forbiddenCause(`${path}.properties[metadata]`, "must not be specified in a nested context"));
  }
}

/** Every field that a combination names must be specified outside of it. */
function combinedCompleteness(nest: Schema, schema: Schema, at: string, from: string, out: Cause[]): void {
  if (nest.not !== undefined) nestedCompleteness(nest.not, schema, at, `${from}.not`, out);
  for (const word of ["allOf", "anyOf", "oneOf"]) {
    (nest[word] ?? []).forEach((one: Schema, i: number) =>
      nestedCompleteness(one, schema, at, `${from}.${word}[${i}]`, out),
    );
  }
}

function nestedCompleteness(nest: Schema, schema: Schema | undefined, at: string, from: string, out: Cause[]): void {
  if (schema === undefined) {
    out.push(required(at, `because it is defined in ${from}`));
    return;
  }
  combinedCompleteness(nest, schema, at, from, out);
  if (nest.items !== undefined) nestedCompleteness(nest.items, schema.items, `${at}.items`, `${from}.items`, out);
  for (const key of Object.keys(nest.properties ?? {})) {
    const [below, source] = [`${at}.properties[${key}]`, `${from}.properties[${key}]`];
    const known = schema.properties?.[key];
    if (known === undefined) out.push(required(below, `because it is defined in ${source}`));
    else nestedCompleteness(nest.properties[key], known, below, source, out);
  }
}
