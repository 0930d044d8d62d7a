import { isApiError, ifThere, patiently, type Machinery } from "../controllers/machinery.ts";
import { kinds } from "../controllers/port.ts";
import { withStatus, type Obj } from "../controllers/object.ts";
import { leaseObject, nodeHost, nodeObject, type NodeOptions } from "./node-objects.ts";

const heartbeat = 10_000;

/** Registers the nodes that are asked for, takes away simulated ones that no longer are, and keeps their leases fresh. */
export function startNodes(machinery: Machinery, options: NodeOptions): void {
  const { api, clock, recorder } = machinery;
  const count = options.nodes ?? 2;
  for (let i = 0; i < count; i++) {
    const wanted = nodeObject(i, options, clock.now());
    const there = api.get(kinds.nodes, undefined, wanted.metadata.name);
    if (there === undefined) {
      const { status, ...rest } = wanted;
      const created = api.create(kinds.nodes, rest);
      const node = welcome(machinery, api.updateStatus(kinds.nodes, withStatus(created, status)));
      const about = { ...node, metadata: { ...node.metadata, uid: node.metadata.name } };
      const kubelet = { component: "kubelet", host: node.metadata.name };
      recorder.normal(kubelet, about, "Starting", "Starting kubelet.");
      const { name } = node.metadata;
      recorder.normal(kubelet, about, "NodeReady", `Node ${name} status is now: NodeReady`);
      recorder.normal(
        "node-controller",
        node,
        "RegisteredNode",
        `Node ${name} event: Registered Node ${name} in Controller`,
      );
    } else {
      // Labels, taints and cordons of a resumed cluster stay; sizes follow the options.
      const { capacity, allocatable } = wanted.status;
      welcome(machinery, api.updateStatus(kinds.nodes, withStatus(there, { ...there.status, capacity, allocatable })));
    }
  }
  for (const node of api.list(kinds.nodes)) {
    const index = Number(/^node-(\d+)$/.exec(node.metadata.name)?.[1] ?? 0);
    if (index > count) ifThere(() => api.delete(kinds.nodes, undefined, node.metadata.name));
  }
  const beat = () => {
    patiently(() => {
      for (let i = 0; i < count; i++) renew(machinery, nodeHost(i).name);
    });
    cancel = clock.schedule(heartbeat, beat);
  };
  let cancel = () => {};
  beat();
  machinery.onStop(() => cancel());
}

const notReady = "node.kubernetes.io/not-ready";

/** Nodes are admitted as not ready; the node lifecycle controller takes that taint away once they say that they are. */
function welcome(machinery: Machinery, node: Obj): Obj {
  const taints: { key: string }[] = node.spec?.taints ?? [];
  if (!taints.some(({ key }) => key === notReady)) return node;
  const { taints: _, ...spec } = node.spec;
  const left = taints.filter(({ key }) => key !== notReady);
  return machinery.api.update(kinds.nodes, { ...node, spec: left.length > 0 ? { ...spec, taints: left } : spec });
}

function renew(machinery: Machinery, name: string): void {
  const { api, clock } = machinery;
  const node = api.get(kinds.nodes, undefined, name);
  if (node === undefined) return;
  const lease = leaseObject(node, clock.now());
  const there = api.get(kinds.leases, "kube-node-lease", name);
  try {
    if (there === undefined) api.create(kinds.leases, lease);
    else api.update(kinds.leases, { ...there, spec: lease.spec });
  } catch (error) {
    // The namespace may not be there yet, or be on its way out: the next beat tries again.
    if (!isApiError(error, "not-found") && !isApiError(error, "forbidden")) throw error;
  }
}
