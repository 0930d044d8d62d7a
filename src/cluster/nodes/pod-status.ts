/** The status that the kubelet reports for a pod: phase, conditions and containers, from what has happened so far. Pure. */
import { timestamp, type Json, type Obj } from "../controllers/object.ts";
import type { ContainerRun, PodRun, Terminated } from "./pod-run.ts";

export interface Host {
  readonly name: string;
  readonly ip: string;
}

/** status of `pod`, which carries what others have put there (PodScheduled, readiness gates, qosClass). */
export function statusOf(pod: Obj, run: PodRun, host: Host, now: number): Json {
  const old = pod.status ?? {};
  const phase = phaseOf(run);
  const generation = pod.metadata.generation;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const status: Json = { ...old, ...observed, phase, hostIP: host.ip, hostIPs: [{ ip: host.ip }] };
  status.startTime = old.startTime ?? timestamp(run.startTime);
  if (run.podIP !== undefined) {
    status.podIP = run.podIP;
    status.podIPs = [{ ip: run.podIP }];
  }
  delete status.reason;
  delete status.message;
  delete status.nominatedNodeName;
  if (run.over?.reason !== undefined) status.reason = run.over.reason;
  if (run.over?.message !== undefined) status.message = run.over.message;
  const init = run.containers.filter((container) => container.init);
  if (init.length > 0) status.initContainerStatuses = init.map(containerStatus);
  const main = run.containers.filter((container) => !container.init);
  status.containerStatuses = main.map(containerStatus);
  if (run.ephemeral.length > 0) status.ephemeralContainerStatuses = run.ephemeral.map(containerStatus);
  status.qosClass ??= qosClass(pod);
  status.conditions = conditions(pod, run, phase, observed, now);
  return status;
}

export function phaseOf(run: PodRun): string {
  if (run.over !== undefined) return run.over.phase;
  const init = run.containers.filter((container) => container.init && !container.sidecar);
  const pending = init.some((it) => it.state === "running" || (it.state === "waiting" && it.last === undefined));
  if (pending) return "Pending";
  const others = run.containers.filter((container) => !container.init || container.sidecar);
  const waits = others.some((it) => it.state === "waiting" && it.last === undefined);
  if (waits || init.some((it) => it.state === "waiting")) return "Pending";
  return "Running";
}

function containerStatus(container: ContainerRun): Json {
  const image: string = container.spec.image ?? "";
  const id = container.id === "" ? (container.last?.id ?? "") : container.id;
  const ran = container.state !== "waiting" || container.last !== undefined;
  const finishedInit = container.init && !container.sidecar && container.ended?.exitCode === 0;
  return {
    name: container.name,
    state: stateOf(container),
    lastState: container.last === undefined ? {} : { terminated: terminated(container.last) },
    ready: (container.ready && !container.ephemeral) || finishedInit,
    restartCount: container.restarts,
    image,
    imageID: ran ? `slipway.dev/simulated/${image}` : "",
    ...(ran ? { containerID: id } : {}),
    ...(container.ephemeral ? {} : { started: container.init && !container.sidecar ? false : container.started }),
    ...(container.spec.resources !== undefined && Object.keys(container.spec.resources).length > 0
      ? resources(container.spec.resources)
      : {}),
    ...mounts(container),
  };
}

function resources(given: Json): Json {
  return { ...(given.requests === undefined ? {} : { allocatedResources: given.requests }), resources: given };
}

function mounts(container: ContainerRun): Json {
  const list: Json[] = container.spec.volumeMounts ?? [];
  if (list.length === 0) return {};
  return {
    volumeMounts: list.map((mount) => ({
      name: mount.name,
      mountPath: mount.mountPath,
      ...(mount.readOnly === true ? { readOnly: true, recursiveReadOnly: mount.recursiveReadOnly ?? "Disabled" } : {}),
    })),
  };
}

function stateOf(container: ContainerRun): Json {
  if (container.state === "running") return { running: { startedAt: timestamp(container.startedAt) } };
  if (container.ended !== undefined) return { terminated: terminated(container.ended) };
  return { waiting: { ...container.waiting } };
}

