import { matchesNodeAffinity, matchesSelector, untolerated } from "../../schedule/index.ts";
import { claim } from "./claim.ts";
import { podInformer, type Machinery } from "./machinery.ts";
import {
  byCreation,
  controllerOf,
  copy,
  equal,
  keyOf,
  scaledValue,
  withStatus,
  type Json,
  type Obj,
} from "./object.ts";
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate, slowStart } from "./pod-template.ts";
import { isPodAvailable, isPodReady, nextAvailability } from "./pods.ts";
import { kinds } from "./port.ts";
import { revisionOf, revisionLabel } from "./statefulset-pods.ts";
import { syncRevisions, truncateRevisions } from "./revisions.ts";

const component = "daemonset-controller";

/** Taints that every daemon pod tolerates (AddOrUpdateDaemonPodTolerations). */
const tolerations: readonly Json[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];
const hostNetworkToleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

/** The template's spec as daemon pods run it. */
function withTolerations(spec: Json): Json {
  const wanted = spec.hostNetwork === true ? [...tolerations, hostNetworkToleration] : tolerations;
  const own: Json[] = spec.tolerations ?? [];
  const missing = wanted.filter((it) => !own.some((mine) => equal(mine, it)));
  return { ...spec, tolerations: [...own, ...missing] };
}

/** ReplaceDaemonSetPodNodeNameNodeAffinity: the pod may go to this node only; other requirements stay. */
function pinned(affinity: Json, node: string): Json {
  const field = { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] };
  const next = copy(affinity ?? {});
  next.nodeAffinity ??= {};
  next.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms: [field] };
  return next;
}

/** Whether a node should run the daemon, and whether one that is there may stay (NodeShouldRunDaemonPod). */
export function shouldRun(set: Obj, node: Obj): { run: boolean; stay: boolean } {
  const spec = withTolerations(set.spec.template.spec);
  if (spec.nodeName && spec.nodeName !== node.metadata.name) return { run: false, stay: false };
  const pod = { metadata: { name: "", namespace: set.metadata.namespace ?? "" }, spec };
  if (!matchesNodeAffinity(pod, node)) return { run: false, stay: false };
  if (untolerated(pod, node, ["NoExecute", "NoSchedule"]) !== undefined) {
    return { run: false, stay: untolerated(pod, node, ["NoExecute"]) === undefined };
  }
  return { run: true, stay: true };
}

/** The node a daemon pod is on or meant for. */
function nodeOf(pod: Obj): string {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms[0]?.matchFields?.[0]?.values?.[0] ?? "";
}

/** Runs a pod of every DaemonSet on every node that should have one. */
export function startDaemonSets(machinery: Machinery): void {
  const sets = machinery.informer(kinds.daemonSets);
  const nodes = machinery.informer(kinds.nodes);
  machinery.informer(kinds.controllerRevisions);
  const pods = podInformer(machinery);
  const queue = machinery.queue(component, (key) => {
    const set = sets.get(key);
    if (set === undefined) return undefined;
    const candidates = [
      ...pods.by("owner", set.metadata.uid ?? ""),
      ...pods.by("owner", `orphan:${set.metadata.namespace ?? ""}`),
    ];
    const claimed = claim(machinery, kinds.pods, set, set.spec.selector, candidates);
    sync(
      machinery,
      set,
      claimed,
      nodes.list().sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    );
    return nextAvailability(claimed, set.spec.minReadySeconds ?? 0, machinery.clock.now());
  });
  sets.on(({ type, object }) => {
    if (type !== "DELETED") queue.add(keyOf(object));
  });
  nodes.on(({ object, previous }) => {
    const same =
      previous !== undefined &&
      equal(previous.spec, object.spec) &&
      equal(previous.metadata.labels, object.metadata.labels);
    if (!same) for (const set of sets.list()) queue.add(keyOf(set));
  });
  pods.on(({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "DaemonSet") queue.add(`${object.metadata.namespace}/${owner.name}`);
    else if (owner === undefined) {
      for (const set of sets.list(object.metadata.namespace)) {
        if (matchesSelector(set.spec.selector, object.metadata.labels)) queue.add(keyOf(set));
      }
    }
  });
}

