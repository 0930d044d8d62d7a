import { isMap } from "../base/index.ts";
import { at, type KubeObject } from "../manifest/index.ts";

/**
 * The pods of a workload's present template: of the newest ReplicaSet, or where none is known (an account may not read
 * them) those that look like the template. While a rollout goes on, pods of the revision before are there too, and their
 * trouble says nothing about the new one. StatefulSets keep all: an old pod that is not ready holds the rollout up.
 */
export function newestPods(
  workload: KubeObject,
  pods: readonly KubeObject[],
  newest: KubeObject | undefined,
): KubeObject[] {
  if (workload.kind !== "Deployment" && workload.kind !== "DaemonSet") return [...pods];
  if (newest !== undefined) return pods.filter((pod) => isOwnedBy(pod, newest));
  const template = at(workload, "spec", "template");
  if (!isMap(template)) return [...pods];
  return pods.filter((pod) => holds(pod.metadata, template["metadata"]) && holds(pod.spec, template["spec"]));
}

function isOwnedBy(pod: KubeObject, owner: KubeObject): boolean {
  const references = at(pod, "metadata", "ownerReferences");
  return Array.isArray(references) && references.some((one) => isMap(one) && one["uid"] === owner.metadata.uid);
}

/** Is everything that was asked for there? Admission adds to pods (tokens, tolerations, defaults), and takes nothing. */
function holds(value: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(value) && wanted.every((item, i) => holds(value[i], item));
  }
  if (isMap(wanted)) return Object.keys(wanted).every((key) => isMap(value) && holds(value[key], wanted[key]));
  return wanted === null || wanted === undefined || value === wanted;
}

/** Has the controller not yet seen the newest spec? What the status says is then of the one before. */
export function isUnseen(workload: KubeObject): boolean {
  const observed = at(workload, "status", "observedGeneration");
  const generation = workload.metadata.generation;
  return typeof observed === "number" && typeof generation === "number" && observed < generation;
}
