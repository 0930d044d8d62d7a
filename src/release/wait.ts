import { sleep, type SlipwayError } from "../base/index.ts";
import { isForbidden, isNotFound, wellKnown, type ApiObject, type ApiResource } from "../kube/index.ts";
import { at, readiness, stringAt, type KubeObject, type Readiness } from "../manifest/index.ts";
import type { WaitState } from "./events.ts";
import { isUnseen, newestPods } from "./newest-pods.ts";
import { defaultWait, notReady, type AwaitedObject } from "./not-ready.ts";
import { diagnose, type EventNote } from "./reasons.ts";
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
  const judge = (object: KubeObject, replicaSet?: KubeObject) =>
    readiness(object, options.rules, {
      jobs: options.jobs === true,
      hook: options.hook === true,
      now: session.client.serverNow(),
      replicaSet,
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

type Judge = (object: KubeObject, replicaSet?: KubeObject) => Readiness;

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
  private readonly events = new Map<string, EventNote & { namespace: string }>();
  private readonly stop = new AbortController();
  private settle: ((error: unknown) => void) | undefined;
  private told = "";
  private due = false;

  constructor(session: Session, awaited: AwaitedObject[], options: WaitOptions, judge: Judge) {
    this.session = session;
    this.awaited = awaited;
    this.options = options;
    this.judge = judge;
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

  private verdictOf(entry: AwaitedObject): Readiness {
    return this.judge(
      entry.object as KubeObject,
      this.options.rules === "legacy" ? this.newestReplicaSet(entry) : undefined,
    );
  }

  private newestReplicaSet(entry: AwaitedObject): KubeObject | undefined {
    if (entry.target.object.kind !== "Deployment") return undefined;
    const uid = entry.object?.metadata.uid;
    const template = JSON.stringify(at(entry.object, "metadata", "annotations", "deployment.kubernetes.io/revision"));
    return [...this.replicaSets.values()].find(
      (set) =>
        ownerOf(set)?.uid === uid &&
        JSON.stringify(at(set, "metadata", "annotations", "deployment.kubernetes.io/revision")) === template,
    );
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
        this.follow(wellKnown.pods, namespace, undefined, false, (type, object) => this.keep(this.pods, type, object));
      }
      if (here.some((entry) => entry.target.object.kind === "Deployment")) {
        const legacy = this.options.rules === "legacy";
        this.follow(wellKnown.replicaSets, namespace, undefined, legacy, (type, object) => {
          this.keep(this.replicaSets, type, object);
          if (type === "SYNC") this.setsKnown.add(namespace);
          if (!legacy) return;
          for (const entry of here)
            if (entry.object !== undefined && entry.target.object.kind === "Deployment")
              entry.verdict = this.verdictOf(entry);
        });
      }
      this.follow(wellKnown.events, namespace, undefined, false, (type, object) => {
        if (object === undefined || type === "DELETED") return;
        this.events.set(`${namespace}/${object.metadata.name}`, {
          ...noteOf(object),
          namespace,
        });
      });
    }
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

  /** Reviews once for what arrives together. */
  private later(): void {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      if (!this.stop.signal.aborted) this.review();
    });
  }

  private review(): void {
    const now = this.session.client.serverNow();
    for (const entry of this.awaited) {
      if (entry.verdict.state === "ready") entry.diagnosis = { reasons: [] };
      else {
        const object = entry.object ?? entry.target.object;
        const { reasons, hopeless } = diagnose({ object, pods: this.podsOf(entry), events: this.eventsOf(entry) }, now);
        entry.diagnosis = hopeless === undefined || this.isTooEarly(entry) ? { reasons } : { reasons, hopeless };
      }
    }
    this.tell();
    if (this.awaited.every((entry) => entry.verdict.state === "ready")) return this.settle?.(undefined);
    const lost = this.awaited.some(
      (entry) => entry.verdict.state === "failed" || entry.diagnosis.hopeless !== undefined,
    );
    if (lost) return this.settle?.(this.failure(undefined));
    // As Helm: a crash loop ends the wait once it is all that is left.
    const rest = this.awaited.filter((entry) => entry.verdict.state !== "ready");
    if (
      this.options.rules === "kstatus" &&
      rest.every((entry) => !this.isTooEarly(entry) && this.podsOf(entry).some(isCrashLooping))
    )
      this.settle?.(this.failure(undefined));
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

  private podsOf(entry: AwaitedObject): KubeObject[] {
    return newestPods(entry.object ?? entry.target.object, this.allPodsOf(entry), this.newestReplicaSet(entry));
  }

  /** Not to be judged yet: the newest spec has not been seen, or it is not known which pods are of it. */
  private isTooEarly({ object, target }: AwaitedObject): boolean {
    if (isUnseen(object ?? target.object)) return true;
    return target.object.kind === "Deployment" && !this.setsKnown.has(target.namespace);
  }

  private allPodsOf(entry: AwaitedObject): KubeObject[] {
    const { kind } = entry.target.object;
    const all = [...this.pods.values()].filter((pod) => (pod.metadata.namespace ?? "") === entry.target.namespace);
    if (kind === "Pod") return all.filter((pod) => pod.metadata.name === entry.target.name);
    return all.filter((pod) => {
      const owner = ownerOf(pod);
      if (owner === undefined) return false;
      if (owner.kind === kind) return owner.name === entry.target.name;
      // A Deployment's pods belong to a ReplicaSet named after it and the template's hash.
      return (
        kind === "Deployment" &&
        owner.kind === "ReplicaSet" &&
        owner.name === `${entry.target.name}-${stringAt(pod, "", "metadata", "labels", "pod-template-hash")}`
      );
    });
  }

  private eventsOf(entry: AwaitedObject): EventNote[] {
    const { kind } = entry.target.object;
    const pods = new Set(this.podsOf(entry).map((pod) => pod.metadata.name));
    return [...this.events.values()].filter((event) => {
      if (event.namespace !== entry.target.namespace) return false;
      if (event.kind === kind && event.name === entry.target.name) return true;
      if (event.kind === "Pod") return pods.has(event.name);
      return kind === "Deployment" && event.kind === "ReplicaSet" && event.name.startsWith(`${entry.target.name}-`);
    });
  }

  private failure(ending: string | undefined): SlipwayError {
    const rest = this.awaited.filter((entry) => entry.verdict.state !== "ready");
    return notReady(rest, ending);
  }
}

function isCrashLooping(pod: KubeObject): boolean {
  const statuses = at(pod, "status", "containerStatuses");
  return (
    Array.isArray(statuses) &&
    statuses.some((status: unknown) => at(status, "state", "waiting", "reason") === "CrashLoopBackOff")
  );
}

function ownerOf(object: KubeObject): { kind: string; name: string; uid: string } | undefined {
  const owners = object.metadata.ownerReferences as
    | { kind: string; name: string; uid: string; controller?: boolean }[]
    | undefined;
  return owners?.find((owner) => owner.controller) ?? owners?.[0];
}

function noteOf(event: KubeObject): EventNote {
  const seen = Date.parse(
    stringAt(event, "", "lastTimestamp") ||
      stringAt(event, "", "eventTime") ||
      stringAt(event, "", "metadata", "creationTimestamp"),
  );
  return {
    kind: stringAt(event, "", "involvedObject", "kind"),
    name: stringAt(event, "", "involvedObject", "name"),
    type: stringAt(event, "", "type"),
    reason: stringAt(event, "", "reason"),
    message: stringAt(event, "", "message"),
    seen: Number.isNaN(seen) ? 0 : seen,
  };
}
