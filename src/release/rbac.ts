import { compareStrings } from "../base/index.ts";
import * as lateManifest from "../manifest/index.ts";
import type { KubeObject } from "../manifest/index.ts";
import type { Question, Rendered } from "../render/index.ts";

/** What a Role allows. */
export interface PolicyRule {
  readonly apiGroups?: string[];
  readonly resources?: string[];
  readonly verbs: string[];
  readonly resourceNames?: string[];
  readonly nonResourceURLs?: string[];
}

/** The rights that deploying a chart takes. */
export interface NeededRights {
  /** By namespace; the release's own is "". */
  readonly namespaced: ReadonlyMap<string, readonly PolicyRule[]>;
  readonly clusterWide: readonly PolicyRule[];
  /** Kinds whose resource is not known here; their rules name the plural that is usual. */
  readonly guessed: readonly string[];
}

/** How a kind is reached. */
export type ResourceOfKind = (apiVersion: string, kind: string) => { plural: string; namespaced: boolean } | undefined;

/** What is done with the objects of a manifest, with hooks, and with definitions in crds/, which are never changed. */
const verbsOf = {
  manifest: ["create", "delete", "get", "list", "patch", "update", "watch"],
  hooks: ["create", "delete", "list", "patch", "watch"],
  crds: ["create", "get", "list", "patch", "watch"],
} as const;

/** Kinds behind which there are pods to look at, and kinds that are there as soon as they are made. */
const workloads = /^(Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|Pod)$/;
const atOnce = /^(ConfigMap|Secret|ServiceAccount|Role|RoleBinding|NetworkPolicy|LimitRange)$/;

/** What besides the rendered objects decides over the rights. */
export interface RightsOptions {
  /** The release's namespace: objects that name it are in it as well. */
  readonly namespace?: string;
  /** HELM_DRIVER. */
  readonly driver?: "secret" | "configmap";
  /** What the templates look up in the cluster. */
  readonly lookups?: readonly Question[];
}

/**
 * The smallest rights with which Slipway can install, upgrade, roll back and uninstall what a chart renders to: its
 * objects and hooks, what it looks up, the records, the lease, and what waiting reads (pods, their logs, events). Who
 * makes Roles has to hold what they allow, and who binds a role from elsewhere has to be allowed to: that is in it too.
 */
export function neededRights(
  rendered: Rendered,
  known: ResourceOfKind,
  { driver = "secret", lookups = [], namespace: home }: RightsOptions = {},
): NeededRights {
  const namespaced = new Map<string, Map<string, Set<string>>>();
  const clusterWide = new Map<string, Set<string>>();
  const guessed = new Set<string>();
  const add = (rules: Map<string, Set<string>>, group: string, resource: string, verbs: readonly string[]) => {
    const key = `${group}/${resource}`;
    const known = rules.get(key) ?? new Set<string>();
    for (const verb of verbs) known.add(verb);
    rules.set(key, known);
  };
  const place = (name: string) => (name === home ? "" : name);
  const space = (name: string) => {
    const rules = namespaced.get(name) ?? new Map<string, Set<string>>();
    namespaced.set(name, rules);
    return rules;
  };
  const parsed = (from: keyof typeof verbsOf, texts: readonly string[]) =>
    texts.flatMap((text) => lateManifest.parseManifest(text)).map(({ object }) => ({ object, from }));
  const found = [
    ...parsed("manifest", [rendered.manifest]),
    ...parsed(
      "hooks",
      rendered.hooks.map((hook) => hook.manifest),
    ),
    ...parsed(
      "crds",
      rendered.crds.map((crd) => crd.text),
    ),
  ];
  const objects = found.map(({ object }) => object);
  const resourceOf = withDefinitions(known, objects);
  const lookUp = (apiVersion: string, kind: string) => {
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
    const resource = resourceOf(apiVersion, kind);
    if (resource === undefined) guessed.add(`${apiVersion}/${kind}`);
    return { group, ...(resource ?? { plural: usualPlural(kind), namespaced: true }) };
  };
  const granted = { namespaced: new Map<string, PolicyRule[]>(), clusterWide: [] as PolicyRule[] };
  for (const { object, from } of found) {
    const { group, plural, namespaced: inside } = lookUp(object.apiVersion, object.kind);
    const where = place(object.metadata.namespace ?? "");
    add(inside ? space(where) : clusterWide, group, plural, verbsOf[from]);
    if (inside && !atOnce.test(object.kind)) add(space(where), "", "events", ["list", "watch"]);
    if (workloads.test(object.kind)) add(space(where), "", "pods", ["list", "watch"]);
    // What legacy waiting judges a Deployment by.
    if (object.kind === "Deployment") add(space(where), "apps", "replicasets", ["list", "watch"]);
    if (from === "hooks" && /^(Job|Pod)$/.test(object.kind)) {
      add(space(where), "", "pods/log", ["get"]);
      if (object.kind === "Pod") add(space(where), "", "pods", ["get"]);
    }
    if (inside) granted.namespaced.set(where, [...(granted.namespaced.get(where) ?? []), ...grantsOf(object, objects)]);
    else granted.clusterWide.push(...grantsOf(object, objects));
  }
  for (const question of lookups) {
    if (question.type !== "lookup") continue;
    const { group, plural, namespaced: inside } = lookUp(question.apiVersion, question.kind);
    const verbs = [question.name === "" ? "list" : "get"];
    // A lookup in every namespace is one of the cluster.
    if (inside && question.namespace !== "") add(space(place(question.namespace)), group, plural, verbs);
    else add(clusterWide, group, plural, verbs);
  }
  const own = space("");
  add(own, "", driver === "secret" ? "secrets" : "configmaps", ["create", "delete", "get", "list", "update"]);
  add(own, "coordination.k8s.io", "leases", ["create", "delete", "get", "update"]);
  return {
    namespaced: new Map(
      [...namespaced].map(([name, rules]) => [name, withGrants(rulesOf(rules), granted.namespaced.get(name) ?? [])]),
    ),
    clusterWide: withGrants(rulesOf(clusterWide), granted.clusterWide),
    guessed: [...guessed].toSorted(compareStrings),
  };
}

