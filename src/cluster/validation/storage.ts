import { tooLong } from "../causes.ts";
import { immutable } from "../metadata.ts";
import { dns1123SubdomainProblems, qualifiedNameProblems } from "../names.ts";
import { sameJson } from "../objects.ts";
import type { Loose } from "../strategy.ts";
import {
  duplicate,
  each,
  forbiddenCause,
  invalidValue,
  labelSelector,
  nonNegative,
  notSupported,
  oneOf,
  quantityNano,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";
import { goValue } from "./go-value.ts";
import { persistentVolumeSpec } from "./persistent-volumes.ts";

/** storage.k8s.io: classes, drivers, what is attached where, and free capacity. */

const parametersLimit = 256 * 1024;

function provisioner(name: string, path: string, out: Out): void {
  if (name === "") out.push(required(path));
  else each(qualifiedNameProblems(name.toLowerCase()), path, name.toLowerCase(), out);
}

function parameters(given: Record<string, string> | undefined, allowEmpty: boolean, path: string, out: Out): void {
  const entries = Object.entries(given ?? {});
  let size = 0;
  if (entries.length > 512) out.push(tooLong(path, 512));
  for (const [key, value] of entries) {
    if (key === "") out.push(invalidValue(path, key, "field can not be empty."));
    size += key.length + value.length;
  }
  if (size > parametersLimit) out.push(tooLong(path, parametersLimit));
  if (!allowEmpty && entries.length === 0) out.push(required(path, "must contain at least one key/value pair"));
}

export function storageClass(object: Loose, out: Out): void {
  provisioner(object.provisioner ?? "", "provisioner", out);
  parameters(object.parameters, true, "parameters", out);
  if (object.reclaimPolicy) oneOf(object.reclaimPolicy, ["Delete", "Retain"], "reclaimPolicy", out);
  if (object.volumeBindingMode === undefined) out.push(required("volumeBindingMode"));
  else oneOf(object.volumeBindingMode, ["Immediate", "WaitForFirstConsumer"], "volumeBindingMode", out);
  allowedTopologies(object.allowedTopologies ?? [], out);
}

function allowedTopologies(terms: Loose[], out: Out): void {
  // upstream's list of terms seen begins with as many empty ones as there are terms
  const seen: Record<string, string[]>[] = terms.map(() => ({}));
  for (const [i, term] of terms.entries()) {
    const at = `allowedTopologies[${i}]`;
    const byKey: Record<string, string[]> = {};
    for (const [k, requirement] of (term.matchLabelExpressions ?? []).entries()) {
      const path = `${at}.matchLabelExpressions[${k}]`;
      const values: string[] = requirement.values ?? [];
      if (values.length === 0) out.push(required(`${path}.values`));
      for (const [n, value] of values.entries())
        if (values.indexOf(value) < n) out.push(duplicate(`${path}.values[${n}]`, value));
      each(qualifiedNameProblems(requirement.key ?? ""), `${path}.key`, requirement.key ?? "", out);
      if (Object.hasOwn(byKey, requirement.key)) out.push(duplicate(`${path}.key`, requirement.key));
      byKey[requirement.key] = [...new Set(values)].sort();
    }
    for (const one of seen) if (sameJson(one, byKey)) out.push(duplicate(`${at}.matchLabelExpressions`, ""));
    seen.push(byKey);
  }
}

export function storageClassUpdate(object: Loose, old: Loose, out: Out): void {
  storageClass(object, out);
  for (const field of ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"]) {
    if (!sameJson(object[field] ?? null, old[field] ?? null))
      out.push(invalidValue(field, object[field] ?? null, immutable));
  }
}

export function attributesClass(object: Loose, out: Out): void {
  provisioner(object.driverName ?? "", "driverName", out);
  parameters(object.parameters, false, "parameters", out);
}

export function attributesClassUpdate(object: Loose, old: Loose, out: Out): void {
  if (object.driverName !== old.driverName)
    out.push(forbiddenCause("driverName", "updates to driverName are forbidden."));
  if (!sameJson(object.parameters ?? {}, old.parameters ?? {}))
    out.push(forbiddenCause("parameters", "updates to parameters are forbidden."));
  attributesClass(object, out);
}

/** A CSI driver's name. */
export function driverName(name: string, path: string, out: Out): void {
  if (name === "") {
    out.push(required(path));
    return;
  }
  if (name.length > 63) out.push(tooLong(path, 63));
  each(dns1123SubdomainProblems(name.toLowerCase()), path, name, out);
}

const one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";

export function volumeAttachment({ spec = {} }: Loose, out: Out): void {
  driverName(spec.attacher ?? "", "spec.attacher", out);
  const { source = {} } = spec;
  const { inlineVolumeSpec: inline, persistentVolumeName: name } = source;
  if (inline === undefined && name === undefined) out.push(required("spec.source", one));
  else if (inline !== undefined && name !== undefined) out.push(forbiddenCause("spec.source", one));
  else if (name === "") {
    out.push(required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName"));
  } else if (inline !== undefined) persistentVolumeSpec(inline, "spec.source.inlineVolumeSpec", out, true);
  each(dns1123SubdomainProblems(spec.nodeName ?? ""), "spec.nodeName", spec.nodeName ?? "", out);
  if (name !== undefined) each(dns1123SubdomainProblems(name), "spec.source.persistentVolumeName", name, out);
}

export function volumeAttachmentUpdate(object: Loose, old: Loose, out: Out): void {
  volumeAttachment(object, out);
  if (!sameJson(object.spec, old.spec))
    out.push(invalidValue("spec", goValue("io.k8s.api.storage.v1.VolumeAttachmentSpec", object.spec), immutable));
}

export function csiNode({ spec = {} }: Loose, out: Out): void {
  const names = new Set<string>();
  for (const [i, driver] of (spec.drivers ?? []).entries()) {
    const at = `spec.drivers[${i}]`;
    driverName(driver.name ?? "", `${at}.name`, out);
    const id: string = driver.nodeID ?? "";
    if (id === "") out.push(required(`${at}.nodeID`));
    if (id.length > 256) out.push(invalidValue(`${at}.nodeID`, id, "must be 256 characters or less"));
    nonNegative(driver.allocatable?.count, `${at}.allocatable.count`, out);
    if (names.has(driver.name)) out.push(duplicate(`${at}.name`, driver.name));
    names.add(driver.name);
    const keys = new Set<string>();
    for (const key of driver.topologyKeys ?? []) {
      if (key === "") out.push(required(at));
      if (keys.has(key)) out.push(duplicate(at, key));
      keys.add(key);
      each(qualifiedNameProblems(key), at, key, out);
    }
  }
}

export function csiNodeUpdate(object: Loose, old: Loose, out: Out): void {
  csiNode(object, out);
  for (const before of old.spec?.drivers ?? []) {
    for (const after of object.spec?.drivers ?? []) {
      if (before.name !== after.name) continue;
      const { allocatable: _, ...a } = before;
      const { allocatable: __, ...b } = after;
      if (!sameJson(a, b))
        out.push(invalidValue("spec.drivers", goValue("io.k8s.api.storage.v1.CSINodeDriver", b), immutable));
    }
  }
}

const shortest = 600;
const longest = 2 ** 32;

export function csiDriver({ spec = {} }: Loose, out: Out): void {
  for (const [field, path] of [
    ["attachRequired", "attachedRequired"],
    ["podInfoOnMount", "podInfoOnMount"],
    ["storageCapacity", "storageCapacity"],
  ] as const)
    if (spec[field] === undefined) out.push(required(`spec.${path}`));
  if (spec.fsGroupPolicy !== undefined)
    oneOf(spec.fsGroupPolicy, ["File", "None", "ReadWriteOnceWithFSType"], "spec.fsGroupPolicy", out);
  const audiences = new Set<string>();
  for (const [i, request] of (spec.tokenRequests ?? []).entries()) {
    const at = `spec.tokenRequests[${i}]`;
    const audience: string = request.audience ?? "";
    if (audiences.has(audience)) {
      out.push(duplicate(`${at}.audience`, audience));
      continue;
    }
    audiences.add(audience);
    const seconds = request.expirationSeconds;
    if (seconds === undefined) continue;
    const path = `${at}.expirationSeconds`;
    if (seconds < shortest) out.push(invalidValue(path, seconds, "may not specify a duration less than 10 minutes"));
    if (seconds > longest) out.push(invalidValue(path, seconds, "may not specify a duration larger than 2^32 seconds"));
  }
  for (const mode of spec.volumeLifecycleModes ?? []) {
    if (mode !== "Persistent" && mode !== "Ephemeral")
      out.push(notSupported("spec.volumeLifecycleModes", mode, ["Persistent", "Ephemeral"]));
  }
  if (spec.seLinuxMount === undefined) out.push(required("spec.seLinuxMount"));
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < 10) {
    out.push(
      invalidValue("spec.nodeAllocatableUpdatePeriodSeconds", period, "must be greater than or equal to 10 seconds"),
    );
  }
  if (spec.serviceAccountTokenInSecrets !== undefined && (spec.tokenRequests ?? []).length === 0) {
    out.push(
      invalidValue(
        "spec.serviceAccountTokenInSecrets",
        spec.serviceAccountTokenInSecrets,
        "serviceAccountTokenInSecrets is set but no tokenRequests are specified",
      ),
    );
  }
}

export function csiDriverUpdate(object: Loose, old: Loose, out: Out): void {
  csiDriver(object, out);
  for (const [field, path] of [
    ["attachRequired", "attachedRequired"],
    ["volumeLifecycleModes", "volumeLifecycleModes"],
  ] as const) {
    if (!sameJson(object.spec[field] ?? null, old.spec[field] ?? null))
      out.push(invalidValue(`spec.${path}`, object.spec[field] ?? null, immutable));
  }
}

export function csiDriverWarnings({ spec }: Loose, old: Loose): string[] {
  if (old !== undefined) return [];
  return (spec.tokenRequests ?? []).length > 0 && spec.serviceAccountTokenInSecrets === undefined
    ? [
        "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes",
      ]
    : [];
}

export function storageCapacity(object: Loose, out: Out): void {
  labelSelector(object.nodeTopology, "nodeTopology", out);
  const name: string = object.storageClassName ?? "";
  each(dns1123SubdomainProblems(name), "storageClassName", name, out);
  if (object.capacity !== undefined && quantityNano(object.capacity) < 0n)
    out.push(invalidValue("capacity", object.capacity, "must be greater than or equal to 0"));
}

export function storageCapacityUpdate(object: Loose, old: Loose, out: Out): void {
  storageCapacity(object, out);
  if (!sameJson(object.nodeTopology ?? null, old.nodeTopology ?? null))
    out.push(invalidValue("nodeTopology", object.nodeTopology ?? null, immutable));
  if (object.storageClassName !== old.storageClassName)
    out.push(invalidValue("storageClassName", object.storageClassName, immutable));
}
