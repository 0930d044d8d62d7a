import { parseQuantity } from "../../manifest/index.ts";
import type { Loose } from "../strategy.ts";

/** A pod's quality of service, from its containers' requests and limits of CPU and memory. */
export function qosClass(pod: Loose): string {
  const { spec } = pod;
  const counted = ["cpu", "memory"];
  const positive = (value: unknown) => value !== undefined && parseQuantity(String(value)).nano > 0n;
  let any = false;
  let guaranteed = true;
  const holders: Loose[] =
    spec.resources !== undefined && (spec.resources.limits !== undefined || spec.resources.requests !== undefined)
      ? [{ resources: spec.resources }]
      : [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  for (const { resources = {} } of holders) {
    const { requests = {}, limits = {} } = resources;
    for (const name of counted) {
      if (positive(requests[name]) || positive(limits[name])) any = true;
      if (!positive(limits[name])) guaranteed = false;
      else if (requests[name] !== undefined && parseQuantity(requests[name]).nano !== parseQuantity(limits[name]).nano)
        guaranteed = false;
    }
  }
  if (!any) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}
