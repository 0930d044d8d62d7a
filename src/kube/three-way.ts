import * as lateManifest from "../manifest/index.ts";
import * as lateSchema from "../schema/index.ts";
import type { TypeExpr, TypeInfo } from "../schema/index.ts";
import type { PatchType } from "./client.ts";
import type { ApiObject } from "./types.ts";

type Json = Record<string, unknown>;

/**
 * The patch of a client-side apply, as Helm makes it: for Kubernetes' own types a strategic merge patch over three
 * states (what was applied before, what is wanted, what is live), so that others' changes stay. For custom resources
 * a JSON merge patch from `original` to `target` only, live changes left alone; over three states as well when
 * `threeWayForCustom` (taking ownership). Undefined when there is nothing to change.
 */
export function clientSidePatch(
  original: unknown,
  target: { apiVersion: string; kind: string },
  live: ApiObject,
  options: { threeWayForCustom?: boolean } = {},
): { type: PatchType; patch: unknown } | undefined {
  const type = strategicType(target);
  const patch =
    type === undefined
      ? options.threeWayForCustom
        ? lateManifest.threeWayJsonMergePatch(original as Json, target, live)
        : lateManifest.createJsonMergePatch(original as Json, target)
      : lateManifest.threeWayMerge(original as Json, target, live, type);
  if (lateManifest.sameJson(patch, {})) return undefined;
  return { type: type === undefined ? "merge" : "strategic", patch };
}

/**
 * The same after attempts that never came to an end: nobody knows how much of each was applied, so what any of them
 * brought, and the target does not want, goes as well. (Helm compares with `original` only: a port of a failed upgrade
 * stays beside the old one, for ever.)
 */
export function clientSidePatchAfter(
  attempts: readonly unknown[],
  original: unknown,
  target: { apiVersion: string; kind: string },
  live: ApiObject,
): { type: PatchType; patch: unknown } | undefined {
  const type = strategicType(target);
  const wanted = clientSideMerge([...attempts, original], target, live);
  const patch =
    type === undefined
      ? lateManifest.createJsonMergePatch(live, wanted)
      : lateManifest.createTwoWayMergePatch(live, wanted, type);
  if (lateManifest.sameJson(patch, {})) return undefined;
  return { type: type === undefined ? "merge" : "strategic", patch };
}

/** What a client-side apply makes of a live object, as far as can be told without the server: from each of the states, in turn. */
export function clientSideMerge(
  originals: readonly unknown[],
  target: { apiVersion: string; kind: string },
  live: ApiObject,
): ApiObject {
  const type = strategicType(target);
  let wanted: Json = live;
  for (const from of originals as Json[]) {
    wanted =
      type === undefined
        ? (lateManifest.jsonMergePatch(wanted, lateManifest.createJsonMergePatch(from, target)) as Json)
        : lateManifest.strategicMerge(wanted, lateManifest.threeWayMerge(from, target, wanted, type), type);
  }
  return wanted as ApiObject;
}

/** The type by which an object is merged strategically; undefined where Helm takes it for a custom resource. */
function strategicType(target: { apiVersion: string; kind: string }): TypeInfo | undefined {
  const known = lateSchema.typeOfKind(target.apiVersion, target.kind);
  // What does not fit the Go type (a number where a text must be) Helm takes for a custom resource.
  if (known === undefined || !fitsStruct(target, known)) return undefined;
  // Helm leaves apiextensions out of the types it merges strategically only for v1beta1.
  return target.kind === "CustomResourceDefinition" && target.apiVersion === "apiextensions.k8s.io/v1beta1"
    ? undefined
    : known;
}

function fitsStruct(value: Json, type: TypeInfo): boolean {
  for (const field of type.fields) if (!fits(value[field.name], field.type)) return false;
  return true;
}

/** Whether Go's converter takes a value for a type; fields that the type does not have are passed over. */
function fits(value: unknown, type: TypeExpr): boolean {
  if (value === null || value === undefined) return true;
  const isMap = typeof value === "object" && !Array.isArray(value);
  switch (type.kind) {
    case "struct":
      return isMap && fitsStruct(value as Json, type.type);
    case "map":
      return isMap && Object.values(value as Json).every((item) => fits(item, type.values));
    case "list":
      return Array.isArray(value) && value.every((item) => fits(item, type.items));
    case "scalar":
      switch (type.scalar) {
        case "string":
        case "bytes":
        case "time":
        case "microTime":
          return typeof value === "string";
        case "bool":
          return typeof value === "boolean";
        case "int32":
        case "int64":
          return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
        case "float64":
          return typeof value === "number";
        case "quantity":
        case "intOrString":
          return typeof value === "string" || typeof value === "number";
        default:
          return true;
      }
  }
}