/** The kinds that the chart's own definitions bring are known as well. */
function withDefinitions(known: ResourceOfKind, objects: readonly KubeObject[]): ResourceOfKind {
  const own = new Map<string, { plural: string; namespaced: boolean }>();
  for (const object of objects) {
    if (object.kind !== "CustomResourceDefinition") continue;
    const kind = lateManifest.stringAt(object, "", "spec", "names", "kind");
    const resource = {
      plural: lateManifest.stringAt(object, "", "spec", "names", "plural"),
      namespaced: lateManifest.at(object, "spec", "scope") !== "Cluster",
    };
    own.set(`${lateManifest.stringAt(object, "", "spec", "group")}/${kind}`, resource);
  }
  return (apiVersion, kind) => known(apiVersion, kind) ?? own.get(`${apiVersion.split("/")[0]}/${kind}`);
}

/** What the API server asks of whoever writes a role or a binding: the rights it gives away, or leave to bind it. */
function grantsOf(object: KubeObject, objects: readonly KubeObject[]): PolicyRule[] {
  if (object.kind === "Role" || object.kind === "ClusterRole")
    return ((lateManifest.at(object, "rules") as PolicyRule[] | null | undefined) ?? []).map((rule) => ({ ...rule }));
  if (object.kind !== "RoleBinding" && object.kind !== "ClusterRoleBinding") return [];
  const [kind, name] = [
    lateManifest.stringAt(object, "", "roleRef", "kind"),
    lateManifest.stringAt(object, "", "roleRef", "name"),
  ];
  const made = objects.find((other) => other.kind === kind && other.metadata.name === name);
  // A role of the chart itself: the rights in it are held anyway, where it is bound as well as where it is made.
  if (made !== undefined && (object.kind === "ClusterRoleBinding" || kind === "Role")) return [];
  if (made !== undefined) return grantsOf(made, objects);
  const resources = [kind === "Role" ? "roles" : "clusterroles"];
  return [{ apiGroups: ["rbac.authorization.k8s.io"], resources, verbs: ["bind"], resourceNames: [name] }];
}

function withGrants(rules: readonly PolicyRule[], grants: readonly PolicyRule[]): PolicyRule[] {
  const all = new Map([...rules, ...grants].map((rule) => [JSON.stringify(rule), rule]));
  return [...all.values()];
}

/** Rules with the same group and verbs become one. */
function rulesOf(rules: ReadonlyMap<string, ReadonlySet<string>>): PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  for (const key of [...rules.keys()].toSorted(compareStrings)) {
    const slash = key.indexOf("/");
    const group = key.slice(0, slash);
    const verbs = [...(rules.get(key) ?? [])].toSorted(compareStrings);
    const id = `${group} ${verbs.join(",")}`;
    const rule = merged.get(id);
    if (rule === undefined) merged.set(id, { apiGroups: [group], resources: [key.slice(slash + 1)], verbs });
    else rule.resources?.push(key.slice(slash + 1));
  }
  return [...merged.values()];
}

function usualPlural(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(s|x|z|ch|sh)$/.test(lower)) return `${lower}es`;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}
