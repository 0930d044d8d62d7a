import { claim } from "./kstatus.ts";
import { at, conditionsOf, intAt, stringAt, type KubeObject } from "./object.ts";
import { matchesMap, matchesSelector, type LabelSelector, type Labels } from "./selector.ts";
import { failed, ready, waiting, type Readiness, type ReadinessOptions } from "./verdict.ts";

/** Helm 3's rules (`--wait=legacy`): kinds it does not know are ready at once. */
export function legacyReadiness(object: KubeObject, key: string, options: ReadinessOptions): Readiness {
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
  const unready = pods.filter((one) => matches(one) && legacyReadiness(one, "Pod", {}).state !== "ready");
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
