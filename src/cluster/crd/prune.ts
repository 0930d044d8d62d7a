import { goQuote } from "../causes.ts";
import { copyJson } from "../objects.ts";
import type { Loose } from "../strategy.ts";

/** What a structural schema takes away from objects and fills in. All of it works in place. */

type Schema = Loose;

const metaFields: readonly string[] = ["apiVersion", "kind", "metadata"];

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema of a field that `properties` does not name: undefined where it has none. */
function extra(schema: Schema): Schema | undefined {
  const { additionalProperties } = schema;
  return isMap(additionalProperties) ? additionalProperties : undefined;
}

/**
 * Drops what the schema does not know.
 * @param unknown gets the paths of what was dropped
 * @param embedded true where the object itself is a resource: its type and metadata stay
 */
export function prune(
  object: unknown,
  schema: Schema | undefined,
  unknown: string[] | undefined,
  embedded: boolean,
): void {
  pruneAt(object, schema, "", unknown, embedded);
}

function pruneAt(
  value: unknown,
  schema: Schema | undefined,
  path: string,
  unknown: string[] | undefined,
  root: boolean,
): void {
  if (schema !== undefined && schema["x-kubernetes-preserve-unknown-fields"] === true) {
    return keepUnknown(value, schema, path, unknown, root);
  }
  if (Array.isArray(value)) {
    value.forEach((item, i) => pruneAt(item, schema?.items, `${path}[${i}]`, unknown, false));
    return;
  }
  if (!isMap(value)) return;
  const resource = root || schema?.["x-kubernetes-embedded-resource"] === true;
  for (const key of Object.keys(value)) {
    if (schema !== undefined && resource && metaFields.includes(key)) continue;
    const at = path === "" ? key : `${path}.${key}`;
    if (schema?.properties !== undefined && Object.hasOwn(schema.properties, key)) {
      pruneAt(value[key], schema.properties[key], at, unknown, false);
    } else if (schema !== undefined && schema.additionalProperties !== undefined) {
      pruneAt(value[key], extra(schema), at, unknown, false);
    } else {
      unknown?.push(at);
      delete value[key];
    }
  }
}

/** Below x-kubernetes-preserve-unknown-fields unknown fields stay, and known ones are pruned again. */
function keepUnknown(
  value: unknown,
  schema: Schema | undefined,
  path: string,
  unknown: string[] | undefined,
  root: boolean,
): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => keepUnknown(item, schema.items, `${path}[${i}]`, unknown, false));
    return;
  }
  if (!isMap(value)) return;
  const resource = root || schema["x-kubernetes-embedded-resource"] === true;
  for (const key of Object.keys(value)) {
    if (resource && metaFields.includes(key)) continue;
    const at = path === "" ? key : `${path}.${key}`;
    if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) {
      pruneAt(value[key], schema.properties[key], at, unknown, false);
    } else if (schema.additionalProperties !== undefined) pruneAt(value[key], extra(schema), at, unknown, false);
  }
}

/** Has a schema a default? A null is none. */
const hasDefault = (schema: Schema | undefined): boolean => schema?.default !== undefined && schema.default !== null;

const isStrayNull = (value: unknown, schema: Schema | undefined): boolean =>
  value === null && schema !== undefined && schema.nullable !== true;

/** Takes away nulls that may not be there and that no default will replace. */
export function dropNulls(value: unknown, schema: Schema | undefined): void {
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item, schema?.items);
    return;
  }
  if (!isMap(value)) return;
  for (const key of Object.keys(value)) {
    const child = fieldOf(schema, key);
    if (isStrayNull(value[key], child) && !hasDefault(child)) delete value[key];
    else dropNulls(value[key], child);
  }
}

function fieldOf(schema: Schema | undefined, key: string): Schema | undefined {
  if (schema === undefined) return undefined;
  return schema.properties !== undefined && Object.hasOwn(schema.properties, key)
    ? schema.properties[key]
    : extra(schema);
}

/** Fills in defaults; nulls that may not be there give way to them. */
export function fillDefaults(value: unknown, schema: Schema | undefined): void {
  if (schema === undefined) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    for (let i = 0; i < value.length; i++) {
      if (isStrayNull(value[i], items)) value[i] = copyJson(items.default ?? null);
      fillDefaults(value[i], items);
    }
    return;
  }
  if (!isMap(value)) return;
  const properties: Record<string, Schema> = schema.properties ?? {};
  for (const key of Object.keys(properties)) {
    const child = properties[key];
    if (hasDefault(child) && (value[key] === undefined || isStrayNull(value[key], child)))
      value[key] = copyJson(child.default);
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(properties, key)) fillDefaults(value[key], properties[key]);
    else if (schema.additionalProperties !== undefined) {
      const child = extra(schema);
      if (isStrayNull(value[key], child)) value[key] = copyJson(child?.default ?? null);
      fillDefaults(value[key], child);
    }
  }
}

/** The notes that strict decoding makes of fields that were dropped. */
export function unknownFields(paths: readonly string[]): string[] {
  return paths.toSorted().map((path) => `unknown field ${goQuote(path)}`);
}
