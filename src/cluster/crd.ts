import type { Shape } from "../manifest/index.ts";
import { scalarShape, untypedShape } from "../manifest/index.ts";
import { decode } from "./decode.ts";
import { goQuote, invalidValue, notSupported, required, typeInvalid } from "./causes.ts";
import type { Core } from "./core.ts";
import { subdomainName } from "./names.ts";
import { copyJson, sameJson } from "./objects.ts";
import type { CustomVersion, ServedType } from "./served.ts";
import { compareVersions } from "./served.ts";
import type { Cause } from "./status.ts";
import type { Loose } from "./strategy.ts";
import type { Stored } from "./store.ts";
import { age } from "./printers/text.ts";
import { typeByName } from "../schema/index.ts";
import type { TypeInfo } from "../schema/index.ts";

/** CustomResourceDefinitions: their types are served as soon as they are stored. */

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const table = "apiextensions.k8s.io/customresourcedefinitions";

type Schema = Loose;

/** Drops what a structural schema does not know; notes it for strict decoding. */
function prune(value: unknown, schema: Schema, path: string, problems: string[] | undefined, root: boolean): unknown {
  if (schema === undefined || value === null) return value;
  if (Array.isArray(value)) {
    return schema.items === undefined
      ? value
      : value.map((item, i) => prune(item, schema.items, `${path}[${i}]`, problems, false));
  }
  if (typeof value !== "object") return value;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const child = (value as Record<string, unknown>)[key];
    const at = path === "" ? key : `${path}.${key}`;
    if ((root || embedded) && ["apiVersion", "kind", "metadata"].includes(key)) out[key] = child;
    else if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) {
      out[key] = prune(child, schema.properties[key], at, problems, false);
    } else if (typeof schema.additionalProperties === "object" && schema.additionalProperties !== null) {
      out[key] = prune(child, schema.additionalProperties, at, problems, false);
    } else if (schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === true)
      out[key] = child;
    else problems?.push(`unknown field ${goQuote(at)}`);
  }
  return out;
}

