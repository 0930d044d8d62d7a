import { formatQuantity, parseQuantity } from "../../manifest/index.ts";
import { selectorText } from "../server/scale.ts";
import type { Loose } from "../strategy.ts";
import { age, humanDuration } from "./text.ts";

/** The rows of built-in kinds, by `group/plural`: cells in the order of their columns. */

export type Printer = (object: Loose, now: number) => unknown[];

export const none = "<none>";
export const unset = "<unset>";

export const name = (object: Loose): string => object.metadata.name;
export const old = (object: Loose, now: number): string => age(object.metadata.creationTimestamp, now);

/** labels.FormatLabels: `a=b,c=d` by key. */
export function labelsText(labels: Record<string, string> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? none : keys.map((key) => `${key}=${labels?.[key]}`).join(",");
}

/** metav1.FormatLabelSelector. */
export function selector(value: Loose): string {
  return selectorText(value) || none;
}

export function containersOf(spec: Loose): [names: string, images: string] {
  const list: Loose[] = spec?.containers ?? [];
  return [list.map((c) => c.name).join(","), list.map((c) => c.image ?? "").join(",")];
}

export const count = (value: unknown): number =>
  value === undefined || value === null ? 0 : Object.keys(value).length;

export function servicePorts(ports: Loose[]): string {
  return ports
    .map((port) => (port.nodePort ? `${port.port}:${port.nodePort}/${port.protocol}` : `${port.port}/${port.protocol}`))
    .join(",");
}

