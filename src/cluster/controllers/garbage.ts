import { isSlipwayError } from "../../base/index.ts";
import { ifThere, isApiError, type Machinery } from "./machinery.ts";
import { withMeta, type Obj, type OwnerReference } from "./object.ts";
import type { Resource } from "./port.ts";

const foreground = "foregroundDeletion";
const orphan = "orphan";

interface Node {
  readonly resource: Resource;
  object: Obj;
}

/**
 * The garbage collector: knows every object of every served kind by uid and who owns it. An object whose owners are all gone
 * is deleted (background); an owner with the foreground finalizer waits for those who block it; one with the orphan finalizer
 * first has its name taken out of its dependents.
 */
export function startGarbageCollector(machinery: Machinery): void {
  const { api } = machinery;
  const nodes = new Map<string, Node>();
  /** Uid of an owner → uids of those that name it. */
  const dependents = new Map<string, Set<string>>();
  const watched = new Map<string, () => void>();

  const queue = machinery.queue("garbage-collector", (uid) => {
    const node = nodes.get(uid);
    if (node === undefined) return undefined;
    const { metadata } = node.object;
    if (metadata.deletionTimestamp !== undefined) {
      if (metadata.finalizers?.includes(orphan)) return releaseDependents(node);
      if (metadata.finalizers?.includes(foreground)) return endForeground(node);
    }
    if (metadata.ownerReferences === undefined || metadata.ownerReferences.length === 0) return undefined;
    return attempt(node);
  });

  const childrenOf = (uid: string): Node[] =>
    [...(dependents.get(uid) ?? [])].map((it) => nodes.get(it)).filter((it) => it !== undefined);

  /** Whether the owner that a reference names is there: same uid, and a namespaced owner in the dependent's namespace. */
  const ownerOf = (reference: OwnerReference, dependent: Obj): Node | undefined => {
    const owner = nodes.get(reference.uid);
    if (owner === undefined) return undefined;
    const { namespace } = owner.object.metadata;
    if (namespace !== undefined && namespace !== dependent.metadata.namespace) return undefined;
    if (owner.object.metadata.name !== reference.name || owner.object.kind !== reference.kind) return undefined;
    return owner;
  };

  /** Whether an absent owner is surely gone: its kind is served, and not one that this object could never see. */
  const resolvable = (reference: OwnerReference, dependent: Obj): boolean => {
    const slash = reference.apiVersion.indexOf("/");
    const group = slash < 0 ? "" : reference.apiVersion.slice(0, slash);
    const kind = api.resources().find((resource) => resource.group === group && resource.kind === reference.kind);
    return kind !== undefined && !(kind.namespaced && dependent.metadata.namespace === undefined);
  };

  /** attemptToDeleteItem: solid owners keep an object; owners waiting for it in the foreground let it go; absent ones are dropped. */
  const attempt = (node: Node): undefined => {
    const { object } = node;
    if (object.metadata.deletionTimestamp !== undefined) return undefined;
    const solid: OwnerReference[] = [];
    const absent: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const reference of object.metadata.ownerReferences ?? []) {
      const owner = ownerOf(reference, object);
      if (owner === undefined) {
        // An owner of a kind that is not served cannot be looked up: upstream leaves the object alone.
        (resolvable(reference, object) ? absent : solid).push(reference);
      } else if (
        owner.object.metadata.deletionTimestamp !== undefined &&
        owner.object.metadata.finalizers?.includes(foreground)
      ) {
        waiting.push(reference);
      } else solid.push(reference);
    }
    if (solid.length > 0) {
      if (absent.length > 0 || waiting.length > 0) setOwners(node, solid);
      return undefined;
    }
    if (waiting.length > 0 && childrenOf(object.metadata.uid ?? "").length > 0) {
      remove(node, "Foreground");
      return undefined;
    }
    if (waiting.length > 0 || absent.length > 0) {
      const { finalizers } = object.metadata;
      remove(
        node,
        finalizers?.includes(orphan) ? "Orphan" : finalizers?.includes(foreground) ? "Foreground" : "Background",
      );
    }
    return undefined;
  };

  const setOwners = (node: Node, ownerReferences: OwnerReference[]) => {
    ifThere(() => api.update(node.resource, withMeta(node.object, { ownerReferences })));
  };

  const remove = (node: Node, propagationPolicy: "Foreground" | "Background" | "Orphan") => {
    const { namespace, name, uid } = node.object.metadata;
    try {
      ifThere(() =>
        api.delete(node.resource, namespace, name, { propagationPolicy, preconditions: { uid: uid ?? "" } }),
      );
    } catch (error) {
      if (!isApiError(error, "conflict")) throw error;
    }
  };

  const dropFinalizer = (node: Node, name: string) => {
    const finalizers = (node.object.metadata.finalizers ?? []).filter((it) => it !== name);
    ifThere(() => api.update(node.resource, withMeta(node.object, { finalizers })));
  };

  const releaseDependents = (node: Node): undefined => {
    const uid = node.object.metadata.uid ?? "";
    for (const child of childrenOf(uid)) {
      setOwners(
        child,
        (child.object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid),
      );
    }
    dropFinalizer(node, orphan);
    return undefined;
  };

  /** processDeletingDependentsItem: the owner goes once no dependent that blocks it is left; the others are sent on their way. */
  const endForeground = (node: Node): undefined => {
    const uid = node.object.metadata.uid ?? "";
    const blocking = childrenOf(uid).filter((child) =>
      child.object.metadata.ownerReferences?.some((it) => it.uid === uid && it.blockOwnerDeletion === true),
    );
    if (blocking.length === 0) {
      dropFinalizer(node, foreground);
      return undefined;
    }
    for (const child of childrenOf(uid)) queue.add(child.object.metadata.uid ?? "");
    return undefined;
  };

  const unlink = (object: Obj) => {
    for (const reference of object.metadata.ownerReferences ?? []) {
      const set = dependents.get(reference.uid);
      set?.delete(object.metadata.uid ?? "");
      if (set?.size === 0) dependents.delete(reference.uid);
    }
  };

  const accept = (resource: Resource, type: string, object: Obj) => {
    const uid = object.metadata.uid ?? "";
    const before = nodes.get(uid);
    const owners = object.metadata.ownerReferences;
    const moved = before === undefined || before.object.metadata.ownerReferences !== owners;
    if (before !== undefined && moved) unlink(before.object);
    if (type === "DELETED") {
      unlink(object);
      nodes.delete(uid);
      for (const child of dependents.get(uid) ?? []) queue.add(child);
      for (const reference of object.metadata.ownerReferences ?? []) {
        const owner = nodes.get(reference.uid);
        if (owner?.object.metadata.deletionTimestamp !== undefined) queue.add(reference.uid);
      }
      return;
    }
    if (before === undefined) nodes.set(uid, { resource, object });
    else before.object = object;
    if (owners !== undefined && moved) {
      for (const reference of owners) {
        let set = dependents.get(reference.uid);
        if (set === undefined) dependents.set(reference.uid, (set = new Set()));
        set.add(uid);
      }
    }
    const deleting = object.metadata.deletionTimestamp !== undefined;
    const held = object.metadata.finalizers?.some((it) => it === orphan || it === foreground) === true;
    const newOwners = owners !== undefined && owners.length > 0 && moved;
    if ((deleting && held) || newOwners) queue.add(uid);
    if (deleting && held && object.metadata.finalizers?.includes(foreground)) {
      for (const child of dependents.get(uid) ?? []) queue.add(child);
    }
  };

  // Events own nothing and are not owned: leaving them out saves most of the work.
  const skipped = new Set(["events", "bindings"]);
  const watchAll = () => {
    const now = new Set<string>();
    for (const resource of api.resources()) {
      const key = `${resource.group}/${resource.plural}`;
      if (skipped.has(resource.plural)) continue;
      if (resource.verbs !== undefined && !(resource.verbs.includes("delete") && resource.verbs.includes("watch")))
        continue;
      now.add(key);
      if (watched.has(key)) continue;
      try {
        watched.set(
          key,
          api.watch(resource, ({ type, object }) => accept(resource, type, object)),
        );
      } catch (error) {
        if (!isSlipwayError(error)) throw error;
      }
    }
    for (const [key, stop] of watched) {
      if (now.has(key)) continue;
      stop();
      watched.delete(key);
    }
  };
  watchAll();
  machinery.onStop(api.onResourcesChanged(watchAll));
  machinery.onStop(() => {
    for (const stop of watched.values()) stop();
  });
}
