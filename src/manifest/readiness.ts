import { at, conditionsOf, gvkOf, intAt, stringAt, type KubeObject } from "./object.ts";
import { matchesMap, matchesSelector, type LabelSelector, type Labels } from "./selector.ts";

/** kstatus' words for where an object stands. */
export type ObjectStatus = "Current" | "InProgress" | "Failed" | "Terminating" | "NotFound" | "Unknown";

/** Whether an object is ready, and if not, why. */
export interface Readiness {
  readonly state: "ready" | "waiting" | "failed";
  readonly status: ObjectStatus;
  /** One word for programs: `LessReady`, `ProgressDeadlineExceeded`. */
  readonly reason: string;
  /** kstatus' own words: `Ready: 0/2`. */
  readonly message: string;
}

export interface ReadinessOptions {
  /** Jobs count as ready only when they are complete (`--wait-for-jobs`, hooks). */
  readonly jobs?: boolean;
  /** Pods and Jobs must end, and end well; every other kind is ready at once (Helm's rules for hooks). */
  readonly hook?: boolean;
  /** The time on the server, for kstatus' 15 seconds of grace before an unschedulable pod counts as failed. */
  readonly now?: number;
  /** For `legacy` Deployments: the newest ReplicaSet. */
  readonly replicaSet?: KubeObject | undefined;
  /** For `legacy` ReplicaSets and ReplicationControllers: the pods of the namespace; undefined while they are not known. */
  readonly pods?: readonly KubeObject[] | undefined;
}

/**
 * Where an object stands: by kstatus' rules (what Helm 4's watcher waits for), or by the rules Helm 3 waits with
 * (`legacy`). Looks at one object only; what its pods say is the waiter's business.
 */
export function readiness(object: KubeObject, rules: "kstatus" | "legacy", options: ReadinessOptions = {}): Readiness {
  const key = keyOf(object);
  if (options.hook) {
    if (key === "batch/Job") return jobCompletion(object);
    if (key === "Pod") return podCompletion(object);
    return ready("Resource is current");
  }
  if (rules === "legacy") return legacy(object, key, options);
  if (options.jobs && key === "batch/Job") return jobCompletion(object);
  return (
    genericProperties(object) ??
    byKind[key]?.(object, options) ??
    readyCondition(object) ??
    ready("Resource is current")
  );
}

function keyOf(object: KubeObject): string {
  const { group, kind } = gvkOf(object);
  return group === "" ? kind : `${group}/${kind}`;
}

