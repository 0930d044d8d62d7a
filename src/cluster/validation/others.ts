import { parseQuantity } from "../../manifest/index.ts";
import { tooLong } from "../causes.ts";
import { immutable } from "../metadata.ts";
import { dns1123LabelProblems, labelValueProblems, qualifiedNameProblems } from "../names.ts";
import { sameJson } from "../objects.ts";
import { jsonProblem } from "../server/body.ts";
import type { Loose } from "../strategy.ts";
import { claimSpec } from "./claims.ts";
import {
  cidrProblem,
  duplicate,
  each,
  forbiddenCause,
  invalidValue,
  isCIDR,
  isWhole,
  labelMap,
  nonNegative,
  oneOf,
  quantityNano,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";
import { resourceRequirements } from "./containers.ts";
import { goDiff, goValue } from "./go-value.ts";
import { tolerations } from "./pods.ts";
import { dataKeys } from "./volumes.ts";

/** ConfigMaps, Secrets, Namespaces, Nodes, claims and what else is small. */

const dataLimit = 1024 * 1024;

export function configMap(object: Loose, out: Out): void {
  let size = 0;
  const binary = object.binaryData ?? {};
  for (const key of Object.keys(object.data ?? {}).sort()) {
    dataKeys({ [key]: "" }, out);
    if (Object.hasOwn(binary, key))
      out.push(invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData"));
    size += Buffer.byteLength(object.data[key]);
  }
  for (const key of Object.keys(binary)) size += Math.floor((binary[key].length * 3) / 4);
  if (size > dataLimit) out.push(tooLong("[]", dataLimit));
}

export function configMapUpdate(object: Loose, old: Loose, out: Out): void {
  if (old.immutable === true) {
    if (object.immutable !== true) out.push(forbiddenCause("immutable", "field is immutable when `immutable` is set"));
    for (const field of ["data", "binaryData"]) {
      if (!sameJson(object[field] ?? {}, old[field] ?? {}))
        out.push(forbiddenCause(field, "field is immutable when `immutable` is set"));
    }
  }
  configMap(object, out);
}

export function secret(object: Loose, out: Out): void {
  const data: Record<string, string> = object.data ?? {};
  let size = 0;
  dataKeys(data, out);
  for (const key of Object.keys(data)) size += Math.floor(((data[key] as string).length * 3) / 4);
  if (size > dataLimit) out.push(tooLong("data", dataLimit));
  const need = (key: string) => {
    if (!Object.hasOwn(data, key)) out.push(required(`data[${key}]`));
  };
  const json = (key: string) => {
    if (!Object.hasOwn(data, key)) {
      out.push(required(`data[${key}]`));
      return;
    }
    const text = Buffer.from(data[key] as string, "base64").toString();
    try {
      JSON.parse(text);
    } catch {
      const why = jsonProblem(text).replace(/'\\u00([0-9a-f]{2})'/, "'\\x$1'");
      out.push(invalidValue(`data[${key}]`, "<secret contents redacted>", why));
    }
  };
  switch (object.type) {
    case "kubernetes.io/service-account-token":
      if (!object.metadata.annotations?.["kubernetes.io/service-account.name"]) {
        out.push(required("metadata.annotations[kubernetes.io/service-account.name]"));
      }
      break;
    case "kubernetes.io/dockercfg":
      json(".dockercfg");
      break;
    case "kubernetes.io/dockerconfigjson":
      json(".dockerconfigjson");
      break;
    case "kubernetes.io/basic-auth":
      if (!Object.hasOwn(data, "username") && !Object.hasOwn(data, "password")) {
        need("username");
        need("password");
      }
      break;
    case "kubernetes.io/ssh-auth":
      need("ssh-privatekey");
      break;
    case "kubernetes.io/tls":
      need("tls.crt");
      need("tls.key");
      break;
    default:
  }
}

export function secretUpdate(object: Loose, old: Loose, out: Out): void {
  if (object.type !== old.type) out.push(invalidValue("type", object.type, immutable));
  if (old.immutable === true) {
    if (object.immutable !== true) out.push(forbiddenCause("immutable", "field is immutable when `immutable` is set"));
    if (!sameJson(object.data ?? {}, old.data ?? {}))
      out.push(forbiddenCause("data", "field is immutable when `immutable` is set"));
  }
  secret(object, out);
}

const levels = ["privileged", "baseline", "restricted"];

export function namespace(object: Loose, out: Out): void {
  for (const finalizer of object.spec?.finalizers ?? []) {
    each(qualifiedNameProblems(finalizer), "spec.finalizers", finalizer, out);
    if (!finalizer.includes("/") && finalizer !== "kubernetes") {
      out.push(
        invalidValue(
          "spec.finalizers",
          finalizer,
          "name is neither a standard finalizer name nor is it fully qualified",
        ),
      );
    }
  }
  podSecurityLabels(object, out);
}

function podSecurityLabels(object: Loose, out: Out): void {
  const labels: Record<string, string> = object.metadata.labels ?? {};
  for (const mode of ["enforce", "audit", "warn"]) {
    const key = `pod-security.kubernetes.io/${mode}`;
    const value = labels[key];
    if (value !== undefined && !levels.includes(value))
      out.push(invalidValue(`metadata.labels[${key}]`, value, "must be one of privileged, baseline, restricted"));
    const version = labels[`${key}-version`];
    if (version !== undefined && version !== "latest" && !/^v1\.\d+$/.test(version)) {
      out.push(invalidValue(`metadata.labels[${key}-version]`, version, 'must be "latest" or "v1.x"'));
    }
  }
}

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function node(object: Loose, out: Out): void {
  nodeTaints(object, out);
  nodeResources(object, out);
  for (const [i, cidr] of (object.spec?.podCIDRs ?? []).entries()) {
    if (!isCIDR(cidr)) out.push(invalidValue(`spec.podCIDRs[${i}]`, cidr, cidrProblem));
  }
}

function nodeTaints(object: Loose, out: Out): void {
  const seen = new Set<string>();
  for (const [i, taint] of (object.spec?.taints ?? []).entries()) {
    const at = `metadata.taints[${i}]`;
    const key: string = taint.key ?? "";
    each(qualifiedNameProblems(key), `${at}.key`, key, out);
    each(labelValueProblems(taint.value ?? ""), `${at}.value`, taint.value ?? "", out);
    if (!taint.effect) out.push(required(`${at}.effect`));
    else oneOf(taint.effect, effects, `${at}.effect`, out);
    const id = `${key}/${taint.effect}`;
    if (seen.has(id)) {
      const shown = goValue("io.k8s.api.core.v1.Taint", taint);
      out.push({ ...duplicate(at, shown), detail: "taints must be unique by key and effect pair" });
    }
    seen.add(id);
  }
}

function nodeResources({ status = {} }: Loose, out: Out): void {
  for (const list of ["capacity", "allocatable"]) {
    for (const [name, value] of Object.entries((status[list] ?? {}) as Record<string, string>)) {
      const at = `status.${list}.${name}`;
      if (quantityNano(value) < 0n) out.push(invalidValue(at, value, "must be greater than or equal to 0"));
      else if ((name.includes("/") || name.startsWith("hugepages-")) && !isWhole(value))
        out.push(invalidValue(at, value, "must be an integer"));
    }
  }
}

/** A node's ranges of pod addresses and its provider's name for it stay once they are known. */
export function nodeUpdate(object: Loose, old: Loose, out: Out): void {
  nodeResources(object, out);
  const before: string[] = old.spec?.podCIDRs ?? [];
  const after: string[] = object.spec?.podCIDRs ?? [];
  const frozen = 'node updates may not change podCIDR except from "" to valid';
  if (before.length > 0) {
    if (before.length !== after.length) out.push(forbiddenCause("spec.podCIDRs", frozen));
    else
      for (const [i, cidr] of before.entries())
        if (cidr !== after[i]) out.push(forbiddenCause("spec.podCIDRs", frozen));
  }
  const provider: string = old.spec?.providerID ?? "";
  if (provider !== "" && provider !== object.spec?.providerID)
    out.push(forbiddenCause("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  nodeTaints(object, out);
  if ((object.spec?.externalID ?? "") !== (old.spec?.externalID ?? ""))
    out.push(forbiddenCause("spec.externalID", "may not be updated"));
}

export function nodeWarnings({ spec = {} }: Loose): string[] {
  return spec.externalID ? ["spec.externalID: this field is deprecated, and is unused by Kubernetes"] : [];
}

export function persistentVolumeClaim(object: Loose, out: Out): void {
  claimSpec(object.spec, "spec", out);
}

const claimFrozen =
  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n";

/** Only a bigger request (and the volume's name, once) may change. */
export function persistentVolumeClaimUpdate(object: Loose, old: Loose, out: Out): void {
  claimSpec(object.spec, "spec", out);
  const next: Loose = structuredClone(object.spec);
  const before: Loose = structuredClone(old.spec);
  // the binder fills in the volume, and old claims may be given a class
  if (!before.volumeName && next.volumeName) before.volumeName = next.volumeName;
  if (old.status?.phase === "Bound") {
    next.resources = { ...next.resources, requests: before.resources?.requests };
    next.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  if (!sameJson(next, before)) {
    const diff = goDiff("io.k8s.api.core.v1.PersistentVolumeClaimSpec", before, next);
    out.push(forbiddenCause("spec", `${claimFrozen}${diff}`));
  }
  const was = old.spec.resources?.requests?.storage;
  const is = object.spec.resources?.requests?.storage;
  const capacity = old.status?.capacity?.storage;
  if (old.status?.phase === "Bound" && was !== undefined && is !== undefined) {
    const floor = capacity !== undefined && parseQuantity(is).nano < parseQuantity(was).nano ? capacity : was;
    if (parseQuantity(is).nano < parseQuantity(floor).nano)
      out.push(forbiddenCause("spec.resources.requests.storage", "field can not be less than status.capacity"));
  }
}

export function priorityClass(object: Loose, out: Out): void {
  const name: string = object.metadata.name ?? "";
  if (name.startsWith("system-")) {
    const known: Record<string, number> = { "system-cluster-critical": 2000000000, "system-node-critical": 2000001000 };
    if (known[name] !== object.value) {
      const why =
        known[name] === undefined
          ? `${name} is not a known system priority class`
          : `value of ${name} PriorityClass must be ${known[name]}`;
      out.push(
        forbiddenCause(
          "metadata.name",
          `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
        ),
      );
    }
  } else if ((object.value ?? 0) > 1000000000) {
    out.push(forbiddenCause("value", "maximum allowed value of a user defined priority is 1000000000"));
  }
  if (object.preemptionPolicy !== undefined)
    oneOf(object.preemptionPolicy, ["PreemptLowerPriority", "Never"], "preemptionPolicy", out);
}

export function priorityClassUpdate(object: Loose, old: Loose, out: Out): void {
  if ((object.value ?? 0) !== (old.value ?? 0)) out.push(forbiddenCause("value", "may not be changed in an update."));
  if (object.preemptionPolicy !== old.preemptionPolicy)
    out.push(invalidValue("preemptionPolicy", object.preemptionPolicy, immutable));
}

export function lease({ spec = {} }: Loose, out: Out): void {
  if (spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0) {
    out.push(invalidValue("spec.leaseDurationSeconds", spec.leaseDurationSeconds, "must be greater than 0"));
  }
  nonNegative(spec.leaseTransitions, "spec.leaseTransitions", out);
}

/** A RuntimeClass: its handler, what its pods cost beside their containers, and where they may run. */
export function runtimeClass(object: Loose, out: Out): void {
  const { overhead, scheduling } = object;
  if (overhead !== undefined) resourceRequirements({ limits: overhead.podFixed }, "overhead", out);
  if (scheduling !== undefined) {
    labelMap(scheduling.nodeSelector, "scheduling.nodeSelector", out);
    tolerations(scheduling.tolerations ?? [], "scheduling", out);
    const seen = new Set<string>();
    for (const [i, one] of (scheduling.tolerations ?? []).entries()) {
      const { key = "", operator = "", value = "", effect = "" } = one;
      const id = JSON.stringify([key, operator, value, effect]);
      if (seen.has(id)) out.push(duplicate(`scheduling[${i}]`, goValue("io.k8s.api.core.v1.Toleration", one)));
      seen.add(id);
    }
  }
  if (!object.handler) out.push(required("handler"));
  else each(dns1123LabelProblems(object.handler), "handler", object.handler, out);
}

export function runtimeClassUpdate(object: Loose, old: Loose, out: Out): void {
  runtimeClass(object, out);
  if (object.handler !== old.handler) out.push(invalidValue("handler", object.handler ?? "", immutable));
}
