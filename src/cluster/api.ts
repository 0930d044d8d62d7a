import type { Clock, Random } from "../base/index.ts";
import type { Stored } from "./store.ts";

/** A Kubernetes object as the cluster keeps it: plain JSON, frozen in spirit. Copy before changing. */
export type KubeObject = Stored;

/** A served type. `version` is the preferred one; reads and writes through {@link ClusterApi} use it. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs?: readonly string[];
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
  /** The object before a MODIFIED or DELETED. */
  readonly previous?: KubeObject;
}

/** metav1.LabelSelector, or a function over objects. */
export type Selector =
  | { matchLabels?: Record<string, string>; matchExpressions?: { key: string; operator: string; values?: string[] }[] }
  | ((object: KubeObject) => boolean);

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/**
 * The cluster's objects, for what lives inside it (controllers, simulated nodes): synchronous and in memory. Every
 * refusal is a StatusError (a SlipwayError with codes `kube.not-found`, `kube.already-exists`, `kube.conflict`,
 * `kube.invalid`, `kube.forbidden`). Writes count as soon as the call is back.
 */
export interface ClusterApi {
  readonly clock: Clock;
  readonly random: Random;
  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Sorted by namespace and name. */
  list(resource: Resource, namespace?: string, selector?: Selector): readonly KubeObject[];
  /** Defaults, admits, validates and stores; answers the stored object. */
  create(resource: Resource, object: KubeObject): KubeObject;
  /**
   * Stores a whole object without validation (its writer is trusted). With metadata.resourceVersion the write is
   * conditional. A write that changes nothing writes nothing. Bumps metadata.generation when anything but metadata
   * and status changes, and ends a deletion when the last finalizer goes.
   */
  update(resource: Resource, object: KubeObject): KubeObject;
  /** Like update, but takes only the status. */
  updateStatus(resource: Resource, object: KubeObject): KubeObject;
  delete(resource: Resource, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  /**
   * First replays what is there as ADDED, then calls `on` inside every write, in the order of resourceVersions. The
   * answer ends it. `on` must not write.
   */
  watch(resource: Resource, on: (event: WatchEvent) => void): () => void;
  /** Every type that is served now, custom ones included. */
  resources(): readonly Resource[];
  /** Calls back after a CustomResourceDefinition came, changed or went. */
  onResourcesChanged(on: () => void): () => void;
}

const resource = (group: string, version: string, plural: string, kind: string, namespaced = true): Resource => ({
  group,
  version,
  plural,
  kind,
  namespaced,
});

/** The built-in types that controllers work on. */
export const resources = {
  bindings: resource("", "v1", "bindings", "Binding"),
  configMaps: resource("", "v1", "configmaps", "ConfigMap"),
  endpoints: resource("", "v1", "endpoints", "Endpoints"),
  events: resource("", "v1", "events", "Event"),
  limitRanges: resource("", "v1", "limitranges", "LimitRange"),
  namespaces: resource("", "v1", "namespaces", "Namespace", false),
  nodes: resource("", "v1", "nodes", "Node", false),
  persistentVolumeClaims: resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
  persistentVolumes: resource("", "v1", "persistentvolumes", "PersistentVolume", false),
  pods: resource("", "v1", "pods", "Pod"),
  podTemplates: resource("", "v1", "podtemplates", "PodTemplate"),
  replicationControllers: resource("", "v1", "replicationcontrollers", "ReplicationController"),
  resourceQuotas: resource("", "v1", "resourcequotas", "ResourceQuota"),
  secrets: resource("", "v1", "secrets", "Secret"),
  serviceAccounts: resource("", "v1", "serviceaccounts", "ServiceAccount"),
  services: resource("", "v1", "services", "Service"),
  controllerRevisions: resource("apps", "v1", "controllerrevisions", "ControllerRevision"),
  daemonSets: resource("apps", "v1", "daemonsets", "DaemonSet"),
  deployments: resource("apps", "v1", "deployments", "Deployment"),
  replicaSets: resource("apps", "v1", "replicasets", "ReplicaSet"),
  statefulSets: resource("apps", "v1", "statefulsets", "StatefulSet"),
  horizontalPodAutoscalers: resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
  cronJobs: resource("batch", "v1", "cronjobs", "CronJob"),
  jobs: resource("batch", "v1", "jobs", "Job"),
  leases: resource("coordination.k8s.io", "v1", "leases", "Lease"),
  endpointSlices: resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
  ingressClasses: resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", false),
  ingresses: resource("networking.k8s.io", "v1", "ingresses", "Ingress"),
  networkPolicies: resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
  podDisruptionBudgets: resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
  clusterRoleBindings: resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false),
  clusterRoles: resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false),
  roleBindings: resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
  roles: resource("rbac.authorization.k8s.io", "v1", "roles", "Role"),
  priorityClasses: resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false),
  csiNodes: resource("storage.k8s.io", "v1", "csinodes", "CSINode", false),
  storageClasses: resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", false),
  apiServices: resource("apiregistration.k8s.io", "v1", "apiservices", "APIService", false),
  customResourceDefinitions: resource(
    "apiextensions.k8s.io",
    "v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    false,
  ),
} as const satisfies Record<string, Resource>;
