/** A small in-memory API for tests of controllers, with just the store's rules: no validation, no admission. */
import { SlipwayError, seededRandom, type Clock } from "../../base/index.ts";
import { copy, equal, keyOf, timestamp, type Obj } from "./object.ts";
import { kinds, type ControllerApi, type Resource } from "./port.ts";

function refuse(code: string, message: string): SlipwayError {
  return new SlipwayError(message, { code: `kube.${code}` });
}

/** An API whose creates can be made to fail by `refuseCreate`. */
export interface TestApi extends ControllerApi {
  refuseCreate?: (resource: Resource, object: Obj) => string | undefined;
  /** Applies a change to a stored object, as a user would. */
  edit(resource: Resource, namespace: string | undefined, name: string, change: (object: Obj) => void): Obj;
}

export function memoryApi(clock: Clock): TestApi {
  const tables = new Map<string, Map<string, Obj>>();
  const listeners = new Map<string, ((event: { type: "ADDED" | "MODIFIED" | "DELETED"; object: Obj }) => void)[]>();
  let revision = 0;
  const id = (resource: Resource) => `${resource.group}/${resource.plural}`;
  const table = (resource: Resource) => {
    let found = tables.get(id(resource));
    if (found === undefined) tables.set(id(resource), (found = new Map()));
    return found;
  };
  const send = (resource: Resource, type: "ADDED" | "MODIFIED" | "DELETED", object: Obj) => {
    for (const on of listeners.get(id(resource)) ?? []) on({ type, object });
  };
  const keyFor = (namespace: string | undefined, name: string) =>
    keyOf({ metadata: { name, namespace: namespace ?? "" } });
  const remove = (resource: Resource, object: Obj) => {
    table(resource).delete(keyOf(object));
    send(resource, "DELETED", { ...object, metadata: { ...object.metadata, resourceVersion: String(++revision) } });
  };
  const store = (resource: Resource, old: Obj, next: Obj): Obj => {
    if (
      equal(
        { ...old, metadata: { ...old.metadata, resourceVersion: "" } },
        { ...next, metadata: { ...next.metadata, resourceVersion: "" } },
      )
    ) {
      return old;
    }
    const stored = { ...next, metadata: { ...next.metadata, resourceVersion: String(++revision) } };
    if (stored.metadata.deletionTimestamp !== undefined && (stored.metadata.finalizers ?? []).length === 0) {
      const pod = id(resource) === "/pods" && (stored.metadata.deletionGracePeriodSeconds ?? 0) > 0;
      const busy = id(resource) === "/namespaces" && (stored.spec?.finalizers ?? []).length > 0;
      if (!pod && !busy) {
        remove(resource, stored);
        return stored;
      }
    }
    table(resource).set(keyOf(stored), stored);
    send(resource, "MODIFIED", stored);
    return stored;
  };
  const current = (resource: Resource, object: Obj): Obj => {
    const old = table(resource).get(keyOf(object));
    if (old === undefined) throw refuse("not-found", `${resource.plural} "${object.metadata.name}" not found`);
    return old;
  };
  const api: TestApi = {
    clock,
    random: seededRandom(1),
    get: (resource, namespace, name) => table(resource).get(keyFor(namespace, name)),
    list: (resource, namespace) =>
      [...table(resource).values()]
        .filter((object) => namespace === undefined || object.metadata.namespace === namespace)
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    create(resource, given) {
      const object = copy(given);
      const reason = api.refuseCreate?.(resource, object);
      if (reason !== undefined) throw refuse("forbidden", reason);
      revision++;
      object.metadata.name ||= `${object.metadata.generateName}${revision.toString(36).padStart(5, "0")}`;
      if (table(resource).has(keyOf(object))) {
        throw refuse("already-exists", `${resource.plural} "${object.metadata.name}" already exists`);
      }
      object.metadata.uid = `uid-${revision}`;
      object.metadata.resourceVersion = String(revision);
      object.metadata.creationTimestamp = timestamp(clock.now());
      object.metadata.generation = 1;
      if (id(resource) === "/pods") object.status = { phase: "Pending", ...object.status };
      table(resource).set(keyOf(object), object);
      send(resource, "ADDED", object);
      return object;
    },
    update(resource, object) {
      const old = current(resource, object);
      const { metadata: _a, status: _b, ...before } = old;
      const { metadata: _c, status: _d, ...after } = object;
      const generation = (old.metadata.generation ?? 1) + (equal(before, after) ? 0 : 1);
      return store(resource, old, { ...object, metadata: { ...object.metadata, generation } });
    },
    updateStatus(resource, object) {
      const old = current(resource, object);
      return store(resource, old, { ...old, status: object.status });
    },
    delete(resource, namespace, name, options = {}) {
      const old = table(resource).get(keyFor(namespace, name));
      if (old === undefined) throw refuse("not-found", `${resource.plural} "${name}" not found`);
      const finalizers = [...(old.metadata.finalizers ?? [])];
      if (options.propagationPolicy === "Foreground") finalizers.push("foregroundDeletion");
      if (options.propagationPolicy === "Orphan") finalizers.push("orphan");
      const pod = id(resource) === "/pods";
      const grace =
        pod && old.spec?.nodeName ? (options.gracePeriodSeconds ?? old.spec.terminationGracePeriodSeconds ?? 30) : 0;
      if (finalizers.length === 0 && grace === 0 && !(old.spec?.finalizers?.length > 0)) return remove(resource, old);
      store(resource, old, {
        ...old,
        metadata: {
          ...old.metadata,
          finalizers,
          deletionTimestamp: timestamp(clock.now() + grace * 1000),
          ...(pod ? { deletionGracePeriodSeconds: grace } : {}),
        },
        ...(id(resource) === "/namespaces" ? { status: { ...old.status, phase: "Terminating" } } : {}),
      });
    },
    watch(resource, on) {
      for (const object of api.list(resource)) on({ type: "ADDED", object });
      const list = listeners.get(id(resource)) ?? [];
      listeners.set(id(resource), list);
      list.push(on);
      return () => void list.splice(list.indexOf(on), 1);
    },
    resources: () => Object.values(kinds).filter((kind) => kind.plural !== "bindings"),
    onResourcesChanged: () => () => {},
    edit(resource, namespace, name, change) {
      const object = copy(table(resource).get(keyFor(namespace, name)) as Obj);
      change(object);
      return api.update(resource, object);
    },
  };
  return api;
}
