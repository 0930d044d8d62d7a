import { untypedShape } from "../../manifest/index.ts";
import type { Obj } from "../controllers/object.ts";
import type { Core } from "../core.ts";
import { podUsage, type Usage } from "../nodes/metrics.ts";
import { keyOf, timestamp } from "../objects.ts";
import type { ServedType } from "../served.ts";
import { notFound } from "../status.ts";
import type { Stored } from "../store.ts";
import type { SpecialCall } from "./handler.ts";
import { selection } from "./reads.ts";
import type { ApiResponse } from "./respond.ts";
import { jsonResponse } from "./respond.ts";

/** metrics.k8s.io: what simulated pods and their nodes use, as `kubectl top` asks for it. */

const group = "metrics.k8s.io";
const version = "v1beta1";

/** The group's types: they are read only, and nothing of them is stored. */
export function metricsTypes(): ServedType[] {
  const type = (plural: string, kind: string, namespaced: boolean): ServedType => ({
    group,
    version,
    apiVersion: `${group}/${version}`,
    plural,
    singular: "",
    kind,
    listKind: `${kind}List`,
    namespaced,
    verbs: ["get", "list"],
    shortNames: [],
    categories: [],
    storageHash: "",
    subresources: [],
    columns: [],
    shape: untypedShape,
    strategy: {},
    computed: true,
    table: `${group}/${plural}`,
  });
  return [type("nodes", "NodeMetrics", false), type("pods", "PodMetrics", true)];
}

/** Answers a request for metrics. */
export function metrics(call: SpecialCall): ApiResponse | undefined {
  const { core, type, info } = call;
  const node = type.plural === "nodes";
  const make = node ? nodeMetrics : podMetrics;
  if (info.verb === "get") {
    const key = keyOf(node ? undefined : info.namespace, info.name);
    const source = core.store.get(node ? "/nodes" : "/pods", key);
    const made = source === undefined ? undefined : make(core, source);
    if (made === undefined) throw notFound(type, info.name);
    return jsonResponse(200, JSON.stringify(made), call.printing);
  }
  if (info.verb !== "list") return undefined;
  const { test } = selection(type, info.query);
  const items: unknown[] = [];
  for (const object of core.store.table(node ? "/nodes" : "/pods").objects.values()) {
    if (!node && info.namespace !== "" && object.metadata.namespace !== info.namespace) continue;
    if (test !== undefined && !test(object)) continue;
    const made = make(core, object);
    if (made !== undefined) items.push(made);
  }
  const list = { kind: type.listKind, apiVersion: type.apiVersion, metadata: {}, items };
  return jsonResponse(200, JSON.stringify(list), call.printing);
}

function head(core: Core, object: Stored, kind: string): Record<string, unknown> {
  const { name, namespace, labels } = object.metadata;
  const now = timestamp(core.clock.now());
  return {
    kind,
    apiVersion: `${group}/${version}`,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: now,
      ...(labels === undefined ? {} : { labels }),
    },
    timestamp: now,
    window: "15s",
  };
}

const usageText = ({ cpu, memory }: Usage) => ({ cpu: `${cpu}m`, memory: `${Math.ceil(memory / 1024)}Ki` });

/** What each container of a running pod uses. */
function podMetrics(core: Core, pod: Stored): unknown {
  const usage = podUsage(pod);
  if (usage.size === 0) return undefined;
  const containers = [...usage].map(([name, used]) => ({ name, usage: usageText(used) }));
  return { ...head(core, pod, "PodMetrics"), containers };
}

/** What the pods of a node use together, and something for the node itself. */
function nodeMetrics(core: Core, node: Stored): unknown {
  let [cpu, memory] = [50, 256 * 2 ** 20];
  for (const pod of core.store.table("/pods").objects.values()) {
    if ((pod as Obj).spec.nodeName !== node.metadata.name) continue;
    for (const used of podUsage(pod).values()) {
      cpu += used.cpu;
      memory += used.memory;
    }
  }
  return { ...head(core, node, "NodeMetrics"), usage: usageText({ cpu, memory }) };
}
