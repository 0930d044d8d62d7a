import { sleep, type SlipwayError } from "../base/index.ts";
import { isForbidden, isNotFound, wellKnown, type ApiObject, type ApiResource } from "../kube/index.ts";
import { at, readiness, type KubeObject, type Readiness, type ReadinessOptions } from "../manifest/index.ts";
import { gather, noteOf, ownerOf, type Behind, type PlacedEvent } from "./behind.ts";
import type { FirstSight } from "./container-trouble.ts";
import { judgeCrashLoops, loopBehind } from "./crash-loops.ts";
import type { WaitState } from "./events.ts";
import { lastLines, withTail } from "./last-lines.ts";
import { isUnseen, newestPods } from "./newest-pods.ts";
import { defaultWait, firstCause, notReady, type AwaitedObject } from "./not-ready.ts";
import { diagnose } from "./reasons.ts";
import type { Session } from "./session.ts";
import { nameOf, targetKey, type Target } from "./targets.ts";

/** `--wait`: `watcher` (kstatus), `hookOnly` (hooks only, the default), `legacy` (Helm 3's rules). */
export type WaitStrategy = "watcher" | "hookOnly" | "legacy";

export interface WaitOptions {
  readonly rules: "kstatus" | "legacy";
  /** Jobs must complete. */
  readonly jobs?: boolean;
  /** Pods and Jobs must end well; nothing else is waited for. */
  readonly hook?: boolean;
  /** Milliseconds; 0 means Helm's 30 seconds. */
  readonly timeout: number;
  /** The objects as the last write gave them: what is ready there is not watched at all. */
  readonly live?: ReadonlyMap<string, ApiObject>;
}

/** A look at everything that takes no longer than this is taken at once, in milliseconds. */
const quickReview = 5;

const unseen: Readiness = { state: "waiting", status: "Unknown", reason: "Unknown", message: "not seen yet" };
const gone: Readiness = { state: "waiting", status: "NotFound", reason: "NotFound", message: "Resource not found" };

/**
 * Waits, by watching, until every object is ready. Tells (`waiting` events) where each stands and why it is not ready;
 * ends early when one cannot become ready any more. Throws `release.not-ready`: the first cause first, then Helm's
 * line for each object that is not ready; `facts.details` carries all of it as findings.
 *
 * An account that may not watch pods or events still gets the wait, only with fewer reasons.
 */
export async function waitUntilReady(
  session: Session,
  targets: readonly Target[],
  options: WaitOptions,
): Promise<void> {
  const judge: Judge = (object, behind = {}) =>
    readiness(object, options.rules, {
      jobs: options.jobs === true,
      hook: options.hook === true,
      now: session.client.serverNow(),
      ...behind,
    });
  const awaited: AwaitedObject[] = targets
    // A paused Deployment makes no progress by intent.
    .filter((target) => !(target.object.kind === "Deployment" && at(target.object, "spec", "paused") === true))
    .map((target) => {
      const object = options.live?.get(targetKey(target));
      return {
        target,
        object,
        verdict: object === undefined ? unseen : judge(object),
        diagnosis: { reasons: [] },
      };
    });
  if (awaited.every((entry) => entry.verdict.state === "ready")) return;
  await new Tracker(session, awaited, options, judge).run();
}

/**
 * What kstatus calls failed though it may pass: stock Helm, too, waits on for the other objects, and takes it back. An
 * autoscaler may bring a node; a crash loop is judged by {@link judgeCrashLoops}.
 */
const mayPass = new Set(["ContainerCrashLooping", "PodUnschedulable"]);

type Judge = (object: KubeObject, behind?: Pick<ReadinessOptions, "replicaSet" | "pods">) => Readiness;

