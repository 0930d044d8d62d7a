import {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  pathSegmentProblems,
  portProblems,
} from "../names.ts";
import { immutable } from "../metadata.ts";
import { sameJson } from "../objects.ts";
import type { Loose } from "../strategy.ts";
import { cidrProblem, each, invalidValue, isCIDR, required } from "./common.ts";
import type { Out } from "./common.ts";
import { goValue } from "./go-value.ts";

/** APIServices, and the addresses of Services: IPAddresses and ServiceCIDRs. */

export function apiService({ metadata, spec = {} }: Loose, out: Out): void {
  const { group = "", version = "", groupPriorityMinimum = 0, versionPriority = 0, service } = spec;
  const wanted = `${version}.${group}`;
  const name: string = metadata.name ?? "";
  if (name !== "" && name !== wanted && pathSegmentProblems(name).length === 0) {
    const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`;
    // upstream looks at it together with the name's form, before labels
    out.unshift(invalidValue("metadata.name", name, why));
  }
  if (group === "" && version !== "v1")
    out.push(required("spec.group", "only v1 may have an empty group and it better be legacy kube"));
  if (group !== "") each(dns1123SubdomainProblems(group), "spec.group", group, out);
  each(dns1035LabelProblems(version), "spec.version", version, out);
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20000) {
    const why = "must be positive and less than 20000";
    out.push(invalidValue("spec.groupPriorityMinimum", groupPriorityMinimum, why));
  }
  if (versionPriority <= 0 || versionPriority > 1000)
    out.push(invalidValue("spec.versionPriority", versionPriority, "must be positive and less than 1000"));
  const bundle: string = spec.caBundle ?? "";
  if (service === undefined) {
    if (bundle !== "") {
      const size = `${Buffer.from(bundle, "base64").length} bytes`;
      out.push(invalidValue("spec.caBundle", size, "local APIServices may not have a caBundle"));
    }
    if (spec.insecureSkipTLSVerify === true) {
      const why = "local APIServices may not have insecureSkipTLSVerify";
      out.push(invalidValue("spec.insecureSkipTLSVerify", true, why));
    }
    return;
  }
  if (!service.namespace) out.push(required("spec.service.namespace"));
  if (!service.name) out.push(required("spec.service.name"));
  const port = service.port ?? 0;
  const problems = portProblems(port);
  if (problems.length > 0)
    out.push(invalidValue("spec.service.port", port, `port is not valid: ${problems.join(", ")}`));
  if (spec.insecureSkipTLSVerify === true && bundle !== "")
    out.push(invalidValue("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present"));
}

function segment(value: string, at: string, out: Out): void {
  if (value === "") out.push(required(at));
  else each(pathSegmentProblems(value), at, value, out);
}

export function ipAddress({ spec = {} }: Loose, out: Out): void {
  const at = "spec.parentRef";
  const { parentRef } = spec;
  if (parentRef === undefined) {
    out.push(required(at));
    return;
  }
  if (parentRef.group) each(dns1123SubdomainProblems(parentRef.group), `${at}.group`, parentRef.group, out);
  segment(parentRef.resource ?? "", `${at}.resource`, out);
  segment(parentRef.name ?? "", `${at}.name`, out);
  if (parentRef.namespace) each(pathSegmentProblems(parentRef.namespace), `${at}.namespace`, parentRef.namespace, out);
}

export function ipAddressUpdate(object: Loose, old: Loose, out: Out): void {
  ipAddress(object, out);
  if (!sameJson(object.spec?.parentRef ?? null, old.spec?.parentRef ?? null)) {
    const shown =
      object.spec?.parentRef === undefined
        ? null
        : goValue("io.k8s.api.networking.v1.ParentReference", object.spec.parentRef);
    out.push(invalidValue("spec.parentRef", shown, immutable));
  }
}

const family = (cidr: string): string => (isCIDR(cidr) ? (cidr.includes(":") ? "6" : "4") : "");

export function serviceCidr({ spec = {} }: Loose, out: Out): void {
  const at = "spec.cidrs";
  const cidrs: string[] = spec.cidrs ?? [];
  if (cidrs.length === 0) out.push(required(at, "at least one CIDR required"));
  if (cidrs.length > 2) out.push(invalidValue(at, { CIDRs: cidrs }, "may only hold up to 2 values"));
  for (const [i, cidr] of cidrs.entries()) if (!isCIDR(cidr)) out.push(invalidValue(`${at}[${i}]`, cidr, cidrProblem));
  const [a = "", b = ""] = cidrs;
  if (cidrs.length === 2 && family(a) === family(b) && family(a) !== "") {
    const why = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    out.push(invalidValue(at, cidrs, why));
  }
}

export function serviceCidrUpdate(object: Loose, old: Loose, out: Out): void {
  const at = "spec.cidrs";
  const cidrs: string[] = object.spec?.cidrs ?? [];
  const before: string[] = old.spec?.cidrs ?? [];
  if (cidrs.length === before.length) {
    for (const [i, cidr] of cidrs.entries())
      if (cidr !== before[i]) out.push(invalidValue(`${at}[${i}]`, cidr, immutable));
  } else if (before.length === 1 && cidrs.length === 2) {
    if (cidrs[0] !== before[0]) out.push(invalidValue(`${at}[0]`, cidrs[0], immutable));
    serviceCidr(object, out);
  } else out.push(invalidValue(at, cidrs.length === 0 ? null : cidrs, immutable));
}

/** The parameters that an IngressClass points to. */
export function classParameters(given: Loose, out: Out): void {
  if (given === undefined) return;
  const at = "spec.parameters";
  if (given.apiGroup !== undefined)
    each(dns1123SubdomainProblems(given.apiGroup), `${at}.apiGroup`, given.apiGroup, out);
  segment(given.kind ?? "", `${at}.kind`, out);
  segment(given.name ?? "", `${at}.name`, out);
  const scope: string | undefined = given.scope;
  const path = `${at}.namespace`;
  if (scope === undefined) out.push(required(`${at}.scope`));
  else if (scope !== "Cluster" && scope !== "Namespace") {
    const supported = 'supported values: "Cluster", "Namespace"';
    out.push({ type: "FieldValueNotSupported", field: `${at}.scope`, value: JSON.stringify(scope), detail: supported });
  } else if (scope === "Namespace") {
    if (given.namespace === undefined) out.push(required(path, "`parameters.scope` is set to 'Namespace'"));
    else each(dns1123LabelProblems(given.namespace), path, given.namespace, out);
  } else if (given.namespace !== undefined) {
    out.push({ type: "FieldValueForbidden", field: path, detail: "`parameters.scope` is set to 'Cluster'" });
  }
}
