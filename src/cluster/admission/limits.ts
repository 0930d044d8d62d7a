import { compareQuantities, parseQuantity } from "../../manifest/index.ts";
import type { Core } from "../core.ts";
import type { ServedType } from "../served.ts";
import type { Loose } from "../strategy.ts";
import { forbidden } from "../status.ts";

/** LimitRanger: a namespace's defaults and bounds for containers, pods and claims. */

function ranges(core: Core, namespace: string): Loose[] {
  const table = core.store.table("/limitranges");
  if (table.keys.length === 0) return [];
  const out: Loose[] = [];
  for (const object of table.objects.values() as Iterable<Loose>)
    if (object.metadata.namespace === namespace) out.push(object);
  return out;
}

export function applyLimits(core: Core, pod: Loose): void {
  for (const range of ranges(core, pod.metadata.namespace)) {
    const notes: string[] = [];
    for (const item of range.spec.limits ?? []) {
      if (item.type !== "Container") continue;
      for (const kind of ["containers", "initContainers"]) {
        for (const container of pod.spec[kind] ?? []) {
          const resources = (container.resources ??= {});
          const given = { requests: resources.requests !== undefined, limits: resources.limits !== undefined };
          void given;
          const set = (what: "limits" | "requests", values: Loose) => {
            const added: string[] = [];
            for (const key of Object.keys(values ?? {}).sort()) {
              if (resources[what]?.[key] !== undefined) continue;
              resources[what] = { ...resources[what], [key]: values[key] };
              added.push(key);
            }
            const word = kind === "containers" ? "container" : "init container";
            const name = what === "limits" ? "limit" : "request";
            if (added.length > 0) notes.push(`${added.join(", ")} ${name} for ${word} ${container.name}`);
          };
          set("requests", item.defaultRequest);
          set("limits", item.default);
        }
      }
    }
    if (notes.length > 0) {
      pod.metadata.annotations ??= {};
      pod.metadata.annotations["kubernetes.io/limit-ranger"] = `LimitRanger plugin set: ${notes.join("; ")}`;
    }
  }
}

/** Refuses what is out of bounds. */
export function checkLimits(core: Core, type: ServedType, object: Loose): void {
  for (const range of ranges(core, object.metadata.namespace)) {
    const problems: string[] = [];
    for (const item of range.spec.limits ?? []) {
      if (item.type === "Container" && type.kind === "Pod") {
        for (const container of [...(object.spec.containers ?? []), ...(object.spec.initContainers ?? [])]) {
          bounds("Container", item, container.resources?.requests ?? {}, container.resources?.limits ?? {}, problems);
        }
      } else if (item.type === "Pod" && type.kind === "Pod") {
        bounds("Pod", item, sum(object.spec.containers, "requests"), sum(object.spec.containers, "limits"), problems);
      } else if (item.type === "PersistentVolumeClaim" && type.kind === "PersistentVolumeClaim") {
        const requests = object.spec.resources?.requests ?? {};
        bounds("PersistentVolumeClaim", item, requests, requests, problems);
      }
    }
    if (problems.length > 0) {
      throw forbidden(
        type,
        object.metadata.name ?? "",
        problems.length === 1 ? (problems[0] as string) : `[${problems.join(", ")}]`,
      );
    }
  }
}

function sum(containers: Loose[], what: string): Record<string, string> {
  const totals: Record<string, bigint> = {};
  for (const container of containers ?? []) {
    for (const [key, value] of Object.entries(container.resources?.[what] ?? {})) {
      totals[key] = (totals[key] ?? 0n) + parseQuantity(String(value)).nano;
    }
  }
  return Object.fromEntries(Object.entries(totals).map(([key, nano]) => [key, `${nano}n`]));
}

function bounds(word: string, item: Loose, requests: Loose, limits: Loose, problems: string[]): void {
  for (const key of Object.keys(item.min ?? {})) {
    const min = item.min[key];
    if (requests[key] === undefined)
      problems.push(`minimum ${key} usage per ${word} is ${min}.  No request is specified`);
    else if (compareQuantities(requests[key], min) < 0) {
      problems.push(`minimum ${key} usage per ${word} is ${min}, but request is ${requests[key]}`);
    }
    if (limits[key] !== undefined && compareQuantities(limits[key], min) < 0) {
      problems.push(`minimum ${key} usage per ${word} is ${min}, but limit is ${limits[key]}`);
    }
  }
  for (const key of Object.keys(item.max ?? {})) {
    const max = item.max[key];
    if (word !== "PersistentVolumeClaim") {
      if (limits[key] === undefined)
        problems.push(`maximum ${key} usage per ${word} is ${max}.  No limit is specified`);
      else if (compareQuantities(limits[key], max) > 0) {
        problems.push(`maximum ${key} usage per ${word} is ${max}, but limit is ${limits[key]}`);
      }
    }
    if (requests[key] !== undefined && compareQuantities(requests[key], max) > 0) {
      problems.push(`maximum ${key} usage per ${word} is ${max}, but request is ${requests[key]}`);
    }
  }
}
