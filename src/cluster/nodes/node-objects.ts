/** The simulated nodes as API objects. Pure. */
import { microTimestamp, timestamp, type Json, type Obj } from "../controllers/object.ts";
import { simulatedAnnotation } from "./behaviour.ts";

export interface NodeOptions {
  /** How many; 2 when not given. */
  readonly nodes?: number;
  /** Quantities of one node; 32 and 128Gi when not given. */
  readonly nodeCpu?: string;
  readonly nodeMemory?: string;
  /** Pods a node takes; 250 when not given. */
  readonly nodePods?: number;
  /** Zones, dealt to the nodes in turn. */
  readonly zones?: readonly string[];
  /** The version that the nodes report: v1.36.3 when not given. */
  readonly version?: string;
}

/** The node's name and address; at most 65,535 nodes. */
export function nodeHost(index: number): { name: string; ip: string } {
  return { name: `node-${index + 1}`, ip: `10.0.${(index + 1) >> 8}.${(index + 1) & 255}` };
}

/** The pod addresses of a node: 10.244.0.0/23, 10.244.2.0/23, … as its index says. */
export function podAddress(index: number, serial: number): string {
  const base = 0x0af40000 + index * 512 + serial;
  return [base >>> 24, (base >>> 16) & 255, (base >>> 8) & 255, base & 255].join(".");
}

function podCidr(index: number): string {
  return `${podAddress(index, 0)}/23`;
}

/** A node as its kubelet registers it. */
export function nodeObject(index: number, options: NodeOptions, now: number): Obj {
  const { name, ip } = nodeHost(index);
  const zone = options.zones?.length ? options.zones[index % options.zones.length] : undefined;
  const version = options.version ?? "v1.36.3";
  const resources = {
    cpu: options.nodeCpu ?? "32",
    memory: options.nodeMemory ?? "128Gi",
    "ephemeral-storage": "1Ti",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    pods: String(options.nodePods ?? 250),
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        ...(zone === undefined
          ? {}
          : {
              "topology.kubernetes.io/region": "local",
              "topology.kubernetes.io/zone": zone,
            }),
      },
      annotations: {
        [simulatedAnnotation]: "true",
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: { podCIDR: podCidr(index), podCIDRs: [podCidr(index)], providerID: `slipway://local/${name}` },
    status: {
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
      capacity: resources,
      allocatable: resources,
      conditions: conditions(now),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: "amd64",
        bootID: "00000000-0000-0000-0000-000000000000",
        containerRuntimeVersion: "slipway://simulated",
        kernelVersion: "simulated",
        kubeProxyVersion: "",
        kubeletVersion: version,
        machineID: name,
        operatingSystem: "linux",
        osImage: "Slipway simulated node",
        systemUUID: name,
      },
    },
  };
}

function conditions(now: number): Json[] {
  const at = timestamp(now);
  const of = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
    reason,
    message,
  });
  return [
    of("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    of("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    of("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    of("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
  ];
}

/** The node's heartbeat. */
export function leaseObject(node: Obj, now: number): Obj {
  const { name, uid } = node.metadata;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name,
      namespace: "kube-node-lease",
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: uid ?? "" }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTimestamp(now) },
  };
}