function terminated(ended: Terminated): Json {
  return {
    exitCode: ended.exitCode,
    reason: ended.reason,
    ...(ended.message === undefined ? {} : { message: ended.message }),
    startedAt: timestamp(ended.startedAt),
    finishedAt: timestamp(ended.finishedAt),
    containerID: ended.id,
  };
}

function qosClass(pod: Obj): string {
  const containers: Json[] = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
  const some = containers.some((it) => it.resources?.requests !== undefined || it.resources?.limits !== undefined);
  if (!some) return "BestEffort";
  const full = containers.every((it) =>
    ["cpu", "memory"].every((name) => {
      const limit = it.resources?.limits?.[name];
      return limit !== undefined && (it.resources?.requests?.[name] ?? limit) === limit;
    }),
  );
  return full ? "Guaranteed" : "Burstable";
}

interface Verdict {
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}

function conditions(pod: Obj, run: PodRun, phase: string, observed: Json, now: number): Json[] {
  const old: Json[] = pod.status?.conditions ?? [];
  const containers = containersReady(run, phase);
  const ready = containers.status === "True" ? gates(pod, containers) : containers;
  const verdicts: [string, Verdict][] = [
    ["PodReadyToStartContainers", { status: run.podIP !== undefined && run.over === undefined ? "True" : "False" }],
    ["Initialized", initialized(run, phase)],
    ["Ready", ready],
    ["ContainersReady", containers],
  ];
  const own = new Set(verdicts.map(([type]) => type));
  const out = verdicts.map(([type, verdict]) => {
    const before = old.find((item) => item.type === type);
    const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : timestamp(now);
    return { type, ...observed, status: verdict.status, lastProbeTime: null, lastTransitionTime, ...reasonOf(verdict) };
  });
  const scheduled = old.find((item) => item.type === "PodScheduled") ?? {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: timestamp(run.startTime),
  };
  const rest = old.filter((item) => !own.has(item.type) && item.type !== "PodScheduled");
  return [...out, { ...scheduled, ...observed }, ...rest];
}

function reasonOf(verdict: Verdict): Json {
  return {
    ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    ...(verdict.message === undefined ? {} : { message: verdict.message }),
  };
}

function initialized(run: PodRun, phase: string): Verdict {
  if (phase === "Succeeded") return { status: "True", reason: "PodCompleted" };
  if (run.containers.some((it) => !it.init && (it.state !== "waiting" || it.last !== undefined)))
    return { status: "True" };
  const incomplete = run.containers.filter(
    (it) => it.init && (it.sidecar ? !it.started : !(it.state === "done" && it.ended?.exitCode === 0)),
  );
  if (incomplete.length === 0) return { status: "True" };
  const names = incomplete.map((it) => it.name).join(" ");
  return {
    status: "False",
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${names}]`,
  };
}

function containersReady(run: PodRun, phase: string): Verdict {
  if (phase === "Succeeded") return { status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  const unready = run.containers.filter((it) => (!it.init || it.sidecar) && !it.ready).map((it) => it.name);
  if (unready.length === 0) return { status: "True" };
  return {
    status: "False",
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.join(" ")}]`,
  };
}

/** Readiness gates: conditions that somebody else sets. */
function gates(pod: Obj, containers: Verdict): Verdict {
  const problems: string[] = [];
  for (const gate of pod.spec.readinessGates ?? []) {
    const found = pod.status?.conditions?.find((item: Json) => item.type === gate.conditionType);
    const name = JSON.stringify(gate.conditionType);
    if (found === undefined) problems.push(`corresponding condition of pod readiness gate ${name} does not exist.`);
    else if (found.status !== "True") {
      problems.push(`the status of pod readiness gate ${name} is not "True", but ${found.status}`);
    }
  }
  if (problems.length === 0) return containers;
  return { status: "False", reason: "ReadinessGatesNotReady", message: problems.join(", ") };
}
