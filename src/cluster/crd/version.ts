import { createHash } from "node:crypto";
import { decode } from "../decode.ts";
import { invalidValue } from "../causes.ts";
import { subdomainName, qualifiedNameProblems } from "../names.ts";
import { copyJson } from "../objects.ts";
import type { CustomVersion, ServedType } from "../served.ts";
import type { Cause } from "../status.ts";
import type { Loose, Strategy } from "../strategy.ts";
import type { Stored } from "../store.ts";
import { typeByName } from "../../schema/index.ts";
import type { TypeInfo } from "../../schema/index.ts";
import { cellsOf, columnAge } from "./columns.ts";
import { checkEmbedded, coerceEmbedded } from "./embedded.ts";
import { checkLists } from "./lists.ts";
import { dropNulls, fillDefaults, prune, unknownFields } from "./prune.ts";
import { resourceShape } from "./shape.ts";
import { checkValue } from "./values.ts";

/** One version of a CustomResourceDefinition as a type that is served. */

type Schema = Loose;

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

export function schemaOf(version: Loose): Schema {
  return version.schema?.openAPIV3Schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true };
}

/** A request's object: pruned, its metadata as Go's types hold it, defaults filled in. */
function decodeResource(
  object: Record<string, unknown>,
  schema: Schema,
  problems: string[] | undefined,
): Record<string, unknown> {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const out: Record<string, unknown> = copyJson(rest);
  const unknown: string[] | undefined = problems === undefined ? undefined : [];
  prune(out, schema, unknown, true);
  dropNulls(out, schema);
  coerceEmbedded(out, schema, "", unknown);
  const inMetadata: string[] = [];
  const metaType = typeByName(objectMeta) as TypeInfo;
  const decoded = decode(metaType, metadata ?? {}, problems === undefined ? undefined : { problems: inMetadata });
  if (problems !== undefined && unknown !== undefined) {
    problems.push(...unknownFields(unknown), ...inMetadata.map((problem) => problem.replace('"', '"metadata.')));
  }
  const made: Record<string, unknown> = { ...out, metadata: decoded };
  fillDefaults(made, schema);
  return made;
}

function at(object: Loose, path: string): unknown {
  return path
    .split(".")
    .filter((step) => step !== "")
    .reduce((value, step) => value?.[step], object);
}

/** The numbers, and the selector, that a scale subresource speaks of. */
function checkScale(object: Loose, path: string | undefined, out: Cause[], type: "int64" | "string" = "int64"): void {
  if (path === undefined) return;
  const misfit = (found: unknown, wanted: string) =>
    out.push(
      invalidValue(
        path,
        type === "int64" ? 0 : "",
        `${path} accessor error: ${printed(found)} is of the type ${goType(found)}, expected ${wanted}`,
      ),
    );
  let value: Loose = object;
  for (const step of path.split(".").filter((one) => one !== "")) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      misfit(value, "map[string]interface{}");
      return;
    }
    value = value[step];
    if (value === undefined) return;
  }
  if (type === "string") {
    if (typeof value !== "string") misfit(value, type);
  } else if (typeof value !== "number" || !Number.isInteger(value)) misfit(value, "int64");
  else if (value < 0) out.push(invalidValue(path, value, "should be a non-negative integer"));
  else if (value > 2 ** 31 - 1) out.push(invalidValue(path, value, "should be less than or equal to 2147483647"));
}

function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  const names: Record<string, string> = { object: "map[string]interface {}", boolean: "bool", number: "float64" };
  return typeof value === "number" && Number.isInteger(value) ? "int64" : (names[typeof value] ?? typeof value);
}

/** What Go's %v makes of a value. */
function printed(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(printed).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const keys = Object.keys(value).sort();
  return `map[${keys.map((key) => `${key}:${printed((value as Loose)[key])}`).join(" ")}]`;
}

const ownFinalizers = ["orphan", "foregroundDeletion", "kubernetes"];

