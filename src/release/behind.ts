import { isMap } from "../base/index.ts";
import { at, stringAt, type KubeObject } from "../manifest/index.ts";
import type { EventNote } from "./reasons.ts";
import type { Target } from "./targets.ts";

/** An event, where it happened, and to which object of that name: one made anew has another uid. */
export type PlacedEvent = EventNote & { readonly namespace: string; readonly uid: string };

/** The owner of an object: its controller, else the first one. */
export function ownerOf(object: KubeObject): { kind: string; name: string; uid: string } | undefined {
  const owners = object.metadata.ownerReferences as
    | { kind: string; name: string; uid: string; controller?: boolean }[]
    | undefined;
  return owners?.find((owner) => owner.controller) ?? owners?.[0];
}

/** Every pod behind a workload, of whatever revision. */
export function podsOf({ object, namespace, name }: Target, pods: Iterable<KubeObject>): KubeObject[] {
  const { kind } = object;
  const all = [...pods].filter((pod) => (pod.metadata.namespace ?? "") === namespace);
  return all.filter((pod) => {
    const owner = ownerOf(pod);
    if (owner === undefined) return false;
    if (owner.kind === kind) return owner.name === name;
    // A Deployment's pods belong to a ReplicaSet named after it and the template's hash.
    return (
      kind === "Deployment" &&
      owner.kind === "ReplicaSet" &&
      owner.name === `${name}-${stringAt(pod, "", "metadata", "labels", "pod-template-hash")}`
    );
  });
}

/** The events about an object (as it is live), its ReplicaSets, these pods of it, and the claims that they mount. */
export function eventsAbout(
  { object, namespace, name }: Target,
  live: KubeObject | undefined,
  pods: readonly KubeObject[],
  events: Iterable<PlacedEvent>,
): PlacedEvent[] {
  const claims = new Set(pods.flatMap(claimsOf));
  return [...events].filter((event) => {
    if (event.namespace !== namespace) return false;
    if (event.kind === object.kind && event.name === name) return live === undefined || isAbout(event, live);
    if (event.kind === "Pod") return pods.some((pod) => pod.metadata.name === event.name && isAbout(event, pod));
    if (event.kind === "PersistentVolumeClaim") return claims.has(event.name);
    return object.kind === "Deployment" && event.kind === "ReplicaSet" && event.name.startsWith(`${name}-`);
  });
}

function isAbout(event: PlacedEvent, object: KubeObject): boolean {
  return event.uid === "" || event.uid === object.metadata["uid"];
}

function claimsOf(pod: KubeObject): string[] {
  const volumes = at(pod, "spec", "volumes");
  if (!Array.isArray(volumes)) return [];
  return volumes.flatMap((volume: unknown) => {
    if (isMap(volume) && volume["ephemeral"] !== undefined)
      return [`${pod.metadata.name}-${stringAt(volume, "", "name")}`];
    return stringAt(volume, "", "persistentVolumeClaim", "claimName") || [];
  });
}

/** What a core/v1 Event says, as far as reasons go. */
export function noteOf(event: KubeObject, namespace: string): PlacedEvent {
  const seen = Date.parse(
    stringAt(event, "", "lastTimestamp") ||
      stringAt(event, "", "eventTime") ||
      stringAt(event, "", "metadata", "creationTimestamp"),
  );
  return {
    namespace,
    kind: stringAt(event, "", "involvedObject", "kind"),
    name: stringAt(event, "", "involvedObject", "name"),
    uid: stringAt(event, "", "involvedObject", "uid"),
    type: stringAt(event, "", "type"),
    reason: stringAt(event, "", "reason"),
    message: stringAt(event, "", "message"),
    seen: Number.isNaN(seen) ? 0 : seen,
  };
}
