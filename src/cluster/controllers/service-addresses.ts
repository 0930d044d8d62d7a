/**
 * Cluster IPs and node ports of Services, for the API's create and update paths: what upstream's service registry does after
 * defaulting and before storing. One IPv4 range, so services are single-stack.
 */
import { randomBelow, type Random } from "../../base/index.ts";
import { internalError, invalid, type Cause } from "../status.ts";
import { copy, equal, type Json, type Obj } from "./object.ts";
import { kinds, type ControllerApi } from "./port.ts";

const serviceRange = "10.96.0.0/16";
const rangeBase = 0x0a600000;
const rangeSize = 65536;
/** Addresses below this are for those who ask for one (KEP-3070): min(max(16, size/16), 256). */
const staticBand = 256;
const firstPort = 30000;
const lastPort = 32767;

type Ports = Pick<ControllerApi, "list"> & { readonly random: Random };

/**
 * Fills in what a Service has not asked for by name: clusterIP(s), families, node ports, the health check's port. On update
 * what was allocated stays, unless the new type has no use for it. Throws kube.invalid in upstream's words for an address
 * or port that is taken or out of range.
 *
 * @param service the new state, defaulted
 * @param old what is stored, on update
 */
export function allocateService(api: Ports, service: Obj, old?: Obj): Obj {
  const next = copy(service);
  next.spec ??= {};
  if (old !== undefined) {
    keepAllocated(next, old);
    dropUnused(next, old);
  }
  normalizeAddresses(next, old);
  if (next.spec.type === "ExternalName") return next;
  setFamilies(next);
  const others = api
    .list(kinds.services)
    .filter((it) => it.metadata.name !== next.metadata.name || it.metadata.namespace !== next.metadata.namespace);
  allocateAddress(api.random, next, others, old);
  allocatePorts(api.random, next, others);
  return next;
}

const hasAddress = (service: Obj) => service.spec.type !== "ExternalName";

const usesPorts = (service: Obj) =>
  service.spec.type === "NodePort" ||
  (service.spec.type === "LoadBalancer" && service.spec.allocateLoadBalancerNodePorts !== false);

const usesHealthPort = (service: Obj) =>
  service.spec.type === "LoadBalancer" && service.spec.externalTrafficPolicy === "Local";

/** patchAllocatedValues: a client that sends no addresses and ports keeps those it has. */
export function keepAllocated(next: Obj, old: Obj): void {
  if (hasAddress(old) && hasAddress(next)) {
    next.spec.clusterIP ||= old.spec.clusterIP;
    if (!(next.spec.clusterIPs?.length > 0) && old.spec.clusterIPs !== undefined)
      next.spec.clusterIPs = old.spec.clusterIPs;
    next.spec.ipFamilies ??= old.spec.ipFamilies;
    next.spec.ipFamilyPolicy ??= old.spec.ipFamilyPolicy;
  }
  const typed = (service: Obj) => service.spec.type === "NodePort" || service.spec.type === "LoadBalancer";
  if (typed(old) && typed(next)) {
    const portsOf = (service: Obj): number[] =>
      (service.spec.ports ?? []).map((port: Json) => port.nodePort ?? 0).filter((port: number) => port !== 0);
    const used = new Set(portsOf(old).filter((port) => portsOf(next).includes(port)));
    const byName = new Map<string, number>(
      (old.spec.ports ?? []).map((port: Json) => [port.name ?? "", port.nodePort ?? 0]),
    );
    for (const port of next.spec.ports ?? []) {
      const before = byName.get(port.name ?? "") ?? 0;
      if (!port.nodePort && before !== 0 && !used.has(before)) port.nodePort = before;
    }
  }
  if (usesHealthPort(old) && usesHealthPort(next) && old.spec.healthCheckNodePort) {
    next.spec.healthCheckNodePort ||= old.spec.healthCheckNodePort;
  }
}

/**
 * dropTypeDependentFields: what the new type does not have goes, when the client has not changed it. Done before validation,
 * which would refuse it.
 */
