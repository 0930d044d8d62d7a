import {
  difference,
  intersection,
  isEmptySet,
  pathsOf,
  pathText,
  recursiveDifference,
  setFromJson,
  setToJson,
  union,
  withNamedFields,
} from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { sameJson } from "./merge-patch.ts";
import type { Shape } from "./shape.ts";
import { compareTyped, fieldSetOf, mergeTyped, removeItems } from "./typed.ts";

/** Field ownership and server-side apply, by the rules of structured-merge-diff. */

type Map_ = Record<string, unknown>;

/** One entry of metadata.managedFields. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: unknown;
  subresource?: string;
}

interface Owner {
  readonly entry: ManagedFieldsEntry;
  set: FieldSet;
  changed: boolean;
}

/** Who writes, where and when. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  /** metav1.Time of now. */
  readonly time: string;
  readonly subresource?: string;
  /** Paths the writer never owns here (status through the main resource, and the other way round). */
  readonly ignored?: FieldSet;
  /** Only these paths are owned (scale and other subresources); all when undefined. */
  readonly only?: FieldSet;
}

export interface Conflict {
  readonly manager: string;
  readonly entry: ManagedFieldsEntry;
  readonly path: string;
}

const stripped: FieldSet = setFromJson({
  "f:apiVersion": {},
  "f:kind": {},
  "f:metadata": {
    ".": {},
    "f:name": {},
    "f:namespace": {},
    "f:creationTimestamp": {},
    "f:selfLink": {},
    "f:uid": {},
    "f:clusterName": {},
    "f:generation": {},
    "f:managedFields": {},
    "f:resourceVersion": {},
  },
});

function ownersOf(object: Map_): Owner[] {
  const entries = (object["metadata"] as { managedFields?: ManagedFieldsEntry[] } | undefined)?.managedFields ?? [];
  const out: Owner[] = [];
  for (const entry of entries) {
    out.push({ entry, set: setFromJson(entry.fieldsV1), changed: false });
  }
  return out;
}

/** The key by which entries of one writer are found again. */
function writerKey(entry: ManagedFieldsEntry): string {
  const { manager, operation, subresource } = entry;
  // an update's entry belongs to one version; an applier has one entry only
  const version = operation === "Apply" ? "" : entry.apiVersion;
  return JSON.stringify([manager, operation, version, subresource ?? ""]);
}

/** The object without managedFields: what owners own parts of. */
function bare(object: Map_): Map_ {
  const metadata = object["metadata"] as Map_ | undefined;
  if (metadata === undefined || metadata["managedFields"] === undefined) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

function filter(set: FieldSet, writer: Writer): FieldSet {
  let out = set;
  if (writer.ignored !== undefined) out = recursiveDifference(out, writer.ignored);
  if (writer.only !== undefined) out = onlyWithin(out, writer.only);
  return out;
}

function onlyWithin(set: FieldSet, only: FieldSet): FieldSet {
  const out: FieldSet = new Map();
  for (const [step, node] of set) {
    const wanted = only.get(step);
    if (wanted === undefined) continue;
    if (wanted.member) out.set(step, node);
    else if (node.children !== undefined && wanted.children !== undefined) {
      const children = onlyWithin(node.children, wanted.children);
      if (children.size > 0) out.set(step, { member: false, children });
    }
  }
  return out;
}

/** Entries in the order they are kept: appliers first, then by time, then by manager. */
function entriesOf(owners: readonly Owner[], time: string): ManagedFieldsEntry[] {
  const out: ManagedFieldsEntry[] = [];
  for (const owner of owners) {
    const set = difference(owner.set, stripped);
    if (isEmptySet(set)) continue;
    const { manager, operation, apiVersion, subresource } = owner.entry;
    const entry: ManagedFieldsEntry = {};
    if (manager !== undefined && manager !== "") entry.manager = manager;
    if (operation !== undefined) entry.operation = operation;
    if (apiVersion !== undefined) entry.apiVersion = apiVersion;
    const stamp = owner.changed ? time : owner.entry.time;
    if (stamp !== undefined) entry.time = stamp;
    entry.fieldsType = "FieldsV1";
    entry.fieldsV1 = setToJson(set);
    if (subresource !== undefined && subresource !== "") entry.subresource = subresource;
    out.push(entry);
  }
  return out.sort(compareEntries);
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  const order = (x: string | undefined, y: string | undefined) =>
    (x ?? "") < (y ?? "") ? -1 : (x ?? "") > (y ?? "") ? 1 : 0;
  return (
    order(a.operation, b.operation) ||
    order(a.time, b.time) ||
    order(a.manager, b.manager) ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource, b.subresource)
  );
}

const mostUpdaters = 10;

/** More than ten updaters: the oldest become one, `ancient-changes`. */
function capped(owners: Owner[]): Owner[] {
  const updaters = owners.filter((owner) => owner.entry.operation === "Update");
  if (updaters.length <= mostUpdaters) return owners;
  const sorted = [...updaters].sort((a, b) => compareEntries(a.entry, b.entry));
  const excess = sorted.slice(0, updaters.length - mostUpdaters + 1);
  const versions = new Map<string, Owner>();
  for (const owner of excess) {
    const version = owner.entry.apiVersion ?? "";
    const known = versions.get(version);
    if (known !== undefined) known.set = union(known.set, owner.set);
    else {
      const entry = {
        manager: "ancient-changes",
        operation: "Update",
        apiVersion: version,
        ...(owner.entry.time === undefined ? {} : { time: owner.entry.time }),
      };
      versions.set(version, { entry, set: owner.set, changed: true });
    }
  }
  return [...owners.filter((owner) => !excess.includes(owner)), ...versions.values()];
}

