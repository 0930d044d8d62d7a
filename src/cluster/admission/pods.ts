import type { Core, WriteContext } from "../core.ts";
import { nameSuffix } from "../objects.ts";
import type { ServedType } from "../served.ts";
import type { Loose } from "../strategy.ts";
import { forbidden, notFound } from "../status.ts";
import type { Stored } from "../store.ts";

/** What pods get on their way in: tolerations, a priority, a service account and its token's mount. */

const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";

/** DefaultTolerationSeconds: five minutes on nodes that are not ready or not reachable. */
export function defaultTolerations(pod: Loose): void {
  for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]) {
    const tolerations = pod.spec.tolerations ?? [];
    const tolerated = tolerations.some(
      (one: Loose) => (one.key === key || !one.key) && (one.effect === "NoExecute" || !one.effect),
    );
    if (tolerated) continue;
    pod.spec.tolerations = [...tolerations, { key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }];
  }
}

/** Priority: the class's value, or the default class's, or zero. */
export function priority(core: Core, type: ServedType, pod: Loose): void {
  const { spec } = pod;
  let value = 0;
  let preemption = "PreemptLowerPriority";
  const table = core.store.table("scheduling.k8s.io/priorityclasses");
  if (spec.priorityClassName) {
    const found = table.objects.get(spec.priorityClassName) as Loose;
    if (found === undefined) {
      throw forbidden(type, pod.metadata.name ?? "", `no PriorityClass with name ${spec.priorityClassName} was found`);
    }
    value = found.value ?? 0;
    preemption = found.preemptionPolicy ?? preemption;
  } else {
    let chosen: Loose;
    for (const one of table.objects.values() as Iterable<Loose>) {
      if (one.globalDefault === true && (chosen === undefined || one.value < chosen.value)) chosen = one;
    }
    if (chosen !== undefined) {
      spec.priorityClassName = chosen.metadata.name;
      value = chosen.value ?? 0;
      preemption = chosen.preemptionPolicy ?? preemption;
    }
  }
  if (spec.priority !== undefined && spec.priority !== value) {
    throw forbidden(
      type,
      pod.metadata.name ?? "",
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemption) {
    throw forbidden(
      type,
      pod.metadata.name ?? "",
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemption} from the given PriorityClass name`,
    );
  }
  spec.preemptionPolicy = preemption;
}

/** ServiceAccount: the account must be there; its token is mounted unless somebody says no. */
export function serviceAccount(core: Core, type: ServedType, pod: Loose, context: WriteContext): void {
  const { spec, metadata } = pod;
  const refuse = (why: string) => forbidden(type, metadata.name ?? "", why);
  if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return;
  if (!spec.serviceAccountName) {
    spec.serviceAccountName = "default";
    spec.serviceAccount = "default";
  }
  const name = spec.serviceAccountName as string;
  const account = core.store.get("/serviceaccounts", `${metadata.namespace}/${name}`) as Loose;
  if (account === undefined) {
    throw refuse(
      `error looking up service account ${metadata.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
    );
  }
  void context;
  const wantsToken = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  if (wantsToken) mountToken(core, spec);
  if ((spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0) {
    spec.imagePullSecrets = account.imagePullSecrets.map((one: Loose) => ({ name: one.name }));
  }
}

function mountToken(core: Core, spec: Loose): void {
  const existing = (spec.volumes ?? []).find((volume: Loose) => String(volume.name).startsWith("kube-api-access-"));
  const volumeName = existing?.name ?? `kube-api-access-${nameSuffix(core.random)}`;
  let needed = false;
  for (const kind of ["initContainers", "containers"]) {
    for (const container of spec[kind] ?? []) {
      if ((container.volumeMounts ?? []).some((mount: Loose) => mount.mountPath === tokenPath)) continue;
      container.volumeMounts = [
        ...(container.volumeMounts ?? []),
        { name: volumeName, readOnly: true, mountPath: tokenPath },
      ];
      needed = true;
    }
  }
  if (!needed || existing !== undefined) return;
  spec.volumes = [
    ...(spec.volumes ?? []),
    {
      name: volumeName,
      projected: {
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
          { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
          {
            downwardAPI: {
              items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
            },
          },
        ],
        defaultMode: 420,
      },
    },
  ];
}

/** NamespaceLifecycle: nothing new where there is no namespace, or one that ends. */
export function namespaceLifecycle(core: Core, type: ServedType, object: Stored): void {
  const namespace = object.metadata.namespace ?? "";
  const found = core.store.get("/namespaces", namespace);
  if (found === undefined) throw notFound({ group: "", plural: "namespaces" }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const error = forbidden(
    type,
    object.metadata.name ?? "",
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  error.status.details = {
    ...error.status.details,
    causes: [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  };
  throw error;
}
