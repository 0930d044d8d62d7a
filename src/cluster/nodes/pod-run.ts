import type { Json, Obj } from "../controllers/object.ts";
import type { Timing } from "./behaviour.ts";

/** What has happened so far to a pod and its containers, and what its state machine asks of its surroundings. */

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
  spec: Json;
  readonly init: boolean;
  readonly sidecar: boolean;
  /** Put into the running pod (`kubectl debug`): never restarted, and nobody waits for it. */
  readonly ephemeral: boolean;
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
  readonly ephemeral: ContainerRun[];
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

export const crashBase = 10_000;
export const crashMost = 300_000;

/** Where a container stands in its pod, for events. */
export function fieldPath(container: ContainerRun): string {
  const list = container.ephemeral ? "ephemeralContainers" : container.init ? "initContainers" : "containers";
  return `spec.${list}{${container.name}}`;
}

/** The wait that the back-off in force has, in Go's words: 10s, 20s, 40s, 1m20s, 2m40s, 5m0s. */
export function backoffText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

/** Keeps the earliest moment that lies ahead. */
export class Due {
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
