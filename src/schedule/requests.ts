import { amountOf } from "./quantity.ts";
import type { Amounts, ScheduleObject } from "./types.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

function add(into: Record<string, number>, amounts: Amounts): void {
  for (const [name, amount] of Object.entries(amounts)) into[name] = (into[name] ?? 0) + amount;
}

function raise(into: Record<string, number>, amounts: Amounts): void {
  for (const [name, amount] of Object.entries(amounts)) into[name] = Math.max(into[name] ?? 0, amount);
}

/** The amounts in a resource list (`requests`, `limits`, `allocatable`). */
export function amountsOf(list: Record<string, string | number> | undefined): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [name, text] of Object.entries(list ?? {})) out[name] = amountOf(name, text);
  return out;
}

/**
 * What a pod asks for (resourcehelper.PodRequests): the containers with the sidecars that run beside them, or an init
 * container with the sidecars before it where that is more; pod-level requests replace the sum; and the overhead.
 */
export function podRequests(pod: ScheduleObject): Record<string, number> {
  const total: Record<string, number> = {};
  for (const container of pod.spec?.containers ?? []) add(total, amountsOf(container.resources?.requests));
  const sidecars: Record<string, number> = {};
  const peak: Record<string, number> = {};
  for (const container of pod.spec?.initContainers ?? []) {
    const requests = amountsOf(container.resources?.requests);
    if (container.restartPolicy === "Always") {
      add(sidecars, requests);
      raise(peak, sidecars);
    } else {
      const together = { ...sidecars };
      add(together, requests);
      raise(peak, together);
    }
  }
  add(total, sidecars);
  raise(total, peak);
  for (const [name, text] of Object.entries((pod.spec?.resources?.requests ?? {}) as Record<string, string>)) {
    total[name] = amountOf(name, text);
  }
  add(total, amountsOf(pod.spec?.overhead));
  return total;
}

/** The host ports a pod takes, as `protocol/ip/port`. */
export function hostPorts(pod: ScheduleObject): { protocol: string; ip: string; port: number }[] {
  const ports: { protocol: string; ip: string; port: number }[] = [];
  const sidecars = (pod.spec?.initContainers ?? []).filter((container: Json) => container.restartPolicy === "Always");
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.hostPort > 0) {
        ports.push({ protocol: port.protocol ?? "TCP", ip: port.hostIP || "0.0.0.0", port: port.hostPort });
      }
    }
  }
  return ports;
}
