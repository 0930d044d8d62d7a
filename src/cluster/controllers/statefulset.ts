import { messageOf } from "../../base/index.ts";
import { matchesSelector } from "../../schedule/index.ts";
import { claim } from "./claim.ts";
import { ifThere, isApiError, podInformer, type Machinery } from "./machinery.ts";
import { controllerOf, copy, equal, keyOf, withMeta, withStatus, type Json, type Obj } from "./object.ts";
import { isNamespaceTerminating } from "./pod-template.ts";
import { isPodAvailable, isPodReady, nextAvailability } from "./pods.ts";
import { kinds } from "./port.ts";
import { atRevision, syncRevisions, truncateRevisions, type Revisions } from "./revisions.ts";
import {
  claimsOf,
  isRunningAndReady,
  isUnavailable,
  newPod,
  ordinalOf,
  revisionOf,
  startOrdinal,
} from "./statefulset-pods.ts";

const component = "statefulset-controller";

/** Runs StatefulSets: pods with names and storage of their own, in order unless told otherwise. */
export function startStatefulSets(machinery: Machinery): void {
  const sets = machinery.informer(kinds.statefulSets);
  machinery.informer(kinds.controllerRevisions);
  const claims = machinery.informer(kinds.persistentVolumeClaims);
  const pods = podInformer(machinery);
  const queue = machinery.queue(component, (key) => {
    const set = sets.get(key);
    if (set === undefined) return undefined;
    const mine = pods.by("owner", set.metadata.uid ?? "");
    const orphans = pods
      .by("owner", `orphan:${set.metadata.namespace ?? ""}`)
      .filter((pod) => pod.metadata.name.startsWith(`${set.metadata.name}-`) && ordinalOf(pod) >= 0);
    const claimed = claim(machinery, kinds.pods, set, set.spec.selector, [...mine, ...orphans]);
    const sync = new Sync(machinery, set, claimed);
    sync.run();
    return nextAvailability(claimed, set.spec.minReadySeconds ?? 0, machinery.clock.now());
  });
  sets.on(({ type, object }) => {
    if (type !== "DELETED") queue.add(keyOf(object));
  });
  pods.on(({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "StatefulSet") queue.add(`${object.metadata.namespace}/${owner.name}`);
    else if (owner === undefined) {
      for (const set of sets.list(object.metadata.namespace)) {
        if (matchesSelector(set.spec.selector, object.metadata.labels)) queue.add(keyOf(set));
      }
    }
  });
  claims.on(({ type, object }) => {
    if (type !== "DELETED") return;
    for (const set of sets.list(object.metadata.namespace)) if (set.spec.volumeClaimTemplates) queue.add(keyOf(set));
  });
}

/** A place in the set: the pod that is there, or the one that should be. */
interface Replica {
  readonly ordinal: number;
  pod: Obj;
  created: boolean;
}

class Sync {
  readonly #machinery: Machinery;
  readonly #set: Obj;
  readonly #pods: readonly Obj[];
  readonly #now: number;
  readonly #ordered: boolean;

  constructor(machinery: Machinery, set: Obj, pods: readonly Obj[]) {
    this.#machinery = machinery;
    this.#set = set;
    this.#pods = pods;
    this.#now = machinery.clock.now();
    this.#ordered = set.spec.podManagementPolicy !== "Parallel";
  }

