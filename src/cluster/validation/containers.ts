import { notFoundCause } from "../causes.ts";
import {
  configMapKeyProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  portNameProblems,
  qualifiedNameProblems,
  relaxedEnvNameProblems,
} from "../names.ts";
import type { Loose } from "../strategy.ts";
import {
  duplicate,
  each,
  forbiddenCause,
  invalidValue,
  isWhole,
  noBackSteps,
  notSupported,
  oneOf,
  portNumber,
  quantityNano,
  relativePath,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";
import { resizePolicy, restartPolicy, volumeDevices } from "./container-policies.ts";
import { handler, probe } from "./probes.ts";
import { seccompProfile, userId } from "./security.ts";
import { fieldRef } from "./volumes.ts";

/** Containers of a pod. */

export interface PodFacts {
  readonly spec: Loose;
  readonly volumes: ReadonlyMap<string, Loose>;
  readonly grace: number;
}

const standardResources = new Set(["cpu", "memory", "ephemeral-storage", "storage"]);
const isHugePages = (name: string): boolean => name.startsWith("hugepages-");
const isNative = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");
const isExtended = (name: string): boolean => !isNative(name) && !name.startsWith("requests.");

export function resourceName(name: string, path: string, out: Out): boolean {
  const before = out.length;
  each(qualifiedNameProblems(name), path, name, out);
  if (out.length > before) return false;
  if (!name.includes("/") && !standardResources.has(name) && !isHugePages(name)) {
    out.push(invalidValue(path, name, "must be a standard resource type or fully qualified"));
    return false;
  }
  return true;
}

export function containerResource(name: string, path: string, out: Out): void {
  resourceName(name, path, out);
  if (!name.includes("/") && !["cpu", "memory", "ephemeral-storage"].includes(name) && !isHugePages(name)) {
    out.push(invalidValue(path, name, "must be a standard resource for containers"));
  }
}

export function resourceValue(name: string, value: string, path: string, out: Out): void {
  if (quantityNano(value) < 0n) out.push(invalidValue(path, value, "must be greater than or equal to 0"));
  if (!isNative(name) && !isWhole(value)) out.push(invalidValue(path, value, "must be an integer"));
}

/** Requests and limits of a container. */
export function resourceRequirements(resources: Loose, path: string, out: Out): void {
  const limits: Record<string, string> = resources?.limits ?? {};
  const requests: Record<string, string> = resources?.requests ?? {};
  let hugePages = false;
  let cpuOrMemory = false;
  const note = (name: string) => {
    if (isHugePages(name)) hugePages = true;
    if (name === "cpu" || name === "memory") cpuOrMemory = true;
  };
  for (const name of Object.keys(limits)) {
    const at = `${path}.limits[${name}]`;
    containerResource(name, at, out);
    if (qualifiedNameProblems(name).length === 0) resourceValue(name, limits[name] as string, at, out);
    note(name);
  }
  for (const name of Object.keys(requests)) {
    const at = `${path}.requests[${name}]`;
    containerResource(name, at, out);
    if (qualifiedNameProblems(name).length === 0) resourceValue(name, requests[name] as string, at, out);
    const limit = limits[name];
    if (limit !== undefined) {
      if (isExtended(name) || isHugePages(name)) {
        if (quantityNano(limit) !== quantityNano(requests[name])) {
          out.push(invalidValue(`${path}.requests`, requests[name], `must be equal to ${name} limit of ${limit}`));
        }
      } else if (quantityNano(requests[name]) > quantityNano(limit)) {
        out.push(
          invalidValue(`${path}.requests`, requests[name], `must be less than or equal to ${name} limit of ${limit}`),
        );
      }
    } else if (isExtended(name) || isHugePages(name)) {
      out.push(required(`${path}.limits`, "Limit must be set for non overcommitable resources"));
    }
    note(name);
  }
  if (hugePages && !cpuOrMemory) out.push(forbiddenCause(path, "HugePages require cpu or memory"));
}

function ports(list: Loose[], path: string, out: Out): void {
  const names = new Set<string>();
  for (const [i, port] of list.entries()) {
    const at = `${path}[${i}]`;
    if (port.name) {
      const problems = portNameProblems(port.name);
      if (problems.length > 0) each(problems, `${at}.name`, port.name, out);
      else if (names.has(port.name)) out.push(duplicate(`${at}.name`, port.name));
      else names.add(port.name);
    }
    if (!port.containerPort) out.push(required(`${at}.containerPort`));
    else portNumber(port.containerPort, `${at}.containerPort`, out);
    if (port.hostPort) portNumber(port.hostPort, `${at}.hostPort`, out);
    if (!port.protocol) out.push(required(`${at}.protocol`));
    else oneOf(port.protocol, ["SCTP", "TCP", "UDP"], `${at}.protocol`, out);
  }
}

const envFields = new Set([
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);
const envResources = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

function keySelector(source: Loose, path: string, out: Out): void {
  each(dns1123SubdomainProblems(source.name ?? ""), `${path}.name`, source.name ?? "", out);
  if (!source.key) out.push(required(`${path}.key`));
  else each(configMapKeyProblems(source.key), `${path}.key`, source.key, out);
}

function env(list: Loose[], path: string, out: Out): void {
  for (const [i, one] of list.entries()) {
    const at = `${path}[${i}]`;
    if (!one.name) out.push(required(`${at}.name`));
    else each(relaxedEnvNameProblems(one.name), `${at}.name`, one.name, out);
    const from = one.valueFrom;
    if (from === undefined) continue;
    let sources = 0;
    if (from.fieldRef !== undefined) {
      sources++;
      fieldRef(from.fieldRef, envFields, `${at}.valueFrom.fieldRef`, out);
    }
    if (from.resourceFieldRef !== undefined) {
      sources++;
      const reference = from.resourceFieldRef;
      if (!reference.resource) out.push(required(`${at}.valueFrom.resourceFieldRef.resource`));
      else if (
        !envResources.includes(reference.resource) &&
        !/^(limits|requests)\.hugepages-/.test(reference.resource)
      ) {
        out.push(notSupported(`${at}.valueFrom.resourceFieldRef.resource`, reference.resource, envResources));
      }
    }
    if (from.configMapKeyRef !== undefined) {
      sources++;
      keySelector(from.configMapKeyRef, `${at}.valueFrom.configMapKeyRef`, out);
    }
    if (from.secretKeyRef !== undefined) {
      sources++;
      keySelector(from.secretKeyRef, `${at}.valueFrom.secretKeyRef`, out);
    }
    if (from.fileKeyRef !== undefined) sources++;
    if (sources === 0) {
      out.push(
        invalidValue(
          `${at}.valueFrom`,
          "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        ),
      );
    } else if (one.value) {
      out.push(invalidValue(`${at}.valueFrom`, "", "may not be specified when `value` is not empty"));
    } else if (sources > 1)
      out.push(invalidValue(`${at}.valueFrom`, "", "may not have more than one field specified at a time"));
  }
}

function envFrom(list: Loose[], path: string, out: Out): void {
  for (const [i, one] of list.entries()) {
    if (one.prefix) each(relaxedEnvNameProblems(one.prefix), `${path}[${i}].prefix`, one.prefix, out);
    let sources = 0;
    for (const kind of ["configMapRef", "secretRef"]) {
      if (one[kind] === undefined) continue;
      sources++;
      if (!one[kind].name) out.push(required(`${path}[${i}].${kind}.name`));
    }
    if (sources === 0) out.push(invalidValue(path, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (sources > 1) out.push(invalidValue(path, "", "may not have more than one field specified at a time"));
  }
}

function volumeMounts(container: Loose, path: string, facts: PodFacts, out: Out): void {
  const seen = new Set<string>();
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    const at = `${path}[${i}]`;
    if (!mount.name) out.push(required(`${at}.name`));
    if (mount.name && !facts.volumes.has(mount.name)) out.push(notFoundCause(`${at}.name`, mount.name));
    if (!mount.mountPath) out.push(required(`${at}.mountPath`));
    if (mount.mountPath && seen.has(mount.mountPath))
      out.push(invalidValue(`${at}.mountPath`, mount.mountPath, "must be unique"));
    seen.add(mount.mountPath);
    if (mount.subPath) relativePath(mount.subPath, `${path}.subPath`, out);
    if (mount.subPathExpr) {
      if (mount.subPath)
        out.push(
          invalidValue(`${at}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"),
        );
      noBackSteps(mount.subPathExpr, `${path}.subPathExpr`, out);
    }
    const propagation = mount.mountPropagation;
    if (propagation !== undefined) {
      if (!["Bidirectional", "HostToContainer", "None"].includes(propagation)) {
        out.push(notSupported(`${path}.mountPropagation`, propagation, ["Bidirectional", "HostToContainer", "None"]));
      }
      if (propagation === "Bidirectional" && container.securityContext?.privileged !== true) {
        out.push(
          forbiddenCause(
            `${path}.mountPropagation`,
            "Bidirectional mount propagation is available only to privileged containers",
          ),
        );
      }
    }
  }
}

/** The container's security context as Go's internal struct prints it. */
function shownContext(context: Loose): Loose {
  return {
    Capabilities: context.capabilities ?? null,
    Privileged: context.privileged ?? null,
    SELinuxOptions: context.seLinuxOptions ?? null,
    WindowsOptions: context.windowsOptions ?? null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: context.seccompProfile ?? null,
    AppArmorProfile: context.appArmorProfile ?? null,
  };
}

function securityContext(context: Loose, path: string, out: Out): void {
  if (context === undefined) return;
  userId(context.runAsUser, `${path}.runAsUser`, out);
  userId(context.runAsGroup, `${path}.runAsGroup`, out);
  if (context.procMount !== undefined) oneOf(context.procMount, ["Default", "Unmasked"], `${path}.procMount`, out);
  seccompProfile(context.seccompProfile, `${path}.seccompProfile`, out);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true) {
      out.push(
        invalidValue(
          path,
          shownContext(context),
          "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
        ),
      );
    }
    if ((context.capabilities?.add ?? []).includes("CAP_SYS_ADMIN")) {
      out.push(
        invalidValue(
          path,
          shownContext(context),
          "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
        ),
      );
    }
  }
}

/** What every container has in common. */
function common(container: Loose, path: string, facts: PodFacts, out: Out): void {
  if (!container.name) out.push(required(`${path}.name`));
  else each(dns1123LabelProblems(container.name), `${path}.name`, container.name, out);
  const image: string = container.image ?? "";
  if (image === "") out.push(required(`${path}.image`));
  if (image !== image.trim())
    out.push(invalidValue(`${path}.image`, image, "must not have leading or trailing whitespace"));
  if (container.terminationMessagePolicy) {
    oneOf(
      container.terminationMessagePolicy,
      ["File", "FallbackToLogsOnError"],
      `${path}.terminationMessagePolicy`,
      out,
    );
  } else out.push(required(`${path}.terminationMessagePolicy`));
  ports(container.ports ?? [], `${path}.ports`, out);
  env(container.env ?? [], `${path}.env`, out);
  envFrom(container.envFrom ?? [], `${path}.envFrom`, out);
  volumeMounts(container, `${path}.volumeMounts`, facts, out);
  volumeDevices(container, `${path}.volumeDevices`, facts.volumes, out);
  if (container.imagePullPolicy)
    oneOf(container.imagePullPolicy, ["Always", "IfNotPresent", "Never"], `${path}.imagePullPolicy`, out);
  else out.push(required(`${path}.imagePullPolicy`));
  resourceRequirements(container.resources, `${path}.resources`, out);
  resizePolicy(container.resizePolicy, `${path}.resizePolicy`, facts.spec.restartPolicy ?? "", out);
  securityContext(container.securityContext, `${path}.securityContext`, out);
  if (container.securityContext?.procMount === "Unmasked" && facts.spec.hostUsers !== false) {
    const at = `${path}.securityContext.procMount`;
    out.push(invalidValue(at, "Unmasked", "`hostUsers` must be false to use `Unmasked`"));
  }
}

function lifecycle(value: Loose, path: string, facts: PodFacts, out: Out): void {
  if (value?.postStart !== undefined) handler(value.postStart, `${path}.postStart`, out, facts.grace);
  if (value?.preStop !== undefined) handler(value.preStop, `${path}.preStop`, out, facts.grace);
}

function hostPorts(list: Loose[], path: string, facts: PodFacts, out: Out): void {
  if (facts.spec.hostNetwork !== true) return;
  for (const [i, container] of list.entries()) {
    for (const [k, port] of (container.ports ?? []).entries()) {
      if (port.hostPort !== port.containerPort) {
        out.push(
          invalidValue(
            `${path}[${i}].ports[${k}].hostPort`,
            port.hostPort ?? 0,
            "must match `containerPort` when `hostNetwork` is true",
          ),
        );
      }
    }
  }
}

/** Main containers. */
export function containers(list: Loose[] | undefined, path: string, facts: PodFacts, out: Out): void {
  if (list === undefined || list === null || list.length === 0) {
    out.push(required(path));
    return;
  }
  const names = new Set<string>();
  for (const [i, container] of list.entries()) {
    const at = `${path}[${i}]`;
    common(container, at, facts, out);
    if (container.name && names.has(container.name)) out.push(duplicate(`${at}.name`, container.name));
    names.add(container.name);
    lifecycle(container.lifecycle, `${at}.lifecycle`, facts, out);
    for (const kind of ["livenessProbe", "readinessProbe", "startupProbe"] as const)
      probe(container[kind], `${at}.${kind}`, kind, out);
    restartPolicy(container, at, out);
  }
  hostPorts(list, path, facts, out);
}

/** Init containers and sidecars. */
export function initContainers(
  list: Loose[] | undefined,
  others: Loose[],
  path: string,
  facts: PodFacts,
  out: Out,
): void {
  const names = new Set(others.map((one) => one.name));
  for (const [i, container] of (list ?? []).entries()) {
    const at = `${path}[${i}]`;
    const sidecar = container.restartPolicy === "Always";
    common(container, at, facts, out);
    if (names.has(container.name)) out.push(duplicate(`${at}.name`, container.name));
    else if (container.name) names.add(container.name);
    const kinds = ["livenessProbe", "readinessProbe", "startupProbe"] as const;
    if (sidecar) {
      lifecycle(container.lifecycle, `${at}.lifecycle`, facts, out);
      for (const kind of kinds) probe(container[kind], `${at}.${kind}`, kind, out);
    } else {
      const refuse = (field: string) =>
        out.push(forbiddenCause(`${at}.${field}`, "may not be set for init containers without restartPolicy=Always"));
      if (container.lifecycle !== undefined) refuse("lifecycle");
      for (const kind of kinds) if (container[kind] !== undefined) refuse(kind);
    }
  }
}
