import { ifThere, type Machinery } from "./machinery.ts";
import { equal, keyOf, withStatus, type Json, type Obj } from "./object.ts";
import { kinds } from "./port.ts";

/** Addresses for services of type LoadBalancer, from a range that is nobody's: 198.18.0.0/15 is kept for tests of networks. */
function address(serial: number): string {
  return `198.18.${(serial >> 8) & 255}.${serial & 255}`;
}

/** Gives every Service of type LoadBalancer an address, and every Ingress the status of a load balancer. Nothing answers there. */
export function startLoadBalancers(machinery: Machinery): void {
  const { api, recorder } = machinery;
  const services = machinery.informer(kinds.services);
  const ingresses = machinery.informer(kinds.ingresses);
  const component = "service-controller";

  const free = (): string => {
    const taken = new Set<string>();
    for (const service of services.list()) {
      for (const entry of service.status?.loadBalancer?.ingress ?? []) taken.add(entry.ip);
    }
    for (let serial = 1; serial < 65535; serial++) if (!taken.has(address(serial))) return address(serial);
    throw new Error("no load balancer address is free");
  };

  const balance = machinery.queue(component, (key) => {
    const service = services.get(key);
    if (service === undefined) return;
    const wants = service.spec?.type === "LoadBalancer" && !service.spec.loadBalancerClass;
    const has: Json[] = service.status?.loadBalancer?.ingress ?? [];
    if (wants === has.length > 0) return;
    if (!wants) {
      if (service.spec?.type === "LoadBalancer") return;
      ifThere(() => api.updateStatus(kinds.services, withStatus(service, { ...service.status, loadBalancer: {} })));
      return;
    }
    const asked: string | undefined = service.spec.loadBalancerIP;
    recorder.normal(component, service, "EnsuringLoadBalancer", "Ensuring load balancer");
    const ingress = [{ ip: asked || free(), ipMode: "VIP" }];
    ifThere(() =>
      api.updateStatus(kinds.services, withStatus(service, { ...service.status, loadBalancer: { ingress } })),
    );
    recorder.normal(component, service, "EnsuredLoadBalancer", "Ensured load balancer");
  });
  services.on(({ object, type }) => {
    if (type !== "DELETED") balance.add(keyOf(object));
  });

  const admit = machinery.queue("ingress-controller", (key) => {
    const ingress = ingresses.get(key);
    if (ingress === undefined || ingress.metadata.deletionTimestamp !== undefined) return;
    const status = { loadBalancer: { ingress: [{ ip: "198.19.0.1" }] } };
    if (equal(status, ingress.status ?? {})) return;
    const fresh = ingress.status?.loadBalancer?.ingress === undefined;
    ifThere(() => api.updateStatus(kinds.ingresses, withStatus(ingress, status)));
    if (fresh) recorder.normal("ingress-controller", ingress, "Sync", "Scheduled for sync");
  });
  ingresses.on(({ object, type }: { object: Obj; type: string }) => {
    if (type !== "DELETED") admit.add(keyOf(object));
  });
}
