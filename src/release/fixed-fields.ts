import { SlipwayError, isSlipwayError, messageOf } from "../base/index.ts";
import { at, gvkOf, type KubeObject } from "../manifest/index.ts";
import { statusOf } from "../kube/index.ts";
import { withoutLongValues } from "./failure-text.ts";

/**
 * What of an object an API server may refuse to change: these fields, or all but these. A kind that is not named is put to
 * the server whenever it changes: who knows what rules its definition has.
 */
type Fixed = readonly string[] | { readonly allBut: readonly string[] };

const nothing: Fixed = [];
const fixed: Readonly<Record<string, Fixed>> = {
  "apps/Deployment": ["spec.selector"],
  "apps/DaemonSet": ["spec.selector"],
  "apps/ReplicaSet": ["spec.selector"],
  "apps/StatefulSet": {
    allBut: [
      "spec.replicas",
      "spec.ordinals",
      "spec.template",
      "spec.updateStrategy",
      "spec.revisionHistoryLimit",
      "spec.persistentVolumeClaimRetentionPolicy",
      "spec.minReadySeconds",
    ],
  },
  "batch/Job": {
    allBut: [
      "spec.parallelism",
      "spec.suspend",
      "spec.activeDeadlineSeconds",
      "spec.backoffLimit",
      "spec.ttlSecondsAfterFinished",
    ],
  },
  "batch/CronJob": nothing,
  "/Service": [
    "spec.clusterIP",
    "spec.clusterIPs",
    "spec.ipFamilies",
    "spec.type",
    "spec.loadBalancerClass",
    "spec.healthCheckNodePort",
  ],
  "/ConfigMap": nothing,
  "/Secret": ["type"],
  "/ServiceAccount": nothing,
  "/LimitRange": nothing,
  "/Namespace": nothing,
  "/Endpoints": nothing,
  "rbac.authorization.k8s.io/Role": nothing,
  "rbac.authorization.k8s.io/ClusterRole": ["aggregationRule"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "networking.k8s.io/Ingress": nothing,
  "networking.k8s.io/NetworkPolicy": nothing,
  "policy/PodDisruptionBudget": nothing,
  "autoscaling/HorizontalPodAutoscaler": nothing,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": nothing,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": nothing,
};

/** Where the change touches what an API server may not let change: paths, each a list of names. Empty where it does not. */
export function touched(before: KubeObject, after: KubeObject): string[][] {
  return within(ruleOf(before, after), differences(before, after, []));
}

/**
 * The same where only the live object says what was before, which holds more than was ever asked for: of fields that are
 * named, what they are now; of others, what `wanted` says otherwise.
 */
export function touchedLive(live: KubeObject, wanted: KubeObject): string[][] {
  const rule = ruleOf(live, wanted);
  if ("allBut" in rule)
    return within(
      rule,
      differences(live, wanted, []).filter((path) => at(wanted, ...path) !== undefined),
    );
  const fields = rule.map((field) => field.split(".")).filter((field) => at(wanted, ...field) !== undefined);
  return fields.flatMap((field) => differences(at(live, ...field), at(wanted, ...field), field));
}

/** Whether a look at the live object tells for certain that nothing is touched: not where all fields but some are fixed. */
export function mayBeTouched(live: KubeObject, wanted: KubeObject): boolean {
  return "allBut" in ruleOf(live, wanted) || touchedLive(live, wanted).length > 0;
}

/** Whether an object of the kind has fields that cannot change at all. */
export function hasFixedFields(object: KubeObject): boolean {
  return ruleOf(object, object) !== nothing;
}

function ruleOf(before: KubeObject, after: KubeObject): Fixed {
  const { group, kind } = gvkOf(after);
  const frozen = (kind === "ConfigMap" || kind === "Secret") && group === "" && before.immutable === true;
  return frozen ? { allBut: [] } : (fixed[`${group}/${kind}`] ?? { allBut: [] });
}

function within(rule: Fixed, paths: string[][]): string[][] {
  const spec = paths.filter(([first]) => first !== "metadata" && first !== "status");
  const isIn = (path: readonly string[], field: string) => `${path.join(".")}.`.startsWith(`${field}.`);
  return "allBut" in rule
    ? spec.filter((path) => !rule.allBut.some((field) => isIn(path, field)))
    : spec.filter((path) => rule.some((field) => isIn(path, field)));
}

/** Where two values differ, as deep as names and places in lists of one length lead. */
function differences(a: unknown, b: unknown, path: string[]): string[][] {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return (a ?? null) === (b ?? null) ? [] : [path];
  if (Array.isArray(a) !== Array.isArray(b) || (Array.isArray(a) && a.length !== (b as unknown[]).length))
    return [path];
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) =>
    differences(one[key], other[key], [...path, key]),
  );
}

/** How servers say that it is the change which is wrong, not the object. */
const fixedWords =
  /immutable|(may|can|must|should) ?not (be )?(chang|updat|modif)|cannot change|updates? (to|may)|can not be less than/i;

/** Whether a server's refusal says by its words that it is the change which is wrong, not the object. */
export function saysFixed(error: unknown): boolean {
  return statusOf(error)?.code === 422 && fixedWords.test(messageOf(error).split("\n")[0] ?? "");
}

/**
 * The error of a change that was refused: where a field cannot change (nobody could foresee it: the object had been made
 * anew by hand, say), which one, and what to do.
 */
export function withWayOut(error: unknown, live: KubeObject, wanted: KubeObject): unknown {
  if (!isSlipwayError(error) || !saysFixed(error)) return error;
  const path = `${wanted.kind}/${wanted.metadata.name}`;
  const words = withoutLongValues(error.message);
  return new SlipwayError([...changesOf(live, wanted, touchedLive(live, wanted)), words].join("\n"), {
    ...error.facts,
    code: "release.immutable",
    path,
    fix: `An upgrade with --replace ${path} deletes it and makes it anew.`,
  });
}

/** How many changes of an object are told, and how much of a value. */
const [mostChanges, mostOfValue] = [3, 60];

/** `Deployment web: spec.selector.matchLabels.app cannot change from "a" to "b"`, a line a field. Secrets stay secret. */
export function changesOf(live: KubeObject, wanted: KubeObject, paths: readonly string[][], old = live): string[] {
  const isSecret = gvkOf(wanted).kind === "Secret";
  const shown = (value: unknown, path: readonly string[]) => {
    if (isSecret && /^(data|stringData)$/.test(path[0] ?? "")) return "(hidden)";
    const plain = (_: string, item: unknown) => (typeof item === "bigint" ? Number(item) : item);
    const text = value === undefined || value === null ? "nothing" : JSON.stringify(value, plain);
    return text.length <= mostOfValue ? text : `${text.slice(0, mostOfValue)}…`;
  };
  const lines = paths.slice(0, mostChanges).map((path) => {
    const from = at(live, ...path) ?? at(old, ...path);
    return `${wanted.kind} ${wanted.metadata.name}: ${path.join(".")} cannot change from ${shown(from, path)} to ${shown(at(wanted, ...path), path)}`;
  });
  return paths.length > mostChanges ? [...lines, `and ${paths.length - mostChanges} fields more`] : lines;
}
