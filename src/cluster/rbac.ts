import type { Caller } from "./core.ts";
import type { Store } from "./store.ts";
import type { Loose } from "./strategy.ts";

/** Role-based access control over the stored roles and bindings. */

export interface Attributes {
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly namespace?: string;
  /** A path that is no resource; the rest is not looked at then. */
  readonly path?: string;
}

const rbac = "rbac.authorization.k8s.io";

function isSubject(subject: Loose, caller: Caller, namespace: string): boolean {
  switch (subject.kind) {
    case "User":
      return subject.name === caller.name;
    case "Group":
      return caller.groups.includes(subject.name);
    case "ServiceAccount":
      return caller.name === `system:serviceaccount:${subject.namespace || namespace}:${subject.name}`;
    default:
      return false;
  }
}

function matches(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes("*") || list.includes(value));
}

/** True when a rule lets this happen. */
export function ruleAllows(rule: Loose, attributes: Attributes): boolean {
  if (!matches(rule.verbs, attributes.verb)) return false;
  if (attributes.path !== undefined) {
    return (rule.nonResourceURLs ?? []).some(
      (url: string) =>
        url === "*" || url === attributes.path || (url.endsWith("*") && attributes.path?.startsWith(url.slice(0, -1))),
    );
  }
  if (!matches(rule.apiGroups, attributes.group ?? "")) return false;
  const resource = attributes.resource ?? "";
  const { subresource = "" } = attributes;
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  const resources: string[] = rule.resources ?? [];
  const resourceMatches =
    resources.includes("*") ||
    resources.includes(full) ||
    (subresource !== "" && resources.includes(`*/${subresource}`));
  if (!resourceMatches) return false;
  const names: string[] = rule.resourceNames ?? [];
  return names.length === 0 || (attributes.name !== undefined && names.includes(attributes.name));
}

interface Grant {
  readonly rules: readonly Loose[];
  readonly reason: string;
}

/** Every set of rules that a caller has: cluster-wide ones, then those in the namespace. */
export function* grantsOf(store: Store, caller: Caller, namespace: string): Iterable<Grant> {
  const clusterRoles = store.table(`${rbac}/clusterroles`).objects;
  for (const binding of store.table(`${rbac}/clusterrolebindings`).objects.values() as Iterable<Loose>) {
    const subject = (binding.subjects ?? []).find((one: Loose) => isSubject(one, caller, ""));
    if (subject === undefined) continue;
    const role = clusterRoles.get(binding.roleRef.name) as Loose;
    yield {
      rules: role?.rules ?? [],
      reason: `RBAC: allowed by ClusterRoleBinding ${JSON.stringify(binding.metadata.name)} of ClusterRole ${JSON.stringify(binding.roleRef.name)} to ${subjectText(subject, "")}`,
    };
  }
  if (namespace === "") return;
  const table = store.table(`${rbac}/rolebindings`);
  for (const binding of table.objects.values() as Iterable<Loose>) {
    if (binding.metadata.namespace !== namespace) continue;
    const subject = (binding.subjects ?? []).find((one: Loose) => isSubject(one, caller, namespace));
    if (subject === undefined) continue;
    const { kind, name } = binding.roleRef;
    const role = (
      kind === "ClusterRole" ? clusterRoles.get(name) : store.get(`${rbac}/roles`, `${namespace}/${name}`)
    ) as Loose;
    yield {
      rules: role?.rules ?? [],
      reason: `RBAC: allowed by RoleBinding ${JSON.stringify(`${binding.metadata.name}/${namespace}`)} of ${kind} ${JSON.stringify(name)} to ${subjectText(subject, namespace)}`,
    };
  }
}

function subjectText(subject: Loose, namespace: string): string {
  if (subject.kind === "ServiceAccount") {
    return `ServiceAccount ${JSON.stringify(`${subject.name}/${subject.namespace || namespace}`)}`;
  }
  return `${subject.kind} ${JSON.stringify(subject.name)}`;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** Whether a caller may. */
export function decide(store: Store, caller: Caller, attributes: Attributes): Decision {
  if (caller.groups.includes("system:masters")) return { allowed: true, reason: "" };
  if (
    attributes.path !== undefined &&
    /^\/(healthz|livez|readyz|version)\/?$/.test(attributes.path) &&
    attributes.verb === "get"
  ) {
    return { allowed: true, reason: "" };
  }
  for (const { rules, reason } of grantsOf(store, caller, attributes.namespace ?? "")) {
    if (rules.some((rule) => ruleAllows(rule, attributes))) return { allowed: true, reason };
  }
  return { allowed: false, reason: "" };
}

/** True when the caller has every one of these rules: what nobody may give beyond (escalation). */
export function covers(store: Store, caller: Caller, namespace: string, wanted: readonly Loose[]): boolean {
  const owned = [...grantsOf(store, caller, namespace)].flatMap((grant) => [...grant.rules]);
  return wanted.every((rule) => {
    for (const verb of rule.verbs ?? []) {
      for (const url of rule.nonResourceURLs ?? []) {
        if (!owned.some((one) => ruleAllows(one, { verb, path: url }))) return false;
      }
      for (const group of rule.apiGroups ?? []) {
        for (const full of rule.resources ?? []) {
          const [resource = "", subresource = ""] = String(full).split("/");
          const names: (string | undefined)[] =
            (rule.resourceNames ?? []).length > 0 ? rule.resourceNames : [undefined];
          for (const name of names) {
            const attributes = {
              verb,
              group,
              resource,
              subresource,
              namespace,
              ...(name === undefined ? {} : { name }),
            };
            if (!owned.some((one) => ruleAllows(one, attributes))) return false;
          }
        }
      }
    }
    return true;
  });
}
