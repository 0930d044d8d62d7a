import { isSlipwayError, type Clock } from "../../base/index.ts";
import { Informer } from "./informer.ts";
import { EventRecorder } from "./events.ts";
import { controllerOf } from "./object.ts";
import { kinds, type ControllerApi, type Resource } from "./port.ts";
import { WorkLoop, WorkQueue, type Reconcile } from "./queue.ts";

/** What every controller is started with: the API, the clock, shared informers, the recorder of events. */
export interface Machinery {
  readonly api: ControllerApi;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
  /** The informer of a kind, made at first use and shared. */
  informer(resource: Resource): Informer;
  /** A work queue of its own name on the common line. */
  queue(name: string, reconcile: Reconcile): WorkQueue;
  /** Calls `stop` when everything ends. */
  onStop(stop: () => void): void;
}

/** The machinery over an API; `stop` ends every watch, timer and queue. */
export function createMachinery(
  api: ControllerApi,
  onError?: (queue: string, key: string, error: unknown) => void,
): Machinery & { stop(): void } {
  const loop = new WorkLoop(api.clock, onError);
  const informers = new Map<string, Informer>();
  const stops: (() => void)[] = [];
  const machinery: Machinery & { stop(): void } = {
    api,
    clock: api.clock,
    recorder: new EventRecorder(api),
    informer(resource) {
      const key = `${resource.group}/${resource.plural}`;
      let informer = informers.get(key);
      if (informer === undefined) {
        informer = new Informer();
        informers.set(key, informer);
        const target = informer;
        stops.push(api.watch(resource, ({ type, object }) => target.accept(type, object)));
      }
      return informer;
    },
    queue: (name, reconcile) => new WorkQueue(name, loop, reconcile),
    onStop: (stop) => void stops.push(stop),
    stop() {
      loop.stop();
      for (const stop of stops.splice(0)) stop();
    },
  };
  return machinery;
}

/** The informer of pods with the indexes that several controllers share. */
export function podInformer(machinery: Machinery): Informer {
  const pods = machinery.informer(kinds.pods);
  pods.addIndex("owner", (pod) => [controllerOf(pod)?.uid ?? `orphan:${pod.metadata.namespace ?? ""}`]);
  pods.addIndex("node", (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName as string] : [""]));
  return pods;
}

/** Runs a write that may find its object gone; answers undefined then. */
export function ifThere<T>(write: () => T): T | undefined {
  try {
    return write();
  } catch (error) {
    if (isSlipwayError(error, "kube.not-found")) return undefined;
    throw error;
  }
}

/** Work that comes round again, by a timer: what cannot be written now (the disk is full) waits for its next turn. */
export function patiently(work: () => void): void {
  try {
    work();
  } catch {}
}

/** True when an API error has the given code. */
export function isApiError(
  error: unknown,
  code: "not-found" | "already-exists" | "conflict" | "forbidden" | "invalid",
) {
  return isSlipwayError(error, `kube.${code}`);
}
