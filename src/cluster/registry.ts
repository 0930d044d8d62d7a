import type { Clock, Random } from "../base/index.ts";
import type { DeleteOptions, KubeObject, Resource, Selector } from "./api.ts";
import { generateName, keyOf, newUid, sameJson, sameSpec, timestamp } from "./objects.ts";
import { matcher } from "./selectors.ts";
import { markDefinition } from "./crd/end.ts";
import type { About } from "./status.ts";
import { alreadyExists, conflict, forbidden, modified, notFound } from "./status.ts";
import { lowerBound } from "./store.ts";
import type { Store } from "./store.ts";

/** `group/plural`: the store's table of a resource, whatever its version. */
export function tableName(about: About): string {
  return `${about.group}/${about.plural}`;
}

/** What the life of every object has in common, over the store. */
export class Registry {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;

  constructor(store: Store, clock: Clock, random: Random) {
    this.store = store;
    this.clock = clock;
    this.random = random;
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.store.get(tableName(resource), keyOf(resource.namespaced ? namespace : undefined, name));
  }

  list(resource: Resource, namespace?: string, selector?: Selector): KubeObject[] {
    const table = this.store.table(tableName(resource));
    const { keys, objects } = table;
    let from = 0;
    let to = keys.length;
    if (resource.namespaced && namespace !== undefined && namespace !== "") {
      from = lowerBound(keys, `${namespace}/`);
      to = lowerBound(keys, `${namespace}0`);
    }
    const matches = matcher(selector);
    const out: KubeObject[] = [];
    for (let i = from; i < to; i++) {
      const object = objects.get(keys[i] as string) as KubeObject;
      if (matches(object)) out.push(object);
    }
    return out;
  }

  /** Gives identity to a new object and stores it. */
  create(resource: Resource, given: KubeObject): KubeObject {
    const now = timestamp(this.clock.now());
    const object: KubeObject = { ...given, metadata: { ...given.metadata } };
    const metadata = object.metadata;
    if (resource.namespaced) {
      const namespace = this.store.get("/namespaces", metadata.namespace ?? "");
      if (namespace === undefined) throw notFound({ group: "", plural: "namespaces" }, metadata.namespace ?? "");
      if (namespace.metadata.deletionTimestamp !== undefined) {
        throw forbidden(
          resource,
          metadata.name,
          `unable to create new content in namespace ${metadata.namespace} because it is being terminated`,
        );
      }
    }
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    delete metadata.resourceVersion;
    metadata.uid = newUid(this.random);
    metadata.creationTimestamp = now;
    if (object.spec !== undefined) metadata.generation = 1;
    const table = tableName(resource);
    for (let attempt = 0; ; attempt++) {
      if (metadata.generateName && !given.metadata.name) {
        metadata.name = generateName(this.random, metadata.generateName);
      }
      const key = keyOf(metadata.namespace, metadata.name);
      if (this.store.get(table, key) === undefined) return this.store.put(table, key, object);
      if (!metadata.generateName || given.metadata.name || attempt >= 7) throw alreadyExists(resource, metadata.name);
    }
  }

  /** Stores a whole object over an older state of itself. */
  update(resource: Resource, given: KubeObject, part: "all" | "status" = "all"): KubeObject {
    const { namespace, name } = given.metadata;
    const old = this.get(resource, namespace, name);
    if (old === undefined) throw notFound(resource, name);
    const version = given.metadata.resourceVersion;
    if (version !== undefined && version !== "" && version !== old.metadata.resourceVersion) {
      throw conflict(resource, name, modified);
    }
    if (given.metadata.uid !== undefined && given.metadata.uid !== old.metadata.uid) {
      throw conflict(
        resource,
        name,
        `Precondition failed: UID in precondition: ${given.metadata.uid}, UID in object meta: ${old.metadata.uid}`,
      );
    }
    const next: KubeObject =
      part === "status" ? { ...old, status: given.status } : { ...given, metadata: { ...given.metadata } };
    const metadata = (next.metadata = { ...next.metadata });
    metadata.resourceVersion = old.metadata.resourceVersion as string;
    for (const field of ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
      if (old.metadata[field] === undefined) delete metadata[field];
      else (metadata as Record<string, unknown>)[field] = old.metadata[field];
    }
    if (old.metadata.generation !== undefined) {
      // A pod's binding is no change of its spec.
      const bound = isBinding(resource, old, next);
      metadata.generation = old.metadata.generation + (bound || sameSpec(old, next) ? 0 : 1);
    }
    return this.finish(resource, old, next);
  }

  /** Stores what has changed, or ends a deletion that nothing holds up any more. */
  finish(resource: Resource, old: KubeObject, next: KubeObject): KubeObject {
    const key = keyOf(next.metadata.namespace, next.metadata.name);
    const table = tableName(resource);
    if (next.metadata.deletionTimestamp !== undefined && isFree(resource, next)) {
      return this.store.remove(table, key, next) as KubeObject;
    }
    if (sameJson(old, next)) return old;
    return this.store.put(table, key, next);
  }

