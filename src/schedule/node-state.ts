import { requiredTerms } from "./affinity.ts";
import { amountsOf, podRequests } from "./requests.ts";
import type { NodeState, ScheduleObject } from "./types.ts";

/** A node without pods. */
export function nodeState(node: ScheduleObject): NodeState {
  const list = node.status?.allocatable ?? node.status?.capacity;
  return {
    node,
    allocatable: amountsOf(list),
    requested: {},
    pods: new Map(),
    repelling: new Set(),
    owners: new Map(),
  };
}

/** Counts a pod in; the same pod again replaces what was counted. */
export function addPod(state: NodeState, pod: ScheduleObject): void {
  const key = podKey(pod);
  removePod(state, pod);
  (state.pods as Map<string, ScheduleObject>).set(key, pod);
  if (requiredTerms(pod, "podAntiAffinity").length > 0) (state.repelling as Set<ScheduleObject>).add(pod);
  countOwner(state, pod, 1);
  for (const [name, amount] of Object.entries(podRequests(pod))) {
    state.requested[name] = (state.requested[name] ?? 0) + amount;
  }
}

/** Counts a pod out, by what was counted in. */
export function removePod(state: NodeState, pod: ScheduleObject): void {
  const old = state.pods.get(podKey(pod));
  if (old === undefined) return;
  (state.pods as Map<string, ScheduleObject>).delete(podKey(pod));
  (state.repelling as Set<ScheduleObject>).delete(old);
  countOwner(state, old, -1);
  for (const [name, amount] of Object.entries(podRequests(old))) {
    state.requested[name] = (state.requested[name] ?? 0) - amount;
  }
}

/** The same pods on a newer node object. */
export function withNode(state: NodeState, node: ScheduleObject): NodeState {
  return {
    ...nodeState(node),
    requested: state.requested,
    pods: state.pods,
    repelling: state.repelling,
    owners: state.owners,
  };
}

/** The uid of a pod's controller. */
export function ownerOf(pod: ScheduleObject): string | undefined {
  return pod.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid;
}

function countOwner(state: NodeState, pod: ScheduleObject, by: number): void {
  const owner = ownerOf(pod);
  if (owner === undefined) return;
  const owners = state.owners as Map<string, number>;
  const count = (owners.get(owner) ?? 0) + by;
  if (count === 0) owners.delete(owner);
  else owners.set(owner, count);
}

function podKey(pod: ScheduleObject): string {
  return `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`;
}
