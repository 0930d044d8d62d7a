import { messageOf } from "../../base/index.ts";
import { matchesMap, matchesSelector, type LabelSelector } from "../../schedule/index.ts";
import { claim } from "./claim.ts";
import { podInformer, type Machinery } from "./machinery.ts";
import { controllerOf, equal, keyOf, timestamp, withStatus, type Json, type Obj } from "./object.ts";
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate, slowStart } from "./pod-template.ts";
import {
  compareForDeletion,
  crowding,
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminating,
  nextAvailability,
} from "./pods.ts";
import { kinds, type Resource } from "./port.ts";

/** What differs between ReplicaSets and ReplicationControllers. */
interface Flavour {
  readonly resource: Resource;
  readonly kind: string;
  readonly component: string;
  selector(owner: Obj): LabelSelector | undefined;
  readonly terminating: boolean;
}

const replicaSet: Flavour = {
  resource: kinds.replicaSets,
  kind: "ReplicaSet",
  component: "replicaset-controller",
  selector: (owner) => owner.spec.selector,
  terminating: true,
};

const replicationController: Flavour = {
  resource: kinds.replicationControllers,
  kind: "ReplicationController",
  component: "replication-controller",
  selector: (owner) => (owner.spec.selector === undefined ? undefined : { matchLabels: owner.spec.selector }),
  terminating: false,
};

/** At most so many pods are made or deleted in one reconcile (upstream's BurstReplicas). */
const burst = 500;

export const startReplicaSets = (machinery: Machinery): void => start(machinery, replicaSet);
export const startReplicationControllers = (machinery: Machinery): void => start(machinery, replicationController);

/** Keeps as many pods of a ReplicaSet (or ReplicationController) as its spec asks for. */
function start(machinery: Machinery, flavour: Flavour): void {
  const owners = machinery.informer(flavour.resource);
  const pods = podInformer(machinery);
  const queue = machinery.queue(flavour.component, (key) => {
    const owner = owners.get(key);
    return owner === undefined ? undefined : reconcile(machinery, flavour, owner, pods, owners);
  });
  owners.on(({ object }) => queue.add(keyOf(object)));
  pods.on(({ object, previous }) => {
    for (const pod of previous === undefined ? [object] : [object, previous]) {
      const controller = controllerOf(pod);
      if (controller?.kind === flavour.kind) {
        queue.add(`${pod.metadata.namespace}/${controller.name}`);
      } else if (controller === undefined) {
        for (const owner of owners.list(pod.metadata.namespace)) {
          if (matchesSelector(flavour.selector(owner), pod.metadata.labels)) queue.add(keyOf(owner));
        }
      }
    }
  });
}

function reconcile(
  machinery: Machinery,
  flavour: Flavour,
  owner: Obj,
  pods: ReturnType<typeof podInformer>,
  owners: { list(namespace?: string): Obj[] },
): number | undefined {
  const selector = flavour.selector(owner);
  const mine = pods.by("owner", owner.metadata.uid ?? "");
  const orphans = pods.by("owner", `orphan:${owner.metadata.namespace ?? ""}`);
  const active = claim(machinery, kinds.pods, owner, selector, [...mine, ...orphans].filter(isPodActive));
  const terminating = mine.filter((pod) => isPodTerminating(pod) && matchesSelector(selector, pod.metadata.labels));
  let failure: unknown;
  if (owner.metadata.deletionTimestamp === undefined) {
    failure = manage(machinery, flavour, owner, active, () => related(owner, pods, owners));
  }
  const now = machinery.clock.now();
  const current = machinery.api.get(flavour.resource, owner.metadata.namespace, owner.metadata.name);
  if (current === undefined) return undefined;
  const status = statusOf(current, flavour, active, terminating, failure, now);
  if (!equal(status, current.status ?? {})) machinery.api.updateStatus(flavour.resource, withStatus(current, status));
  if (failure !== undefined) throw failure;
  const minReady = owner.spec.minReadySeconds ?? 0;
  if (minReady > 0 && status.readyReplicas !== status.availableReplicas) {
    return nextAvailability(active, minReady, now) ?? minReady * 1000;
  }
  return undefined;
}

/** Makes or deletes pods until there are as many as asked for; answers the first error. */
function manage(
  machinery: Machinery,
  flavour: Flavour,
  owner: Obj,
  active: readonly Obj[],
  relatives: () => Obj[],
): unknown {
  const missing = (owner.spec.replicas ?? 1) - active.length;
  if (missing > 0) {
    const { error } = slowStart(Math.min(missing, burst), () => {
      try {
        createPod(machinery, flavour.component, owner, podFromTemplate(owner.spec.template, owner));
      } catch (problem) {
        // A pod that cannot be made since its namespace goes away is no failure: there is nothing left to do.
        if (!isNamespaceTerminating(problem)) throw problem;
      }
    });
    return error;
  }
  if (missing < 0) {
    const order = compareForDeletion(machinery.clock.now(), crowding(active, relatives()));
    const surplus = Math.min(-missing, burst);
    const chosen = surplus < active.length ? [...active].sort(order).slice(0, surplus) : active;
    for (const pod of chosen) {
      try {
        deletePod(machinery, flavour.component, owner, pod);
      } catch (error) {
        return error;
      }
    }
  }
  return undefined;
}

/** The pods of every ReplicaSet with the same controller: upstream ranks pods by how many of these share a node. */
function related(owner: Obj, pods: ReturnType<typeof podInformer>, owners: { list(namespace?: string): Obj[] }): Obj[] {
  const controller = controllerOf(owner);
  const siblings =
    controller === undefined
      ? [owner]
      : owners.list(owner.metadata.namespace).filter((it) => controllerOf(it)?.uid === controller.uid);
  return siblings.flatMap((sibling) => pods.by("owner", sibling.metadata.uid ?? ""));
}

function statusOf(
  owner: Obj,
  flavour: Flavour,
  active: readonly Obj[],
  terminating: readonly Obj[],
  failure: unknown,
  now: number,
): Json {
  const template = owner.spec.template?.metadata?.labels;
  const ready = active.filter(isPodReady);
  const available = ready.filter((pod) => isPodAvailable(pod, owner.spec.minReadySeconds ?? 0, now)).length;
  const labelled = active.filter((pod) => matchesMap(template, pod.metadata.labels)).length;
  const old = owner.status ?? {};
  const status: Json = {
    replicas: active.length,
    ...(labelled > 0 ? { fullyLabeledReplicas: labelled } : {}),
    ...(ready.length > 0 ? { readyReplicas: ready.length } : {}),
    ...(available > 0 ? { availableReplicas: available } : {}),
    ...(flavour.terminating ? { terminatingReplicas: terminating.length } : {}),
    observedGeneration: owner.metadata.generation ?? 1,
  };
  let conditions: Json[] = old.conditions ?? [];
  const failed = conditions.find((condition) => condition.type === "ReplicaFailure");
  if (failure !== undefined && failed === undefined) {
    const reason = active.length < (owner.spec.replicas ?? 1) ? "FailedCreate" : "FailedDelete";
    conditions = [
      ...conditions,
      {
        type: "ReplicaFailure",
        status: "True",
        lastTransitionTime: timestamp(now),
        reason,
        message: messageOf(failure),
      },
    ];
  } else if (failure === undefined && failed !== undefined) {
    conditions = conditions.filter((condition) => condition !== failed);
  }
  if (conditions.length > 0) status.conditions = conditions;
  return status;
}
