import {
  countByDomain,
  matchesNodeAffinity,
  matchesNodeTerm,
  preferredTerms,
  requiredTerms,
  termMatches,
  untolerated,
  type NamespaceLabels,
} from "./affinity.ts";
import { ownerOf } from "./node-state.ts";
import { hostPorts, podRequests } from "./requests.ts";
import { matchesSelector } from "../manifest/index.ts";
import type { NodeState, ScheduleObject } from "./types.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** Where a pod goes, or why it cannot, in kube-scheduler's words. */
export type Placement =
  | { readonly node: string }
  | { readonly node?: undefined; readonly message: string; readonly reasons: Readonly<Record<string, number>> };

export interface ScheduleOptions {
  readonly namespaceLabels?: NamespaceLabels;
  /** A reason that is found before any node is looked at (an unbound claim): PreFilter's message. */
  readonly refused?: string | undefined;
}

/** Why a node does not do; `final` where no pod's eviction would help. */
interface Refusal {
  readonly reasons: readonly string[];
  readonly final: boolean;
}

/**
 * Finds a node for a pod: every node is filtered in the order of kube-scheduler's default plugins, then the rest are
 * scored; the best one with the lowest place in `nodes` wins. Pure: the same question has the same answer.
 */
export function schedule(pod: ScheduleObject, nodes: readonly NodeState[], options: ScheduleOptions = {}): Placement {
  if (nodes.length === 0) return { message: "no nodes available to schedule pods", reasons: {} };
  if (options.refused !== undefined) {
    // What comes after the filters does not find what it needs then, and says just that.
    const message = `0/${nodes.length} nodes are available: ${options.refused}. not found`;
    return { message, reasons: { [options.refused]: nodes.length } };
  }
  const question = prepare(pod, nodes, options.namespaceLabels ?? (() => undefined));
  const fitting: NodeState[] = [];
  const refusals: Refusal[] = [];
  for (const state of nodes) {
    const refusal = filter(question, state);
    if (refusal === undefined) fitting.push(state);
    else refusals.push(refusal);
  }
  if (fitting.length > 0) return { node: best(question, fitting).node.metadata.name };
  const reasons: Record<string, number> = {};
  for (const refusal of refusals) for (const reason of refusal.reasons) reasons[reason] = (reasons[reason] ?? 0) + 1;
  const shown = Object.entries(reasons)
    .map(([reason, count]) => `${count} ${reason}`)
    .sort((a, b) => (a < b ? -1 : 1));
  const helpful = refusals.filter((refusal) => !refusal.final).length;
  const message = `0/${nodes.length} nodes are available: ${shown.join(", ")}. ${preemption(nodes.length, helpful)}`;
  return { message, reasons };
}

/** Whether one node would take the pod (DaemonSets ask this); undefined when it does, else the reasons. */
export function fits(pod: ScheduleObject, state: NodeState): readonly string[] | undefined {
  return filter(
    prepare(pod, [state], () => undefined),
    state,
  )?.reasons;
}

/** The PostFilter's part of the message: `helpful` nodes were tried for preemption and none had a victim. */
function preemption(total: number, helpful: number): string {
  const parts: string[] = [];
  if (helpful > 0) parts.push(`${helpful} No preemption victims found for incoming pod`);
  if (total > helpful) parts.push(`${total - helpful} Preemption is not helpful for scheduling`);
  // The plugin for claims of devices speaks first, also where nobody claims any.
  return `no new claims to deallocate, preemption: 0/${total} nodes are available: ${parts.sort().join(", ")}.`;
}

interface SpreadCount {
  readonly constraint: Json;
  readonly counts: ReadonlyMap<string, number>;
  readonly least: number;
}

/** What does not depend on the node, worked out once. */
interface Question {
  readonly pod: ScheduleObject;
  readonly requests: Readonly<Record<string, number>>;
  readonly ports: readonly { protocol: string; ip: string; port: number }[];
  readonly affinity: readonly { term: Json; counts: ReadonlyMap<string, number> }[];
  readonly antiAffinity: readonly { term: Json; counts: ReadonlyMap<string, number> }[];
  /** `key\0value` of topology domains that pods already there keep this pod out of. */
  readonly closed: ReadonlySet<string>;
  /** The pod is the first of a group that asks to be with itself. */
  readonly first: boolean;
  readonly spread: readonly SpreadCount[];
  readonly softSpread: readonly SpreadCount[];
  readonly owner: string | undefined;
  readonly labelsOf: NamespaceLabels;
  readonly nodes: readonly NodeState[];
}

