import { matchesSelector } from "../../schedule/index.ts";
import { refuse, tooManyRequests, type StatusError } from "../status.ts";
import { ifThere, podInformer, type Machinery } from "./machinery.ts";
import {
  controllerOf,
  equal,
  keyOf,
  millis,
  scaledValue,
  timestamp,
  withStatus,
  type Json,
  type Obj,
} from "./object.ts";
import { isPodReady } from "./pods.ts";
import { kinds, type ControllerApi, type Resource } from "./port.ts";

const component = "controllermanager";
/** An eviction that did not end in a deletion is forgotten after two minutes. */
const deletionTimeout = 120_000;

/** Keeps the status of PodDisruptionBudgets: how many pods are healthy, how many must be, how many may go. */
export function startDisruptionBudgets(machinery: Machinery): void {
  const { recorder } = machinery;
  const budgets = machinery.informer(kinds.podDisruptionBudgets);
  const pods = podInformer(machinery);
  const queue = machinery.queue("disruption", (key) => {
    const budget = budgets.get(key);
    if (budget === undefined) return undefined;
    const chosen = pods.list(budget.metadata.namespace).filter((pod) => selects(budget, pod));
    if (chosen.length === 0) recorder.normal(component, budget, "NoPods", "No matching pods found");
    return sync(machinery, budget, chosen);
  });
  budgets.on(({ type, object }) => {
    if (type !== "DELETED") queue.add(keyOf(object));
  });
  pods.on(({ object, previous }) => {
    for (const budget of budgets.list(object.metadata.namespace)) {
      if (selects(budget, object) || (previous !== undefined && selects(budget, previous))) queue.add(keyOf(budget));
    }
  });
  for (const resource of Object.values(scales)) {
    machinery.informer(resource).on(({ object, previous }) => {
      if (previous?.spec?.replicas === object.spec?.replicas) return;
      for (const budget of budgets.list(object.metadata.namespace)) queue.add(keyOf(budget));
    });
  }
}

const scales: Readonly<Record<string, Resource>> = {
  ReplicaSet: kinds.replicaSets,
  StatefulSet: kinds.statefulSets,
  ReplicationController: kinds.replicationControllers,
};

const selects = (budget: Obj, pod: Obj): boolean => matchesSelector(budget.spec.selector, pod.metadata.labels);

/** The controller that decides a pod's number, with its scale: a ReplicaSet's Deployment, or any kind with spec.replicas. */
function scaleOf(api: ControllerApi, pod: Obj): { uid: string; scale: number } | undefined {
  const reference = controllerOf(pod);
  if (reference === undefined) return undefined;
  const { namespace } = pod.metadata;
  const slash = reference.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : reference.apiVersion.slice(0, slash);
  const resource =
    scales[reference.kind] ?? api.resources().find((it) => it.kind === reference.kind && it.group === group);
  const owner = resource === undefined ? undefined : api.get(resource, namespace, reference.name);
  if (owner === undefined || owner.metadata.uid !== reference.uid) return undefined;
  const above = reference.kind === "ReplicaSet" ? controllerOf(owner) : undefined;
  if (above?.kind === "Deployment") {
    const deployment = api.get(kinds.deployments, namespace, above.name);
    if (deployment !== undefined && deployment.metadata.uid === above.uid) {
      return { uid: above.uid, scale: deployment.spec.replicas ?? 1 };
    }
  }
  return owner.spec?.replicas === undefined ? undefined : { uid: reference.uid, scale: owner.spec.replicas };
}

interface Expectation {
  readonly expected: number;
  readonly desired: number;
  readonly unmanaged: boolean;
  /** The pod whose controller could not be found. */
  readonly lost?: string;
}

function expectation(api: ControllerApi, budget: Obj, pods: readonly Obj[]): Expectation {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable === undefined && typeof minAvailable === "number") {
    return { expected: pods.length, desired: minAvailable, unmanaged: false };
  }
  const scale = new Map<string, number>();
  let unmanaged = false;
  for (const pod of pods) {
    if (controllerOf(pod) === undefined) {
      unmanaged = true;
      continue;
    }
    const found = scaleOf(api, pod);
    if (found === undefined) return { expected: 0, desired: 0, unmanaged, lost: pod.metadata.name };
    scale.set(found.uid, found.scale);
  }
  const expected = [...scale.values()].reduce((sum, count) => sum + count, 0);
  if (maxUnavailable !== undefined) {
    return { expected, desired: Math.max(0, expected - scaledValue(maxUnavailable, expected, true)), unmanaged };
  }
  return { expected, desired: scaledValue(minAvailable, expected, true), unmanaged };
}

