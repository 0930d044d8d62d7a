import type { Admission, Core, WriteContext } from "../core.ts";
import { isTerminating } from "../crd/end.ts";
import { acceptNames, definitionTable } from "../crd/names.ts";
import { covers, decide } from "../rbac.ts";
import type { ServedType } from "../served.ts";
import type { Loose } from "../strategy.ts";
import { forbidden } from "../status.ts";
import type { Stored } from "../store.ts";
import { applyLimits, checkLimits } from "./limits.ts";
import { defaultTolerations, namespaceLifecycle, priority, serviceAccount } from "./pods.ts";
import { checkQuotas } from "./quota.ts";
import { applyRuntimeClass } from "./runtime-class.ts";
import { checkPodSecurity } from "./pod-security.ts";
import { checkVolumeResize } from "./volume-resize.ts";
import { withWebhooks } from "./webhooks.ts";

export interface AdmissionHooks {
  /** Cluster IPs and node ports. */
  allocateService?(service: Stored, old: Stored | undefined): Stored;
  /** Webhooks that cannot be asked refuse, instead of being passed over. */
  readonly strictWebhooks?: boolean;
}

const fixedNamespaces = new Set(["default", "kube-system", "kube-public"]);

function has(object: Loose, finalizer: string): boolean {
  return (object.metadata.finalizers ?? []).includes(finalizer);
}

/** The admission plug-ins that every real cluster has on, in their order. */
export function createAdmission(core: Core, hooks: AdmissionHooks): Admission {
  return withWebhooks(core, plugIns(core, hooks), hooks.strictWebhooks === true);
}

function plugIns(core: Core, hooks: AdmissionHooks): Admission {
  return {
    mutate(operation, type, object, _old, context) {
      const id = type.table;
      if ((context.subresource ?? "") !== "") return;
      if (operation === "CREATE" && type.namespaced) namespaceLifecycle(core, type, object);
      if (operation !== "CREATE") return;
      if (type.custom !== undefined && isTerminating(core, type.group, type.plural)) {
        const why = "create not allowed while custom resource definition is terminating";
        throw forbidden(type, object.metadata.name ?? "", why);
      }
      const loose: Loose = object;
      if (id === "/pods") {
        applyLimits(core, loose);
        serviceAccount(core, type, loose, context);
        defaultTolerations(loose);
        priority(core, type, loose);
        applyRuntimeClass(core, type, loose);
      } else if (id === "/persistentvolumeclaims") {
        if (!has(loose, "kubernetes.io/pvc-protection")) {
          loose.metadata.finalizers = [...(loose.metadata.finalizers ?? []), "kubernetes.io/pvc-protection"];
        }
        defaultStorageClass(core, loose);
      } else if (id === "/persistentvolumes") {
        if (!has(loose, "kubernetes.io/pv-protection")) {
          loose.metadata.finalizers = [...(loose.metadata.finalizers ?? []), "kubernetes.io/pv-protection"];
        }
      } else if (id === "storage.k8s.io/volumeattributesclasses") {
        if (!has(loose, "kubernetes.io/vac-protection")) {
          loose.metadata.finalizers = [...(loose.metadata.finalizers ?? []), "kubernetes.io/vac-protection"];
        }
      } else if (id === "/nodes" && context.manager !== "") {
        // a new node is not ready until its kubelet says so
        const key = "node.kubernetes.io/not-ready";
        const taints = (loose.spec.taints ??= []);
        if (!taints.some((one: Loose) => one.key === key && one.effect === "NoSchedule"))
          taints.push({ key, effect: "NoSchedule" });
      } else if (id === "networking.k8s.io/ingresses") defaultIngressClass(core, loose);
    },
    validate(operation, type, object, old, context) {
      if (operation === "DELETE") {
        if (type.table === "/namespaces" && old !== undefined && fixedNamespaces.has(old.metadata.name)) {
          throw forbidden(type, old.metadata.name, "this namespace may not be deleted");
        }
        return;
      }
      if (object === undefined) return;
      if ((context.subresource ?? "") === "") {
        if (operation === "CREATE" && (type.table === "/pods" || type.table === "/persistentvolumeclaims")) {
          checkLimits(core, type, object);
        }
        if (operation === "UPDATE" && type.table === "/persistentvolumeclaims")
          checkVolumeResize(core, type, object, old);
        checkPodSecurity(core, type, object, old, context);
        if (type.group === "rbac.authorization.k8s.io") checkEscalation(core, type, object, context);
        if (type.namespaced) checkQuotas(core, operation, type, object, old, context);
      }
    },
    allocate(type: ServedType, object: Stored, old: Stored | undefined) {
      if (type.table === definitionTable) acceptNames(core.store, object, core.now());
      return type.table === "/services" && hooks.allocateService !== undefined
        ? hooks.allocateService(object, old)
        : object;
    },
  };
}