export function dropUnused(next: Obj, old: Obj): void {
  if (hasAddress(old) && !hasAddress(next)) {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) {
      if (equal(next.spec[field], old.spec[field])) delete next.spec[field];
    }
  }
  const numbers = (service: Obj) => (service.spec.ports ?? []).map((port: Json) => port.nodePort ?? 0);
  if (usesPorts(old) && !usesPorts(next) && equal(numbers(old), numbers(next))) {
    for (const port of next.spec.ports ?? []) delete port.nodePort;
  }
  if (usesHealthPort(old) && !usesHealthPort(next)) delete next.spec.healthCheckNodePort;
  if (old.spec.type === "LoadBalancer" && next.spec.type !== "LoadBalancer") {
    if (next.spec.allocateLoadBalancerNodePorts === old.spec.allocateLoadBalancerNodePorts) {
      delete next.spec.allocateLoadBalancerNodePorts;
    }
    if (next.spec.loadBalancerClass === old.spec.loadBalancerClass) delete next.spec.loadBalancerClass;
  }
  const outside = (service: Obj) => service.spec.type === "NodePort" || service.spec.type === "LoadBalancer";
  if (outside(old) && !outside(next) && next.spec.externalTrafficPolicy === old.spec.externalTrafficPolicy) {
    delete next.spec.externalTrafficPolicy;
  }
  if (next.spec.type !== "LoadBalancer" && next.status?.loadBalancer)
    next.status = { ...next.status, loadBalancer: {} };
}

/** NormalizeClusterIPs: clusterIP and clusterIPs[0] are one thing; the one that was changed wins. Done before validation. */
export function normalizeAddresses(next: Obj, old: Obj | undefined): void {
  const { spec } = next;
  if (old === undefined) {
    if (spec.clusterIP && !(spec.clusterIPs?.length > 0)) spec.clusterIPs = [spec.clusterIP];
    else if (!spec.clusterIP && spec.clusterIPs?.length > 0) spec.clusterIP = spec.clusterIPs[0];
    return;
  }
  if ((spec.clusterIP ?? "") === (old.spec.clusterIP ?? "")) return;
  if (spec.clusterIP && equal(spec.clusterIPs, old.spec.clusterIPs)) spec.clusterIPs = [spec.clusterIP];
}

function setFamilies(next: Obj): void {
  const { spec } = next;
  const headless = spec.clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= headless ? "RequireDualStack" : "SingleStack";
  if (headless) {
    spec.ipFamilies ??= ["IPv4"];
    if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== "SingleStack") {
      spec.ipFamilies = [...spec.ipFamilies, spec.ipFamilies[0] === "IPv4" ? "IPv6" : "IPv4"];
    }
    return;
  }
  const causes: Cause[] = [];
  const bad = (field: string, value: string, detail: string) =>
    causes.push({ type: "FieldValueInvalid", field, value: JSON.stringify(value), detail });
  if (spec.ipFamilyPolicy === "RequireDualStack") {
    bad("spec.ipFamilyPolicy", spec.ipFamilyPolicy, "this cluster is not configured for dual-stack services");
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (family !== "IPv4") bad(`spec.ipFamilies[${i}]`, family, "not configured on this cluster");
  }
  refuse(next, causes);
  if (!(spec.ipFamilies?.length > 0)) spec.ipFamilies = ["IPv4"];
}

function refuse(service: Obj, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalid({ group: "", kind: "Service" }, service.metadata.name, causes);
}

function addressOf(number: number): string {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255].join(".");
}

