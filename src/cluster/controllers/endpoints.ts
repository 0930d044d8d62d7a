import { isEmptySelector, matchesMap } from "../../schedule/index.ts";
import { planSlices, planSubsets, type SlicePlan } from "./endpoints-plan.ts";
import { ifThere, podInformer, type Machinery } from "./machinery.ts";
import { controllerReference, equal, keyOf, timestamp, type Json, type Obj } from "./object.ts";
import { isNamespaceTerminating } from "./pod-template.ts";
import { kinds } from "./port.ts";

const managedBy = "endpointslice.kubernetes.io/managed-by";
const sliceController = "endpointslice-controller.k8s.io";
const serviceName = "kubernetes.io/service-name";
const headlessLabel = "service.kubernetes.io/headless";
const trigger = "endpoints.kubernetes.io/last-change-trigger-time";

/** Keeps the EndpointSlices and the legacy Endpoints of every Service with a selector. */
export function startEndpoints(machinery: Machinery): void {
  const services = machinery.informer(kinds.services);
  const slices = machinery.informer(kinds.endpointSlices);
  slices.addIndex("service", (slice) => {
    const name = slice.metadata.labels?.[serviceName];
    return name === undefined ? [] : [`${slice.metadata.namespace}/${name}`];
  });
  const pods = podInformer(machinery);
  const nodes = machinery.informer(kinds.nodes);
  const zoneOf = (node: string) => nodes.get(node)?.metadata.labels?.["topology.kubernetes.io/zone"];
  const selected = (service: Obj) => {
    const selector = service.spec?.selector;
    return !isEmptySelector({ matchLabels: selector }) && service.spec.type !== "ExternalName";
  };
  const queue = machinery.queue("endpointslice-controller", (key) => {
    const service = services.get(key);
    const mine = slices.by("service", key).filter((slice) => slice.metadata.labels?.[managedBy] === sliceController);
    if (service === undefined || !selected(service)) {
      // Slices of a service that is gone go with it, by their owner reference; a selector that was taken away leaves none.
      if (service !== undefined && service.spec.selector !== undefined)
        for (const slice of mine) remove(machinery, slice);
      return;
    }
    if (service.metadata.deletionTimestamp !== undefined) return;
    const chosen = pods
      .list(service.metadata.namespace)
      .filter((pod) => matchesMap(service.spec.selector, pod.metadata.labels));
    try {
      writeSlices(machinery, service, mine, planSlices(service, chosen, zoneOf));
      writeEndpoints(machinery, service, planSubsets(service, chosen));
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  });
  // Service deletion takes its Endpoints along, by name: they carry no owner reference.
  const left = machinery.queue("endpoints-of-removed-services", (key) => {
    if (services.get(key) !== undefined) return;
    const [namespace, name] = key.split("/") as [string, string];
    ifThere(() => machinery.api.delete(kinds.endpoints, namespace, name));
  });
  services.on(({ type, object }) => {
    if (type === "DELETED") left.add(keyOf(object));
    else queue.add(keyOf(object));
  });
  slices.on(({ object, type }) => {
    const name = object.metadata.labels?.[serviceName];
    if (name !== undefined && type === "DELETED") queue.add(`${object.metadata.namespace}/${name}`);
  });
  pods.on(({ object, previous }) => {
    if (previous !== undefined && !matters(previous, object)) return;
    for (const service of services.list(object.metadata.namespace)) {
      const selector = service.spec?.selector;
      if (selector === undefined) continue;
      const now = matchesMap(selector, object.metadata.labels);
      if (now || (previous !== undefined && matchesMap(selector, previous.metadata.labels))) queue.add(keyOf(service));
    }
  });
}

/** Whether a change of a pod can change its endpoint. */
function matters(before: Obj, after: Obj): boolean {
  const ready = (pod: Obj) => pod.status?.conditions?.find((item: Json) => item.type === "Ready")?.status;
  return (
    before.status?.podIP !== after.status?.podIP ||
    before.status?.phase !== after.status?.phase ||
    ready(before) !== ready(after) ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    !equal(before.metadata.labels, after.metadata.labels)
  );
}

function remove(machinery: Machinery, slice: Obj): void {
  ifThere(() => machinery.api.delete(kinds.endpointSlices, slice.metadata.namespace, slice.metadata.name));
}

function labelsOf(service: Obj): Record<string, string> {
  const labels: Record<string, string> = { ...service.metadata.labels };
  delete labels[headlessLabel];
  if (service.spec.clusterIP === "None") labels[headlessLabel] = "";
  return labels;
}

function writeSlices(machinery: Machinery, service: Obj, mine: readonly Obj[], plans: readonly SlicePlan[]): void {
  const labels = { ...labelsOf(service), [managedBy]: sliceController, [serviceName]: service.metadata.name };
  const free = [...mine];
  for (const plan of plans) {
    const at = free.findIndex((slice) => equal(slice["ports"] ?? [], plan.ports));
    // An empty slice takes any plan; else the one with the same ports is used again.
    const index = at >= 0 ? at : free.findIndex((slice) => (slice["endpoints"] ?? []).length === 0);
    const slice = index >= 0 ? (free.splice(index, 1)[0] as Obj) : undefined;
    if (slice === undefined) {
      machinery.api.create(kinds.endpointSlices, {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          name: "",
          generateName: `${service.metadata.name}-`,
          namespace: service.metadata.namespace as string,
          labels,
          annotations: { [trigger]: timestamp(machinery.clock.now()) },
          ownerReferences: [controllerReference(service)],
        },
        addressType: "IPv4",
        endpoints: plan.endpoints,
        ports: plan.ports,
      });
      continue;
    }
    const same =
      equal(slice["endpoints"] ?? [], plan.endpoints) &&
      equal(slice["ports"] ?? [], plan.ports) &&
      equal(slice.metadata.labels, labels);
    if (same) continue;
    const annotations = { ...slice.metadata.annotations, [trigger]: timestamp(machinery.clock.now()) };
    ifThere(() =>
      machinery.api.update(kinds.endpointSlices, {
        ...slice,
        metadata: { ...slice.metadata, labels, annotations },
        endpoints: plan.endpoints,
        ports: plan.ports,
      }),
    );
  }
  for (const slice of free) remove(machinery, slice);
}

function writeEndpoints(machinery: Machinery, service: Obj, subsets: readonly Json[]): void {
  const { namespace, name } = service.metadata;
  const labels = { ...labelsOf(service), "endpoints.kubernetes.io/managed-by": "endpoint-controller" };
  const annotations = { [trigger]: timestamp(machinery.clock.now()) };
  const there = machinery.api.get(kinds.endpoints, namespace, name);
  if (there === undefined) {
    machinery.api.create(kinds.endpoints, {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name, namespace: namespace as string, labels, annotations },
      ...(subsets.length > 0 ? { subsets } : {}),
    });
    return;
  }
  if (equal(there["subsets"] ?? [], subsets) && equal(there.metadata.labels, labels)) return;
  const { subsets: _, ...rest } = there;
  machinery.api.update(kinds.endpoints, {
    ...rest,
    metadata: { ...there.metadata, labels, annotations: { ...there.metadata.annotations, ...annotations } },
    ...(subsets.length > 0 ? { subsets } : {}),
  });
}
