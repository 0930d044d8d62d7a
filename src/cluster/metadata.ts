import { forbiddenCause, invalidValue, required, tooLong } from "./causes.ts";
import { dns1123LabelProblems, labelValueProblems, pathSegmentProblems, qualifiedNameProblems } from "./names.ts";
import { sameJson } from "./objects.ts";
import type { Cause } from "./status.ts";
import type { Metadata } from "./store.ts";

/** Validation that every object's metadata gets (apimachinery's ValidateObjectMeta). */

const annotationLimit = 256 * 1024;

export type NameRule = (name: string, prefix: boolean) => string[];

export function validateMetadata(
  metadata: Metadata,
  namespaced: boolean,
  nameRule: NameRule,
  path = "metadata",
): Cause[] {
  const out: Cause[] = [];
  if (metadata.generateName) {
    for (const message of nameRule(metadata.generateName, true)) {
      out.push(invalidValue(`${path}.generateName`, metadata.generateName, message));
    }
  }
  if (!metadata.name) out.push(required(`${path}.name`, "name or generateName is required"));
  else
    for (const message of nameRule(metadata.name, false))
      out.push(invalidValue(`${path}.name`, metadata.name, message));
  if (namespaced) {
    if (!metadata.namespace) out.push(required(`${path}.namespace`));
    else {
      for (const message of dns1123LabelProblems(metadata.namespace)) {
        out.push(invalidValue(`${path}.namespace`, metadata.namespace, message));
      }
    }
  } else if (metadata.namespace) out.push(forbiddenCause(`${path}.namespace`, "not allowed on this type"));
  const generation = metadata.generation ?? 0;
  if (generation < 0) out.push(invalidValue(`${path}.generation`, generation, "must be greater than or equal to 0"));
  validateLabels(metadata.labels, `${path}.labels`, out);
  validateAnnotations(metadata.annotations, `${path}.annotations`, out);
  validateOwners(metadata, `${path}.ownerReferences`, out);
  validateFinalizers(metadata.finalizers ?? [], `${path}.finalizers`, out);
  return out;
}

export function validateLabels(labels: Record<string, string> | undefined, path: string, out: Cause[]): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const message of qualifiedNameProblems(key)) out.push(invalidValue(path, key, message));
    for (const message of labelValueProblems(value)) out.push(invalidValue(path, value, message));
  }
}

export function validateAnnotations(annotations: Record<string, string> | undefined, path: string, out: Cause[]): void {
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const message of qualifiedNameProblems(key.toLowerCase())) out.push(invalidValue(path, key, message));
    size += key.length + value.length;
  }
  if (size > annotationLimit) out.push(tooLong(path, annotationLimit));
}

function validateOwners(metadata: Metadata, path: string, out: Cause[]): void {
  const owners = metadata.ownerReferences ?? [];
  let controller: string | undefined;
  for (const owner of owners) {
    const version = owner.apiVersion ?? "";
    if (version === "" || version.endsWith("/")) {
      out.push(invalidValue(`${path}.apiVersion`, version, "version must not be empty"));
    }
    for (const key of ["kind", "name", "uid"] as const) {
      if (!owner[key]) out.push(invalidValue(`${path}.${key}`, owner[key] ?? "", "must not be empty"));
    }
    if (version === "v1" && owner.kind === "Event") {
      out.push(invalidValue(path, owner, "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (owner.controller === true) {
      const name = `${owner.kind}/${owner.name}`;
      if (controller !== undefined) {
        out.push(
          invalidValue(
            path,
            owners,
            `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
          ),
        );
      } else controller = name;
    }
  }
}

function validateFinalizers(finalizers: readonly string[], path: string, out: Cause[]): void {
  for (const finalizer of finalizers) {
    for (const message of qualifiedNameProblems(finalizer)) out.push(invalidValue(path, finalizer, message));
  }
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    out.push(invalidValue(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
}

/** Finalizers without a slash are Kubernetes' own (core/validation's addition for most built-in kinds). */
export function validateFinalizerNames(metadata: Metadata, out: Cause[]): void {
  for (const [i, finalizer] of (metadata.finalizers ?? []).entries()) {
    if (finalizer.includes("/") || ["kubernetes", "orphan", "foregroundDeletion"].includes(finalizer)) continue;
    out.push(
      invalidValue(
        `metadata.finalizers[${i}]`,
        finalizer,
        "name is neither a standard finalizer name nor is it fully qualified",
      ),
    );
  }
}

/** The words of every immutable field. */
export const immutable = "field is immutable";

export function validateMetadataUpdate(next: Metadata, old: Metadata, path = "metadata"): Cause[] {
  const out: Cause[] = [];
  if (old.deletionTimestamp !== undefined) {
    const extra = (next.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer)).sort();
    if (extra.length > 0) {
      out.push(
        forbiddenCause(
          `${path}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${extra.map((f) => JSON.stringify(f)).join(", ")}}`,
        ),
      );
    }
  }
  if (!next.resourceVersion) {
    out.push(invalidValue(`${path}.resourceVersion`, next.resourceVersion ?? "", "must be specified for an update"));
  }
  for (const key of [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ] as const) {
    if (!sameJson(next[key] ?? null, old[key] ?? null))
      out.push(invalidValue(`${path}.${key}`, next[key] ?? null, immutable));
  }
  validateLabels(next.labels, `${path}.labels`, out);
  validateAnnotations(next.annotations, `${path}.annotations`, out);
  validateOwners(next, `${path}.ownerReferences`, out);
  return out;
}

/** The rule where a kind has none of its own. */
export const segmentName: NameRule = (name, prefix) => pathSegmentProblems(name, prefix);
