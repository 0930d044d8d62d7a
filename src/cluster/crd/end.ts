import type { Resource } from "../api.ts";
import { withCondition } from "../conditions.ts";
import type { Core } from "../core.ts";
import type { Loose } from "../strategy.ts";
import type { Stored, StoreEvent } from "../store.ts";
import { definitionTable } from "./names.ts";

/** A definition's end: it is marked, its objects are deleted, and it goes when none of them is left (their finalizers may hold). */

const finalizer = "customresourcecleanup.apiextensions.k8s.io";

export const definitionResource: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

/** A definition as its deletion leaves it, at first. */
export function markDefinition(definition: Stored, now: string): Stored {
  const finalizers = definition.metadata.finalizers ?? [];
  const marked: Loose = {
    ...definition,
    metadata: {
      ...definition.metadata,
      deletionTimestamp: now,
      finalizers: finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer],
    },
  };
  const message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
  return terminating(marked, "InstanceDeletionPending", message, now);
}

function terminating(definition: Loose, reason: string, message: string, now: string): Stored {
  const condition = { type: "Terminating", status: "True", reason, message } as const;
  const conditions = withCondition(definition.status?.conditions ?? [], condition, now);
  return { ...definition, status: { ...definition.status, conditions } } as Stored;
}

/** Whether nothing may be created any more of a definition's types. */
export function isTerminating(core: Core, group: string, plural: string): boolean {
  return core.store.get(definitionTable, `${plural}.${group}`)?.metadata.deletionTimestamp !== undefined;
}

/** Does what a change asks for a moment later, and again each second while it cannot be written (the disk is full). */
export function soonOrLater(core: Core, work: () => void, ms = 0): void {
  core.clock.schedule(ms, () => {
    if (core.ended) return;
    try {
      work();
    } catch {
      soonOrLater(core, work, 1000);
    }
  });
}

/** Deletes the objects of a definition that is marked, and ends it as soon as none is left. */
export function endDefinition(core: Core, name: string): void {
  const definition: Loose = core.store.get(definitionTable, name);
  if (definition?.metadata.finalizers?.includes(finalizer) !== true) return;
  const { group, names, scope, versions } = definition.spec;
  const namespaced = scope === "Namespaced";
  const resource = { group, version: versions[0].name, plural: names.plural, kind: names.kind, namespaced };
  const table = core.store.table(`${group}/${names.plural}`);
  for (const key of table.keys.slice()) {
    const object = table.objects.get(key);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) continue;
    core.registry.delete(resource, object.metadata.namespace, object.metadata.name);
  }
  if (table.keys.length === 0) {
    const finalizers = definition.metadata.finalizers.filter((one: string) => one !== finalizer);
    core.registry.update(definitionResource, { ...definition, metadata: { ...definition.metadata, finalizers } });
    return;
  }
  const message = "CustomResource deletion is in progress";
  core.registry.update(
    definitionResource,
    terminating(definition, "InstanceDeletionInProgress", message, core.now()),
    "status",
  );
  const listener = (event: StoreEvent) => {
    if (event.type !== "DELETED" || table.keys.length > 0) return;
    table.listeners.delete(listener);
    soonOrLater(core, () => endDefinition(core, name));
  };
  table.listeners.add(listener);
}
