import { forbiddenCause, invalidValue, notSupported, required } from "../causes.ts";
import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";

/** The rules of every schema of a definition beside the structural ones (ValidateCustomResourceDefinitionOpenAPISchema). */

type Schema = Loose;

interface Place {
  /** Why defaults may not be here. */
  readonly noDefaults?: string;
  /** Within metadata, kind or apiVersion of a resource. */
  readonly inMeta?: boolean;
}

const types = ["array", "boolean", "integer", "number", "object", "string"];

/** What is wrong with a schema and those below it. */
export function checkSchemaRules(schema: Schema, path: string, out: Cause[], root = true, place: Place = {}): void {
  standard(schema, path, place, out);
  if (schema.uniqueItems === true) {
    out.push(
      forbiddenCause(
        `${path}.uniqueItems`,
        "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
      ),
    );
  }
  const { properties = {}, additionalProperties, items } = schema;
  const names = Object.keys(properties);
  const below = (one: Schema, at: string, where: Place = place) => checkSchemaRules(one, at, out, false, where);
  if (additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (names.length > 0 && additionalProperties !== true) {
      out.push(forbiddenCause(at, "additionalProperties and properties are mutual exclusive"));
    }
    const noDefaults = "inside additionalProperties applying to object metadata";
    if (typeof additionalProperties === "object")
      below(additionalProperties, at, place.inMeta === true ? { ...place, noDefaults } : place);
  }
  for (const name of names) {
    const meta =
      (root || schema["x-kubernetes-embedded-resource"] === true) && ["metadata", "kind", "apiVersion"].includes(name);
    const where: Place = meta
      ? { ...place, inMeta: true, ...(root ? { noDefaults: `in top-level ${name}` } : {}) }
      : place;
    below(properties[name], `${path}.properties[${name}]`, where);
  }
  if (schema.not !== undefined) below(schema.not, `${path}.not`);
  for (const word of ["allOf", "oneOf", "anyOf"]) {
    (schema[word] ?? []).forEach((one: Schema, i: number) => below(one, `${path}.${word}[${i}]`));
  }
  for (const name of Object.keys(schema.definitions ?? {}))
    below(schema.definitions[name], `${path}.definitions[${name}]`);
  if (items?.JSONSchemas !== undefined) {
    items.JSONSchemas.forEach((one: Schema, i: number) => below(one, `${path}.items[${i}]`));
  } else if (items !== undefined) below(items, `${path}.items`);
  for (const name of Object.keys(schema.dependencies ?? {})) {
    const one = schema.dependencies[name];
    if (typeof one === "object" && !Array.isArray(one)) below(one, `${path}.dependencies[${name}]`);
  }
  extensions(schema, path, out);
  rules(schema["x-kubernetes-validations"] ?? [], path, out);
}

/** specStandardValidatorV3: keywords that OpenAPI has and definitions may not. */
function standard(schema: Schema, path: string, place: Place, out: Cause[]): void {
  const { type } = schema;
  if (type && !types.includes(type)) out.push(notSupported(`${path}.type`, type, types));
  if (schema.default !== undefined && schema.default !== null && place.noDefaults !== undefined) {
    out.push(forbiddenCause(`${path}.default`, `must not be set ${place.noDefaults}`));
  }
  const unsupported = (there: unknown, word: string) => {
    if (there) out.push(forbiddenCause(`${path}.${word}`, `${word} is not supported`));
  };
  unsupported(schema.id, "id");
  unsupported(schema.additionalItems !== undefined, "additionalItems");
  unsupported(Object.keys(schema.patternProperties ?? {}).length > 0, "patternProperties");
  unsupported(Object.keys(schema.definitions ?? {}).length > 0, "definitions");
  unsupported(schema.dependencies !== undefined, "dependencies");
  unsupported(schema.$ref !== undefined, "$ref");
  if (type === "null")
    out.push(forbiddenCause(`${path}.type`, "type cannot be set to null, use nullable as an alternative"));
  if (schema.items?.JSONSchemas?.length > 0)
    out.push(forbiddenCause(`${path}.items`, "items must be a schema object and not an array"));
  if (place.inMeta === true && schema["x-kubernetes-embedded-resource"] === true) {
    out.push(forbiddenCause(`${path}.x-kubernetes-embedded-resource`, "must not be used inside of resource meta"));
  }
}

/** A field that must have a value: it is missing, or it has another. */
function mustBe(field: string, value: string | undefined, detail: string): Cause {
  return value === undefined || value === "" ? required(field, detail) : invalidValue(field, value, detail);
}

