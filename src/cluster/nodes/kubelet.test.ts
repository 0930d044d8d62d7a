import assert from "node:assert/strict";
import { test } from "node:test";
import { kinds } from "../controllers/port.ts";
import { startControllers } from "../controllers/start.ts";
import { bench, object } from "../controllers/testing.ts";
import type { Json, Obj } from "../controllers/object.ts";
import { duration } from "./behaviour.ts";
import { podLogs, type LogOptions } from "./logs.ts";

interface Case {
  readonly name: string;
  readonly annotations?: Record<string, string>;
  readonly spec?: Json;
  /** `seconds`: what `kubectl get pods` would say then: phase, first waiting or ended reason, ready, restarts. */
  readonly at: Readonly<Record<number, string>>;
  readonly events?: readonly string[];
}

const of = (pod: Obj): string => {
  const statuses: Json[] = [...(pod.status.initContainerStatuses ?? []), ...pod.status.containerStatuses];
  const reasons = pod.status.containerStatuses.map((status: Json) => {
    const state = status.state;
    return state.running
      ? "running"
      : (state.waiting?.reason ?? `${state.terminated.reason}(${state.terminated.exitCode})`);
  });
  const ready =
    pod.status.conditions.find((item: Json) => item.type === "Ready").status === "True" ? "ready" : "unready";
  const restarts = statuses.reduce((sum, status) => sum + status.restartCount, 0);
  return `${pod.status.phase} ${reasons.join(",")} ${ready} ${restarts}`;
};

const sim = (settings: Record<string, string>) =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`sim.slipway.dev/${key}`, value]));

const web = { name: "web", image: "web:1" };
const probe = { httpGet: { port: 80 }, periodSeconds: 10 };