function numberOf(address: string): number | undefined {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

function allocateAddress(random: Random, next: Obj, others: readonly Obj[], old: Obj | undefined): void {
  const { spec } = next;
  if (spec.clusterIP === "None") return;
  const taken = new Set<string>();
  for (const other of others) for (const address of other.spec?.clusterIPs ?? []) taken.add(address);
  if (spec.clusterIP) {
    if (spec.clusterIP === old?.spec?.clusterIP) return;
    const number = numberOf(spec.clusterIP);
    const offset = number === undefined ? -1 : number - rangeBase;
    let problem: string | undefined;
    if (offset <= 0 || offset >= rangeSize - 1) {
      problem = `the provided IP (${spec.clusterIP}) is not in the valid range. The range of valid IPs is ${serviceRange}`;
    } else if (taken.has(spec.clusterIP)) {
      problem = "provided IP is already allocated";
    }
    if (problem === undefined) return;
    const detail = `failed to allocate IP ${spec.clusterIP}: ${problem}`;
    const value = JSON.stringify(spec.clusterIPs);
    refuse(next, [{ type: "FieldValueInvalid", field: "spec.clusterIPs", value, detail }]);
  }
  const address = freeAddress(random, taken);
  spec.clusterIP = address;
  spec.clusterIPs = [address];
}

/** A random free address above the band that is kept for requests by name, and only then one inside it. */
function freeAddress(random: Random, taken: ReadonlySet<string>): string {
  for (let tries = 0; tries < 64; tries++) {
    const address = addressOf(rangeBase + staticBand + 1 + randomBelow(random, rangeSize - staticBand - 2));
    if (!taken.has(address)) return address;
  }
  for (let offset = rangeSize - 2; offset > 0; offset--) {
    const address = addressOf(rangeBase + offset);
    if (!taken.has(address)) return address;
  }
  throw internalError("failed to allocate a serviceIP: range is full");
}

function allocatePorts(random: Random, next: Obj, others: readonly Obj[]): void {
  const { spec } = next;
  if (spec.type !== "NodePort" && spec.type !== "LoadBalancer") return;
  const taken = new Set<number>();
  for (const other of others) {
    for (const port of other.spec?.ports ?? []) if (port.nodePort) taken.add(port.nodePort);
    if (other.spec?.healthCheckNodePort) taken.add(other.spec.healthCheckNodePort);
  }
  // TCP and UDP of the same service may share a number.
  const own = new Map<number, Set<string>>();
  const claim = (port: number, protocol: string): boolean => {
    const protocols = own.get(port) ?? new Set();
    if (protocols.has(protocol)) return false;
    own.set(port, protocols.add(protocol));
    return true;
  };
  for (const [i, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort) continue;
    const problem = portProblem(port.nodePort, taken);
    if (problem !== undefined) {
      const field = `spec.ports[${i}].nodePort`;
      refuse(next, [{ type: "FieldValueInvalid", field, value: String(port.nodePort), detail: problem }]);
    }
    claim(port.nodePort, port.protocol ?? "TCP");
  }
  const free = () => {
    for (let tries = 0; tries < 64; tries++) {
      const port = firstPort + randomBelow(random, lastPort - firstPort + 1);
      if (!taken.has(port) && !own.has(port)) return port;
    }
    for (let port = firstPort; port <= lastPort; port++) if (!taken.has(port) && !own.has(port)) return port;
    throw internalError("failed to allocate a nodePort: range is full");
  };
  if (usesPorts(next)) {
    for (const port of spec.ports ?? []) {
      if (port.nodePort) continue;
      // Upstream gives a second protocol on the same port number the node port of the first.
      const twin = spec.ports.find((it: Json) => it !== port && it.port === port.port && it.nodePort);
      const protocol = port.protocol ?? "TCP";
      port.nodePort = twin !== undefined && !own.get(twin.nodePort)?.has(protocol) ? twin.nodePort : free();
      claim(port.nodePort, protocol);
    }
  }
  if (usesHealthPort(next) && !spec.healthCheckNodePort) spec.healthCheckNodePort = free();
}

function portProblem(port: number, taken: ReadonlySet<number>): string | undefined {
  if (port < firstPort || port > lastPort) {
    return `provided port is not in the valid range. The range of valid ports is ${firstPort}-${lastPort}`;
  }
  return taken.has(port) ? "provided port is already allocated" : undefined;
}
