import { messageOf } from "../../base/index.ts";
import { isEmptySelector, matchesSelector } from "../../schedule/index.ts";
import { claim } from "./claim.ts";
import { maxSurge, newReplicas, proportionalSizes, shrinkOld } from "./deployment-math.ts";
import {
  activeOrLatest,
  bySize,
  findNew,
  isActive,
  isSaturated,
  isScaling,
  maxAnnotation,
  revisionAnnotation,
  revisionOf,
  setAnnotations,
  sizeAnnotations,
} from "./deployment-sets.ts";
import {
  condition,
  conditionOf,
  countedStatus,
  hasDeadline,
  isComplete,
  nextProgressCheck,
  noDeadline,
  rolloutStatus,
  withCondition,
} from "./deployment-status.ts";
import { ifThere, isApiError, podInformer, type Machinery } from "./machinery.ts";
import {
  byCreation,
  controllerOf,
  controllerReference,
  copy,
  equal,
  keyOf,
  quote,
  withMeta,
  withStatus,
  type Json,
  type Obj,
} from "./object.ts";
import { computeHash, isNamespaceTerminating, sameTemplate } from "./pod-template.ts";
import { isPodFinished } from "./pods.ts";
import { kinds } from "./port.ts";

const component = "deployment-controller";

/** Rolls Deployments out over ReplicaSets. */
export function startDeployments(machinery: Machinery): void {
  const deployments = machinery.informer(kinds.deployments);
  const sets = machinery.informer(kinds.replicaSets);
  sets.addIndex("owner", (set) => [controllerOf(set)?.uid ?? `orphan:${set.metadata.namespace ?? ""}`]);
  const pods = podInformer(machinery);
  const queue = machinery.queue(component, (key) => {
    const deployment = deployments.get(key);
    if (deployment === undefined) return undefined;
    const rollout = new Rollout(machinery, deployment);
    const mine = sets.by("owner", deployment.metadata.uid ?? "");
    const orphans = sets.by("owner", `orphan:${deployment.metadata.namespace ?? ""}`);
    return rollout.reconcile([...mine, ...orphans]);
  });
  deployments.on(({ object }) => queue.add(keyOf(object)));
  sets.on(({ object, previous }) => {
    for (const set of previous === undefined ? [object] : [object, previous]) {
      const controller = controllerOf(set);
      if (controller?.kind === "Deployment") {
        queue.add(`${set.metadata.namespace}/${controller.name}`);
      } else if (controller === undefined) {
        for (const deployment of deployments.list(set.metadata.namespace)) {
          if (matchesSelector(deployment.spec.selector, set.metadata.labels)) queue.add(keyOf(deployment));
        }
      }
    }
  });
  // A Recreate deployment waits for the last old pod to go.
  pods.on(({ type, object }) => {
    const controller = controllerOf(object);
    if ((type !== "DELETED" && !isPodFinished(object)) || controller?.kind !== "ReplicaSet") return;
    const set = sets.get(`${object.metadata.namespace}/${controller.name}`);
    const owner = set === undefined ? undefined : controllerOf(set);
    if (owner?.kind !== "Deployment") return;
    const key = `${object.metadata.namespace}/${owner.name}`;
    if (deployments.get(key)?.spec?.strategy?.type === "Recreate") queue.add(key);
  });
}

/** One reconcile of one deployment: what it writes, it also carries on in `deployment`. */
class Rollout {
  readonly #machinery: Machinery;
  readonly #now: number;
  #deployment: Obj;
  #sets: Obj[] = [];

  constructor(machinery: Machinery, deployment: Obj) {
    this.#machinery = machinery;
    this.#now = machinery.clock.now();
    this.#deployment = deployment;
  }

  reconcile(candidates: readonly Obj[]): number | undefined {
    const { recorder } = this.#machinery;
    const deployment = this.#deployment;
    if (isEmptySelector(deployment.spec.selector)) {
      const message = "This deployment is selecting all pods. A non-empty selector is required.";
      recorder.warning(component, deployment, "SelectingAll", message);
      this.#writeStatus({ ...deployment.status, observedGeneration: deployment.metadata.generation });
      return undefined;
    }
    this.#sets = claim(this.#machinery, kinds.replicaSets, deployment, deployment.spec.selector, candidates);
    if (deployment.metadata.deletionTimestamp !== undefined) return this.#finishCounts();
    this.#checkPaused();
    if (this.#deployment.spec.paused === true || isScaling(this.#deployment, this.#sets)) return this.#scale();
    return this.#deployment.spec.strategy?.type === "Recreate" ? this.#recreate() : this.#roll();
  }

  get #desired(): number {
    return this.#deployment.spec.replicas as number;
  }

