import { matchesMap, matchesRequirement, matchesSelector, type Labels } from "../manifest/index.ts";
import type { NodeState, ScheduleObject } from "./types.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** Labels of namespaces by name, for namespaceSelector. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;

/** One nodeSelectorTerm: all its expressions and fields; an empty term matches nothing. */
export function matchesNodeTerm(term: Json, node: ScheduleObject): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    expressions.every((requirement: Json) => matchesRequirement(requirement, labels)) &&
    fields.every((requirement: Json) => matchesRequirement(requirement, { "metadata.name": node.metadata.name }))
  );
}

/** nodeSelector and required node affinity. */
export function matchesNodeAffinity(pod: ScheduleObject, node: ScheduleObject): boolean {
  if (!matchesMap(pod.spec?.nodeSelector, node.metadata.labels)) return false;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined || required === null) return true;
  return (required.nodeSelectorTerms ?? []).some((term: Json) => matchesNodeTerm(term, node));
}

/** The first taint with one of these effects that the pod does not tolerate. */
export function untolerated(pod: ScheduleObject, node: ScheduleObject, effects: readonly string[]): Json | undefined {
  const tolerations = pod.spec?.tolerations ?? [];
  return (node.spec?.taints ?? []).find(
    (taint: Json) =>
      effects.includes(taint.effect) && !tolerations.some((toleration: Json) => tolerates(toleration, taint)),
  );
}

export function tolerates(toleration: Json, taint: Json): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? "Equal") {
    case "Exists":
      return true;
    case "Equal":
    case "":
      return (toleration.value ?? "") === (taint.value ?? "");
    default:
      return false;
  }
}

/** Whether a pod affinity term of `owner` is about `other`. */
export function termMatches(
  term: Json,
  owner: ScheduleObject,
  other: ScheduleObject,
  labelsOf: NamespaceLabels,
): boolean {
  const own = owner.metadata.namespace ?? "";
  const theirs = other.metadata.namespace ?? "";
  const named: string[] = term.namespaces ?? [];
  const bySelector = term.namespaceSelector !== undefined && term.namespaceSelector !== null;
  const inNamespace =
    named.includes(theirs) ||
    (bySelector && matchesSelector(term.namespaceSelector, labelsOf(theirs) ?? {})) ||
    (named.length === 0 && !bySelector && own === theirs);
  return inNamespace && matchesSelector(withMatchKeys(term, owner), other.metadata.labels);
}

/** matchLabelKeys and mismatchLabelKeys add the owner's own values to the selector. */
function withMatchKeys(term: Json, owner: ScheduleObject): Json {
  const extra: Json[] = [];
  for (const [keys, operator] of [
    [term.matchLabelKeys, "In"],
    [term.mismatchLabelKeys, "NotIn"],
  ] as const) {
    for (const key of keys ?? []) {
      const value = owner.metadata.labels?.[key];
      if (value !== undefined) extra.push({ key, operator, values: [value] });
    }
  }
  if (extra.length === 0) return term.labelSelector;
  return { ...term.labelSelector, matchExpressions: [...(term.labelSelector?.matchExpressions ?? []), ...extra] };
}

export const requiredTerms = (pod: ScheduleObject, kind: "podAffinity" | "podAntiAffinity"): readonly Json[] =>
  pod.spec?.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];

export const preferredTerms = (pod: ScheduleObject, kind: "podAffinity" | "podAntiAffinity"): readonly Json[] =>
  pod.spec?.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];

/** How many pods that `matches` accepts run in each domain of `key`. */
export function countByDomain(
  nodes: readonly NodeState[],
  key: string,
  matches: (pod: ScheduleObject) => boolean,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const state of nodes) {
    const domain = state.node.metadata.labels?.[key];
    if (domain === undefined) continue;
    let count = counts.get(domain) ?? 0;
    for (const pod of state.pods.values()) if (matches(pod)) count++;
    counts.set(domain, count);
  }
  return counts;
}
