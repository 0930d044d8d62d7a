import { at, conditionsOf, intAt, stringAt, type KubeObject } from "./object.ts";
import { failed, ready, waiting, type Readiness, type ReadinessOptions } from "./verdict.ts";

/** Where an object of this kind (`apps/Deployment`) stands by kstatus' rules. */
export function kstatus(object: KubeObject, key: string, options: ReadinessOptions): Readiness {
  return (
    genericProperties(object) ??
    byKind[key]?.(object, options) ??
    readyCondition(object) ??
    ready("Resource is current")
  );
}

/** Deletion, generations and the standard conditions, which win over every kind's own rules. */
function genericProperties(object: KubeObject): Readiness | undefined {
  if (stringAt(object, "", "metadata", "deletionTimestamp") !== "") {
    return {
      state: "waiting",
      status: "Terminating",
      reason: "Terminating",
      message: "Resource scheduled for deletion",
    };
  }
  const generation = at(object, "metadata", "generation");
  const observed = at(object, "status", "observedGeneration");
  if (typeof generation === "number" && typeof observed === "number" && generation !== observed) {
    return waiting(
      "LatestGenerationNotObserved",
      `${object.kind} generation is ${generation}, but latest observed generation is ${observed}`,
    );
  }
  for (const condition of conditionsOf(object)) {
    if (condition.status !== "True") continue;
    if (condition.type === "Reconciling") return waiting(condition.reason, condition.message);
    if (condition.type === "Stalled") return failed(condition.reason, condition.message);
  }
  return undefined;
}

/** The widely used Ready condition of custom resources. */
function readyCondition(object: KubeObject): Readiness | undefined {
  for (const condition of conditionsOf(object)) {
    if (condition.type !== "Ready") continue;
    if (condition.status === "True") return ready("Resource is Ready");
    return waiting(condition.reason, condition.message);
  }
  return undefined;
}

type Rule = (object: KubeObject, options: ReadinessOptions) => Readiness;

const always: Rule = () => ready("Resource is always ready");

const byKind: Readonly<Record<string, Rule>> = {
  Service: service,
  Pod: pod,
  Secret: always,
  ConfigMap: always,
  "batch/CronJob": always,
  PersistentVolumeClaim: claim,
  "apps/StatefulSet": statefulSet,
  "apps/DaemonSet": daemonSet,
  "extensions/DaemonSet": daemonSet,
  "apps/Deployment": deployment,
  "extensions/Deployment": deployment,
  "apps/ReplicaSet": replicaSet,
  "extensions/ReplicaSet": replicaSet,
  "policy/PodDisruptionBudget": () => ready("AllowedDisruptions has been computed."),
  "batch/Job": job,
  "apiextensions.k8s.io/CustomResourceDefinition": customResourceDefinition,
};

/** The largest int32: what Kubernetes takes for no progress deadline. */
const noDeadline = 2_147_483_647;

function deployment(object: KubeObject): Readiness {
  // Without a deadline the controller tells of no progress.
  let progressing = intAt(object, noDeadline, "spec", "progressDeadlineSeconds") === noDeadline;
  let available = false;
  for (const condition of conditionsOf(object)) {
    if (condition.type === "Progressing") {
      if (condition.reason === "ProgressDeadlineExceeded")
        return failed(condition.reason, "Progress deadline exceeded");
      if (condition.status === "True" && condition.reason === "NewReplicaSetAvailable") progressing = true;
    } else if (condition.type === "Available" && condition.status === "True") available = true;
  }
  const wanted = intAt(object, 1, "spec", "replicas");
  const total = intAt(object, 0, "status", "replicas");
  const updated = intAt(object, 0, "status", "updatedReplicas");
  const readyCount = intAt(object, 0, "status", "readyReplicas");
  const availableCount = intAt(object, 0, "status", "availableReplicas");
  if (wanted > total) return waiting("LessReplicas", `Replicas: ${total}/${wanted}`);
  if (wanted > updated) return waiting("LessUpdated", `Updated: ${updated}/${wanted}`);
  if (total > wanted) return waiting("ExtraPods", `Pending termination: ${total - wanted}`);
  if (updated > availableCount) return waiting("LessAvailable", `Available: ${availableCount}/${updated}`);
  if (wanted > readyCount) return waiting("LessReady", `Ready: ${readyCount}/${wanted}`);
  if (!progressing) return waiting("ReplicaSetNotAvailable", "ReplicaSet not Available");
  if (!available) return waiting("DeploymentNotAvailable", "Deployment not Available");
  return ready(`Deployment is available. Replicas: ${total}`);
}

