import { ifThere, isApiError, type Machinery } from "./machinery.ts";
import { equal, type Obj } from "./object.ts";
import { isNamespaceTerminating } from "./pod-template.ts";
import { kinds } from "./port.ts";

const rootCa = "kube-root-ca.crt";
const description =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/** Every namespace has the service account `default` and the ConfigMap `kube-root-ca.crt`; both come back when deleted. */
export function startNamespaceBasics(machinery: Machinery, caBundle: string): void {
  const { api } = machinery;
  const namespaces = machinery.informer(kinds.namespaces);
  const accounts = machinery.informer(kinds.serviceAccounts);
  const configMaps = machinery.informer(kinds.configMaps);
  let stopped = false;
  machinery.onStop(() => (stopped = true));
  const provide = (name: string) => {
    const namespace = namespaces.get(name);
    if (stopped || namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
    const make = (create: () => void) => {
      try {
        create();
      } catch (error) {
        if (!isApiError(error, "already-exists") && !isApiError(error, "not-found") && !isNamespaceTerminating(error)) {
          throw error;
        }
      }
    };
    if (accounts.get(`${name}/default`) === undefined) {
      const metadata = { name: "default", namespace: name };
      make(() => void api.create(kinds.serviceAccounts, { apiVersion: "v1", kind: "ServiceAccount", metadata }));
    }
    const data = { "ca.crt": caBundle };
    const published = configMaps.get(`${name}/${rootCa}`);
    if (published === undefined) {
      const metadata = { name: rootCa, namespace: name, annotations: { "kubernetes.io/description": description } };
      make(() => void api.create(kinds.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data }));
    } else if (!equal(published.data, data)) {
      ifThere(() => api.update(kinds.configMaps, { ...published, data }));
    }
  };
  const queue = machinery.queue("serviceaccount-controller", provide);
  for (const namespace of namespaces.list()) provide(namespace.metadata.name);
  namespaces.on(({ type, object }) => {
    queue.add(object.metadata.name);
    // Pods need the account from the first moment on: it is there before the answer to the namespace's creation is.
    if (type === "ADDED") queueMicrotask(() => provide(object.metadata.name));
  });
  const watchName = (wanted: string) => (change: { object: Obj }) => {
    if (change.object.metadata.name === wanted) queue.add(change.object.metadata.namespace ?? "");
  };
  accounts.on(watchName("default"));
  configMaps.on(watchName(rootCa));
}
