import { goQuote } from "../causes.ts";
import type { Loose } from "../strategy.ts";

/** The Pod Security Standards: what a pod does that its level forbids, in upstream's words and order. */

interface Container {
  readonly name: string;
  readonly securityContext?: Loose;
  readonly [field: string]: Loose;
}

const plural = (list: readonly unknown[], one: string, many: string): string => (list.length === 1 ? one : many);
const quoted = (list: readonly string[]): string => list.map(goQuote).join(", ");

function containersOf(spec: Loose): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

const words = (names: readonly string[]): string => `${plural(names, "container", "containers")} ${quoted(names)}`;

type Check = (spec: Loose, template: Loose) => string | undefined;

const allowedCapabilities = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

const safeSysctls = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);

const seLinuxTypes = new Set(["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]);

const windowsPod = (spec: Loose): boolean => spec.os?.name === "windows";

/** Checks in the order of their ids. */
const baseline: [id: string, check: Check][] = [
  [
    "appArmorProfile",
    (spec, template) => {
      const bad: string[] = [];
      const values: string[] = [];
      const note = (type: string, setter: string) => {
        if (!values.includes(type)) values.push(type);
        if (!bad.includes(setter)) bad.push(setter);
      };
      const allowed = (type: string) => type === "RuntimeDefault" || type === "Localhost";
      const podType = spec.securityContext?.appArmorProfile?.type;
      const names: string[] = [];
      if (podType !== undefined && !allowed(podType)) note(podType, "pod");
      for (const container of containersOf(spec)) {
        const type = container.securityContext?.appArmorProfile?.type;
        if (type !== undefined && !allowed(type)) {
          names.push(container.name);
          if (!values.includes(type)) values.push(type);
        }
      }
      for (const [key, value] of Object.entries((template.metadata?.annotations ?? {}) as Record<string, string>)) {
        if (!key.startsWith("container.apparmor.security.beta.kubernetes.io/")) continue;
        if (value === "" || value === "runtime/default" || value.startsWith("localhost/")) continue;
        return `forbidden AppArmor profile (annotation "${key}=${value}")`;
      }
      if (bad.length === 0 && names.length === 0) return undefined;
      const setters = [...(bad.includes("pod") ? ["pod"] : []), ...(names.length > 0 ? [words(names)] : [])];
      return `${plural(values, "forbidden AppArmor profile", "forbidden AppArmor profiles")} (${setters.join(" and ")} must not set AppArmor profile type to ${values.map(goQuote).join(", ")})`;
    },
  ],
  [
    "capabilities_baseline",
    (spec) => {
      const names: string[] = [];
      const added = new Set<string>();
      for (const container of containersOf(spec)) {
        const bad = (container.securityContext?.capabilities?.add ?? []).filter(
          (c: string) => !allowedCapabilities.has(c),
        );
        if (bad.length === 0) continue;
        names.push(container.name);
        for (const c of bad) added.add(c);
      }
      if (names.length === 0) return undefined;
      return `non-default capabilities (${words(names)} must not include ${quoted([...added].sort())} in securityContext.capabilities.add)`;
    },
  ],
  [
    "hostNamespaces",
    (spec) => {
      const set = ["hostNetwork", "hostPID", "hostIPC"]
        .filter((name) => spec[name] === true)
        .map((name) => `${name}=true`);
      return set.length === 0 ? undefined : `host namespaces (${set.join(", ")})`;
    },
  ],
  [
    "hostPathVolumes",
    (spec) => {
      const names = (spec.volumes ?? [])
        .filter((v: Loose) => v.hostPath !== undefined)
        .map((v: Loose) => v.name as string);
      return names.length === 0
        ? undefined
        : `hostPath volumes (${plural(names, "volume", "volumes")} ${quoted(names)})`;
    },
  ],
  [
    "hostPorts",
    (spec) => {
      const names: string[] = [];
      const ports = new Set<number>();
      for (const container of containersOf(spec)) {
        const bad = (container["ports"] ?? []).filter((p: Loose) => p.hostPort);
        if (bad.length === 0) continue;
        names.push(container.name);
        for (const p of bad) ports.add(p.hostPort);
      }
      if (names.length === 0) return undefined;
      const list = [...ports].map(String).sort();
      return `hostPort (${words(names)} ${plural(names, "uses", "use")} ${plural(list, "hostPort", "hostPorts")} ${list.join(", ")})`;
    },
  ],
  [
    "hostProbesAndHostLifecycle",
    (spec) => {
      const names: string[] = [];
      const hosts = new Set<string>();
      for (const container of containersOf(spec)) {
        const handlers: Loose[] = [
          container["livenessProbe"],
          container["readinessProbe"],
          container["startupProbe"],
          container["lifecycle"]?.postStart,
          container["lifecycle"]?.preStop,
        ];
        let bad = false;
        for (const handler of handlers) {
          for (const kind of ["httpGet", "tcpSocket"]) {
            const host = handler?.[kind]?.host;
            if (host) {
              hosts.add(host);
              bad = true;
            }
          }
        }
        if (bad) names.push(container.name);
      }
      if (names.length === 0) return undefined;
      return `probe or lifecycle host (${words(names)} ${plural(names, "uses", "use")} probe or lifecycle ${plural([...hosts], "host", "hosts")} ${quoted([...hosts].sort())})`;
    },
  ],
  [
    "privileged",
    (spec) => {
      const names = containersOf(spec)
        .filter((c) => c.securityContext?.privileged === true)
        .map((c) => c.name);
      return names.length === 0
        ? undefined
        : `privileged (${words(names)} must not set securityContext.privileged=true)`;
    },
  ],
  [
    "procMount",
    (spec) => {
      if (spec.hostUsers === false) return undefined;
      const names: string[] = [];
      const values = new Set<string>();
      for (const c of containersOf(spec)) {
        const value = c.securityContext?.procMount;
        if (value !== undefined && value !== "Default") {
          names.push(c.name);
          values.add(value);
        }
      }
      if (names.length === 0) return undefined;
      return `procMount (${words(names)} must not set securityContext.procMount to ${quoted([...values].sort())})`;
    },
  ],
  [
    "seLinuxOptions",
    (spec) => {
      const setters: string[] = [];
      const names: string[] = [];
      const types = new Set<string>();
      let user = false;
      let role = false;
      const bad = (options: Loose): boolean => {
        if (options === undefined) return false;
        let wrong = false;
        if (!seLinuxTypes.has(options.type ?? "")) {
          types.add(options.type);
          wrong = true;
        }
        if (options.user) user = wrong = true;
        if (options.role) role = wrong = true;
        return wrong;
      };
      if (bad(spec.securityContext?.seLinuxOptions)) setters.push("pod");
      for (const c of containersOf(spec)) if (bad(c.securityContext?.seLinuxOptions)) names.push(c.name);
      if (names.length > 0) setters.push(words(names));
      if (setters.length === 0) return undefined;
      const what: string[] = [];
      if (types.size > 0) what.push(`${plural([...types], "type", "types")} ${quoted([...types].sort())}`);
      if (user) what.push("user may not be set");
      if (role) what.push("role may not be set");
      return `seLinuxOptions (${setters.join(" and ")} set forbidden securityContext.seLinuxOptions: ${what.join("; ")})`;
    },
  ],
  [
    "seccompProfile_baseline",
    (spec) => {
      const setters: string[] = [];
      const names: string[] = [];
      const types = new Set<string>();
      const bad = (profile: Loose): boolean => {
        if (profile === undefined || profile.type === "RuntimeDefault" || profile.type === "Localhost") return false;
        types.add(profile.type);
        return true;
      };
      if (bad(spec.securityContext?.seccompProfile)) setters.push("pod");
      for (const c of containersOf(spec)) if (bad(c.securityContext?.seccompProfile)) names.push(c.name);
      if (names.length > 0) setters.push(words(names));
      if (setters.length === 0) return undefined;
      return `seccompProfile (${setters.join(" and ")} must not set securityContext.seccompProfile.type to ${quoted([...types].sort())})`;
    },
  ],
  [
    "sysctls",
    (spec) => {
      const names = (spec.securityContext?.sysctls ?? [])
        .map((s: Loose) => s.name as string)
        .filter((n: string) => !safeSysctls.has(n));
      return names.length === 0 ? undefined : `forbidden sysctls (${names.join(", ")})`;
    },
  ],
  [
    "windowsHostProcess",
    (spec) => {
      const setters: string[] = [];
      const names = containersOf(spec)
        .filter((c) => c.securityContext?.windowsOptions?.hostProcess === true)
        .map((c) => c.name);
      if (spec.securityContext?.windowsOptions?.hostProcess === true) setters.push("pod");
      if (names.length > 0) setters.push(words(names));
      return setters.length === 0
        ? undefined
        : `hostProcess (${setters.join(" and ")} must not set securityContext.windowsOptions.hostProcess=true)`;
    },
  ],
];

const restricted: [id: string, check: Check][] = [
  [
    "allowPrivilegeEscalation",
    (spec) => {
      if (windowsPod(spec)) return undefined;
      const names = containersOf(spec)
        .filter((c) => c.securityContext?.allowPrivilegeEscalation !== false)
        .map((c) => c.name);
      return names.length === 0
        ? undefined
        : `allowPrivilegeEscalation != false (${words(names)} must set securityContext.allowPrivilegeEscalation=false)`;
    },
  ],
  [
    "capabilities_restricted",
    (spec) => {
      if (windowsPod(spec)) return undefined;
      const missing: string[] = [];
      const adding: string[] = [];
      const added = new Set<string>();
      for (const c of containersOf(spec)) {
        const capabilities = c.securityContext?.capabilities;
        if (!(capabilities?.drop ?? []).includes("ALL")) missing.push(c.name);
        const bad = (capabilities?.add ?? []).filter((one: string) => one !== "NET_BIND_SERVICE");
        if (bad.length > 0) adding.push(c.name);
        for (const one of bad) added.add(one);
      }
      const details: string[] = [];
      if (missing.length > 0) details.push(`${words(missing)} must set securityContext.capabilities.drop=["ALL"]`);
      if (adding.length > 0)
        details.push(
          `${words(adding)} must not include ${quoted([...added].sort())} in securityContext.capabilities.add`,
        );
      return details.length === 0 ? undefined : `unrestricted capabilities (${details.join("; ")})`;
    },
  ],
  [
    "restrictedVolumes",
    (spec) => {
      const allowed = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
      ];
      const bad: string[] = [];
      const kinds = new Set<string>();
      for (const volume of spec.volumes ?? []) {
        const kind = Object.keys(volume).find((key) => key !== "name");
        if (kind === undefined || allowed.includes(kind)) continue;
        bad.push(volume.name);
        kinds.add(kind);
      }
      if (bad.length === 0) return undefined;
      const list = [...kinds].sort();
      return `restricted volume types (${plural(bad, "volume", "volumes")} ${quoted(bad)} ${plural(bad, "uses", "use")} restricted volume ${plural(list, "type", "types")} ${quoted(list)})`;
    },
  ],
  [
    "runAsNonRoot",
    (spec) => {
      if (spec.hostUsers === false) return undefined;
      const explicit = containersOf(spec)
        .filter((c) => c.securityContext?.runAsNonRoot === false)
        .map((c) => c.name);
      const missing = containersOf(spec)
        .filter((c) => c.securityContext?.runAsNonRoot === undefined)
        .map((c) => c.name);
      const podSet = spec.securityContext?.runAsNonRoot;
      const setters: string[] = [];
      if (podSet === false) setters.push("pod");
      if (explicit.length > 0) setters.push(words(explicit));
      if (setters.length > 0)
        return `runAsNonRoot != true (${setters.join(" and ")} must not set securityContext.runAsNonRoot=false)`;
      if (podSet !== true && missing.length > 0) {
        return `runAsNonRoot != true (pod or ${words(missing)} must set securityContext.runAsNonRoot=true)`;
      }
      return undefined;
    },
  ],
  [
    "runAsUser",
    (spec) => {
      if (spec.hostUsers === false) return undefined;
      const setters: string[] = [];
      const names = containersOf(spec)
        .filter((c) => c.securityContext?.runAsUser === 0)
        .map((c) => c.name);
      if (spec.securityContext?.runAsUser === 0) setters.push("pod");
      if (names.length > 0) setters.push(words(names));
      return setters.length === 0 ? undefined : `runAsUser=0 (${setters.join(" and ")} must not set runAsUser=0)`;
    },
  ],
  [
    "seccompProfile_restricted",
    (spec) => {
      if (windowsPod(spec)) return undefined;
      const allowed = (type: string | undefined) => type === "RuntimeDefault" || type === "Localhost";
      const podType = spec.securityContext?.seccompProfile?.type as string | undefined;
      const setters: string[] = [];
      const bad: string[] = [];
      const missing: string[] = [];
      const values = new Set<string>();
      if (podType !== undefined && !allowed(podType)) {
        setters.push("pod");
        values.add(podType);
      }
      for (const c of containersOf(spec)) {
        const type = c.securityContext?.seccompProfile?.type as string | undefined;
        if (type === undefined) missing.push(c.name);
        else if (!allowed(type)) {
          bad.push(c.name);
          values.add(type);
        }
      }
      if (bad.length > 0) setters.push(words(bad));
      if (setters.length > 0)
        return `seccompProfile (${setters.join(" and ")} must not set securityContext.seccompProfile.type to ${quoted([...values].sort())})`;
      if (!allowed(podType) && missing.length > 0) {
        return `seccompProfile (pod or ${words(missing)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;
      }
      return undefined;
    },
  ],
];

/** Baseline checks that a restricted one stands in for. */
const replaced = new Set(["capabilities_baseline", "seccompProfile_baseline", "hostPathVolumes"]);

/** What a pod (or template) does that the level forbids. */
export function podSecurityProblems(template: Loose, level: "baseline" | "restricted"): string[] {
  const checks = level === "baseline" ? baseline : [...baseline.filter(([id]) => !replaced.has(id)), ...restricted];
  const found = checks.map(([id, check]) => [id, check(template.spec, template)] as const);
  return found.filter(([, text]) => text !== undefined).map(([, text]) => text as string);
}
