import { updateManagedFields } from "../../manifest/index.ts";
import type { ManagedFieldsEntry } from "../../manifest/index.ts";
import { age } from "../printers/text.ts";
import { applyObject, parseApplied } from "./patch.ts";
import type { Patched, PatchRequest } from "./patch.ts";
import { requirementsOf } from "../selectors.ts";
import type { Core, WriteContext } from "../core.ts";
import { sentType } from "../served.ts";
import type { ServedType } from "../served.ts";
import type { Loose } from "../strategy.ts";
import { internalError } from "../status.ts";
import type { Stored } from "../store.ts";

/** autoscaling/v1 Scale: a view of an object with replicas. */

/** labels.Selector's text: `a=b,c in (d,e)`, requirements by key. */
export function selectorText(selector: Loose): string {
  if (selector === undefined || selector === null) return "";
  return requirementsOf(selector)
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ key, operator, values }) => {
      if (operator === "Exists") return key;
      if (operator === "DoesNotExist") return `!${key}`;
      if (values.length === 1 && operator === "In") return `${key}=${values[0]}`;
      if (operator === "In") return `${key} in (${[...values].sort().join(",")})`;
      return values.length === 1 ? `${key} notin (${values[0]})` : `${key} notin (${[...values].sort().join(",")})`;
    })
    .join(",");
}

function at(object: Loose, path: string): Loose {
  return path
    .split(".")
    .filter((step) => step !== "")
    .reduce((value, step) => value?.[step], object);
}

export function setAt(object: Loose, path: string, value: unknown): void {
  const steps = path.split(".").filter((step) => step !== "");
  let here = object;
  for (const step of steps.slice(0, -1)) here = here[step] ??= {};
  here[steps.at(-1) as string] = value;
}

/** A custom resource whose replicas are not said cannot be looked at as a Scale, only be given them. */
export function needReplicas(type: ServedType, object: Stored): void {
  const path = type.custom?.scale?.specReplicasPath;
  if (path !== undefined && at(object, path) === undefined)
    throw internalError(`the spec replicas field "${path}" does not exist`);
}

export function scaleOf(type: ServedType, object: Stored): Loose {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp };
  const loose: Loose = object;
  const head = { kind: "Scale", apiVersion: "autoscaling/v1", metadata };
  if (type.custom?.scale !== undefined) {
    const { specReplicasPath, statusReplicasPath, labelSelectorPath } = type.custom.scale;
    const replicas = at(loose, specReplicasPath);
    const selector = labelSelectorPath === undefined ? undefined : at(loose, labelSelectorPath);
    return {
      ...head,
      spec: replicas ? { replicas } : {},
      status: { replicas: at(loose, statusReplicasPath) ?? 0, ...(selector ? { selector } : {}) },
    };
  }
  const selector =
    type.plural === "replicationcontrollers" ? { matchLabels: loose.spec.selector } : loose.spec.selector;
  const text = selectorText(selector);
  return {
    ...head,
    spec: loose.spec.replicas ? { replicas: loose.spec.replicas } : {},
    status: { replicas: loose.status?.replicas ?? 0, ...(text === "" ? {} : { selector: text }) },
  };
}

/** The object with other replicas; ownership of the field goes to the scale's writer. */
export function scaled(core: Core, type: ServedType, old: Stored, replicas: number, context: WriteContext): Stored {
  const next: Loose = structuredClone(old);
  setAt(next, type.custom?.scale?.specReplicasPath ?? "spec.replicas", replicas);
  const entries = updateManagedFields(old, next, type.shape, core.writer(type, { ...context, subresource: "scale" }));
  return core.update(type, old, next, { ...context, manager: "", subresource: "" }, entries);
}

/** Scale as a type of its own: for decoding and patching. */
export const scaleServed = (): ServedType => sentType("autoscaling/v1", "Scale");

/** The owners of an object's replicas, as its Scale shows them. */
export function scaleOwners(object: Stored): ManagedFieldsEntry[] {
  const out: ManagedFieldsEntry[] = [];
  for (const entry of (object.metadata.managedFields ?? []) as ManagedFieldsEntry[]) {
    const fields = entry.fieldsV1 as Record<string, Record<string, unknown>> | undefined;
    const spec = fields?.["f:spec"];
    if (spec?.["f:replicas"] === undefined) continue;
    const { time: _, ...rest } = entry;
    out.push({ ...rest, apiVersion: "autoscaling/v1", fieldsV1: { "f:spec": { "f:replicas": {} } } });
  }
  return out;
}

/** An applied Scale is an applied configuration of the object that says its replicas and nothing else. */
export function applyScale(
  core: Core,
  type: ServedType,
  old: Stored,
  request: PatchRequest,
  context: WriteContext,
): Patched {
  const given: Loose = parseApplied(request.text);
  const applied: Loose = applyObject(core, scaleServed(), undefined, { ...request, force: true }, context).object;
  const config: Loose = { apiVersion: type.apiVersion, kind: type.kind, metadata: { name: old.metadata.name } };
  if (given.spec?.replicas !== undefined)
    setAt(config, type.custom?.scale?.specReplicasPath ?? "spec.replicas", applied.spec.replicas);
  const through = { ...context, subresource: "scale" };
  const patched = applyObject(core, type, old, { ...request, text: JSON.stringify(config) }, through);
  // upstream keeps no time of what was applied so
  const managedFields = patched.managedFields?.map((entry) => {
    if (entry.subresource !== "scale" || entry.operation !== "Apply") return entry;
    const { time: _, ...rest } = entry;
    return rest;
  });
  return { object: patched.object, ...(managedFields === undefined ? {} : { managedFields }) };
}

export function scaleTable(scale: Loose, now: number): object {
  const column = (name: string, type: string) => ({ name, type, format: "", description: "", priority: 0 });
  const { metadata } = scale;
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: metadata.resourceVersion },
    columnDefinitions: [
      column("Name", "string"),
      column("Desired", "integer"),
      column("Available", "integer"),
      column("Age", "string"),
    ],
    rows: [
      {
        cells: [
          metadata.name,
          scale.spec.replicas ?? 0,
          scale.status.replicas ?? 0,
          age(metadata.creationTimestamp, now),
        ],
        object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata },
      },
    ],
  };
}
