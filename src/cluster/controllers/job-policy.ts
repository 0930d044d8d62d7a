/** Rules of Jobs: when a pod counts as failed, what a failure means, how long to wait before the next try. Pure. */
import { millis, type Json, type Obj } from "./object.ts";
import { parseIndexes } from "./job-indexes.ts";

export const indexAnnotation = "batch.kubernetes.io/job-completion-index";
export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
export const indexFailureAnnotation = "batch.kubernetes.io/job-index-failure-count";

export const isIndexed = (job: Obj): boolean => job.spec.completionMode === "Indexed";
export const isSuspended = (job: Obj): boolean => job.spec.suspend === true;

export const onlyReplacesFailed = (job: Obj): boolean =>
  job.spec.podReplacementPolicy === "Failed" ||
  (job.spec.podReplacementPolicy === undefined && !!job.spec.podFailurePolicy);

/** A pod that failed, or one that is being deleted where the job replaces those at once. */
export function isPodFailed(pod: Obj, job: Obj): boolean {
  if (pod.status?.phase === "Failed") return true;
  if (onlyReplacesFailed(job)) return false;
  return pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== "Succeeded";
}

/** The pod's completion index, or -1. */
export function indexOf(pod: Obj): number {
  const text = pod.metadata.annotations?.[indexAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : -1;
}

export interface PolicyMatch {
  /** Why the whole job fails. */
  readonly message?: string;
  readonly counts: boolean;
  readonly action?: "FailJob" | "FailIndex" | "Ignore" | "Count";
}

/** matchPodFailurePolicy: the first rule that matches decides; none counts the failure. */
export function matchPolicy(job: Obj, pod: Obj): PolicyMatch {
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    let message: string | undefined;
    const about = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (rule.onExitCodes) {
      const status = matchingContainer(pod, rule.onExitCodes);
      if (status === undefined) continue;
      message = `Container ${status.name} for pod ${about} failed with exit code ${status.state.terminated.exitCode} matching ${rule.action} rule at index ${index}`;
    } else if (rule.onPodConditions) {
      const condition = (pod.status?.conditions ?? []).find((item: Json) =>
        rule.onPodConditions.some(
          (pattern: Json) => pattern.type === item.type && (pattern.status ?? "True") === item.status,
        ),
      );
      if (condition === undefined) continue;
      message = `Pod ${about} has condition ${condition.type} matching ${rule.action} rule at index ${index}`;
    } else continue;
    if (rule.action === "FailJob") return { message, counts: true, action: "FailJob" };
    return { counts: rule.action !== "Ignore", action: rule.action };
  }
  return { counts: true };
}

function matchingContainer(pod: Obj, requirement: Json): Json | undefined {
  for (const list of [pod.status?.containerStatuses, pod.status?.initContainerStatuses]) {
    for (const status of list ?? []) {
      const code = status.state?.terminated?.exitCode;
      if (code === undefined || code === 0) continue;
      if (requirement.containerName && requirement.containerName !== status.name) continue;
      const listed = requirement.values.includes(code);
      if (requirement.operator === "In" ? listed : !listed) return status;
    }
  }
  return undefined;
}

/** The message of the first failed pod that fails the whole job by its policy. */
export function failJobMessage(job: Obj, pods: readonly Obj[]): string | undefined {
  if (!job.spec.podFailurePolicy) return undefined;
  for (const pod of pods) {
    if (!isPodFailed(pod, job)) continue;
    const { message } = matchPolicy(job, pod);
    if (message !== undefined) return message;
  }
  return undefined;
}

/** When a finished pod finished: the latest end of a container, else its deletion, else its creation. */
export function finishedAt(pod: Obj): number {
  let latest = 0;
  for (const status of pod.status?.containerStatuses ?? []) {
    latest = Math.max(latest, millis(status.state?.terminated?.finishedAt) ?? 0);
  }
  if (latest > 0) return latest;
  return millis(pod.metadata.deletionTimestamp) ?? millis(pod.metadata.creationTimestamp) ?? 0;
}

const firstBackoff = 10_000;
const mostBackoff = 600_000;

/**
 * Milliseconds to wait before the next pod: 10 s after the first failure since the last success, doubling to ten minutes.
 */
export function backoffLeft(job: Obj, pods: readonly Obj[], now: number): number {
  const success = Math.max(0, ...pods.filter((pod) => pod.status?.phase === "Succeeded").map(finishedAt));
  const failures = pods.filter((pod) => isPodFailed(pod, job)).map(finishedAt);
  const recent = failures.filter((at) => at > success);
  if (recent.length === 0) return 0;
  const wait = Math.min(firstBackoff * 2 ** Math.min(recent.length - 1, 16), mostBackoff);
  return Math.max(0, Math.max(...recent) + wait - now);
}

/** pastBackoffLimitOnFailure: with restartPolicy OnFailure the restarts of living pods count. */
export function tooManyRestarts(job: Obj, pods: readonly Obj[]): boolean {
  if (job.spec.template?.spec?.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const pod of pods) {
    if (pod.status?.phase !== "Running" && pod.status?.phase !== "Pending") continue;
    for (const status of [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]) {
      restarts += status.restartCount ?? 0;
    }
  }
  const limit = job.spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** matchSuccessPolicy: the words for the condition when a rule of the success policy holds. */
export function successPolicyMessage(job: Obj, succeeded: ReadonlySet<number>): string | undefined {
  if (!job.spec.successPolicy || succeeded.size === 0) return undefined;
  for (const [index, rule] of (job.spec.successPolicy.rules ?? []).entries()) {
    const message = `Matched rules at index ${index}`;
    if (rule.succeededIndexes !== undefined) {
      const wanted = parseIndexes(rule.succeededIndexes, job.spec.completions ?? 1);
      const there = [...wanted].filter((it) => succeeded.has(it)).length;
      if (wanted.size > 0 && (there === wanted.size || (rule.succeededCount && there >= rule.succeededCount)))
        return message;
    } else if (rule.succeededCount && succeeded.size >= rule.succeededCount) return message;
  }
  return undefined;
}

/** The failures of one index so far, as the annotation of its newest pod tells, plus that pod's own. */
export function indexFailures(job: Obj, pods: readonly Obj[], index: number): { failures: number; last: number } {
  let failures = 0;
  let last = 0;
  for (const pod of pods) {
    if (indexOf(pod) !== index || !isPodFailed(pod, job)) continue;
    const before = Number(pod.metadata.annotations?.[indexFailureAnnotation] ?? 0) || 0;
    failures = Math.max(failures, before + (matchPolicy(job, pod).counts ? 1 : 0));
    last = Math.max(last, finishedAt(pod));
  }
  return { failures, last };
}

/** Milliseconds to wait before an index may be tried again. */
export function indexBackoffLeft(failures: number, last: number, now: number): number {
  if (failures === 0) return 0;
  const wait = Math.min(firstBackoff * 2 ** Math.min(failures - 1, 16), mostBackoff);
  return Math.max(0, last + wait - now);
}
