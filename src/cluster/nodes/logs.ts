import { sleep } from "../../base/index.ts";
import { badRequest } from "../status.ts";
import { microTimestamp, millis, quote, type Json, type Obj } from "../controllers/object.ts";
import { kinds, type ControllerApi } from "../controllers/port.ts";
import { setting } from "./behaviour.ts";

export interface LogOptions {
  readonly container?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly previous?: boolean | undefined;
  readonly timestamps?: boolean | undefined;
  readonly tailLines?: number | undefined;
  readonly sinceSeconds?: number | undefined;
  /** RFC 3339. */
  readonly sinceTime?: string | undefined;
  readonly limitBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Line {
  readonly at: number;
  readonly text: string;
}

/** What a simulated container has said: that it is simulated, `log-lines` lines of its own, and how it ended. */
function linesOf(pod: Obj, container: Json, state: Json): Line[] {
  const running = state.running ?? state.terminated;
  const started = millis(running?.startedAt) ?? 0;
  const about = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const init = (pod.spec.initContainers ?? []).includes(container);
  const lines: Line[] = [
    {
      at: started,
      text: `This is a simulated container of Slipway's embedded cluster: ${container.name} of pod ${about}, image ${container.image}. Nothing runs in it.`,
    },
  ];
  const own = setting(pod, "log", container.name, init);
  if (own !== undefined) for (const text of own.split("\n")) lines.push({ at: started, text });
  const count = Number(setting(pod, "log-lines", container.name, init) ?? 0) || 0;
  for (let i = 1; i <= Math.min(count, 100_000); i++)
    lines.push({ at: started + i, text: `simulated log line ${i} of ${count}` });
  if (state.terminated !== undefined) {
    const { exitCode, reason, finishedAt } = state.terminated;
    const at = millis(finishedAt) ?? started;
    lines.push({ at, text: `simulated container ends with exit code ${exitCode} (${reason})` });
  }
  return lines;
}

/**
 * `kubectl logs` of a simulated pod. Checks what the API and the kubelet check, in their words (kube.bad-request); with
 * `follow` the answer stays open until the container ends.
 */
export async function* podLogs(api: ControllerApi, pod: Obj, options: LogOptions = {}): AsyncGenerator<Uint8Array> {
  const first = resolve(pod, options);
  const encoder = new TextEncoder();
  let left = options.limitBytes ?? Infinity;
  const since =
    options.sinceSeconds !== undefined
      ? api.clock.now() - options.sinceSeconds * 1000
      : (millis(options.sinceTime) ?? 0);
  const print = function* (lines: readonly Line[]): Generator<Uint8Array> {
    let text = "";
    for (const line of lines) {
      if (line.at < since) continue;
      text += `${options.timestamps === true ? `${microTimestamp(line.at).replace("000Z", "000000Z")} ` : ""}${line.text}\n`;
    }
    let bytes = encoder.encode(text);
    if (bytes.length > left) bytes = bytes.subarray(0, left);
    left -= bytes.length;
    if (bytes.length > 0) yield bytes;
  };
  const lines = linesOf(pod, first.container, first.state);
  yield* print(options.tailLines === undefined ? lines : lines.slice(Math.max(0, lines.length - options.tailLines)));
  if (options.follow !== true || first.state.running === undefined) return;
  const { name, namespace, uid } = pod.metadata;
  while (left > 0) {
    await sleep(api.clock, 200, options.signal).catch(() => {});
    if (options.signal?.aborted) return;
    const now = api.get(kinds.pods, namespace, name);
    if (now === undefined || now.metadata.uid !== uid) return;
    const status = statusesOf(now).find((item) => item.name === first.container.name);
    const ended = status?.state?.terminated ?? status?.lastState?.terminated;
    if (status?.state?.running?.startedAt === first.state.running.startedAt) continue;
    if (ended !== undefined) yield* print(linesOf(now, first.container, { terminated: ended }).slice(-1));
    return;
  }
}

/** The statuses of all of a pod's containers. */
export function statusesOf(pod: Obj): Json[] {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses];
}

/** The container that is meant and the state whose log is asked for. */
function resolve(pod: Obj, options: LogOptions): { container: Json; state: Json } {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec;
  const all: Json[] = [...initContainers, ...containers, ...ephemeralContainers];
  const { name } = pod.metadata;
  const wanted = options.container ?? pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  if (wanted === undefined && pod.spec.containers.length > 1) {
    const names = (list: Json[] | undefined) => `[${(list ?? []).map((it) => it.name).join(" ")}]`;
    const init =
      pod.spec.initContainers?.length > 0 ? ` or one of the init containers: ${names(pod.spec.initContainers)}` : "";
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: ${names(pod.spec.containers)}${init}`,
    );
  }
  const container = wanted === undefined ? pod.spec.containers[0] : all.find((it) => it.name === wanted);
  if (container === undefined) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  const status = statusesOf(pod).find((item) => item.name === container.name);
  if (options.previous === true) {
    const state = status?.lastState;
    if (state?.terminated === undefined) {
      throw badRequest(`previous terminated container ${quote(container.name)} in pod ${quote(name)} not found`);
    }
    return { container, state };
  }
  const state = status?.state ?? {};
  if (state.running !== undefined || state.terminated !== undefined) return { container, state };
  if (status?.lastState?.terminated !== undefined) return { container, state: status.lastState };
  const why = waitingWords(state.waiting?.reason);
  throw badRequest(`container ${quote(container.name)} in pod ${quote(name)} is waiting to start: ${why}`);
}

/** The kubelet's words for a container that has not started. */
function waitingWords(reason: string | undefined): string {
  switch (reason) {
    case "ErrImagePull":
      return "image can't be pulled";
    case "ImagePullBackOff":
      return "trying and failing to pull image";
    default:
      return reason ?? "no logs available";
  }
}
