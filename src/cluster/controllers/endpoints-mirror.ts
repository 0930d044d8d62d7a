import { isEmptySelector } from "../../schedule/index.ts";
import { ifThere, type Machinery } from "./machinery.ts";
import { controllerReference, equal, keyOf, type Json, type Obj } from "./object.ts";
import { isNamespaceTerminating } from "./pod-template.ts";
import { kinds } from "./port.ts";

const managedBy = "endpointslice.kubernetes.io/managed-by";
const mirrorController = "endpointslicemirroring-controller.k8s.io";
const serviceName = "kubernetes.io/service-name";
const skipMirror = "endpointslice.kubernetes.io/skip-mirror";
const notCopied = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  "endpoints.kubernetes.io/last-change-trigger-time",
  "endpoints.kubernetes.io/over-capacity",
]);

/** Endpoints that somebody made by hand for a Service without a selector, mirrored into EndpointSlices. */
export function startEndpointsMirroring(machinery: Machinery): void {
  const { api } = machinery;
  const endpoints = machinery.informer(kinds.endpoints);
  const services = machinery.informer(kinds.services);
  const slices = machinery.informer(kinds.endpointSlices);
  const queue = machinery.queue("endpointslice-mirroring-controller", (key) => {
    const object = endpoints.get(key);
    const service = services.get(key);
    const mine = slices
      .list(key.slice(0, key.indexOf("/")))
      .filter(
        (it) =>
          it.metadata.labels?.[managedBy] === mirrorController &&
          `${it.metadata.namespace}/${it.metadata.labels[serviceName]}` === key,
      );
    const wanted = object !== undefined && service !== undefined && mirrors(object, service) ? plan(object) : [];
    const free = [...mine];
    for (const slice of wanted) {
      const at = free.findIndex(
        (it) => it["addressType"] === slice["addressType"] && equal(it["ports"] ?? [], slice["ports"]),
      );
      const there = at < 0 ? undefined : (free.splice(at, 1)[0] as Obj);
      try {
        if (there === undefined) api.create(kinds.endpointSlices, slice);
        else if (
          !equal(there["endpoints"], slice["endpoints"]) ||
          !equal(there.metadata.labels, slice.metadata.labels)
        ) {
          const { labels } = slice.metadata;
          const metadata = { ...there.metadata, ...(labels === undefined ? {} : { labels }) };
          api.update(kinds.endpointSlices, { ...there, metadata, endpoints: slice["endpoints"] });
        }
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
    }
    for (const slice of free) {
      ifThere(() => api.delete(kinds.endpointSlices, slice.metadata.namespace, slice.metadata.name));
    }
  });
  for (const informer of [endpoints, services]) informer.on(({ object }) => queue.add(keyOf(object)));
}

function mirrors(endpoints: Obj, service: Obj): boolean {
  if (!isEmptySelector({ matchLabels: service.spec?.selector })) return false;
  const { labels, annotations } = endpoints.metadata;
  return labels?.[skipMirror] !== "true" && annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined;
}

/** A slice for every subset and family of addresses. */
function plan(endpoints: Obj): Obj[] {
  const { name, namespace } = endpoints.metadata;
  const annotations = Object.fromEntries(
    Object.entries(endpoints.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key)),
  );
  const slices: Obj[] = [];
  for (const subset of endpoints["subsets"] ?? []) {
    const all = [
      ...(subset.addresses ?? []).map((address: Json) => endpointOf(address, true)),
      ...(subset.notReadyAddresses ?? []).map((address: Json) => endpointOf(address, false)),
    ];
    for (const addressType of ["IPv4", "IPv6"]) {
      const some = all.filter((it) => (it.addresses[0].includes(":") ? "IPv6" : "IPv4") === addressType);
      if (some.length === 0) continue;
      slices.push({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: {
          name: "",
          generateName: `${name}-`,
          namespace: namespace as string,
          labels: { ...endpoints.metadata.labels, [managedBy]: mirrorController, [serviceName]: name },
          ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
          ownerReferences: [controllerReference(endpoints)],
        },
        addressType,
        endpoints: some,
        ports: (subset.ports ?? []).map((port: Json) => ({
          ...port,
          name: port.name ?? "",
          protocol: port.protocol ?? "TCP",
        })),
      });
    }
  }
  return slices;
}

function endpointOf(address: Json, ready: boolean): Json {
  return {
    addresses: [address.ip],
    conditions: { ready },
    ...(address.hostname ? { hostname: address.hostname } : {}),
    ...(address.nodeName ? { nodeName: address.nodeName } : {}),
    ...(address.targetRef ? { targetRef: address.targetRef } : {}),
  };
}
