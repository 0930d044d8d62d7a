import type { Loose } from "../strategy.ts";
import {
  accessText,
  betaClass,
  bindingCells,
  containersOf,
  count,
  endpointsText,
  eventCells,
  externalAddress,
  hpaMetrics,
  jobCells,
  labelsText,
  loadBalancerText,
  name,
  nodeCells,
  none,
  old,
  quantityText,
  quotaText,
  selector,
  servicePorts,
  unset,
  workloadWide,
} from "./cells.ts";
import type { Printer } from "./cells.ts";
import { podCells } from "./pods.ts";
import { rarePrinters } from "./rare.ts";
import { age } from "./text.ts";

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
  ...rarePrinters,
};
