import { keyOf, splitKey, type Obj } from "./object.ts";

export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Obj;
  /** What stood there before, for MODIFIED and DELETED. */
  readonly previous?: Obj;
}

const none: ReadonlyMap<string, Obj> = new Map();

/** The objects of one kind as last seen, by key and by indexes of the caller's choice. Filled by a watch, synchronously. */
export class Informer {
  readonly #objects = new Map<string, Obj>();
  readonly #namespaces = new Map<string, Map<string, Obj>>();
  readonly #indexes = new Map<
    string,
    { keys: (object: Obj) => readonly string[]; table: Map<string, Map<string, Obj>> }
  >();
  readonly #handlers: ((change: Change) => void)[] = [];

  /** Takes one event of the watch. */
  accept(type: Change["type"], object: Obj): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous !== undefined) this.#unindex(key, previous);
    if (type === "DELETED") {
      this.#objects.delete(key);
    } else {
      this.#objects.set(key, object);
      this.#index(key, object);
    }
    const change: Change = previous === undefined ? { type, object } : { type, object, previous };
    for (const handler of this.#handlers) handler(change);
  }

  /** Calls `handler` for every change from now on, after what is there has been replayed as ADDED. */
  on(handler: (change: Change) => void): void {
    for (const object of this.#objects.values()) handler({ type: "ADDED", object });
    this.#handlers.push(handler);
  }

  /** Adds an index; asking {@link by} for it is then a lookup. */
  addIndex(name: string, keys: (object: Obj) => readonly string[]): void {
    if (this.#indexes.has(name)) return;
    const index = { keys, table: new Map<string, Map<string, Obj>>() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) put(index.table, keys(object), key, object);
  }

  get(key: string): Obj | undefined {
    return this.#objects.get(key);
  }

  /** Every object, or those of a namespace. */
  list(namespace?: string): Obj[] {
    if (namespace === undefined) return [...this.#objects.values()];
    return [...(this.#namespaces.get(namespace) ?? none).values()];
  }

  /** The objects under a value of an index. */
  by(index: string, value: string): Obj[] {
    return [...(this.#indexes.get(index)?.table.get(value) ?? none).values()];
  }

  get size(): number {
    return this.#objects.size;
  }

  #index(key: string, object: Obj): void {
    const { namespace } = splitKey(key);
    if (namespace !== undefined) put(this.#namespaces, [namespace], key, object);
    for (const { keys, table } of this.#indexes.values()) put(table, keys(object), key, object);
  }

  #unindex(key: string, object: Obj): void {
    const { namespace } = splitKey(key);
    if (namespace !== undefined) drop(this.#namespaces, [namespace], key);
    for (const { keys, table } of this.#indexes.values()) drop(table, keys(object), key);
  }
}

function put(table: Map<string, Map<string, Obj>>, values: readonly string[], key: string, object: Obj): void {
  for (const value of values) {
    let bucket = table.get(value);
    if (bucket === undefined) table.set(value, (bucket = new Map()));
    bucket.set(key, object);
  }
}

function drop(table: Map<string, Map<string, Obj>>, values: readonly string[], key: string): void {
  for (const value of values) {
    const bucket = table.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) table.delete(value);
  }
}
