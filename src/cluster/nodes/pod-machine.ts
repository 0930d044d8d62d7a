/**
 * A pod's life on its node as a state machine: given the pod, what has happened so far and the time, it works off what is due
 * and says when to look again. Pure but for the record `PodRun`, which it carries on; the kubelet does the reading and writing.
 */
import type { Json, Obj } from "../controllers/object.ts";
import { behaviourOf, duration, prefix, type Behaviour } from "./behaviour.ts";
import { waitsForImage } from "./image-pull.ts";
import { backoffText, crashBase, crashMost, Due, fieldPath } from "./pod-run.ts";
import type { ContainerRun, PodRun, PodWorld, Terminated } from "./pod-run.ts";

/** A pod that has just been bound to its node. */
export function newRun(pod: Obj, now: number): PodRun {
  const waiting = pod.spec.initContainers?.length > 0 ? "PodInitializing" : "ContainerCreating";
  return {
    uid: pod.metadata.uid ?? "",
    startTime: now,
    sandboxAt: undefined,
    podIP: undefined,
    mountBackoff: 0,
    mountAt: 0,
    containers: [
      ...(pod.spec.initContainers ?? []).map((spec: Json) => newContainer(spec, "init", waiting)),
      ...(pod.spec.containers ?? []).map((spec: Json) => newContainer(spec, "main", waiting)),
    ],
    ephemeral: [],
    stopAt: undefined,
    over: undefined,
  };
}

/** A container that waits for its first start. */
export function newContainer(spec: Json, role: "init" | "main" | "ephemeral", reason: string): ContainerRun {
  const init = role === "init";
  return {
    name: spec.name,
    spec,
    init,
    sidecar: init && spec.restartPolicy === "Always",
    ephemeral: role === "ephemeral",
    state: "waiting",
    waiting: { reason },
    startedAt: 0,
    id: "",
    ended: undefined,
    last: undefined,
    restarts: 0,
    backoff: 0,
    retryAt: 0,
    pullBackoff: 0,
    pullAt: 0,
    unhealthyAt: 0,
    started: false,
    ready: false,
  };
}

/** Works off everything that is due; answers when something will be due next (absolute; undefined: nothing by itself). */
export function advance(pod: Obj, run: PodRun, world: PodWorld): number | undefined {
  if (run.over !== undefined) return undefined;
  const due = new Due(world.now);
  if (pod.metadata.deletionTimestamp !== undefined) return stop(pod, run, world);
  const deadline = pod.spec.activeDeadlineSeconds;
  if (deadline !== undefined && deadline !== null) {
    const at = run.startTime + deadline * 1000;
    if (at <= world.now) {
      for (const container of all(run)) end(container, world.now, 143, "Error");
      run.over = {
        phase: "Failed",
        reason: "DeadlineExceeded",
        message: "Pod was active on the node longer than the specified deadline",
      };
      return undefined;
    }
    due.at(at);
  }
  if (!sandbox(pod, run, world, due)) return due.next;
  runEphemeral(pod, run, world, due);
  for (const container of run.containers) renew(pod, container, world);
  const initialized = runInit(pod, run, world, due);
  if (run.over === undefined && initialized) runMain(pod, run, world, due);
  return run.over === undefined ? due.next : undefined;
}

/** Volumes and sandbox: true once the pod has its address. */
function sandbox(pod: Obj, run: PodRun, world: PodWorld, due: Due): boolean {
  if (run.podIP !== undefined) return true;
  if (run.sandboxAt === undefined) {
    const problem = world.volumeProblem(pod);
    if (problem !== undefined) {
      if (run.mountAt <= world.now) {
        world.emit({ type: "Warning", reason: "FailedMount", message: problem });
        run.mountBackoff = run.mountBackoff === 0 ? 500 : Math.min(run.mountBackoff * 2, 122_000);
        run.mountAt = world.now + run.mountBackoff;
      }
      due.at(run.mountAt);
      return false;
    }
    run.sandboxAt = Math.max(world.now, run.startTime) + world.timing.sandbox;
  }
  if (run.sandboxAt > world.now) {
    due.at(run.sandboxAt);
    return false;
  }
  run.podIP = world.address(pod);
  return true;
}

/** Init containers one after the other; sidecars among them stay running. True when the ordinary ones may start. */
function runInit(pod: Obj, run: PodRun, world: PodWorld, due: Due): boolean {
  for (const container of run.containers) {
    if (!container.init) continue;
    if (container.sidecar) {
      drive(pod, container, world, due);
      if (container.state !== "running" || !container.started) return mainStarted(run);
      continue;
    }
    if (container.state === "done") {
      if (container.ended?.exitCode === 0) continue;
      return false;
    }
    drive(pod, container, world, due);
    // Driving may have ended it.
    const ended = container as { state: ContainerRun["state"] };
    if (ended.state !== "done") return false;
    if (container.ended?.exitCode !== 0) {
      finish(run, world);
      return false;
    }
  }
  return true;
}

