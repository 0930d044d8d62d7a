import type { Core, WriteContext } from "./core.ts";
import { admin } from "./auth.ts";
import { decodeObject } from "./server/body.ts";

/** What a new cluster holds from the first moment on. */

const context = (): WriteContext => ({ user: admin, dryRun: false, manager: "kube-apiserver", warnings: [] });

/** Creates what is missing. */
export function bootstrap(core: Core): void {
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
