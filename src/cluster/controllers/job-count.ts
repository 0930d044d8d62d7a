import { parseIndexes } from "./job-indexes.ts";
import { indexFailures, indexOf, isIndexed, isPodFailed, matchPolicy, trackingFinalizer } from "./job-policy.ts";
import type { Json, Obj } from "./object.ts";

/** What has ended of a job: sums, indexes, and the pods that need not wait for anybody to count them any more. */
export interface Counted {
  readonly uncounted: { readonly succeeded: Set<string>; readonly failed: Set<string> };
  readonly failed: number;
  readonly succeeded: number;
  readonly done: Set<number>;
  readonly failedIndexes: Set<number>;
  readonly release: readonly Obj[];
}

/** Whether the job controller has still to count this pod. */
export const tracked = (pod: Obj): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) === true;

/**
 * Counts what has ended. A pod is counted once: its uid stands in uncountedTerminatedPods until its finalizer is gone, so
 * that nothing is lost or counted twice when the process ends in between.
 */
export function countEnded(job: Obj, pods: readonly Obj[], status: Json): Counted {
  const uncounted = { succeeded: new Set<string>(), failed: new Set<string>() };
  for (const uid of status.uncountedTerminatedPods?.succeeded ?? []) uncounted.succeeded.add(uid);
  for (const uid of status.uncountedTerminatedPods?.failed ?? []) uncounted.failed.add(uid);
  const completions = job.spec.completions ?? 0;
  const done = parseIndexes(status.completedIndexes, completions);
  const failedIndexes = parseIndexes(status.failedIndexes, completions);
  const release: Obj[] = [];
  let failed = (status.failed ?? 0) + uncounted.failed.size;
  let succeeded = (status.succeeded ?? 0) + uncounted.succeeded.size;
  for (const pod of pods) {
    const uid = pod.metadata.uid ?? "";
    const ended = pod.status?.phase === "Succeeded" || isPodFailed(pod, job);
    if (!tracked(pod) || !ended) continue;
    release.push(pod);
    if (uncounted.succeeded.has(uid) || uncounted.failed.has(uid)) continue;
    const index = indexOf(pod);
    if (pod.status?.phase === "Succeeded") {
      if (isIndexed(job)) {
        if (index >= 0 && index < completions) done.add(index);
      } else {
        uncounted.succeeded.add(uid);
        succeeded++;
      }
    } else {
      const match = matchPolicy(job, pod);
      if (match.counts) {
        uncounted.failed.add(uid);
        failed++;
      }
      if (job.spec.backoffLimitPerIndex !== undefined && index >= 0 && index < completions) {
        const { failures } = indexFailures(job, pods, index);
        if (match.action === "FailIndex" || failures > job.spec.backoffLimitPerIndex) failedIndexes.add(index);
      }
    }
  }
  return { uncounted, failed, succeeded: isIndexed(job) ? done.size : succeeded, done, failedIndexes, release };
}