const cases: readonly Case[] = [
  {
    name: "plain",
    at: { 1: "Running running ready 0" },
    events: [
      "Scheduled: Successfully assigned default/p to node-1",
      'Pulled: Container image "web:1" already present on machine and can be accessed by the pod',
      "Created: Container created",
      "Started: Container started",
    ],
  },
  {
    name: "ready later",
    annotations: sim({ "ready-after": "20s" }),
    at: { 10: "Running running unready 0", 21: "Running running ready 0" },
  },
  {
    name: "never ready, with a probe that says so",
    annotations: sim({ "never-ready": "true" }),
    spec: { containers: [{ ...web, readinessProbe: probe }] },
    at: { 300: "Running running unready 0" },
    events: ["Unhealthy: Readiness probe failed: simulated failure ×29"],
  },
  {
    name: "fails at once: crash loop",
    annotations: sim({ fail: "true" }),
    at: {
      5: "Running CrashLoopBackOff unready 1",
      30: "Running CrashLoopBackOff unready 2",
      50: "Running CrashLoopBackOff unready 3",
    },
  },
  {
    name: "crashes now and then",
    annotations: sim({ "crash-after": "15m", "exit-code": "7" }),
    at: { 800: "Running running ready 0", 905: "Running running ready 1", 1805: "Running running ready 2" },
  },
  {
    name: "out of memory",
    annotations: sim({ oom: "true" }),
    spec: { restartPolicy: "Never" },
    at: { 2: "Failed OOMKilled(137) unready 0" },
  },
  {
    name: "ends well",
    annotations: sim({ "run-for": "5s" }),
    spec: { restartPolicy: "OnFailure" },
    at: { 4: "Running running ready 0", 6: "Succeeded Completed(0) unready 0" },
  },
  {
    name: "a hook ends well",
    annotations: { "helm.sh/hook": "test" },
    spec: { restartPolicy: "Never" },
    at: { 2: "Succeeded Completed(0) unready 0" },
  },
  {
    name: "image cannot be pulled",
    annotations: sim({ "image-error": "true" }),
    at: { 0.5: "Pending ErrImagePull unready 0", 5: "Pending ImagePullBackOff unready 0" },
    events: [
      'Pulling: Pulling image "web:1"',
      "Failed: Error: ErrImagePull",
      'BackOff: Back-off pulling image "web:1"',
      "Failed: Error: ImagePullBackOff",
    ],
  },
  {
    name: "the image has no name that is one",
    spec: { containers: [{ name: "web", image: "web:{{ tag }}" }] },
    at: { 5: "Pending InvalidImageName unready 0" },
    events: [
      `InspectFailed: Failed to apply default image tag "web:{{ tag }}": couldn't parse image name "web:{{ tag }}": invalid reference format`,
      "Failed: Error: InvalidImageName",
    ],
  },
  {
    name: "init containers in order, then the others",
    annotations: sim({ "run-for.first": "3s", "run-for.second": "3s" }),
    spec: {
      initContainers: [
        { name: "first", image: "i" },
        { name: "second", image: "i" },
      ],
    },
    at: {
      2: "Pending PodInitializing unready 0",
      5: "Pending PodInitializing unready 0",
      8: "Running running ready 0",
    },
  },
  {
    name: "an init container that fails blocks",
    annotations: sim({ "fail.first": "true" }),
    spec: { initContainers: [{ name: "first", image: "i" }] },
    at: { 2: "Pending PodInitializing unready 1", 30: "Pending PodInitializing unready 2" },
  },
  {
    name: "an init container that fails for good",
    annotations: sim({ "exit-code.first": "9" }),
    spec: { restartPolicy: "Never", initContainers: [{ name: "first", image: "i" }] },
    at: { 2: "Failed PodInitializing unready 0" },
  },
  {
    name: "a sidecar ends with the rest",
    annotations: sim({ "run-for.web": "5s" }),
    spec: { restartPolicy: "Never", initContainers: [{ name: "side", image: "s", restartPolicy: "Always" }] },
    at: { 3: "Running running ready 0", 7: "Succeeded Completed(0) unready 0" },
  },
  {
    name: "a Secret that is not there",
    spec: { containers: [{ ...web, envFrom: [{ secretRef: { name: "nope" } }] }] },
    at: { 60: "Pending CreateContainerConfigError unready 0" },
    events: ['Failed: Error: secret "nope" not found'],
  },
  {
    name: "a key that is not there",
    spec: {
      containers: [{ ...web, env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "there", key: "b" } } }] }],
    },
    at: { 2: "Pending CreateContainerConfigError unready 0" },
    events: ["Failed: Error: couldn't find key b in ConfigMap default/there"],
  },
  {
    name: "a volume whose ConfigMap is not there",
    spec: { volumes: [{ name: "v", configMap: { name: "nope" } }] },
    at: { 10: "Pending ContainerCreating unready 0" },
    events: ['FailedMount: MountVolume.SetUp failed for volume "v" : configmap "nope" not found ×5'],
  },
  {
    name: "optional references do not matter",
    spec: { volumes: [{ name: "v", secret: { secretName: "nope", optional: true } }] },
    at: { 1: "Running running ready 0" },
  },
  {
    name: "initial delays are passed over",
    spec: { containers: [{ ...web, readinessProbe: { ...probe, initialDelaySeconds: 60 } }] },
    at: { 1: "Running running ready 0" },
  },
  {
    name: "initial delays are honoured when asked",
    annotations: sim({ "honour-probe-delays": "true" }),
    spec: { containers: [{ ...web, readinessProbe: { ...probe, initialDelaySeconds: 60 } }] },
    at: { 59: "Running running unready 0", 62: "Running running ready 0" },
  },
  {
    name: "a failing liveness probe restarts",
    annotations: sim({ "liveness-fails": "true" }),
    spec: { containers: [{ ...web, livenessProbe: { ...probe, failureThreshold: 3 } }] },
    at: { 29: "Running running ready 0", 32: "Running running ready 1" },
    events: ["Killing: Container web failed liveness probe, will be restarted"],
  },
  {
    name: "the pod's own deadline",
    spec: { activeDeadlineSeconds: 10 },
    at: { 9: "Running running ready 0", 11: "Failed Error(143) unready 0" },
  },
];

for (const row of cases) {
  test(`kubelet: ${row.name}`, () => {
    const it = bench();
    const controllers = startControllers(it.api, { onError: it.onError });
    it.api.create(kinds.configMaps, { ...object("v1", "ConfigMap", "there", undefined), data: { a: "1" } });
    const spec = { restartPolicy: "Always", terminationGracePeriodSeconds: 30, containers: [web], ...row.spec };
    it.api.create(kinds.pods, object("v1", "Pod", "p", spec, { annotations: row.annotations ?? {} }));
    let now = 0;
    for (const [seconds, expected] of Object.entries(row.at).sort(([a], [b]) => Number(a) - Number(b))) {
      it.pass(Number(seconds) - now);
      now = Number(seconds);
      assert.equal(of(it.api.get(kinds.pods, "default", "p") as Obj), expected, `after ${seconds} s`);
    }
    const events = it.events("Pod");
    for (const text of row.events ?? [])
      assert.ok(events.includes(text), `${text} in ${JSON.stringify(events, undefined, 1)}`);
    controllers.stop();
  });
}

