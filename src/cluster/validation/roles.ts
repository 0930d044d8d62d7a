import { dns1123SubdomainProblems } from "../names.ts";
import { sameJson } from "../objects.ts";
import type { Loose } from "../strategy.ts";
import { each, invalidValue, labelSelector, notSupported, required } from "./common.ts";
import type { Out } from "./common.ts";

/** Roles and their bindings. */

function policyRule(rule: Loose, namespaced: boolean, at: string, out: Out): void {
  if ((rule.verbs ?? []).length === 0) out.push(required(`${at}.verbs`, "verbs must contain at least one value"));
  if ((rule.nonResourceURLs ?? []).length > 0) {
    if (namespaced)
      out.push(
        invalidValue(
          `${at}.nonResourceURLs`,
          rule.nonResourceURLs,
          "namespaced rules cannot apply to non-resource URLs",
        ),
      );
    if (
      (rule.apiGroups ?? []).length > 0 ||
      (rule.resources ?? []).length > 0 ||
      (rule.resourceNames ?? []).length > 0
    ) {
      out.push(
        invalidValue(
          `${at}.nonResourceURLs`,
          rule.nonResourceURLs,
          "rules cannot apply to both regular resources and non-resource URLs",
        ),
      );
    }
    return;
  }
  if ((rule.apiGroups ?? []).length === 0)
    out.push(required(`${at}.apiGroups`, "resource rules must supply at least one api group"));
  if ((rule.resources ?? []).length === 0)
    out.push(required(`${at}.resources`, "resource rules must supply at least one resource"));
}

export function role(object: Loose, namespaced: boolean, out: Out): void {
  for (const [i, rule] of (object.rules ?? []).entries()) policyRule(rule, namespaced, `rules[${i}]`, out);
  const aggregation = object.aggregationRule;
  if (aggregation === undefined) return;
  const selectors: Loose[] = aggregation.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    out.push(
      required(
        "aggregationRule.clusterRoleSelectors",
        "at least one clusterRoleSelector required if aggregationRule is non-nil",
      ),
    );
  }
  for (const [i, selector] of selectors.entries()) {
    const before = out.length;
    const at = `aggregationRule.clusterRoleSelectors[${i}]`;
    labelSelector(selector, at, out);
    if (out.length > before) out.push(invalidValue(at, null, "invalid label selector."));
  }
}

const rbac = "rbac.authorization.k8s.io";

export function roleBinding(object: Loose, namespaced: boolean, out: Out): void {
  const reference = object.roleRef ?? {};
  if (reference.apiGroup !== rbac) out.push(notSupported("roleRef.apiGroup", reference.apiGroup ?? "", [rbac]));
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (!kinds.includes(reference.kind)) out.push(notSupported("roleRef.kind", reference.kind ?? "", kinds));
  if (!reference.name) out.push(required("roleRef.name"));
  else
    for (const bad of ["/", "%"])
      if (reference.name.includes(bad))
        out.push(invalidValue("roleRef.name", reference.name, `may not contain '${bad}'`));
  for (const [i, subject] of (object.subjects ?? []).entries()) {
    const at = `subjects[${i}]`;
    if (!subject.name) out.push(required(`${at}.name`));
    switch (subject.kind) {
      case "ServiceAccount":
        if (subject.name) each(dns1123SubdomainProblems(subject.name), `${at}.name`, subject.name, out);
        if (subject.apiGroup) out.push(notSupported(`${at}.apiGroup`, subject.apiGroup, [""]));
        if (!namespaced && !subject.namespace) out.push(required(`${at}.namespace`));
        break;
      case "User":
      case "Group":
        if (subject.apiGroup !== rbac) out.push(notSupported(`${at}.apiGroup`, subject.apiGroup ?? "", [rbac]));
        break;
      default:
        out.push(notSupported(`${at}.kind`, subject.kind ?? "", ["ServiceAccount", "User", "Group"]));
    }
  }
}

export function roleBindingUpdate(object: Loose, old: Loose, namespaced: boolean, out: Out): void {
  roleBinding(object, namespaced, out);
  if (!sameJson(object.roleRef, old.roleRef)) {
    const { apiGroup = "", kind = "", name = "" } = object.roleRef;
    out.push(invalidValue("roleRef", { APIGroup: apiGroup, Kind: kind, Name: name }, "cannot change roleRef"));
  }
}
