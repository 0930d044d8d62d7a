import { addPod, nodeState, removePod, schedule, withNode, type NodeState } from "../../schedule/index.ts";
import { ifThere, podInformer, type Machinery } from "../controllers/machinery.ts";
import { keyOf, quote, timestamp, withMeta, withStatus, type Json, type Obj } from "../controllers/object.ts";
import { isPodFinished, podCondition } from "../controllers/pods.ts";
import { kinds } from "../controllers/port.ts";
import { simulatedAnnotation } from "./behaviour.ts";

const component = "default-scheduler";

/** Binds pods to nodes: the pure scheduler over a running picture of the nodes. */
export function startScheduler(machinery: Machinery): void {
  const pods = podInformer(machinery);
  const nodes = machinery.informer(kinds.nodes);
  const claims = machinery.informer(kinds.persistentVolumeClaims);
  const classes = machinery.informer(kinds.storageClasses);
  const namespaces = machinery.informer(kinds.namespaces);
  const states = new Map<string, NodeState>();
  const parked = new Set<string>();
  const attempts = new Map<string, number>();

  const queue = machinery.queue("scheduler", (key) => {
    const pod = pods.get(key);
    if (pod === undefined || !isWaiting(pod)) {
      parked.delete(key);
      attempts.delete(key);
      return undefined;
    }
    if (pod.spec.schedulingGates?.length > 0) {
      return setUnschedulable(
        machinery,
        pod,
        "SchedulingGated",
        "Scheduling is blocked due to non-empty scheduling gates",
      );
    }
    const claimed = claimsOf(pod);
    if (claimed.wait) return undefined;
    const list = [...states.values()];
    const placement = schedule(pod, list, {
      namespaceLabels: (namespace) => namespaces.get(namespace)?.metadata.labels,
      refused: claimed.refused,
    });
    if (placement.node !== undefined) {
      if (claimed.late.length > 0) {
        for (const claim of claimed.late) selectNode(claim, placement.node);
        parked.add(key);
        return undefined;
      }
      parked.delete(key);
      attempts.delete(key);
      bind(machinery, pod, placement.node);
      return undefined;
    }
    parked.add(key);
    attempts.set(key, (attempts.get(key) ?? 0) + 1);
    machinery.recorder.warning(component, pod, "FailedScheduling", placement.message);
    setUnschedulable(machinery, pod, "Unschedulable", placement.message);
    // What changes in the cluster brings the pod back at once; the scheduler also looks every five minutes.
    return 300_000;
  });

  /** Pods that could not be placed get another try when something has changed; many changes make one try. */
  const retry = () => {
    for (const key of parked) {
      // Upstream backs off to ten seconds; nothing here is so dear that one would have to.
      const tried = attempts.get(key) ?? 0;
      queue.addAfter(key, Math.min(10 * 2 ** Math.min(tried, 7), 1000));
    }
  };

  /** What the pod's claims say: why it cannot be placed yet, and which claims wait for its node. */
  const claimsOf = (pod: Obj): { refused?: string; wait: boolean; late: Obj[] } => {
    const late: Obj[] = [];
    for (const volume of pod.spec.volumes ?? []) {
      const name: string | undefined =
        volume.persistentVolumeClaim?.claimName ??
        (volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined);
      if (name === undefined) continue;
      const claim = claims.get(`${pod.metadata.namespace}/${name}`);
      if (claim === undefined) {
        const refused = volume.ephemeral
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quote(name)}`
          : `persistentvolumeclaim ${quote(name)} not found`;
        return { refused, wait: false, late };
      }
      if (claim.metadata.deletionTimestamp !== undefined) {
        return { refused: `persistentvolumeclaim ${quote(name)} is being deleted`, wait: false, late };
      }
      if (claim.status?.phase === "Lost") {
        const refused = `persistentvolumeclaim ${quote(name)} bound to non-existent persistentvolume ${quote(claim.spec.volumeName ?? "")}`;
        return { refused, wait: false, late };
      }
      if (claim.status?.phase === "Bound") continue;
      const storageClass = classes.get(claim.spec.storageClassName ?? "");
      if (storageClass?.["volumeBindingMode"] === "WaitForFirstConsumer") late.push(claim);
      else return { refused: "pod has unbound immediate PersistentVolumeClaims", wait: false, late };
    }
    return { wait: false, late };
  };

  const selectNode = (claim: Obj, node: string) => {
    const annotations = { ...claim.metadata.annotations, "volume.kubernetes.io/selected-node": node };
    ifThere(() => machinery.api.update(kinds.persistentVolumeClaims, withMeta(claim, { annotations })));
  };

  nodes.on(({ type, object }) => {
    const { name } = object.metadata;
    const state = states.get(name);
    if (type === "DELETED") {
      states.delete(name);
    } else if (state === undefined) {
      const fresh = nodeState(object);
      for (const pod of pods.by("node", name)) if (!isPodFinished(pod)) addPod(fresh, pod);
      states.set(name, fresh);
    } else {
      states.set(name, withNode(state, object));
    }
    retry();
  });
  pods.on(({ type, object, previous }) => {
    const key = keyOf(object);
    const node: string | undefined = object.spec.nodeName || previous?.spec.nodeName;
    if (node) {
      const state = states.get(node);
      const gone = type === "DELETED" || isPodFinished(object);
      if (state !== undefined) {
        if (gone) removePod(state, object);
        else if (previous?.spec !== object.spec || previous?.metadata.labels !== object.metadata.labels) {
          addPod(state, object);
        }
      }
      if (gone || previous?.spec.nodeName !== object.spec.nodeName) retry();
      return;
    }
    if (type === "DELETED") {
      parked.delete(key);
      attempts.delete(key);
      return;
    }
    if (previous === undefined || previous.spec !== object.spec) queue.add(key);
  });
  for (const informer of [claims, classes, namespaces]) informer.on(() => retry());
  machinery.onStop(() => states.clear());
}

const isWaiting = (pod: Obj): boolean =>
  !pod.spec.nodeName &&
  pod.metadata.deletionTimestamp === undefined &&
  !isPodFinished(pod) &&
  (pod.spec.schedulerName ?? component) === component;

/** pods/binding: the node's name, and PodScheduled; the pod is also marked as simulated. */
function bind(machinery: Machinery, pod: Obj, node: string): void {
  const annotations = { ...pod.metadata.annotations, [simulatedAnnotation]: "true" };
  const bound = ifThere(() =>
    machinery.api.update(kinds.pods, {
      ...withMeta(pod, { annotations }),
      spec: { ...pod.spec, nodeName: node },
      status: { ...pod.status, conditions: scheduled(machinery, pod, { status: "True" }) },
    }),
  );
  if (bound === undefined) return;
  const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`;
  machinery.recorder.normal(component, bound, "Scheduled", message);
}

function setUnschedulable(machinery: Machinery, pod: Obj, reason: string, message: string): undefined {
  const before = podCondition(pod, "PodScheduled");
  if (before?.status === "False" && before.reason === reason && before.message === message) return undefined;
  const status = {
    ...pod.status,
    phase: pod.status?.phase ?? "Pending",
    conditions: scheduled(machinery, pod, { status: "False", reason, message }),
  };
  ifThere(() => machinery.api.updateStatus(kinds.pods, withStatus(pod, status)));
  return undefined;
}

function scheduled(machinery: Machinery, pod: Obj, verdict: Json): Json[] {
  const before = podCondition(pod, "PodScheduled");
  const lastTransitionTime =
    before?.status === verdict.status ? before.lastTransitionTime : timestamp(machinery.clock.now());
  const next = {
    type: "PodScheduled",
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    ...verdict,
    lastProbeTime: null,
    lastTransitionTime,
  };
  return [...(pod.status?.conditions ?? []).filter((item: Json) => item.type !== "PodScheduled"), next];
}
