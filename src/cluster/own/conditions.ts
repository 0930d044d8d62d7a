import type { ManagedFieldsEntry } from "../../manifest/index.ts";
import { withCondition, type OwnCondition } from "../conditions.ts";
import type { Core } from "../core.ts";
import type { Stored } from "../store.ts";
import type { Loose } from "../strategy.ts";

/** Writes a condition, with its owner in managedFields, where it is not there or says something else. */
export function setCondition(
  core: Core,
  table: string,
  object: Stored,
  condition: OwnCondition,
  owner: { readonly manager: string; readonly operation: "Apply" | "Update" },
): void {
  const { type, status, reason, message } = condition;
  const now = core.now();
  const before: Loose[] = (object["status"] as Loose)?.conditions ?? [];
  const same = before.find((one) => one.type === type);
  if (same?.status === status && same.reason === reason && same.message === message) return;
  const conditions = withCondition(before, condition, now);
  const fields = { ".": {}, "f:lastTransitionTime": {}, "f:message": {}, "f:reason": {}, "f:status": {}, "f:type": {} };
  const list = { ...(owner.operation === "Update" ? { ".": {} } : {}), [`k:${JSON.stringify({ type })}`]: fields };
  const entry: ManagedFieldsEntry = {
    manager: owner.manager,
    operation: owner.operation,
    apiVersion: object.apiVersion,
    time: now,
    fieldsType: "FieldsV1",
    fieldsV1: { "f:status": { "f:conditions": list } },
    subresource: "status",
  };
  const others = ((object.metadata.managedFields ?? []) as ManagedFieldsEntry[]).filter(
    (one) => one.manager !== owner.manager || one.subresource !== "status",
  );
  const managedFields = owner.operation === "Apply" ? [entry, ...others] : [...others, entry];
  const { name } = object.metadata;
  core.store.put(table, name, {
    ...object,
    metadata: { ...object.metadata, managedFields },
    status: { ...(object["status"] as object), conditions },
  });
}

/** Calls back for every object of a table, now and a moment after each change. */
export function follow(core: Core, table: string, on: (name: string) => void): void {
  for (const name of core.store.table(table).keys) on(name);
  core.store.table(table).listeners.add((event) => {
    const { name } = event.object.metadata;
    soon(() => on(name));
  });
}

/** A moment after the change that asked for it. What cannot be written then (the cluster ends, the disk is full) is left. */
export function soon(work: () => void): void {
  queueMicrotask(() => {
    try {
      work();
    } catch {}
  });
}
