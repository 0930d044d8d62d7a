import { amountsOf, podRequests } from "./requests.ts";
import type { NodeState, ScheduleObject } from "./types.ts";

/** A node without pods. */
export function nodeState(node: ScheduleObject): NodeState {
  const list = node.status?.allocatable ?? node.status?.capacity;
  return { node, allocatable: amountsOf(list), requested: {}, pods: new Map() };
}

/** Counts a pod in; the same pod again replaces what was counted. */
export function addPod(state: NodeState, pod: ScheduleObject): void {
  const key = podKey(pod);
  removePod(state, pod);
  (state.pods as Map<string, ScheduleObject>).set(key, pod);
  for (const [name, amount] of Object.entries(podRequests(pod))) {
    state.requested[name] = (state.requested[name] ?? 0) + amount;
  }
}

/** Counts a pod out, by what was counted in. */
export function removePod(state: NodeState, pod: ScheduleObject): void {
  const old = state.pods.get(podKey(pod));
  if (old === undefined) return;
  (state.pods as Map<string, ScheduleObject>).delete(podKey(pod));
  for (const [name, amount] of Object.entries(podRequests(old))) {
    state.requested[name] = (state.requested[name] ?? 0) - amount;
  }
}

/** The same pods on a newer node object. */
export function withNode(state: NodeState, node: ScheduleObject): NodeState {
  return { ...nodeState(node), requested: state.requested, pods: state.pods };
}

function podKey(pod: ScheduleObject): string {
  return `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`;
}
