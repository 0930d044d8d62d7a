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

/** What stands behind awaited objects, found by what it belongs to. */
export interface Behind {
  /** Every pod behind a workload, of whatever revision. */
  podsOf(target: Target): readonly KubeObject[];
  /** The ReplicaSets of a Deployment, by its uid. */
  setsOf(uid: unknown): readonly KubeObject[];
  /** The events about an object (as it is live), its ReplicaSets, these pods of it, and the claims that they mount. */
  eventsAbout(target: Target, live: KubeObject | undefined, pods: readonly KubeObject[]): PlacedEvent[];
}

/** Sorts what is known once, for all the objects that are waited for. */
export function gather(
  pods: Iterable<KubeObject>,
  replicaSets: Iterable<KubeObject>,
  events: Iterable<PlacedEvent>,
): Behind {
  const podsBy = new Map<string, KubeObject[]>();
  for (const pod of pods) {
    const owner = ownerOf(pod);
    if (owner === undefined) continue;
    const place = pod.metadata.namespace ?? "";
    add(podsBy, `${place}/${owner.kind}/${owner.name}`, pod);
    // A Deployment's pods belong to a ReplicaSet named after it and the template's hash.
    const tail = `-${stringAt(pod, "", "metadata", "labels", "pod-template-hash")}`;
    if (owner.kind === "ReplicaSet" && owner.name.endsWith(tail))
      add(podsBy, `${place}/Deployment/${owner.name.slice(0, -tail.length)}`, pod);
  }
  const setsBy = new Map<unknown, KubeObject[]>();
  for (const set of replicaSets) add(setsBy, ownerOf(set)?.uid, set);
  const eventsBy = new Map<string, PlacedEvent[]>();
  for (const event of events) {
    add(eventsBy, `${event.namespace}/${event.kind}/${event.name}`, event);
    if (event.kind === "ReplicaSet")
      add(eventsBy, `${event.namespace}/sets of/${event.name.slice(0, event.name.lastIndexOf("-"))}`, event);
  }
  return {
    podsOf: ({ object, namespace, name }) => podsBy.get(`${namespace}/${object.kind}/${name}`) ?? [],
    setsOf: (uid) => setsBy.get(uid) ?? [],
    eventsAbout({ object, namespace, name }, live, mine) {
      const about = (kind: string, named: string) => eventsBy.get(`${namespace}/${kind}/${named}`) ?? [];
      return [
        ...about(object.kind, name).filter((event) => live === undefined || isAbout(event, live)),
        ...(object.kind === "Deployment" ? about("sets of", name) : []),
        ...(object.kind === "Pod" ? [] : mine).flatMap((pod) =>
          about("Pod", pod.metadata.name).filter((event) => isAbout(event, pod)),
        ),
        ...[...new Set(mine.flatMap(claimsOf))].flatMap((claim) => about("PersistentVolumeClaim", claim)),
      ];
    },
  };
}

function add<K, V>(into: Map<K, V[]>, key: K, value: V): void {
  const there = into.get(key);
  if (there === undefined) into.set(key, [value]);
  else there.push(value);
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
