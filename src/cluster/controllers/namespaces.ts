import { messageOf } from "../../base/index.ts";
import { ifThere, type Machinery } from "./machinery.ts";
import { equal, timestamp, withStatus, type Json, type Obj } from "./object.ts";
import { kinds, type Resource } from "./port.ts";

/**
 * Ends namespaces: deletes what is in them, kind after kind, reports what is left in conditions with upstream's reasons, and
 * takes the `kubernetes` finalizer away when nothing is.
 */
export function startNamespaces(machinery: Machinery): void {
  const { api } = machinery;
  const namespaces = machinery.informer(kinds.namespaces);
  const queue = machinery.queue("namespace-controller", (key) => {
    const namespace = namespaces.get(key);
    if (namespace === undefined) return undefined;
    if (namespace.metadata.deletionTimestamp === undefined) return activate(machinery, namespace);
    if (!(namespace.spec?.finalizers?.length > 0)) return undefined;
    const left = empty(machinery, key);
    const current = api.get(kinds.namespaces, undefined, key);
    if (current === undefined) return undefined;
    report(machinery, current, left);
    if (left.remaining.size > 0 || left.failures.length > 0) return 250;
    const latest = api.get(kinds.namespaces, undefined, key) as Obj;
    const finalizers = (latest.spec.finalizers as string[]).filter((it) => it !== "kubernetes");
    ifThere(() => api.update(kinds.namespaces, { ...latest, spec: { ...latest.spec, finalizers } }));
    return undefined;
  });
  namespaces.on(({ type, object }) => {
    if (type !== "DELETED") queue.add(object.metadata.name);
  });
}

/** A namespace that was written without a phase or finalizer (by a client's create) gets them from the API; be sure of it. */
function activate(machinery: Machinery, namespace: Obj): undefined {
  if (namespace.status?.phase === undefined) {
    machinery.api.updateStatus(kinds.namespaces, withStatus(namespace, { ...namespace.status, phase: "Active" }));
  }
  return undefined;
}

interface Left {
  /** Resource (as `pods.` or `deployments.apps`) → how many are left. */
  readonly remaining: ReadonlyMap<string, number>;
  readonly finalizers: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
}

function empty(machinery: Machinery, namespace: string): Left {
  const { api } = machinery;
  const remaining = new Map<string, number>();
  const finalizers = new Map<string, number>();
  const failures: string[] = [];
  for (const resource of inOrder(api.resources())) {
    for (const object of api.list(resource, namespace)) {
      try {
        ifThere(() => api.delete(resource, namespace, object.metadata.name, { propagationPolicy: "Background" }));
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
    const left = api.list(resource, namespace);
    if (left.length === 0) continue;
    remaining.set(`${resource.plural}.${resource.group}`, left.length);
    for (const object of left) {
      for (const finalizer of object.metadata.finalizers ?? []) {
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
      }
    }
  }
  return { remaining, finalizers, failures };
}

/** Namespaced kinds that can be deleted; pods last, as their grace periods take time anyway. Events of the end go too. */
function inOrder(resources: readonly Resource[]): Resource[] {
  const list = resources.filter(
    (resource) =>
      resource.namespaced &&
      (resource.verbs === undefined || (resource.verbs.includes("delete") && resource.verbs.includes("list"))) &&
      !["bindings", "localsubjectaccessreviews"].includes(resource.plural),
  );
  const rank = (resource: Resource) => (resource.plural === "events" ? 2 : resource.plural === "pods" ? 1 : 0);
  return list.sort((a, b) => rank(a) - rank(b));
}

/** NamespaceConditionUpdater: five conditions, each with what is in the way. */
function report(machinery: Machinery, namespace: Obj, left: Left): void {
  const now = machinery.clock.now();
  const listed = [...left.remaining].map(([resource, count]) => `${resource} has ${count} resource instances`).sort();
  const held = [...left.finalizers].map(([name, count]) => `${name} in ${count} resource instances`).sort();
  const verdicts: [string, string, string, string][] = [
    ["NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"],
    [
      "NamespaceDeletionGroupVersionParsingFailure",
      "False",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ],
    left.failures.length > 0
      ? [
          "NamespaceDeletionContentFailure",
          "True",
          "ContentDeletionFailed",
          `Failed to delete all resource types, ${left.failures.length} remaining: ${left.failures.join(", ")}`,
        ]
      : [
          "NamespaceDeletionContentFailure",
          "False",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        ],
    listed.length > 0
      ? [
          "NamespaceContentRemaining",
          "True",
          "SomeResourcesRemain",
          `Some resources are remaining: ${listed.join(", ")}`,
        ]
      : ["NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed"],
    held.length > 0
      ? [
          "NamespaceFinalizersRemaining",
          "True",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${held.join(", ")}`,
        ]
      : [
          "NamespaceFinalizersRemaining",
          "False",
          "ContentHasNoFinalizers",
          "All content-preserving finalizers finished",
        ],
  ];
  const old: Json[] = namespace.status?.conditions ?? [];
  const conditions = verdicts.map(([type, status, reason, message]) => {
    const before = old.find((item) => item.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(now);
    return { type, status, lastTransitionTime, reason, message };
  });
  const status = { ...namespace.status, phase: "Terminating", conditions };
  if (!equal(status, namespace.status)) {
    ifThere(() => machinery.api.updateStatus(kinds.namespaces, withStatus(namespace, status)));
  }
}
