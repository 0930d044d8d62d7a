import type { Core, WriteContext } from "./core.ts";
import { admin } from "./auth.ts";
import { bootstrapRbac } from "./bootstrap-rbac.ts";
import { newUid } from "./objects.ts";
import { decodeObject } from "./server/body.ts";
import type { Stored } from "./store.ts";
import type { Loose } from "./strategy.ts";

/** What a new cluster holds from the first moment on. */

const context = (): WriteContext => ({ user: admin, dryRun: false, manager: "kube-apiserver", warnings: [] });

/** Creates what is missing. Without `gathered`, roles that gather the rules of others wait for a controller to fill them. */
export function bootstrap(core: Core, gathered = true): void {
  bootstrapRoles(core, gathered);
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"]) {
    ensure(core, "v1", "namespaces", "", { metadata: { name } });
  }
  ensure(core, "v1", "services", "default", {
    metadata: { name: "kubernetes", labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      clusterIP: "10.96.0.1",
      clusterIPs: ["10.96.0.1"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    },
  });
  for (const [name, value, description] of [
    [
      "system-cluster-critical",
      2000000000,
      "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ],
    [
      "system-node-critical",
      2000001000,
      "Used for system critical pods that must not be moved from their current node.",
    ],
  ] as const) {
    ensure(core, "scheduling.k8s.io/v1", "priorityclasses", "", { metadata: { name }, value, description });
  }
}

/** Creates an object unless one of its name is there. */
export function ensure(
  core: Core,
  apiVersion: string,
  plural: string,
  namespace: string,
  data: Record<string, unknown>,
): void {
  const type = core.types.at(apiVersion, plural);
  const { name } = data["metadata"] as { name: string };
  if (type === undefined || core.find(type, namespace, name) !== undefined) return;
  core.create(type, namespace, decodeObject(data, type, { validation: "Ignore", warnings: [] }), context());
}

const rbac = "rbac.authorization.k8s.io";
const plurals: Record<string, string> = {
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
};

/** The roles and bindings every cluster starts with; stored as they are, since there are many. */
function bootstrapRoles(core: Core, gathered: boolean): void {
  if (core.store.table(`${rbac}/clusterroles`).keys.length > 0) return;
  for (const line of bootstrapRbac.split("\n")) {
    const { k: kind, n: name, ns: namespace, l: labels, a, r: rules, ref, s: subjects } = JSON.parse(line);
    const object: Loose = {
      kind,
      apiVersion: `${rbac}/v1`,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: newUid(core.random),
        creationTimestamp: core.now(),
        labels: { "kubernetes.io/bootstrapping": "rbac-defaults", ...labels },
        annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
      },
    };
    if (rules !== undefined) {
      object.rules = rules.map(([verbs, apiGroups, resources, resourceNames, nonResourceURLs]: Loose[]) => ({
        verbs,
        ...(apiGroups ? { apiGroups } : {}),
        ...(resources ? { resources } : {}),
        ...(resourceNames ? { resourceNames } : {}),
        ...(nonResourceURLs ? { nonResourceURLs } : {}),
      }));
    }
    if (a !== undefined) {
      object.aggregationRule = a;
      if (!gathered) object.rules = null;
    }
    if (ref !== undefined) {
      if (subjects.length > 0)
        object.subjects = subjects.map(([subjectKind, subjectName, place]: string[]) => ({
          kind: subjectKind,
          ...(subjectKind === "ServiceAccount" ? {} : { apiGroup: rbac }),
          name: subjectName,
          ...(place === undefined ? {} : { namespace: place }),
        }));
      object.roleRef = { apiGroup: rbac, kind: ref[0], name: ref[1] };
    }
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    core.store.put(`${rbac}/${plurals[kind]}`, key, object as Stored);
  }
}
