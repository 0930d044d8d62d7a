import { finishedCondition } from "./job-finished.ts";
import { ifThere, isApiError, podInformer, type Machinery } from "./machinery.ts";
import { formatIndexes, parseIndexes } from "./job-indexes.ts";
import {
  backoffLeft,
  failJobMessage,
  indexAnnotation,
  indexBackoffLeft,
  indexFailureAnnotation,
  indexFailures,
  indexOf,
  isIndexed,
  isPodFailed,
  isSuspended,
  matchPolicy,
  onlyReplacesFailed,
  successPolicyMessage,
  tooManyRestarts,
  trackingFinalizer,
} from "./job-policy.ts";
import {
  copy,
  equal,
  keyOf,
  millis,
  timestamp,
  withMeta,
  withStatus,
  controllerOf,
  type Json,
  type Obj,
} from "./object.ts";
import { createPod, deletePod, isNamespaceTerminating, podFromTemplate, slowStart } from "./pod-template.ts";
import { claim } from "./claim.ts";
import { compareForDeletion, isPodActive, isPodReady, isPodTerminating } from "./pods.ts";
import { kinds } from "./port.ts";

const component = "job-controller";
const burst = 500;

/** Runs Jobs to completion. */
export function startJobs(machinery: Machinery): void {
  const jobs = machinery.informer(kinds.jobs);
  const pods = podInformer(machinery);
  const queue = machinery.queue(component, (key) => {
    const job = jobs.get(key);
    if (job === undefined) return undefined;
    const mine = pods.by("owner", job.metadata.uid ?? "");
    if (finishedCondition(job) !== undefined || managedElsewhere(job)) {
      for (const pod of mine) dropFinalizer(machinery, pod);
      return undefined;
    }
    const orphans = pods.by("owner", `orphan:${job.metadata.namespace ?? ""}`);
    const selector = job.spec.selector ?? { matchLabels: { "controller-uid": job.metadata.uid ?? "" } };
    const claimed =
      job.spec.selector === undefined ? mine : claim(machinery, kinds.pods, job, selector, [...mine, ...orphans]);
    return new Sync(machinery, job, claimed).run();
  });
  const orphaned = machinery.queue("job-orphans", (key) => {
    const pod = pods.get(key);
    const owner = pod === undefined ? undefined : controllerOf(pod);
    if (pod === undefined) return;
    const job = owner === undefined ? undefined : jobs.get(`${pod.metadata.namespace}/${owner.name}`);
    if (job?.metadata.uid !== owner?.uid || owner === undefined) dropFinalizer(machinery, pod);
  });

  jobs.on(({ type, object }) => {
    if (type !== "DELETED") queue.add(keyOf(object));
  });
  pods.on(({ type, object, previous }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "Job") {
      const key = `${object.metadata.namespace}/${owner.name}`;
      // A pod whose job is gone must not wait for anybody to count it.
      const job = jobs.get(key);
      if (job?.metadata.uid !== owner.uid && object.metadata.finalizers?.includes(trackingFinalizer))
        orphaned.add(keyOf(object));
      if (previous === undefined || type === "DELETED" || countable(previous, object)) queue.add(key);
    } else if (owner === undefined && object.metadata.finalizers?.includes(trackingFinalizer))
      orphaned.add(keyOf(object));
  });
}

const managedElsewhere = (job: Obj): boolean =>
  job.spec.managedBy !== undefined && job.spec.managedBy !== "kubernetes.io/job-controller";

function countable(before: Obj, after: Obj): boolean {
  return (
    before.status?.phase !== after.status?.phase ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    isPodReady(before) !== isPodReady(after) ||
    before.metadata.finalizers !== after.metadata.finalizers ||
    !equal(restarts(before), restarts(after))
  );
}

const restarts = (pod: Obj): number[] =>
  (pod.status?.containerStatuses ?? []).map((status: Json) => (status.restartCount as number | undefined) ?? 0);

const tracked = (pod: Obj): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) === true;

function dropFinalizer(machinery: Machinery, pod: Obj): void {
  if (!tracked(pod)) return;
  const finalizers = (pod.metadata.finalizers ?? []).filter((it) => it !== trackingFinalizer);
  try {
    ifThere(() => machinery.api.update(kinds.pods, withMeta(pod, { finalizers })));
  } catch (error) {
    if (!isApiError(error, "conflict")) throw error;
  }
}