function sync(machinery: Machinery, set: Obj, pods: readonly Obj[], nodes: readonly Obj[]): void {
  const revisions = syncRevisions(machinery, set, revisionLabel);
  const hash = revisions.update.metadata.labels?.[revisionLabel] ?? "";
  const byNode = new Map<string, Obj[]>();
  for (const pod of pods) byNode.set(nodeOf(pod), [...(byNode.get(nodeOf(pod)) ?? []), pod]);
  for (const list of byNode.values()) list.sort(byCreation);
  let failure: unknown;
  if (set.metadata.deletionTimestamp === undefined) {
    try {
      const plan = manage(machinery, set, nodes, byNode);
      if (plan.create.length === 0 && plan.remove.length === 0 && set.spec.updateStrategy?.type !== "OnDelete") {
        roll(machinery, set, nodes, byNode, hash, plan);
      }
      failure = carryOut(machinery, set, plan, hash);
    } catch (error) {
      failure = error;
    }
  }
  writeStatus(machinery, set, nodes, hash);
  const live = new Set([revisions.update.metadata.name]);
  for (const revision of revisions.all) {
    if (pods.some((pod) => revisionOf(pod) === revision.metadata.labels?.[revisionLabel]))
      live.add(revision.metadata.name);
  }
  truncateRevisions(machinery, set, revisions.all, live);
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure;
}

interface Plan {
  readonly create: string[];
  readonly remove: Obj[];
}

const alive = (pod: Obj): boolean => pod.metadata.deletionTimestamp === undefined;

