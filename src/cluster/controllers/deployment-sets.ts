/** What a Deployment knows about its ReplicaSets: which one is new, revisions, annotations. Pure. */
import { maxSurge } from "./deployment-math.ts";
import { byCreation, type Obj } from "./object.ts";
import { sameTemplate } from "./pod-template.ts";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
export const historyAnnotation = "deployment.kubernetes.io/revision-history";
export const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
export const maxAnnotation = "deployment.kubernetes.io/max-replicas";

const notCopied = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  "deprecated.deployment.rollback.to",
]);

/** FindNewReplicaSet: the oldest with the deployment's own template. */
export function findNew(deployment: Obj, sets: readonly Obj[]): Obj | undefined {
  return [...sets].sort(byCreation).find((set) => sameTemplate(set.spec.template, deployment.spec.template));
}

export function revisionOf(set: Obj): number {
  const text = set.metadata.annotations?.[revisionAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
}

export const isActive = (set: Obj): boolean => (set.spec.replicas ?? 0) > 0;

/** The two annotations by which scaling is noticed. */
export function sizeAnnotations(deployment: Obj): Record<string, string> {
  const desired = deployment.spec.replicas as number;
  return {
    [desiredAnnotation]: String(desired),
    [maxAnnotation]: String(desired + maxSurge(deployment.spec.strategy ?? {}, desired)),
  };
}

/**
 * SetNewReplicaSetAnnotations: the deployment's annotations but those of its own bookkeeping, the revision when it rises
 * (the former one goes to the history), and for a set that is being made the size annotations.
 */
export function setAnnotations(deployment: Obj, set: Obj, revision: number, exists: boolean): Record<string, string> {
  const annotations: Record<string, string> = { ...set.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(key)) annotations[key] = value;
  }
  const old = annotations[revisionAnnotation];
  if (old !== undefined && old !== "" && !/^\d+$/.test(old)) return annotations;
  if (Number(old ?? 0) < revision) {
    annotations[revisionAnnotation] = String(revision);
    if (old !== undefined) annotations[historyAnnotation] = longerHistory(annotations[historyAnnotation] ?? "", old);
  }
  return exists ? annotations : { ...annotations, ...sizeAnnotations(deployment) };
}

/** The history is kept under 2,000 characters by dropping its oldest entries. */
function longerHistory(history: string, old: string): string {
  if (history === "") return old;
  const parts = [...history.split(","), old];
  while (parts.join(",").length > 2000 && parts.length > 1) parts.shift();
  return parts.join(",");
}

/** FindActiveOrLatest: the one active set, or the newest when none is; undefined when several are active. */
export function activeOrLatest(newest: Obj | undefined, old: readonly Obj[]): Obj | undefined {
  if (newest === undefined && old.length === 0) return undefined;
  const latestFirst = [...old].sort((a, b) => byCreation(b, a));
  const active = [...latestFirst, ...(newest === undefined ? [] : [newest])].filter(isActive);
  if (active.length === 0) return newest ?? latestFirst[0];
  return active.length === 1 ? active[0] : undefined;
}

/** IsSaturated: the new set has all replicas, knows so, and all are available. */
export function isSaturated(deployment: Obj, set: Obj | undefined): boolean {
  if (set === undefined) return false;
  const desired = deployment.spec.replicas as number;
  return (
    set.spec.replicas === desired &&
    set.metadata.annotations?.[desiredAnnotation] === String(desired) &&
    (set.status?.availableReplicas ?? 0) === desired
  );
}

/** isScalingEvent: an active set that was sized for another number of replicas. */
export function isScaling(deployment: Obj, sets: readonly Obj[]): boolean {
  return sets.filter(isActive).some((set) => {
    const desired = set.metadata.annotations?.[desiredAnnotation];
    return desired !== undefined && /^\d+$/.test(desired) && Number(desired) !== deployment.spec.replicas;
  });
}

/** ReplicaSetsBySizeNewer and -Older: larger first, then by age. */
export function bySize(newerFirst: boolean): (a: Obj, b: Obj) => number {
  return (a, b) => {
    const size = (b.spec.replicas ?? 0) - (a.spec.replicas ?? 0);
    if (size !== 0) return size;
    return newerFirst ? byCreation(b, a) : byCreation(a, b);
  };
}
