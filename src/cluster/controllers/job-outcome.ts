import type { Counted } from "./job-count.ts";
import { failJobMessage, isIndexed, isSuspended, successPolicyMessage, tooManyRestarts } from "./job-policy.ts";
import { millis, type Json, type Obj } from "./object.ts";

/** The condition that a job comes to, before its pods are gone: `SuccessCriteriaMet` or `FailureTarget`. */
export interface Outcome {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** Whether the job is over, and why: what was decided before stands; then policy, limits, deadline, success policy. */
export function outcomeOf(
  job: Obj,
  pods: readonly Obj[],
  status: Json,
  counted: Counted,
  now: number,
): Outcome | undefined {
  const target = (status.conditions ?? []).find(
    (item: Json) => (item.type === "SuccessCriteriaMet" || item.type === "FailureTarget") && item.status === "True",
  );
  if (target !== undefined) return { type: target.type, reason: target.reason, message: target.message };
  const fail = (reason: string, message: string): Outcome => ({ type: "FailureTarget", reason, message });
  const policy = failJobMessage(job, pods);
  if (policy !== undefined) return fail("PodFailurePolicy", policy);
  if (counted.failed > (job.spec.backoffLimit ?? 6) || tooManyRestarts(job, pods)) {
    return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  const deadline = job.spec.activeDeadlineSeconds;
  if (deadline !== undefined && deadline !== null && !isSuspended(job)) {
    const started = millis(status.startTime) ?? now;
    if (now - started >= deadline * 1000) {
      return fail("DeadlineExceeded", "Job was active longer than specified deadline");
    }
  }
  if (!isIndexed(job)) return undefined;
  const { failedIndexes, done } = counted;
  if (job.spec.backoffLimitPerIndex !== undefined) {
    if (job.spec.maxFailedIndexes !== undefined && failedIndexes.size > job.spec.maxFailedIndexes) {
      return fail("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
    }
    if (failedIndexes.size > 0 && failedIndexes.size + done.size >= job.spec.completions) {
      return fail("FailedIndexes", "Job has failed indexes");
    }
  }
  const message = successPolicyMessage(job, done);
  return message === undefined ? undefined : { type: "SuccessCriteriaMet", reason: "SuccessPolicy", message };
}
