/** Status and conditions of a Deployment, as pure functions of its ReplicaSets. */
import { maxUnavailable } from "./deployment-math.ts";
import { millis, quote, timestamp, type Json, type Obj } from "./object.ts";

export const noDeadline = 2147483647;

/** True when the deployment reports progress against a deadline. */
export function hasDeadline(deployment: Obj): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== null && seconds !== noDeadline;
}

export function conditionOf(status: Json, type: string): Json | undefined {
  return status?.conditions?.find((condition: Json) => condition.type === type);
}

export function condition(type: string, status: string, reason: string, message: string, now: number): Json {
  const at = timestamp(now);
  return { type, status, lastUpdateTime: at, lastTransitionTime: at, reason, message };
}

/**
 * SetDeploymentCondition: nothing changes while status and reason stay; else the condition moves to the end, and its
 * transition time stays when the status does.
 */
export function withCondition(conditions: readonly Json[], next: Json): readonly Json[] {
  const current = conditions.find((item) => item.type === next.type);
  if (current?.status === next.status && current.reason === next.reason) return conditions;
  const kept = current?.status === next.status ? { ...next, lastTransitionTime: current.lastTransitionTime } : next;
  return [...conditions.filter((item) => item.type !== next.type), kept];
}

const sum = (sets: readonly Obj[], field: string): number =>
  sets.reduce((total, set) => total + ((set.status?.[field] as number | undefined) ?? 0), 0);

/** calculateStatus: the counts and the Available condition; zero counts are left out, as Go's omitempty does. */
export function countedStatus(deployment: Obj, all: readonly Obj[], newest: Obj | undefined, now: number): Json {
  const desired = deployment.spec.replicas as number;
  const total = all.reduce((count, set) => count + ((set.spec.replicas as number | undefined) ?? 0), 0);
  const available = sum(all, "availableReplicas");
  const counts: Json = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: sum(all, "replicas"),
    updatedReplicas: newest === undefined ? 0 : sum([newest], "replicas"),
    readyReplicas: sum(all, "readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(total - available, 0),
  };
  const status: Json = {};
  for (const [field, value] of Object.entries(counts)) if (value !== 0) status[field] = value;
  // A set that was synced without a terminating count makes the sum unknown; sets never synced do not matter.
  const unknown = all.some((set) => set.status?.observedGeneration && set.status?.terminatingReplicas === undefined);
  if (!unknown) status.terminatingReplicas = sum(all, "terminatingReplicas");
  if (deployment.status?.collisionCount !== undefined) status.collisionCount = deployment.status.collisionCount;
  const enough = available >= desired - maxUnavailable(deployment.spec.strategy ?? {}, desired);
  const next = enough
    ? condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
    : condition(
        "Available",
        "False",
        "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.",
        now,
      );
  status.conditions = withCondition(deployment.status?.conditions ?? [], next);
  return status;
}

const count = (status: Json, field: string): number => status?.[field] ?? 0;

/** DeploymentComplete: everything is updated and available and nothing old is left. */
export function isComplete(deployment: Obj, status: Json): boolean {
  const desired = deployment.spec.replicas as number;
  return (
    count(status, "updatedReplicas") === desired &&
    count(status, "replicas") === desired &&
    count(status, "availableReplicas") === desired &&
    count(status, "observedGeneration") >= (deployment.metadata.generation ?? 1)
  );
}

/** DeploymentProgressing: more updated, ready or available pods than before, or fewer old ones. */
export function isProgressing(before: Json, after: Json): boolean {
  const old = (status: Json) => count(status, "replicas") - count(status, "updatedReplicas");
  return (
    count(after, "updatedReplicas") > count(before, "updatedReplicas") ||
    old(after) < old(before) ||
    count(after, "readyReplicas") > count(before, "readyReplicas") ||
    count(after, "availableReplicas") > count(before, "availableReplicas")
  );
}

/** DeploymentTimedOut: no progress for longer than the deadline. */
export function isTimedOut(deployment: Obj, status: Json, now: number): boolean {
  const progressing = conditionOf(status, "Progressing");
  if (!hasDeadline(deployment) || progressing === undefined) return false;
  if (progressing.reason === "NewReplicaSetAvailable") return false;
  if (progressing.reason === "ProgressDeadlineExceeded") return true;
  return (millis(progressing.lastUpdateTime) ?? now) + deployment.spec.progressDeadlineSeconds * 1000 < now;
}

/** syncRolloutStatus's conditions: Progressing with its reason, and the failure of a ReplicaSet. */
export function rolloutStatus(deployment: Obj, all: readonly Obj[], newest: Obj | undefined, now: number): Json {
  const status = countedStatus(deployment, all, newest, now);
  const current = conditionOf(deployment.status, "Progressing");
  if (!hasDeadline(deployment)) {
    status.conditions = status.conditions.filter((item: Json) => item.type !== "Progressing");
  }
  const done =
    count(status, "replicas") === count(status, "updatedReplicas") && current?.reason === "NewReplicaSetAvailable";
  if (hasDeadline(deployment) && !done) {
    const about =
      newest === undefined
        ? `Deployment ${quote(deployment.metadata.name)}`
        : `ReplicaSet ${quote(newest.metadata.name)}`;
    if (isComplete(deployment, status)) {
      const message = `${about} has successfully progressed.`;
      status.conditions = withCondition(
        status.conditions,
        condition("Progressing", "True", "NewReplicaSetAvailable", message, now),
      );
    } else if (isProgressing(deployment.status, status)) {
      const next = condition("Progressing", "True", "ReplicaSetUpdated", `${about} is progressing.`, now);
      if (current?.status === "True") next.lastTransitionTime = current.lastTransitionTime;
      // Progress with the same reason still moves lastUpdateTime, so the condition is replaced, not merged.
      status.conditions = [...status.conditions.filter((item: Json) => item.type !== "Progressing"), next];
    } else if (isTimedOut(deployment, status, now)) {
      const message = `${about} has timed out progressing.`;
      status.conditions = withCondition(
        status.conditions,
        condition("Progressing", "False", "ProgressDeadlineExceeded", message, now),
      );
    }
  }
  const failure = replicaFailure(all, newest);
  status.conditions =
    failure === undefined
      ? status.conditions.filter((item: Json) => item.type !== "ReplicaFailure")
      : withCondition(status.conditions, failure);
  return status;
}

/** getReplicaFailures: the new ReplicaSet's failure before that of any other. */
function replicaFailure(all: readonly Obj[], newest: Obj | undefined): Json | undefined {
  for (const set of newest === undefined ? all : [newest, ...all]) {
    const failure = conditionOf(set.status, "ReplicaFailure");
    if (failure !== undefined) return { ...failure, lastUpdateTime: failure.lastTransitionTime };
  }
  return undefined;
}

/** requeueStuckDeployment: milliseconds until progress must be looked at again. */
export function nextProgressCheck(deployment: Obj, status: Json, now: number): number | undefined {
  const current = conditionOf(deployment.status, "Progressing");
  if (!hasDeadline(deployment) || current === undefined) return undefined;
  if (isComplete(deployment, status) || current.reason === "ProgressDeadlineExceeded") return undefined;
  const after = (millis(current.lastUpdateTime) ?? now) + deployment.spec.progressDeadlineSeconds * 1000 - now;
  return Math.max(after, 0) + 1000;
}