function sync(machinery: Machinery, budget: Obj, pods: readonly Obj[]): number | undefined {
  const { api, recorder, clock } = machinery;
  const now = clock.now();
  const { expected, desired, unmanaged, lost } = expectation(api, budget, pods);
  if (lost !== undefined) {
    const why = `found no controllers for pod ${JSON.stringify(lost)}`;
    const message = `Failed to calculate the number of expected pods: ${why}`;
    recorder.warning(component, budget, "CalculateExpectedPodCountFailed", message);
    return fail(machinery, budget, why);
  }
  if (unmanaged) {
    const message =
      'Pods selected by this PodDisruptionBudget were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    recorder.warning(component, budget, "UnmanagedPods", message);
  }
  const disrupted: Record<string, string> = {};
  let recheck: number | undefined;
  for (const pod of pods) {
    const at: string | undefined = budget.status?.disruptedPods?.[pod.metadata.name];
    if (at === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const left = (millis(at) ?? 0) + deletionTimeout - now;
    if (left <= 0) continue;
    disrupted[pod.metadata.name] = at;
    recheck = Math.min(recheck ?? Infinity, left);
  }
  const healthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined && disrupted[pod.metadata.name] === undefined && isPodReady(pod),
  ).length;
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const status: Json = {
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    disruptionsAllowed: allowed,
    observedGeneration: budget.metadata.generation ?? 1,
    conditions: conditions(budget, allowed, now),
  };
  if (!equal(status, budget.status ?? {})) {
    ifThere(() => api.updateStatus(kinds.podDisruptionBudgets, withStatus(budget, status)));
  }
  return recheck;
}

function conditions(budget: Obj, allowed: number, now: number, failure?: string): Json[] {
  const old: Json[] = budget.status?.conditions ?? [];
  const before = old.find((item) => item.type === "DisruptionAllowed");
  const verdict = allowed > 0 ? "True" : "False";
  const next = {
    type: "DisruptionAllowed",
    status: verdict,
    observedGeneration: budget.metadata.generation ?? 1,
    lastTransitionTime: before?.status === verdict ? before.lastTransitionTime : timestamp(now),
    reason: failure !== undefined ? "SyncFailed" : allowed > 0 ? "SufficientPods" : "InsufficientPods",
    message: failure ?? "",
  };
  return before === undefined ? [...old, next] : old.map((item) => (item === before ? next : item));
}

/** failSafe: nothing may be evicted while the numbers are not known. */
function fail(machinery: Machinery, budget: Obj, why: string): undefined {
  const status = {
    ...budget.status,
    disruptionsAllowed: 0,
    currentHealthy: budget.status?.currentHealthy ?? 0,
    desiredHealthy: budget.status?.desiredHealthy ?? 0,
    expectedPods: budget.status?.expectedPods ?? 0,
    conditions: conditions(budget, 0, machinery.clock.now(), why),
  };
  if (!equal(status, budget.status ?? {})) {
    ifThere(() => machinery.api.updateStatus(kinds.podDisruptionBudgets, withStatus(budget, status)));
  }
  return undefined;
}

/**
 * The decision of pods/eviction. Returns when the pod may go, with the budget already counted down; throws what the API
 * answers when not: 429 with the budget's numbers, or 500 when several budgets select the pod.
 */
export function evict(api: ControllerApi, pod: Obj, options: { readonly dryRun?: boolean } = {}): void {
  const phase = pod.status?.phase;
  const ignored = phase === "Succeeded" || phase === "Failed" || phase === "Pending";
  if (ignored || pod.metadata.deletionTimestamp !== undefined) return;
  const budgets = api.list(kinds.podDisruptionBudgets, pod.metadata.namespace).filter((budget) => selects(budget, pod));
  const budget = budgets[0];
  if (budget === undefined) return;
  if (budgets.length > 1) {
    const message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw refuse(500, "", message);
  }
  const status = budget.status ?? {};
  if (!isPodReady(pod)) {
    if (budget.spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return;
    if ((status.currentHealthy ?? 0) >= (status.desiredHealthy ?? 0) && (status.desiredHealthy ?? 0) > 0) return;
  }
  const { name } = budget.metadata;
  if ((status.observedGeneration ?? 0) < (budget.metadata.generation ?? 1)) {
    throw denied(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if ((status.disruptionsAllowed ?? 0) <= 0) {
    const condition = (status.conditions ?? []).find((item: Json) => item.type === "DisruptionAllowed");
    if (condition?.reason === "SyncFailed" && condition.message) {
      throw denied(
        `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`,
      );
    }
    const words =
      status.currentHealthy <= status.desiredHealthy
        ? `needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`
        : "does not allow evicting pods currently";
    throw denied(`The disruption budget ${name} ${words}`);
  }
  if (options.dryRun === true) return;
  const allowed = status.disruptionsAllowed - 1;
  api.updateStatus(
    kinds.podDisruptionBudgets,
    withStatus(budget, {
      ...status,
      disruptionsAllowed: allowed,
      disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: timestamp(api.clock.now()) },
      conditions: conditions(budget, allowed, api.clock.now()),
    }),
  );
}

function denied(message: string, retryAfterSeconds = 0): StatusError {
  return tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: "DisruptionBudget", message }],
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  });
}