  run(): void {
    const revisions = syncRevisions(this.#machinery, this.#set, "controller.kubernetes.io/hash");
    const start = startOrdinal(this.#set);
    const count: number = this.#set.spec.replicas ?? 1;
    const current = atRevision(this.#set, revisions.current);
    const update = atRevision(this.#set, revisions.update);
    const replicas: Replica[] = [];
    for (let ordinal = start; ordinal < start + count; ordinal++) {
      const pod = this.#pods.find((it) => ordinalOf(it) === ordinal);
      replicas.push(
        pod === undefined
          ? { ordinal, pod: this.#versioned(current, update, revisions, ordinal), created: false }
          : { ordinal, pod, created: true },
      );
    }
    const condemned = this.#pods
      .filter((pod) => ordinalOf(pod) >= start + count || (ordinalOf(pod) >= 0 && ordinalOf(pod) < start))
      .sort((a, b) => ordinalOf(b) - ordinalOf(a));
    let failure: unknown;
    try {
      if (this.#set.metadata.deletionTimestamp === undefined) this.#work(replicas, condemned, revisions);
    } catch (error) {
      failure = error;
    }
    this.#writeStatus(revisions);
    const live = new Set([revisions.current.metadata.name, revisions.update.metadata.name]);
    for (const pod of this.#pods) live.add(revisionOf(pod));
    truncateRevisions(this.#machinery, this.#set, revisions.all, live);
    if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure;
  }

  /** newVersionedStatefulSetPod: below the partition (or the pods not yet updated) a lost pod comes back as it was. */
  #versioned(current: Obj, update: Obj, revisions: Revisions, ordinal: number): Obj {
    const strategy = this.#set.spec.updateStrategy ?? {};
    const rolling = (strategy.type ?? "RollingUpdate") === "RollingUpdate";
    const border = strategy.rollingUpdate?.partition ?? this.#set.status?.currentReplicas ?? 0;
    const old = rolling && ordinal < startOrdinal(this.#set) + border;
    return old
      ? newPod(current, ordinal, revisions.current.metadata.name)
      : newPod(update, ordinal, revisions.update.metadata.name);
  }

  #work(replicas: Replica[], condemned: readonly Obj[], revisions: Revisions): void {
    const firstUnavailable = [...replicas.map((it) => it.pod), ...condemned.toReversed()].find((pod) =>
      isUnavailable(pod, this.#set, this.#now),
    );
    let stop = false;
    for (const replica of replicas) {
      stop = this.#replica(replica) || stop;
      if (stop && this.#ordered) return;
    }
    if (stop) return;
    this.#retainClaims(replicas, condemned);
    for (const pod of condemned) {
      stop = this.#condemned(pod, firstUnavailable) || stop;
      if (stop && this.#ordered) return;
    }
    if (stop || this.#set.spec.updateStrategy?.type === "OnDelete") return;
    const partition: number = this.#set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (const { pod } of replicas.toReversed()) {
      // Partitions count places, not ordinals, when ordinals do not start at 0.
      if (ordinalOf(pod) - startOrdinal(this.#set) < partition) break;
      if (revisionOf(pod) !== revisions.update.metadata.name && pod.metadata.deletionTimestamp === undefined) {
        this.#delete(pod);
        return;
      }
      if (isUnavailable(pod, this.#set, this.#now)) return;
    }
  }

  /** processReplica: true when nothing else may be done in this round. */
  #replica(replica: Replica): boolean {
    const { pod } = replica;
    const phase = pod.status?.phase;
    if (phase === "Failed" || phase === "Succeeded") {
      if (pod.metadata.deletionTimestamp === undefined) this.#delete(pod);
      return true;
    }
    if (!replica.created) {
      this.#create(replica);
      if (this.#ordered) return true;
    } else if (phase === "Pending" || phase === undefined) {
      this.#createClaims(replica);
    }
    if (!this.#ordered) return false;
    return (
      pod.metadata.deletionTimestamp !== undefined ||
      !isRunningAndReady(pod) ||
      !isPodAvailable(pod, this.#set.spec.minReadySeconds ?? 0, this.#now)
    );
  }

  #condemned(pod: Obj, firstUnavailable: Obj | undefined): boolean {
    if (pod.metadata.deletionTimestamp !== undefined) return this.#ordered;
    const healthy = !isUnavailable(pod, this.#set, this.#now);
    if (this.#ordered && !healthy && pod !== firstUnavailable) return true;
    this.#delete(pod);
    return true;
  }

  #createClaims(replica: Replica): void {
    const { api, recorder } = this.#machinery;
    const about = `Pod ${replica.pod.metadata.name} in StatefulSet ${this.#set.metadata.name}`;
    for (const wanted of claimsOf(this.#set, replica.ordinal)) {
      const { namespace, name } = wanted.metadata;
      if (api.get(kinds.persistentVolumeClaims, namespace, name) !== undefined) continue;
      try {
        api.create(kinds.persistentVolumeClaims, wanted);
        recorder.normal(component, this.#set, "SuccessfulCreate", `Create Claim ${name} ${about} success`);
      } catch (error) {
        if (isApiError(error, "already-exists")) continue;
        const message = `Create Claim ${name} for ${about} failed error: ${messageOf(error)}`;
        if (!isNamespaceTerminating(error)) recorder.warning(component, this.#set, "FailedCreate", message);
        throw error;
      }
    }
  }

  #create(replica: Replica): void {
    const { api, recorder } = this.#machinery;
    this.#createClaims(replica);
    const about = `Create Pod ${replica.pod.metadata.name} in StatefulSet ${this.#set.metadata.name}`;
    try {
      replica.pod = api.create(kinds.pods, replica.pod);
      replica.created = true;
      recorder.normal(component, this.#set, "SuccessfulCreate", `${about} successful`);
    } catch (error) {
      if (!isNamespaceTerminating(error)) {
        recorder.warning(component, this.#set, "FailedCreate", `${about} failed error: ${messageOf(error)}`);
      }
      throw error;
    }
  }

  #delete(pod: Obj): void {
    const { api, recorder } = this.#machinery;
    const about = `Delete Pod ${pod.metadata.name} in StatefulSet ${this.#set.metadata.name}`;
    try {
      api.delete(kinds.pods, pod.metadata.namespace, pod.metadata.name);
      recorder.normal(component, this.#set, "SuccessfulDelete", `${about} successful`);
    } catch (error) {
      if (isApiError(error, "not-found")) return;
      recorder.warning(component, this.#set, "FailedDelete", `${about} failed error: ${messageOf(error)}`);
      throw error;
    }
  }

  /** persistentVolumeClaimRetentionPolicy: claims that shall go with the set or a condemned pod get it as owner. */
  #retainClaims(replicas: readonly Replica[], condemned: readonly Obj[]): void {
    const policy = this.#set.spec.persistentVolumeClaimRetentionPolicy;
    if (policy === undefined || !this.#set.spec.volumeClaimTemplates) return;
    const { api } = this.#machinery;
    const own = (object: Obj, kind: string, apiVersion: string) => ({
      apiVersion,
      kind,
      name: object.metadata.name,
      uid: object.metadata.uid ?? "",
    });
    const setReference = own(this.#set, "StatefulSet", "apps/v1");
    const places: [Obj, boolean][] = [
      ...replicas.map(({ pod }): [Obj, boolean] => [pod, false]),
      ...condemned.map((pod): [Obj, boolean] => [pod, true]),
    ];
    for (const [pod, isCondemned] of places) {
      const wanted = isCondemned && policy.whenScaled === "Delete" ? [own(pod, "Pod", "v1")] : [];
      if (policy.whenDeleted === "Delete" && wanted.length === 0) wanted.push(setReference);
      for (const { metadata } of claimsOf(this.#set, ordinalOf(pod))) {
        const there = api.get(kinds.persistentVolumeClaims, metadata.namespace, metadata.name);
        if (there === undefined) continue;
        const others = (there.metadata.ownerReferences ?? []).filter(
          (it) => it.kind !== "StatefulSet" && it.kind !== "Pod",
        );
        const ownerReferences = [...others, ...wanted];
        if (equal(ownerReferences, there.metadata.ownerReferences ?? [])) continue;
        ifThere(() => api.update(kinds.persistentVolumeClaims, withMeta(there, { ownerReferences })));
      }
    }
  }

  /** updateStatus over the pods as they are now, and completeRollingUpdate. */
  #writeStatus(revisions: Revisions): void {
    const { api } = this.#machinery;
    const set = api.get(kinds.statefulSets, this.#set.metadata.namespace, this.#set.metadata.name);
    if (set === undefined) return;
    const pods = podInformer(this.#machinery).by("owner", set.metadata.uid ?? "");
    const current = revisions.current.metadata.name;
    const update = revisions.update.metadata.name;
    const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const ready = pods.filter(isRunningAndReady);
    const available = ready.filter(
      (pod) => isPodReady(pod) && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, this.#now),
    );
    const counts: Json = {
      readyReplicas: ready.length,
      currentReplicas: alive.filter((pod) => revisionOf(pod) === current).length,
      updatedReplicas: alive.filter((pod) => revisionOf(pod) === update).length,
    };
    const status: Json = {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: pods.length,
      availableReplicas: available.length,
      currentRevision: current,
      updateRevision: update,
      collisionCount: revisions.collisionCount,
      ...(set.status?.conditions === undefined ? {} : { conditions: copy(set.status.conditions) }),
    };
    const desired: number = set.spec.replicas ?? 1;
    const rolling = (set.spec.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate";
    const done = counts.updatedReplicas === desired && counts.readyReplicas === desired && pods.length === desired;
    if (rolling && done) {
      counts.currentReplicas = counts.updatedReplicas;
      status.currentRevision = update;
    }
    for (const [field, value] of Object.entries(counts)) if (value !== 0) status[field] = value;
    if (!equal(status, set.status ?? {})) api.updateStatus(kinds.statefulSets, withStatus(set, status));
  }
}
