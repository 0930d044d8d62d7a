import { compareQuantities, parseQuantity } from "../../manifest/index.ts";
import type { Core } from "../core.ts";
import { podTotals, showUsage } from "../quota.ts";
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
        const shown = (what: "requests" | "limits") => showUsage(podTotals(object, what));
        bounds("Pod", item, shown("requests"), shown("limits"), problems);
      } else if (item.type === "PersistentVolumeClaim" && type.kind === "PersistentVolumeClaim") {
        const requests = object.spec.resources?.requests ?? {};
        // a claim's request is its limit, too
        bounds("PersistentVolumeClaim", item, requests, {}, problems, true);
      }
    }
    if (problems.length > 0) {
      const why = problems.length === 1 ? (problems[0] as string) : `[${problems.join(", ")}]`;
      throw forbidden(type, object.metadata.name ?? "", why);
    }
  }
}

function bounds(
  word: string,
  item: Loose,
  requests: Record<string, string>,
  limits: Record<string, string>,
  problems: string[],
  claim = false,
): void {
  const above = (a: string, b: string) => compareQuantities(a, b) > 0;
  for (const [key, min] of Object.entries((item.min ?? {}) as Record<string, string>)) {
    const [request, limit] = [requests[key], limits[key]];
    const head = `minimum ${key} usage per ${word} is ${min}`;
    if (request === undefined) problems.push(`${head}.  No request is specified`);
    else if (above(min, request)) problems.push(`${head}, but request is ${request}`);
    else if (limit !== undefined && above(min, limit)) problems.push(`${head}, but limit is ${limit}`);
  }
  for (const [key, max] of Object.entries((item.max ?? {}) as Record<string, string>)) {
    const [request, limit] = [requests[key], limits[key]];
    const head = `maximum ${key} usage per ${word} is ${max}`;
    if (claim) {
      if (request === undefined) problems.push(`${head}.  No request is specified`);
      else if (above(request, max)) problems.push(`${head}, but request is ${request}`);
    } else if (limit === undefined) problems.push(`${head}.  No limit is specified`);
    else if (above(limit, max)) problems.push(`${head}, but limit is ${limit}`);
    else if (request !== undefined && above(request, max)) problems.push(`${head}, but request is ${request}`);
  }
  for (const [key, ratio] of Object.entries((item.maxLimitRequestRatio ?? {}) as Record<string, string>)) {
    ratioBound(word, key, ratio, requests[key], limits[key], problems);
  }
}

function ratioBound(
  word: string,
  key: string,
  ratio: string,
  request: string | undefined,
  limit: string | undefined,
  problems: string[],
): void {
  const head = `${key} max limit to request ratio per ${word} is ${ratio}`;
  const asked = request === undefined ? 0 : Number(parseQuantity(request).nano);
  const most = limit === undefined ? 0 : Number(parseQuantity(limit).nano);
  if (asked === 0) problems.push(`${head}, but no request is specified or request is 0`);
  else if (most === 0) problems.push(`${head}, but no limit is specified or limit is 0`);
  else if (most / asked > Number(parseQuantity(ratio).nano) / 1e9)
    problems.push(`${head}, but provided ratio is ${(most / asked).toFixed(6)}`);
}
