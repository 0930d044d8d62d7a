import { messageOf } from "../../base/index.ts";
import { mostRecent, parseSchedule, type Schedule } from "./cron-schedule.ts";
import { finishedCondition } from "./job-finished.ts";
import { ifThere, isApiError, type Machinery } from "./machinery.ts";
import {
  controllerOf,
  controllerReference,
  copy,
  equal,
  keyOf,
  millis,
  quote,
  timestamp,
  withStatus,
  type Json,
  type Obj,
} from "./object.ts";
import { isNamespaceTerminating } from "./pod-template.ts";
import { kinds } from "./port.ts";
import { isTimeZone, rfc1123z, rfc3339 } from "./time-zone.ts";

const component = "cronjob-controller";
/** Upstream looks this much after the minute, to be sure that it has begun. */
const delta = 100;

/** Starts Jobs by schedule. */
export function startCronJobs(machinery: Machinery): void {
  const cronJobs = machinery.informer(kinds.cronJobs);
  const jobs = machinery.informer(kinds.jobs);
  const queue = machinery.queue(component, (key) => {
    const cronJob = cronJobs.get(key);
    if (cronJob === undefined) return undefined;
    const mine = jobs.list(cronJob.metadata.namespace).filter((job) => controllerOf(job)?.uid === cronJob.metadata.uid);
    return new Sync(machinery, cronJob, mine).run();
  });
  cronJobs.on(({ type, object }) => {
    if (type !== "DELETED") queue.add(keyOf(object));
  });
  jobs.on(({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "CronJob") queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
}

class Sync {
  readonly #machinery: Machinery;
  readonly #cronJob: Obj;
  readonly #now: number;
  #jobs: readonly Obj[];
  #status: Json;

  constructor(machinery: Machinery, cronJob: Obj, jobs: readonly Obj[]) {
    this.#machinery = machinery;
    this.#cronJob = cronJob;
    this.#jobs = jobs;
    this.#now = machinery.clock.now();
    this.#status = copy(cronJob.status ?? {});
  }

  run(): number | undefined {
    this.#cleanup();
    const again = this.#schedule();
    this.#write();
    return again;
  }

  #warn(reason: string, message: string): void {
    this.#machinery.recorder.warning(component, this.#cronJob, reason, message);
  }

  #note(reason: string, message: string): void {
    this.#machinery.recorder.normal(component, this.#cronJob, reason, message);
  }

  #write(): void {
    if (this.#status.active?.length === 0) delete this.#status.active;
    if (equal(this.#status, this.#cronJob.status ?? {})) return;
    ifThere(() => this.#machinery.api.updateStatus(kinds.cronJobs, withStatus(this.#cronJob, this.#status)));
  }

  /** The history limits: the oldest finished jobs beyond them go. */
  #cleanup(): void {
    const limits: [string, number | undefined][] = [
      ["Complete", this.#cronJob.spec.successfulJobsHistoryLimit],
      ["Failed", this.#cronJob.spec.failedJobsHistoryLimit],
    ];
    for (const [type, limit] of limits) {
      if (limit === undefined || limit === null) continue;
      const finished = this.#jobs
        .filter((job) => finishedCondition(job)?.type === type)
        .sort((a, b) => {
          const x = a.status?.startTime ?? "";
          const y = b.status?.startTime ?? "";
          return x === y ? (a.metadata.name < b.metadata.name ? -1 : 1) : x < y ? -1 : 1;
        });
      for (const job of finished.slice(0, Math.max(0, finished.length - limit))) this.#deleteJob(job);
    }
    this.#jobs = this.#jobs.filter(
      (job) => this.#machinery.api.get(kinds.jobs, job.metadata.namespace, job.metadata.name) !== undefined,
    );
  }

  #deleteJob(job: Obj): boolean {
    const options = { propagationPolicy: "Background" } as const;
    try {
      this.#machinery.api.delete(kinds.jobs, job.metadata.namespace, job.metadata.name, options);
    } catch (error) {
      if (isApiError(error, "not-found")) return true;
      this.#warn("FailedDelete", `Deleted job: ${messageOf(error)}`);
      return false;
    }
    this.#forget(job.metadata.uid ?? "");
    this.#note("SuccessfulDelete", `Deleted job ${job.metadata.name}`);
    return true;
  }

  #forget(uid: string): void {
    this.#status.active = (this.#status.active ?? []).filter((item: Json) => item.uid !== uid);
  }

  /** Brings status.active up to date: finished ones out, missing ones out. */
  #track(): void {
    const active = (): Json[] => this.#status.active ?? [];
    for (const job of this.#jobs) {
      const found = active().some((item) => item.uid === job.metadata.uid);
      const finished = finishedCondition(job);
      if (finished === undefined) {
        if (!found) {
          this.#warn("UnexpectedJob", `Saw a job that the controller did not create or forgot: ${job.metadata.name}`);
        }
        continue;
      }
      if (found) {
        this.#forget(job.metadata.uid ?? "");
        this.#note("SawCompletedJob", `Saw completed job: ${job.metadata.name}, condition: ${finished.type}`);
      }
      const completion: string | undefined = job.status?.completionTime;
      if (finished.type === "Complete" && completion !== undefined) {
        const last = millis(this.#status.lastSuccessfulTime);
        if (last === undefined || (millis(completion) ?? 0) > last) this.#status.lastSuccessfulTime = completion;
      }
    }
    for (const item of active()) {
      if (this.#jobs.some((job) => job.metadata.uid === item.uid)) continue;
      this.#note("MissingJob", `Active job went missing: ${item.name}`);
      this.#forget(item.uid);
    }
  }

  /** syncCronJob: answers milliseconds until the next time. */
  #schedule(): number | undefined {
    this.#track();
    const { spec, metadata } = this.#cronJob;
    if (metadata.deletionTimestamp !== undefined) return undefined;
    const zone: string = spec.timeZone ?? "";
    if (spec.timeZone !== undefined && !isTimeZone(zone)) {
      this.#warn("UnknownTimeZone", `invalid timeZone: ${quote(zone)}: unknown time zone ${zone}`);
      return undefined;
    }
    if (spec.suspend === true) return undefined;
    let schedule: Schedule;
    try {
      schedule = parseSchedule(spec.schedule, zone);
    } catch (error) {
      this.#warn("UnparseableSchedule", `unparseable schedule: ${quote(spec.schedule)} : ${messageOf(error)}`);
      return undefined;
    }
    const due = this.#due(schedule);
    if (due !== undefined) {
      const wait = this.#start(due, zone);
      if (wait !== undefined) return wait;
    }
    return this.#untilNext(schedule);
  }

  /** nextScheduleTime: the time that has come and not been served. */
  #due(schedule: Schedule): number | undefined {
    const deadline = this.#cronJob.spec.startingDeadlineSeconds;
    let earliest = this.#earliest();
    if (deadline !== undefined && deadline !== null) earliest = Math.max(earliest, this.#now - deadline * 1000);
    const { latest, missed } = mostRecent(schedule, earliest, this.#now);
    if (latest === undefined || latest > this.#now) return undefined;
    if (missed === "many") {
      this.#warn(
        "TooManyMissedTimes",
        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
      );
    }
    return latest;
  }

  #earliest(): number {
    return millis(this.#status.lastScheduleTime) ?? millis(this.#cronJob.metadata.creationTimestamp) ?? this.#now;
  }

  #untilNext(schedule: Schedule): number | undefined {
    const { latest, missed, earliest } = mostRecent(schedule, this.#earliest(), this.#now);
    const from = latest ?? (missed === "none" ? earliest : this.#now);
    const next = schedule.next(from);
    return next === undefined ? undefined : Math.max(next + delta - this.#now, 1);
  }

  /** Starts the job of a time, unless deadline, concurrency or an earlier start say no. */
  #start(due: number, zone: string): number | undefined {
    const { spec, metadata } = this.#cronJob;
    const deadline = spec.startingDeadlineSeconds;
    if (deadline !== undefined && deadline !== null && due + deadline * 1000 < this.#now) {
      this.#warn("MissSchedule", `Missed scheduled time to start a job: ${rfc1123z(due)}`);
      return undefined;
    }
    const name = `${metadata.name}-${Math.floor(due / 60_000)}`;
    const active: Json[] = this.#status.active ?? [];
    if (active.some((item) => item.name === name) || millis(this.#status.lastScheduleTime) === due) return undefined;
    if (spec.concurrencyPolicy === "Forbid" && active.length > 0) {
      const why = "Not starting job because prior execution is running and concurrency policy is Forbid";
      this.#note("JobAlreadyActive", why);
      return undefined;
    }
    if (spec.concurrencyPolicy === "Replace") {
      for (const item of active) {
        const job = this.#machinery.api.get(kinds.jobs, metadata.namespace, item.name);
        if (job !== undefined && !this.#deleteJob(job)) return 1000;
      }
    }
    return this.#create(due, name, zone);
  }

  #create(due: number, name: string, zone: string): number | undefined {
    const { spec, metadata } = this.#cronJob;
    const { api } = this.#machinery;
    const template = spec.jobTemplate;
    const job: Obj = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace: metadata.namespace as string,
        labels: { ...template.metadata?.labels },
        annotations: {
          ...template.metadata?.annotations,
          "batch.kubernetes.io/cronjob-scheduled-timestamp": rfc3339(due, zone),
        },
        ownerReferences: [controllerReference(this.#cronJob)],
      },
      spec: copy(template.spec),
    };
    let created: Obj;
    try {
      created = api.create(kinds.jobs, job);
      this.#note("SuccessfulCreate", `Created job ${name}`);
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      const there = isApiError(error, "already-exists") ? api.get(kinds.jobs, metadata.namespace, name) : undefined;
      if (there === undefined) {
        this.#warn("FailedCreate", `Error creating job: ${messageOf(error)}`);
        throw error;
      }
      if (controllerOf(there)?.uid !== metadata.uid) return undefined;
      created = there;
    }
    const { uid, resourceVersion } = created.metadata;
    this.#status.active = [
      ...(this.#status.active ?? []),
      { kind: "Job", namespace: metadata.namespace, name, uid, apiVersion: "batch/v1", resourceVersion },
    ];
    this.#status.lastScheduleTime = timestamp(due);
    return undefined;
  }
}
