/**
 * Packs the RBAC roles and bindings that a Kubernetes API server starts with into src/cluster/bootstrap-rbac.ts.
 *
 *   kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -l kubernetes.io/bootstrapping=rbac-defaults \
 *     -o json | node scripts/pack-rbac.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const drop = <T>(list: (T | undefined)[]): (T | undefined)[] => {
  while (list.length > 0 && list.at(-1) === undefined) list.pop();
  return list;
};
const lines: string[] = [];
for (const object of JSON.parse(readFileSync(0, "utf8")).items) {
  const { metadata } = object;
  const out: Record<string, unknown> = { k: object.kind, n: metadata.name };
  if (metadata.namespace) out["ns"] = metadata.namespace;
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => key !== "kubernetes.io/bootstrapping");
  if (labels.length > 0) out["l"] = Object.fromEntries(labels);
  if (object.aggregationRule !== undefined) out["a"] = object.aggregationRule;
  if ("rules" in object) {
    out["r"] = (object.rules ?? []).map((rule: any) =>
      drop([rule.verbs, rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs]),
    );
  }
  if (object.roleRef !== undefined) {
    out["ref"] = [object.roleRef.kind, object.roleRef.name];
    out["s"] = (object.subjects ?? []).map((subject: any) => drop([subject.kind, subject.name, subject.namespace]));
  }
  lines.push(JSON.stringify(out));
}
writeFileSync(
  join(import.meta.dirname, "../src/cluster/bootstrap-rbac.ts"),
  `// Made from the roles and bindings that Kubernetes v1.36.3 starts with (scripts/pack-rbac.ts); one JSON object a line.\nexport const bootstrapRbac = ${JSON.stringify(lines.join("\n"))};\n`,
);
