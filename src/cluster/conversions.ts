import { registerConversion } from "./stored-form.ts";
import type { Loose } from "./strategy.ts";
import type { Stored } from "./store.ts";

/** Versions of built-in types that are not the stored one. */

const metricsAnnotation = "autoscaling.alpha.kubernetes.io/metrics";
const behaviorAnnotation = "autoscaling.alpha.kubernetes.io/behavior";
const conditionsAnnotation = "autoscaling.alpha.kubernetes.io/conditions";
const currentAnnotation = "autoscaling.alpha.kubernetes.io/current-metrics";

/** The CPU metric that autoscaling/v1 has a field of its own for. */
const isCpu = (metric: Loose): boolean =>
  metric.type === "Resource" &&
  metric.resource?.name === "cpu" &&
  metric.resource.target?.averageUtilization !== undefined;

function toV1(stored: Stored): Stored {
  const object: Loose = structuredClone(stored);
  object.apiVersion = "autoscaling/v1";
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  const { metrics = [], behavior, ...spec } = object.spec;
  const cpu = metrics.find(isCpu);
  const others = metrics.filter((metric: Loose) => metric !== cpu);
  if (cpu !== undefined) spec.targetCPUUtilizationPercentage = cpu.resource.target.averageUtilization;
  if (others.length > 0) annotations[metricsAnnotation] = JSON.stringify(others);
  if (behavior !== undefined) annotations[behaviorAnnotation] = JSON.stringify(behavior);
  const { currentMetrics, conditions, currentReplicas = 0, desiredReplicas = 0, ...status } = object.status ?? {};
  if (conditions?.length > 0) annotations[conditionsAnnotation] = JSON.stringify(conditions);
  const current = currentMetrics?.find((one: Loose) => one.type === "Resource" && one.resource?.name === "cpu");
  if (currentMetrics?.length > 0) annotations[currentAnnotation] = JSON.stringify(currentMetrics);
  if (Object.keys(annotations).length > 0) object.metadata.annotations = annotations;
  object.spec = spec;
  object.status = {
    ...status,
    currentReplicas,
    desiredReplicas,
    ...(current?.resource.current?.averageUtilization === undefined
      ? {}
      : { currentCPUUtilizationPercentage: current.resource.current.averageUtilization }),
  };
  return object;
}

function fromV1(given: Stored): Stored {
  const object: Loose = structuredClone(given);
  object.apiVersion = "autoscaling/v2";
  const { targetCPUUtilizationPercentage: cpu, ...spec } = object.spec;
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  const read = (name: string): Loose => {
    const text = annotations[name];
    delete annotations[name];
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  };
  const others = read(metricsAnnotation) ?? [];
  const behavior = read(behaviorAnnotation);
  const conditions = read(conditionsAnnotation);
  const current = read(currentAnnotation);
  const metrics = [
    ...others,
    ...(cpu === undefined
      ? []
      : [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpu } } }]),
  ];
  if (metrics.length > 0) spec.metrics = metrics;
  if (behavior !== undefined) spec.behavior = behavior;
  object.spec = spec;
  const { currentCPUUtilizationPercentage: _, currentReplicas, ...status } = object.status ?? {};
  object.status = {
    ...status,
    ...(currentReplicas ? { currentReplicas } : {}),
    currentMetrics: current ?? null,
    ...(conditions === undefined ? {} : { conditions }),
  };
  if (Object.keys(annotations).length > 0) object.metadata.annotations = annotations;
  else delete object.metadata.annotations;
  return object;
}

/** core/v1 Event ↔ events.k8s.io/v1 Event. */
function toEventsGroup(stored: Stored): Stored {
  const {
    involvedObject,
    message,
    source,
    firstTimestamp,
    lastTimestamp,
    count,
    reportingComponent,
    reportingInstance,
    ...rest
  } = stored as Loose;
  return {
    ...rest,
    apiVersion: "events.k8s.io/v1",
    ...(reportingComponent ? { reportingController: reportingComponent } : {}),
    ...(reportingInstance ? { reportingInstance } : {}),
    ...(involvedObject === undefined ? {} : { regarding: involvedObject }),
    ...(message === undefined ? {} : { note: message }),
    deprecatedSource: source ?? {},
    deprecatedFirstTimestamp: firstTimestamp ?? null,
    deprecatedLastTimestamp: lastTimestamp ?? null,
    ...(count === undefined ? {} : { deprecatedCount: count }),
  } as Stored;
}

function fromEventsGroup(given: Stored): Stored {
  const {
    regarding,
    note,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    reportingController,
    reportingInstance,
    ...rest
  } = given as Loose;
  return {
    ...rest,
    apiVersion: "v1",
    involvedObject: regarding ?? {},
    ...(note === undefined ? {} : { message: note }),
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    ...(deprecatedCount === undefined ? {} : { count: deprecatedCount }),
    reportingComponent: reportingController ?? "",
    reportingInstance: reportingInstance ?? "",
  } as Stored;
}

export function registerConversions(): void {
  registerConversion("autoscaling/v1", "horizontalpodautoscalers", { toVersion: toV1, toStorage: fromV1 });
  registerConversion("events.k8s.io/v1", "events", { toVersion: toEventsGroup, toStorage: fromEventsGroup });
}
