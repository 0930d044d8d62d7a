/** A chart's values.schema.json, made from its settings and the shapes that the charts share. */
import { isMap, type Json, type Setting } from "./settings.ts";

export type Definitions = Readonly<Record<string, Json>>;

/**
 * A strict schema: an object knows its keys and no others, a scalar keeps its type. `charts` are the names under which
 * subcharts' values stand; theirs and `global`'s other keys are none of this chart's business.
 */
export function schemaOf(
  chart: string,
  settings: readonly Setting[],
  definitions: Definitions,
  charts: readonly string[],
): Json {
  const used = new Set<string>();
  const own = objectOf(settings, used);
  const properties: Record<string, Json> = { ...(own["properties"] as Record<string, Json>) };
  const global = properties["global"];
  properties["global"] = isMap(global) ? { ...global, additionalProperties: true } : { type: "object" };
  for (const name of charts) {
    if (!(name in properties)) {
      properties[name] = { type: "object", description: `Values of the subchart ${name}.` };
    } else {
      properties[name] = { ...(properties[name] as Record<string, Json>), additionalProperties: true };
    }
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `${chart} values`,
    ...own,
    properties,
    ...(used.size === 0 ? {} : { $defs: collect(used, definitions) }),
  };
}

function objectOf(settings: readonly Setting[], used: Set<string>): Record<string, Json> {
  const required = settings.filter((setting) => setting.required).map(({ key }) => key);
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(settings.map((setting) => [setting.key, propertyOf(setting, used)])),
    ...(required.length === 0 ? {} : { required }),
  };
}

function propertyOf(setting: Setting, used: Set<string>): Json {
  const description = setting.description === "" ? {} : { description: setting.description };
  if (setting.children.length > 0) return { ...description, ...objectOf(setting.children, used), ...setting.schema };
  if (setting.ref !== undefined) used.add(setting.ref);
  for (const name of refsOf(setting.schema)) used.add(name);
  const shape = setting.ref === undefined ? typeOf(setting.value, setting.schema) : { $ref: `#/$defs/${setting.ref}` };
  return { ...description, ...shape, ...setting.schema, default: setting.value };
}

function typeOf(value: Json, schema: Readonly<Record<string, Json>>): Record<string, Json> {
  if (["type", "enum", "oneOf", "anyOf", "$ref"].some((key) => key in schema)) return {};
  if (typeof value === "number") return { type: Number.isInteger(value) ? "integer" : "number" };
  if (Array.isArray(value)) return { type: "array" };
  return value === null ? {} : { type: typeof value };
}

/** The definitions that are used, and those they use. */
function collect(used: ReadonlySet<string>, definitions: Definitions): Record<string, Json> {
  const all = new Set<string>();
  const visit = (name: string): void => {
    if (all.has(name)) return;
    const definition = definitions[name];
    if (definition === undefined) throw new Error(`@ref ${name}: platforms/library/definitions.yaml has no such shape`);
    all.add(name);
    refsOf(definition).forEach(visit);
  };
  used.forEach(visit);
  return Object.fromEntries([...all].toSorted().map((name) => [name, definitions[name] as Json]));
}

function refsOf(node: Json): string[] {
  if (Array.isArray(node)) return node.flatMap(refsOf);
  if (!isMap(node)) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === "$ref" && typeof value === "string" ? [value.replace("#/$defs/", "")] : refsOf(value),
  );
}

/** A setting's type in words, for a table. */
export function typeInWords(setting: Setting, definitions: Definitions): string {
  const choices = setting.schema["enum"] ?? shapeOf(setting, definitions)["enum"];
  if (Array.isArray(choices)) return choices.map((choice) => (choice === null ? "null" : String(choice))).join(", ");
  const type = setting.schema["type"] ?? shapeOf(setting, definitions)["type"];
  if (Array.isArray(type)) return type.join(", ");
  if (typeof type === "string") return type;
  const { value } = setting;
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return value === null ? "any" : typeof value;
}

function shapeOf(setting: Setting, definitions: Definitions): Readonly<Record<string, Json>> {
  const shape = setting.ref === undefined ? undefined : definitions[setting.ref];
  return isMap(shape) ? shape : {};
}
