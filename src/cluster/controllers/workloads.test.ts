import assert from "node:assert/strict";
import { test } from "node:test";
import { kinds, type Resource } from "./port.ts";
import { startControllers, type ControllerOptions } from "./start.ts";
import { bench, object, template, type Bench } from "./testing.ts";
import type { Json, Obj } from "./object.ts";

type Started = Bench & { stop(): void; get(resource: Resource, name: string): Obj; pods(): Obj[] };

function start(options: ControllerOptions = {}): Started {
  const it = bench();
  const controllers = startControllers(it.api, { onError: it.onError, ...options });
  return {
    ...it,
    stop: () => controllers.stop(),
    get: (resource, name) => it.api.get(resource, "default", name) as Obj,
    pods: () => [...it.api.list(kinds.pods, "default")],
  };
}

const names = (objects: readonly Obj[]) => objects.map((it) => it.metadata.name).sort();
const conditions = (it: Obj) =>
  (it.status.conditions ?? []).map((item: Json) => `${item.type}=${item.status} ${item.reason}: ${item.message}`);

const statefulSet = (name: string, spec: Json = {}): Obj =>
  object("apps/v1", "StatefulSet", name, {
    replicas: 3,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: template({ app: name }),
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    podManagementPolicy: "OrderedReady",
    ...spec,
  });

test("StatefulSet: pods one after the other, with claims of their own", () => {
  const it = start();
  const seen: string[] = [];
  it.api.watch(kinds.pods, ({ type, object: pod }) => void (type === "ADDED" && seen.push(pod.metadata.name)));
  it.api.create(
    kinds.statefulSets,
    statefulSet("db", {
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
        },
      ],
    }),
  );
  it.pass(3);
  assert.deepEqual(seen, ["db-0", "db-1", "db-2"]);
  const set = it.get(kinds.statefulSets, "db");
  const { currentRevision, updateRevision, ...counts } = set.status;
  assert.equal(currentRevision, updateRevision);
  assert.deepEqual(counts, {
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
    collisionCount: 0,
  });
  const claims = it.api.list(kinds.persistentVolumeClaims, "default");
  assert.deepEqual(names(claims), ["data-db-0", "data-db-1", "data-db-2"]);
  assert.deepEqual([...new Set(claims.map((claim) => claim.status.phase))], ["Bound"]);
  assert.equal(it.pods()[0]?.spec.volumes[0].persistentVolumeClaim.claimName, "data-db-0");
  assert.deepEqual(it.events("StatefulSet").slice(0, 2), [
    "SuccessfulCreate: Create Claim data-db-0 Pod db-0 in StatefulSet db success",
    "SuccessfulCreate: Create Pod db-0 in StatefulSet db successful",
  ]);
  // Scaling down takes the highest; the claims stay.
  it.api.edit(kinds.statefulSets, "default", "db", (db) => void (db.spec.replicas = 1));
  it.pass(3);
  assert.deepEqual(names(it.pods()), ["db-0"]);
  assert.equal(it.api.list(kinds.persistentVolumeClaims, "default").length, 3);
  it.stop();
});

test("StatefulSet: updates go from the highest down to the partition, and stop at a pod that does not get ready", () => {
  const it = start();
  it.api.create(kinds.statefulSets, statefulSet("db"));
  it.pass(3);
  it.api.edit(kinds.statefulSets, "default", "db", (db) => {
    db.spec.updateStrategy.rollingUpdate.partition = 2;
    db.spec.template.spec.containers[0].image = "app:2";
  });
  it.pass(3);
  const images = () => it.pods().map((pod) => `${pod.metadata.name} ${pod.spec.containers[0].image}`);
  assert.deepEqual(images(), ["db-0 app:1", "db-1 app:1", "db-2 app:2"]);
  assert.equal(it.get(kinds.statefulSets, "db").status.updatedReplicas, 1);
  it.api.edit(kinds.statefulSets, "default", "db", (db) => {
    db.spec.updateStrategy.rollingUpdate.partition = 0;
    db.spec.template.spec.containers[0].image = "app:3";
    db.spec.template.metadata.annotations = { "sim.slipway.dev/never-ready": "true" };
  });
  it.pass(30);
  assert.deepEqual(images(), ["db-0 app:1", "db-1 app:1", "db-2 app:3"]);
  it.stop();
});

test("StatefulSet: Parallel makes all at once; a failed pod is made anew", () => {
  const it = start();
  it.api.create(kinds.statefulSets, statefulSet("db", { podManagementPolicy: "Parallel" }));
  it.clock.advance(10);
  assert.equal(it.pods().length, 3);
  it.pass(2);
  const before = it.get(kinds.pods, "db-1").metadata.uid;
  const pod = it.get(kinds.pods, "db-1");
  it.api.updateStatus(kinds.pods, { ...pod, status: { ...pod.status, phase: "Failed" } });
  it.pass(2);
  assert.notEqual(it.get(kinds.pods, "db-1").metadata.uid, before);
  it.stop();
});