/** One reconcile of one job. */
class Sync {
  readonly #machinery: Machinery;
  readonly #job: Obj;
  readonly #pods: readonly Obj[];
  readonly #now: number;
  #active: Obj[];
  #terminating: number;
  #deleted = new Set<string>();

  constructor(machinery: Machinery, job: Obj, pods: readonly Obj[]) {
    this.#machinery = machinery;
    this.#job = job;
    this.#pods = [...pods].sort((a, b) => indexOf(a) - indexOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
    this.#now = machinery.clock.now();
    this.#active = this.#pods.filter(isPodActive);
    this.#terminating = this.#pods.filter(isPodTerminating).length;
  }

  run(): number | undefined {
    const job = this.#job;
    const status = copy(job.status ?? {});
    const before = copy(status);
    if (status.startTime === undefined && !isSuspended(job)) status.startTime = timestamp(this.#now);
    const counted = this.#count(status);
    let finished = this.#outcome(status, counted);
    let wait: number | undefined;
    let failure: unknown;
    let created = 0;
    if (finished !== undefined) {
      this.#deleteActive(this.#active);
    } else {
      if (job.spec.activeDeadlineSeconds !== undefined && !isSuspended(job)) {
        wait = (millis(status.startTime) ?? this.#now) + job.spec.activeDeadlineSeconds * 1000 - this.#now;
      }
      if (job.metadata.deletionTimestamp === undefined) {
        const result = this.#manage(counted);
        failure = result.error;
        created = result.created;
        if (result.wait !== undefined) wait = Math.min(wait ?? Infinity, result.wait);
      }
      const active = this.#active.length - this.#deleted.size + created;
      const { completions } = job.spec;
      const complete =
        completions === undefined || completions === null
          ? counted.succeeded > 0 && active === 0
          : counted.succeeded >= completions && active === 0;
      if (complete) {
        const message = "Reached expected number of succeeded pods";
        finished = { type: "SuccessCriteriaMet", reason: "CompletionsReached", message };
      } else this.#suspension(status);
    }
    const left = this.#active.filter((pod) => !this.#deleted.has(pod.metadata.uid ?? ""));
    status.active = left.length + created;
    status.ready = left.filter(isPodReady).length;
    status.terminating = this.#terminating;
    this.#finish(status, before, counted, finished);
    if (failure !== undefined) throw failure;
    return wait;
  }

  /**
   * Counts what has ended. A pod is counted once: its uid stands in uncountedTerminatedPods until its finalizer is gone, so
   * that nothing is lost or counted twice when the process ends in between.
   */
  #count(status: Json): Counted {
    const job = this.#job;
    const uncounted = { succeeded: new Set<string>(), failed: new Set<string>() };
    for (const uid of status.uncountedTerminatedPods?.succeeded ?? []) uncounted.succeeded.add(uid);
    for (const uid of status.uncountedTerminatedPods?.failed ?? []) uncounted.failed.add(uid);
    const completions = job.spec.completions ?? 0;
    const done = parseIndexes(status.completedIndexes, completions);
    const failedIndexes = parseIndexes(status.failedIndexes, completions);
    const release: Obj[] = [];
    let failed = (status.failed ?? 0) + uncounted.failed.size;
    let succeeded = (status.succeeded ?? 0) + uncounted.succeeded.size;
    for (const pod of this.#pods) {
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
          const { failures } = indexFailures(job, this.#pods, index);
          if (match.action === "FailIndex" || failures > job.spec.backoffLimitPerIndex) failedIndexes.add(index);
        }
      }
    }
    return { uncounted, failed, succeeded: isIndexed(job) ? done.size : succeeded, done, failedIndexes, release };
  }

