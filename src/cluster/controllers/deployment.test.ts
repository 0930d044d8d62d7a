import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, object, template, type Bench } from "./testing.ts";
import { kinds } from "./port.ts";
import { startControllers } from "./start.ts";
import type { Json, Obj } from "./object.ts";

const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } };
const deployment = (name: string, spec: Json = {}): Obj =>
  object("apps/v1", "Deployment", name, {
    replicas: 3,
    selector: { matchLabels: { app: name } },
    template: template({ app: name }),
    strategy,
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
    ...spec,
  });

const conditions = (it: Obj) =>
  Object.fromEntries(
    it.status.conditions.map((item: Json) => [item.type, `${item.status} ${item.reason}: ${item.message}`]),
  );

function start(): Bench & { stop(): void; sets(): Obj[]; get(name: string): Obj } {
  const it = bench();
  const controllers = startControllers(it.api, { onError: it.onError });
  return {
    ...it,
    stop: () => controllers.stop(),
    sets: () => [...it.api.list(kinds.replicaSets)],
    get: (name) => it.api.get(kinds.deployments, "default", name) as Obj,
  };
}

test("a deployment comes up with upstream's status, conditions and events", () => {
  const it = start();
  it.api.create(kinds.deployments, deployment("web"));
  it.pass(2);
  const web = it.get("web");
  const [set] = it.sets() as [Obj];
  assert.match(set.metadata.name, /^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
  assert.deepEqual(conditions(web), {
    Available: "True MinimumReplicasAvailable: Deployment has minimum availability.",
    Progressing: `True NewReplicaSetAvailable: ReplicaSet "${set.metadata.name}" has successfully progressed.`,
  });
  const { conditions: _, ...counts } = web.status;
  assert.deepEqual(counts, {
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
  });
  assert.equal(web.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  assert.deepEqual(it.events("Deployment"), [
    `ScalingReplicaSet: Scaled up replica set ${set.metadata.name} from 0 to 3`,
  ]);
  const pods = it.api.list(kinds.pods);
  assert.equal(pods.length, 3);
  for (const pod of pods) {
    assert.equal(pod.status.phase, "Running");
    assert.equal(pod.metadata.annotations?.["sim.slipway.dev/simulated"], "true");
    assert.match(pod.status.podIP, /^10\.244\./);
  }
  it.stop();
  assert.equal(it.clock.pending, 0);
});

test("a rolling update keeps to maxSurge and maxUnavailable on the way", () => {
  const it = start();
  it.api.create(kinds.deployments, deployment("web", { replicas: 10 }));
  it.pass(2);
  let most = 0;
  let least = 10;
  it.api.watch(kinds.pods, () => {
    const pods = it.api.list(kinds.pods).filter((pod) => pod.metadata.deletionTimestamp === undefined);
    most = Math.max(most, pods.length);
    const ready = pods.filter((pod) =>
      pod.status.conditions?.some((c: Json) => c.type === "Ready" && c.status === "True"),
    );
    least = Math.min(least, ready.length);
  });
  it.api.edit(kinds.deployments, "default", "web", (web) => {
    web.spec.template.spec.containers[0].image = "app:2";
  });
  it.pass(5);
  assert.equal(most, 13);
  assert.ok(least >= 8, `at least 8 of 10 stay ready, saw ${least}`);
  const web = it.get("web");
  assert.equal(web.status.updatedReplicas, 10);
  assert.equal(web.metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
  const images = it.api.list(kinds.pods).map((pod) => pod.spec.containers[0].image);
  assert.deepEqual([...new Set(images)], ["app:2"]);
  // Back to the first template: its set is used again and gets the next revision.
  it.api.edit(kinds.deployments, "default", "web", (back) => {
    back.spec.template.spec.containers[0].image = "app:1";
  });
  it.pass(5);
  const first = it.sets().find((set) => set.spec.template.spec.containers[0].image === "app:1") as Obj;
  assert.equal(first.metadata.annotations?.["deployment.kubernetes.io/revision"], "3");
  assert.equal(first.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
  assert.equal(first.spec.replicas, 10);
  assert.equal(it.sets().length, 2);
  it.stop();
});

test("the progress deadline passes when new pods never get ready, and the old ones stay", () => {
  const it = start();
  it.api.create(kinds.deployments, deployment("web", { replicas: 4, progressDeadlineSeconds: 60 }));
  it.pass(2);
  it.api.edit(kinds.deployments, "default", "web", (web) => {
    web.spec.template.metadata.annotations = { "sim.slipway.dev/never-ready": "true" };
  });
  it.pass(59);
  assert.match(conditions(it.get("web"))["Progressing"], /^True ReplicaSetUpdated/);
  it.pass(10);
  const web = it.get("web");
  assert.match(
    conditions(web)["Progressing"],
    /^False ProgressDeadlineExceeded: ReplicaSet "web-\w+" has timed out progressing\.$/,
  );
  assert.equal(web.status.availableReplicas, 3);
  assert.equal(web.status.unavailableReplicas, 2);
  it.stop();
});

test("Recreate takes the old pods away before it makes new ones", () => {
  const it = start();
  it.api.create(kinds.deployments, deployment("web", { strategy: { type: "Recreate" } }));
  it.pass(2);
  let together = false;
  it.api.watch(kinds.pods, () => {
    const images = new Set(it.api.list(kinds.pods).map((pod) => pod.spec.containers[0].image));
    together ||= images.size > 1;
  });
  it.api.edit(kinds.deployments, "default", "web", (web) => {
    web.spec.template.spec.containers[0].image = "app:2";
  });
  it.pass(3);
  assert.equal(together, false);
  assert.equal(it.get("web").status.readyReplicas, 3);
  it.stop();
});

test("scaling, pausing and the history limit", () => {
  const it = start();
  it.api.create(kinds.deployments, deployment("web", { revisionHistoryLimit: 1 }));
  it.pass(2);
  it.api.edit(kinds.deployments, "default", "web", (web) => void (web.spec.replicas = 1));
  it.pass(2);
  assert.equal(it.api.list(kinds.pods).length, 1);
  it.api.edit(kinds.deployments, "default", "web", (web) => void (web.spec.paused = true));
  it.pass(1);
  assert.equal(conditions(it.get("web"))["Progressing"], "Unknown DeploymentPaused: Deployment is paused");
  it.api.edit(kinds.deployments, "default", "web", (web) => {
    web.spec.template.spec.containers[0].image = "app:2";
  });
  it.pass(1);
  assert.equal(it.sets().length, 1);
  it.api.edit(kinds.deployments, "default", "web", (web) => void (web.spec.paused = false));
  it.pass(3);
  for (const image of ["app:3", "app:4"]) {
    it.api.edit(kinds.deployments, "default", "web", (web) => {
      web.spec.template.spec.containers[0].image = image;
    });
    it.pass(3);
  }
  assert.deepEqual(
    it
      .sets()
      .map((set) => set.spec.template.spec.containers[0].image)
      .sort(),
    ["app:3", "app:4"],
  );
  it.stop();
});

test("pods that the API refuses show as ReplicaFailure with FailedCreate", () => {
  const it = start();
  it.api.refuseCreate = (resource) =>
    resource.plural === "pods" ? "exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0" : undefined;
  it.api.create(kinds.deployments, deployment("web"));
  it.pass(1);
  const failure = conditions(it.get("web"))["ReplicaFailure"];
  assert.equal(
    failure,
    "True FailedCreate: pods is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0",
  );
  assert.match(it.events("ReplicaSet")[0] ?? "", /^FailedCreate: Error creating: pods is forbidden: exceeded quota/);
  it.api.refuseCreate = undefined;
  it.pass(30);
  assert.equal(it.get("web").status.readyReplicas, 3);
  assert.equal(conditions(it.get("web"))["ReplicaFailure"], undefined);
  it.stop();
});
