import type { Clock, Random } from "../base/index.ts";
import type { ClusterApi, Resource } from "./api.ts";
import { resources } from "./api.ts";
import { Registry, tableName } from "./registry.ts";
import { Store } from "./store.ts";

/** The in-memory ClusterApi over a registry. `served` answers the types that are served now. */
export function clusterApi(
  registry: Registry,
  served: () => readonly Resource[] = () => Object.values(resources),
  onResourcesChanged: (on: () => void) => () => void = () => () => {},
): ClusterApi {
  return {
    clock: registry.clock,
    random: registry.random,
    get: (resource, namespace, name) => registry.get(resource, namespace, name),
    list: (resource, namespace, selector) => registry.list(resource, namespace, selector),
    create: (resource, object) => registry.create(resource, object),
    update: (resource, object) => registry.update(resource, object),
    updateStatus: (resource, object) => registry.update(resource, object, "status"),
    delete: (resource, namespace, name, options) => void registry.delete(resource, namespace, name, options),
    watch(resource, on) {
      const table = registry.store.table(tableName(resource));
      for (const key of table.keys) on({ type: "ADDED", object: table.objects.get(key) as never });
      table.listeners.add(on);
      return () => void table.listeners.delete(on);
    },
    resources: served,
    onResourcesChanged,
  };
}

/** A cluster's bare memory with the namespaces every cluster has: for tests of controllers. */
export function memoryApi(clock: Clock, random: Random): ClusterApi {
  const registry = new Registry(new Store(clock), clock, random);
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
    registry.create(resources.namespaces, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  }
  return clusterApi(registry);
}