/**
 * The managedFields after a plain write: what changed belongs to the writer now, what is gone belongs to nobody.
 * `live` is the object before (for a creation: the empty object of its kind).
 */
export function updateManagedFields(live: Map_, next: Map_, shape: Shape, writer: Writer): ManagedFieldsEntry[] {
  const given = (next["metadata"] as { managedFields?: ManagedFieldsEntry[] } | undefined)?.managedFields ?? [];
  // a writer of the whole object may set managedFields; a list of one empty entry resets them
  const fromNext = given.length > 0 && (writer.subresource ?? "") === "";
  const owners = fromNext ? ownersOf(next).filter((owner) => owner.entry.operation !== undefined) : ownersOf(live);
  const key = writerKey({
    manager: writer.manager,
    operation: "Update",
    apiVersion: writer.apiVersion,
    subresource: writer.subresource ?? "",
  });
  const compared = compareTyped(bare(live), bare(next), shape);
  const changed = filter(union(compared.modified, compared.added), writer);
  const removed = filter(compared.removed, writer);
  for (const owner of owners) owner.set = difference(difference(owner.set, changed), removed);
  if (!isEmptySet(difference(changed, stripped))) {
    const own = owners.find((owner) => writerKey(owner.entry) === key);
    if (own !== undefined) {
      own.set = union(own.set, changed);
      own.changed = true;
    } else {
      owners.push({ entry: newEntry(writer, "Update"), set: changed, changed: true });
      return entriesOf(capped(owners.filter((owner) => !isEmptySet(difference(owner.set, stripped)))), writer.time);
    }
  }
  return entriesOf(owners, writer.time);
}

function newEntry(writer: Writer, operation: string): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = { manager: writer.manager, operation, apiVersion: writer.apiVersion };
  if (writer.subresource !== undefined && writer.subresource !== "") entry.subresource = writer.subresource;
  return entry;
}

export interface Applied {
  /** The merged object (without managedFields), or undefined when nothing changed. */
  readonly object: Map_ | undefined;
  readonly managedFields: ManagedFieldsEntry[];
  /** Fields that others own with other values; with `force` they are taken over, otherwise nothing may be written. */
  readonly conflicts: readonly Conflict[];
}

/** Server-side apply of a configuration onto a live object. */
export function serverSideApply(
  live: Map_,
  config: Map_,
  shape: Shape,
  writer: Writer & { readonly force?: boolean },
): Applied {
  const owners = ownersOf(live);
  const liveBare = bare(live);
  const configBare = bare(config);
  const key = writerKey({ manager: writer.manager, operation: "Apply", subresource: writer.subresource ?? "" });
  let own = owners.find((owner) => writerKey(owner.entry) === key);
  const last = own?.set;
  const set = filter(fieldSetOf(configBare, shape), writer);
  const entry = newEntry(writer, "Apply");
  const fresh: Owner = {
    entry: own?.entry.time === undefined ? entry : { ...entry, time: own.entry.time },
    set,
    changed: false,
  };
  if (own === undefined) owners.push(fresh);
  else owners[owners.indexOf(own)] = fresh;
  own = fresh;
  let merged = (mergeTyped(liveBare, configBare, shape) ?? {}) as Map_;
  if (last !== undefined && !isEmptySet(last)) merged = prune(merged, last, owners, shape);
  const compared = compareTyped(liveBare, merged, shape);
  const changed = filter(union(compared.modified, compared.added), writer);
  const removed = filter(compared.removed, writer);
  const conflicts: Conflict[] = [];
  for (const owner of owners) {
    if (owner === own) continue;
    const conflict = intersection(owner.set, changed);
    if (isEmptySet(conflict)) continue;
    for (const path of pathsOf(conflict)) {
      conflicts.push({ manager: owner.entry.manager ?? "", entry: owner.entry, path: pathText(path) });
    }
    owner.set = difference(owner.set, conflict);
  }
  for (const owner of owners) if (owner !== own) owner.set = difference(owner.set, removed);
  const unchanged = sameJson(liveBare, merged);
  own.changed = !unchanged;
  return {
    object: unchanged ? undefined : merged,
    managedFields: entriesOf(owners, writer.time),
    conflicts: writer.force === true ? [] : conflicts,
  };
}

/** Takes out what the applier owned, no longer applies, and nobody else owns. */
function prune(merged: Map_, last: FieldSet, owners: readonly Owner[], shape: Shape): Map_ {
  let pruned = (removeItems(merged, withNamedFields(last, shape), shape) ?? {}) as Map_;
  let managed: FieldSet = new Map();
  for (const owner of owners) managed = union(managed, owner.set);
  const mergedSet = withNamedFields(fieldSetOf(merged, shape), shape);
  const keep = union(withNamedFields(fieldSetOf(pruned, shape), shape), withNamedFields(managed, shape));
  pruned = (removeItems(merged, difference(mergedSet, keep), shape) ?? {}) as Map_;
  const prunedSet = withNamedFields(fieldSetOf(pruned, shape), shape);
  const gone = intersection(difference(mergedSet, prunedSet), withNamedFields(last, shape));
  return (removeItems(merged, gone, shape) ?? {}) as Map_;
}
