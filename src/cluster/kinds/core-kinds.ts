import type { Loose, Strategy } from "../strategy.ts";
import { dropUnused, keepAllocated, normalizeAddresses } from "../controllers/service-addresses.ts";
import { labelName, pathSegmentProblems, subdomainName } from "../names.ts";
import { newUid } from "../objects.ts";
import { claimSpecDefaults, persistentSourceDefaults, podDefaults, templateDefaults } from "./pod-defaults.ts";
import { qosClass } from "./qos.ts";
import { ephemeralUpdate, resizeUpdate } from "../validation/pod-updates.ts";

/** The core group, besides validation: defaults, field selectors, how each begins. */

const podParts: Strategy["parts"] = {
  ephemeralcontainers: {
    prepare(object: Loose, old: Loose) {
      const { ephemeralContainers } = object.spec;
      object.spec = { ...old.spec, ephemeralContainers };
      if (ephemeralContainers === undefined) delete object.spec.ephemeralContainers;
    },
    validate: ephemeralUpdate,
  },
  resize: {
    prepare(object: Loose, old: Loose) {
      const spec = { ...old.spec };
      for (const kind of ["containers", "initContainers"]) {
        if (spec[kind] === undefined) continue;
        const after: Loose[] = object.spec[kind] ?? [];
        spec[kind] = spec[kind].map((one: Loose) => {
          const given = after.find((other) => other.name === one.name);
          return given === undefined ? one : { ...one, resources: given.resources, resizePolicy: given.resizePolicy };
        });
      }
      object.spec = spec;
    },
    validate: resizeUpdate,
  },
};

export const pod: Strategy = {
  generation: true,
  parts: podParts,
  nameProblems: subdomainName,
  fields: {
    "spec.nodeName": (object) => object.spec?.nodeName ?? "",
    "spec.restartPolicy": (object) => object.spec?.restartPolicy ?? "",
    "spec.schedulerName": (object) => object.spec?.schedulerName ?? "",
    "spec.serviceAccountName": (object) => object.spec?.serviceAccountName ?? "",
    "spec.hostNetwork": (object) => String(object.spec?.hostNetwork ?? false),
    "status.phase": (object) => object.status?.phase ?? "",
    "status.podIP": (object) => object.status?.podIP ?? "",
    "status.podIPs": (object) => object.status?.podIP ?? "",
    "status.nominatedNodeName": (object) => object.status?.nominatedNodeName ?? "",
  },
  defaults: podDefaults,
  prepareCreate(object: Loose) {
    if (object.spec.terminationGracePeriodSeconds < 0) object.spec.terminationGracePeriodSeconds = 1;
    object.status = { phase: "Pending", qosClass: qosClass(object) };
    if ((object.spec.schedulingGates ?? []).length > 0) {
      object.status.conditions = [
        {
          type: "PodScheduled",
          status: "False",
          lastProbeTime: null,
          lastTransitionTime: null,
          reason: "SchedulingGated",
          message: "Scheduling is blocked due to non-empty scheduling gates",
        },
      ];
    }
  },
  prepareStatus(next: Loose, old: Loose) {
    if (old.metadata.ownerReferences === undefined) delete next.metadata.ownerReferences;
    else next.metadata.ownerReferences = old.metadata.ownerReferences;
  },
  statusResets: { "f:spec": {}, "f:metadata": { "f:deletionTimestamp": {}, "f:ownerReferences": {} } },
};

export const podTemplate: Strategy = {
  generation: true,
  nameProblems: subdomainName,
  defaults(object: Loose) {
    templateDefaults(object.template);
  },
};

