import { formatQuantity, parseQuantity } from "../../manifest/index.ts";
import { selectorText } from "../server/scale.ts";
import type { Loose } from "../strategy.ts";
import { podCells } from "./pods.ts";
import { age, humanDuration } from "./text.ts";

/** The rows of built-in kinds, by `group/plural`: cells in the order of their columns. */

type Printer = (object: Loose, now: number) => unknown[];

const none = "<none>";
const unset = "<unset>";

const name = (object: Loose): string => object.metadata.name;
const old = (object: Loose, now: number): string => age(object.metadata.creationTimestamp, now);

/** labels.FormatLabels: `a=b,c=d` by key. */
function labelsText(labels: Record<string, string> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? none : keys.map((key) => `${key}=${labels?.[key]}`).join(",");
}

/** metav1.FormatLabelSelector. */
function selector(value: Loose): string {
  return selectorText(value) || none;
}

function containersOf(spec: Loose): [names: string, images: string] {
  const list: Loose[] = spec?.containers ?? [];
  return [list.map((c) => c.name).join(","), list.map((c) => c.image ?? "").join(",")];
}

const count = (value: unknown): number => (value === undefined || value === null ? 0 : Object.keys(value).length);

function servicePorts(ports: Loose[]): string {
  return ports
    .map((port) => (port.nodePort ? `${port.port}:${port.nodePort}/${port.protocol}` : `${port.port}/${port.protocol}`))
    .join(",");
}

