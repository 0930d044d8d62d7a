import type { ApiResource } from "./types.ts";

/** Kinds that every API server serves: reached without discovery. */
function known(group: string, version: string, kind: string, plural: string, namespaced = true): ApiResource {
  return { group, version, kind, plural, namespaced, verbs: [] };
}

export const secrets = known("", "v1", "Secret", "secrets");
export const configMaps = known("", "v1", "ConfigMap", "configmaps");
export const namespaces = known("", "v1", "Namespace", "namespaces", false);
export const pods = known("", "v1", "Pod", "pods");
export const events = known("", "v1", "Event", "events");
export const leases = known("coordination.k8s.io", "v1", "Lease", "leases");
export const replicaSets = known("apps", "v1", "ReplicaSet", "replicasets");
export const jobs = known("batch", "v1", "Job", "jobs");
