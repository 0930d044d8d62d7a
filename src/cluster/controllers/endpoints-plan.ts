/** What the EndpointSlices and Endpoints of a Service should say, from its pods. Pure. */
import { isPodFinished, isPodReady } from "./pods.ts";
import type { Json, Obj } from "./object.ts";

export interface SlicePlan {
  readonly ports: readonly Json[];
  readonly endpoints: readonly Json[];
}

/** The port on the pod that a service port means; 0 when the pod has none of that name (FindPort). */
export function targetPort(pod: Obj, port: Json): number {
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return target;
  const containers: Json[] = [
    ...(pod.spec.containers ?? []),
    ...(pod.spec.initContainers ?? []).filter((it: Json) => it.restartPolicy === "Always"),
  ];
  for (const container of containers) {
    for (const item of container.ports ?? []) {
      if (item.name === target && (item.protocol ?? "TCP") === (port.protocol ?? "TCP")) return item.containerPort;
    }
  }
  return 0;
}

function portsFor(service: Obj, pod: Obj): Json[] {
  const ports: Json[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPort(pod, port);
    if (number === 0) continue;
    ports.push({
      name: port.name ?? "",
      protocol: port.protocol ?? "TCP",
      port: number,
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Whether a pod is an endpoint at all: it has an address and has not ended (ShouldPodBeInEndpoints). */
function belongs(pod: Obj, terminating: boolean): boolean {
  if (isPodFinished(pod) || !pod.status?.podIP) return false;
  return terminating || pod.metadata.deletionTimestamp === undefined;
}

/** The hostname a pod has under a headless service of its subdomain. */
function hostname(service: Obj, pod: Obj): string | undefined {
  const inDomain = pod.spec.hostname && pod.spec.subdomain === service.metadata.name;
  return inDomain ? pod.spec.hostname : undefined;
}

const byName = (a: Obj, b: Obj) => (a.metadata.name < b.metadata.name ? -1 : 1);

/** The slices of a service: one for every set of ports that its pods have, at most 100 endpoints each. */
export function planSlices(
  service: Obj,
  pods: readonly Obj[],
  zoneOf: (node: string) => string | undefined,
): SlicePlan[] {
  const groups = new Map<string, { ports: Json[]; endpoints: Json[] }>();
  const publish = service.spec.publishNotReadyAddresses === true;
  for (const pod of [...pods].sort(byName)) {
    if (!belongs(pod, true)) continue;
    const ports = portsFor(service, pod);
    const key = JSON.stringify(ports);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { ports, endpoints: [] }));
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    const serving = isPodReady(pod);
    const zone = zoneOf(pod.spec.nodeName);
    const name = hostname(service, pod);
    group.endpoints.push({
      addresses: [pod.status.podIP],
      conditions: { ready: publish || (serving && !terminating), serving, terminating },
      ...(name === undefined ? {} : { hostname: name }),
      ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
      targetRef: target(pod),
      ...(zone === undefined ? {} : { zone }),
    });
  }
  const plans: SlicePlan[] = [];
  for (const { ports, endpoints } of groups.values()) {
    for (let i = 0; i < endpoints.length; i += 100) plans.push({ ports, endpoints: endpoints.slice(i, i + 100) });
  }
  // A service without pods still has a slice, so that clients can tell "none" from "not yet".
  return plans.length > 0 ? plans : [{ ports: [], endpoints: [] }];
}

function target(pod: Obj): Json {
  return { kind: "Pod", name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid };
}

/** The subsets of the legacy Endpoints object, repacked by ports as upstream's RepackSubsets. */
export function planSubsets(service: Obj, pods: readonly Obj[]): Json[] {
  const groups = new Map<string, { ports: Json[]; addresses: Json[]; notReadyAddresses: Json[] }>();
  const publish = service.spec.publishNotReadyAddresses === true;
  for (const pod of [...pods].sort(byName)) {
    if (!belongs(pod, publish)) continue;
    const ports = portsFor(service, pod).map(({ name, ...port }) => (name === "" ? port : { name, ...port }));
    // A headless service may have no ports at all; with ports, a pod that has none of them is left out.
    if (ports.length === 0 && (service.spec.ports ?? []).length > 0) continue;
    const key = JSON.stringify(ports);
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { ports, addresses: [], notReadyAddresses: [] }));
    const name = hostname(service, pod);
    const address = {
      ip: pod.status.podIP,
      ...(name === undefined ? {} : { hostname: name }),
      ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
      targetRef: target(pod),
    };
    (publish || isPodReady(pod) ? group.addresses : group.notReadyAddresses).push(address);
  }
  const byIp = (a: Json, b: Json) => (a.ip < b.ip ? -1 : 1);
  return [...groups.values()].map(({ ports, addresses, notReadyAddresses }) => ({
    ...(addresses.length > 0 ? { addresses: addresses.sort(byIp) } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses: notReadyAddresses.sort(byIp) } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }));
}
