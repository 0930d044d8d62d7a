import { finishedCondition } from "./job-finished.ts";
import { ifThere, isApiError, podInformer, type Machinery } from "./machinery.ts";
import { countEnded, tracked, type Counted } from "./job-count.ts";
import { formatIndexes } from "./job-indexes.ts";
import { outcomeOf, type Outcome } from "./job-outcome.ts";
import {
  backoffLeft,
  indexAnnotation,
  indexBackoffLeft,
  indexFailureAnnotation,
  indexFailures,
  indexOf,
  isIndexed,
  isSuspended,
  onlyReplacesFailed,
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
    const counted = countEnded(job, this.#pods, status);
    let finished = outcomeOf(job, this.#pods, status, counted, this.#now);
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