/** Fills in defaults; nulls that may not be null give way to them. */
function fillDefaults(value: Loose, schema: Schema): void {
  if (schema === undefined || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) fillDefaults(item, schema.items);
    return;
  }
  for (const [key, child] of Object.entries((schema.properties ?? {}) as Record<string, Schema>)) {
    if (child.default !== undefined && (value[key] === undefined || (value[key] === null && child.nullable !== true))) {
      value[key] = copyJson(child.default);
    }
    if (value[key] !== undefined) fillDefaults(value[key], child);
  }
  if (typeof schema.additionalProperties === "object" && schema.additionalProperties !== null) {
    for (const key of Object.keys(value)) {
      if (schema.properties?.[key] === undefined) fillDefaults(value[key], schema.additionalProperties);
    }
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const formats: Record<string, RegExp> = {
  "date-time": /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  uuid: /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  ipv4: /^\d+\.\d+\.\d+\.\d+$/,
};

/** Patterns are RE2's; those that JavaScript cannot read are passed over. */
const patterns = new Map<string, RegExp | undefined>();

function patternOf(text: string): RegExp | undefined {
  if (!patterns.has(text)) {
    let made: RegExp | undefined;
    try {
      made = new RegExp(text, "u");
    } catch {
      made = undefined;
    }
    patterns.set(text, made);
  }
  return patterns.get(text);
}

/** What a value breaks of a structural schema, in upstream's words. */
function validateSchema(value: unknown, schema: Schema, path: string, out: Cause[]): void {
  if (schema === undefined) return;
  if (value === null) {
    if (schema.nullable !== true && schema.type)
      out.push(typeInvalid(path, "null", `${path} in body must be of type ${schema.type}: "null"`));
    return;
  }
  const kind = kindOf(value);
  if (schema["x-kubernetes-int-or-string"] === true) {
    if (kind !== "integer" && kind !== "string") {
      out.push(typeInvalid(path, kind, `${path} in body must be of type integer,string: "${kind}"`));
      return;
    }
  } else if (schema.type && schema.type !== kind && !(schema.type === "number" && kind === "integer")) {
    out.push(typeInvalid(path, kind, `${path} in body must be of type ${schema.type}: "${kind}"`));
    return;
  }
  if (schema.enum !== undefined && !schema.enum.some((one: unknown) => sameJson(one, value))) {
    out.push(
      notSupported(
        path,
        value,
        schema.enum.map((one: unknown) => (typeof one === "string" ? one : JSON.stringify(one))),
      ),
    );
  }
  const at = path === "" ? "" : path;
  const bad = (detail: string) => out.push(invalidValue(path, value, `${at} in body ${detail}`));
  if (typeof value === "string") {
    if (schema.minLength !== undefined && [...value].length < schema.minLength)
      bad(`should be at least ${schema.minLength} chars long`);
    if (schema.maxLength !== undefined && [...value].length > schema.maxLength) {
      out.push({ type: "FieldValueTooLong", field: path, detail: `may not be more than ${schema.maxLength} bytes` });
    }
    if (schema.pattern !== undefined && patternOf(schema.pattern)?.test(value) === false)
      bad(`should match '${schema.pattern}'`);
    const format = formats[schema.format ?? ""];
    if (format !== undefined && !format.test(value)) bad(`must be of type ${schema.format}: ${goQuote(value)}`);
  } else if (typeof value === "number") {
    if (
      schema.minimum !== undefined &&
      (schema.exclusiveMinimum === true ? value <= schema.minimum : value < schema.minimum)
    ) {
      bad(`should be greater than ${schema.exclusiveMinimum === true ? "" : "or equal to "}${schema.minimum}`);
    }
    if (
      schema.maximum !== undefined &&
      (schema.exclusiveMaximum === true ? value >= schema.maximum : value > schema.maximum)
    ) {
      bad(`should be less than ${schema.exclusiveMaximum === true ? "" : "or equal to "}${schema.maximum}`);
    }
    if (schema.multipleOf !== undefined && value % schema.multipleOf !== 0)
      bad(`should be a multiple of ${schema.multipleOf}`);
  } else if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems)
      bad(`should have at least ${schema.minItems} items`);
    if (schema.maxItems !== undefined && value.length > schema.maxItems) {
      out.push({
        type: "FieldValueTooMany",
        field: path,
        value: String(value.length),
        detail: `must have at most ${schema.maxItems} items`,
      });
    }
    value.forEach((item, i) => validateSchema(item, schema.items, `${path}[${i}]`, out));
    duplicates(value, schema, path, out);
  } else if (typeof value === "object") {
    const object = value as Record<string, unknown>;
    for (const name of schema.required ?? [])
      if (object[name] === undefined) out.push(required(path === "" ? name : `${path}.${name}`));
    const count = Object.keys(object).length;
    if (schema.minProperties !== undefined && count < schema.minProperties)
      bad(`should have at least ${schema.minProperties} properties`);
    if (schema.maxProperties !== undefined && count > schema.maxProperties)
      bad(`should have at most ${schema.maxProperties} properties`);
    for (const key of Object.keys(object)) {
      const child =
        schema.properties?.[key] ??
        (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
      if (child === undefined) continue;
      const below = schema.properties?.[key] === undefined ? `${path}.${key}` : path === "" ? key : `${path}.${key}`;
      validateSchema(object[key], child, below, out);
    }
  }
  combined(value, schema, path, out);
}

function duplicates(list: readonly unknown[], schema: Schema, path: string, out: Cause[]): void {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return;
  const seen = new Set<string>();
  const keys: string[] = schema["x-kubernetes-list-map-keys"] ?? [];
  list.forEach((item, i) => {
    const identity =
      type === "set"
        ? item
        : Object.fromEntries(
            keys.map((key) => [key, (item as Loose)?.[key] ?? schema.items?.properties?.[key]?.default]),
          );
    const text = JSON.stringify(identity);
    if (seen.has(text))
      out.push({
        type: "FieldValueDuplicate",
        field: `${path}[${i}]`,
        value: typeof identity === "string" ? goQuote(identity) : text,
        detail: "",
      });
    seen.add(text);
  });
}

function passes(value: unknown, schema: Schema, path: string): boolean {
  const causes: Cause[] = [];
  validateSchema(value, schema, path, causes);
  return causes.length === 0;
}