function extensions(schema: Schema, path: string, out: Cause[]): void {
  const x = (word: string) => schema[`x-kubernetes-${word}`];
  if (x("preserve-unknown-fields") === false) {
    out.push(invalidValue(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined"));
  }
  const { type = "", items } = schema;
  const [mapType, listType, keys = []] = [x("map-type"), x("list-type"), x("list-map-keys")];
  if (mapType !== undefined && type !== "object") {
    out.push(mustBe(`${path}.type`, type, "must be object if x-kubernetes-map-type is specified"));
  }
  if (mapType !== undefined && !["atomic", "granular"].includes(mapType)) {
    out.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]));
  }
  if (listType !== undefined && type !== "array") {
    out.push(mustBe(`${path}.type`, type, "must be array if x-kubernetes-list-type is specified"));
  } else if (listType === "set" && items !== undefined && items.JSONSchemas === undefined) {
    const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
    const own = items["x-kubernetes-list-type"];
    if (items.type === "array" && own !== undefined && own !== "atomic") {
      out.push(invalidValue(`${path}.items.x-kubernetes-list-type`, own, detail));
    }
    if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
      // upstream shows the list type here
      out.push(invalidValue(`${path}.items.x-kubernetes-map-type`, own ?? null, detail));
    }
  }
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType)) {
    out.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ["atomic", "set", "map"]));
  }
  if (keys.length > 0 && listType !== "map") {
    out.push(
      mustBe(`${path}.x-kubernetes-list-type`, listType, "must be map if x-kubernetes-list-map-keys is non-empty"),
    );
  }
  if (listType === "map") listMap(schema, keys, path, out);
  if (listType === "map" || listType === "set") listKeys(schema, listType, keys, path, out);
}

function listMap(schema: Schema, keys: readonly string[], path: string, out: Cause[]): void {
  const { items } = schema;
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) out.push(required(at, "must not be empty if x-kubernetes-list-type is map"));
  if (items === undefined) {
    out.push(required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map"));
    return;
  }
  if (items.JSONSchemas !== undefined) {
    out.push(invalidValue(`${path}.items`, items, "must only have a single schema if x-kubernetes-list-type is map"));
    return;
  }
  if (items.type !== "object") {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    out.push(invalidValue(`${path}.items.type`, items.type ?? "", detail));
    return;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const field = items.properties?.[key];
    if (field === undefined) out.push(invalidValue(at, keys, "entries must all be names of item properties"));
    else if (field.type === "array" || field.type === "object") {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      out.push(invalidValue(`${path}.items.properties[${key}].type`, items.type, detail));
    }
    if (seen.has(key)) out.push(invalidValue(at, keys, "must not contain duplicate entries"));
    seen.add(key);
  }
}

/** The keys of list maps must always be there; items of sets and maps may not be null. */
function listKeys(schema: Schema, listType: string, keys: readonly string[], path: string, out: Cause[]): void {
  const { items } = schema;
  if (items === undefined || items.JSONSchemas !== undefined) return;
  if (items.nullable === true) {
    out.push(forbiddenCause(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  }
  if (listType !== "map") return;
  for (const key of keys) {
    const field = items.properties?.[key];
    if (field === undefined) continue;
    const at = `${path}.items.properties[${key}]`;
    const why = "this property is in x-kubernetes-list-map-keys, so it";
    if (!(items.required ?? []).includes(key) && (field.default === undefined || field.default === null)) {
      out.push(required(`${at}.default`, `${why} must have a default or be a required property`));
    }
    if (field.nullable === true) out.push(forbiddenCause(`${at}.nullable`, `${why} cannot be nullable`));
  }
}

const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const breaks = /[\n\r]+/;

/** x-kubernetes-validations: their form only; the expressions are not read. */
function rules(list: readonly Schema[], path: string, out: Cause[]): void {
  list.forEach((one, i) => {
    const at = `${path}.x-kubernetes-validations[${i}]`;
    const { rule = "", message = "", messageExpression = "", reason, fieldPath = "" } = one;
    const text = message.trim();
    if (rule.trim() === "") out.push(required(`${at}.rule`, "rule is not specified"));
    else if (message !== "" && text === "")
      out.push(invalidValue(`${at}.message`, message, "must be non-empty if specified"));
    else if (breaks.test(text)) out.push(invalidValue(`${at}.message`, message, "must not contain line breaks"));
    else if (breaks.test(rule.trim()) && text === "") {
      out.push(required(`${at}.message`, "message must be specified if rule contains line breaks"));
    }
    if (messageExpression !== "" && messageExpression.trim() === "") {
      out.push(required(`${at}.messageExpression`, "messageExpression must be non-empty if specified"));
    }
    if (reason !== undefined && !reasons.includes(reason)) out.push(notSupported(`${at}.reason`, reason, reasons));
    if (fieldPath !== "" && fieldPath.trim() === "") {
      out.push(invalidValue(`${at}.fieldPath`, fieldPath, "must be non-empty if specified"));
    }
    if (breaks.test(fieldPath)) out.push(invalidValue(`${at}.fieldPath`, fieldPath, "must not contain line breaks"));
  });
}