/** Ephemeral containers start as soon as the pod has its sandbox, whatever the others do. */
function runEphemeral(pod: Obj, run: PodRun, world: PodWorld, due: Due): void {
  for (const spec of pod.spec.ephemeralContainers ?? []) {
    let container = run.ephemeral.find((it) => it.name === spec.name);
    if (container === undefined) run.ephemeral.push((container = newContainer(spec, "ephemeral", "ContainerCreating")));
    drive(pod, container, world, due);
  }
}

/** A container whose image was changed starts anew with it, whatever its restart policy. */
function renew(pod: Obj, container: ContainerRun, world: PodWorld): void {
  const list: Json[] = (container.init ? pod.spec.initContainers : pod.spec.containers) ?? [];
  const spec = list.find((it) => it.name === container.name);
  if (spec === undefined || spec === container.spec) return;
  const changed = spec.image !== container.spec.image;
  container.spec = spec;
  if (!changed) return;
  container.pullAt = container.pullBackoff = 0;
  if (container.state !== "running") return;
  const message = `Container ${container.name} definition changed, will be restarted`;
  world.emit({ type: "Normal", reason: "Killing", message, fieldPath: fieldPath(container) });
  end(container, world.now, 143, "Error");
  container.backoff = 0;
  toRestart(container);
}

const all = (run: PodRun) => [...run.containers, ...run.ephemeral];

const mainStarted = (run: PodRun) => run.containers.some((it) => !it.init && it.state !== "waiting");

function runMain(pod: Obj, run: PodRun, world: PodWorld, due: Due): void {
  const main = run.containers.filter((container) => !container.init);
  for (const container of main) {
    if (container.waiting.reason === "PodInitializing") container.waiting = { reason: "ContainerCreating" };
    drive(pod, container, world, due);
  }
  if (main.every((container) => container.state === "done")) finish(run, world);
}

/** Every ordinary container has ended (or an init container for good): the sidecars end too, and the pod is over. */
function finish(run: PodRun, world: PodWorld): void {
  for (const container of all(run)) if (container.state === "running") end(container, world.now, 0, "Completed");
  const failed = run.containers.some((it) => !it.sidecar && (it.ended === undefined || it.ended.exitCode !== 0));
  run.over = { phase: failed ? "Failed" : "Succeeded" };
}

/** One container: starts it when it may, lets it become ready, ends it when it must, restarts it by its policy. */
function drive(pod: Obj, container: ContainerRun, world: PodWorld, due: Due): void {
  if (container.state === "done") return;
  // as for a sidecar, only annotations that name it count for an ephemeral container
  const spec = container.ephemeral ? { ...container.spec, restartPolicy: "Always" } : container.spec;
  const behaviour = behaviourOf(pod, spec, container.init || container.ephemeral, world.timing);
  for (let turns = 0; turns < 4; turns++) {
    if (container.state === "waiting" && !start(pod, container, behaviour, world, due)) return;
    probe(container, behaviour, world, due);
    const endsAt = behaviour.ends === undefined ? Infinity : container.startedAt + behaviour.ends.after;
    const killedAt = behaviour.killed === undefined ? Infinity : container.startedAt + behaviour.killed.after;
    if (Math.min(endsAt, killedAt) > world.now) {
      due.at(Math.min(endsAt, killedAt));
      return;
    }
    if (killedAt < endsAt) {
      const kind = behaviour.killed?.probe ?? "liveness";
      const field = fieldPath(container);
      const text = `${kind === "liveness" ? "Liveness" : "Startup"} probe failed: simulated failure`;
      world.emit({ type: "Warning", reason: "Unhealthy", message: text, fieldPath: field });
      const message = `Container ${container.name} failed ${kind} probe, will be restarted`;
      world.emit({ type: "Normal", reason: "Killing", message, fieldPath: field });
      end(container, world.now, 137, "Error");
    } else if (behaviour.ends !== undefined) {
      // The end lies where the plan put it, even when we look later.
      end(container, Math.min(endsAt, world.now), behaviour.ends.code, behaviour.ends.reason);
    }
    if (!restarts(pod, container)) return;
    toRestart(container);
  }
}

/** Whether a container that has ended starts again. */
function restarts(pod: Obj, container: ContainerRun): boolean {
  if (container.ephemeral) return false;
  const policy = container.sidecar ? "Always" : (container.spec.restartPolicy ?? pod.spec.restartPolicy ?? "Always");
  const failed = container.ended?.exitCode !== 0;
  if (container.init && !container.sidecar) return failed && policy !== "Never";
  return policy === "Always" || (policy === "OnFailure" && failed);
}

