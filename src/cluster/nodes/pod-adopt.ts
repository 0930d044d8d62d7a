import { millis, type Json, type Obj } from "../controllers/object.ts";
import { newContainer, newRun } from "./pod-machine.ts";
import type { ContainerRun, PodRun, Terminated } from "./pod-run.ts";

/**
 * The run of a pod that was on its node before this process began: containers go on from what the status says, crash
 * back-offs hold on, and nothing that ran is restarted.
 */
export function adoptRun(pod: Obj, now: number): PodRun {
  const run = newRun(pod, millis(pod.status?.startTime) ?? now);
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") {
    run.over = { phase, reason: pod.status.reason, message: pod.status.message };
  }
  if (pod.status?.podIP) run.podIP = pod.status.podIP;
  const statuses: Json[] = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const container of run.containers) {
    const status = statuses.find((item) => item.name === container.name);
    if (status !== undefined) restore(container, status, now);
  }
  for (const status of pod.status?.ephemeralContainerStatuses ?? []) {
    const spec = pod.spec.ephemeralContainers?.find((item: Json) => item.name === status.name);
    if (spec === undefined) continue;
    const container = newContainer(spec, "ephemeral", "ContainerCreating");
    restore(container, status, now);
    run.ephemeral.push(container);
  }
  return run;
}

function restore(container: ContainerRun, status: Json, now: number): void {
  container.restarts = status.restartCount ?? 0;
  container.id = status.containerID ?? "";
  container.last = terminatedOf(status.lastState?.terminated);
  // 10 s after the first restart, doubling: what the back-off had grown to.
  container.backoff = container.restarts === 0 ? 0 : Math.min(10_000 * 2 ** (container.restarts - 1), 300_000);
  if (status.state?.running !== undefined) {
    container.state = "running";
    container.startedAt = millis(status.state.running.startedAt) ?? now;
    container.started = status.started === true;
    container.ready = status.ready === true;
  } else if (status.state?.terminated !== undefined) {
    container.state = "done";
    container.ended = terminatedOf(status.state.terminated);
  } else if (status.state?.waiting !== undefined) {
    container.waiting = status.state.waiting;
    if (container.waiting.reason === "CrashLoopBackOff" && container.last !== undefined) {
      container.retryAt = container.last.finishedAt + container.backoff;
    }
  }
}

function terminatedOf(state: Json): Terminated | undefined {
  if (state === undefined || state === null) return undefined;
  return {
    exitCode: state.exitCode ?? 0,
    reason: state.reason ?? "",
    ...(state.message === undefined ? {} : { message: state.message }),
    startedAt: millis(state.startedAt) ?? 0,
    finishedAt: millis(state.finishedAt) ?? 0,
    id: state.containerID ?? "",
  };
}
