/** What simulated pods use of cpu (thousandths) and memory (bytes): annotations say, else a modest share of requests. Pure. */
import { milliValue, parseQuantity, wholeValue } from "../../schedule/index.ts";
import type { Json, Obj } from "../controllers/object.ts";
import { setting } from "./behaviour.ts";

export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

/** The usage of each running container of a pod, by name; `sim.slipway.dev/cpu` and `memory` are shared between containers. */
export function podUsage(pod: Obj): Map<string, Usage> {
  const usage = new Map<string, Usage>();
  if (pod.status?.phase !== "Running") return usage;
  const containers: Json[] = (pod.spec.containers ?? []).filter((container: Json) => {
    const status = pod.status.containerStatuses?.find((item: Json) => item.name === container.name);
    return status?.state?.running !== undefined;
  });
  for (const container of containers) {
    const own = (name: string) => pod.metadata.annotations?.[`sim.slipway.dev/${name}.${container.name}`];
    const asked = (
      name: "cpu" | "memory",
      read: (text: string | undefined) => number,
      share: number,
      least: number,
    ) => {
      const text = own(name) ?? setting(pod, name, container.name, false);
      if (text !== undefined && parseQuantity(text) !== undefined) {
        return own(name) === undefined ? Math.round(read(text) / containers.length) : read(text);
      }
      const request = read(container.resources?.requests?.[name]);
      return request > 0 ? Math.round(request * share) : least;
    };
    usage.set(container.name, {
      cpu: asked("cpu", milliValue, 0.05, 5),
      memory: asked("memory", wholeValue, 0.4, 32 * 2 ** 20),
    });
  }
  return usage;
}

/** The sum over a pod's containers. */
export function totalUsage(usage: ReadonlyMap<string, Usage>): Usage {
  let cpu = 0;
  let memory = 0;
  for (const item of usage.values()) {
    cpu += item.cpu;
    memory += item.memory;
  }
  return { cpu, memory };
}

/** A PodMetrics object of metrics.k8s.io/v1beta1; undefined for a pod that does not run. */
export function podMetrics(pod: Obj, timestamp: string): Json | undefined {
  const usage = podUsage(pod);
  if (usage.size === 0) return undefined;
  const { name, namespace, labels, creationTimestamp } = pod.metadata;
  return {
    kind: "PodMetrics",
    apiVersion: "metrics.k8s.io/v1beta1",
    metadata: {
      name,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      creationTimestamp: creationTimestamp ?? null,
    },
    timestamp,
    window: "15s",
    containers: [...usage].map(([container, used]) => ({ name: container, usage: asQuantities(used) })),
  };
}

/** A NodeMetrics object: the sum of the node's pods. */
export function nodeMetrics(node: Obj, pods: readonly Obj[], timestamp: string): Json {
  let cpu = 0;
  let memory = 0;
  for (const pod of pods) {
    const used = totalUsage(podUsage(pod));
    cpu += used.cpu;
    memory += used.memory;
  }
  const { name, labels, creationTimestamp } = node.metadata;
  return {
    kind: "NodeMetrics",
    apiVersion: "metrics.k8s.io/v1beta1",
    metadata: { name, ...(labels === undefined ? {} : { labels }), creationTimestamp: creationTimestamp ?? null },
    timestamp,
    window: "15s",
    usage: asQuantities({ cpu, memory }),
  };
}

function asQuantities(used: Usage): Json {
  return { cpu: `${used.cpu}m`, memory: `${Math.round(used.memory / 1024)}Ki` };
}