export const service: Strategy = {
  nameProblems: labelName,
  fields: {
    "spec.clusterIP": (object) => object.spec?.clusterIP ?? "",
    "spec.type": (object) => object.spec?.type ?? "",
  },
  prepareUpdate(object: Loose, old: Loose) {
    keepAllocated(object, old);
    normalizeAddresses(object, old);
    dropUnused(object, old);
    if (object.spec.type === "ExternalName" && old.spec.type !== "ExternalName") {
      const { internalTrafficPolicy } = object.spec;
      if (internalTrafficPolicy === old.spec.internalTrafficPolicy) delete object.spec.internalTrafficPolicy;
    }
  },
  defaults(object: Loose) {
    const { spec } = object;
    spec.sessionAffinity ||= "None";
    if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
    if (spec.sessionAffinity === "ClientIP") {
      const config = (spec.sessionAffinityConfig ??= {});
      config.clientIP ??= {};
      config.clientIP.timeoutSeconds ??= 10800;
    }
    spec.type ||= "ClusterIP";
    for (const port of spec.ports ?? []) {
      port.protocol ||= "TCP";
      if (port.targetPort === 0 || port.targetPort === "" || port.targetPort === undefined) port.targetPort = port.port;
    }
    const external =
      spec.type === "NodePort" ||
      spec.type === "LoadBalancer" ||
      (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
    if (external) spec.externalTrafficPolicy ||= "Cluster";
    if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
    if (spec.type === "LoadBalancer") {
      spec.allocateLoadBalancerNodePorts ??= true;
      for (const ingress of object.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= "VIP";
    }
  },
};

export const configMap: Strategy = { nameProblems: subdomainName };

export const secret: Strategy = {
  nameProblems: subdomainName,
  fields: { type: (object) => object.type ?? "" },
  defaults(object: Loose) {
    object.type ||= "Opaque";
    mergeStringData(object);
  },
};

/** stringData is written only: its values end up in data. */
export function mergeStringData(object: Loose): void {
  if (object.stringData === undefined) return;
  object.data ??= {};
  for (const key of Object.keys(object.stringData)) {
    object.data[key] = Buffer.from(object.stringData[key]).toString("base64");
  }
  delete object.stringData;
}

/** Only the names of Secrets count. */
function secretNames(object: Loose): void {
  if (object.secrets !== undefined)
    object.secrets = object.secrets.map((one: Loose) => (one.name ? { name: one.name } : {}));
}

export const serviceAccount: Strategy = {
  nameProblems: subdomainName,
  prepareCreate: secretNames,
  prepareUpdate: secretNames,
};

const segmentOnly = (name: string, prefix: boolean): string[] => pathSegmentProblems(name, prefix);

export const namespace: Strategy = {
  nameProblems: labelName,
  fields: {
    "status.phase": (object) => object.status?.phase ?? "",
    name: (object) => object.metadata.name,
  },
  defaults(object: Loose) {
    if (object.metadata.name) {
      object.metadata.labels ??= {};
      object.metadata.labels["kubernetes.io/metadata.name"] = object.metadata.name;
    }
    object.status ??= {};
    object.status.phase ||= "Active";
  },
  prepareCreate(object: Loose) {
    if (object.metadata.name) {
      object.metadata.labels ??= {};
      object.metadata.labels["kubernetes.io/metadata.name"] = object.metadata.name;
    }
    object.status = { phase: "Active" };
    object.spec ??= {};
    object.spec.finalizers ??= [];
    if (!object.spec.finalizers.includes("kubernetes")) object.spec.finalizers.push("kubernetes");
  },
  prepareUpdate(object: Loose, old: Loose) {
    if (old.spec?.finalizers === undefined) delete object.spec.finalizers;
    else object.spec.finalizers = old.spec.finalizers;
  },
};

export const node: Strategy = {
  nameProblems: subdomainName,
  keepsStatusOnCreate: true,
  fields: { "spec.unschedulable": (object) => String(object.spec?.unschedulable ?? false) },
  defaults(object: Loose) {
    const { status, spec } = object;
    if (spec?.podCIDR && spec.podCIDRs === undefined) spec.podCIDRs = [spec.podCIDR];
    else if (spec?.podCIDRs !== undefined && !spec.podCIDR) [spec.podCIDR] = spec.podCIDRs;
    if (status?.capacity !== undefined) {
      status.allocatable ??= {};
      for (const key of Object.keys(status.capacity)) status.allocatable[key] ??= status.capacity[key];
    }
  },
};

export const persistentVolume: Strategy = {
  nameProblems: subdomainName,
  fields: { name: (object) => object.metadata.name },
  defaults(object: Loose) {
    object.status ??= {};
    object.status.phase ||= "Pending";
    object.spec.persistentVolumeReclaimPolicy ||= "Retain";
    object.spec.volumeMode ??= "Filesystem";
    persistentSourceDefaults(object.spec);
  },
  prepareCreate(object: Loose, env) {
    object.status = {
      phase: "Pending",
      lastPhaseTransitionTime: new Date(env.clock.now()).toISOString().slice(0, 19) + "Z",
    };
  },
};

export const persistentVolumeClaim: Strategy = {
  nameProblems: subdomainName,
  fields: { name: (object) => object.metadata.name },
  defaults(object: Loose) {
    object.status ??= {};
    object.status.phase ||= "Pending";
    claimSpecDefaults(object.spec);
  },
  prepareCreate(object: Loose) {
    object.status = { phase: "Pending" };
    const { apiGroup, kind } = object.spec.dataSource ?? {};
    // a source of the core group that is no claim was always left out, and still is
    if (!apiGroup && kind !== "PersistentVolumeClaim") delete object.spec.dataSource;
    pairSources(object.spec);
  },
  prepareUpdate: ({ spec }: Loose) => pairSources(spec),
};

/** `dataSource` and `dataSourceRef` say the same, where one of them is not there. */
function pairSources(spec: Loose): void {
  if (spec.dataSource !== undefined && spec.dataSourceRef === undefined) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef !== undefined && spec.dataSource === undefined) {
    const { namespace, ...rest } = spec.dataSourceRef;
    if (!namespace) spec.dataSource = rest;
  }
}

export const endpoints: Strategy = {
  deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  nameProblems: subdomainName,
  defaults(object: Loose) {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
};

export const event: Strategy = {
  nameProblems: segmentOnly,
  fields: {
    "involvedObject.kind": (object) => object.involvedObject?.kind ?? "",
    "involvedObject.namespace": (object) => object.involvedObject?.namespace ?? "",
    "involvedObject.name": (object) => object.involvedObject?.name ?? "",
    "involvedObject.uid": (object) => object.involvedObject?.uid ?? "",
    "involvedObject.apiVersion": (object) => object.involvedObject?.apiVersion ?? "",
    "involvedObject.resourceVersion": (object) => object.involvedObject?.resourceVersion ?? "",
    "involvedObject.fieldPath": (object) => object.involvedObject?.fieldPath ?? "",
    reason: (object) => object.reason ?? "",
    reportingComponent: (object) => object.reportingComponent || object.source?.component || "",
    source: (object) => object.source?.component || object.reportingComponent || "",
    type: (object) => object.type ?? "",
  },
};

export const limitRange: Strategy = {
  nameProblems: subdomainName,
  prepareCreate(object: Loose, env) {
    object.metadata.name ||= newUid(env.random);
  },
  defaults(object: Loose) {
    for (const item of object.spec.limits ?? []) {
      if (item.type !== "Container") continue;
      if (item.max !== undefined) {
        item.default ??= {};
        for (const key of Object.keys(item.max)) item.default[key] ??= item.max[key];
      }
      if (item.default !== undefined) {
        item.defaultRequest ??= {};
        for (const key of Object.keys(item.default)) item.defaultRequest[key] ??= item.default[key];
      }
      if (item.min !== undefined) {
        item.defaultRequest ??= {};
        for (const key of Object.keys(item.min)) item.defaultRequest[key] ??= item.min[key];
      }
    }
  },
};

export const resourceQuota: Strategy = { nameProblems: subdomainName };