test("DaemonSet: a pod on every node that fits, rolled by maxUnavailable", () => {
  const it = start({ nodes: 4, zones: ["a", "b"] });
  const spec = {
    selector: { matchLabels: { app: "agent" } },
    template: template({ app: "agent" }, "agent:1", { nodeSelector: { "topology.kubernetes.io/zone": "a" } }),
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  };
  it.api.create(kinds.daemonSets, object("apps/v1", "DaemonSet", "agent", spec));
  it.pass(2);
  assert.deepEqual(
    it
      .pods()
      .map((pod) => pod.spec.nodeName)
      .sort(),
    ["node-1", "node-3"],
  );
  assert.deepEqual(it.get(kinds.daemonSets, "agent").status, {
    currentNumberScheduled: 2,
    desiredNumberScheduled: 2,
    numberMisscheduled: 0,
    numberReady: 2,
    observedGeneration: 1,
    updatedNumberScheduled: 2,
    numberAvailable: 2,
  });
  it.api.edit(kinds.daemonSets, "default", "agent", (set) => {
    set.spec.template.spec.containers[0].image = "agent:2";
    delete set.spec.template.spec.nodeSelector;
  });
  it.pass(3);
  assert.deepEqual(
    it
      .pods()
      .map((pod) => `${pod.spec.nodeName} ${pod.spec.containers[0].image}`)
      .sort(),
    ["node-1 agent:2", "node-2 agent:2", "node-3 agent:2", "node-4 agent:2"],
  );
  // A tainted node loses its pod only when the taint evicts.
  it.api.edit(kinds.nodes, undefined, "node-2", (node) => {
    node.spec.taints = [{ key: "maintenance", effect: "NoSchedule" }];
  });
  it.pass(2);
  assert.equal(it.pods().length, 4);
  assert.equal(it.get(kinds.daemonSets, "agent").status.numberMisscheduled, 1);
  it.api.edit(kinds.nodes, undefined, "node-2", (node) => void (node.spec.taints[0].effect = "NoExecute"));
  it.pass(2);
  assert.equal(it.pods().length, 3);
  it.stop();
});

const job = (name: string, spec: Json = {}, annotations: Json = {}): Obj => {
  const labels = { "job-name": name };
  return object("batch/v1", "Job", name, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    selector: { matchLabels: labels },
    template: template(labels, "job:1", { restartPolicy: "Never", annotations }),
    ...spec,
  });
};

test("Job: completions, parallelism and upstream's two conditions", () => {
  const it = start();
  let most = 0;
  it.api.watch(kinds.pods, () => {
    most = Math.max(most, it.pods().filter((pod) => pod.status?.phase !== "Succeeded").length);
  });
  it.api.create(kinds.jobs, job("work", { completions: 5, parallelism: 2 }));
  it.pass(3);
  const done = it.get(kinds.jobs, "work");
  assert.equal(done.status.succeeded, 5);
  assert.equal(most, 2);
  assert.deepEqual(conditions(done), [
    "SuccessCriteriaMet=True CompletionsReached: Reached expected number of succeeded pods",
    "Complete=True CompletionsReached: Reached expected number of succeeded pods",
  ]);
  assert.deepEqual(done.status.uncountedTerminatedPods, {});
  assert.ok(it.pods().every((pod) => (pod.metadata.finalizers ?? []).length === 0));
  assert.equal(it.events("Job").at(-1), "Completed: Job completed");
  it.stop();
});

test("Job: failures back off 10, 20, 40 s and end at the limit", () => {
  const it = start();
  const made: number[] = [];
  it.api.watch(kinds.pods, ({ type }) => void (type === "ADDED" && made.push(it.clock.now())));
  it.api.create(kinds.jobs, job("bad", { backoffLimit: 3 }, { "sim.slipway.dev/exit-code": "3" }));
  it.pass(120);
  const waits = made.slice(1).map((at, i) => Math.round((at - (made[i] as number)) / 1000));
  assert.deepEqual(waits, [10, 20, 40]);
  const failed = it.get(kinds.jobs, "bad");
  assert.equal(failed.status.failed, 4);
  assert.deepEqual(conditions(failed), [
    "FailureTarget=True BackoffLimitExceeded: Job has reached the specified backoff limit",
    "Failed=True BackoffLimitExceeded: Job has reached the specified backoff limit",
  ]);
  assert.equal(it.events("Job").at(-1), "BackoffLimitExceeded: Job has reached the specified backoff limit");
  it.stop();
});

