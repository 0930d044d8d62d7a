import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  qualifiedNameProblems,
  regexError,
} from "../names.ts";
import type { Loose } from "../strategy.ts";
import {
  duplicate,
  each,
  forbiddenCause,
  invalidValue,
  ipProblem,
  isIP,
  labelMap,
  labelSelector,
  notSupported,
  oneOf,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";
import { containers, initContainers } from "./containers.ts";
import { podSecurityContext } from "./security.ts";
import { volumes } from "./volumes.ts";

/** A pod's spec, in a Pod or a template. */
export function podSpec(spec: Loose, path: string, out: Out): void {
  const known = volumes(spec.volumes, `${path}.volumes`, out);
  const facts = { spec, volumes: known, grace: spec.terminationGracePeriodSeconds ?? 30 };
  containers(spec.containers, `${path}.containers`, facts, out);
  initContainers(spec.initContainers, spec.containers ?? [], `${path}.initContainers`, facts, out);
  if (spec.restartPolicy) oneOf(spec.restartPolicy, ["Always", "OnFailure", "Never"], `${path}.restartPolicy`, out);
  else out.push(required(`${path}.restartPolicy`));
  if (spec.dnsPolicy)
    oneOf(spec.dnsPolicy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"], `${path}.dnsPolicy`, out);
  else out.push(required(`${path}.dnsPolicy`));
  labelMap(spec.nodeSelector, `${path}.nodeSelector`, out);
  podSecurityContext(spec, `${path}.securityContext`, out);
  if (spec.hostUsers === false) {
    for (const field of ["hostNetwork", "hostPID", "hostIPC"]) {
      if (spec[field] === true) out.push(forbiddenCause(`${path}.${field}`, "when `hostUsers` is false"));
    }
  }
  affinity(spec.affinity, `${path}.affinity`, out);
  dnsConfig(spec, `${path}.dnsConfig`, out);
  for (const [i, gate] of (spec.readinessGates ?? []).entries()) {
    each(
      qualifiedNameProblems(gate.conditionType ?? ""),
      `${path}.readinessGates[${i}].conditionType`,
      gate.conditionType ?? "",
      out,
    );
  }
  const gates = new Set<string>();
  for (const [i, gate] of (spec.schedulingGates ?? []).entries()) {
    each(qualifiedNameProblems(gate.name ?? ""), `${path}.schedulingGates[${i}]`, gate.name ?? "", out);
    if (gates.has(gate.name)) out.push(duplicate(`${path}.schedulingGates[${i}]`, gate.name));
    gates.add(gate.name);
  }
  topologySpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`, out);
  if (spec.serviceAccountName)
    each(dns1123SubdomainProblems(spec.serviceAccountName), `${path}.serviceAccountName`, spec.serviceAccountName, out);
  if (spec.nodeName) each(dns1123SubdomainProblems(spec.nodeName), `${path}.nodeName`, spec.nodeName, out);
  if (
    spec.activeDeadlineSeconds !== undefined &&
    (spec.activeDeadlineSeconds < 1 || spec.activeDeadlineSeconds > 2147483647)
  ) {
    out.push(
      invalidValue(
        `${path}.activeDeadlineSeconds`,
        spec.activeDeadlineSeconds,
        "must be between 1 and 2147483647, inclusive",
      ),
    );
  }
  if (spec.hostname) each(dns1123LabelProblems(spec.hostname), `${path}.hostname`, spec.hostname, out);
  if (spec.subdomain) each(dns1123LabelProblems(spec.subdomain), `${path}.subdomain`, spec.subdomain, out);
  tolerations(spec.tolerations ?? [], `${path}.tolerations`, out);
  for (const [i, alias] of (spec.hostAliases ?? []).entries()) {
    if (!isIP(alias.ip ?? "")) out.push(invalidValue(`${path}.hostAliases[${i}].ip`, alias.ip ?? "", ipProblem));
    for (const [k, name] of (alias.hostnames ?? []).entries()) {
      each(dns1123SubdomainProblems(name), `${path}.hostAliases[${i}].hostnames[${k}]`, name, out);
    }
  }
  if (spec.priorityClassName)
    each(dns1123SubdomainProblems(spec.priorityClassName), `${path}.priorityClassName`, spec.priorityClassName, out);
  if (spec.runtimeClassName !== undefined)
    each(dns1123SubdomainProblems(spec.runtimeClassName), `${path}.runtimeClassName`, spec.runtimeClassName, out);
  if (spec.preemptionPolicy !== undefined)
    oneOf(spec.preemptionPolicy, ["PreemptLowerPriority", "Never"], `${path}.preemptionPolicy`, out);
  if (spec.os !== undefined) {
    if (!spec.os.name) out.push(required(`${path}.os.name`, "cannot be empty"));
    else if (!["linux", "windows"].includes(spec.os.name))
      out.push(notSupported(`${path}.os`, spec.os.name, ["linux", "windows"]));
  }
}

export function nodeSelectorTerm(term: Loose, path: string, out: Out): void {
  for (const [i, one] of (term.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    const count = (one.values ?? []).length;
    switch (one.operator) {
      case "In":
      case "NotIn":
        if (count === 0) out.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
        break;
      case "Exists":
      case "DoesNotExist":
        if (count > 0)
          out.push(
            forbiddenCause(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
          );
        break;
      case "Gt":
      case "Lt":
        if (count !== 1)
          out.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
        break;
      default:
        out.push(invalidValue(`${at}.operator`, one.operator ?? "", "not a valid selector operator"));
    }
    each(qualifiedNameProblems(one.key ?? ""), `${at}.key`, one.key ?? "", out);
    for (const [k, value] of (one.values ?? []).entries()) {
      if (one.operator === "In" || one.operator === "NotIn")
        each(labelValueProblems(value), `${at}.values[${k}]`, value, out);
    }
  }
}

function affinity(value: Loose, path: string, out: Out): void {
  if (value === undefined) return;
  const node = value.nodeAffinity;
  if (node !== undefined) {
    const needed = node.requiredDuringSchedulingIgnoredDuringExecution;
    if (needed !== undefined) {
      const at = `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
      if ((needed.nodeSelectorTerms ?? []).length === 0)
        out.push(required(at, "must have at least one node selector term"));
      for (const [i, term] of (needed.nodeSelectorTerms ?? []).entries()) nodeSelectorTerm(term, `${at}[${i}]`, out);
    }
    for (const [i, one] of (node.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const at = `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      weight(one, at, out);
      nodeSelectorTerm(one.preference ?? {}, `${at}.preference`, out);
    }
  }
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    const pods = value[kind];
    if (pods === undefined) continue;
    for (const [i, term] of (pods.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      podTerm(term, `${path}.${kind}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`, out);
    }
    for (const [i, one] of (pods.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const at = `${path}.${kind}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      weight(one, at, out);
      podTerm(one.podAffinityTerm ?? {}, `${at}.podAffinityTerm`, out);
    }
  }
}

function weight(one: Loose, path: string, out: Out): void {
  if (!(one.weight >= 1 && one.weight <= 100))
    out.push(invalidValue(`${path}.weight`, one.weight ?? 0, "must be in the range 1-100"));
}

function podTerm(term: Loose, path: string, out: Out): void {
  labelSelector(term.labelSelector, `${path}.labelSelector`, out);
  labelSelector(term.namespaceSelector, `${path}.namespaceSelector`, out);
  for (const name of term.namespaces ?? []) each(dns1123LabelProblems(name), `${path}.namespace`, name, out);
  if (!term.topologyKey) out.push(required(`${path}.topologyKey`, "can not be empty"));
  each(qualifiedNameProblems(term.topologyKey ?? ""), `${path}.topologyKey`, term.topologyKey ?? "", out);
}

const search = /^_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/;

function dnsConfig(spec: Loose, path: string, out: Out): void {
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === "None" && (config === undefined || (config.nameservers ?? []).length === 0)) {
    if (config === undefined) {
      out.push(required(path, "must provide `dnsConfig` when `dnsPolicy` is None"));
      return;
    }
    out.push(required(`${path}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None"));
  }
  if (config === undefined) return;
  const servers: string[] = config.nameservers ?? [];
  if (servers.length > 3)
    out.push(invalidValue(`${path}.nameservers`, servers, "must not have more than 3 nameservers"));
  for (const [i, one] of servers.entries())
    if (!isIP(one)) out.push(invalidValue(`${path}.nameservers[${i}]`, one, ipProblem));
  const searches: string[] = config.searches ?? [];
  if (searches.length > 32)
    out.push(invalidValue(`${path}.searches`, searches, "must not have more than 32 search paths"));
  for (const [i, one] of searches.entries()) {
    const bare = one === "." ? "a" : one.replace(/\.$/, "");
    if (!search.test(bare)) {
      out.push(
        invalidValue(
          `${path}.searches[${i}]`,
          one,
          regexError(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
            "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*",
            "example.com",
          ),
        ),
      );
    }
  }
  for (const [i, one] of (config.options ?? []).entries())
    if (!one.name) out.push(required(`${path}.options[${i}]`, "must not be empty"));
}

function topologySpread(list: Loose[], path: string, out: Out): void {
  for (const [i, one] of list.entries()) {
    const at = `${path}[${i}]`;
    if (!(one.maxSkew > 0)) out.push(invalidValue(`${at}.maxSkew`, one.maxSkew ?? 0, "must be greater than zero"));
    if (!one.topologyKey) out.push(required(`${at}.topologyKey`, "can not be empty"));
    else each(qualifiedNameProblems(one.topologyKey), `${at}.topologyKey`, one.topologyKey, out);
    oneOf(one.whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"], `${at}.whenUnsatisfiable`, out);
    const later = list.slice(i + 1);
    if (later.some((two) => two.topologyKey === one.topologyKey && two.whenUnsatisfiable === one.whenUnsatisfiable)) {
      out.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${one.topologyKey}, ${one.whenUnsatisfiable}}`));
    }
    if (one.minDomains !== undefined) {
      if (one.minDomains <= 0) out.push(invalidValue(`${at}.minDomains`, one.minDomains, "must be greater than zero"));
      if (one.whenUnsatisfiable !== "DoNotSchedule") {
        out.push(
          invalidValue(
            `${at}.minDomains`,
            one.minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${one.whenUnsatisfiable}`,
          ),
        );
      }
    }
    for (const field of ["nodeAffinityPolicy", "nodeTaintsPolicy"])
      if (one[field] !== undefined) oneOf(one[field], ["Honor", "Ignore"], `${at}.${field}`, out);
    if ((one.matchLabelKeys ?? []).length > 0 && one.labelSelector === undefined)
      out.push(forbiddenCause(`${at}.matchLabelKeys`, "must not be specified when labelSelector is not set"));
    labelSelector(one.labelSelector, `${at}.labelSelector`, out);
  }
}

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function tolerations(list: Loose[], path: string, out: Out): void {
  for (const [i, one] of list.entries()) {
    const at = `${path}[${i}]`;
    if (one.key) each(qualifiedNameProblems(one.key), `${at}.key`, one.key, out);
    if (!one.key && one.operator !== "Exists") {
      out.push(
        invalidValue(
          `${at}.operator`,
          one.operator ?? "",
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (one.tolerationSeconds !== undefined && one.effect !== "NoExecute") {
      out.push(
        invalidValue(`${at}.effect`, one.effect ?? "", "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    }
    switch (one.operator ?? "Equal") {
      case "Equal":
      case "":
        each(labelValueProblems(one.value ?? ""), `${at}.operator`, one.value ?? "", out);
        break;
      case "Exists":
        if (one.value)
          out.push(invalidValue(`${at}.operator`, one.value, "value must be empty when `operator` is 'Exists'"));
        break;
      default:
        out.push(notSupported(`${at}.operator`, one.operator, ["Equal", "Exists"]));
    }
    if (one.effect) oneOf(one.effect, effects, `${at}.effect`, out);
  }
}

/** A Pod itself: what templates may leave to the cluster has to be there. */
export function wholePod(spec: Loose, out: Out): void {
  podSpec(spec, "spec", out);
  if (spec.serviceAccountName) return;
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    for (const [k, source] of (volume.projected?.sources ?? []).entries()) {
      const at = `spec.volumes[${i}].projected.sources[${k}].serviceAccountToken`;
      if (source.serviceAccountToken !== undefined)
        out.push(forbiddenCause(at, "must not be specified when serviceAccountName is not set"));
    }
  }
}

/** A new Pod. */
export function pod(object: Loose, out: Out): void {
  wholePod(object.spec, out);
  if ((object.spec.ephemeralContainers ?? []).length > 0)
    out.push(forbiddenCause("spec.ephemeralContainers", "cannot be set on create"));
}

/** Warnings about pods, in a Pod or a template. */
export function podWarnings(spec: Loose, metadata: Loose, path: string, isPod: boolean): string[] {
  const out: string[] = [];
  for (const [i, one] of (spec.imagePullSecrets ?? []).entries()) {
    if (!one.name) out.push(`${path}spec.imagePullSecrets[${i}].name: invalid empty name ""`);
  }
  for (const volume of spec.volumes ?? []) {
    if (volume.projected !== undefined) {
      const sources: Loose[] = volume.projected.sources ?? [];
      if (sources.every((one) => Object.keys(one).length === 0)) {
        out.push(`volume ${JSON.stringify(volume.name)} (Projected) has no sources provided`);
      }
    }
  }
  for (const kind of ["initContainers", "containers"]) {
    for (const [i, container] of (spec[kind] ?? []).entries()) {
      for (const what of ["requests", "limits"]) {
        for (const name of ["memory", "ephemeral-storage"]) {
          const value: string | undefined = container.resources?.[what]?.[name];
          if (value?.endsWith("m") === true) {
            out.push(
              `${path}spec.${kind}[${i}].resources.${what}[${name}]: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`,
            );
          }
        }
      }
      const names = new Set<string>();
      for (const one of container.env ?? []) {
        if (names.has(one.name))
          out.push(
            `${path}spec.${kind}[${i}].env[${container.env.lastIndexOf(one)}]: hides previous definition of ${JSON.stringify(one.name)}, which may be dropped when using apply`,
          );
        names.add(one.name);
      }
    }
  }
  if (isPod && metadata.name && !spec.hostname) {
    const problems = dns1123LabelProblems(metadata.name);
    if (problems.length > 0) {
      out.push(
        `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${problems.join(" ")}]`,
      );
    }
  }
  return out;
}
