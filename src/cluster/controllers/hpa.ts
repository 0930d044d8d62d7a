import { messageOf } from "../../base/index.ts";
import { matchesSelector } from "../../schedule/index.ts";
import {
  defaultDown,
  defaultUp,
  limitByBehaviour,
  limitPlain,
  stabilize,
  type Recommendation,
  type ScaleEvent,
  type ScalingRules,
} from "./hpa-formula.ts";
import { evaluateMetric, MetricError, type MetricResult } from "./hpa-metrics.ts";
import { ifThere, podInformer, type Machinery } from "./machinery.ts";
import { copy, equal, keyOf, quote, timestamp, withStatus, type Json, type Obj } from "./object.ts";
import { kinds, type Resource } from "./port.ts";

const component = "horizontal-pod-autoscaler";
const period = 15_000;

interface Memory {
  recommendations: Recommendation[];
  events: ScaleEvent[];
}

/** Scales workloads by the simulated use of cpu and memory, every fifteen seconds, as the controller manager does. */
export function startAutoscalers(machinery: Machinery): void {
  const autoscalers = machinery.informer(kinds.horizontalPodAutoscalers);
  podInformer(machinery);
  const memories = new Map<string, Memory>();
  const queue = machinery.queue(component, (key) => {
    const hpa = autoscalers.get(key);
    if (hpa === undefined) {
      memories.delete(key);
      return undefined;
    }
    let memory = memories.get(hpa.metadata.uid ?? key);
    if (memory === undefined) memories.set(hpa.metadata.uid ?? key, (memory = { recommendations: [], events: [] }));
    new Sync(machinery, hpa, memory).run();
    return period;
  });
  autoscalers.on(({ type, object, previous }) => {
    if (type === "DELETED") memories.delete(object.metadata.uid ?? "");
    else if (previous === undefined || previous.spec !== object.spec) queue.add(keyOf(object));
  });
}

interface Scale {
  readonly resource: Resource;
  readonly object: Obj;
  readonly replicas: number;
  readonly current: number;
  selects(pod: Obj): boolean;
}

class Sync {
  readonly #machinery: Machinery;
  readonly #hpa: Obj;
  readonly #memory: Memory;
  readonly #now: number;
  readonly #status: Json;

  constructor(machinery: Machinery, hpa: Obj, memory: Memory) {
    this.#machinery = machinery;
    this.#hpa = hpa;
    this.#memory = memory;
    this.#now = machinery.clock.now();
    this.#status = copy(hpa.status ?? {});
  }