test("a missing Secret that is made lets its pods start at once", () => {
  const it = bench();
  const controllers = startControllers(it.api, { onError: it.onError });
  const containers = [{ ...web, envFrom: [{ secretRef: { name: "late" } }] }];
  const volumes = [{ name: "v", configMap: { name: "late" } }];
  it.api.create(kinds.pods, object("v1", "Pod", "env", { containers }));
  it.api.create(kinds.pods, object("v1", "Pod", "volume", { containers: [web], volumes }));
  it.pass(100);
  it.api.create(kinds.secrets, object("v1", "Secret", "late", undefined));
  it.api.create(kinds.configMaps, object("v1", "ConfigMap", "late", undefined));
  it.pass(0.5);
  for (const name of ["env", "volume"]) assert.equal(it.api.get(kinds.pods, "default", name)?.status.phase, "Running");
  controllers.stop();
});

test("a pod's conditions and container status in full", () => {
  const it = bench();
  const controllers = startControllers(it.api, { onError: it.onError });
  it.api.create(kinds.pods, object("v1", "Pod", "p", { containers: [web] }));
  it.pass(1);
  const { status } = it.api.get(kinds.pods, "default", "p") as Obj;
  assert.deepEqual(
    status.conditions.map((item: Json) => `${item.type}=${item.status}`),
    ["PodReadyToStartContainers=True", "Initialized=True", "Ready=True", "ContainersReady=True", "PodScheduled=True"],
  );
  const { containerID, ...container } = status.containerStatuses[0];
  assert.match(containerID, /^slipway:\/\//);
  assert.deepEqual(container, {
    name: "web",
    state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
    lastState: {},
    ready: true,
    restartCount: 0,
    image: "web:1",
    imageID: "slipway.dev/simulated/web:1",
    started: true,
  });
  assert.deepEqual([status.hostIP, status.podIP, status.podIPs], ["10.0.0.1", "10.244.0.1", [{ ip: "10.244.0.1" }]]);
  controllers.stop();
});

test("a changed image starts its container anew, and mends a name that was none", () => {
  const it = bench();
  const controllers = startControllers(it.api, { onError: it.onError });
  const images = (name: string) => {
    const { status } = it.api.get(kinds.pods, "default", name) as Obj;
    return status.containerStatuses.map((one: Json) => `${one.image} ${Object.keys(one.state)[0]} ${one.restartCount}`);
  };
  it.api.create(kinds.pods, object("v1", "Pod", "p", { containers: [web], restartPolicy: "Never" }));
  it.api.create(kinds.pods, object("v1", "Pod", "wrong", { containers: [{ name: "web", image: "Web:1" }] }));
  it.pass(1);
  assert.deepEqual([images("p"), images("wrong")], [["web:1 running 0"], ["Web:1 waiting 0"]]);
  for (const name of ["p", "wrong"]) {
    const pod = it.api.get(kinds.pods, "default", name) as Obj;
    it.api.update(kinds.pods, { ...pod, spec: { ...pod.spec, containers: [{ name: "web", image: "web:2" }] } });
  }
  it.pass(1);
  assert.deepEqual([images("p"), images("wrong")], [["web:2 running 1"], ["web:2 running 0"]]);
  assert.ok(it.events("Pod").includes("Killing: Container web definition changed, will be restarted"));
  controllers.stop();
});

test("an ephemeral container runs beside the others, survives a restart of the controllers, and is never restarted", () => {
  const it = bench();
  let controllers = startControllers(it.api, { onError: it.onError });
  const annotations = sim({ "run-for.short": "5s", fail: "true" });
  it.api.create(kinds.pods, object("v1", "Pod", "p", { containers: [web] }, { annotations }));
  it.pass(1);
  const pod = it.api.get(kinds.pods, "default", "p") as Obj;
  const debuggers = ["debugger", "short"].map((name) => ({ name, image: "busybox" }));
  it.api.update(kinds.pods, { ...pod, spec: { ...pod.spec, ephemeralContainers: debuggers } });
  it.pass(60);
  controllers.stop();
  controllers = startControllers(it.api, { onError: it.onError });
  it.pass(60);
  const statuses: Json[] = (it.api.get(kinds.pods, "default", "p") as Obj).status.ephemeralContainerStatuses;
  assert.deepEqual(
    statuses.map((one) => [one.name, Object.keys(one.state)[0], one.restartCount, one.ready, one.started]),
    [
      ["debugger", "running", 0, false, undefined],
      ["short", "terminated", 0, false, undefined],
    ],
  );
  controllers.stop();
});

test("a pod is given its grace to stop, at most", () => {
  const it = bench();
  const controllers = startControllers(it.api, { onError: it.onError });
  const spec = { containers: [web], terminationGracePeriodSeconds: 5 };
  it.api.create(kinds.pods, object("v1", "Pod", "p", spec, { annotations: sim({ "stop-after": "60s" }) }));
  it.pass(1);
  it.api.delete(kinds.pods, "default", "p");
  it.pass(4);
  assert.ok(it.api.get(kinds.pods, "default", "p")?.metadata.deletionTimestamp);
  it.pass(2);
  assert.equal(it.api.get(kinds.pods, "default", "p"), undefined);
  assert.ok(it.events("Pod").includes("Killing: Stopping container web"));
  controllers.stop();
});

test("pods go on where they were when the controllers start again", () => {
  const it = bench();
  let controllers = startControllers(it.api, { onError: it.onError });
  it.api.create(kinds.pods, object("v1", "Pod", "p", { containers: [web] }));
  it.api.create(kinds.pods, object("v1", "Pod", "loop", { containers: [web] }, { annotations: sim({ fail: "true" }) }));
  it.pass(60);
  const before = it.api.get(kinds.pods, "default", "p") as Obj;
  const restarts = (it.api.get(kinds.pods, "default", "loop") as Obj).status.containerStatuses[0].restartCount;
  controllers.stop();
  controllers = startControllers(it.api, { onError: it.onError });
  it.pass(1);
  assert.equal(it.api.get(kinds.pods, "default", "p"), before);
  it.pass(120);
  const after = (it.api.get(kinds.pods, "default", "loop") as Obj).status.containerStatuses[0].restartCount;
  assert.ok(after > restarts && after <= restarts + 2, `${restarts} → ${after}`);
  controllers.stop();
});

async function logOf(annotations: Record<string, string>, options: LogOptions = {}, spec: Json = {}): Promise<string> {
  const it = bench();
  const controllers = startControllers(it.api, { onError: it.onError });
  const pod = { containers: [web], restartPolicy: "Never", ...spec };
  it.api.create(kinds.pods, object("v1", "Pod", "p", pod, { annotations }));
  it.pass(2);
  try {
    let text = "";
    for await (const chunk of podLogs(it.api, it.api.get(kinds.pods, "default", "p") as Obj, options)) {
      text += new TextDecoder().decode(chunk);
    }
    return text;
  } finally {
    controllers.stop();
  }
}

test("logs say that they are simulated, and how it ended", async () => {
  const full = await logOf(sim({ "log-lines": "3", fail: "true" }));
  assert.match(
    full,
    /^This is a simulated container of Slipway's embedded cluster: web of pod default\/p, image web:1\. Nothing runs in it\.\n/,
  );
  assert.match(full, /simulated log line 3 of 3\nsimulated container ends with exit code 1 \(Error\)\n$/);
  assert.equal(await logOf(sim({ "log-lines": "3" }), { tailLines: 1 }), "simulated log line 3 of 3\n");
  assert.equal((await logOf({}, { limitBytes: 7 })).length, 7);
  await assert.rejects(logOf({}, { container: "nope" }), { message: "container nope is not valid for pod p" });
  await assert.rejects(logOf({}, { previous: true }), {
    message: 'previous terminated container "web" in pod "p" not found',
  });
  await assert.rejects(logOf({}, {}, { containers: [web, { name: "b", image: "b" }] }), {
    message: "a container name must be specified for pod p, choose one of: [web b]",
  });
  await assert.rejects(logOf(sim({ "image-error": "true" })), {
    message: `container "web" in pod "p" is waiting to start: trying and failing to pull image`,
  });
});

test("durations", () => {
  for (const [text, ms] of [
    ["5s", 5000],
    ["1m30s", 90_000],
    ["250ms", 250],
    ["2", 2000],
    ["x", undefined],
  ] as const) {
    assert.equal(duration(text), ms);
  }
});
