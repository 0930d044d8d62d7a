import type { Clock } from "../base/index.ts";

/** A stored object: plain JSON, never changed after it is stored. */
export interface Stored {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

export interface Metadata {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
  [field: string]: unknown;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export type EventType = "ADDED" | "MODIFIED" | "DELETED";

export interface StoreEvent {
  readonly type: EventType;
  readonly revision: number;
  readonly object: Stored;
  /** What was there before: of MODIFIED and DELETED. */
  readonly previous?: Stored;
}

export type Listener = (event: StoreEvent) => void;

/** What the store writes down before a change counts: see log.ts. */
export interface Journal {
  put(table: string, key: string, object: Stored, revision: number): void;
  remove(table: string, key: string, revision: number): void;
}

/** One resource's objects, by key (`namespace/name`, or `name`), sorted as etcd sorts. */
export interface Table {
  readonly name: string;
  readonly objects: Map<string, Stored>;
  readonly keys: string[];
  readonly listeners: Set<Listener>;
  /** Recent events, oldest first; what a watch from an older resourceVersion replays. */
  history: StoreEvent[];
  /** Watches from below this revision get 410 Gone. */
  compacted: number;
}

const historyLimit = 4096;

/** The first index in sorted `keys` that is not below `key`. */
export function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The objects of the cluster: one revision counter for all, one sorted table a resource, and listeners that are
 * called inside the write, in the order of revisions. A change that the journal cannot take is not made.
 */
export class Store {
  readonly clock: Clock;
  revision = 1;
  private readonly tables = new Map<string, Table>();
  private journal: Journal | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** From now on every change goes to the journal first. */
  attach(journal: Journal): void {
    this.journal = journal;
  }

  /** Every table there is, by `group/plural`. */
  allTables(): IterableIterator<Table> {
    return this.tables.values();
  }

  table(name: string): Table {
    let table = this.tables.get(name);
    if (table === undefined) {
      table = { name, objects: new Map(), keys: [], listeners: new Set(), history: [], compacted: this.revision };
      this.tables.set(name, table);
    }
    return table;
  }

  get(table: string, key: string): Stored | undefined {
    return this.tables.get(table)?.objects.get(key);
  }

  /** Stores an object under the next revision, which becomes its resourceVersion. */
  put(tableName: string, key: string, object: Stored): Stored {
    const table = this.table(tableName);
    const revision = this.revision + 1;
    const stored = withVersion(object, revision);
    this.journal?.put(tableName, key, stored, revision);
    this.revision = revision;
    const previous = table.objects.get(key);
    table.objects.set(key, stored);
    if (previous === undefined) table.keys.splice(lowerBound(table.keys, key), 0, key);
    const event: StoreEvent =
      previous === undefined
        ? { type: "ADDED", revision, object: stored }
        : { type: "MODIFIED", revision, object: stored, previous };
    this.publish(table, event);
    return stored;
  }

  /** Removes an object; its last state gets the revision of the removal, as etcd's watch shows it. */
  remove(tableName: string, key: string, last?: Stored): Stored | undefined {
    const table = this.table(tableName);
    const previous = table.objects.get(key);
    if (previous === undefined) return undefined;
    const revision = this.revision + 1;
    this.journal?.remove(tableName, key, revision);
    this.revision = revision;
    table.objects.delete(key);
    table.keys.splice(lowerBound(table.keys, key), 1);
    const object = withVersion(last ?? previous, revision);
    this.publish(table, { type: "DELETED", revision, object, previous });
    return object;
  }

  /** Puts an object back as it was, when the log is read. */
  restore(tableName: string, key: string, object: Stored | undefined, revision: number): void {
    const table = this.table(tableName);
    const known = table.objects.has(key);
    if (object === undefined) {
      if (known) table.keys.splice(lowerBound(table.keys, key), 1);
      table.objects.delete(key);
    } else {
      table.objects.set(key, object);
      if (!known) table.keys.splice(lowerBound(table.keys, key), 0, key);
    }
    if (revision > this.revision) this.revision = revision;
    table.compacted = this.revision;
  }

  /** After a restore: no table can replay what happened before. */
  forgetHistory(): void {
    for (const table of this.tables.values()) {
      table.history = [];
      table.compacted = this.revision;
    }
  }

  private publish(table: Table, event: StoreEvent): void {
    table.history.push(event);
    if (table.history.length > historyLimit * 2) {
      const cut = table.history.length - historyLimit;
      table.compacted = (table.history[cut - 1] as StoreEvent).revision;
      table.history = table.history.slice(cut);
    }
    for (const listener of table.listeners) listener(event);
  }
}

function withVersion(object: Stored, revision: number): Stored {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