  run(): void {
    const scale = this.#scale();
    if (scale !== undefined) this.#reconcile(scale);
    this.#status.observedGeneration = this.#hpa.metadata.generation;
    // Go leaves a zero out here, and only here.
    if (this.#status.currentReplicas === 0) delete this.#status.currentReplicas;
    this.#status.desiredReplicas ??= 0;
    if (equal(this.#status, this.#hpa.status ?? {})) return;
    ifThere(() =>
      this.#machinery.api.updateStatus(kinds.horizontalPodAutoscalers, withStatus(this.#hpa, this.#status)),
    );
  }

  #condition(type: string, status: string, reason: string, message: string): void {
    const conditions: Json[] = this.#status.conditions ?? [];
    const before = conditions.find((item) => item.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(this.#now);
    const next = { type, status, lastTransitionTime, reason, message };
    this.#status.conditions =
      before === undefined ? [...conditions, next] : conditions.map((it) => (it === before ? next : it));
  }

  #warn(reason: string, message: string): void {
    this.#machinery.recorder.warning(component, this.#hpa, reason, message);
  }

  #noScale(why: string): undefined {
    this.#warn("FailedGetScale", why);
    const message = `the HPA controller was unable to get the target's current scale: ${why}`;
    this.#condition("AbleToScale", "False", "FailedGetScale", message);
    return undefined;
  }

  /** The scale subresource of the target, as far as it is needed: replicas and selector. */
  #scale(): Scale | undefined {
    const { api } = this.#machinery;
    const { apiVersion = "v1", kind, name } = this.#hpa.spec.scaleTargetRef;
    const slash = apiVersion.indexOf("/");
    const group = slash < 0 ? "" : apiVersion.slice(0, slash);
    const resource = api.resources().find((it) => it.kind === kind && it.group === group);
    if (resource === undefined) {
      return this.#noScale(`no matches for kind ${quote(kind)} in group ${quote(group)}`);
    }
    const object = api.get(resource, this.#hpa.metadata.namespace, name);
    if (object === undefined) {
      const about = resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
      return this.#noScale(`${about} ${quote(name)} not found`);
    }
    const message = "the HPA controller was able to get the target's current scale";
    this.#condition("AbleToScale", "True", "SucceededGetScale", message);
    const selector = object.spec?.selector;
    const labelled = kind === "ReplicationController" ? { matchLabels: selector } : selector;
    return {
      resource,
      object,
      replicas: object.spec?.replicas ?? 0,
      current: object.status?.replicas ?? 0,
      selects: (pod) => matchesSelector(labelled, pod.metadata.labels),
    };
  }

  #reconcile(scale: Scale): void {
    const { spec } = this.#hpa;
    const least: number = spec.minReplicas ?? 1;
    const most: number = spec.maxReplicas;
    const { replicas: current } = scale;
    if (this.#memory.recommendations.length === 0)
      this.#memory.recommendations.push({ at: this.#now, replicas: current });
    let desired: number;
    let why = "";
    if (current === 0 && least !== 0) {
      const message = "scaling is disabled since the replica count of the target is zero";
      this.#condition("ScalingActive", "False", "ScalingDisabled", message);
      this.#setStatus(scale.current, 0, undefined);
      return;
    }
    let statuses: Json[] | undefined;
    if (current > most) {
      desired = most;
      why = "Current number of replicas above Spec.MaxReplicas";
    } else if (current < least) {
      desired = least;
      why = "Current number of replicas below Spec.MinReplicas";
    } else {
      const outcome = this.#compute(scale);
      statuses = outcome.statuses;
      if (outcome.best === undefined) {
        this.#setStatus(scale.current, this.#status.desiredReplicas ?? 0, statuses);
        this.#warn("FailedComputeMetricsReplicas", outcome.error ?? "");
        return;
      }
      desired = outcome.best.replicas;
      if (desired > current) why = `${outcome.best.name} above target`;
      if (desired < current) why = "All metrics below target";
      desired = this.#normalize(desired, current, least, most);
    }
    const rescale = desired !== current && this.#write(scale, desired, why);
    this.#setStatus(scale.current, rescale ? desired : current, statuses);
    if (rescale) this.#status.lastScaleTime = timestamp(this.#now);
  }

  /** computeReplicasForMetrics: the highest proposal; a metric that fails only blocks scaling down. */
  #compute(scale: Scale): { best?: MetricResult; statuses: Json[]; error?: string } {
    const { spec, metadata } = this.#hpa;
    const pods = podInformer(this.#machinery)
      .list(metadata.namespace)
      .filter((pod) => scale.selects(pod))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const metrics: Json[] = spec.metrics ?? [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
    ];
    let best: MetricResult | undefined;
    let first: { reason: string; message: string } | undefined;
    let failed = 0;
    const statuses: Json[] = [];
    for (const metric of metrics) {
      try {
        const result = evaluateMetric(metric, this.#hpa, pods, scale.replicas, this.#tolerances());
        statuses.push(result.status);
        if (best === undefined || result.replicas > best.replicas) best = result;
      } catch (error) {
        const reason = error instanceof MetricError ? error.reason : "FailedGetResourceMetric";
        this.#warn(reason, messageOf(error));
        first ??= { reason, message: messageOf(error) };
        failed++;
      }
    }
    const error =
      first === undefined
        ? undefined
        : `invalid metrics (${failed} invalid out of ${metrics.length}), first error is: ${first.message}`;
    if (first !== undefined && (best === undefined || best.replicas < scale.replicas)) {
      const message = `the HPA was unable to compute the replica count: ${first.message}`;
      this.#condition("ScalingActive", "False", first.reason, message);
      return { statuses, error: error ?? "" };
    }
    const name = best?.name ?? "";
    const message = `the HPA was able to successfully calculate a replica count from ${name}`;
    this.#condition("ScalingActive", "True", "ValidMetricFound", message);
    return best === undefined ? { statuses } : { best, statuses };
  }

  #tolerances(): { up: number; down: number } {
    const read = (value: unknown) => (value === undefined || value === null ? 0.1 : Number(value));
    const behavior = this.#hpa.spec.behavior ?? {};
    return { up: read(behavior.scaleUp?.tolerance), down: read(behavior.scaleDown?.tolerance) };
  }

  #normalize(proposed: number, current: number, least: number, most: number): number {
    const { behavior } = this.#hpa.spec;
    const up: ScalingRules = { ...defaultUp, ...withoutUndefined(behavior?.scaleUp) };
    const down: ScalingRules = { ...defaultDown, ...withoutUndefined(behavior?.scaleDown) };
    const windows = { up: up.stabilizationWindowSeconds ?? 0, down: down.stabilizationWindowSeconds ?? 300 };
    const stable =
      behavior === undefined
        ? stabilize(proposed, proposed, this.#memory.recommendations, this.#now, { up: 0, down: 300 })
        : stabilize(proposed, current, this.#memory.recommendations, this.#now, windows);
    // Without behaviour only scaling down is stabilised, by the highest recommendation of five minutes.
    const replicas =
      behavior === undefined
        ? Math.max(
            proposed,
            ...this.#memory.recommendations.filter((it) => it.at > this.#now - 300_000).map((it) => it.replicas),
          )
        : stable.replicas;
    this.#remember(proposed, Math.max(windows.up, windows.down, 300));
    if (replicas === proposed) {
      this.#condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size");
    } else if (behavior === undefined) {
      const message = "recent recommendations were higher than current one, applying the highest recent recommendation";
      this.#condition("AbleToScale", "True", "ScaleDownStabilized", message);
    } else this.#condition("AbleToScale", "True", stable.reason, stable.message);
    const limited =
      behavior === undefined
        ? limitPlain(replicas, current, least, most)
        : limitByBehaviour(replicas, current, least, most, { up, down }, this.#memory.events, this.#now);
    this.#condition("ScalingLimited", limited.limited ? "True" : "False", limited.reason, limited.message);
    return limited.replicas;
  }

  #remember(replicas: number, seconds: number): void {
    const { recommendations } = this.#memory;
    this.#memory.recommendations = recommendations.filter((it) => it.at > this.#now - seconds * 1000);
    this.#memory.recommendations.push({ at: this.#now, replicas });
    this.#memory.events = this.#memory.events.filter((it) => it.at > this.#now - 1_800_000);
  }

  #write(scale: Scale, desired: number, why: string): boolean {
    const spec = { ...scale.object.spec, replicas: desired };
    try {
      this.#machinery.api.update(scale.resource, { ...scale.object, spec });
    } catch (error) {
      const text = `New size: ${desired}; reason: ${why}; error: ${messageOf(error)}`;
      this.#warn("FailedRescale", text);
      const message = `the HPA controller was unable to update the target scale: ${messageOf(error)}`;
      this.#condition("AbleToScale", "False", "FailedUpdateScale", message);
      return false;
    }
    const message = `the HPA controller was able to update the target scale to ${desired}`;
    this.#condition("AbleToScale", "True", "SucceededRescale", message);
    this.#machinery.recorder.normal(component, this.#hpa, "SuccessfulRescale", `New size: ${desired}; reason: ${why}`);
    this.#memory.events.push({ at: this.#now, change: desired - scale.replicas });
    return true;
  }

  #setStatus(current: number, desired: number, metrics: Json[] | undefined): void {
    this.#status.currentReplicas = current;
    this.#status.desiredReplicas = desired;
    if (metrics !== undefined && metrics.length > 0) this.#status.currentMetrics = metrics;
    else if (metrics !== undefined) delete this.#status.currentMetrics;
  }
}

function withoutUndefined(rules: Json): Json {
  return Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined && value !== null));
}
