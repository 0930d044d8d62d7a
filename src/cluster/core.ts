import type { Clock, Random } from "../base/index.ts";
import type { ManagedFieldsEntry, Writer } from "../manifest/index.ts";
import type { DeleteOptions } from "./api.ts";
import { invalidValue } from "./causes.ts";
import { emptyLists } from "./decode.ts";
import { emptyOf, keepsStatusOf, ownResets, setManagedFields, statusResets, tracked } from "./field-owners.ts";
import { segmentName, validateFinalizerNames, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { copyJson, generateName, keyOf, newUid, sameJson, sameSpec, timestamp } from "./objects.ts";
import { Registry } from "./registry.ts";
import type { ServedType } from "./served.ts";
import type { Env } from "./strategy.ts";
import { TypeTable } from "./served.ts";
import type { Cause } from "./status.ts";
import { asVersion, ordered, toStorage } from "./stored-form.ts";
import { alreadyExists, badRequest, conflict, invalid, modified, notFound } from "./status.ts";
import type { Metadata, Store, Stored } from "./store.ts";

/** Who asks. */
export interface Caller {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface WriteContext {
  readonly user: Caller;
  readonly dryRun: boolean;
  /** The field manager's name; empty for writers inside the cluster that leave no trace. */
  readonly manager: string;
  readonly warnings: string[];
  readonly subresource?: string;
  /** The change came as a patch: a uid in it is no precondition. */
  readonly patch?: boolean;
}

/** What happens to an object on its way in. Every hook may throw a StatusError. */
export interface Admission {
  mutate(
    operation: "CREATE" | "UPDATE",
    type: ServedType,
    object: Stored,
    old: Stored | undefined,
    context: WriteContext,
  ): void;
  validate(
    operation: "CREATE" | "UPDATE" | "DELETE",
    type: ServedType,
    object: Stored | undefined,
    old: Stored | undefined,
    context: WriteContext,
  ): void;
  /** Addresses and ports, and the like: after everything else, right before the object is stored. */
  allocate(type: ServedType, object: Stored, old: Stored | undefined): Stored;
}

const openAdmission: Admission = { mutate: () => {}, validate: () => {}, allocate: (_type, object) => object };

/** The API's write and read rules over the store. */
export class Core {
  readonly store: Store;
  readonly types = new TypeTable();
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  admission: Admission = openAdmission;
  /** The cluster has been stopped: nothing is written any more. */
  ended = false;

  constructor(store: Store, clock: Clock, random: Random) {
    this.store = store;
    this.clock = clock;
    this.random = random;
    this.registry = new Registry(store, clock, random);
  }

  now(): string {
    return timestamp(this.clock.now());
  }

  /** The object as the type's version shows it, or undefined. */
  find(type: ServedType, namespace: string, name: string): Stored | undefined {
    const stored = this.store.get(type.table, keyOf(type.namespaced ? namespace : undefined, name));
    return stored === undefined ? undefined : asVersion(stored, type);
  }

  get(type: ServedType, namespace: string, name: string): Stored {
    const object = this.find(type, namespace, name);
    if (object === undefined) throw notFound(type, name);
    return object;
  }

  /** Creates a decoded, defaulted object. */
  create(
    type: ServedType,
    namespace: string,
    object: Stored,
    context: WriteContext,
    preset?: ManagedFieldsEntry[],
  ): Stored {
    const { strategy } = type;
    const metadata = object.metadata;
    wipe(metadata);
    matchNamespace(type, metadata, namespace);
    dedupeOwners(object, context.warnings);
    if (preset !== undefined) setManagedFields(metadata, preset);
    else if (context.manager !== "") {
      setManagedFields(metadata, tracked(emptyOf(type), object, type, this.writer(type, context)));
    } else delete metadata.managedFields;
    this.admission.mutate("CREATE", type, object, undefined, context);
    metadata.uid = newUid(this.random);
    metadata.creationTimestamp = this.now();
    const generated = !metadata.name && Boolean(metadata.generateName);
    if (generated) metadata.name = generateName(this.random, metadata.generateName as string);
    if (keepsStatusOf(type) && strategy.keepsStatusOnCreate !== true) {
      const { status } = emptyOf(type);
      if (status === undefined) delete object["status"];
      else object["status"] = copyJson(status);
    }
    strategy.prepareCreate?.(object, envOf(this, context));
    if (keepsGeneration(type, "changes")) metadata.generation = 1;
    else delete metadata.generation;
    const causes: Cause[] = [];
    // kinds with rules of their own check metadata first, the others at the end with the least rule
    causes.push(...validateMetadata(metadata, type.namespaced, strategy.nameProblems ?? segmentName));
    if (checksFinalizers(type)) validateFinalizerNames(metadata, causes);
    strategy.validate?.(object, causes);
    if (causes.length > 0) throw invalid(hub(type), metadata.name ?? "", causes);
    context.warnings.push(...(strategy.warnings?.(object, undefined) ?? []));
    this.admission.validate("CREATE", type, object, undefined, context);
    settle(object);
    const stored = ordered(this.admission.allocate(type, object, undefined));
    for (let attempt = 0; ; attempt++) {
      const key = keyOf(type.namespaced ? namespace : undefined, stored.metadata.name);
      if (this.store.get(type.table, key) === undefined) {
        return context.dryRun
          ? asVersion(toStorage(stored, type), type)
          : asVersion(this.store.put(type.table, key, toStorage(stored, type)), type);
      }
      if (!generated || attempt >= 7) throw this.taken(type, key, stored.metadata.name);
      stored.metadata.name = generateName(this.random, stored.metadata.generateName as string);
    }
  }

  private taken(type: ServedType, key: string, name: string): Error {
    const error = alreadyExists(type, name);
    if (this.store.get(type.table, key)?.metadata.deletionTimestamp !== undefined)
      error.status.message = `object is being deleted: ${error.status.message}`;
    return error;
  }

  writer(type: ServedType, context: WriteContext): Writer {
    const subresource = context.subresource ?? "";
    const ignored = subresource === "status" ? statusResets(type) : subresource !== "" ? undefined : ownResets(type);
    return {
      manager: context.manager,
      apiVersion: type.apiVersion,
      time: this.now(),
      subresource,
      ...(ignored === undefined ? {} : { ignored }),
    };
  }

  /**
   * Stores `next` over `old`. `next` is decoded and defaulted; `unconditional` says that its writer gave no
   * resourceVersion on purpose (patches).
   */
  update(type: ServedType, old: Stored, next: Stored, context: WriteContext, preset?: ManagedFieldsEntry[]): Stored {
    const { strategy } = type;
    const metadata = next.metadata;
    const subresource = context.subresource ?? "";
    const { name } = old.metadata;
    if (context.patch !== true && metadata.uid !== undefined && metadata.uid !== old.metadata.uid) {
      throw conflict(
        type,
        name,
        `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`,
      );
    }
    matchNamespace(type, metadata, old.metadata.namespace ?? "");
    dedupeOwners(next, context.warnings);
    if (preset !== undefined) setManagedFields(metadata, preset);
    else if (context.manager !== "") {
      setManagedFields(metadata, tracked(old, next, type, this.writer(type, context)));
    }
    this.admission.mutate("UPDATE", type, next, old, context);
    const version = metadata.resourceVersion ?? "";
    if (version === "" || version === "0") {
      if (strategy.conditionalUpdate === true) {
        throw invalid({ group: type.group, kind: type.plural }, name, [
          invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
        ]);
      }
      metadata.resourceVersion = old.metadata.resourceVersion as string;
    } else if (version !== old.metadata.resourceVersion) throw conflict(type, name, modified);
    if (old.metadata.generation === undefined) delete metadata.generation;
    else metadata.generation = old.metadata.generation;
    const env = envOf(this, context);
    const partOnly = subresource === "status" || subresource === "approval";
    const part = strategy.parts?.[subresource];
    if (partOnly) prepareStatus(type, next, old);
    else if (part !== undefined) {
      keepAll(next, old);
      part.prepare(next, old);
      if (keepsGeneration(type, "fixed") && !sameSpec(old, next))
        metadata.generation = (old.metadata.generation ?? 0) + 1;
    } else {
      if (keepsStatusOf(type)) {
        if (old["status"] === undefined) delete next["status"];
        else next["status"] = old["status"];
      }
      strategy.prepareUpdate?.(next, old, env);
      const counts = (strategy.generationCounts ?? []).some(
        (part) => !sameJson(metadata[part] ?? {}, old.metadata[part] ?? {}),
      );
      if (keepsGeneration(type, "fixed") && (counts || !sameSpec(old, next)))
        metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
    metadata.uid ??= old.metadata.uid as string;
    for (const key of ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
      if (old.metadata[key] !== undefined) (metadata as Record<string, unknown>)[key] = old.metadata[key];
    }
    const causes: Cause[] = [];
    causes.push(...validateMetadata(metadata, type.namespaced, segmentName));
    // first for all kinds alike, then by the kind's own rules
    const changes = validateMetadataUpdate(metadata, old.metadata);
    causes.push(...changes);
    if (strategy.plainUpdate !== true) causes.push(...changes);
    if (checksFinalizers(type)) validateFinalizerNames(metadata, causes);
    if (partOnly) strategy.validateStatus?.(next, old, causes, subresource);
    else if (part !== undefined) part.validate(next, old, causes);
    else {
      strategy.validateUpdate?.(next, old, causes);
    }
    if (causes.length > 0) throw invalid(hub(type), metadata.name ?? "", causes);
    if (subresource === "") context.warnings.push(...(strategy.warnings?.(next, old) ?? []));
    this.admission.validate("UPDATE", type, next, old, context);
    settle(next);
    const stored = ordered(subresource === "" ? this.admission.allocate(type, next, old) : next);
    return this.finish(type, old, stored, context);
  }

  /** Writes a checked object, or ends its deletion. */
  finish(type: ServedType, old: Stored, next: Stored, context: WriteContext): Stored {
    if (sameJson(old, next)) return old;
    if (context.dryRun) return next;
    return asVersion(
      this.registry.finish(
        { ...type, plural: type.plural, group: tableGroup(type) },
        toStorage(old, type),
        toStorage(next, type),
      ),
      type,
    );
  }

  /** Deletes, or marks for deletion; `gone` says which. */
  delete(
    type: ServedType,
    namespace: string,
    name: string,
    options: DeleteOptions,
    context: WriteContext,
  ): { object: Stored; gone: boolean } {
    const old = this.get(type, namespace, name);
    this.admission.validate("DELETE", type, undefined, old, context);
    const policy = options.propagationPolicy ?? type.strategy.defaultPropagation;
    const merged: DeleteOptions = policy === undefined ? options : { ...options, propagationPolicy: policy };
    if (context.dryRun) {
      const { object, gone } = this.registry.planDelete({ ...type, group: tableGroup(type) }, old, merged);
      return { object: asVersion(object, type), gone };
    }
    const object = this.registry.delete(
      { ...type, group: tableGroup(type) },
      type.namespaced ? namespace : undefined,
      name,
      merged,
    );
    const gone = this.store.get(type.table, keyOf(type.namespaced ? namespace : undefined, name)) === undefined;
    return { object: asVersion(object, type), gone };
  }
}

const plainGroups = new Set([
  "admissionregistration.k8s.io",
  "apiregistration.k8s.io",
  "apiextensions.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "policy",
]);

/** Most built-in kinds look at the names of finalizers once more. */
function checksFinalizers(type: ServedType): boolean {
  return type.custom === undefined && !plainGroups.has(type.group);
}

/** Events of events.k8s.io are those of the core group. */
function hub(type: ServedType): { group: string; kind: string } {
  return type.group === "events.k8s.io" ? { group: "", kind: type.kind } : type;
}

function envOf(core: Core, context: WriteContext): Env {
  const { name, groups } = context.user;
  return { clock: core.clock, random: core.random, user: name, groups, warnings: context.warnings };
}

/** Lists that were sent empty are null once stored. */
function settle(object: Stored): void {
  const empties = emptyLists.get(object);
  if (empties === undefined) return;
  for (const [holder, key] of empties) {
    const value = holder[key];
    if (Array.isArray(value) && value.length === 0) holder[key] = null;
  }
}

/** events of events.k8s.io live in the core group's table. */
function tableGroup(type: ServedType): string {
  return type.table.slice(0, type.table.indexOf("/"));
}

/** metadata.* that only the server writes. */
function wipe(metadata: Metadata): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.creationTimestamp;
  delete metadata.uid;
  delete metadata.resourceVersion;
  delete metadata["selfLink"];
}

export function matchNamespace(type: ServedType, metadata: Metadata, namespace: string): void {
  const expected = type.namespaced ? namespace : "";
  const given = metadata.namespace ?? "";
  if (given === expected) return;
  if (given === "") {
    metadata.namespace = expected;
    return;
  }
  if (expected === "") {
    // what is cluster-scoped loses the namespace it was sent with
    delete metadata.namespace;
    return;
  }
  throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
}

function dedupeOwners(object: Stored, warnings: string[]): void {
  const owners = object.metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return;
  const kept = owners.filter((owner, i) => owners.findIndex((other) => sameJson(other, owner)) === i);
  if (kept.length === owners.length) return;
  object.metadata.ownerReferences = kept;
  const twice = owners.filter((owner, i) => owners.findIndex((other) => other.uid === owner.uid) !== i);
  for (const uid of new Set(twice.map((owner) => owner.uid))) {
    warnings.push(
      `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uid}`,
    );
  }
}

/** Whether generations count here; `not` is the kind of counting that has nothing to do here. */
function keepsGeneration({ custom, strategy }: ServedType, not: "fixed" | "changes"): boolean {
  return custom !== undefined || ((strategy.generation ?? false) !== false && strategy.generation !== not);
}

/** A write through the status subresource takes the status (and metadata, where the kind lets it). */
function prepareStatus(type: ServedType, next: Stored, old: Stored): void {
  if (type.custom !== undefined) {
    // a custom resource's status endpoint takes nothing else, but managedFields
    const managed = next.metadata.managedFields;
    const version = next.metadata.resourceVersion;
    next.metadata = { ...old.metadata };
    if (managed !== undefined) next.metadata.managedFields = managed;
    if (version !== undefined) next.metadata.resourceVersion = version;
    for (const key of Object.keys(next)) {
      if (!["metadata", "status", "apiVersion", "kind"].includes(key)) delete next[key];
    }
    for (const key of Object.keys(old)) {
      if (!["metadata", "status", "apiVersion", "kind"].includes(key)) next[key] = old[key];
    }
    return;
  }
  for (const key of Object.keys(old)) {
    if (!["metadata", "status", "apiVersion", "kind"].includes(key)) next[key] = old[key];
  }
  for (const key of Object.keys(next)) {
    if (!["metadata", "status", "apiVersion", "kind"].includes(key) && old[key] === undefined) delete next[key];
  }
  type.strategy.prepareStatus?.(next, old);
}

/** Everything but identity, versions and owners of fields as it was; the spec as a part of it is to be changed. */
function keepAll(next: Stored, old: Stored): void {
  const { managedFields, resourceVersion } = next.metadata;
  for (const key of Object.keys(old.metadata))
    if (!["managedFields", "resourceVersion"].includes(key))
      (next.metadata as Record<string, unknown>)[key] = old.metadata[key];
  for (const key of Object.keys(next.metadata)) if (old.metadata[key] === undefined) delete next.metadata[key];
  if (managedFields !== undefined) next.metadata.managedFields = managedFields;
  if (resourceVersion !== undefined) next.metadata.resourceVersion = resourceVersion;
  if (old["status"] !== undefined) next["status"] = old["status"];
}
