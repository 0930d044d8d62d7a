import { matchesLabels, requirementsOf } from "../selectors.ts";
import { sameJson } from "../objects.ts";
import { immutable } from "../metadata.ts";
import { validateAnnotations } from "../metadata.ts";
import { dns1123LabelProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import {
  each,
  forbiddenCause,
  intOf,
  invalidValue,
  isPercent,
  labelMap,
  labelSelector,
  nonNegative,
  notAbove100Percent,
  notSupported,
  oneOf,
  positiveIntOrPercent,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";
import { podSpec } from "./pods.ts";
import { claimSpec } from "./claims.ts";

/** Deployments, ReplicaSets, ReplicationControllers, StatefulSets, DaemonSets. */

export function podTemplate(template: Loose, path: string, out: Out): void {
  labelMap(template?.metadata?.labels, `${path}.labels`, out);
  validateAnnotations(template?.metadata?.annotations, `${path}.annotations`, out);
  podSpec(template?.spec ?? {}, `${path}.spec`, out);
}

const isEmpty = (selector: Loose): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;

/** The selector is needed, says something, and is good; answers whether it can be used. */
function workloadSelector(selector: Loose, word: string, out: Out): boolean {
  if (selector === undefined || selector === null) {
    out.push(required("spec.selector"));
    return true;
  }
  const before = out.length;
  labelSelector(selector, "spec.selector", out);
  const bad = out.length > before;
  if (isEmpty(selector)) out.push(invalidValue("spec.selector", selector, `empty selector is invalid for ${word}`));
  if (bad) out.push(invalidValue("spec.selector", selector, "invalid label selector"));
  return !bad;
}

function templateMatches(spec: Loose, out: Out): void {
  const labels = spec.template?.metadata?.labels;
  // a selector that is not there selects nothing
  const selector = spec.selector;
  if (
    selector !== undefined &&
    selector !== null &&
    (isEmpty(selector) || matchesLabels(requirementsOf(selector), labels))
  )
    return;
  out.push(invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
}

/** The template of something that keeps pods running. */
function runningTemplate(spec: Loose, out: Out, word?: string): void {
  templateMatches(spec, out);
  podTemplate(spec.template, "spec.template", out);
  alwaysRestart(spec, out, word);
}

function alwaysRestart(spec: Loose, out: Out, word?: string): void {
  const policy = spec.template?.spec?.restartPolicy;
  if (policy !== "Always") out.push(notSupported("spec.template.spec.restartPolicy", policy ?? "", ["Always"]));
  if (word !== undefined && spec.template?.spec?.activeDeadlineSeconds !== undefined) {
    out.push(
      forbiddenCause("spec.template.spec.activeDeadlineSeconds", `activeDeadlineSeconds in ${word} is not Supported`),
    );
  }
}

export function deployment({ spec }: Loose, out: Out): void {
  nonNegative(spec.replicas, "spec.replicas", out);
  const usable = workloadSelector(spec.selector, "deployment", out);
  if (usable) runningTemplate(spec, out, "ReplicaSet");
  deploymentStrategy(spec.strategy ?? {}, "spec.strategy", out);
  nonNegative(spec.minReadySeconds, "spec.minReadySeconds", out);
  nonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", out);
  if (spec.progressDeadlineSeconds !== undefined) {
    nonNegative(spec.progressDeadlineSeconds, "spec.progressDeadlineSeconds", out);
    if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
      out.push(
        invalidValue(
          "spec.progressDeadlineSeconds",
          spec.progressDeadlineSeconds,
          "must be greater than minReadySeconds",
        ),
      );
    }
  }
}

function deploymentStrategy(strategy: Loose, path: string, out: Out): void {
  switch (strategy.type) {
    case "Recreate":
      if (strategy.rollingUpdate !== undefined) {
        out.push(forbiddenCause(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'"));
      }
      break;
    case "RollingUpdate": {
      const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate ?? {};
      const at = `${path}.rollingUpdate`;
      positiveIntOrPercent(maxUnavailable, `${at}.maxUnavailable`, out);
      positiveIntOrPercent(maxSurge, `${at}.maxSurge`, out);
      const bad = (value: unknown) => typeof value === "string" && !isPercent(value);
      if (intOf(maxUnavailable) === 0 && intOf(maxSurge) === 0 && !bad(maxSurge) && !bad(maxUnavailable)) {
        out.push(invalidValue(`${at}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0"));
      }
      notAbove100Percent(maxUnavailable, `${at}.maxUnavailable`, out);
      break;
    }
    default:
      out.push(notSupported(path, { Type: strategy.type ?? "", RollingUpdate: null }, ["Recreate", "RollingUpdate"]));
  }
}

/** Selectors never change. */
export function sameSelector(object: Loose, old: Loose, out: Out): void {
  if (!sameJson(object.spec.selector, old.spec.selector))
    out.push(invalidValue("spec.selector", object.spec.selector, immutable));
}

export function replicaSet({ spec }: Loose, out: Out): void {
  nonNegative(spec.replicas, "spec.replicas", out);
  nonNegative(spec.minReadySeconds, "spec.minReadySeconds", out);
  const usable = workloadSelector(spec.selector, "deployment", out);
  if (usable) runningTemplate(spec, out, "ReplicaSet");
}

export function replicationController({ spec }: Loose, out: Out): void {
  nonNegative(spec.minReadySeconds, "spec.minReadySeconds", out);
  if (Object.keys(spec.selector ?? {}).length === 0) out.push(required("spec.selector"));
  nonNegative(spec.replicas, "spec.replicas", out);
  if (spec.template === undefined) {
    out.push(required("spec.template"));
    return;
  }
  const labels = spec.template.metadata?.labels;
  if (!matchesLabels(requirementsOf({ matchLabels: spec.selector ?? {} }), labels)) {
    out.push(invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
  }
  podTemplate(spec.template, "spec.template", out);
  alwaysRestart(spec, out, "ReplicationController");
}

export function statefulSet({ spec }: Loose, out: Out, created = true): void {
  if (!spec.podManagementPolicy) out.push(required("spec.podManagementPolicy"));
  else if (!["OrderedReady", "Parallel"].includes(spec.podManagementPolicy)) {
    out.push(
      invalidValue("spec.podManagementPolicy", spec.podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"),
    );
  }
  const strategy = spec.updateStrategy ?? {};
  switch (strategy.type) {
    case "OnDelete":
      if (strategy.rollingUpdate !== undefined) {
        const shown = {
          Partition: strategy.rollingUpdate.partition ?? 0,
          MaxUnavailable: strategy.rollingUpdate.maxUnavailable ?? null,
        };
        out.push(
          invalidValue("spec.updateStrategy.rollingUpdate", shown, "only allowed for updateStrategy 'RollingUpdate'"),
        );
      }
      break;
    case "RollingUpdate":
      nonNegative(strategy.rollingUpdate?.partition, "spec.updateStrategy.rollingUpdate.partition", out);
      break;
    default:
      out.push(
        invalidValue(
          "spec.updateStrategy",
          { Type: strategy.type ?? "", RollingUpdate: null },
          "must be 'RollingUpdate' or 'OnDelete'",
        ),
      );
  }
  for (const field of ["whenDeleted", "whenScaled"]) {
    const value = spec.persistentVolumeClaimRetentionPolicy?.[field];
    if (value !== undefined)
      oneOf(value, ["Retain", "Delete"], `spec.persistentVolumeClaimRetentionPolicy.${field}`, out);
  }
  nonNegative(spec.replicas, "spec.replicas", out);
  nonNegative(spec.minReadySeconds, "spec.minReadySeconds", out);
  nonNegative(spec.ordinals?.start, "spec.ordinals.start", out);
  const usable = workloadSelector(spec.selector, "statefulset", out);
  if (spec.serviceName) each(dns1123LabelProblems(spec.serviceName), "spec.serviceName", spec.serviceName, out);
  for (const [i, claim] of (created ? (spec.volumeClaimTemplates ?? []) : []).entries())
    claimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${i}].spec`, out);
  if (usable) {
    templateMatches(spec, out);
    // claims of the templates are volumes of the pods
    const template = withClaims(spec);
    podTemplate(template, "spec.template", out);
    alwaysRestart(spec, out, "StatefulSet");
  }
}

function withClaims(spec: Loose): Loose {
  const claims: Loose[] = spec.volumeClaimTemplates ?? [];
  if (claims.length === 0) return spec.template;
  const names = new Set(claims.map((claim) => claim.metadata?.name));
  const own = (spec.template?.spec?.volumes ?? []).filter((volume: Loose) => !names.has(volume.name));
  const volumes = [
    ...own,
    ...claims.map((claim) => ({ name: claim.metadata?.name ?? "", persistentVolumeClaim: { claimName: "x" } })),
  ];
  return { ...spec.template, spec: { ...spec.template?.spec, volumes } };
}

/** Only some fields of a StatefulSet may change. */
export function statefulSetUpdate(object: Loose, old: Loose, out: Out): void {
  statefulSet(object, out, false);
  const strip = (spec: Loose) => {
    const {
      replicas: _,
      ordinals: __,
      template: ___,
      updateStrategy: ____,
      persistentVolumeClaimRetentionPolicy: _____,
      minReadySeconds: ______,
      revisionHistoryLimit: _______,
      ...rest
    } = spec;
    return rest;
  };
  if (!sameJson(strip(object.spec), strip(old.spec))) {
    out.push(
      forbiddenCause(
        "spec",
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ),
    );
  }
}

export function daemonSet({ spec }: Loose, out: Out): void {
  const before = out.length;
  labelSelector(spec.selector, "spec.selector", out);
  if (out.length === before) templateMatches(spec, out);
  if (spec.selector !== undefined && spec.selector !== null && isEmpty(spec.selector)) {
    out.push(invalidValue("spec.selector", spec.selector, "empty selector is invalid for daemonset"));
  }
  podTemplate(spec.template, "spec.template", out);
  alwaysRestart(spec, out, "DaemonSet");
  nonNegative(spec.minReadySeconds, "spec.minReadySeconds", out);
  const strategy = spec.updateStrategy ?? {};
  const path = "spec.updateStrategy";
  if (strategy.type === "RollingUpdate") {
    if (strategy.rollingUpdate === undefined) out.push(required(`${path}.rollingUpdate`));
    else {
      const { maxUnavailable = 0, maxSurge = 0 } = strategy.rollingUpdate;
      const at = `${path}.rollingUpdate`;
      positiveIntOrPercent(maxUnavailable, `${at}.maxUnavailable`, out);
      positiveIntOrPercent(maxSurge, `${at}.maxSurge`, out);
      const unavailable = intOf(maxUnavailable) !== 0;
      const surge = intOf(maxSurge) !== 0;
      if (unavailable && surge)
        out.push(invalidValue(`${at}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero"));
      else if (!unavailable && !surge) out.push(required(`${at}.maxUnavailable`, "cannot be 0 when maxSurge is 0"));
      notAbove100Percent(maxUnavailable, `${at}.maxUnavailable`, out);
      notAbove100Percent(maxSurge, `${at}.maxSurge`, out);
    }
  } else if (strategy.type !== "OnDelete") {
    out.push(notSupported(path, { Type: strategy.type ?? "", RollingUpdate: null }, ["RollingUpdate", "OnDelete"]));
  }
  nonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", out);
}

/** Counts of a status are never negative. */
export function statusCounts(object: Loose, fields: readonly string[], out: Out): void {
  for (const field of fields) nonNegative(object.status?.[field], `status.${field}`, out);
}

/** Counts that are part of another one. */
export function statusBounds({ status = {} }: Loose, parts: readonly string[], out: Out): void {
  const all = status.replicas ?? 0;
  for (const field of parts) {
    const value = status[field] ?? 0;
    if (value > all) out.push(invalidValue(`status.${field}`, value, "cannot be greater than status.replicas"));
  }
  const [available, ready] = [status.availableReplicas ?? 0, status.readyReplicas ?? 0];
  if (available > ready)
    out.push(invalidValue("status.availableReplicas", available, "cannot be greater than readyReplicas"));
}

export function controllerRevision(object: Loose, out: Out): void {
  nonNegative(object.revision, "revision", out);
  if (object.data === undefined || object.data === null) out.push(required("data", "data is mandatory"));
  else if (typeof object.data !== "object" || Array.isArray(object.data))
    out.push(required("data", "data must be a valid JSON object"));
}

export function controllerRevisionUpdate(object: Loose, old: Loose, out: Out): void {
  nonNegative(object.revision, "revision", out);
  if (!sameJson(object.data ?? null, old.data ?? null)) out.push(invalidValue("data", object.data ?? null, immutable));
}
