import { tolerates } from "../../schedule/index.ts";
import { ifThere, podInformer, type Machinery } from "./machinery.ts";
import { keyOf, millis, timestamp, withStatus, type Json, type Obj } from "./object.ts";
import { isPodFinished } from "./pods.ts";
import { kinds } from "./port.ts";

const component = "taint-eviction-controller";

/**
 * Pods leave nodes that they may not be on: taints with NoExecute evict those that do not tolerate them (after
 * tolerationSeconds where these say so), and pods of nodes that are gone are removed.
 */
export function startNodeEviction(machinery: Machinery): void {
  const { api, clock, recorder } = machinery;
  const pods = podInformer(machinery);
  const nodes = machinery.informer(kinds.nodes);
  const waited = new Map<string, number>();
  const queue = machinery.queue(component, (key) => {
    const pod = pods.get(key);
    if (pod === undefined || !pod.spec.nodeName || isPodFinished(pod)) {
      waited.delete(key);
      return undefined;
    }
    const node = nodes.get(pod.spec.nodeName);
    if (node === undefined) return removeLost(pod);
    if (pod.metadata.deletionTimestamp !== undefined) return undefined;
    const stay = staysFor(pod, node, clock.now());
    if (stay === undefined) {
      waited.delete(key);
      return undefined;
    }
    // A taint without a time counts from when it is seen; the wait is asked for once.
    if (stay > 0 && !waited.has(key)) {
      waited.set(key, clock.now() + stay);
      return stay;
    }
    if (stay > 0 && (waited.get(key) ?? 0) > clock.now()) return (waited.get(key) ?? 0) - clock.now();
    waited.delete(key);
    recorder.normal(component, pod, "TaintManagerEviction", `Marking for deletion Pod ${keyOf(pod)}`);
    markDisrupted(pod);
    ifThere(() => api.delete(kinds.pods, pod.metadata.namespace, pod.metadata.name));
    return undefined;
  });

  /** PodGC: nobody on a node that is gone will ever end this pod. */
  const removeLost = (pod: Obj): undefined => {
    ifThere(() => api.delete(kinds.pods, pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0 }));
    return undefined;
  };

  const markDisrupted = (pod: Obj) => {
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      lastProbeTime: null,
      lastTransitionTime: timestamp(clock.now()),
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
    };
    const conditions = [...(pod.status?.conditions ?? []).filter((it: Json) => it.type !== condition.type), condition];
    ifThere(() => api.updateStatus(kinds.pods, withStatus(pod, { ...pod.status, conditions })));
  };

  nodes.on(({ type, object, previous }) => {
    const same = type === "MODIFIED" && previous?.spec === object.spec;
    if (same) return;
    const tainted = (object.spec?.taints ?? []).some((taint: Json) => taint.effect === "NoExecute");
    if (type !== "DELETED" && !tainted) return;
    for (const pod of pods.by("node", object.metadata.name)) queue.add(keyOf(pod));
  });
  pods.on(({ type, object, previous }) => {
    if (type === "DELETED" || !object.spec.nodeName || previous?.spec.nodeName === object.spec.nodeName) return;
    const node = nodes.get(object.spec.nodeName);
    // A node that has never been: given some time to come, as PodGC gives it.
    if (node === undefined) return queue.addAfter(keyOf(object), 40_000);
    const tainted = (node.spec?.taints ?? []).some((taint: Json) => taint.effect === "NoExecute");
    if (tainted) queue.add(keyOf(object));
  });
}

/** Milliseconds that a pod may stay on a tainted node; undefined: for ever. */
function staysFor(pod: Obj, node: Obj, now: number): number | undefined {
  let least: number | undefined;
  for (const taint of node.spec?.taints ?? []) {
    if (taint.effect !== "NoExecute") continue;
    const matching: Json[] = (pod.spec.tolerations ?? []).filter((toleration: Json) => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    const limits = matching.map((it) => it.tolerationSeconds).filter((it) => it !== undefined && it !== null);
    if (limits.length < matching.length) continue;
    const since = millis(taint.timeAdded) ?? now;
    least = Math.min(least ?? Infinity, Math.max(0, since + Math.max(0, Math.min(...limits)) * 1000 - now));
  }
  return least;
}