  /** Whether the job is over, and why: what was decided before stands; then policy, limits, deadline, success policy. */
  #outcome(status: Json, counted: Counted): Outcome | undefined {
    const job = this.#job;
    const target = (status.conditions ?? []).find(
      (item: Json) => (item.type === "SuccessCriteriaMet" || item.type === "FailureTarget") && item.status === "True",
    );
    if (target !== undefined) return { type: target.type, reason: target.reason, message: target.message };
    const fail = (reason: string, message: string): Outcome => ({ type: "FailureTarget", reason, message });
    const policy = failJobMessage(job, this.#pods);
    if (policy !== undefined) return fail("PodFailurePolicy", policy);
    if (counted.failed > (job.spec.backoffLimit ?? 6) || tooManyRestarts(job, this.#pods)) {
      return fail("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    const deadline = job.spec.activeDeadlineSeconds;
    if (deadline !== undefined && deadline !== null && !isSuspended(job)) {
      const started = millis(status.startTime) ?? this.#now;
      if (this.#now - started >= deadline * 1000) {
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

  #deleteActive(pods: readonly Obj[]): void {
    for (const pod of pods) {
      deletePod(this.#machinery, component, this.#job, pod);
      this.#deleted.add(pod.metadata.uid ?? "");
      if (this.#machinery.api.get(kinds.pods, pod.metadata.namespace, pod.metadata.name) !== undefined)
        this.#terminating++;
    }
  }

  /** manageJob: as many pods as parallelism and the work left allow, after the back-off. */
  #manage(counted: Counted): { created: number; error?: unknown; wait?: number } {
    const job = this.#job;
    const active = this.#active.length;
    if (isSuspended(job)) {
      this.#deleteActive(this.#active);
      return { created: 0 };
    }
    const parallelism = job.spec.parallelism ?? 1;
    const { completions } = job.spec;
    const open = completions === undefined || completions === null;
    const wanted = open
      ? counted.succeeded > 0
        ? active
        : parallelism
      : Math.max(0, Math.min(completions - counted.succeeded, parallelism));
    if (active > wanted) {
      const order = compareForDeletion(this.#now, new Map());
      this.#deleteActive([...this.#active].sort(order).slice(0, Math.min(active - wanted, burst)));
      return { created: 0 };
    }
    const missing = wanted - active - (onlyReplacesFailed(job) ? this.#terminating : 0);
    if (missing <= 0) return { created: 0 };
    if (job.spec.backoffLimitPerIndex === undefined) {
      const left = backoffLeft(job, this.#pods, this.#now);
      if (left > 0) return { created: 0, wait: left };
    }
    const indexes = isIndexed(job) ? this.#pending(counted, missing) : undefined;
    if (indexes !== undefined && indexes.ready.length === 0) {
      return { created: 0, ...(indexes.wait === undefined ? {} : { wait: indexes.wait }) };
    }
    const count = Math.min(indexes?.ready.length ?? missing, burst);
    let next = 0;
    const { done, error } = slowStart(count, () => {
      const index = indexes?.ready[next++];
      try {
        createPod(this.#machinery, component, job, this.#newPod(index));
      } catch (problem) {
        if (!isNamespaceTerminating(problem)) throw problem;
      }
    });
    return {
      created: done,
      ...(error === undefined ? {} : { error }),
      ...(indexes?.wait === undefined ? {} : { wait: indexes.wait }),
    };
  }

  /** firstPendingIndexes: the lowest indexes that neither run nor are done; those in back-off wait. */
  #pending(counted: Counted, count: number): { ready: number[]; wait?: number } {
    const busy = new Set(this.#active.map(indexOf));
    if (onlyReplacesFailed(this.#job)) for (const pod of this.#pods.filter(isPodTerminating)) busy.add(indexOf(pod));
    const ready: number[] = [];
    let wait: number | undefined;
    for (let index = 0; index < this.#job.spec.completions && ready.length < count; index++) {
      if (busy.has(index) || counted.done.has(index) || counted.failedIndexes.has(index)) continue;
      if (this.#job.spec.backoffLimitPerIndex !== undefined) {
        const { failures, last } = indexFailures(this.#job, this.#pods, index);
        const left = indexBackoffLeft(failures, last, this.#now);
        if (left > 0) {
          wait = Math.min(wait ?? Infinity, left);
          continue;
        }
      }
      ready.push(index);
    }
    return { ready, ...(wait === undefined ? {} : { wait }) };
  }

  #newPod(index: number | undefined): Obj {
    const job = this.#job;
    const pod = podFromTemplate(job.spec.template, job);
    pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
    if (index === undefined) return pod;
    const text = String(index);
    pod.metadata.annotations = { ...pod.metadata.annotations, [indexAnnotation]: text };
    pod.metadata.labels = { ...pod.metadata.labels, [indexAnnotation]: text };
    if (job.spec.backoffLimitPerIndex !== undefined) {
      pod.metadata.annotations[indexFailureAnnotation] = String(indexFailures(job, this.#pods, index).failures);
    }
    pod.metadata.generateName = `${job.metadata.name}-${index}-`;
    pod.spec.hostname = `${job.metadata.name}-${index}`;
    const variable = {
      name: "JOB_COMPLETION_INDEX",
      valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${indexAnnotation}']` } },
    };
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
      if (container.env?.some((it: Json) => it.name === variable.name)) continue;
      container.env = [...(container.env ?? []), variable];
    }
    return pod;
  }

  /** The Suspended condition, once the job has been suspended or was and is no more. */
  #suspension(status: Json): void {
    const job = this.#job;
    const suspended = isSuspended(job);
    const conditions: Json[] = status.conditions ?? [];
    const current = conditions.find((item) => item.type === "Suspended");
    if (current === undefined ? !suspended : (current.status === "True") === suspended) return;
    const next = condition(
      {
        type: "Suspended",
        reason: suspended ? "JobSuspended" : "JobResumed",
        message: suspended ? "Job suspended" : "Job resumed",
      },
      this.#now,
      suspended ? "True" : "False",
    );
    status.conditions = [...conditions.filter((item) => item !== current), next];
    if (suspended) delete status.startTime;
    else status.startTime = timestamp(this.#now);
    const reason = suspended ? "Suspended" : "Resumed";
    this.#machinery.recorder.normal(component, job, reason, next.message);
  }

  /** Writes what was counted, releases the pods, and then the sums and the end, in that order. */
  #finish(status: Json, before: Json, counted: Counted, finished: Outcome | undefined): void {
    const { uncounted } = counted;
    if (isIndexed(this.#job)) {
      const done = formatIndexes(counted.done);
      if (done !== "") status.completedIndexes = done;
      status.succeeded = counted.done.size;
      if (this.#job.spec.backoffLimitPerIndex !== undefined) {
        status.failedIndexes = formatIndexes(counted.failedIndexes);
      }
    }
    if (finished !== undefined && !has(status, finished.type)) {
      status.conditions = [...(status.conditions ?? []), condition(finished, this.#now)];
    }
    status.uncountedTerminatedPods = {};
    if (uncounted.succeeded.size + uncounted.failed.size > 0) {
      status.uncountedTerminatedPods = {
        ...(uncounted.succeeded.size > 0 ? { succeeded: [...uncounted.succeeded] } : {}),
        ...(uncounted.failed.size > 0 ? { failed: [...uncounted.failed] } : {}),
      };
      this.#write(status);
    }
    for (const pod of counted.release) {
      const current = this.#machinery.api.get(kinds.pods, pod.metadata.namespace, pod.metadata.name);
      if (current !== undefined && current.metadata.uid === pod.metadata.uid) dropFinalizer(this.#machinery, current);
    }
    // Pods that were stopped because the job is over count as failed too once they have ended.
    if (uncounted.succeeded.size > 0) status.succeeded = (status.succeeded ?? 0) + uncounted.succeeded.size;
    if (uncounted.failed.size > 0) status.failed = (status.failed ?? 0) + uncounted.failed.size;
    status.uncountedTerminatedPods = {};
    let ended: Json | undefined;
    if (finished !== undefined && this.#terminating === 0 && status.active === 0) {
      const type = finished.type === "SuccessCriteriaMet" ? "Complete" : "Failed";
      ended = condition({ ...finished, type }, this.#now);
      status.conditions = [...status.conditions, ended];
      if (type === "Complete") status.completionTime = ended.lastTransitionTime;
    }
    for (const field of ["active", "succeeded", "failed"]) if (status[field] === 0) delete status[field];
    if (!equal(status, before)) this.#write(status);
    if (ended !== undefined) this.#announce(ended);
  }

  #write(status: Json): void {
    const { api } = this.#machinery;
    const current = api.get(kinds.jobs, this.#job.metadata.namespace, this.#job.metadata.name);
    if (current === undefined) return;
    ifThere(() => api.updateStatus(kinds.jobs, withStatus(current, copy(status))));
  }

  #announce(ended: Json): void {
    const { recorder } = this.#machinery;
    if (ended.type === "Complete") recorder.normal(component, this.#job, "Completed", "Job completed");
    else recorder.warning(component, this.#job, ended.reason, ended.message);
  }
}

interface Outcome {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

interface Counted {
  readonly uncounted: { readonly succeeded: Set<string>; readonly failed: Set<string> };
  readonly failed: number;
  readonly succeeded: number;
  readonly done: Set<number>;
  readonly failedIndexes: Set<number>;
  readonly release: readonly Obj[];
}

const has = (status: Json, type: string): boolean =>
  (status.conditions ?? []).some((item: Json) => item.type === type && item.status === "True");

function condition(outcome: Outcome, now: number, status = "True"): Json {
  const at = timestamp(now);
  return {
    type: outcome.type,
    status,
    lastProbeTime: at,
    lastTransitionTime: at,
    reason: outcome.reason,
    message: outcome.message,
  };
}