/** Finalizers that are new and whose names may be others', too. */
function finalizerWarnings(object: Loose, old: Loose | undefined): string[] {
  const before: string[] = old?.metadata.finalizers ?? [];
  const added = [...new Set<string>(object.metadata.finalizers ?? [])].filter((name) => !before.includes(name)).sort();
  const out: string[] = [];
  for (const name of added) {
    const place = `metadata.finalizers: ${JSON.stringify(name)}`;
    out.push(...qualifiedNameProblems(name).map((problem) => `${place}: ${problem}`));
    if (name.includes("/") || ownFinalizers.includes(name)) continue;
    const path = name.includes(".") ? " including a path (/)" : "";
    out.push(
      `${place}: prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`,
    );
  }
  return out;
}

function strategyOf(definition: Loose, version: Loose, schema: Schema): Strategy {
  const scale = version.subresources?.scale;
  const rest = (object: Loose, out: Cause[]) => {
    checkScale(object, scale?.specReplicasPath, out);
    checkScale(object, scale?.statusReplicasPath, out);
    checkScale(object, scale?.labelSelectorPath, out, "string");
    checkEmbedded(object, schema, "", out);
  };
  const { group, names } = definition.spec;
  const deprecated = version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`;
  const fields: Record<string, (object: Loose) => string> = {};
  for (const { jsonPath } of version.selectableFields ?? []) {
    fields[(jsonPath as string).replace(/^\./, "")] = (object) => String(at(object, jsonPath) ?? "");
  }
  return {
    nameProblems: subdomainName,
    conditionalUpdate: true,
    ...(version.deprecated === true ? { deprecation: deprecated } : {}),
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    warnings: finalizerWarnings,
    // the status that was sent is gone by now, and may have a default
    prepareCreate: (object) => fillDefaults(object, schema),
    validate(object, out) {
      checkValue(object, schema, "", out);
      rest(object, out);
      checkLists(object, schema, "", out);
    },
    validateUpdate(object, old, out) {
      checkValue(object, schema, "", out, old);
      rest(object, out);
      const before: Cause[] = [];
      checkLists(old, schema, "", before);
      if (before.length === 0) checkLists(object, schema, "", out);
    },
    validateStatus(object, old, out) {
      const status = schema.properties?.status;
      if (object.status !== undefined && status !== undefined)
        checkValue(object.status, status, "status", out, old.status);
      checkScale(object, scale?.statusReplicasPath, out);
      checkScale(object, scale?.labelSelectorPath, out, "string");
      checkLists(object, schema, "", out);
    },
  };
}

/** An object of one version as another: the apiVersion changes, and what that version does not know goes. */
function converter(apiVersion: string, schema: Schema): (object: Stored) => Stored {
  return (object) => {
    if (object.apiVersion === apiVersion) return object;
    const made = { ...copyJson(object), apiVersion };
    prune(made, schema, undefined, true);
    return made;
  };
}

/** One version of a definition as a served type. */
export function servedVersion(definition: Loose, version: Loose): ServedType {
  const { group, names, scope, versions } = definition.spec;
  const schema = schemaOf(version);
  const apiVersion = `${group}/${version.name}`;
  const given: Loose[] = version.additionalPrinterColumns ?? [];
  const printed = given.length === 0 ? [columnAge] : given;
  const { status, scale } = version.subresources ?? {};
  const stored: Loose = versions.find((one: Loose) => one.storage === true) ?? version;
  const custom: CustomVersion = {
    decode: (object, problems) => decodeResource(object, schema, problems),
    cells: (object, now) => cellsOf(object, printed, now),
    openapi: schema,
    served: version.served === true,
    ...(scale === undefined ? {} : { scale }),
    ...(versions.length < 2
      ? {}
      : {
          toVersion: converter(apiVersion, schema),
          toStorage: converter(`${group}/${stored.name}`, schemaOf(stored)),
        }),
  };
  const verbs = ["get", "patch", "update"];
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
    storageHash: createHash("sha256")
      .update(`${group}/${stored.name}/${names.kind}`)
      .digest()
      .subarray(0, 8)
      .toString("base64"),
    subresources: [
      ...(status === undefined ? [] : [{ name: "status", group, version: version.name, kind: names.kind, verbs }]),
      ...(scale === undefined ? [] : [{ name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs }]),
    ],
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
    shape: resourceShape(schema),
    custom,
    table: `${group}/${names.plural}`,
    strategy: strategyOf(definition, version, schema),
  };
}
