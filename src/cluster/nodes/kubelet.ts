import { ifThere, podInformer, type Machinery } from "../controllers/machinery.ts";
import { equal, keyOf, withMeta, withStatus, type Obj } from "../controllers/object.ts";
import { kinds } from "../controllers/port.ts";
import { quick, simulatedAnnotation, type Timing } from "./behaviour.ts";
import { nodeHost, podAddress } from "./node-objects.ts";
import { adoptRun } from "./pod-adopt.ts";
import { advance, newRun } from "./pod-machine.ts";
import type { PodRun, PodWorld } from "./pod-run.ts";
import { environmentProblem, volumeProblem, type Lookup } from "./pod-needs.ts";
import { statusOf } from "./pod-status.ts";

/** The addresses that one node's pods have. */
class Addresses {
  readonly #index: number;
  readonly #taken = new Map<string, string>();
  #serial = 1;

  constructor(index: number) {
    this.#index = index;
  }

  /** A free address; round robin, so that an address is not used again at once. */
  take(key: string): string {
    for (let tries = 0; tries < 510; tries++) {
      const address = podAddress(this.#index, this.#serial);
      this.#serial = (this.#serial % 510) + 1;
      if (!this.#taken.has(address)) {
        this.#taken.set(address, key);
        return address;
      }
    }
    throw new Error(`no pod address is free on ${nodeHost(this.#index).name}`);
  }

  keep(address: string, key: string): void {
    this.#taken.set(address, key);
  }

  release(address: string, key: string): void {
    if (this.#taken.get(address) === key) this.#taken.delete(address);
  }
}

/** Runs the pods of every simulated node: one work queue for all, one state machine a pod. */
export function startKubelets(machinery: Machinery, timing: Timing = quick): void {
  const { api, clock, recorder } = machinery;
  const pods = podInformer(machinery);
  const nodes = machinery.informer(kinds.nodes);
  const configMaps = machinery.informer(kinds.configMaps);
  const secrets = machinery.informer(kinds.secrets);
  const runs = new Map<string, PodRun>();
  const addresses = new Map<string, Addresses>();
  /** Pods that wait for a ConfigMap or Secret, by namespace. */
  const waiting = new Map<string, Set<string>>();

  const addressesOf = (node: string): Addresses => {
    let found = addresses.get(node);
    if (found === undefined) {
      const given = /^node-(\d+)$/.exec(node);
      found = new Addresses(given === null ? 4000 + addresses.size : Number(given[1]) - 1);
      addresses.set(node, found);
    }
    return found;
  };
  const hostOf = (name: string) => {
    const list: { type: string; address: string }[] = nodes.get(name)?.status?.addresses ?? [];
    return { name, ip: list.find((item) => item.type === "InternalIP")?.address ?? "" };
  };

  const worldOf = (pod: Obj): { world: PodWorld; blocked: () => boolean } => {
    const { namespace } = pod.metadata;
    const lookup: Lookup = (kind, name) => (kind === "configmap" ? configMaps : secrets).get(`${namespace}/${name}`);
    let blocked = false;
    const note = <T>(problem: T | undefined): T | undefined => {
      if (problem !== undefined) blocked = true;
      return problem;
    };
    const source = { component: "kubelet", host: pod.spec.nodeName as string };
    return {
      blocked: () => blocked,
      world: {
        timing,
        now: clock.now(),
        volumeProblem: (it) => note(volumeProblem(it, lookup)),
        configProblem: (it, container) => note(environmentProblem(it, container, lookup)),
        address: (it) =>
          it.spec.hostNetwork === true ? hostOf(it.spec.nodeName).ip : addressesOf(it.spec.nodeName).take(keyOf(it)),
        containerId: (it, container, attempt) => `slipway://${it.metadata.uid}-${container}-${attempt}`,
        emit: (event) => recorder.record(source, pod, event.type, event.reason, event.message, event.fieldPath),
      },
    };
  };

  const forget = (key: string) => {
    const run = runs.get(key);
    if (run === undefined) return;
    runs.delete(key);
    waiting.get(key.slice(0, key.indexOf("/")))?.delete(key);
    if (run.podIP !== undefined) for (const pool of addresses.values()) pool.release(run.podIP, key);
  };

  const queue = machinery.queue("kubelet", (key) => {
    let pod = pods.get(key);
    if (pod === undefined || !pod.spec.nodeName) return forget(key);
    let run = runs.get(key);
    if (run !== undefined && run.uid !== pod.metadata.uid) {
      forget(key);
      run = undefined;
    }
    if (run === undefined) {
      if (!nodes.get(pod.spec.nodeName)) return undefined;
      run = pod.status?.startTime === undefined ? newRun(pod, clock.now()) : adoptRun(pod, clock.now());
      runs.set(key, run);
      if (run.podIP !== undefined && run.podIP !== pod.status?.hostIP) {
        addressesOf(pod.spec.nodeName).keep(run.podIP, key);
      }
      if (pod.metadata.annotations?.[simulatedAnnotation] === undefined) pod = markSimulated(pod);
    }
    const { world, blocked } = worldOf(pod);
    const next = advance(pod, run, world);
    const namespace = pod.metadata.namespace ?? "";
    if (blocked()) {
      if (!waiting.has(namespace)) waiting.set(namespace, new Set());
      waiting.get(namespace)?.add(key);
    } else {
      waiting.get(namespace)?.delete(key);
    }
    const status = statusOf(pod, run, hostOf(pod.spec.nodeName), world.now);
    if (!equal(status, pod.status)) {
      const target = pod;
      ifThere(() => api.updateStatus(kinds.pods, withStatus(target, status)));
    }
    if (run.over !== undefined && pod.metadata.deletionTimestamp !== undefined) return remove(pod);
    return next === undefined ? undefined : next - clock.now();
  });

  const markSimulated = (pod: Obj): Obj =>
    api.update(
      kinds.pods,
      withMeta(pod, { annotations: { ...pod.metadata.annotations, [simulatedAnnotation]: "true" } }),
    );

  /** The last word of the kubelet on a deleted pod: nothing of it runs any more. */
  const remove = (pod: Obj): undefined => {
    if (pod.metadata.deletionGracePeriodSeconds === 0) return undefined;
    const preconditions = { uid: pod.metadata.uid ?? "" };
    ifThere(() =>
      api.delete(kinds.pods, pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0, preconditions }),
    );
    return undefined;
  };

  pods.on(({ type, object, previous }) => {
    const key = keyOf(object);
    if (type === "DELETED") {
      forget(key);
      return;
    }
    if (!object.spec.nodeName) return;
    // Our own status writes come back here; nothing about the pod has changed then.
    const same =
      previous !== undefined &&
      previous.spec === object.spec &&
      previous.metadata.deletionTimestamp === object.metadata.deletionTimestamp &&
      previous.metadata.annotations === object.metadata.annotations;
    if (!same) queue.add(key);
    else if (object.spec.readinessGates !== undefined) queue.add(key);
  });
  nodes.on(({ object, type }) => {
    if (type === "ADDED") for (const pod of pods.by("node", object.metadata.name)) queue.add(keyOf(pod));
  });
  for (const informer of [configMaps, secrets]) {
    informer.on(({ type, object }) => {
      if (type === "DELETED") return;
      for (const key of waiting.get(object.metadata.namespace ?? "") ?? []) {
        const run = runs.get(key);
        if (run !== undefined) run.mountAt = 0;
        queue.add(key);
      }
    });
  }
}
