import { matchesSelector } from "../../schedule/index.ts";
import { ifThere, type Machinery } from "./machinery.ts";
import { equal, type Json } from "./object.ts";
import { kinds } from "./port.ts";

/** Fills the rules of ClusterRoles that gather those of others by label (`admin`, `edit`, `view`, and charts' own). */
export function startRoleAggregation(machinery: Machinery): void {
  const { api } = machinery;
  const roles = machinery.informer(kinds.clusterRoles);
  const queue = machinery.queue("clusterrole-aggregation-controller", (name) => {
    const role = roles.get(name);
    const selectors: Json[] | undefined = role?.["aggregationRule"]?.clusterRoleSelectors;
    if (role === undefined || selectors === undefined) return;
    const rules: Json[] = [];
    for (const selector of selectors) {
      const others = roles.list().sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      for (const other of others) {
        if (other.metadata.name === name || !matchesSelector(selector, other.metadata.labels)) continue;
        for (const rule of other["rules"] ?? []) if (!rules.some((it) => equal(it, rule))) rules.push(rule);
      }
    }
    if (!equal(role["rules"] ?? [], rules)) ifThere(() => api.update(kinds.clusterRoles, { ...role, rules }));
  });
  roles.on(() => {
    for (const role of roles.list()) if (role["aggregationRule"] !== undefined) queue.add(role.metadata.name);
  });
}
