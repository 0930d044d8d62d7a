import { pathSegmentProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import { each, forbiddenCause, invalidValue, notSupported, oneOf, quantityNano, required } from "./common.ts";
import type { Out } from "./common.ts";

/** HorizontalPodAutoscalers. */

const kinds = ["ContainerResource", "External", "Object", "Pods", "Resource"];

function reference(value: Loose, path: string, out: Out, withGroup: boolean): void {
  for (const field of ["kind", "name"]) {
    if (!value?.[field]) out.push(required(`${path}.${field}`));
    else each(pathSegmentProblems(value[field]), `${path}.${field}`, value[field], out);
  }
  if (withGroup && !value?.apiVersion && value?.kind !== "ReplicationController") {
    out.push(invalidValue(`${path}.apiVersion`, value?.apiVersion ?? "", "apiVersion must specify API group"));
  }
}

function target(value: Loose, path: string, out: Out): void {
  const { type = "" } = value ?? {};
  if (type === "") out.push(required(`${path}.type`, "must specify a metric target type"));
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    out.push(invalidValue(`${path}.type`, type, "must be either Utilization, Value, or AverageValue"));
  }
  for (const field of ["value", "averageValue"]) {
    const given = value?.[field];
    if (given !== undefined && quantityNano(given) <= 0n)
      out.push(invalidValue(`${path}.${field}`, given, "must be positive"));
  }
  if (value?.averageUtilization !== undefined && value.averageUtilization < 1) {
    out.push(invalidValue(`${path}.averageUtilization`, value.averageUtilization, "must be greater than 0"));
  }
}

function metric(value: Loose, path: string, out: Out): void {
  const { type = "" } = value;
  if (type === "") out.push(required(`${path}.type`, "must specify a metric source type"));
  if (!kinds.includes(type)) out.push(notSupported(`${path}.type`, type, kinds));
  const key = type.charAt(0).toLowerCase() + type.slice(1);
  if (kinds.includes(type) && value[key] === undefined) {
    out.push(required(`${path}.${key}`, "must populate information for the given metric source"));
  }
  if (!kinds.includes(type)) out.push(notSupported(`${path}.type`, type, kinds));
  const present = kinds
    .map((one) => one.charAt(0).toLowerCase() + one.slice(1))
    .filter((one) => value[one] !== undefined);
  if (present.length > 1) {
    for (const one of present)
      if (one !== key) out.push(forbiddenCause(`${path}.${one}`, "must populate the given metric source only"));
  }
  const source = value[key];
  if (source === undefined || !kinds.includes(type)) return;
  const at = `${path}.${key}`;
  const name = () => {
    if (!source.metric?.name) out.push(required(`${at}.metric.name`, "must specify a metric name"));
    else each(pathSegmentProblems(source.metric.name), `${at}.metric.name`, source.metric.name, out);
  };
  switch (type) {
    case "Resource":
    case "ContainerResource": {
      if (!source.name) out.push(required(`${at}.name`, "must specify a resource name"));
      if (type === "ContainerResource" && !source.container)
        out.push(required(`${at}.container`, "must specify a container"));
      target(source.target, `${at}.target`, out);
      const { averageUtilization, averageValue } = source.target ?? {};
      if (averageUtilization === undefined && averageValue === undefined) {
        out.push(
          required(`${at}.target.averageUtilization`, "must set either a target raw value or a target utilization"),
        );
      }
      if (averageUtilization !== undefined && averageValue !== undefined) {
        out.push(
          forbiddenCause(`${at}.target.averageValue`, "may not set both a target raw value and a target utilization"),
        );
      }
      break;
    }
    case "Pods":
      name();
      target(source.target, `${at}.target`, out);
      if (source.target?.averageValue === undefined || quantityNano(source.target.averageValue) <= 0n) {
        out.push(required(`${at}.target.averageValue`, "must specify a positive target averageValue"));
      }
      break;
    case "Object":
      reference(source.describedObject, `${at}.describedObject`, out, false);
      name();
      target(source.target, `${at}.target`, out);
      if (source.target?.value === undefined && source.target?.averageValue === undefined) {
        out.push(required(`${at}.target.averageValue`, "must set either a target value or averageValue"));
      }
      break;
    default:
      name();
      target(source.target, `${at}.target`, out);
      if (source.target?.value === undefined && source.target?.averageValue === undefined) {
        out.push(
          required(`${at}.target.averageValue`, "must set either a target value for metric or a per-pod target"),
        );
      }
      if (source.target?.value !== undefined && source.target?.averageValue !== undefined) {
        out.push(
          forbiddenCause(`${at}.target.value`, "may not set both a target value for metric and a per-pod target"),
        );
      }
  }
}

function behavior(rules: Loose, path: string, out: Out): void {
  if (rules === undefined) return;
  const window = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0)
    out.push(invalidValue(`${path}.stabilizationWindowSeconds`, window, "must be greater than or equal to zero"));
  if (window !== undefined && window > 3600)
    out.push(invalidValue(`${path}.stabilizationWindowSeconds`, window, "must be less than or equal to 3600"));
  if (rules.selectPolicy !== undefined)
    oneOf(rules.selectPolicy, ["Disabled", "Max", "Min"], `${path}.selectPolicy`, out);
  if ((rules.policies ?? []).length === 0) out.push(required(`${path}.policies`, "must specify at least one Policy"));
  for (const [i, policy] of (rules.policies ?? []).entries()) {
    const at = `${path}.policies[${i}]`;
    oneOf(policy.type, ["Percent", "Pods"], `${at}.type`, out);
    if (!(policy.value > 0)) out.push(invalidValue(`${at}.value`, policy.value ?? 0, "must be greater than zero"));
    if (!(policy.periodSeconds > 0))
      out.push(invalidValue(`${at}.periodSeconds`, policy.periodSeconds ?? 0, "must be greater than zero"));
    if (policy.periodSeconds > 1800)
      out.push(invalidValue(`${at}.periodSeconds`, policy.periodSeconds, "must be less than or equal to 1800"));
  }
}

export function horizontalPodAutoscaler({ spec }: Loose, out: Out): void {
  if (spec.minReplicas !== undefined && spec.minReplicas < 1) {
    out.push(invalidValue("spec.minReplicas", spec.minReplicas, "must be greater than or equal to 1"));
  }
  if (!(spec.maxReplicas >= 1)) out.push(required("spec.maxReplicas", "must be set and greater than 0"));
  if (spec.minReplicas !== undefined && (spec.maxReplicas ?? 0) < spec.minReplicas) {
    out.push(invalidValue("spec.maxReplicas", spec.maxReplicas ?? 0, "must be greater than or equal to `minReplicas`"));
  }
  reference(spec.scaleTargetRef, "spec.scaleTargetRef", out, true);
  let external = false;
  for (const [i, one] of (spec.metrics ?? []).entries()) {
    metric(one, `spec.metrics[${i}]`, out);
    if (one.type === "Object" || one.type === "External") external = true;
  }
  if (spec.minReplicas === 0 && !external) {
    out.push(
      forbiddenCause(
        "spec.metrics",
        "must specify at least one Object or External metric to support scaling to zero replicas",
      ),
    );
  }
  behavior(spec.behavior?.scaleUp, "spec.behavior.scaleUp", out);
  behavior(spec.behavior?.scaleDown, "spec.behavior.scaleDown", out);
}
