import type { ApiObject, ManagedFieldsEntry } from "./types.ts";

/**
 * The patch (RFC 6902) that hands what `manager` owns by Update (client-side apply) to its Apply entry, as
 * client-go's csaupgrade does before the first server-side apply; undefined when there is nothing to hand over.
 * The second operation makes a lost race a conflict.
 */
export function upgradeFieldManagerPatch(object: ApiObject, manager: string): unknown[] | undefined {
  const before = object.metadata.managedFields;
  if (before === undefined) return undefined;
  const after = upgrade(before, manager);
  if (after === undefined) return undefined;
  return [
    { op: "replace", path: "/metadata/managedFields", value: after },
    { op: "replace", path: "/metadata/resourceVersion", value: object.metadata.resourceVersion ?? "" },
  ];
}

function upgrade(before: readonly ManagedFieldsEntry[], manager: string): ManagedFieldsEntry[] | undefined {
  const isUpdate = (entry: ManagedFieldsEntry) =>
    entry.manager === manager && entry.operation === "Update" && (entry.subresource ?? "") === "";
  if (!before.some(isUpdate)) return undefined;
  const entries = before.map((entry) => ({ ...entry }));
  let index = entries.findIndex(
    (entry) => entry.manager === manager && entry.operation === "Apply" && (entry.subresource ?? "") === "",
  );
  if (index < 0) {
    index = entries.findIndex(isUpdate);
    (entries[index] as ManagedFieldsEntry).operation = "Apply";
  }
  const target = entries[index] as ManagedFieldsEntry;
  const source = entries.find((entry) => isUpdate(entry) && entry.apiVersion === target.apiVersion);
  if (source !== undefined) target.fieldsV1 = union(target.fieldsV1 ?? {}, source.fieldsV1 ?? {});
  return entries.filter((entry) => !isUpdate(entry));
}

/** The union of two field sets in FieldsV1 form: maps of maps. */
function union(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    out[key] = key in out ? union(out[key] as Record<string, unknown>, value as Record<string, unknown>) : value;
  }
  return out;
}