  get #strategy(): Json {
    return this.#deployment.spec.strategy ?? {};
  }

  #writeStatus(status: Json): void {
    if (equal(status, this.#deployment.status ?? {})) return;
    const written = ifThere(() =>
      this.#machinery.api.updateStatus(kinds.deployments, withStatus(this.#deployment, status)),
    );
    if (written !== undefined) this.#deployment = written;
  }

  /** Writes annotations and status in one: upstream's status update takes both. */
  #write(annotations: Record<string, string>, conditions: readonly Json[]): void {
    const next = withStatus(withMeta(this.#deployment, { annotations }), { ...this.#deployment.status, conditions });
    if (equal(next, this.#deployment)) return;
    this.#deployment = this.#machinery.api.update(kinds.deployments, next);
  }

  #checkPaused(): void {
    if (!hasDeadline(this.#deployment)) return;
    const current = conditionOf(this.#deployment.status, "Progressing");
    if (current?.reason === "ProgressDeadlineExceeded") return;
    const paused = this.#deployment.spec.paused === true;
    const known = current?.reason === "DeploymentPaused";
    if (paused === known) return;
    const next = paused
      ? condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", this.#now)
      : condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", this.#now);
    const conditions = withCondition(this.#deployment.status?.conditions ?? [], next);
    this.#writeStatus({ ...this.#deployment.status, conditions });
  }

  /** getAllReplicaSetsAndSyncRevision: the new set (made when asked for) and the old ones, with revisions in step. */
  #split(create: boolean): { newest: Obj | undefined; old: Obj[] } {
    const existing = findNew(this.#deployment, this.#sets);
    const old = this.#sets.filter((set) => set.metadata.uid !== existing?.metadata.uid);
    const revision = Math.max(0, ...old.map(revisionOf)) + 1;
    if (existing !== undefined) return { newest: this.#adopt(existing, revision), old };
    return { newest: create ? this.#create(old, revision) : undefined, old };
  }

  #adopt(existing: Obj, revision: number): Obj {
    const annotations = setAnnotations(this.#deployment, existing, revision, true);
    const minReadySeconds = this.#deployment.spec.minReadySeconds ?? 0;
    let set = existing;
    if (
      !equal(annotations, existing.metadata.annotations ?? {}) ||
      (existing.spec.minReadySeconds ?? 0) !== minReadySeconds
    ) {
      set = this.#update({ ...withMeta(existing, { annotations }), spec: { ...existing.spec, minReadySeconds } });
    }
    let conditions: readonly Json[] = this.#deployment.status?.conditions ?? [];
    if (hasDeadline(this.#deployment) && conditionOf(this.#deployment.status, "Progressing") === undefined) {
      const message = `Found new replica set ${quote(set.metadata.name)}`;
      conditions = withCondition(
        conditions,
        condition("Progressing", "True", "FoundNewReplicaSet", message, this.#now),
      );
    }
    this.#write(this.#withRevision(set.metadata.annotations?.[revisionAnnotation] ?? String(revision)), conditions);
    return set;
  }

  #withRevision(revision: string): Record<string, string> {
    return { ...this.#deployment.metadata.annotations, [revisionAnnotation]: revision };
  }

  #create(old: readonly Obj[], revision: number): Obj | undefined {
    const { api, recorder } = this.#machinery;
    const deployment = this.#deployment;
    const hash = computeHash(deployment.spec.template, deployment.status?.collisionCount);
    const template = copy(deployment.spec.template);
    template.metadata = {
      ...template.metadata,
      labels: { ...template.metadata?.labels, "pod-template-hash": hash },
    };
    const selector = copy(deployment.spec.selector);
    selector.matchLabels = { ...selector.matchLabels, "pod-template-hash": hash };
    const total = old.reduce((count, set) => count + (set.spec.replicas ?? 0), 0);
    const replicas = newReplicas(this.#strategy, this.#desired, 0, total);
    const set: Obj = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: `${deployment.metadata.name.slice(0, 253 - 1 - hash.length)}-${hash}`,
        namespace: deployment.metadata.namespace as string,
        labels: template.metadata.labels,
        annotations: {},
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas,
        ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
        selector,
        template,
      },
    };
    set.metadata.annotations = setAnnotations(deployment, set, revision, false);
    let created: Obj;
    let fresh = true;
    try {
      created = api.create(kinds.replicaSets, set);
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (!isApiError(error, "already-exists")) throw this.#createFailed(set, error);
      created = this.#sameOrCollision(set, error);
      fresh = false;
    }
    this.#sets.push(created);
    if (fresh && replicas > 0) {
      const message = `Scaled up replica set ${created.metadata.name} from 0 to ${replicas}`;
      recorder.normal(component, deployment, "ScalingReplicaSet", message);
    }
    let conditions: readonly Json[] = this.#deployment.status?.conditions ?? [];
    if (fresh && hasDeadline(deployment)) {
      const message = `Created new replica set ${quote(created.metadata.name)}`;
      conditions = withCondition(
        conditions,
        condition("Progressing", "True", "NewReplicaSetCreated", message, this.#now),
      );
    }
    this.#write(this.#withRevision(String(revision)), conditions);
    return created;
  }

  /** A set of that name is there: ours with the same template, or another's, which counts up collisionCount. */
  #sameOrCollision(set: Obj, error: unknown): Obj {
    const there = this.#machinery.api.get(kinds.replicaSets, set.metadata.namespace, set.metadata.name);
    const mine = there !== undefined && controllerOf(there)?.uid === this.#deployment.metadata.uid;
    if (mine && sameTemplate(there.spec.template, this.#deployment.spec.template)) return there;
    const collisionCount = (this.#deployment.status?.collisionCount ?? 0) + 1;
    this.#writeStatus({ ...this.#deployment.status, collisionCount });
    throw error;
  }

  #createFailed(set: Obj, error: unknown): unknown {
    const message = `Failed to create new replica set ${quote(set.metadata.name)}: ${messageOf(error)}`;
    if (hasDeadline(this.#deployment)) {
      const next = condition("Progressing", "False", "ReplicaSetCreateError", message, this.#now);
      const conditions = withCondition(this.#deployment.status?.conditions ?? [], next);
      this.#writeStatus({ ...this.#deployment.status, conditions });
    }
    this.#machinery.recorder.warning(component, this.#deployment, "ReplicaSetCreateError", message);
    return error;
  }

  #update(set: Obj): Obj {
    const written = this.#machinery.api.update(kinds.replicaSets, set);
    this.#sets = this.#sets.map((it) => (it.metadata.uid === written.metadata.uid ? written : it));
    return written;
  }

  /** scaleReplicaSet: true when the size changed. */
  #resize(set: Obj, replicas: number, force = false): boolean {
    const old = set.spec.replicas as number;
    if (!force && old === replicas) return false;
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(this.#deployment) };
    if (old === replicas && equal(annotations, set.metadata.annotations)) return false;
    this.#update({ ...withMeta(set, { annotations }), spec: { ...set.spec, replicas } });
    if (old === replicas) return false;
    const word = old < replicas ? "up" : "down";
    const message = `Scaled ${word} replica set ${set.metadata.name} from ${old} to ${replicas}`;
    this.#machinery.recorder.normal(component, this.#deployment, "ScalingReplicaSet", message);
    return true;
  }

  /** The sets as they are now, the new one last. */
  #all(newest: Obj | undefined): { all: Obj[]; newest: Obj | undefined; old: Obj[] } {
    const old = this.#sets.filter((set) => set.metadata.uid !== newest?.metadata.uid);
    const current = this.#sets.find((set) => set.metadata.uid === newest?.metadata.uid);
    return { all: current === undefined ? old : [...old, current], newest: current, old };
  }

  #finishCounts(): undefined {
    const { newest } = this.#split(false);
    const sets = this.#all(newest);
    this.#writeStatus(countedStatus(this.#deployment, sets.all, sets.newest, this.#now));
    return undefined;
  }

  /** sync: a paused deployment or one that was scaled: sizes follow, nothing rolls. */
  #scale(): undefined {
    const { newest, old } = this.#split(false);
    this.#scaleSets(newest, old);
    if (this.#deployment.spec.paused === true) this.#cleanup(this.#all(newest).old);
    const sets = this.#all(newest);
    this.#writeStatus(countedStatus(this.#deployment, sets.all, sets.newest, this.#now));
    return undefined;
  }

  #scaleSets(newest: Obj | undefined, old: readonly Obj[]): void {
    const single = activeOrLatest(newest, old);
    if (single !== undefined) {
      this.#resize(single, this.#desired);
      return;
    }
    if (isSaturated(this.#deployment, newest)) {
      for (const set of old.filter(isActive)) this.#resize(set, 0);
      return;
    }
    if ((this.#strategy.type ?? "RollingUpdate") !== "RollingUpdate") return;
    const active = this.#all(newest).all.filter(isActive);
    const surge = maxSurge(this.#strategy, this.#desired);
    const total = active.reduce((count, set) => count + (set.spec.replicas as number), 0);
    const allowed = this.#desired > 0 ? this.#desired + surge : 0;
    if (allowed !== total) active.sort(bySize(allowed > total));
    const sizes = proportionalSizes(
      active.map((set) => {
        const most = set.metadata.annotations?.[maxAnnotation];
        const maxReplicas = most !== undefined && /^\d+$/.test(most) ? Number(most) : undefined;
        return { name: set.metadata.name, replicas: set.spec.replicas as number, maxReplicas };
      }),
      this.#desired,
      surge,
      this.#deployment.status?.replicas ?? 0,
    );
    for (const set of active) this.#resize(set, sizes.get(set.metadata.name) ?? 0, true);
  }

  #roll(): number | undefined {
    const { newest } = this.#split(true);
    if (newest === undefined) return undefined;
    const size = newest.spec.replicas as number;
    const total = this.#sets.reduce((count, set) => count + (set.spec.replicas as number), 0);
    const next = size > this.#desired ? this.#desired : newReplicas(this.#strategy, this.#desired, size, total);
    if (size !== this.#desired && this.#resize(newest, next)) return this.#finish(newest);
    if (this.#shrink(newest)) return this.#finish(newest);
    if (isComplete(this.#deployment, this.#deployment.status)) this.#cleanup(this.#all(newest).old);
    return this.#finish(newest);
  }

  #shrink(newest: Obj): boolean {
    const active = this.#all(newest).old.filter(isActive).sort(byCreation);
    const sizes = (set: Obj) => ({
      replicas: set.spec.replicas as number,
      available: (set.status?.availableReplicas as number | undefined) ?? 0,
    });
    const next = shrinkOld(this.#strategy, this.#desired, active.map(sizes), sizes(newest));
    if (next === undefined) return false;
    for (const [i, set] of active.entries()) this.#resize(set, next[i] as number);
    return true;
  }

  #recreate(): number | undefined {
    const first = this.#split(false);
    let scaled = false;
    for (const set of first.old.filter(isActive)) scaled = this.#resize(set, 0) || scaled;
    if (scaled || this.#oldPodsRun(first.newest, first.old)) return this.#finish(first.newest);
    const newest = first.newest ?? this.#split(true).newest;
    if (newest === undefined) return undefined;
    this.#resize(newest, this.#desired);
    if (isComplete(this.#deployment, this.#deployment.status)) this.#cleanup(this.#all(newest).old);
    return this.#finish(newest);
  }

  #oldPodsRun(newest: Obj | undefined, old: readonly Obj[]): boolean {
    if (old.some((set) => (set.status?.replicas ?? 0) > 0)) return true;
    const pods = podInformer(this.#machinery);
    return old
      .filter((set) => set.metadata.uid !== newest?.metadata.uid)
      .some((set) => pods.by("owner", set.metadata.uid ?? "").some((pod) => !isPodFinished(pod)));
  }

  /** cleanupDeployment: old sets beyond the history limit go, lowest revision first, when nothing runs in them. */
  #cleanup(old: readonly Obj[]): void {
    const limit = this.#deployment.spec.revisionHistoryLimit;
    if (limit === undefined || limit === null || limit === noDeadline) return;
    const alive = old.filter((set) => set.metadata.deletionTimestamp === undefined);
    const surplus = alive.length - limit;
    if (surplus <= 0) return;
    alive.sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b));
    for (const set of alive.slice(0, surplus)) {
      const busy =
        (set.status?.replicas ?? 0) !== 0 ||
        set.spec.replicas !== 0 ||
        (set.metadata.generation ?? 1) > (set.status?.observedGeneration ?? 0);
      if (busy) continue;
      ifThere(() => this.#machinery.api.delete(kinds.replicaSets, set.metadata.namespace, set.metadata.name));
      this.#sets = this.#sets.filter((it) => it !== set);
    }
  }

  #finish(newest: Obj | undefined): number | undefined {
    const sets = this.#all(newest);
    const status = rolloutStatus(this.#deployment, sets.all, sets.newest, this.#now);
    this.#writeStatus(status);
    return nextProgressCheck(this.#deployment, status, this.#now);
  }
}