/** Nobody gives away what is not theirs: roles and bindings beyond the writer's own rules are refused. */
function checkEscalation(core: Core, type: ServedType, object: Loose, context: WriteContext): void {
  const { user } = context;
  if (user.groups.includes("system:masters")) return;
  const namespace = object.metadata.namespace ?? "";
  let rules: Loose[] = object.rules ?? [];
  if (type.kind.endsWith("Binding")) {
    const { kind, name } = object.roleRef;
    const attributes = { group: type.group, resource: kind === "Role" ? "roles" : "clusterroles", name, namespace };
    if (decide(core.store, user, { ...attributes, verb: "bind" }).allowed) return;
    const table = kind === "Role" ? "roles" : "clusterroles";
    const key = kind === "Role" ? `${namespace}/${name}` : name;
    rules = (core.store.get(`${type.group}/${table}`, key) as Loose)?.rules ?? [];
  } else {
    const attributes = { group: type.group, resource: type.plural, name: object.metadata.name, namespace };
    if (decide(core.store, user, { ...attributes, verb: "escalate" }).allowed) return;
  }
  const missing = rules.filter((rule) => !covers(core.store, user, namespace, [rule]));
  if (missing.length === 0) return;
  const list = (values: string[] | undefined) => `[${(values ?? []).map((value) => JSON.stringify(value)).join(" ")}]`;
  const shown = missing.map((rule) => {
    const parts = [
      ["APIGroups", rule.apiGroups],
      ["Resources", rule.resources],
      ["ResourceNames", rule.resourceNames],
      ["NonResourceURLs", rule.nonResourceURLs],
      ["Verbs", rule.verbs],
    ].filter(([, values]) => values !== undefined && values.length > 0);
    return `{${parts.map(([name, values]) => `${name}:${list(values)}`).join(", ")}}`;
  });
  const groups = user.groups.map((group) => JSON.stringify(group)).join(" ");
  throw forbidden(
    type,
    object.metadata.name ?? "",
    `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${shown.join("\n")}`,
  );
}

function defaultStorageClass(core: Core, claim: Loose): void {
  if (claim.spec.storageClassName !== undefined) return;
  if (claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] !== undefined) return;
  const chosen = newestDefault(core, "storage.k8s.io/storageclasses", [
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
  ]);
  if (chosen !== undefined) claim.spec.storageClassName = chosen;
}

function defaultIngressClass(core: Core, ingress: Loose): void {
  if (ingress.spec.ingressClassName !== undefined) return;
  if (ingress.metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined) return;
  const chosen = newestDefault(core, "networking.k8s.io/ingressclasses", [
    "ingressclass.kubernetes.io/is-default-class",
  ]);
  if (chosen !== undefined) ingress.spec.ingressClassName = chosen;
}

function newestDefault(core: Core, table: string, annotations: readonly string[]): string | undefined {
  let chosen: Stored | undefined;
  for (const object of core.store.table(table).objects.values()) {
    if (!annotations.some((name) => object.metadata.annotations?.[name] === "true")) continue;
    const newer =
      chosen === undefined || (object.metadata.creationTimestamp ?? "") > (chosen.metadata.creationTimestamp ?? "");
    if (newer) chosen = object;
  }
  return chosen?.metadata.name;
}
