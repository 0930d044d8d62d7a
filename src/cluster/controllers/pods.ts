/** What controllers ask about pods, by upstream's rules. */
import { millis, type Json, type Obj } from "./object.ts";

/** A condition of a pod by type. */
export function podCondition(pod: Obj, type: string): Json | undefined {
  return pod.status?.conditions?.find((condition: Json) => condition.type === type);
}

export function isPodReady(pod: Obj): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** When the pod became ready. */
export function readySince(pod: Obj): number | undefined {
  const condition = podCondition(pod, "Ready");
  return condition?.status === "True" ? millis(condition.lastTransitionTime) : undefined;
}

/** Ready for at least minReadySeconds. */
export function isPodAvailable(pod: Obj, minReadySeconds: number, now: number): boolean {
  if (!isPodReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = readySince(pod);
  return since !== undefined && since + minReadySeconds * 1000 <= now;
}

export const isPodFinished = (pod: Obj): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Neither finished nor on its way out. */
export const isPodActive = (pod: Obj): boolean => !isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined;

/** On its way out but not finished. */
export const isPodTerminating = (pod: Obj): boolean =>
  !isPodFinished(pod) && pod.metadata.deletionTimestamp !== undefined;

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * ActivePodsWithRanks: which pod of two goes first when a ReplicaSet shrinks. Unscheduled before scheduled, pending before
 * running, not ready before ready, cheap before dear (pod-deletion-cost), doubled-up before alone on its node, then younger
 * by orders of magnitude, restarted more often, and at last by uid.
 */
export function compareForDeletion(now: number, rank: ReadonlyMap<string, number>): (a: Obj, b: Obj) => number {
  return (a, b) => {
    const nodeA = a.spec?.nodeName ?? "";
    const nodeB = b.spec?.nodeName ?? "";
    if (nodeA !== nodeB && (nodeA === "" || nodeB === "")) return nodeA === "" ? -1 : 1;
    const phase = (phaseOrder[a.status?.phase] ?? 0) - (phaseOrder[b.status?.phase] ?? 0);
    if (phase !== 0) return phase;
    const readyA = isPodReady(a);
    const readyB = isPodReady(b);
    if (readyA !== readyB) return readyA ? 1 : -1;
    const cost = deletionCost(a) - deletionCost(b);
    if (cost !== 0) return cost;
    const crowd = (rank.get(b.metadata.uid ?? "") ?? 0) - (rank.get(a.metadata.uid ?? "") ?? 0);
    if (crowd !== 0) return crowd;
    if (readyA && readyB) {
      const order = compareAges(readySince(a), readySince(b), now);
      if (order !== 0) return order;
      if (readySince(a) !== readySince(b)) return compareUids(a, b);
    }
    const restarts = maxRestarts(b) - maxRestarts(a);
    if (restarts !== 0) return restarts;
    const order = compareAges(millis(a.metadata.creationTimestamp), millis(b.metadata.creationTimestamp), now);
    return order !== 0 ? order : compareUids(a, b);
  };
}

function deletionCost(pod: Obj): number {
  return Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0;
}

function maxRestarts(pod: Obj): number {
  let most = 0;
  for (const status of pod.status?.containerStatuses ?? []) most = Math.max(most, status.restartCount ?? 0);
  return most;
}

/** Younger first, but only when they differ by an order of magnitude (log2), as upstream's LogarithmicScaleDown. */
function compareAges(a: number | undefined, b: number | undefined, now: number): number {
  const magnitude = (time: number | undefined) =>
    time === undefined || now - time <= 0 ? -1 : Math.floor(Math.log2((now - time) * 1e6));
  return magnitude(a) - magnitude(b);
}

function compareUids(a: Obj, b: Obj): number {
  const x = a.metadata.uid ?? "";
  const y = b.metadata.uid ?? "";
  return x < y ? -1 : x > y ? 1 : 0;
}

/** How many related pods share each pod's node: the rank of {@link compareForDeletion}. */
export function crowding(pods: readonly Obj[], related: readonly Obj[]): Map<string, number> {
  const perNode = new Map<string, number>();
  for (const pod of related) {
    if (!isPodActive(pod)) continue;
    const node = pod.spec?.nodeName ?? "";
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  return new Map(pods.map((pod) => [pod.metadata.uid ?? "", perNode.get(pod.spec?.nodeName ?? "") ?? 0]));
}

/** Milliseconds until the next of these pods has been ready for minReadySeconds; undefined when none is on its way. */
export function nextAvailability(pods: readonly Obj[], minReadySeconds: number, now: number): number | undefined {
  if (minReadySeconds === 0) return undefined;
  let least: number | undefined;
  for (const pod of pods) {
    const since = readySince(pod);
    if (since === undefined) continue;
    const wait = since + minReadySeconds * 1000 - now;
    if (wait > 0 && (least === undefined || wait < least)) least = wait;
  }
  return least;
}
