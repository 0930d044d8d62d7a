import type { Loose } from "../strategy.ts";
import { age, humanDuration } from "./text.ts";

/** A pod's row: readiness, the reason that tells most, restarts. */

const podReasonSet = (object: Loose): string => {
  const { status = {}, spec } = object;
  let reason = status.phase ?? "";
  if (status.reason) reason = status.reason;
  const gated = (status.conditions ?? []).some(
    (c: Loose) => c.type === "PodScheduled" && c.reason === "SchedulingGated",
  );
  if (gated) reason = "SchedulingGated";
  void spec;
  return reason;
};

export function podCells(object: Loose, now: number): unknown[] {
  const { spec = {}, status = {}, metadata } = object;
  let restarts = 0;
  let sidecarRestarts = 0;
  let total = (spec.containers ?? []).length;
  let ready = 0;
  let lastRestart = 0;
  let lastSidecarRestart = 0;
  let reason = podReasonSet(object);
  const sidecars = new Set<string>();
  const inits = new Map<string, Loose>();
  for (const container of spec.initContainers ?? []) {
    inits.set(container.name, container);
    if (container.restartPolicy === "Always") {
      sidecars.add(container.name);
      total++;
    }
  }
  let initializing = false;
  const initStatuses: Loose[] = status.initContainerStatuses ?? [];
  for (const [i, container] of initStatuses.entries()) {
    restarts += container.restartCount ?? 0;
    const finished = container.lastState?.terminated?.finishedAt;
    if (finished) lastRestart = Math.max(lastRestart, Date.parse(finished));
    if (sidecars.has(container.name)) {
      sidecarRestarts += container.restartCount ?? 0;
      if (finished) lastSidecarRestart = Math.max(lastSidecarRestart, Date.parse(finished));
    }
    const { terminated, waiting } = container.state ?? {};
    if (terminated !== undefined && terminated.exitCode === 0) continue;
    if (sidecars.has(container.name) && container.started === true) {
      if (container.ready) ready++;
      continue;
    }
    if (terminated !== undefined) {
      reason = terminated.reason
        ? `Init:${terminated.reason}`
        : terminated.signal
          ? `Init:Signal:${terminated.signal}`
          : `Init:ExitCode:${terminated.exitCode}`;
      initializing = true;
    } else if (waiting?.reason && waiting.reason !== "PodInitializing") {
      reason = `Init:${waiting.reason}`;
      initializing = true;
    } else {
      reason = `Init:${i}/${(spec.initContainers ?? []).length}`;
      initializing = true;
    }
    break;
  }
  const initialized = (status.conditions ?? []).some((c: Loose) => c.type === "Initialized" && c.status === "True");
  if (!initializing || initialized) {
    restarts = sidecarRestarts;
    lastRestart = lastSidecarRestart;
    let running = false;
    for (const container of [...(status.containerStatuses ?? [])].reverse()) {
      restarts += container.restartCount ?? 0;
      const finished = container.lastState?.terminated?.finishedAt;
      if (finished) lastRestart = Math.max(lastRestart, Date.parse(finished));
      const { terminated, waiting, running: up } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated?.reason) reason = terminated.reason;
      else if (terminated !== undefined) {
        reason = terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
      } else if (container.ready && up !== undefined) {
        running = true;
        ready++;
      }
    }
    if (reason === "Completed" && running) {
      const isReady = (status.conditions ?? []).some((c: Loose) => c.type === "Ready" && c.status === "True");
      reason = isReady ? "Running" : "NotReady";
    }
  }
  if (metadata.deletionTimestamp !== undefined) {
    if (status.reason === "NodeLost") reason = "Unknown";
    else if (status.phase !== "Succeeded" && status.phase !== "Failed") reason = "Terminating";
  }
  const restartText =
    restarts !== 0 && lastRestart > 0 ? `${restarts} (${humanDuration(now - lastRestart)} ago)` : `${restarts}`;
  const gates = spec.readinessGates ?? [];
  const trueGates = gates.filter((gate: Loose) =>
    (status.conditions ?? []).some((c: Loose) => c.type === gate.conditionType && c.status === "True"),
  ).length;
  return [
    metadata.name,
    `${ready}/${total}`,
    reason,
    restartText,
    age(metadata.creationTimestamp, now),
    (status.podIPs ?? [])[0]?.ip || status.podIP || "<none>",
    spec.nodeName || "<none>",
    status.nominatedNodeName || "<none>",
    gates.length > 0 ? `${trueGates}/${gates.length}` : "<none>",
  ];
}