const truncated = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 3)}...` : text);

export function loadBalancerText(status: Loose, wide: boolean): string {
  const out = new Set<string>();
  for (const one of status?.loadBalancer?.ingress ?? []) {
    if (one.ip) out.add(one.ip);
    else if (one.hostname) out.add(one.hostname);
  }
  const text = [...out].sort().join(",");
  return wide ? text : truncated(text, 16);
}

export function externalAddress(service: Loose): string {
  const { spec, status } = service;
  const external: string[] = spec.externalIPs ?? [];
  switch (spec.type) {
    case "LoadBalancer": {
      const text = loadBalancerText(status, true);
      if (external.length > 0) return [...(text === "" ? [] : [text]), ...external].join(",");
      return text === "" ? "<pending>" : text;
    }
    case "ExternalName":
      return spec.externalName;
    default:
      return external.length > 0 ? external.join(",") : none;
  }
}

function jobState(job: Loose): string {
  const { status = {}, metadata, spec } = job;
  const has = (type: string) => (status.conditions ?? []).some((c: Loose) => c.type === type && c.status === "True");
  if (has("Complete")) return "Complete";
  if (has("Failed")) return "Failed";
  if (metadata.deletionTimestamp !== undefined) return "Terminating";
  if (spec.suspend === true && has("Suspended")) return "Suspended";
  if (has("FailureTarget")) return "FailureTarget";
  if (has("SuccessCriteriaMet")) return "SuccessCriteriaMet";
  return has("Suspended") ? "Suspended" : "Running";
}

export function jobCells(job: Loose, now: number): unknown[] {
  const { spec, status = {} } = job;
  let completions: string;
  if (spec.completions !== undefined) completions = `${status.succeeded ?? 0}/${spec.completions}`;
  else
    completions =
      (spec.parallelism ?? 0) > 1 ? `${status.succeeded ?? 0}/1 of ${spec.parallelism}` : `${status.succeeded ?? 0}/1`;
  let duration = "";
  if (status.startTime) {
    const end = status.completionTime ? Date.parse(status.completionTime) : now;
    duration = humanDuration(end - Date.parse(status.startTime));
  }
  return [
    name(job),
    jobState(job),
    completions,
    duration,
    old(job, now),
    ...containersOf(spec.template?.spec),
    selector(spec.selector),
  ];
}

const accessShort: Record<string, string> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

export function accessText(modes: string[] | undefined): string {
  const order = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
  return order
    .filter((mode) => (modes ?? []).includes(mode))
    .map((mode) => accessShort[mode])
    .join(",");
}

export const betaClass = "volume.beta.kubernetes.io/storage-class";

export function nodeCells(node: Loose, now: number): unknown[] {
  const { spec = {}, status = {}, metadata } = node;
  const states: string[] = [];
  for (const condition of status.conditions ?? []) {
    if (condition.type === "Ready") states.push(condition.status === "True" ? "Ready" : "NotReady");
  }
  if (states.length === 0) states.push("Unknown");
  if (spec.unschedulable === true) states.push("SchedulingDisabled");
  const roles = Object.keys(metadata.labels ?? {})
    .map((key) =>
      key.startsWith("node-role.kubernetes.io/")
        ? key.slice(24)
        : key === "kubernetes.io/role"
          ? metadata.labels[key]
          : "",
    )
    .filter((role) => role !== "")
    .sort();
  const address = (type: string) => (status.addresses ?? []).find((a: Loose) => a.type === type)?.address ?? none;
  const info = status.nodeInfo ?? {};
  return [
    name(node),
    states.join(","),
    roles.length > 0 ? roles.join(",") : none,
    old(node, now),
    info.kubeletVersion ?? "",
    address("InternalIP"),
    address("ExternalIP"),
    info.osImage || "<unknown>",
    info.kernelVersion || "<unknown>",
    info.containerRuntimeVersion || "<unknown>",
  ];
}

export function eventCells(event: Loose, now: number): unknown[] {
  const first = age(event.firstTimestamp ?? event.eventTime ?? undefined, now);
  let firstSeen = first;
  if (!event.firstTimestamp) firstSeen = age(event.eventTime ?? undefined, now);
  let lastSeen = event.lastTimestamp ? age(event.lastTimestamp, now) : firstSeen;
  let times = event.count ?? 0;
  if (event.series !== undefined) {
    lastSeen = age(event.series.lastObservedTime, now);
    times = event.series.count;
  } else if (!event.count) times = 1;
  const { involvedObject: about = {}, source = {} } = event;
  const target = about.name ? `${(about.kind ?? "").toLowerCase()}/${about.name}` : (about.kind ?? "").toLowerCase();
  const component = [
    source.component || event.reportingComponent || "",
    source.host || event.reportingInstance || "",
  ].filter((text) => text !== "");
  return [
    lastSeen,
    event.type ?? "",
    event.reason ?? "",
    target,
    about.fieldPath ?? "",
    component.join(", "),
    (event.message ?? "").trim(),
    firstSeen,
    times,
    name(event),
  ];
}

export function endpointsText(endpoints: Loose): string {
  const subsets: Loose[] = endpoints.subsets ?? [];
  if (subsets.length === 0) return none;
  const list: string[] = [];
  let count_ = 0;
  for (const subset of subsets) {
    const ports: Loose[] = subset.ports ?? [];
    if (ports.length === 0) {
      for (const one of subset.addresses ?? []) {
        if (list.length < 3) list.push(one.ip);
        count_++;
      }
    } else {
      for (const port of ports) {
        for (const one of subset.addresses ?? []) {
          if (list.length < 3) list.push(one.ip.includes(":") ? `[${one.ip}]:${port.port}` : `${one.ip}:${port.port}`);
          count_++;
        }
      }
    }
  }
  const text = list.join(",");
  return count_ > 3 ? `${text} + ${count_ - 3} more...` : text === "" ? none : text;
}

export function hpaMetrics(spec: Loose, status: Loose): string {
  const specs: Loose[] = spec.metrics ?? [];
  if (specs.length === 0) return none;
  const current: Loose[] = status?.currentMetrics ?? [];
  const list: string[] = [];
  let count_ = 0;
  for (const [i, metric] of specs.entries()) {
    const target = (source: Loose, word = ""): string => {
      const wanted = source?.target ?? {};
      const now_ = current[i]?.[key(metric.type)]?.current ?? {};
      void word;
      if (metric.type === "Resource" || metric.type === "ContainerResource") {
        const label = source?.name ?? "";
        if (wanted.averageValue !== undefined)
          return `${label}: ${now_.averageValue ?? "<unknown>"}/${wanted.averageValue}`;
        const value = now_.averageUtilization === undefined ? "<unknown>" : `${now_.averageUtilization}%`;
        const goal = wanted.averageUtilization === undefined ? "<auto>" : `${wanted.averageUtilization}%`;
        return `${label}: ${value}/${goal}`;
      }
      if (wanted.averageValue !== undefined)
        return `${now_.averageValue ?? "<unknown>"}/${wanted.averageValue}${metric.type === "Pods" ? "" : " (avg)"}`;
      return `${now_.value ?? "<unknown>"}/${wanted.value ?? "<unknown>"}`;
    };
    list.push(target(metric[key(metric.type)]));
    count_++;
  }
  const shown = list.slice(0, 2).join(", ");
  return count_ > 2 ? `${shown} + ${count_ - 2} more...` : shown;
}

const key = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);

export function workloadWide(object: Loose): unknown[] {
  return [...containersOf(object.spec.template?.spec), selector(object.spec.selector)];
}

const roleRefText = (object: Loose): string => `${object.roleRef.kind}/${object.roleRef.name}`;

function subjectsOf(object: Loose, kind: string): string {
  const list = (object.subjects ?? []).filter((one: Loose) => one.kind === kind);
  return list
    .map((one: Loose) => (kind === "ServiceAccount" && one.namespace ? `${one.namespace}/${one.name}` : one.name))
    .join(", ");
}

export const bindingCells: Printer = (object, now) => [
  name(object),
  roleRefText(object),
  old(object, now),
  subjectsOf(object, "User"),
  subjectsOf(object, "Group"),
  subjectsOf(object, "ServiceAccount"),
];

export const webhookCells: Printer = (object, now) => [name(object), count(object.webhooks), old(object, now)];

export function quantityText(value: string | undefined): string {
  return value === undefined ? "" : formatQuantity(parseQuantity(value));
}

export function quotaText(
  hard: Record<string, string> | undefined,
  used: Record<string, string> | undefined,
  only: (resource: string) => boolean,
): string {
  return Object.keys(hard ?? {})
    .filter(only)
    .sort()
    .map((resource) => `${resource}: ${quantityText(used?.[resource] ?? "0")}/${quantityText(hard?.[resource])}`)
    .join(", ");
}
