/** Proposals of one HPA from the metrics of its target's pods. Pure but for errors. */
import { milliValue } from "../../schedule/index.ts";
import { podUsage } from "../nodes/metrics.ts";
import { propose, type PodSample, type Proposal, type Tolerances } from "./hpa-formula.ts";
import { isPodReady } from "./pods.ts";
import type { Json, Obj } from "./object.ts";

export interface MetricResult {
  readonly replicas: number;
  /** How the metric is called in reasons and messages. */
  readonly name: string;
  readonly status: Json;
}

/** A metric that cannot be had: the condition's reason and upstream's words. */
export class MetricError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

const metricPrefix = "sim.slipway.dev/metric.";

/** The proposal of one entry of spec.metrics. Throws {@link MetricError}. */
export function evaluateMetric(
  metric: Json,
  hpa: Obj,
  pods: readonly Obj[],
  current: number,
  tolerances: Tolerances,
): MetricResult {
  switch (metric.type) {
    case "Resource":
      return resourceMetric(metric.resource, "Resource", undefined, pods, current, tolerances);
    case "ContainerResource":
      return resourceMetric(
        metric.containerResource,
        "ContainerResource",
        metric.containerResource.container,
        pods,
        current,
        tolerances,
      );
    default:
      return customMetric(metric, hpa, pods, current, tolerances);
  }
}

function resourceMetric(
  source: Json,
  type: "Resource" | "ContainerResource",
  container: string | undefined,
  pods: readonly Obj[],
  current: number,
  tolerances: Tolerances,
): MetricResult {
  const name: string = source.name;
  const reason = `FailedGet${type}Metric`;
  const { averageUtilization, averageValue } = source.target;
  const utilization = averageValue === undefined;
  const fail = (message: string) =>
    new MetricError(reason, `failed to get ${name} ${utilization ? "utilization" : "usage"}: ${message}`);
  if (name !== "cpu" && name !== "memory") {
    throw fail(`unable to get metrics for resource ${name}: no metrics returned from resource metrics API`);
  }
  const samples = pods.map((pod) => sampleOf(pod, name, container));
  if (samples.length > 0 && !samples.some((sample) => sample.usage !== undefined)) {
    throw fail(`unable to get metrics for resource ${name}: no metrics returned from resource metrics API`);
  }
  const without = utilization ? missingRequest(pods, name, container) : undefined;
  if (without !== undefined) throw fail(without);
  let proposal: Proposal;
  try {
    const target = utilization ? { utilization: averageUtilization } : { average: milliValue(averageValue) };
    proposal = propose(samples, current, target, tolerances);
  } catch (error) {
    throw fail((error as Error).message);
  }
  const shown: Json = {
    ...(proposal.utilization === undefined ? {} : { averageUtilization: proposal.utilization }),
    averageValue: quantity(proposal.average),
  };
  const kind = type === "Resource" ? "resource" : "container resource";
  const field = type === "Resource" ? "resource" : "containerResource";
  return {
    replicas: proposal.replicas,
    name: utilization ? `${name} ${kind} utilization (percentage of request)` : `${name} ${kind}`,
    status: { type, [field]: { name, ...(container === undefined ? {} : { container }), current: shown } },
  };
}

/** An amount in thousandths as a quantity; everything is counted so, as upstream does. */
function quantity(value: number): string {
  return value % 1000 === 0 ? String(value / 1000) : `${value}m`;
}

function sampleOf(pod: Obj, name: "cpu" | "memory", container: string | undefined): PodSample {
  const request = requestOf(pod, name, container) ?? 0;
  if (pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === "Failed")
    return { request, state: "ignored" };
  if (pod.status?.phase === "Pending" || (name === "cpu" && !isPodReady(pod))) return { request, state: "unready" };
  let usage: number | undefined;
  for (const [key, used] of podUsage(pod)) {
    if (container !== undefined && key !== container) continue;
    usage = (usage ?? 0) + (name === "cpu" ? used.cpu : used.memory * 1000);
  }
  return { usage, request, state: "ready" };
}