/** podsShouldBeOnNode for every node: missing pods, pods that ended, pods too many, pods on the wrong node. */
function manage(machinery: Machinery, set: Obj, nodes: readonly Obj[], byNode: ReadonlyMap<string, Obj[]>): Plan {
  const create: string[] = [];
  const remove: Obj[] = [];
  const { recorder } = machinery;
  for (const node of nodes) {
    const { run, stay } = shouldRun(set, node);
    const there = byNode.get(node.metadata.name) ?? [];
    if (run && there.length === 0) create.push(node.metadata.name);
    else if (!stay) remove.push(...there.filter(alive));
    else {
      const running: Obj[] = [];
      for (const pod of there.filter(alive)) {
        const about = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${node.metadata.name}`;
        if (pod.status?.phase === "Failed") {
          recorder.warning(component, set, "FailedDaemonPod", `Found failed ${about}, will try to kill it`);
          remove.push(pod);
        } else if (pod.status?.phase === "Succeeded") {
          recorder.normal(component, set, "SucceededDaemonPod", `Found succeeded ${about}, will try to delete it`);
          remove.push(pod);
        } else running.push(pod);
      }
      const most = surgeOf(set, nodes) > 0 ? 2 : 1;
      remove.push(...running.slice(most));
    }
  }
  const known = new Set(nodes.map((node) => node.metadata.name));
  for (const [name, list] of byNode) if (!known.has(name)) remove.push(...list.filter(alive));
  return { create, remove };
}

const desiredNodes = (set: Obj, nodes: readonly Obj[]): number =>
  nodes.filter((node) => shouldRun(set, node).run).length;

function surgeOf(set: Obj, nodes: readonly Obj[]): number {
  return scaledValue(set.spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, desiredNodes(set, nodes), true);
}

/** rollingUpdate: old pods are replaced as far as maxUnavailable (or maxSurge) allows; unavailable old ones at once. */
function roll(
  machinery: Machinery,
  set: Obj,
  nodes: readonly Obj[],
  byNode: ReadonlyMap<string, Obj[]>,
  hash: string,
  plan: Plan,
): void {
  const now = machinery.clock.now();
  const minReady = set.spec.minReadySeconds ?? 0;
  const available = (pod: Obj) => isPodAvailable(pod, minReady, now);
  const surge = surgeOf(set, nodes);
  const desired = desiredNodes(set, nodes);
  const limits = set.spec.updateStrategy?.rollingUpdate ?? {};
  const most = Math.max(scaledValue(limits.maxUnavailable ?? 1, desired, true), surge === 0 ? 1 : 0);
  let unavailable = 0;
  let surging = 0;
  const candidates: Obj[] = [];
  const newNodes: string[] = [];
  for (const node of nodes) {
    if (!shouldRun(set, node).run) continue;
    const there = (byNode.get(node.metadata.name) ?? []).filter(alive);
    const fresh = there.find((pod) => revisionOf(pod) === hash);
    const old = there.find((pod) => revisionOf(pod) !== hash);
    if (surge > 0) {
      if (fresh !== undefined && old !== undefined) {
        if (available(fresh)) plan.remove.push(old);
        else surging++;
      } else if (old !== undefined) {
        if (!available(old)) plan.create.push(node.metadata.name);
        else newNodes.push(node.metadata.name);
      }
    } else if (old === undefined) {
      if (fresh === undefined || !available(fresh)) unavailable++;
    } else if (!available(old)) {
      plan.remove.push(old);
      unavailable++;
    } else candidates.push(old);
  }
  if (surge > 0) plan.create.push(...newNodes.slice(0, Math.max(0, surge - surging)));
  else plan.remove.push(...candidates.slice(0, Math.max(0, most - unavailable)));
}

function carryOut(machinery: Machinery, set: Obj, plan: Plan, hash: string): unknown {
  let next = 0;
  const { error } = slowStart(plan.create.length, () => {
    const node = plan.create[next++] as string;
    const pod = podFromTemplate(set.spec.template, set);
    pod.metadata.labels = { ...pod.metadata.labels, [revisionLabel]: hash };
    const generation = set.metadata.annotations?.["deprecated.daemonset.template.generation"];
    if (generation !== undefined) pod.metadata.labels["pod-template-generation"] = generation;
    pod.spec = withTolerations(pod.spec);
    pod.spec.affinity = pinned(pod.spec.affinity, node);
    createPod(machinery, component, set, pod);
  });
  for (const pod of plan.remove) deletePod(machinery, component, set, pod);
  return error;
}

function writeStatus(machinery: Machinery, given: Obj, nodes: readonly Obj[], hash: string): void {
  const { api } = machinery;
  const set = api.get(kinds.daemonSets, given.metadata.namespace, given.metadata.name);
  if (set === undefined) return;
  const now = machinery.clock.now();
  const pods = podInformer(machinery).by("owner", set.metadata.uid ?? "");
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const node of nodes) {
    const there = pods.filter((pod) => nodeOf(pod) === node.metadata.name).sort(byCreation);
    const first = there[0];
    if (!shouldRun(set, node).run) {
      if (first !== undefined) counts.misscheduled++;
      continue;
    }
    counts.desired++;
    if (first === undefined) continue;
    counts.current++;
    const pod = there.find((it) => revisionOf(it) === hash && isPodReady(it)) ?? first;
    if (isPodReady(pod)) counts.ready++;
    if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, now)) counts.available++;
    if (revisionOf(pod) === hash) counts.updated++;
  }
  const unavailable = counts.desired - counts.available;
  const status: Json = {
    currentNumberScheduled: counts.current,
    desiredNumberScheduled: counts.desired,
    numberMisscheduled: counts.misscheduled,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation ?? 1,
    ...(counts.updated > 0 ? { updatedNumberScheduled: counts.updated } : {}),
    ...(counts.available > 0 ? { numberAvailable: counts.available } : {}),
    ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
    ...(set.status?.conditions === undefined ? {} : { conditions: set.status.conditions }),
  };
  if (!equal(status, set.status ?? {})) api.updateStatus(kinds.daemonSets, withStatus(set, status));
}
