import { compareStrings } from "../base/index.ts";

const common = [
  "PriorityClass",
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PodSecurityPolicy",
  "PodDisruptionBudget",
  "ServiceAccount",
  "Secret",
  "SecretList",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleList",
  "ClusterRoleBinding",
  "ClusterRoleBindingList",
  "Role",
  "RoleList",
  "RoleBinding",
  "RoleBindingList",
  "Service",
  "DaemonSet",
  "Pod",
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "StatefulSet",
  "Job",
  "CronJob",
  "IngressClass",
  "Ingress",
  "APIService",
];
const webhooks = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/** The kinds in the order in which Helm installs them; Helm 4 knows the webhook configurations too. */
export function installOrder(helmVersion: 3 | 4 = 4): readonly string[] {
  return helmVersion === 3 ? common : [...common, ...webhooks];
}

/** The kinds in the order in which Helm removes them: not quite the reverse, services go before the workloads. */
export function uninstallOrder(helmVersion: 3 | 4 = 4): readonly string[] {
  const order = common.toReversed().filter((kind) => kind !== "Service");
  order.splice(order.indexOf("CronJob"), 0, "Service");
  return helmVersion === 3 ? order : [...webhooks.toReversed(), ...order];
}

/**
 * A new list sorted by kind, stable: kinds of the order first, then the others by their names (no kind at all before
 * them).
 */
export function sortByKind<T>(items: readonly T[], kindOf: (item: T) => string, order: readonly string[]): T[] {
  const rank = new Map(order.map((kind, index) => [kind, index]));
  const keyed = items.map((item) => {
    const kind = kindOf(item);
    return { item, kind, rank: rank.get(kind) ?? order.length };
  });
  keyed.sort((a, b) => a.rank - b.rank || (a.rank === order.length ? compareStrings(a.kind, b.kind) : 0));
  return keyed.map((entry) => entry.item);
}