function ready(message: string): Readiness {
  return { state: "ready", status: "Current", reason: "Ready", message };
}
function waiting(reason: string, message: string): Readiness {
  return { state: "waiting", status: "InProgress", reason, message };
}
function failed(reason: string, message: string): Readiness {
  return { state: "failed", status: "Failed", reason, message };
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

function claim(object: KubeObject): Readiness {
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

function job(object: KubeObject): Readiness {
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

/** Helm's own reader of Jobs: ready only when complete. */
function jobCompletion(object: KubeObject): Readiness {
  const verdict = job(object);
  if (verdict.state === "failed") return verdict;
  const complete = conditionsOf(object).some(
    (condition) => condition.type === "Complete" && condition.status === "True",
  );
  return complete ? verdict : waiting("JobInProgress", "Job in progress");
}

/** Helm's own reader of hook pods: ready only when succeeded. */
function podCompletion(object: KubeObject): Readiness {
  switch (stringAt(object, "", "status", "phase")) {
    case "Succeeded":
      return ready(`pod ${object.metadata.name} succeeded`);
    case "Failed":
      return failed("PodFailed", `pod ${object.metadata.name} failed`);
    default:
      return waiting("PodInProgress", "Pod in progress");
  }
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

/** Helm 3's rules (`--wait=legacy`): kinds it does not know are ready at once. */
function legacy(object: KubeObject, key: string, options: ReadinessOptions): Readiness {
  switch (key) {
    case "Pod":
      return conditionsOf(object).some((condition) => condition.type === "Ready" && condition.status === "True")
        ? ready("Pod is ready")
        : waiting("PodNotReady", "Pod is not ready");
    case "batch/Job":
      return options.jobs ? legacyJob(object) : ready("Job is not waited for");
    case "apps/Deployment":
      return legacyDeployment(object, options.replicaSet);
    case "PersistentVolumeClaim":
      return claim(object);
    case "Service":
      return legacyService(object);
    case "apps/DaemonSet":
      return legacyDaemonSet(object);
    case "apps/StatefulSet":
      return legacyStatefulSet(object);
    case "apiextensions.k8s.io/CustomResourceDefinition":
      // Names that were refused end the wait as well: what failed is found out when the kind is used.
      return conditionsOf(object).some(
        (condition) =>
          (condition.type === "Established" && condition.status === "True") ||
          (condition.type === "NamesAccepted" && condition.status === "False"),
      )
        ? ready("CRD is established")
        : waiting("Installing", "CRD is not established");
    case "apps/ReplicaSet":
    case "ReplicationController":
      return generationObserved(object) ?? legacyPods(object, options.pods);
    default:
      return ready("Resource is current");
  }
}

function generationObserved(object: KubeObject): Readiness | undefined {
  const generation = intAt(object, 0, "metadata", "generation");
  const observed = intAt(object, 0, "status", "observedGeneration");
  return generation === observed
    ? undefined
    : waiting(
        "LatestGenerationNotObserved",
        `observedGeneration ${observed} does not match spec generation ${generation}`,
      );
}

/** Every pod that the selector of a ReplicaSet or ReplicationController matches must be ready. */
function legacyPods(object: KubeObject, pods: readonly KubeObject[] | undefined): Readiness {
  if (pods === undefined) return waiting("PodsUnknown", "Pods are not known yet");
  const selector = at(object, "spec", "selector");
  const matches = ({ metadata }: KubeObject) =>
    object.kind === "ReplicaSet"
      ? matchesSelector(selector as LabelSelector, metadata.labels)
      : matchesMap(selector as Labels, metadata.labels);
  const unready = pods.filter((one) => matches(one) && legacy(one, "Pod", {}).state !== "ready");
  if (unready.length > 0) return waiting("PodNotReady", `Pods are not ready: ${unready.length}`);
  return ready(`${object.kind} is ready`);
}

function legacyJob(object: KubeObject): Readiness {
  const failures = intAt(object, 0, "status", "failed");
  if (failures > intAt(object, 6, "spec", "backoffLimit"))
    return failed("JobFailed", `job is failed: ${object.metadata.namespace ?? ""}/${object.metadata.name}`);
  const completions = at(object, "spec", "completions");
  const succeeded = intAt(object, 0, "status", "succeeded");
  if (typeof completions === "number" && succeeded < completions)
    return waiting("JobInProgress", `Job is not completed: ${succeeded}/${completions}`);
  return ready("Job is completed");
}

function legacyDeployment(object: KubeObject, newest: KubeObject | undefined): Readiness {
  if (at(object, "spec", "paused") === true) return ready("Deployment is paused");
  if (newest === undefined) return waiting("NoReplicaSet", "Deployment has no new ReplicaSet yet");
  const observed = generationObserved(newest) ?? generationObserved(object);
  if (observed !== undefined) return observed;
  const replicas = intAt(object, 1, "spec", "replicas");
  const expected = replicas - maxUnavailable(object, replicas);
  const readyCount = intAt(newest, 0, "status", "readyReplicas");
  return readyCount < expected
    ? waiting("LessReady", `Ready: ${readyCount}/${expected}`)
    : ready("Deployment is ready");
}

/** spec.strategy.rollingUpdate.maxUnavailable as a number of pods, never more than there are. */
function maxUnavailable(object: KubeObject, replicas: number): number {
  if (stringAt(object, "RollingUpdate", "spec", "strategy", "type") !== "RollingUpdate" || replicas === 0) return 0;
  const value = scaled(at(object, "spec", "strategy", "rollingUpdate", "maxUnavailable") ?? "25%", replicas, false);
  const surge = scaled(at(object, "spec", "strategy", "rollingUpdate", "maxSurge") ?? "25%", replicas, true);
  // Both zero would never move: the controller then counts one as unavailable.
  const resolved = value === 0 && surge === 0 ? 1 : value;
  return Math.min(resolved, replicas);
}

function scaled(value: unknown, total: number, up: boolean): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^\d+%$/.test(value)) return 0;
  const exact = (Number.parseInt(value, 10) * total) / 100;
  return up ? Math.ceil(exact) : Math.floor(exact);
}

function legacyService(object: KubeObject): Readiness {
  const type = stringAt(object, "ClusterIP", "spec", "type");
  if (type === "ExternalName") return ready("Service is ready");
  if (stringAt(object, "", "spec", "clusterIP") === "")
    return waiting("NoIPAssigned", "Service does not have cluster IP address");
  if (type === "LoadBalancer") {
    const external = at(object, "spec", "externalIPs");
    if (Array.isArray(external) && external.length > 0) return ready("Service has external IP addresses");
    if (!Array.isArray(at(object, "status", "loadBalancer", "ingress"))) {
      return waiting("NoLoadBalancerAddress", "Service does not have load balancer ingress IP address");
    }
  }
  return ready("Service is ready");
}

function legacyDaemonSet(object: KubeObject): Readiness {
  const observed = generationObserved(object);
  if (observed !== undefined) return observed;
  if (stringAt(object, "", "spec", "updateStrategy", "type") !== "RollingUpdate")
    return ready("DaemonSet does not roll");
  const desired = intAt(object, 0, "status", "desiredNumberScheduled");
  const updated = intAt(object, 0, "status", "updatedNumberScheduled");
  if (updated !== desired) return waiting("LessUpdated", `Updated: ${updated}/${desired}`);
  const expected =
    desired - scaled(at(object, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable") ?? 1, desired, true);
  const readyCount = intAt(object, 0, "status", "numberReady");
  return readyCount < expected ? waiting("LessReady", `Ready: ${readyCount}/${expected}`) : ready("DaemonSet is ready");
}

function legacyStatefulSet(object: KubeObject): Readiness {
  const observed = generationObserved(object);
  if (observed !== undefined) return observed;
  if (stringAt(object, "", "spec", "updateStrategy", "type") !== "RollingUpdate")
    return ready("StatefulSet does not roll");
  const replicas = intAt(object, 1, "spec", "replicas");
  const partition = intAt(object, 0, "spec", "updateStrategy", "rollingUpdate", "partition");
  const updated = intAt(object, 0, "status", "updatedReplicas");
  if (updated < replicas - partition) return waiting("LessUpdated", `Updated: ${updated}/${replicas - partition}`);
  const readyCount = intAt(object, 0, "status", "readyReplicas");
  if (readyCount !== replicas) return waiting("LessReady", `Ready: ${readyCount}/${replicas}`);
  if (
    partition === 0 &&
    stringAt(object, "", "status", "currentRevision") !== stringAt(object, "", "status", "updateRevision")
  ) {
    return waiting("RevisionMismatch", "Waiting for updated revision to match current");
  }
  return ready("StatefulSet is ready");
}