test("Job: deadline, time to live, suspension", () => {
  const it = start();
  it.api.create(kinds.jobs, job("slow", { activeDeadlineSeconds: 30 }, { "sim.slipway.dev/run-for": "10m" }));
  it.api.create(kinds.jobs, job("brief", { ttlSecondsAfterFinished: 60 }));
  it.api.create(kinds.jobs, job("held", { suspend: true }));
  it.pass(29);
  assert.equal(it.get(kinds.jobs, "slow").status.active, 1);
  it.pass(3);
  assert.match(
    conditions(it.get(kinds.jobs, "slow")).at(-1) ?? "",
    /^Failed=True DeadlineExceeded: Job was active longer/,
  );
  assert.deepEqual(conditions(it.get(kinds.jobs, "held")), ["Suspended=True JobSuspended: Job suspended"]);
  assert.equal(it.pods().filter((pod) => pod.metadata.name.startsWith("held")).length, 0);
  it.api.edit(kinds.jobs, "default", "held", (held) => void (held.spec.suspend = false));
  it.pass(35);
  assert.equal(it.get(kinds.jobs, "held").status.succeeded, 1);
  assert.equal(it.api.get(kinds.jobs, "default", "brief"), undefined);
  assert.equal(it.pods().filter((pod) => pod.metadata.name.startsWith("brief")).length, 0);
  it.stop();
});

test("Job: indexes, each with its own limit", () => {
  const it = start();
  it.api.create(
    kinds.jobs,
    job("indexed", {
      completions: 4,
      parallelism: 4,
      completionMode: "Indexed",
      backoffLimitPerIndex: 0,
      backoffLimit: 100,
    }),
  );
  it.clock.advance(20);
  const one = it
    .pods()
    .find((pod) => pod.metadata.annotations?.["batch.kubernetes.io/job-completion-index"] === "1") as Obj;
  assert.equal(one.spec.hostname, "indexed-1");
  assert.equal(one.spec.containers[0].env[0].name, "JOB_COMPLETION_INDEX");
  it.api.edit(kinds.pods, "default", one.metadata.name, (pod) => {
    pod.metadata.annotations = { ...pod.metadata.annotations, "sim.slipway.dev/exit-code": "1" };
  });
  it.pass(3);
  const ended = it.get(kinds.jobs, "indexed");
  assert.equal(ended.status.completedIndexes, "0,2,3");
  assert.equal(ended.status.failedIndexes, "1");
  assert.equal(conditions(ended).at(-1), "Failed=True FailedIndexes: Job has failed indexes");
  it.stop();
});

test("Job: a pod failure policy ends the job at once", () => {
  const it = start();
  const rules = [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }];
  it.api.create(kinds.jobs, job("policy", { podFailurePolicy: { rules } }, { "sim.slipway.dev/exit-code": "42" }));
  it.pass(2);
  assert.match(
    conditions(it.get(kinds.jobs, "policy")).at(-1) ?? "",
    /^Failed=True PodFailurePolicy: Container app for pod default\/policy-\w+ failed with exit code 42 matching FailJob rule at index 0$/,
  );
  it.stop();
});

const cronJob = (name: string, spec: Json = {}, annotations: Json = {}): Obj =>
  object("batch/v1", "CronJob", name, {
    schedule: "*/5 * * * *",
    concurrencyPolicy: "Allow",
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: { spec: job("x", {}, annotations).spec },
    ...spec,
  });

test("CronJob: jobs at their times, named by them, and no more history than wanted", () => {
  const it = start();
  it.api.create(kinds.cronJobs, cronJob("tick", { timeZone: "Asia/Tokyo" }));
  it.pass(31 * 60);
  const jobs = it.api.list(kinds.jobs, "default");
  assert.equal(jobs.length, 3);
  const last = it.clock.now() - (it.clock.now() % 300_000);
  assert.deepEqual(
    names(jobs),
    [2, 1, 0].map((back) => `tick-${last / 60_000 - back * 5}`),
  );
  assert.equal(
    jobs[2]?.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"],
    "2026-01-01T09:30:00+09:00",
  );
  const tick = it.get(kinds.cronJobs, "tick");
  assert.equal(tick.status.lastScheduleTime, "2026-01-01T00:30:00Z");
  assert.equal(tick.status.active, undefined);
  assert.match(
    it.events("CronJob").join("\n"),
    /SuccessfulCreate: Created job tick-\d+\nSawCompletedJob: Saw completed job: tick-\d+, condition: Complete/,
  );
  it.stop();
});

test("CronJob: Forbid waits, Replace replaces, suspend stops", () => {
  const it = start();
  const long = { "sim.slipway.dev/run-for": "12m" };
  it.api.create(kinds.cronJobs, cronJob("forbid", { concurrencyPolicy: "Forbid" }, long));
  it.api.create(kinds.cronJobs, cronJob("replace", { concurrencyPolicy: "Replace" }, long));
  it.api.create(kinds.cronJobs, cronJob("off", { suspend: true }));
  it.pass(11 * 60);
  const of = (prefix: string) =>
    it.api.list(kinds.jobs, "default").filter((it2) => it2.metadata.name.startsWith(prefix));
  assert.equal(of("forbid").length, 1);
  assert.equal(of("replace").length, 1);
  assert.equal(of("off").length, 0);
  assert.match(of("replace")[0]?.metadata.name ?? "", new RegExp(`-${Date.UTC(2026, 0, 1, 0, 10) / 60_000}$`));
  assert.match(
    it.events("CronJob").join("\n"),
    /JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid/,
  );
  it.stop();
});
