import { dns1123LabelProblems, dns1123SubdomainProblems, portNameProblems, regexError } from "../names.ts";
import { immutable } from "../metadata.ts";
import type { Loose } from "../strategy.ts";
import {
  cidrProblem,
  each,
  forbiddenCause,
  invalidValue,
  isCIDR,
  isIP,
  labelSelector,
  notSupported,
  oneOf,
  portNumber,
  portNumOrName,
  positiveIntOrPercent,
  notAbove100Percent,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";
import { classParameters } from "./registration.ts";

/** Ingresses, NetworkPolicies, IngressClasses, PodDisruptionBudgets. */

function backend(value: Loose, path: string, out: Out): void {
  const hasResource = value?.resource !== undefined;
  const service = value?.service;
  if (hasResource && service !== undefined) {
    out.push(invalidValue(path, "", "cannot set both resource and service backends"));
    return;
  }
  if (hasResource) {
    if (!value.resource.kind) out.push(required(`${path}.resource.kind`));
    if (!value.resource.name) out.push(required(`${path}.resource.name`));
    return;
  }
  if (service === undefined) {
    out.push(invalidValue(path, "", "resource or service backend is required"));
    return;
  }
  if (!service.name) out.push(required(`${path}.service.name`));
  else each(dns1123LabelProblems(service.name), `${path}.service.name`, service.name, out);
  const { name = "", number = 0 } = service.port ?? {};
  if (name !== "" && number !== 0) out.push(invalidValue(path, "", "cannot set both port name & port number"));
  else if (name === "" && number === 0) out.push(required(path, "port name or number is required"));
  else if (name !== "") each(portNameProblems(name), `${path}.service.port.name`, name, out);
  else portNumber(number, `${path}.service.port.number`, out);
}

const wildcard = /^\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function wildcardProblems(host: string): string[] {
  if (wildcard.test(host)) return [];
  return [
    regexError(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      "\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
      "*.example.com",
    ),
  ];
}

export function ingress(object: Loose, out: Out): void {
  const spec = object.spec ?? {};
  const rules: Loose[] = spec.rules ?? [];
  if (rules.length === 0 && spec.defaultBackend === undefined) {
    out.push(invalidValue("spec", spec.rules ?? null, "either `defaultBackend` or `rules` must be specified"));
  }
  if (spec.defaultBackend !== undefined) backend(spec.defaultBackend, "spec.defaultBackend", out);
  for (const [i, rule] of rules.entries()) {
    const at = `spec.rules[${i}]`;
    if (rule.host) {
      if (isIP(rule.host)) out.push(invalidValue(`${at}.host`, rule.host, "must be a DNS name, not an IP address"));
      each(
        rule.host.includes("*") ? wildcardProblems(rule.host) : dns1123SubdomainProblems(rule.host),
        `${at}.host`,
        rule.host,
        out,
      );
    }
    if (rule.http === undefined) continue;
    const paths: Loose[] = rule.http.paths ?? [];
    if (paths.length === 0) out.push(required(`${at}.http.paths`));
    for (const [k, one] of paths.entries()) path(one, `${at}.http.paths[${k}]`, out);
  }
  for (const [i, tls] of (spec.tls ?? []).entries()) {
    for (const [k, host] of (tls.hosts ?? []).entries()) {
      each(
        host.includes("*") ? wildcardProblems(host) : dns1123SubdomainProblems(host),
        `spec.tls[${i}].hosts[${k}]`,
        host,
        out,
      );
    }
    if (tls.secretName)
      each(dns1123SubdomainProblems(tls.secretName), `spec.tls[${i}].secretName`, tls.secretName, out);
  }
  if (spec.ingressClassName !== undefined)
    each(dns1123SubdomainProblems(spec.ingressClassName), "spec.ingressClassName", spec.ingressClassName, out);
}

function path(one: Loose, at: string, out: Out): void {
  switch (one.pathType) {
    case undefined:
    case null:
      out.push(required(`${at}.pathType`, "pathType must be specified"));
      break;
    case "Exact":
    case "Prefix": {
      const text: string = one.path ?? "";
      if (!text.startsWith("/")) out.push(invalidValue(`${at}.path`, text, "must be an absolute path"));
      if (text !== "") {
        for (const bad of ["//", "/./", "/../", "%2f", "%2F"])
          if (text.includes(bad)) out.push(invalidValue(`${at}.path`, text, `must not contain '${bad}'`));
        for (const bad of ["/..", "/."])
          if (text.endsWith(bad)) out.push(invalidValue(`${at}.path`, text, `cannot end with '${bad}'`));
      }
      break;
    }
    case "ImplementationSpecific":
      if (one.path && !one.path.startsWith("/"))
        out.push(invalidValue(`${at}.path`, one.path, "must be an absolute path"));
      break;
    default:
      out.push(notSupported(`${at}.pathType`, one.pathType, ["Exact", "ImplementationSpecific", "Prefix"]));
  }
  backend(one.backend, `${at}.backend`, out);
}

export function ingressClass({ spec = {} }: Loose, out: Out): void {
  const controller: string = spec.controller ?? "";
  if (controller === "") out.push(required("spec.controller"));
  else if (controller.length > 250)
    out.push({ type: "FieldValueTooLong", field: "spec.controller", detail: "may not be more than 250 bytes" });
  else if (!/^[^/]+\/.+$/.test(controller))
    out.push(invalidValue("spec.controller", controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  classParameters(spec.parameters, out);
}

export function ingressClassUpdate(object: Loose, old: Loose, out: Out): void {
  if (object.spec?.controller !== old.spec?.controller)
    out.push(invalidValue("spec.controller", object.spec?.controller ?? "", immutable));
  ingressClass(object, out);
}

function peer(one: Loose, at: string, out: Out): void {
  let count = 0;
  if (one.podSelector !== undefined) {
    count++;
    labelSelector(one.podSelector, `${at}.podSelector`, out);
  }
  if (one.namespaceSelector !== undefined) {
    count++;
    labelSelector(one.namespaceSelector, `${at}.namespaceSelector`, out);
  }
  if (one.ipBlock !== undefined) {
    count++;
    const { cidr = "", except = [] } = one.ipBlock;
    if (cidr === "") out.push(required(`${at}.ipBlock.cidr`));
    else if (!isCIDR(cidr)) out.push(invalidValue(`${at}.ipBlock.cidr`, cidr, cidrProblem));
    else {
      for (const [i, inner] of except.entries()) {
        const below = `${at}.ipBlock.except[${i}]`;
        if (!isCIDR(inner)) out.push(invalidValue(below, inner, cidrProblem));
        else if (!strictSubset(inner, cidr)) out.push(invalidValue(below, inner, "must be a strict subset of `cidr`"));
      }
    }
  }
  if (count === 0) out.push(required(at, "must specify a peer"));
  else if (count > 1 && one.ipBlock !== undefined)
    out.push(forbiddenCause(at, "may not specify both ipBlock and another peer"));
}

function strictSubset(inner: string, outer: string): boolean {
  if (inner.includes(":") || outer.includes(":")) return true;
  const read = (text: string): [number, number] => {
    const [address = "", bits = "0"] = text.split("/");
    return [address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0), Number(bits)];
  };
  const [a, small] = read(inner);
  const [b, big] = read(outer);
  if (small <= big) return false;
  const size = 2 ** (32 - big);
  return Math.floor(a / size) === Math.floor(b / size);
}

export function networkPolicy(object: Loose, out: Out): void {
  const spec = object.spec ?? {};
  labelSelector(spec.podSelector, "spec.podSelector", out);
  for (const [direction, field] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    for (const [i, rule] of (spec[direction] ?? []).entries()) {
      const at = `spec.${direction}[${i}]`;
      for (const [k, port] of (rule.ports ?? []).entries()) {
        const below = `${at}.ports[${k}]`;
        if (port.protocol !== undefined) oneOf(port.protocol, ["TCP", "UDP", "SCTP"], `${below}.protocol`, out);
        if (port.port !== undefined) {
          portNumOrName(port.port, `${below}.port`, out);
          if (port.endPort !== undefined) {
            if (typeof port.port === "string")
              out.push(
                invalidValue(`${below}.endPort`, port.endPort, "may not be specified when `port` is non-numeric"),
              );
            else if (port.endPort < port.port)
              out.push(invalidValue(`${below}.endPort`, port.port, "must be greater than or equal to `port`"));
            else portNumber(port.endPort, `${below}.endPort`, out);
          }
        } else if (port.endPort !== undefined) {
          out.push(invalidValue(`${below}.endPort`, port.endPort, "may not be specified when `port` is not specified"));
        }
      }
      for (const [k, one] of (rule[field] ?? []).entries()) peer(one, `${at}.${field}[${k}]`, out);
    }
  }
  const policies: string[] = spec.policyTypes ?? [];
  if (policies.length > 2) {
    out.push(invalidValue("spec.policyTypes", policies, "may not specify more than two policyTypes"));
    return;
  }
  for (const [i, one] of policies.entries()) oneOf(one, ["Ingress", "Egress"], `spec.policyTypes[${i}]`, out);
}

export function podDisruptionBudget({ spec = {} }: Loose, out: Out): void {
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    const shown = {
      MinAvailable: spec.minAvailable,
      Selector: spec.selector ?? null,
      MaxUnavailable: spec.maxUnavailable,
      UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
    };
    out.push(invalidValue("spec", shown, "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const field of ["minAvailable", "maxUnavailable"]) {
    if (spec[field] === undefined) continue;
    positiveIntOrPercent(spec[field], `spec.${field}`, out);
    notAbove100Percent(spec[field], `spec.${field}`, out);
  }
  labelSelector(spec.selector, "spec.selector", out);
  if (spec.unhealthyPodEvictionPolicy !== undefined) {
    oneOf(spec.unhealthyPodEvictionPolicy, ["AlwaysAllow", "IfHealthyBudget"], "spec.unhealthyPodEvictionPolicy", out);
  }
}