function prepare(pod: ScheduleObject, nodes: readonly NodeState[], labelsOf: NamespaceLabels): Question {
  const count = (term: Json) => ({
    term,
    counts: countByDomain(nodes, term.topologyKey, (other) => termMatches(term, pod, other, labelsOf)),
  });
  const affinity = requiredTerms(pod, "podAffinity").map(count);
  const nobody = affinity.every(({ counts }) => [...counts.values()].every((n) => n === 0));
  const self = affinity.every(({ term }) => termMatches(term, pod, pod, labelsOf));
  const constraints: readonly Json[] = pod.spec?.topologySpreadConstraints ?? [];
  const spreadOf = (when: string) =>
    constraints
      .filter((constraint) => (constraint.whenUnsatisfiable ?? "DoNotSchedule") === when)
      .map((constraint) => spreadCount(pod, constraint, nodes));
  return {
    pod,
    requests: podRequests(pod),
    ports: hostPorts(pod),
    affinity,
    antiAffinity: requiredTerms(pod, "podAntiAffinity").map(count),
    closed: closedDomains(pod, nodes, labelsOf),
    first: affinity.length > 0 && nobody && self,
    spread: spreadOf("DoNotSchedule"),
    softSpread: spreadOf("ScheduleAnyway"),
    owner: ownerOf(pod),
    labelsOf,
    nodes,
  };
}

/** The topology domains that the required anti-affinity of pods already placed closes for this pod. */
function closedDomains(pod: ScheduleObject, nodes: readonly NodeState[], labelsOf: NamespaceLabels): Set<string> {
  const closed = new Set<string>();
  for (const state of nodes) {
    for (const other of state.repelling) {
      for (const term of requiredTerms(other, "podAntiAffinity")) {
        const domain = state.node.metadata.labels?.[term.topologyKey];
        if (domain !== undefined && termMatches(term, other, pod, labelsOf))
          closed.add(`${term.topologyKey}\0${domain}`);
      }
    }
  }
  return closed;
}

function spreadCount(pod: ScheduleObject, constraint: Json, nodes: readonly NodeState[]): SpreadCount {
  const selector = { ...constraint.labelSelector };
  const keys: string[] = constraint.matchLabelKeys ?? [];
  if (keys.length > 0) {
    selector.matchExpressions = [
      ...(selector.matchExpressions ?? []),
      ...keys
        .filter((key) => pod.metadata.labels?.[key] !== undefined)
        .map((key) => ({ key, operator: "In", values: [pod.metadata.labels?.[key]] })),
    ];
  }
  const eligible = nodes.filter(
    ({ node }) =>
      (constraint.nodeAffinityPolicy === "Ignore" || matchesNodeAffinity(pod, node)) &&
      (constraint.nodeTaintsPolicy !== "Honor" || untolerated(pod, node, ["NoSchedule", "NoExecute"]) === undefined),
  );
  const counts = countByDomain(
    eligible,
    constraint.topologyKey,
    (other) =>
      other.metadata.deletionTimestamp === undefined &&
      other.metadata.namespace === pod.metadata.namespace &&
      matchesSelector(selector, other.metadata.labels),
  );
  const short = constraint.minDomains !== undefined && counts.size < constraint.minDomains;
  const least = short ? 0 : Math.min(...counts.values());
  return { constraint: { ...constraint, labelSelector: selector }, counts, least: Number.isFinite(least) ? least : 0 };
}

/** The first plugin that refuses decides, in the default order of kube-scheduler. */
function filter(question: Question, state: NodeState): Refusal | undefined {
  const { pod } = question;
  const { node } = state;
  const refuse = (reason: string, final: boolean): Refusal => ({ reasons: [reason], final });
  if (node.spec?.unschedulable === true) {
    const tolerated = untolerated(
      pod,
      { ...node, spec: { taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] } },
      ["NoSchedule"],
    );
    if (tolerated !== undefined) return refuse("node(s) were unschedulable", true);
  }
  if (pod.spec?.nodeName && pod.spec.nodeName !== node.metadata.name) {
    return refuse("node(s) didn't match the requested node name", true);
  }
  if (untolerated(pod, node, ["NoSchedule", "NoExecute"]) !== undefined) {
    return refuse("node(s) had untolerated taint(s)", true);
  }
  if (!matchesNodeAffinity(pod, node)) return refuse("node(s) didn't match Pod's node affinity/selector", true);
  if (portsTaken(question, state)) {
    return refuse("node(s) didn't have free ports for the requested pod ports", false);
  }
  return filterResources(question, state) ?? filterSpread(question, state) ?? filterPods(question, state);
}

function portsTaken(question: Question, state: NodeState): boolean {
  if (question.ports.length === 0) return false;
  for (const other of state.pods.values()) {
    for (const taken of hostPorts(other)) {
      for (const asked of question.ports) {
        const sameAddress = taken.ip === asked.ip || taken.ip === "0.0.0.0" || asked.ip === "0.0.0.0";
        if (sameAddress && taken.port === asked.port && taken.protocol === asked.protocol) return true;
      }
    }
  }
  return false;
}

