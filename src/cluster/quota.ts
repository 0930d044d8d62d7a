import { formatQuantity, parseQuantity } from "../manifest/index.ts";
import type { Quantity } from "../manifest/index.ts";
import { qosClass } from "./kinds/qos.ts";
import type { Loose } from "./strategy.ts";

/** What objects use of a namespace's quotas (kube-apiserver's quota evaluators), for admission and for the controller. */

export type Usage = Record<string, Quantity>;

const one: Quantity = { nano: 1_000_000_000n, format: "DecimalSI" };
const count = (n: number): Quantity => ({ nano: BigInt(n) * one.nano, format: "DecimalSI" });

/** The sum keeps the form of what is there; zero has none. */
export function plus(a: Quantity | undefined, b: Quantity): Quantity {
  if (a === undefined || a.nano === 0n) return b;
  return { nano: a.nano + b.nano, format: a.format };
}

export function minus(a: Quantity, b: Quantity): Quantity {
  return { nano: a.nano - b.nano, format: a.nano === 0n ? b.format : a.format };
}

export function addUsage(into: Usage, more: Usage): void {
  for (const name of Object.keys(more)) into[name] = plus(into[name], more[name] as Quantity);
}

export const readUsage = (list: Record<string, string> | undefined): Usage =>
  Object.fromEntries(Object.entries(list ?? {}).map(([name, text]) => [name, parseQuantity(String(text))]));

export const showUsage = (usage: Usage): Record<string, string> =>
  Object.fromEntries(
    Object.keys(usage)
      .sort()
      .map((name) => [name, formatQuantity(usage[name] as Quantity)]),
  );

/** Kinds that quotas know by a short name beside `count/…`. */
const shortNames = new Set([
  "/configmaps",
  "/persistentvolumeclaims",
  "/pods",
  "/replicationcontrollers",
  "/resourcequotas",
  "/secrets",
  "/services",
]);

/** `count/deployments.apps`, from the store's name of a table. */
export function countName(table: string): string {
  const [group = "", plural = ""] = table.split("/");
  return `count/${plural}${group === "" ? "" : `.${group}`}`;
}

const classSuffix = ".storageclass.storage.k8s.io/";
const attributesSuffix = ".volumeattributesclass.storage.k8s.io/";

/** Whether a quota's resource says something of the objects of a table. */
export function concerns(table: string, name: string): boolean {
  if (name === countName(table)) return true;
  if (shortNames.has(table) && name === table.slice(1)) return true;
  switch (table) {
    case "/pods":
      return (
        ["cpu", "memory", "ephemeral-storage"].includes(name) ||
        /^(requests\.)?hugepages-/.test(name) ||
        (/^(requests|limits)\./.test(name) && name !== "requests.storage")
      );
    case "/services":
      return name === "services.nodeports" || name === "services.loadbalancers";
    case "/persistentvolumeclaims":
      return name === "requests.storage" || name.includes(classSuffix) || name.includes(attributesSuffix);
    default:
      return false;
  }
}

/** What an object uses. A pod that has ended uses nothing but its place among `count/pods`. */
export function usageOf(table: string, object: Loose, now: number): Usage {
  const out: Usage = { [countName(table)]: one };
  if (table === "/pods") {
    if (!podEnded(object, now)) Object.assign(out, podUsage(object));
    return out;
  }
  if (shortNames.has(table)) out[table.slice(1)] = one;
  if (table === "/services") Object.assign(out, serviceUsage(object));
  if (table === "/persistentvolumeclaims") Object.assign(out, claimUsage(object));
  return out;
}

