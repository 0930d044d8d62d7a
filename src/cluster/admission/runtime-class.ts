import type { Core } from "../core.ts";
import { sameJson } from "../objects.ts";
import type { ServedType } from "../served.ts";
import { forbidden } from "../status.ts";
import type { Loose } from "../strategy.ts";

/** RuntimeClass: what a pod costs beside its containers, and which nodes it may run on, come from its class. */

function classOf(core: Core, pod: Loose): Loose {
  const name = pod.spec.runtimeClassName;
  return name === undefined ? undefined : core.store.get("node.k8s.io/runtimeclasses", name);
}

export function applyRuntimeClass(core: Core, type: ServedType, pod: Loose): void {
  const { spec } = pod;
  const refuse = (why: string) => forbidden(type, pod.metadata.name ?? "", why);
  const found = classOf(core, pod);
  if (spec.runtimeClassName !== undefined && found === undefined)
    throw refuse(`pod rejected: RuntimeClass ${JSON.stringify(spec.runtimeClassName)} not found`);
  const overhead = found?.overhead?.podFixed;
  if (found?.overhead !== undefined) {
    if (Object.keys(spec.overhead ?? {}).length > 0 && !sameJson(overhead ?? {}, spec.overhead))
      throw refuse("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    if (overhead !== undefined) spec.overhead = { ...overhead };
  } else if (spec.overhead !== undefined) {
    throw refuse("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
  }
  if (found?.scheduling === undefined) return;
  const { nodeSelector, tolerations } = found.scheduling;
  for (const [key, value] of Object.entries((nodeSelector ?? {}) as Record<string, string>)) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      throw refuse(
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
  }
  const merged: Loose[] = [...(spec.tolerations ?? [])];
  for (const one of tolerations ?? []) if (!merged.some((other) => sameJson(other, one))) merged.push(one);
  if (merged.length > 0) spec.tolerations = merged;
}