function filterResources(question: Question, state: NodeState): Refusal | undefined {
  const reasons: string[] = [];
  let final = false;
  const most = state.allocatable["pods"] ?? 110;
  if (state.pods.size + 1 > most) reasons.push("Too many pods");
  for (const [name, amount] of Object.entries(question.requests)) {
    const capacity = state.allocatable[name] ?? 0;
    if (amount === 0 || amount <= capacity - (state.requested[name] ?? 0)) continue;
    reasons.push(`Insufficient ${name}`);
    if (amount > capacity) final = true;
  }
  return reasons.length === 0 ? undefined : { reasons, final };
}

function filterSpread(question: Question, state: NodeState): Refusal | undefined {
  const text = "node(s) didn't match pod topology spread constraints";
  for (const { constraint, counts, least } of question.spread) {
    const domain = state.node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) return { reasons: [`${text} (missing required label)`], final: true };
    const self = matchesSelector(constraint.labelSelector, question.pod.metadata.labels) ? 1 : 0;
    if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) return { reasons: [text], final: false };
  }
  return undefined;
}

function filterPods(question: Question, state: NodeState): Refusal | undefined {
  const labels = state.node.metadata.labels ?? {};
  for (const { term, counts } of question.affinity) {
    const domain = labels[term.topologyKey];
    const there = domain !== undefined && ((counts.get(domain) ?? 0) > 0 || question.first);
    if (!there) return { reasons: ["node(s) didn't match pod affinity rules"], final: true };
  }
  for (const { term, counts } of question.antiAffinity) {
    const domain = labels[term.topologyKey];
    if (domain !== undefined && (counts.get(domain) ?? 0) > 0) {
      return { reasons: ["node(s) didn't match pod anti-affinity rules"], final: false };
    }
  }
  if (question.closed.size === 0) return undefined;
  for (const [key, value] of Object.entries(labels)) {
    if (question.closed.has(`${key}\0${value}`)) {
      return { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], final: false };
    }
  }
  return undefined;
}

/**
 * The best of the nodes that fit: free room, balance, pods of the same owner spread, preferences; weights as
 * kube-scheduler's default ones.
 */
function best(question: Question, fitting: readonly NodeState[]): NodeState {
  if (fitting.length === 1) return fitting[0] as NodeState;
  const soft = fitting.map((state) => score(question, state));
  let winner = 0;
  for (let i = 1; i < fitting.length; i++) if ((soft[i] as number) > (soft[winner] as number) + 1e-9) winner = i;
  return fitting[winner] as NodeState;
}

function score(question: Question, state: NodeState): number {
  const { pod } = question;
  let total = leastAllocated(question, state);
  total -= 50 * (state.node.spec?.taints ?? []).filter((taint: Json) => softTaint(pod, taint)).length;
  for (const { weight, preference } of pod.spec?.affinity?.nodeAffinity
    ?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (matchesNodeTerm(preference, state.node)) total += 2 * weight;
  }
  for (const [kind, sign] of [
    ["podAffinity", 2],
    ["podAntiAffinity", -2],
  ] as const) {
    for (const { weight, podAffinityTerm: term } of preferredTerms(pod, kind)) {
      const counts = countByDomain(question.nodes, term.topologyKey, (other) =>
        termMatches(term, pod, other, question.labelsOf),
      );
      const domain = state.node.metadata.labels?.[term.topologyKey];
      if (domain !== undefined) total += sign * weight * (counts.get(domain) ?? 0);
    }
  }
  for (const { constraint, counts } of question.softSpread) {
    const domain = state.node.metadata.labels?.[constraint.topologyKey];
    total -= domain === undefined ? 200 : 100 * (counts.get(domain) ?? 0);
  }
  if (question.owner !== undefined && question.softSpread.length === 0) {
    // The default constraints spread a workload over hosts and zones without insisting.
    total -= 20 * (state.owners.get(question.owner) ?? 0);
  }
  return total;
}

function softTaint(pod: ScheduleObject, taint: Json): boolean {
  return (
    taint.effect === "PreferNoSchedule" &&
    untolerated(pod, { metadata: { name: "" }, spec: { taints: [taint] } }, ["PreferNoSchedule"]) !== undefined
  );
}

/** LeastAllocated over cpu and memory (pods without requests count 100m and 200Mi), 0 to 100. */
function leastAllocated(question: Question, state: NodeState): number {
  let sum = 0;
  for (const [name, fallback] of [
    ["cpu", 100],
    ["memory", 200 * 2 ** 20],
  ] as const) {
    const capacity = state.allocatable[name] ?? 0;
    if (capacity === 0) continue;
    const asked = question.requests[name] || fallback;
    const used = (state.requested[name] ?? 0) + asked;
    sum += (100 * Math.max(capacity - used, 0)) / capacity;
  }
  return sum / 2 - state.pods.size * 0.01;
}
