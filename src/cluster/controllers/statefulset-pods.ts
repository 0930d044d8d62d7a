/** Pods and claims of a StatefulSet: names, identity, storage. Pure. */
import { copy, type Json, type Obj } from "./object.ts";
import { podFromTemplate } from "./pod-template.ts";
import { isPodAvailable, isPodReady } from "./pods.ts";

export const revisionLabel = "controller-revision-hash";

export function ordinalOf(pod: Obj): number {
  const match = /-(\d+)$/.exec(pod.metadata.name);
  return match === null ? -1 : Number(match[1]);
}

export const startOrdinal = (set: Obj): number => set.spec.ordinals?.start ?? 0;

export const revisionOf = (pod: Obj): string => pod.metadata.labels?.[revisionLabel] ?? "";

export const isRunningAndReady = (pod: Obj): boolean => pod.status?.phase === "Running" && isPodReady(pod);

export const isHealthy = (pod: Obj): boolean => isRunningAndReady(pod) && pod.metadata.deletionTimestamp === undefined;

/** isUnavailable: anything but a pod that has been ready for minReadySeconds and is not going away. */
export function isUnavailable(pod: Obj, set: Obj, now: number): boolean {
  return !isHealthy(pod) || !isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now);
}

/** data-web-0: the name of a claim for a pod of the set. */
export function claimName(set: Obj, template: Json, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** The pod of an ordinal, with its identity and volumes (newStatefulSetPod). */
export function newPod(set: Obj, ordinal: number, revision: string): Obj {
  const name = `${set.metadata.name}-${ordinal}`;
  const pod = podFromTemplate(set.spec.template, set);
  pod.metadata.name = name;
  pod.metadata.labels = {
    ...pod.metadata.labels,
    "apps.kubernetes.io/pod-index": String(ordinal),
    "statefulset.kubernetes.io/pod-name": name,
    [revisionLabel]: revision,
  };
  pod.spec.hostname = name;
  if (set.spec.serviceName) pod.spec.subdomain = set.spec.serviceName;
  const claims: Json[] = (set.spec.volumeClaimTemplates ?? []).map((template: Json) => ({
    name: template.metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, template, ordinal) },
  }));
  const named = new Set(claims.map((volume) => volume.name));
  const volumes = (pod.spec.volumes ?? []).filter((volume: Json) => !named.has(volume.name));
  if (claims.length + volumes.length > 0) pod.spec.volumes = [...volumes, ...claims];
  return pod;
}

/** The claims of a pod, as they are made; they stay when the pod goes, unless the retention policy says otherwise. */
export function claimsOf(set: Obj, ordinal: number): Obj[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template: Json) => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      ...copy(template.metadata),
      name: claimName(set, template, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...template.metadata.labels, ...set.spec.selector?.matchLabels },
    },
    spec: copy(template.spec),
  }));
}
