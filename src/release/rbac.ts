import { compareStrings } from "../base/index.ts";
import { parseManifest } from "../manifest/index.ts";
import type { Rendered } from "../render/index.ts";

/** What a Role allows. */
export interface PolicyRule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
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

const write = ["create", "delete", "get", "list", "patch", "update", "watch"];

/**
 * The smallest rights with which Slipway can install, upgrade, roll back and uninstall what a chart renders to: its
 * objects and hooks, the records, the lease, and what waiting reads (pods, their logs, events).
 */
export function neededRights(
  rendered: Rendered,
  resourceOf: ResourceOfKind,
  driver: "secret" | "configmap" = "secret",
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
  const space = (name: string) => {
    const rules = namespaced.get(name) ?? new Map<string, Set<string>>();
    namespaced.set(name, rules);
    return rules;
  };
  const texts = [
    rendered.manifest,
    ...rendered.hooks.map((hook) => hook.manifest),
    ...rendered.crds.map((crd) => crd.text),
  ];
  for (const { object } of texts.flatMap((text) => parseManifest(text))) {
    const group = object.apiVersion.includes("/") ? (object.apiVersion.split("/")[0] as string) : "";
    let resource = resourceOf(object.apiVersion, object.kind);
    if (resource === undefined) {
      guessed.add(`${object.apiVersion}/${object.kind}`);
      resource = { plural: usualPlural(object.kind), namespaced: true };
    }
    if (resource.namespaced) add(space(object.metadata.namespace ?? ""), group, resource.plural, write);
    else add(clusterWide, group, resource.plural, write);
  }
  const own = space("");
  add(own, "", driver === "secret" ? "secrets" : "configmaps", ["create", "delete", "get", "list", "patch", "update"]);
  add(own, "coordination.k8s.io", "leases", ["create", "delete", "get", "update"]);
  for (const rules of namespaced.values()) {
    add(rules, "", "pods", ["get", "list", "watch"]);
    add(rules, "", "events", ["list", "watch"]);
  }
  if (rendered.hooks.length > 0) add(own, "", "pods/log", ["get"]);
  return {
    namespaced: new Map([...namespaced].map(([name, rules]) => [name, rulesOf(rules)])),
    clusterWide: rulesOf(clusterWide),
    guessed: [...guessed].toSorted(compareStrings),
  };
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
    else rule.resources.push(key.slice(slash + 1));
  }
  return [...merged.values()];
}

function usualPlural(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(s|x|z|ch|sh)$/.test(lower)) return `${lower}es`;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return `${lower}s`;
}