function requestOf(pod: Obj, name: string, container: string | undefined): number | undefined {
  let sum = 0;
  const sidecars = (pod.spec.initContainers ?? []).filter((it: Json) => it.restartPolicy === "Always");
  for (const it of [...(pod.spec.containers ?? []), ...sidecars]) {
    if (container !== undefined && it.name !== container) continue;
    const text = it.resources?.requests?.[name];
    if (text === undefined) return undefined;
    sum += milliValue(text);
  }
  return sum;
}

function missingRequest(pods: readonly Obj[], name: string, container: string | undefined): string | undefined {
  for (const pod of pods) {
    const sidecars = (pod.spec.initContainers ?? []).filter((it: Json) => it.restartPolicy === "Always");
    for (const it of [...(pod.spec.containers ?? []), ...sidecars]) {
      if (container !== undefined && it.name !== container) continue;
      if (it.resources?.requests?.[name] === undefined) {
        return `missing request for ${name} in container ${it.name} of Pod ${pod.metadata.name}`;
      }
    }
  }
  return undefined;
}

/**
 * Pods, Object and External metrics have no source here; an annotation on the autoscaler (`sim.slipway.dev/metric.NAME`) or,
 * for Pods metrics, on the pods gives them a value.
 */
function customMetric(
  metric: Json,
  hpa: Obj,
  pods: readonly Obj[],
  current: number,
  tolerances: Tolerances,
): MetricResult {
  const field = (metric.type as string).charAt(0).toLowerCase() + (metric.type as string).slice(1);
  const source = metric[field];
  const name: string = source.metric.name;
  const target = source.target;
  const given = hpa.metadata.annotations?.[metricPrefix + name];
  const about =
    metric.type === "Pods"
      ? { reason: "FailedGetPodsMetric", name: `pods metric ${name}` }
      : metric.type === "Object"
        ? { reason: "FailedGetObjectMetric", name: `${source.describedObject?.kind} metric ${name}` }
        : {
            reason: "FailedGetExternalMetric",
            name: `external metric ${name}(${JSON.stringify(source.metric.selector ?? null)})`,
          };
  if (metric.type === "Pods") {
    const samples = pods.map((pod): PodSample => {
      const text = pod.metadata.annotations?.[metricPrefix + name] ?? given;
      const state = pod.metadata.deletionTimestamp !== undefined ? "ignored" : isPodReady(pod) ? "ready" : "unready";
      return { request: 0, state, usage: text === undefined ? undefined : milliValue(text) };
    });
    if (!samples.some((sample) => sample.usage !== undefined)) {
      throw new MetricError(
        about.reason,
        `failed to get pods metric: unable to get metric ${name}: no custom metrics API is served; give a value with the annotation ${metricPrefix}${name}`,
      );
    }
    const proposal = propose(samples, current, { average: milliValue(target.averageValue) }, tolerances);
    const value = { averageValue: quantity(proposal.average) };
    return {
      replicas: proposal.replicas,
      name: about.name,
      status: { type: "Pods", pods: { metric: source.metric, current: value } },
    };
  }
  if (given === undefined) {
    throw new MetricError(
      about.reason,
      `failed to get ${metric.type === "Object" ? "object" : "external"} metric ${name}: no ${metric.type === "Object" ? "custom" : "external"} metrics API is served; give a value with the annotation ${metricPrefix}${name}`,
    );
  }
  const usage = milliValue(given);
  const ready = Math.max(1, pods.filter(isPodReady).length);
  let replicas: number;
  let value: Json;
  if (target.averageValue !== undefined) {
    const ratio = usage / (milliValue(target.averageValue) * Math.max(current, 1));
    replicas = within(ratio, tolerances) ? current : Math.ceil(usage / milliValue(target.averageValue));
    value = { averageValue: quantity(Math.ceil(usage / Math.max(current, 1))) };
  } else {
    const ratio = usage / milliValue(target.value);
    replicas = within(ratio, tolerances) ? current : Math.ceil(ratio * (current === 0 ? 1 : ready));
    value = { value: given };
  }
  return {
    replicas,
    name: about.name,
    status: { type: metric.type, [field]: { ...source, target: undefined, current: value } },
  };
}

const within = (ratio: number, tolerances: Tolerances) => 1 - tolerances.down <= ratio && ratio <= 1 + tolerances.up;
