/**
 * A pod's life on its node as a state machine: given the pod, what has happened so far and the time, it works off what is due
 * and says when to look again. Pure but for the record `PodRun`, which it carries on; the kubelet does the reading and writing.
 */
import type { Json, Obj } from "../controllers/object.ts";
import { behaviourOf, duration, prefix, type Behaviour, type Timing } from "./behaviour.ts";

export interface Terminated {
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly id: string;
}

export interface ContainerRun {
  readonly name: string;
  readonly spec: Json;
  readonly init: boolean;
  readonly sidecar: boolean;
  state: "waiting" | "running" | "done";
  waiting: { reason: string; message?: string };
  startedAt: number;
  id: string;
  ended: Terminated | undefined;
  last: Terminated | undefined;
  restarts: number;
  /** The crash back-off in force, and until when it holds. */
  backoff: number;
  retryAt: number;
  pullBackoff: number;
  pullAt: number;
  unhealthyAt: number;
  started: boolean;
  ready: boolean;
}

export interface PodRun {
  readonly uid: string;
  readonly startTime: number;
  sandboxAt: number | undefined;
  podIP: string | undefined;
  mountBackoff: number;
  mountAt: number;
  readonly containers: ContainerRun[];
  stopAt: number | undefined;
  /** The pod has ended for good: Succeeded or Failed, with a reason where the kubelet gives one. */
  over: { phase: "Succeeded" | "Failed"; reason?: string; message?: string } | undefined;
}

/** An event to record, about the pod or one of its containers. */
export interface PodEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** What the machine asks of its surroundings. */
export interface PodWorld {
  readonly timing: Timing;
  readonly now: number;
  /** Why a volume cannot be mounted, in the kubelet's words. */
  volumeProblem(pod: Obj): string | undefined;
  /** Why a container's environment cannot be made. */
  configProblem(pod: Obj, container: Json): string | undefined;
  /** An address for the pod. */
  address(pod: Obj): string;
  /** A new container's id. */
  containerId(pod: Obj, container: string, attempt: number): string;
  emit(event: PodEvent): void;
}

const crashBase = 10_000;
const crashMost = 300_000;

/** A pod that has just been bound to its node. */
export function newRun(pod: Obj, now: number): PodRun {
  const of = (spec: Json, init: boolean): ContainerRun => ({
    name: spec.name,
    spec,
    init,
    sidecar: init && spec.restartPolicy === "Always",
    state: "waiting",
    waiting: { reason: pod.spec.initContainers?.length > 0 ? "PodInitializing" : "ContainerCreating" },
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
  });
  return {
    uid: pod.metadata.uid ?? "",
    startTime: now,
    sandboxAt: undefined,
    podIP: undefined,
    mountBackoff: 0,
    mountAt: 0,
    containers: [
      ...(pod.spec.initContainers ?? []).map((spec: Json) => of(spec, true)),
      ...(pod.spec.containers ?? []).map((spec: Json) => of(spec, false)),
    ],
    stopAt: undefined,
    over: undefined,
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
      for (const container of run.containers) end(container, world.now, 143, "Error");
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
  const initialized = runInit(pod, run, world, due);
  if (run.over === undefined && initialized) runMain(pod, run, world, due);
  return run.over === undefined ? due.next : undefined;
}

/** Keeps the earliest moment that lies ahead. */
class Due {
  readonly #now: number;
  next: number | undefined;
  constructor(now: number) {
    this.#now = now;
  }
  at(moment: number): void {
    if (moment > this.#now && moment !== Infinity && (this.next === undefined || moment < this.next))
      this.next = moment;
  }
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
  for (const container of run.containers) if (container.state === "running") end(container, world.now, 0, "Completed");
  const failed = run.containers.some((it) => !it.sidecar && (it.ended === undefined || it.ended.exitCode !== 0));
  run.over = { phase: failed ? "Failed" : "Succeeded" };
}

/** One container: starts it when it may, lets it become ready, ends it when it must, restarts it by its policy. */
function drive(pod: Obj, container: ContainerRun, world: PodWorld, due: Due): void {
  if (container.state === "done") return;
  const behaviour = behaviourOf(pod, container.spec, container.init, world.timing);
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

function fieldPath(container: ContainerRun): string {
  return `spec.${container.init ? "initContainers" : "containers"}{${container.name}}`;
}

/** Whether a container that has ended starts again. */
function restarts(pod: Obj, container: ContainerRun): boolean {
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

/** The wait that the back-off in force has, in Go's words: 10s, 20s, 40s, 1m20s, 2m40s, 5m0s. */
export function backoffText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
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
  if (behaviour.imageError !== undefined) {
    pull(container, behaviour.imageError, world, due, field);
    return false;
  }
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

/** An image that cannot be pulled: ErrImagePull, then ImagePullBackOff for 10 s, doubling to 5 minutes. */
function pull(container: ContainerRun, given: string, world: PodWorld, due: Due, field: string): void {
  const { now } = world;
  const image: string = container.spec.image ?? "";
  const error =
    given === "" || given === "ErrImagePull"
      ? `failed to pull and unpack image ${JSON.stringify(image)}: failed to resolve image: simulated pull failure`
      : given;
  if (container.pullAt <= now) {
    world.emit({
      type: "Normal",
      reason: "Pulling",
      message: `Pulling image ${JSON.stringify(image)}`,
      fieldPath: field,
    });
    const failed = `Failed to pull image ${JSON.stringify(image)}: ${error}`;
    world.emit({ type: "Warning", reason: "Failed", message: failed, fieldPath: field });
    world.emit({ type: "Warning", reason: "Failed", message: "Error: ErrImagePull", fieldPath: field });
    container.waiting = { reason: "ErrImagePull", message: error };
    container.pullBackoff = container.pullBackoff === 0 ? crashBase : Math.min(container.pullBackoff * 2, crashMost);
    container.pullAt = now + container.pullBackoff;
    // The kubelet's next look at the pod finds the back-off.
    due.at(now + 1000);
    return;
  }
  if (container.waiting.reason === "ErrImagePull") {
    if (now < container.pullAt - container.pullBackoff + 1000)
      return due.at(container.pullAt - container.pullBackoff + 1000);
    const message = `Back-off pulling image ${JSON.stringify(image)}`;
    world.emit({ type: "Normal", reason: "BackOff", message, fieldPath: field });
    world.emit({ type: "Warning", reason: "Failed", message: "Error: ImagePullBackOff", fieldPath: field });
    container.waiting = { reason: "ImagePullBackOff", message: `${message}: ErrImagePull: ${error}` };
  }
  due.at(container.pullAt);
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
    for (const container of run.containers) {
      if (container.state !== "running") continue;
      const message = `Stopping container ${container.name}`;
      world.emit({ type: "Normal", reason: "Killing", message, fieldPath: fieldPath(container) });
    }
  }
  if (run.stopAt > world.now) return run.stopAt;
  for (const container of run.containers) end(container, world.now, 143, "Error");
  const all = run.containers.filter((it) => !it.init);
  run.over = { phase: all.every((it) => it.ended?.exitCode === 0) ? "Succeeded" : "Failed" };
  return undefined;
}

function stopAfter(pod: Obj): number | undefined {
  return duration(pod.metadata.annotations?.[`${prefix}stop-after`]);
}
