/** How the answers of two clusters about the same objects are held against each other. */

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

/** What differs from run to run is masked: hashes, random names, times, uids, addresses, nodes. */
function mask(text: string): string {
  return text
    .replaceAll(/\b(web|db|agent|once|indexed|held)-[a-z0-9]{7,10}-[a-z0-9]{5}\b/g, "$1-H-R")
    .replaceAll(/\b(web|db|agent|apart|ports)-[bcdfghjklmnpqrstvwxz2456789]{7,10}\b/g, "$1-H")
    .replaceAll(/\b(web|db|agent|once)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "$1-R")
    .replaceAll(/\bindexed-(\d)-[a-z0-9]{5}\b/g, "indexed-$1-R")
    .replaceAll(/"[bcdfghjklmnpqrstvwxz2456789]{8,10}"/g, '"H"')
    .replaceAll(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-R")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "T")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "U")
    .replaceAll(/"(10|198|127)\.\d+\.\d+\.\d+"/g, '"IP"')
    .replaceAll(/\b(fake|node)-\d\b/g, "NODE")
    .replaceAll("kubelab/local", "PROVISIONER")
    .replaceAll("slipway.dev/simulated", "PROVISIONER");
}

const noise =
  /managedFields|resourceVersion|\.uid$|creationTimestamp|last-applied|last-change-trigger-time|selected-node|nodePort|metadata\.generation$|sim\.slipway|^Endpoints.*(hostname|targetRef\.name)|annotations\.kubelab|annotations\.sim\./;

function flat(value: Json, path: string, into: Map<string, string>): void {
  if (typeof value !== "object" || value === null) into.set(path, JSON.stringify(value));
  else for (const [key, item] of Object.entries(value)) flat(item, `${path}.${key}`, into);
}

/** Every field of every object but events, masked, by kind, name and path. */
export function fields(items: readonly Json[]): Map<string, string> {
  const out = new Map<string, string>();
  const seen = new Map<string, number>();
  const masked = items
    .filter((item) => item.kind !== "Event")
    .map((item) => JSON.parse(mask(JSON.stringify(item))))
    .sort((a, b) =>
      JSON.stringify([a.kind, a.metadata.name, a.spec]) < JSON.stringify([b.kind, b.metadata.name, b.spec]) ? -1 : 1,
    );
  for (const item of masked) {
    const name = `${item.kind}/${item.metadata.name}`;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    // Of a pod only what the scheduler says of one that has no node.
    if (item.kind === "Pod") {
      const condition = item.status.conditions?.find((it: Json) => it.type === "PodScheduled" && it.status === "False");
      item.status = condition === undefined ? {} : { reason: condition.reason, message: condition.message };
    }
    flat(item, `${name}#${count} `, out);
  }
  for (const path of out.keys()) if (noise.test(path)) out.delete(path);
  return out;
}

/** Events as one line each; what only a kubelet, a provisioner or a cloud says is left out. */
export function events(items: readonly Json[]): Set<string> {
  const foreign =
    /^(Pulled|Created|Started|Killing|EnsuringLoadBalancer|EnsuredLoadBalancer|ExternalProvisioning|Provisioning\w*|WaitForFirstConsumer|ClusterIPNotAllocated)$/;
  return new Set(
    items
      .filter((item) => item.kind === "Event" && !foreign.test(item.reason))
      .filter(
        (item) =>
          !(item.involvedObject.kind === "PersistentVolumeClaim" && item.involvedObject.name.startsWith("data-")),
      )
      .map((item) =>
        mask(
          [
            item.involvedObject.kind,
            item.type,
            item.reason,
            item.message,
            item.source?.component || item.reportingComponent,
          ].join(" | "),
        ),
      ),
  );
}