/** One wait under way: watches, what they told, and the verdicts over it. */
class Tracker {
  private readonly session: Session;
  private readonly awaited: AwaitedObject[];
  private readonly options: WaitOptions;
  private readonly judge: Judge;
  private readonly pods = new Map<string, KubeObject>();
  /** Namespaces whose ReplicaSets are known, or may not be read. */
  private readonly setsKnown = new Set<string>();
  private readonly replicaSets = new Map<string, KubeObject>();
  /** Namespaces whose pods are known, or may not be read. */
  private readonly podsKnown = new Set<string>();
  private readonly events = new Map<string, PlacedEvent>();
  private readonly seen = new Map<string, FirstSight>();
  /** When the last object became ready, by the server's clock; the wait's beginning until then. */
  private progressed: number;
  private readyCount = 0;
  private readonly stop = new AbortController();
  private settle: ((error: unknown) => void) | undefined;
  private told = "";
  private due = false;
  private restUntil = 0;

  constructor(session: Session, awaited: AwaitedObject[], options: WaitOptions, judge: Judge) {
    this.session = session;
    this.awaited = awaited;
    this.options = options;
    this.judge = judge;
    this.progressed = session.client.serverNow();
  }

  async run(): Promise<void> {
    const { session } = this;
    const abort = () => this.settle?.(session.signal?.reason);
    const ended = new Promise<void>((resolve, reject) => {
      this.settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    session.signal?.throwIfAborted();
    session.signal?.addEventListener("abort", abort, { once: true });
    const cancel = session.clock.schedule(this.options.timeout || defaultWait, () =>
      this.settle?.(this.failure("context deadline exceeded")),
    );
    try {
      this.watchTargets();
      if (!this.options.hook || this.awaited.some((entry) => ["Job", "Pod"].includes(entry.target.object.kind)))
        this.watchBehind();
      this.review();
      await ended;
    } catch (error) {
      throw await this.withLastWords(error);
    } finally {
      cancel();
      session.signal?.removeEventListener("abort", abort);
      this.stop.abort();
    }
  }

  /** One watch for each kind and namespace that is not ready; a single object is watched by name. */
  private watchTargets(): void {
    const groups = new Map<string, AwaitedObject[]>();
    for (const entry of this.awaited) {
      if (entry.verdict.state === "ready") continue;
      const { resource, namespace } = entry.target;
      const key = `${resource.group}/${resource.version}/${resource.plural}/${resource.namespaced ? namespace : ""}`;
      groups.set(key, [...(groups.get(key) ?? []), entry]);
    }
    for (const group of groups.values()) {
      const { resource, namespace } = (group[0] as AwaitedObject).target;
      const single = group.length === 1 ? `metadata.name=${(group[0] as AwaitedObject).target.name}` : undefined;
      this.follow(resource, resource.namespaced ? namespace : undefined, single, true, (type, object) => {
        for (const entry of group) {
          if (object !== undefined && entry.target.name === object.metadata.name) {
            entry.object = type === "DELETED" ? undefined : object;
            entry.verdict = entry.object === undefined ? gone : this.verdictOf(entry);
          } else if (type === "SYNC" && entry.verdict === unseen) entry.verdict = gone;
        }
      });
    }
  }

  private verdictOf({ object, target }: AwaitedObject): Readiness {
    const live = object as KubeObject;
    if (this.options.rules !== "legacy") return this.judge(live);
    // Helm 3's rules look at what stands behind some kinds.
    const replicaSet = target.object.kind === "Deployment" ? newestOf(live, this.replicaSets.values()) : undefined;
    const pods = this.podsKnown.has(target.namespace)
      ? [...this.pods.values()].filter((pod) => pod.metadata.namespace === target.namespace)
      : undefined;
    return this.judge(live, { replicaSet, pods });
  }

  /** Pods, ReplicaSets and events in the namespaces of workloads: they tell why. */
  private watchBehind(): void {
    const workloads = new Set([
      "Deployment",
      "StatefulSet",
      "DaemonSet",
      "ReplicaSet",
      "ReplicationController",
      "Job",
      "Pod",
    ]);
    const namespaces = new Set(
      this.awaited
        .filter((entry) => entry.verdict.state !== "ready" && entry.target.resource.namespaced)
        .map((entry) => entry.target.namespace),
    );
    for (const namespace of namespaces) {
      const here = this.awaited.filter((entry) => entry.target.namespace === namespace);
      if (here.some((entry) => workloads.has(entry.target.object.kind))) {
        this.follow(wellKnown.pods, namespace, undefined, false, (type, object) => {
          this.keep(this.pods, type, object);
          if (type === "SYNC") this.podsKnown.add(namespace);
          this.judgeAgain(here, ["ReplicaSet", "ReplicationController"]);
        });
      }
      if (here.some((entry) => entry.target.object.kind === "Deployment")) {
        const legacy = this.options.rules === "legacy";
        this.follow(wellKnown.replicaSets, namespace, undefined, legacy, (type, object) => {
          this.keep(this.replicaSets, type, object);
          if (type === "SYNC") this.setsKnown.add(namespace);
          this.judgeAgain(here, ["Deployment"]);
        });
      }
      this.follow(wellKnown.events, namespace, undefined, false, (type, object) => {
        if (object === undefined || type === "DELETED") return;
        this.events.set(`${namespace}/${object.metadata.name}`, noteOf(object, namespace));
      });
    }
  }

  /** What stands behind these has changed: Helm 3's rules look at it. */
  private judgeAgain(entries: readonly AwaitedObject[], kinds: readonly string[]): void {
    if (this.options.rules !== "legacy") return;
    for (const entry of entries)
      if (entry.object !== undefined && kinds.includes(entry.target.object.kind)) entry.verdict = this.verdictOf(entry);
  }

  private keep(into: Map<string, KubeObject>, type: string, object: ApiObject | undefined): void {
    if (object === undefined) return;
    const key = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    if (type === "DELETED") into.delete(key);
    else into.set(key, object);
  }

  /** Follows a resource until the wait ends. `needed` ones end it with their error; the others just go silent. */
  private follow(
    resource: ApiResource,
    namespace: string | undefined,
    fieldSelector: string | undefined,
    needed: boolean,
    on: (type: "ADDED" | "MODIFIED" | "DELETED" | "SYNC", object: ApiObject | undefined) => void,
  ): void {
    const run = async () => {
      const stream = this.session.client.watch(resource, namespace, {
        signal: this.stop.signal,
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
      });
      for await (const event of stream) {
        on(event.type, event.type === "SYNC" ? undefined : event.object);
        this.later();
      }
    };
    run().catch(async (error: unknown) => {
      if (this.stop.signal.aborted) return;
      if (!needed) return on("SYNC", undefined);
      // Without the right to watch, reading once a second does as well.
      if (!isForbidden(error)) return this.settle?.(error);
      await this.poll(resource, namespace, on).catch((failure: unknown) => this.settle?.(failure));
    });
  }

  private async poll(
    resource: ApiResource,
    namespace: string | undefined,
    on: (type: "MODIFIED" | "DELETED", object: ApiObject) => void,
  ): Promise<void> {
    while (!this.stop.signal.aborted) {
      for (const entry of this.awaited) {
        if (entry.target.resource !== resource || (resource.namespaced && entry.target.namespace !== namespace))
          continue;
        try {
          on(
            "MODIFIED",
            await this.session.client.get(
              { resource, namespace, name: entry.target.name },
              { signal: this.stop.signal },
            ),
          );
        } catch (error) {
          if (!isNotFound(error)) throw error;
          on("DELETED", { apiVersion: "", kind: "", metadata: { name: entry.target.name } });
        }
        this.later();
      }
      await sleep(this.session.clock, 1000, this.stop.signal).catch(() => {});
    }
  }

  /** Reviews once for what arrives together; of many objects a fifth of the time at most. */
  private later(): void {
    if (this.due) return;
    this.due = true;
    const look = () => {
      this.due = false;
      if (!this.stop.signal.aborted) this.review();
    };
    const pause = this.restUntil - performance.now();
    if (pause <= 0) queueMicrotask(look);
    else this.session.clock.schedule(pause, look);
  }

  private review(): void {
    const began = performance.now();
    this.lookAt(gather(this.pods.values(), this.replicaSets.values(), this.events.values()));
    const ended = performance.now();
    this.restUntil = ended - began < quickReview ? 0 : ended + 4 * (ended - began);
  }

  private lookAt(behind: Behind): void {
    const now = this.session.client.serverNow();
    const rest = this.left();
    if (this.awaited.length - rest.length > this.readyCount) this.progressed = now;
    this.readyCount = this.awaited.length - rest.length;
    for (const entry of this.awaited) {
      if (entry.verdict.state === "ready") entry.diagnosis = { reasons: [] };
      else {
        const object = entry.object ?? entry.target.object;
        const pods = podsOf(entry, behind);
        const evidence = { object, pods, events: behind.eventsAbout(entry.target, entry.object, pods) };
        const diagnosis = diagnose(evidence, now, this.seen);
        entry.diagnosis = this.isTooEarly(entry) ? { reasons: diagnosis.reasons } : diagnosis;
      }
    }
    judgeCrashLoops(rest, this.progressed);
    this.tell();
    if (rest.length === 0) return this.settle?.(undefined);
    const lost = rest.some(
      ({ verdict, diagnosis }) =>
        diagnosis.hopeless !== undefined || (verdict.state === "failed" && !mayPass.has(verdict.reason)),
    );
    if (lost) this.settle?.(this.failure(undefined));
  }

  private tell(): void {
    const objects: WaitState[] = this.awaited.map((entry) => ({
      ...nameOf(entry.target),
      state: entry.diagnosis.hopeless === undefined ? entry.verdict.state : "failed",
      message: entry.verdict.message,
      reasons: entry.diagnosis.reasons,
    }));
    const text = JSON.stringify(objects);
    if (text === this.told) return;
    this.told = text;
    this.session.emit({ type: "waiting", objects });
  }

  /** Not to be judged yet: the newest spec has not been seen, or it is not known which pods are of it. */
  private isTooEarly({ object, target }: AwaitedObject): boolean {
    if (isUnseen(object ?? target.object)) return true;
    return target.object.kind === "Deployment" && !this.setsKnown.has(target.namespace);
  }

  private failure(ending: string | undefined): SlipwayError {
    return notReady(this.left(), ending);
  }

  private left(): AwaitedObject[] {
    return this.awaited.filter((entry) => entry.verdict.state !== "ready");
  }

  /** Where a crash loop is the first cause, what the container printed before it ended belongs to the error. Hooks do so themselves. */
  private async withLastWords(error: unknown): Promise<unknown> {
    const first = this.options.hook ? undefined : firstCause(this.left());
    const loop = first === undefined ? undefined : loopBehind(first);
    if (loop === undefined || this.session.signal?.aborted) return error;
    const pod = { namespace: first?.target.namespace ?? "", name: loop.pod };
    return withTail(error, await lastLines(this.session, pod, [loop.container], true));
  }
}

/** The pods that tell of an object: those of its newest revision. */
function podsOf({ object, target }: AwaitedObject, behind: Behind): KubeObject[] {
  // A pod that is waited for is known from its own watch: that may be ahead of the one of all pods.
  if (target.object.kind === "Pod") return object === undefined ? [] : [object];
  const isDeployment = target.object.kind === "Deployment" && object !== undefined;
  const newest = isDeployment ? newestOf(object, behind.setsOf(object.metadata.uid)) : undefined;
  return newestPods(object ?? target.object, behind.podsOf(target), newest);
}

/** A Deployment's newest ReplicaSet, as its controller marks it. */
function newestOf(deployment: KubeObject, replicaSets: Iterable<KubeObject>): KubeObject | undefined {
  const revisionOf = (object: KubeObject) => at(object, "metadata", "annotations", "deployment.kubernetes.io/revision");
  const revision = revisionOf(deployment);
  return [...replicaSets].find((set) => ownerOf(set)?.uid === deployment.metadata.uid && revisionOf(set) === revision);
}
