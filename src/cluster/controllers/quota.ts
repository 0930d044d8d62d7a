import { addUsage, concerns, countName, inScope, plus, showUsage, usageOf } from "../quota.ts";
import type { Usage } from "../quota.ts";
import { ifThere, type Machinery } from "./machinery.ts";
import { equal, keyOf, type Json, type Obj } from "./object.ts";
import { kinds, type Resource } from "./port.ts";

const tableOf = (resource: Resource): string => `${resource.group}/${resource.plural}`;

const counted: readonly Resource[] = [
  kinds.pods,
  kinds.services,
  kinds.persistentVolumeClaims,
  kinds.configMaps,
  kinds.secrets,
  kinds.replicationControllers,
  kinds.resourceQuotas,
];

/** Keeps the status of ResourceQuotas: what is allowed, and what the namespace's objects use of it. */
export function startQuotas(machinery: Machinery): void {
  const { api, clock } = machinery;
  const quotas = machinery.informer(kinds.resourceQuotas);
  const followed = new Set<string>();
  /** The kinds that a quota's names speak of. */
  const resourcesOf = (names: readonly string[]): Resource[] => {
    const out = counted.filter((resource) => names.some((name) => concerns(tableOf(resource), name)));
    for (const name of names) {
      if (!name.startsWith("count/")) continue;
      const found = api.resources().find((resource) => countName(tableOf(resource)) === name);
      if (found !== undefined && !out.some((one) => tableOf(one) === tableOf(found))) out.push(found);
    }
    return out;
  };
  const sync = (key: string): void => {
    const quota = quotas.get(key);
    if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return;
    const hard: Record<string, string> = quota.spec?.hard ?? {};
    const names = Object.keys(hard);
    const used: Usage = Object.fromEntries(names.map((name) => [name, { nano: 0n, format: "DecimalSI" }]));
    for (const resource of resourcesOf(names)) {
      follow(resource);
      const table = tableOf(resource);
      for (const object of api.list(resource, quota.metadata.namespace)) {
        if (!inScope(quota, table, object)) continue;
        const usage = usageOf(table, object, clock.now());
        const own = names.filter((name) => usage[name] !== undefined);
        addUsage(used, Object.fromEntries(own.map((name) => [name, plus(undefined, usage[name] as never)])));
      }
    }
    const status: Json = { hard, used: showUsage(used) };
    if (equal(quota["status"] ?? {}, status)) return;
    ifThere(() => api.updateStatus(kinds.resourceQuotas, { ...quota, status }));
  };
  const queue = machinery.queue("resourcequota_controller", sync);
  const again = (namespace: string | undefined) => {
    for (const quota of quotas.list(namespace)) queue.add(keyOf(quota));
  };
  /** Counts again when such objects come and go, or begin to use something else. */
  function follow(resource: Resource): void {
    const id = tableOf(resource);
    if (followed.has(id) || id === "/resourcequotas") return;
    followed.add(id);
    machinery.onStop(
      api.watch(resource, ({ type, object }: { type: string; object: Obj }) => {
        if (type !== "MODIFIED" || id === "/services" || id === "/persistentvolumeclaims" || ended(id, object))
          again(object.metadata.namespace);
      }),
    );
  }
  // a new quota counts before the next request is read: it is enforced from then on
  quotas.on(({ object }) => queueMicrotask(() => queue.runNow(keyOf(object))));
}

function ended(table: string, object: Obj): boolean {
  const phase = object["status"]?.phase;
  return (
    table === "/pods" &&
    (phase === "Succeeded" || phase === "Failed" || object.metadata.deletionTimestamp !== undefined)
  );
}