function podEnded({ metadata, status }: Loose, now: number): boolean {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return true;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata;
  return deletionTimestamp !== undefined && now > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function serviceUsage({ spec }: Loose): Usage {
  const ports: Loose[] = spec.ports ?? [];
  const none: Usage = { "services.nodeports": count(0), "services.loadbalancers": count(0) };
  if (spec.type === "NodePort") return { ...none, "services.nodeports": count(ports.length) };
  if (spec.type !== "LoadBalancer") return none;
  const allocated = spec.allocateLoadBalancerNodePorts !== false;
  const nodePorts = allocated ? ports.length : ports.filter((port) => port.nodePort).length;
  return { "services.nodeports": count(nodePorts), "services.loadbalancers": count(1) };
}

function claimUsage({ metadata, spec, status }: Loose): Usage {
  const out: Usage = {};
  const className = metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec.storageClassName ?? "";
  if (className !== "") out[`${className}${classSuffix}persistentvolumeclaims`] = one;
  const asked = spec.resources?.requests?.storage;
  if (asked === undefined) return out;
  let size = parseQuantity(asked);
  const held = status?.allocatedResources?.storage;
  if (held !== undefined && parseQuantity(held).nano > size.nano) size = parseQuantity(held);
  out["requests.storage"] = size;
  if (className !== "") out[`${className}${classSuffix}requests.storage`] = size;
  return out;
}

/** Containers and their sidecars together, or an init container with the sidecars before it where that is more. */
export function podTotals(pod: Loose, what: "requests" | "limits"): Usage {
  const { spec } = pod;
  const total: Usage = {};
  const raise = (into: Usage, more: Usage) => {
    for (const [name, value] of Object.entries(more)) {
      const before = into[name];
      if (before === undefined || value.nano > before.nano) into[name] = value;
    }
  };
  for (const container of spec.containers ?? []) addUsage(total, readUsage(container.resources?.[what]));
  const sidecars: Usage = {};
  const peak: Usage = {};
  for (const container of spec.initContainers ?? []) {
    const own = readUsage(container.resources?.[what]);
    if (container.restartPolicy === "Always") {
      addUsage(sidecars, own);
      raise(peak, sidecars);
    } else {
      const together = { ...sidecars };
      addUsage(together, own);
      raise(peak, together);
    }
  }
  addUsage(total, sidecars);
  raise(total, peak);
  Object.assign(total, readUsage(spec.resources?.[what]));
  if (what === "requests") addUsage(total, readUsage(spec.overhead));
  else {
    for (const [name, value] of Object.entries(readUsage(spec.overhead)))
      if (total[name] !== undefined) total[name] = plus(total[name], value);
  }
  return total;
}

const standard = new Set(["cpu", "memory", "ephemeral-storage"]);

function podUsage(pod: Loose): Usage {
  return { pods: one, ...computeUsage(podTotals(pod, "requests"), podTotals(pod, "limits")) };
}

function computeUsage(requests: Usage, limits: Usage): Usage {
  const out: Usage = {};
  for (const [name, value] of Object.entries(requests)) {
    if (standard.has(name) || name.startsWith("hugepages-")) out[name] = value;
    if (standard.has(name) || name.startsWith("hugepages-") || name.includes("/")) out[`requests.${name}`] = value;
  }
  for (const [name, value] of Object.entries(limits)) if (standard.has(name)) out[`limits.${name}`] = value;
  return out;
}

const demanded = new Set(["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]);

/**
 * What every container of a new pod must say because a quota counts it; undefined where nothing is missing.
 * `must specify limits.memory for: a,b; requests.cpu for: a`
 */
export function missingOfPod(pod: Loose, hard: readonly string[]): string | undefined {
  const wanted = hard.filter((name) => demanded.has(name));
  if (wanted.length === 0) return undefined;
  const missing = new Map<string, string[]>();
  const { spec } = pod;
  const podLevel = computeUsage(readUsage(spec.resources?.requests), readUsage(spec.resources?.limits));
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    const said = computeUsage(readUsage(container.resources?.requests), readUsage(container.resources?.limits));
    for (const name of wanted) {
      if (said[name] !== undefined || podLevel[name] !== undefined) continue;
      missing.set(name, [...(missing.get(name) ?? []), container.name]);
    }
  }
  if (missing.size === 0) return undefined;
  const parts = [...missing.keys()].sort().map((name) => `${name} for: ${(missing.get(name) as string[]).join(",")}`);
  return `must specify ${parts.join("; ")}`;
}

/** True when a quota's scopes take in an object. */
export function inScope(quota: Loose, table: string, object: Loose): boolean {
  const scopes: Loose[] = [
    ...(quota.spec.scopes ?? []).map((scopeName: string) => ({ scopeName, operator: "Exists" })),
    ...(quota.spec.scopeSelector?.matchExpressions ?? []),
  ];
  return scopes.every((scope) => {
    if (table === "/persistentvolumeclaims" && scope.scopeName === "VolumeAttributesClass")
      return chosen(scope, object.spec.volumeAttributesClassName);
    return table === "/pods" && podInScope(scope, object);
  });
}

function podInScope(scope: Loose, pod: Loose): boolean {
  const ends = (pod.spec.activeDeadlineSeconds ?? -1) >= 0;
  switch (scope.scopeName) {
    case "Terminating":
      return ends;
    case "NotTerminating":
      return !ends;
    case "BestEffort":
      return qosClass(pod) === "BestEffort";
    case "NotBestEffort":
      return qosClass(pod) !== "BestEffort";
    case "PriorityClass":
      return chosen(scope, pod.spec.priorityClassName || undefined);
    case "CrossNamespacePodAffinity":
      return crossesNamespaces(pod.spec.affinity);
    default:
      return false;
  }
}

function chosen({ operator, values = [] }: Loose, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "DoesNotExist":
      return value === undefined;
    default:
      return value !== undefined;
  }
}

function crossesNamespaces(affinity: Loose): boolean {
  const terms: Loose[] = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((part) => [
    ...(part?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(part?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((it: Loose) => it.podAffinityTerm),
  ]);
  return terms.some((term) => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined);
}