const truncated = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 3)}...` : text);

function loadBalancerText(status: Loose, wide: boolean): string {
  const out = new Set<string>();
  for (const one of status?.loadBalancer?.ingress ?? []) {
    if (one.ip) out.add(one.ip);
    else if (one.hostname) out.add(one.hostname);
  }
  const text = [...out].sort().join(",");
  return wide ? text : truncated(text, 16);
}

function externalAddress(service: Loose): string {
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

function jobCells(job: Loose, now: number): unknown[] {
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

function accessText(modes: string[] | undefined): string {
  const order = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];
  return order
    .filter((mode) => (modes ?? []).includes(mode))
    .map((mode) => accessShort[mode])
    .join(",");
}

const betaClass = "volume.beta.kubernetes.io/storage-class";

function nodeCells(node: Loose, now: number): unknown[] {
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

function eventCells(event: Loose, now: number): unknown[] {
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

function endpointsText(endpoints: Loose): string {
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

function hpaMetrics(spec: Loose, status: Loose): string {
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

function workloadWide(object: Loose): unknown[] {
  return [...containersOf(object.spec.template?.spec), selector(object.spec.selector)];
}

const roleRefText = (object: Loose): string => `${object.roleRef.kind}/${object.roleRef.name}`;

function subjectsOf(object: Loose, kind: string): string {
  const list = (object.subjects ?? []).filter((one: Loose) => one.kind === kind);
  return list
    .map((one: Loose) => (kind === "ServiceAccount" && one.namespace ? `${one.namespace}/${one.name}` : one.name))
    .join(", ");
}

const bindingCells: Printer = (object, now) => [
  name(object),
  roleRefText(object),
  old(object, now),
  subjectsOf(object, "User"),
  subjectsOf(object, "Group"),
  subjectsOf(object, "ServiceAccount"),
];

const webhookCells: Printer = (object, now) => [name(object), count(object.webhooks), old(object, now)];

function quantityText(value: string | undefined): string {
  return value === undefined ? "" : formatQuantity(parseQuantity(value));
}

function quotaText(
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

export const printers: Readonly<Record<string, Printer>> = {
  "/pods": podCells,
  "/podtemplates": (o) => [name(o), ...containersOf(o.template?.spec), labelsText(o.template?.metadata?.labels)],
  "/replicationcontrollers": (o, now) => [
    name(o),
    o.spec.replicas ?? 0,
    o.status?.replicas ?? 0,
    o.status?.readyReplicas ?? 0,
    old(o, now),
    ...containersOf(o.spec.template?.spec),
    labelsText(o.spec.selector),
  ],
  "apps/replicasets": (o, now) => [
    name(o),
    o.spec.replicas ?? 0,
    o.status?.replicas ?? 0,
    o.status?.readyReplicas ?? 0,
    old(o, now),
    ...workloadWide(o),
  ],
  "apps/deployments": (o, now) => [
    name(o),
    `${o.status?.readyReplicas ?? 0}/${o.spec.replicas ?? 0}`,
    o.status?.updatedReplicas ?? 0,
    o.status?.availableReplicas ?? 0,
    old(o, now),
    ...workloadWide(o),
  ],
  "apps/statefulsets": (o, now) => [
    name(o),
    `${o.status?.readyReplicas ?? 0}/${o.spec.replicas ?? 0}`,
    old(o, now),
    ...containersOf(o.spec.template?.spec),
  ],
  "apps/daemonsets": (o, now) => [
    name(o),
    o.status?.desiredNumberScheduled ?? 0,
    o.status?.currentNumberScheduled ?? 0,
    o.status?.numberReady ?? 0,
    o.status?.updatedNumberScheduled ?? 0,
    o.status?.numberAvailable ?? 0,
    labelsText(o.spec.template?.spec?.nodeSelector),
    old(o, now),
    ...workloadWide(o),
  ],
  "apps/controllerrevisions": (o, now) => {
    const owner = (o.metadata.ownerReferences ?? []).find((one: Loose) => one.controller === true);
    const group = owner === undefined ? "" : owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
    return [
      name(o),
      owner === undefined ? none : `${owner.kind.toLowerCase()}${group}/${owner.name}`,
      o.revision ?? 0,
      old(o, now),
    ];
  },
  "batch/jobs": jobCells,
  "batch/cronjobs": (o, now) => [
    name(o),
    o.spec.schedule,
    o.spec.timeZone ?? none,
    o.spec.suspend === true ? "True" : "False",
    (o.status?.active ?? []).length,
    o.status?.lastScheduleTime ? age(o.status.lastScheduleTime, now) : none,
    old(o, now),
    ...containersOf(o.spec.jobTemplate?.spec?.template?.spec),
    selector(o.spec.jobTemplate?.spec?.selector),
  ],
  "/services": (o, now) => [
    name(o),
    o.spec.type,
    (o.spec.clusterIPs ?? [])[0] || o.spec.clusterIP || none,
    externalAddress(o),
    servicePorts(o.spec.ports ?? []) || none,
    old(o, now),
    labelsText(o.spec.selector),
  ],
  "/endpoints": (o, now) => [name(o), endpointsText(o), old(o, now)],
  "discovery.k8s.io/endpointslices": (o, now) => {
    const ports: Loose[] = o.ports ?? [];
    const addresses: string[] = (o.endpoints ?? []).flatMap((one: Loose) => one.addresses ?? []);
    const cut = (list: string[]) =>
      list.length === 0
        ? unset
        : list.length > 3
          ? `${list.slice(0, 3).join(",")} + ${list.length - 3} more...`
          : list.join(",");
    return [
      name(o),
      o.addressType,
      cut(ports.map((port) => (port.port === undefined ? "*" : String(port.port)))),
      cut(addresses),
      old(o, now),
    ];
  },
  "networking.k8s.io/ingresses": (o, now) => {
    const hosts: string[] = [];
    let all = false;
    for (const rule of o.spec.rules ?? []) {
      if (hosts.length === 3) all = true;
      else if (rule.host) hosts.push(rule.host);
    }
    const text =
      hosts.length === 0
        ? "*"
        : all
          ? `${hosts.join(",")} + ${(o.spec.rules ?? []).length - 3} more...`
          : hosts.join(",");
    return [
      name(o),
      o.spec.ingressClassName ?? none,
      text,
      loadBalancerText(o.status, true),
      count(o.spec.tls) > 0 ? "80, 443" : "80",
      old(o, now),
    ];
  },
  "networking.k8s.io/ingressclasses": (o, now) => {
    const p = o.spec.parameters;
    const parameters = p === undefined ? none : `${p.kind}${p.apiGroup ? `.${p.apiGroup}` : ""}/${p.name}`;
    return [name(o), o.spec.controller, parameters, old(o, now)];
  },
  "networking.k8s.io/networkpolicies": (o, now) => [name(o), selector(o.spec?.podSelector), old(o, now)],
  "networking.k8s.io/servicecidrs": (o, now) => [name(o), (o.spec.cidrs ?? []).join(","), old(o, now)],
  "networking.k8s.io/ipaddresses": (o, now) => {
    const p = o.spec.parentRef;
    return [
      name(o),
      p === undefined
        ? none
        : `${p.resource}${p.group ? `.${p.group}` : ""}/${p.namespace ? `${p.namespace}/` : ""}${p.name}`,
      old(o, now),
    ];
  },
  "/configmaps": (o, now) => [name(o), count(o.data) + count(o.binaryData), old(o, now)],
  "/secrets": (o, now) => [name(o), o.type, count(o.data), old(o, now)],
  "/namespaces": (o, now) => [name(o), o.status?.phase ?? "", old(o, now)],
  "/nodes": nodeCells,
  "/events": eventCells,
  "/limitranges": (o, now) => [name(o), o.metadata.creationTimestamp ?? old(o, now)],
  "/resourcequotas": (o, now) => [
    name(o),
    quotaText(o.status?.hard, o.status?.used, (r) => !r.startsWith("limits.")),
    quotaText(o.status?.hard, o.status?.used, (r) => r.startsWith("limits.")),
    old(o, now),
  ],
  "/persistentvolumes": (o, now) => {
    const { spec, status = {}, metadata } = o;
    const claim = spec.claimRef === undefined ? "" : `${spec.claimRef.namespace}/${spec.claimRef.name}`;
    const phase = metadata.deletionTimestamp === undefined ? status.phase : "Terminating";
    return [
      name(o),
      quantityText(spec.capacity?.storage),
      accessText(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? "",
      phase,
      claim,
      metadata.annotations?.[betaClass] ?? spec.storageClassName ?? "",
      spec.volumeAttributesClassName ?? unset,
      status.reason ?? "",
      old(o, now),
      spec.volumeMode ?? unset,
    ];
  },
  "/persistentvolumeclaims": (o, now) => {
    const { spec, status = {}, metadata } = o;
    const bound = Boolean(spec.volumeName);
    const phase = metadata.deletionTimestamp === undefined ? status.phase : "Terminating";
    return [
      name(o),
      phase,
      spec.volumeName ?? "",
      bound ? quantityText(status.capacity?.storage ?? "0") : "",
      bound ? accessText(status.accessModes) : "",
      metadata.annotations?.[betaClass] ?? spec.storageClassName ?? "",
      spec.volumeAttributesClassName ?? unset,
      old(o, now),
      spec.volumeMode ?? unset,
    ];
  },
  "storage.k8s.io/storageclasses": (o, now) => {
    const standard = [
      "storageclass.kubernetes.io/is-default-class",
      "storageclass.beta.kubernetes.io/is-default-class",
    ].some((annotation) => o.metadata.annotations?.[annotation] === "true");
    return [
      standard ? `${name(o)} (default)` : name(o),
      o.provisioner,
      o.reclaimPolicy ?? "Delete",
      o.volumeBindingMode ?? "Immediate",
      o.allowVolumeExpansion === true,
      old(o, now),
    ];
  },
  "storage.k8s.io/volumeattributesclasses": (o, now) => [
    o.metadata.annotations?.["volumeattributesclass.kubernetes.io/is-default-class"] === "true"
      ? `${name(o)} (default)`
      : name(o),
    o.driverName,
    old(o, now),
  ],
  "storage.k8s.io/csinodes": (o, now) => [name(o), count(o.spec.drivers), old(o, now)],
  "storage.k8s.io/csidrivers": (o, now) => [
    name(o),
    o.spec.attachRequired ?? true,
    o.spec.podInfoOnMount ?? false,
    o.spec.storageCapacity ?? false,
    (o.spec.tokenRequests ?? []).length === 0
      ? unset
      : o.spec.tokenRequests.map((one: Loose) => one.audience).join(","),
    o.spec.requiresRepublish ?? false,
    (o.spec.volumeLifecycleModes ?? []).length === 0 ? none : o.spec.volumeLifecycleModes.join(","),
    old(o, now),
  ],
  "storage.k8s.io/volumeattachments": (o, now) => [
    name(o),
    o.spec.attacher,
    o.spec.source?.persistentVolumeName ?? "",
    o.spec.nodeName,
    o.status?.attached ?? false,
    old(o, now),
  ],
  "autoscaling/horizontalpodautoscalers": (o, now) => [
    name(o),
    `${o.spec.scaleTargetRef.kind}/${o.spec.scaleTargetRef.name}`,
    hpaMetrics(o.spec, o.status),
    o.spec.minReplicas === undefined ? unset : String(o.spec.minReplicas),
    o.spec.maxReplicas,
    o.status?.currentReplicas ?? 0,
    old(o, now),
  ],
  "policy/poddisruptionbudgets": (o, now) => [
    name(o),
    o.spec.minAvailable === undefined ? "N/A" : String(o.spec.minAvailable),
    o.spec.maxUnavailable === undefined ? "N/A" : String(o.spec.maxUnavailable),
    o.status?.disruptionsAllowed ?? 0,
    old(o, now),
  ],
  "rbac.authorization.k8s.io/rolebindings": bindingCells,
  "rbac.authorization.k8s.io/clusterrolebindings": bindingCells,
  "scheduling.k8s.io/priorityclasses": (o, now) => [
    name(o),
    o.value ?? 0,
    o.globalDefault ?? false,
    old(o, now),
    o.preemptionPolicy ?? "",
  ],
  "coordination.k8s.io/leases": (o, now) => [name(o), o.spec?.holderIdentity ?? "", old(o, now)],
  "node.k8s.io/runtimeclasses": (o, now) => [name(o), o.handler, old(o, now)],
  "admissionregistration.k8s.io/validatingwebhookconfigurations": webhookCells,
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": webhookCells,
  "admissionregistration.k8s.io/validatingadmissionpolicies": (o, now) => [
    name(o),
    count(o.spec?.validations),
    o.spec?.paramKind === undefined ? unset : `${o.spec.paramKind.apiVersion}/${o.spec.paramKind.kind}`,
    old(o, now),
  ],
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": (o, now) => {
    const p = o.spec?.paramRef;
    const text =
      p === undefined ? unset : p.name ? (p.namespace ? `${p.namespace}/${p.name}` : p.name) : selector(p.selector);
    return [name(o), o.spec?.policyName ?? "", text, old(o, now)];
  },
  "flowcontrol.apiserver.k8s.io/flowschemas": (o, now) => {
    const dangling = (o.status?.conditions ?? []).find((c: Loose) => c.type === "Dangling")?.status ?? "?";
    return [
      name(o),
      o.spec.priorityLevelConfiguration?.name ?? "",
      o.spec.matchingPrecedence ?? 0,
      o.spec.distinguisherMethod?.type ?? none,
      old(o, now),
      dangling,
    ];
  },
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": (o, now) => {
    const limited = o.spec.limited;
    const queuing = limited?.limitResponse?.queuing;
    return [
      name(o),
      o.spec.type,
      (limited ?? o.spec.exempt)?.nominalConcurrencyShares ?? none,
      queuing?.queues ?? none,
      queuing?.handSize ?? none,
      queuing?.queueLengthLimit ?? none,
      old(o, now),
    ];
  },
  "apiregistration.k8s.io/apiservices": (o, now) => {
    const service = o.spec.service;
    const where = service === undefined || service === null ? "Local" : `${service.namespace}/${service.name}`;
    const condition = (o.status?.conditions ?? []).find((c: Loose) => c.type === "Available");
    const available =
      condition === undefined
        ? "Unknown"
        : condition.status === "True"
          ? "True"
          : `${condition.status} (${condition.reason})`;
    return [name(o), where, available, old(o, now)];
  },
  "certificates.k8s.io/certificatesigningrequests": (o, now) => {
    const conditions: Loose[] = o.status?.conditions ?? [];
    let state = "";
    if (conditions.some((c) => c.type === "Denied")) state = "Denied";
    else if (conditions.some((c) => c.type === "Approved")) state = "Approved";
    else state = "Pending";
    if (conditions.some((c) => c.type === "Failed")) state += ",Failed";
    if (o.status?.certificate) state += ",Issued";
    const seconds = o.spec.expirationSeconds;
    return [
      name(o),
      old(o, now),
      o.spec.signerName || none,
      o.spec.username ?? "",
      seconds === undefined ? none : humanDuration(seconds * 1000),
      state,
    ];
  },
};