function replicaSet(object: KubeObject): Readiness {
  if (conditionsOf(object).some((condition) => condition.type === "ReplicaFailure" && condition.status === "True")) {
    return waiting("ReplicaFailure", "Replica Failure condition. Check Pods");
  }
  const wanted = intAt(object, 1, "spec", "replicas");
  const labelled = intAt(object, 0, "status", "fullyLabeledReplicas");
  const availableCount = intAt(object, 0, "status", "availableReplicas");
  const readyCount = intAt(object, 0, "status", "readyReplicas");
  const total = intAt(object, 0, "status", "replicas");
  if (wanted > labelled) return waiting("LessLabelled", `Labelled: ${labelled}/${wanted}`);
  if (wanted > availableCount) return waiting("LessAvailable", `Available: ${availableCount}/${wanted}`);
  if (wanted > readyCount) return waiting("LessReady", `Ready: ${readyCount}/${wanted}`);
  if (total > wanted) return waiting("ExtraPods", `Pending termination: ${total - wanted}`);
  return ready(`ReplicaSet is available. Replicas: ${total}`);
}

function statefulSet(object: KubeObject): Readiness {
  if (stringAt(object, "", "spec", "updateStrategy", "type") === "OnDelete")
    return ready("StatefulSet is using the ondelete update strategy");
  const wanted = intAt(object, 1, "spec", "replicas");
  const total = intAt(object, 0, "status", "replicas");
  const readyCount = intAt(object, 0, "status", "readyReplicas");
  const current = intAt(object, 0, "status", "currentReplicas");
  const updated = intAt(object, 0, "status", "updatedReplicas");
  const partition = intAt(object, -1, "spec", "updateStrategy", "rollingUpdate", "partition");
  if (wanted > total) return waiting("LessReplicas", `Replicas: ${total}/${wanted}`);
  if (wanted > readyCount) return waiting("LessReady", `Ready: ${readyCount}/${wanted}`);
  if (total > wanted) return waiting("ExtraPods", `Pending termination: ${total - wanted}`);
  // The API server defaults the partition to 0, so this is the usual end of a rollout.
  if (partition !== -1) {
    if (updated < wanted - partition) return waiting("PartitionRollout", `updated: ${updated}/${wanted - partition}`);
    return ready(`Partition rollout complete. updated: ${updated}`);
  }
  if (wanted > current) return waiting("LessCurrent", `current: ${current}/${wanted}`);
  if (stringAt(object, "", "status", "currentRevision") !== stringAt(object, "", "status", "updateRevision")) {
    return waiting("RevisionMismatch", "Waiting for updated revision to match current");
  }
  return ready(`All replicas scheduled as expected. Replicas: ${total}`);
}

function daemonSet(object: KubeObject): Readiness {
  if (typeof at(object, "metadata", "generation") !== "number")
    return waiting("NoGeneration", `${object.kind} metadata.generation not found`);
  if (typeof at(object, "status", "observedGeneration") !== "number") {
    return waiting("NoObservedGeneration", `${object.kind} status.observedGeneration not found`);
  }
  const desired = intAt(object, -1, "status", "desiredNumberScheduled");
  if (desired === -1) return waiting("NoDesiredNumber", "Missing .status.desiredNumberScheduled");
  const counts = [
    ["LessCurrent", "Current", "currentNumberScheduled"],
    ["LessUpdated", "Updated", "updatedNumberScheduled"],
    ["LessAvailable", "Available", "numberAvailable"],
    ["LessReady", "Ready", "numberReady"],
  ] as const;
  for (const [reason, word, field] of counts) {
    const count = intAt(object, 0, "status", field);
    if (desired > count) return waiting(reason, `${word}: ${count}/${desired}`);
  }
  return ready(`All replicas scheduled as expected. Replicas: ${desired}`);
}

