import type { ClusterApi, KubeObject, Resource } from "./api.ts";
import type { Caller, Core, WriteContext } from "./core.ts";
import { tableName } from "./registry.ts";
import { decodeObject } from "./server/body.ts";
import type { ServedType } from "./served.ts";
import { notFound } from "./status.ts";

/** The controllers' view of a core. */

const controller: Caller = {
  name: "system:kube-controller-manager",
  groups: ["system:masters", "system:authenticated"],
};

const inside = (): WriteContext => ({ user: controller, dryRun: false, manager: "", warnings: [] });

/** The in-memory ClusterApi over a core: creations are defaulted, admitted and validated; updates are trusted. */
export function coreApi(core: Core): ClusterApi {
  const { registry } = core;
  const typeOf = (resource: Resource): ServedType => {
    const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
    const type = core.types.at(apiVersion, resource.plural);
    if (type === undefined) throw notFound(resource, "");
    return type;
  };
  return {
    clock: core.clock,
    random: core.random,
    get: (resource, namespace, name) => registry.get(resource, namespace, name),
    list: (resource, namespace, selector) => registry.list(resource, namespace, selector),
    create(resource, object) {
      const type = typeOf(resource);
      const { apiVersion: _, kind: __, ...rest } = object;
      const decoded = decodeObject({ ...rest, apiVersion: type.apiVersion, kind: type.kind }, type, {
        validation: "Ignore",
        warnings: [],
      });
      return core.create(type, object.metadata.namespace ?? "", decoded, inside());
    },
    update: (resource, object) => registry.update(resource, object),
    updateStatus: (resource, object) => registry.update(resource, object, "status"),
    delete: (resource, namespace, name, options) => void registry.delete(resource, namespace, name, options),
    watch(resource, on) {
      const table = registry.store.table(tableName(resource));
      for (const key of table.keys) on({ type: "ADDED", object: table.objects.get(key) as KubeObject });
      table.listeners.add(on);
      return () => void table.listeners.delete(on);
    },
    resources: () => preferred(core),
    onResourcesChanged: (on) => core.types.onChange(on),
  };
}

/** Each listable type once, in its preferred version. */
function preferred(core: Core): Resource[] {
  const out = new Map<string, Resource>();
  for (const group of core.types.groups()) {
    for (const { types } of group.versions) {
      for (const type of types) {
        if (type.verbs.includes("list") && !out.has(type.table)) out.set(type.table, type);
      }
    }
  }
  return [...out.values()];
}
