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