/** kstatus' rule for claims, which is Helm 3's too. */
export function claim(object: KubeObject): Readiness {
  const phase = stringAt(object, "unknown", "status", "phase");
  return phase === "Bound" ? ready("PVC is Bound") : waiting("NotBound", `PVC is not Bound. phase: ${phase}`);
}

const scheduleWindow = 15_000; // kstatus: an unschedulable pod counts as failed only after this

function pod(object: KubeObject, options: ReadinessOptions): Readiness {
  const phase = stringAt(object, "", "status", "phase");
  const conditions = conditionsOf(object);
  switch (phase) {
    case "Succeeded":
      return ready("Pod has completed successfully");
    case "Failed":
      return ready("Pod has completed, but not successfully");
    case "Running": {
      if (conditions.some((condition) => condition.type === "Ready" && condition.status === "True"))
        return ready("Pod is Ready");
      const looping = crashLooping(object);
      if (looping.length > 0)
        return failed("ContainerCrashLooping", `Containers in CrashLoop state: ${looping.join(",")}`);
      return waiting("PodRunningNotReady", "Pod is running but is not Ready");
    }
    case "Pending": {
      const scheduled = conditions.find(
        (condition) => condition.type === "PodScheduled" && condition.status === "False",
      );
      if (scheduled?.reason === "Unschedulable") {
        const created = Date.parse(stringAt(object, "", "metadata", "creationTimestamp"));
        if (options.now === undefined || Number.isNaN(created) || options.now - scheduleWindow < created) {
          return waiting("PodNotScheduled", "Pod has not been scheduled");
        }
        return failed("PodUnschedulable", "Pod could not be scheduled");
      }
      return waiting("PodPending", "Pod is in the Pending phase");
    }
    default:
      return waiting("PodNotObserved", "Pod phase not available");
  }
}

function crashLooping(object: KubeObject): string[] {
  const statuses = at(object, "status", "containerStatuses");
  if (!Array.isArray(statuses)) return [];
  return statuses
    .filter((status: unknown) => at(status, "state", "waiting", "reason") === "CrashLoopBackOff")
    .map((status: unknown) => stringAt(status, "", "name"));
}

/** A Job that is running counts as ready. */
export function job(object: KubeObject): Readiness {
  const parallelism = intAt(object, 1, "spec", "parallelism");
  const completions = intAt(object, parallelism, "spec", "completions");
  const succeeded = intAt(object, 0, "status", "succeeded");
  const failures = intAt(object, 0, "status", "failed");
  for (const condition of conditionsOf(object)) {
    if (condition.status !== "True") continue;
    if (condition.type === "Complete") return ready(`Job Completed. succeeded: ${succeeded}/${completions}`);
    if (condition.type === "Failed") return failed("JobFailed", `Job Failed. failed: ${failures}/${completions}`);
  }
  if (stringAt(object, "", "status", "startTime") === "") return waiting("JobNotStarted", "Job not started");
  return ready(
    `Job in progress. success:${succeeded}, active: ${intAt(object, 0, "status", "active")}, failed: ${failures}`,
  );
}

function service(object: KubeObject): Readiness {
  if (
    stringAt(object, "ClusterIP", "spec", "type") === "LoadBalancer" &&
    stringAt(object, "", "spec", "clusterIP") === ""
  ) {
    return waiting("NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer");
  }
  return ready("Service is ready");
}

function customResourceDefinition(object: KubeObject): Readiness {
  for (const condition of conditionsOf(object)) {
    if (condition.type === "NamesAccepted" && condition.status === "False")
      return failed(condition.reason, condition.message);
    if (condition.type === "Established") {
      if (condition.status === "False" && condition.reason !== "Installing")
        return failed(condition.reason, condition.message);
      if (condition.status === "True") return ready("CRD is established");
    }
  }
  return waiting("Installing", "Install in progress");
}