  /** Deletes at once, or marks for deletion where finalizers, grace or a namespace's content hold it up. */
  delete(resource: Resource, namespace: string | undefined, name: string, options: DeleteOptions = {}): KubeObject {
    const old = this.get(resource, namespace, name);
    if (old === undefined) throw notFound(resource, name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== old.metadata.uid) {
      throw conflict(
        { group: "", plural: resource.kind },
        name,
        `the UID in the precondition (${uid}) does not match the UID in record (${old.metadata.uid}). The object might have been deleted and then recreated`,
      );
    }
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
      throw conflict(
        { group: "", plural: resource.kind },
        name,
        `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${old.metadata.resourceVersion}). The object might have been modified`,
      );
    }
    const { object: next, gone } = this.planDelete(resource, old, options);
    if (gone) return this.store.remove(tableName(resource), keyOf(namespace, name), next) as KubeObject;
    if (sameJson(old, next)) return old;
    return this.store.put(tableName(resource), keyOf(namespace, name), next);
  }

  /** What a deletion would make of an object, and whether that ends it. */
  planDelete(resource: Resource, old: KubeObject, options: DeleteOptions): { object: KubeObject; gone: boolean } {
    if (isDefinition(resource) && old.metadata.deletionTimestamp === undefined) {
      return { object: markDefinition(old, timestamp(this.clock.now())), gone: false };
    }
    const metadata = { ...old.metadata };
    const next: KubeObject = { ...old, metadata };
    const isPod = resource.group === "" && resource.plural === "pods";
    const grace = gracePeriod(resource, old, options);
    const held = setPropagation(metadata, options.propagationPolicy);
    if (isNamespace(resource)) {
      next.status = { ...(old.status as object), phase: "Terminating" };
    }
    // With no grace left, what was granted before does not hold the object any more.
    const waits =
      held || grace > 0 || !isFree(resource, { ...next, metadata: { ...metadata, deletionGracePeriodSeconds: 0 } });
    if (!waits && !isPod) return { object: next, gone: true };
    const now = this.clock.now();
    if (metadata.deletionTimestamp === undefined) {
      metadata.deletionTimestamp = timestamp(now + grace * 1000);
      if (!isNamespace(resource)) metadata.deletionGracePeriodSeconds = grace;
      if (metadata.generation !== undefined) metadata.generation++;
    } else if (isDefinition(resource)) metadata.deletionGracePeriodSeconds = 0;
    else if (grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
      metadata.deletionTimestamp = timestamp(now + grace * 1000);
      metadata.deletionGracePeriodSeconds = grace;
    }
    return { object: next, gone: !waits };
  }
}

function isBinding(resource: Resource, old: KubeObject, next: KubeObject): boolean {
  if (resource.group !== "" || resource.plural !== "pods") return false;
  const node = (pod: KubeObject) => (pod.spec as { nodeName?: string } | undefined)?.nodeName ?? "";
  return node(old) === "" && node(next) !== "";
}

function isNamespace(resource: Resource): boolean {
  return resource.group === "" && resource.plural === "namespaces";
}

function isDefinition(resource: Resource): boolean {
  return resource.group === "apiextensions.k8s.io" && resource.plural === "customresourcedefinitions";
}

/** Nothing holds up the end of this object: no finalizers, no grace that is still running. */
function isFree(resource: Resource, object: KubeObject): boolean {
  if ((object.metadata.finalizers ?? []).length > 0) return false;
  if (isNamespace(resource)) {
    const finalizers = (object.spec as { finalizers?: string[] } | undefined)?.finalizers ?? [];
    return finalizers.length === 0;
  }
  return (object.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** Only scheduled pods that have not ended are given time. */
function gracePeriod(resource: Resource, object: KubeObject, options: DeleteOptions): number {
  if (resource.group !== "" || resource.plural !== "pods") return 0;
  const spec = object.spec as { nodeName?: string; terminationGracePeriodSeconds?: number };
  const phase = (object.status as { phase?: string } | undefined)?.phase;
  let grace = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  if (!spec.nodeName || phase === "Failed" || phase === "Succeeded") grace = 0;
  return Math.max(grace, 0);
}

/** Sets the garbage collector's finalizers; true when one of them is there. */
function setPropagation(metadata: KubeObject["metadata"], policy: DeleteOptions["propagationPolicy"]): boolean {
  const finalizers = new Set(metadata.finalizers ?? []);
  if (policy !== undefined) {
    finalizers.delete("orphan");
    finalizers.delete("foregroundDeletion");
    if (policy === "Orphan") finalizers.add("orphan");
    if (policy === "Foreground") finalizers.add("foregroundDeletion");
  }
  if (finalizers.size === 0) delete metadata.finalizers;
  else metadata.finalizers = [...finalizers];
  return finalizers.size > 0;
}
