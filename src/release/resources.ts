import { messageOf } from "../base/index.ts";
import { wellKnown, resourcePath, type ApiObject } from "../kube/index.ts";
import * as lateManifest from "../manifest/index.ts";
import type { KubeObject } from "../manifest/index.ts";
import type { Release } from "./record.ts";
import { callOf, type Session } from "./session.ts";
import { buildTargets, type Target } from "./targets.ts";

/** A meta.k8s.io Table, as the API server prints objects. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: ApiObject | undefined }[];
}

/** The live objects of one kind of a release. */
export interface ResourceGroup {
  /** `v1/Deployment`, `v1/Pod(related)`: Helm's heading, without the API group. */
  readonly heading: string;
  readonly objects: readonly ApiObject[];
  readonly tables: readonly Table[];
}

const asTable =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/**
 * The live objects of a release in the manifest's order, and the pods that its workloads select; as tables made by the
 * API server, or as objects. Ones that cannot be read are left out, as in Helm.
 */
export async function liveResources(
  session: Session,
  release: Release,
  form: "table" | "objects",
): Promise<ResourceGroup[]> {
  const targets = await buildTargets(session.client, release.manifest, release.namespace, session.signal);
  const groups = new Map<string, { objects: ApiObject[]; tables: Table[] }>();
  const put = (heading: string, answer: { object?: ApiObject; table?: Table }) => {
    const group = groups.get(heading) ?? { objects: [], tables: [] };
    groups.set(heading, group);
    if (answer.object !== undefined) group.objects.push(answer.object);
    if (answer.table !== undefined) group.tables.push(answer.table);
  };
  const seen = new Set<string>();
  const fetched = await Promise.all(targets.map((target) => fetchOne(session, target, form)));
  for (const [index, target] of targets.entries()) {
    const answer = fetched[index];
    if (answer === undefined) continue;
    put(`${target.resource.version}/${target.object.kind}`, answer);
    const selector = selectorOf(target.object);
    if (selector === undefined || seen.has(`${target.namespace} ${selector}`)) continue;
    seen.add(`${target.namespace} ${selector}`);
    const pods = await fetchPods(session, target.namespace, selector, form).catch((error: unknown) => {
      session.signal?.throwIfAborted();
      session.emit({ type: "warning", text: `get the relation pod is failed: ${messageOf(error)}` });
      return undefined;
    });
    if (pods !== undefined) put("v1/Pod(related)", pods);
  }
  return [...groups].map(([heading, group]) => ({ heading, ...group }));
}

async function fetchOne(
  session: Session,
  target: Target,
  form: "table" | "objects",
): Promise<{ object?: ApiObject; table?: Table } | undefined> {
  const path = resourcePath(target.resource, target.resource.namespaced ? target.namespace : undefined, target.name);
  try {
    return await fetchAs(session, path, form);
  } catch {
    session.signal?.throwIfAborted();
    return undefined;
  }
}

async function fetchPods(
  session: Session,
  namespace: string,
  selector: string,
  form: "table" | "objects",
): Promise<{ object?: ApiObject; table?: Table }> {
  const path = `${resourcePath(wellKnown.pods, namespace)}?labelSelector=${encodeURIComponent(selector)}&limit=500`;
  // Helm puts the list itself among the objects.
  return await fetchAs(session, path, form);
}

interface RawTable {
  kind?: string;
  columnDefinitions?: { name: string; priority?: number }[];
  rows?: { cells?: unknown[]; object?: ApiObject }[] | null;
}

async function fetchAs(
  session: Session,
  path: string,
  form: "table" | "objects",
): Promise<{ object?: ApiObject; table?: Table }> {
  const call = callOf(session);
  if (form === "objects") {
    const object = (await session.client.json({ method: "GET", path, ...call })) as ApiObject;
    // Items of a list carry neither kind nor apiVersion on the wire; Go's decoder fills them in.
    if (Array.isArray(object.items))
      object.items = object.items.map((item: ApiObject) => ({
        ...item,
        apiVersion: object.apiVersion,
        kind: object.kind.replace(/List$/, ""),
      }));
    return { object };
  }
  const query = path.includes("?") ? "&" : "?";
  const answer = (await session.client.json({
    method: "GET",
    path: `${path}${query}includeObject=Object`,
    headers: { accept: asTable },
    ...call,
  })) as RawTable;
  if (answer.kind !== "Table") {
    // A server that prints no tables: the name at least.
    const object = answer as unknown as ApiObject;
    return { table: { columns: [{ name: "Name", priority: 0 }], rows: [{ cells: [object.metadata.name], object }] } };
  }
  return {
    table: {
      columns: (answer.columnDefinitions ?? []).map(({ name, priority }) => ({ name, priority: priority ?? 0 })),
      rows: (answer.rows ?? []).map(({ cells, object }) => ({ cells: cells ?? [], object })),
    },
  };
}

/** The labels by which a workload finds its pods, as a selector; undefined for everything else. */
function selectorOf(object: KubeObject): string | undefined {
  const path =
    object.kind === "ReplicationController"
      ? ["spec", "selector"]
      : ["ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job"].includes(object.kind)
        ? ["spec", "selector", "matchLabels"]
        : undefined;
  const labels =
    path === undefined ? undefined : (lateManifest.at(object, ...path) as Record<string, string> | undefined);
  if (typeof labels !== "object" || labels === null) return undefined;
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(",");
}

/** The annotation by which the embedded cluster marks pods that only pretend to run. */
const simulatedMark = "sim.slipway.dev/simulated";

/** Whether a pod is only simulated: nothing runs in it. */
export function isSimulated(object: ApiObject | undefined): boolean {
  return object?.metadata.annotations?.[simulatedMark] !== undefined;
}
