import { apiVersionOf, type ApiResource } from "../../src/kube/index.ts";
import { resourceOfKind } from "../../src/schema/index.ts";

/** A kind that every API server serves, ready for requests. Throws for one that Kubernetes does not have. */
export function builtIn(apiVersion: string, kind: string): ApiResource {
  const found = resourceOfKind(apiVersion, kind);
  if (found === undefined) throw new Error(`Kubernetes has no ${kind} of ${apiVersion}`);
  const { group, version, plural, namespaced } = found;
  return { group, version, kind, plural, namespaced, verbs: [] };
}

/** What the releases of walks and faults consist of: everything that is looked at after each step. */
export function releaseKinds(): ApiResource[] {
  return [
    ...["ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim"].map((kind) => builtIn("v1", kind)),
    ...["Deployment", "StatefulSet", "DaemonSet"].map((kind) => builtIn("apps/v1", kind)),
    ...["CronJob", "Job"].map((kind) => builtIn("batch/v1", kind)),
    ...["Ingress", "NetworkPolicy"].map((kind) => builtIn("networking.k8s.io/v1", kind)),
    builtIn("autoscaling/v2", "HorizontalPodAutoscaler"),
    builtIn("policy/v1", "PodDisruptionBudget"),
    ...["Role", "RoleBinding", "ClusterRole"].map((kind) => builtIn("rbac.authorization.k8s.io/v1", kind)),
  ];
}

/** `apps/v1/Deployment/web`: an object's place in a snapshot. */
export function keyOf(resource: ApiResource, name: string): string {
  return `${apiVersionOf(resource)}/${resource.kind}/${name}`;
}
