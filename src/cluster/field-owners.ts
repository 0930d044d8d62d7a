import { setFromJson, updateManagedFields } from "../manifest/index.ts";
import type { ManagedFieldsEntry, Writer } from "../manifest/index.ts";
import { decode } from "./decode.ts";
import type { ServedType } from "./served.ts";
import type { Metadata, Stored } from "./store.ts";

/** Who owns which fields: what writers of a type are noted for, and what no write of theirs can reach. */

/** Who owns which fields after a write. What does not fit its type is owned by nobody: validation has the word. */
export function tracked(old: Stored, next: Stored, type: ServedType, writer: Writer): ManagedFieldsEntry[] {
  try {
    return updateManagedFields(old, next, type.shape, writer);
  } catch {
    return (next.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  }
}

/** Writes the list; an empty one is none. */
export function setManagedFields(metadata: Metadata, entries: ManagedFieldsEntry[]): void {
  if (entries.length === 0) delete metadata.managedFields;
  else metadata.managedFields = entries;
}

const empties = new WeakMap<ServedType, Stored>();

/** The zero object of a type, as Go's `new` gives it. */
export function emptyOf(type: ServedType): Stored {
  let empty = empties.get(type);
  if (empty === undefined) {
    const zero = type.type === undefined ? {} : decode(type.type, {});
    empty = { ...zero, apiVersion: type.apiVersion, kind: type.kind } as Stored;
    empties.set(type, empty);
  }
  return empty;
}

function hasStatus(type: ServedType): boolean {
  return type.subresources.some((sub) => sub.name === "status");
}

/** Whether ordinary writes leave the status as it is. */
export function keepsStatusOf(type: ServedType): boolean {
  return type.strategy.keepsStatus ?? hasStatus(type);
}

const statusOnly = setFromJson({ "f:status": {} });
const specOnly = setFromJson({ "f:spec": {} });
const customStatus = setFromJson({ "f:metadata": {}, "f:spec": {} });

/** What ordinary writes do not own. */
export function ownResets(type: ServedType): ReturnType<typeof setFromJson> | undefined {
  if (type.strategy.resets !== undefined) return setFromJson(type.strategy.resets);
  return keepsStatusOf(type) ? statusOnly : undefined;
}

/** What writes through the status subresource do not own. */
export function statusResets(type: ServedType): ReturnType<typeof setFromJson> {
  return type.strategy.statusResets !== undefined
    ? setFromJson(type.strategy.statusResets)
    : type.custom !== undefined
      ? customStatus
      : specOnly;
}
