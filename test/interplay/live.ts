import { isNotFound, type ApiObject, type ApiResource, type KubeClient } from "../../src/kube/index.ts";
import { keyOf } from "./kinds.ts";

/** The live objects once background deletions and controllers are through, made comparable. */
export async function settled(
  client: KubeClient,
  namespace: string,
  all: readonly ApiResource[],
): Promise<Map<string, string>> {
  let before = "";
  for (let attempt = 0; ; attempt++) {
    const objects = await snapshot(client, namespace, all);
    const text = JSON.stringify([...objects]);
    if ((text === before && !text.includes('"deleting":true')) || attempt > 50) return objects;
    before = text;
    await new Promise((resolve) => setTimeout(resolve, attempt === 0 ? 20 : 100));
  }
}

async function snapshot(
  client: KubeClient,
  namespace: string,
  all: readonly ApiResource[],
): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  await Promise.all(
    all.map(async (resource) => {
      // A custom kind is not served before its definition was installed.
      const listing = client.list(resource, resource.namespaced ? namespace : undefined);
      const objects = await listing.catch((error: unknown) => {
        if (isNotFound(error)) return [];
        throw error;
      });
      for (const object of objects) {
        if (!resource.namespaced && !object.metadata.name.startsWith(namespace)) continue;
        if (object.metadata.name.startsWith("sh.helm.release.") || object.metadata.name === "kube-root-ca.crt")
          continue;
        // Jobs of CronJobs and the like are not the release's doing.
        if (object.metadata.ownerReferences !== undefined) continue;
        out.set(keyOf(resource, object.metadata.name.replaceAll(namespace, "NS")), comparable(object, namespace));
      }
    }),
  );
  return new Map([...out].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function comparable(object: ApiObject, namespace: string): string {
  const {
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _created,
    generation: _generation,
    managedFields,
    namespace: _namespace,
    ...metadata
  } = object.metadata;
  const managers = (managedFields ?? [])
    .filter((entry) => entry.subresource !== "status" && /^(helm|Helm|slipway)/.test(entry.manager))
    .map(
      (entry) => `${entry.manager} ${entry.operation} ${entry.apiVersion} ${JSON.stringify(sortDeep(entry.fieldsV1))}`,
    )
    .toSorted();
  // How many templates the Deployment controller happened to see is a matter of timing.
  if (metadata.annotations !== undefined)
    metadata.annotations = Object.fromEntries(
      Object.entries(metadata.annotations).filter(([key]) => !key.startsWith("deployment.kubernetes.io/")),
    );
  // Of a Pod, the API server and the node fill in most, some of it by chance.
  const spec = object.kind === "Pod" ? {} : { ...(object.spec as Record<string, unknown> | undefined) };
  for (const field of ["clusterIP", "clusterIPs", "selector", "template"]) {
    if (field === "selector" || field === "template") {
      // A Job's selector and labels hold its uid.
      if (object.kind === "Job") delete spec[field];
    } else delete spec[field];
  }
  // Jobs carry their uid in labels of their own.
  if (object.kind === "Job" && metadata.labels !== undefined)
    metadata.labels = Object.fromEntries(
      Object.entries(metadata.labels).filter(([key]) => !/controller-uid|job-name/.test(key)),
    );
  const { status: _status, metadata: _metadata, spec: _spec, ...rest } = object;
  return JSON.stringify(
    sortDeep({
      ...rest,
      metadata: {
        ...metadata,
        labels: metadata.labels,
        deleting: metadata.deletionTimestamp !== undefined || undefined,
      },
      spec,
      managers,
    }),
  ).replaceAll(namespace, "NS");
}

function sortDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortDeep(inner)]),
  );
}