function combined(value: unknown, schema: Schema, path: string, out: Cause[]): void {
  for (const one of schema.allOf ?? []) validateSchema(value, one, path, out);
  const at = path === "" ? '""' : path;
  const fail = (detail: string) => out.push(invalidValue(path, value, `${at} in body ${detail}`));
  if (schema.anyOf !== undefined && !schema.anyOf.some((one: Schema) => passes(value, one, path))) {
    fail("must validate at least one schema (anyOf)");
  }
  if (schema.oneOf !== undefined) {
    const valid = schema.oneOf.filter((one: Schema) => passes(value, one, path)).length;
    if (valid !== 1)
      fail(
        `must validate one and only one schema (oneOf). ${valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`}`,
      );
  }
  if (schema.not !== undefined && passes(value, schema.not, path)) fail("must not validate the schema (not)");
}

/** What server-side apply needs to know of a schema. */
function shapeOf(schema: Schema): Shape {
  if (schema === undefined || schema["x-kubernetes-preserve-unknown-fields"] === true) {
    if (schema?.properties === undefined) return untypedShape;
  }
  if (schema["x-kubernetes-int-or-string"] === true) return scalarShape;
  switch (schema.type) {
    case "array": {
      const type = schema["x-kubernetes-list-type"];
      const items = shapeOf(schema.items ?? {});
      return {
        kind: "list",
        atomic: type !== "set" && type !== "map",
        keys: schema["x-kubernetes-list-map-keys"] ?? [],
        keyDefault: (key) => schema.items?.properties?.[key]?.default,
        items,
      };
    }
    case "object": {
      const made = new Map<string, Shape>();
      const extra = schema.additionalProperties;
      return {
        kind: "map",
        atomic: schema["x-kubernetes-map-type"] === "atomic",
        field(name) {
          const child = schema.properties?.[name];
          if (child === undefined) return undefined;
          let known = made.get(name);
          if (known === undefined) made.set(name, (known = shapeOf(child)));
          return known;
        },
        values:
          typeof extra === "object" && extra !== null
            ? shapeOf(extra)
            : extra === true || schema["x-kubernetes-preserve-unknown-fields"] === true
              ? untypedShape
              : undefined,
      };
    }
    case undefined:
      return untypedShape;
    default:
      return scalarShape;
  }
}

/** The values a simple JSON path finds (`.spec.x`, `.status.conditions[?(@.type=="Ready")].status`). */
function jsonPath(object: unknown, path: string): unknown[] {
  let found: unknown[] = [object];
  const step = /\.?([A-Za-z_][\w-]*)|\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]|\[(\d+|\*)\]|\['([^']+)'\]|\.\*/gy;
  const text = path.replace(/\\\./g, "\u0001").replace(/^\$/, "");
  for (let match = step.exec(text); match !== null; match = step.exec(text)) {
    const [, name, filterPath, filterValue, index, quoted] = match;
    found = found.flatMap((value) => {
      if (typeof value !== "object" || value === null) return [];
      if (filterPath !== undefined)
        return Array.isArray(value)
          ? value.filter((one) => String(jsonPath(one, `.${filterPath}`)[0]) === filterValue)
          : [];
      if (index !== undefined)
        return Array.isArray(value) ? (index === "*" ? value : value.slice(Number(index), Number(index) + 1)) : [];
      const key = (name ?? quoted ?? "").replaceAll("\u0001", ".");
      const child = (value as Record<string, unknown>)[key];
      return child === undefined ? [] : [child];
    });
  }
  return found;
}

function cellOf(value: unknown, type: string, now: number): unknown {
  if (value === undefined || value === null) return type === "date" ? "<unknown>" : "";
  if (type === "date") return typeof value === "string" ? age(value, now) : "<unknown>";
  if (type === "string" && typeof value !== "string")
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  return value;
}

const columnAge = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

/** One version of a definition as a served type. */
function servedVersion(definition: Loose, version: Loose): ServedType {
  const { group, names, scope } = definition.spec;
  const schema: Schema = version.schema?.openAPIV3Schema ?? {
    type: "object",
    "x-kubernetes-preserve-unknown-fields": true,
  };
  const apiVersion = `${group}/${version.name}`;
  const printed: Loose[] = version.additionalPrinterColumns ?? [columnAge];
  const metaType = typeByName(objectMeta) as TypeInfo;
  const decodeCustom = (object: Record<string, unknown>, problems: string[] | undefined): Record<string, unknown> => {
    const pruned = prune(object, schema, "", problems, true) as Record<string, unknown>;
    const before = problems?.length ?? 0;
    const metadata = decode(metaType, object["metadata"] ?? {}, problems === undefined ? undefined : { problems });
    if (problems !== undefined)
      for (let i = before; i < problems.length; i++) problems[i] = (problems[i] as string).replace('"', '"metadata.');
    const { apiVersion: _, kind: __, ...rest } = copyJson(pruned);
    const out: Record<string, unknown> = { ...rest, metadata };
    fillDefaults(out, schema);
    return out;
  };
  const custom: CustomVersion = {
    decode: decodeCustom,
    cells: (object, now) => printed.map((column) => cellOf(jsonPath(object, column.jsonPath)[0], column.type, now)),
    openapi: schema,
    served: version.served === true,
    ...(version.subresources?.scale === undefined ? {} : { scale: version.subresources.scale }),
  };
  const subresources = [];
  if (version.subresources?.scale !== undefined) {
    subresources.push({
      name: "scale",
      group: "autoscaling",
      version: "v1",
      kind: "Scale",
      verbs: ["get", "patch", "update"],
    });
  }
  if (version.subresources?.status !== undefined) {
    subresources.unshift({
      name: "status",
      group,
      version: version.name,
      kind: names.kind,
      verbs: ["get", "patch", "update"],
    });
  }
  const shape = shapeOf({
    ...schema,
    type: "object",
    properties: {
      ...schema.properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object", additionalProperties: true },
    },
  });
  const validate = (object: Loose, causes: Cause[]) => {
    const { metadata: _, apiVersion: __, kind: ___, ...rest } = object;
    validateSchema(
      rest,
      { ...schema, required: (schema.required ?? []).filter((one: string) => one !== "metadata") },
      "",
      causes,
    );
  };
  return {
    group,
    version: version.name,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    namespaced: scope === "Namespaced",
    verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    storageHash: "",
    subresources,
    columns: [
      { name: "Name", type: "string", format: "name", priority: 0 },
      ...printed.map((column) => ({
        name: column.name,
        type: column.type,
        format: column.format ?? "",
        priority: column.priority ?? 0,
      })),
    ],
    apiVersion,
    listKind: names.listKind ?? `${names.kind}List`,
    shape,
    custom,
    table: `${group}/${names.plural}`,
    strategy: {
      nameProblems: subdomainName,
      conditionalUpdate: true,
      validate,
      validateUpdate: (object, _old, causes) => validate(object, causes),
      validateStatus: (object, _old, causes) => validate(object, causes),
    },
  };
}

/** Serves the types of stored definitions from now on, and keeps their conditions. */
export function serveDefinitions(core: Core): void {
  const tableOf = core.store.table(table);
  const load = (definition: Stored) => {
    const { spec } = definition as Loose;
    const versions: Loose[] = (spec.versions ?? []).filter((version: Loose) => version.served === true);
    versions.sort((a, b) => compareVersions(a.name, b.name));
    core.types.setCustom(
      definition.metadata.name,
      versions.map((version) => servedVersion(definition, version)),
    );
  };
  for (const definition of tableOf.objects.values()) load(definition);
  tableOf.listeners.add((event) => {
    const { name } = event.object.metadata;
    if (event.type === "DELETED") {
      core.types.setCustom(name, []);
      // its objects go with it
      const { group, names } = (event.object as Loose).spec;
      core.clock.schedule(0, () => {
        const rest = core.store.table(`${group}/${names.plural}`);
        for (const key of rest.keys.slice()) core.store.remove(rest.name, key);
      });
    } else if (event.previous === undefined || !sameJson(event.previous["spec"], event.object["spec"]))
      load(event.object);
  });
}

/** Defaults, names and conditions of a definition, and what is wrong with one. */
export function definitionDefaults(object: Loose): void {
  const { spec } = object;
  if (spec?.names === undefined) return;
  spec.names.singular ||= (spec.names.kind ?? "").toLowerCase();
  spec.names.listKind ||= spec.names.kind ? `${spec.names.kind}List` : "";
  spec.conversion ??= { strategy: "None" };
}

export function definitionCreated(object: Loose, now: string): void {
  const { names, versions } = object.spec;
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: "True",
    lastTransitionTime: now,
    reason,
    message,
  });
  object.status = {
    conditions: [
      condition("NamesAccepted", "NoConflicts", "no conflicts found"),
      condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ],
    acceptedNames: copyJson(names),
    storedVersions: (versions ?? [])
      .filter((version: Loose) => version.storage === true)
      .map((version: Loose) => version.name),
  };
}

export function validateDefinition(object: Loose, out: Cause[]): void {
  const { spec, metadata } = object;
  const { group = "", names = {}, versions = [], scope = "" } = spec ?? {};
  if (metadata.name !== `${names.plural}.${group}`) {
    out.push(invalidValue("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  if (group === "") out.push(required("spec.group"));
  if (!["Cluster", "Namespaced"].includes(scope)) {
    if (scope === "") out.push(required("spec.scope"));
    else out.push(notSupported("spec.scope", scope, ["Cluster", "Namespaced"]));
  }
  const stored = versions.filter((version: Loose) => version.storage === true).length;
  if (stored !== 1)
    out.push(
      invalidValue(
        "spec.versions",
        versions.length === 0 ? null : versions,
        "must have exactly one version marked as storage version",
      ),
    );
  for (const [i, version] of versions.entries()) {
    if (version.schema?.openAPIV3Schema === undefined)
      out.push(required(`spec.versions[${i}].schema.openAPIV3Schema`, "schemas are required"));
  }
  for (const field of ["plural", "singular", "kind", "listKind"])
    if (!names[field]) out.push(required(`spec.names.${field}`));
}
