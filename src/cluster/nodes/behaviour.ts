/** What a simulated container does, as its pod's annotations say (docs/embedded-cluster.md lists them). */
import { controllerOf, type Json, type Obj } from "../controllers/object.ts";

/** The prefix of every annotation that steers a simulated pod. */
export const prefix = "sim.slipway.dev/";
/** Every simulated pod carries this. */
export const simulatedAnnotation = `${prefix}simulated`;

/** How long the simulation's own steps take, in milliseconds; explicit waits of annotations come on top. */
export interface Timing {
  /** From binding to a sandbox with an address. */
  readonly sandbox: number;
  /** How long an ordinary init container runs. */
  readonly init: number;
  /** From a container's start to its readiness. */
  readonly ready: number;
  /** How long the containers of Jobs and hook pods run. */
  readonly job: number;
  /** From a pod's deletion to the end of its containers. */
  readonly stop: number;
  /** Honour initialDelaySeconds of probes for every pod. */
  readonly honourProbeDelays: boolean;
}

export const quick: Timing = { sandbox: 15, init: 10, ready: 25, job: 40, stop: 15, honourProbeDelays: false };

export interface Behaviour {
  /** Why the image cannot be pulled. */
  readonly imageError?: string;
  /** The container ends by itself after so many milliseconds. */
  readonly ends?: { readonly after: number; readonly code: number; readonly reason: string };
  /** Milliseconds from start to `started` (startup probe) and to `ready`; never when infinite. */
  readonly startedAfter: number;
  readonly readyAfter: number;
  /** A probe that fails for good restarts the container after so many milliseconds. */
  readonly killed?: { readonly after: number; readonly probe: "liveness" | "startup" };
}

/** Go's durations ("1m30s", "250ms") or plain seconds, in milliseconds; undefined when it is none. */
export function duration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) return undefined;
  const unit: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, amount, name] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
    total += Number(amount) * (unit[name as string] as number);
  }
  return total;
}

/** The value that steers a container: `sim.slipway.dev/NAME.CONTAINER`, else `sim.slipway.dev/NAME` for ordinary containers. */
export function setting(pod: Obj, name: string, container: string, init: boolean): string | undefined {
  const annotations = pod.metadata.annotations ?? {};
  return annotations[`${prefix}${name}.${container}`] ?? (init ? undefined : annotations[`${prefix}${name}`]);
}

const on = (text: string | undefined): boolean => text !== undefined && text !== "false" && text !== "";

/** True for pods that are made to end: those of Jobs, and bare pods that are Helm hooks. */
export function runsToCompletion(pod: Obj): boolean {
  const owner = controllerOf(pod);
  if (owner !== undefined) return owner.kind === "Job";
  return pod.metadata.annotations?.["helm.sh/hook"] !== undefined;
}

/** What `container` of `pod` does. */
export function behaviourOf(pod: Obj, container: Json, init: boolean, timing: Timing): Behaviour {
  const name: string = container.name;
  const get = (key: string) => setting(pod, key, name, init);
  const sidecar = init && container.restartPolicy === "Always";
  const behaviour: { -readonly [K in keyof Behaviour]: Behaviour[K] } = { startedAfter: 0, readyAfter: timing.ready };
  const image = get("image-error");
  if (on(image)) behaviour.imageError = image === "true" ? "" : (image as string);
  const ends = endOf(get, timing, (init && !sidecar) || (!init && runsToCompletion(pod)), init);
  if (ends !== undefined) behaviour.ends = ends;
  const honour = timing.honourProbeDelays || on(pod.metadata.annotations?.[`${prefix}honour-probe-delays`]);
  const delay = (probe: Json) => (honour ? (probe?.initialDelaySeconds ?? 0) * 1000 : 0);
  if (container.startupProbe) {
    behaviour.startedAfter = delay(container.startupProbe) + 5;
    behaviour.readyAfter = Math.max(behaviour.readyAfter, behaviour.startedAfter);
  }
  behaviour.readyAfter = Math.max(behaviour.readyAfter, behaviour.startedAfter + delay(container.readinessProbe));
  const readyAfter = duration(get("ready-after"));
  if (readyAfter !== undefined) behaviour.readyAfter = readyAfter;
  if (on(get("never-ready"))) behaviour.readyAfter = Infinity;
  for (const probe of ["startup", "liveness"] as const) {
    if (on(get(`${probe}-fails`)) && container[`${probe}Probe`]) {
      const spec = container[`${probe}Probe`];
      const after =
        ((spec.initialDelaySeconds ?? 0) + (spec.periodSeconds ?? 10) * (spec.failureThreshold ?? 3)) * 1000;
      behaviour.killed = { after, probe };
      if (probe === "startup") {
        behaviour.startedAfter = Infinity;
        behaviour.readyAfter = Infinity;
      }
      break;
    }
  }
  return behaviour;
}

function endOf(
  get: (key: string) => string | undefined,
  timing: Timing,
  completes: boolean,
  init: boolean,
): Behaviour["ends"] | undefined {
  const runFor = duration(get("run-for"));
  const crashAfter = duration(get("crash-after"));
  const given = get("exit-code");
  const code = given !== undefined && /^\d+$/.test(given) ? Number(given) : undefined;
  const brief = init ? timing.init : timing.job;
  if (on(get("oom"))) return { after: crashAfter ?? runFor ?? brief, code: 137, reason: "OOMKilled" };
  if (crashAfter !== undefined) return end(crashAfter, code ?? 1);
  if (on(get("fail"))) return end(runFor ?? brief, code ?? 1);
  if (code !== undefined || runFor !== undefined || completes) return end(runFor ?? brief, code ?? 0);
  return undefined;
}

function end(after: number, code: number): Behaviour["ends"] {
  return { after, code, reason: code === 0 ? "Completed" : "Error" };
}
