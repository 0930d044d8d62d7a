import { immutable } from "../metadata.ts";
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import {
  cidrProblem,
  duplicate,
  each,
  forbiddenCause,
  invalidValue,
  ipProblem,
  isCIDR,
  isIP,
  labelMap,
  nonSpecialIP,
  oneOf,
  portNumber,
  portNumOrName,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";

/** Services and Endpoints. */

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

export function service(object: Loose, out: Out): void {
  const { spec } = object;
  const headless = spec.clusterIP === "None";
  const ports: Loose[] = spec.ports ?? [];
  if (ports.length === 0 && !headless && spec.type !== "ExternalName") out.push(required("spec.ports"));
  if (spec.type === "LoadBalancer" && headless) {
    out.push(invalidValue("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services"));
  }
  if (spec.type === "NodePort" && headless) {
    out.push(invalidValue("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services"));
  }
  if (spec.type === "ExternalName") {
    if (spec.clusterIP || (spec.clusterIPs ?? []).length > 0)
      out.push(forbiddenCause("spec.clusterIPs", "may not be set for ExternalName services"));
    const name = (spec.externalName ?? "").replace(/\.$/, "");
    if (name === "") out.push(required("spec.externalName"));
    else each(dns1123SubdomainProblems(name), "spec.externalName", name, out);
  }
  portList(ports, out);
  labelMap(spec.selector, "spec.selector", out);
  if (!spec.sessionAffinity) out.push(required("spec.sessionAffinity"));
  else oneOf(spec.sessionAffinity, ["ClientIP", "None"], "spec.sessionAffinity", out);
  if (spec.sessionAffinity === "ClientIP") {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds !== undefined && (seconds <= 0 || seconds > 86400)) {
      out.push(
        invalidValue(
          "spec.sessionAffinityConfig.clientIP.timeoutSeconds",
          seconds,
          "must be greater than 0 and less than 86400",
        ),
      );
    }
  }
  addresses(spec, out);
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) {
    const at = `spec.externalIPs[${i}]`;
    if (isIP(ip)) nonSpecialIP(ip, at, out);
    else out.push(invalidValue(at, ip, ipProblem));
  }
  if (!spec.type) out.push(required("spec.type"));
  else oneOf(spec.type, types, "spec.type", out);
  if (spec.type === "ClusterIP") {
    for (const [i, port] of ports.entries()) {
      if (port.nodePort)
        out.push(forbiddenCause(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
  }
  const nodePorts = new Set<string>();
  for (const [i, port] of ports.entries()) {
    if (!port.nodePort) continue;
    const key = `${port.protocol}/${port.nodePort}`;
    if (nodePorts.has(key)) out.push(duplicate(`spec.ports[${i}].nodePort`, port.nodePort));
    nodePorts.add(key);
  }
  const seen: Loose[] = [];
  for (const [i, port] of ports.entries()) {
    if (seen.some((one) => one.port === port.port && one.protocol === port.protocol)) {
      const shown = {
        Name: "",
        Protocol: port.protocol,
        AppProtocol: null,
        Port: port.port,
        TargetPort: 0,
        NodePort: 0,
      };
      out.push(duplicate(`spec.ports[${i}]`, shown));
    }
    seen.push(port);
  }
  const rangesGiven: string[] = spec.loadBalancerSourceRanges ?? [];
  if (rangesGiven.length > 0) {
    if (spec.type !== "LoadBalancer")
      out.push(forbiddenCause("spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'"));
    for (const [i, range] of rangesGiven.entries()) {
      if (!isCIDR(range.trim())) out.push(invalidValue(`spec.LoadBalancerSourceRanges[${i}]`, range, cidrProblem));
    }
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== "LoadBalancer") {
    out.push(forbiddenCause("spec.allocateLoadBalancerNodePorts", "may only be used when `type` is 'LoadBalancer'"));
  }
  if (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts === undefined) {
    out.push(required("spec.allocateLoadBalancerNodePorts"));
  }
  if (spec.loadBalancerClass !== undefined) {
    if (spec.type !== "LoadBalancer")
      out.push(forbiddenCause("spec.loadBalancerClass", "may only be used when `type` is 'LoadBalancer'"));
    else each(qualifiedNameProblems(spec.loadBalancerClass), "spec.loadBalancerClass", spec.loadBalancerClass, out);
  }
  trafficPolicies(spec, out);
}

function portList(ports: Loose[], out: Out): void {
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = `spec.ports[${i}]`;
    if (ports.length > 1 && !port.name) out.push(required(`${at}.name`));
    else if (port.name) {
      each(dns1123LabelProblems(port.name), `${at}.name`, port.name, out);
      if (names.has(port.name)) out.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    portNumber(port.port, `${at}.port`, out);
    if (!port.protocol) out.push(required(`${at}.protocol`));
    else oneOf(port.protocol, ["SCTP", "TCP", "UDP"], `${at}.protocol`, out);
    portNumOrName(port.targetPort, `${at}.targetPort`, out);
    if (port.appProtocol !== undefined)
      each(qualifiedNameProblems(port.appProtocol), `${at}.appProtocol`, port.appProtocol, out);
  }
}

function addresses(spec: Loose, out: Out): void {
  if (spec.type === "ExternalName") return;
  const ips: string[] = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  for (const [i, ip] of ips.entries()) {
    if (i === 0 && ip === "None") continue;
    if (!isIP(ip)) out.push(invalidValue(`spec.clusterIPs[${i}]`, ip, ipProblem));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries())
    oneOf(family, ["IPv4", "IPv6"], `spec.ipFamilies[${i}]`, out);
  if (spec.ipFamilyPolicy !== undefined)
    oneOf(spec.ipFamilyPolicy, ["PreferDualStack", "RequireDualStack", "SingleStack"], "spec.ipFamilyPolicy", out);
}

function trafficPolicies(spec: Loose, out: Out): void {
  const external =
    spec.type === "LoadBalancer" ||
    spec.type === "NodePort" ||
    (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);
  const policy = spec.externalTrafficPolicy;
  if (external) {
    if (policy) oneOf(policy, ["Cluster", "Local"], "spec.externalTrafficPolicy", out);
  } else if (policy)
    out.push(invalidValue("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services"));
  if (spec.healthCheckNodePort && !(spec.type === "LoadBalancer" && policy === "Local")) {
    out.push(
      invalidValue(
        "spec.healthCheckNodePort",
        spec.healthCheckNodePort,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  }
  if (spec.internalTrafficPolicy !== undefined)
    oneOf(spec.internalTrafficPolicy, ["Cluster", "Local"], "spec.internalTrafficPolicy", out);
}

/** Only load balancers have addresses in their status. */
export function serviceStatus({ spec, status = {} }: Loose, _old: Loose, out: Out): void {
  const ingress: Loose[] = status.loadBalancer?.ingress ?? [];
  if (spec.type !== "LoadBalancer" && ingress.length > 0) {
    const why = "may only be used when `spec.type` is 'LoadBalancer'";
    out.push(forbiddenCause("status.loadBalancer.ingress", why));
    return;
  }
  for (const [i, one] of ingress.entries()) {
    if (one.ip && !isIP(one.ip)) out.push(invalidValue(`status.loadBalancer.ingress[${i}].ip`, one.ip, ipProblem));
  }
}

export function serviceUpdate(object: Loose, old: Loose, out: Out): void {
  const before = old.spec;
  const { spec } = object;
  if (before.type !== "ExternalName" && spec.type !== "ExternalName") {
    const was: string[] = before.clusterIPs ?? [];
    const is: string[] = spec.clusterIPs ?? [];
    if (was.length > 0 && is[0] !== was[0]) {
      if (is.length === 0)
        out.push(invalidValue("spec.clusterIPs", spec.clusterIPs, "primary clusterIP can not be unset"));
      else out.push(invalidValue("spec.clusterIPs[0]", is, "may not change once set"));
    }
  }
  const balanced = before.type === "LoadBalancer" && spec.type === "LoadBalancer";
  if (balanced && before.loadBalancerClass !== spec.loadBalancerClass)
    out.push(invalidValue("spec.loadBalancerClass", spec.loadBalancerClass ?? null, "may not change once set"));
  service(object, out);
}

/** A subset's addresses and ports. */
export function endpoints(object: Loose, out: Out): void {
  for (const [i, subset] of (object.subsets ?? []).entries()) {
    const at = `subsets[${i}]`;
    if ((subset.addresses ?? []).length === 0 && (subset.notReadyAddresses ?? []).length === 0) {
      out.push(required(at, "must specify `addresses` or `notReadyAddresses`"));
    }
    for (const kind of ["addresses", "notReadyAddresses"]) {
      for (const [k, one] of (subset[kind] ?? []).entries()) {
        const path = `${at}.${kind}[${k}]`;
        if (!isIP(one.ip ?? "")) {
          out.push(invalidValue(`${path}.ip`, one.ip ?? "", ipProblem));
        }
        if (one.hostname) each(dns1123LabelProblems(one.hostname), `${path}.hostname`, one.hostname, out);
        if (one.nodeName !== undefined)
          each(dns1123SubdomainProblems(one.nodeName), `${path}.nodeName`, one.nodeName, out);
        if (isIP(one.ip ?? "")) nonSpecialIP(one.ip, `${path}.ip`, out);
        else out.push(invalidValue(`${path}.ip`, one.ip ?? "", "must be a valid IP address"));
      }
    }
    const ports: Loose[] = subset.ports ?? [];
    for (const [k, port] of ports.entries()) {
      const path = `${at}.ports[${k}]`;
      if (ports.length > 1 && !port.name) out.push(required(`${path}.name`));
      else if (port.name) each(dns1123LabelProblems(port.name), `${path}.name`, port.name, out);
      portNumber(port.port, `${path}.port`, out);
      if (!port.protocol) out.push(required(`${path}.protocol`));
      else oneOf(port.protocol, ["SCTP", "TCP", "UDP"], `${path}.protocol`, out);
      if (port.appProtocol !== undefined)
        each(qualifiedNameProblems(port.appProtocol), `${path}.appProtocol`, port.appProtocol, out);
    }
  }
}

export function endpointSlice(object: Loose, out: Out): void {
  const supported = ["FQDN", "IPv4", "IPv6"];
  const type = object.addressType;
  if (!type) out.push(required("addressType"));
  else oneOf(type, supported, "addressType", out);
  for (const [i, endpoint] of (object.endpoints ?? []).entries()) {
    const at = `endpoints[${i}].addresses`;
    const list: string[] = endpoint.addresses ?? [];
    if (list.length === 0) out.push(required(at, "must contain at least 1 address"));
    for (const [k, address] of list.entries()) {
      if (type === "FQDN" || !supported.includes(type ?? "")) continue;
      if (!isIP(address)) {
        out.push(invalidValue(`${at}[${k}]`, address, ipProblem));
        continue;
      }
      const six = address.includes(":");
      if (type === "IPv4" && six) out.push(invalidValue(at, address, "must be an IPv4 address"));
      if (type === "IPv6" && !six) out.push(invalidValue(at, address, "must be an IPv6 address"));
      nonSpecialIP(address, `${at}[${k}]`, out);
    }
    if (endpoint.nodeName !== undefined)
      each(dns1123SubdomainProblems(endpoint.nodeName), `endpoints[${i}].nodeName`, endpoint.nodeName, out);
  }
  const names = new Set<string>();
  for (const [i, port] of (object.ports ?? []).entries()) {
    const at = `ports[${i}]`;
    if (port.name) each(dns1123LabelProblems(port.name), `${at}.name`, port.name, out);
    if (names.has(port.name ?? "")) out.push(duplicate(`${at}.name`, port.name ?? ""));
    names.add(port.name ?? "");
    oneOf(port.protocol, ["SCTP", "TCP", "UDP"], `${at}.protocol`, out);
    if (port.appProtocol !== undefined)
      each(qualifiedNameProblems(port.appProtocol), `${at}.appProtocol`, port.appProtocol, out);
  }
}

export function endpointSliceUpdate(object: Loose, old: Loose, out: Out): void {
  endpointSlice(object, out);
  if (object.addressType !== old.addressType) out.push(invalidValue("addressType", object.addressType, immutable));
}