/** The first restart is at once; then 10 s, doubling to 5 minutes; ten quiet minutes forget it. */
function toRestart(container: ContainerRun): void {
  const ended = container.ended as Terminated;
  if (ended.finishedAt - ended.startedAt > 2 * crashMost) container.backoff = 0;
  container.retryAt = container.backoff === 0 ? ended.finishedAt : ended.finishedAt + container.backoff;
  container.state = "waiting";
  container.last = ended;
  container.ended = undefined;
}

/** Tries to start a waiting container; false while it has to wait. */
function start(pod: Obj, container: ContainerRun, behaviour: Behaviour, world: PodWorld, due: Due): boolean {
  const { now } = world;
  const field = fieldPath(container);
  const of = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
  if (container.retryAt > now) {
    const message = `back-off ${backoffText(container.backoff)} restarting failed container=${container.name} pod=${of}`;
    if (container.waiting.reason !== "CrashLoopBackOff") {
      const text = `Back-off restarting failed container ${container.name} in pod ${of}`;
      world.emit({ type: "Warning", reason: "BackOff", message: text, fieldPath: field });
    }
    container.waiting = { reason: "CrashLoopBackOff", message };
    due.at(container.retryAt);
    return false;
  }
  if (waitsForImage(container, behaviour.imageError, world, due)) return false;
  const config = world.configProblem(pod, container.spec);
  if (config !== undefined) {
    const known = container.waiting.reason === "CreateContainerConfigError" && container.waiting.message === config;
    if (!known) world.emit({ type: "Warning", reason: "Failed", message: `Error: ${config}`, fieldPath: field });
    container.waiting = { reason: "CreateContainerConfigError", message: config };
    return false;
  }
  if (container.last !== undefined) {
    container.restarts++;
    container.backoff = container.backoff === 0 ? crashBase : Math.min(container.backoff * 2, crashMost);
  }
  container.state = "running";
  container.startedAt = now;
  container.id = world.containerId(pod, container.name, container.restarts);
  container.started = false;
  container.ready = false;
  const image = `Container image ${JSON.stringify(container.spec.image ?? "")} already present on machine and can be accessed by the pod`;
  world.emit({ type: "Normal", reason: "Pulled", message: image, fieldPath: field });
  world.emit({ type: "Normal", reason: "Created", message: "Container created", fieldPath: field });
  world.emit({ type: "Normal", reason: "Started", message: "Container started", fieldPath: field });
  return true;
}

/** Startup and readiness of a running container, and what a failing probe says. */
function probe(container: ContainerRun, behaviour: Behaviour, world: PodWorld, due: Due): void {
  const { now } = world;
  const startedAt = container.startedAt + behaviour.startedAfter;
  const readyAt = container.startedAt + behaviour.readyAfter;
  container.started = startedAt <= now;
  container.ready = readyAt <= now;
  due.at(startedAt);
  due.at(readyAt);
  const spec = container.spec.readinessProbe;
  if (container.ready || !spec || !container.started) return;
  const period = (spec.periodSeconds ?? 10) * 1000;
  const first = container.startedAt + (spec.initialDelaySeconds ?? 0) * 1000 + period;
  if (readyAt < first) return;
  const next = Math.max(first, container.unhealthyAt);
  if (next <= now) {
    const message = "Readiness probe failed: simulated failure";
    world.emit({ type: "Warning", reason: "Unhealthy", message, fieldPath: fieldPath(container) });
    container.unhealthyAt = now + period;
  }
  due.at(Math.max(container.unhealthyAt, first));
}

function end(container: ContainerRun, now: number, exitCode: number, reason: string): void {
  if (container.state !== "running") return;
  container.ended = { exitCode, reason, startedAt: container.startedAt, finishedAt: now, id: container.id };
  container.state = "done";
  container.started = false;
  container.ready = false;
}

/** Deletion: the containers are told, and end a moment later (`sim.slipway.dev/stop-after`, at most the grace period). */
function stop(pod: Obj, run: PodRun, world: PodWorld): number | undefined {
  if (run.stopAt === undefined) {
    const grace = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
    const asked = stopAfter(pod) ?? world.timing.stop;
    run.stopAt = world.now + Math.min(asked, grace);
    for (const container of all(run)) {
      if (container.state !== "running") continue;
      const message = `Stopping container ${container.name}`;
      world.emit({ type: "Normal", reason: "Killing", message, fieldPath: fieldPath(container) });
    }
  }
  if (run.stopAt > world.now) return run.stopAt;
  for (const container of all(run)) end(container, world.now, 143, "Error");
  const main = run.containers.filter((it) => !it.init);
  run.over = { phase: main.every((it) => it.ended?.exitCode === 0) ? "Succeeded" : "Failed" };
  return undefined;
}

function stopAfter(pod: Obj): number | undefined {
  return duration(pod.metadata.annotations?.[`${prefix}stop-after`]);
}
