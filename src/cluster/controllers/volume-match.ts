/** Which PersistentVolume a claim may have. Pure. */
import { matchesSelector, wholeValue } from "../../schedule/index.ts";
import type { Obj } from "./object.ts";

export const defaultClassAnnotation = "storageclass.kubernetes.io/is-default-class";

/** The default StorageClass: of several the newest, then by name. */
export function defaultClass(classes: readonly Obj[]): Obj | undefined {
  const marked = classes.filter(
    (it) =>
      it.metadata.annotations?.[defaultClassAnnotation] === "true" ||
      it.metadata.annotations?.["storageclass.beta.kubernetes.io/is-default-class"] === "true",
  );
  return marked.sort((a, b) => {
    const x = a.metadata.creationTimestamp ?? "";
    const y = b.metadata.creationTimestamp ?? "";
    if (x !== y) return x > y ? -1 : 1;
    return a.metadata.name < b.metadata.name ? -1 : 1;
  })[0];
}

const request = (claim: Obj) => wholeValue(claim.spec.resources?.requests?.storage);
const capacity = (volume: Obj) => wholeValue(volume.spec.capacity?.storage);

/** Whether a volume is kept for this claim by its claimRef. */
export function isFor(volume: Obj, claim: Obj): boolean {
  const reference = volume.spec.claimRef;
  if (!reference) return false;
  if (reference.name !== claim.metadata.name || reference.namespace !== claim.metadata.namespace) return false;
  return !reference.uid || reference.uid === claim.metadata.uid;
}

/** Size, class, mode and access modes fit (checkVolumeSatisfyClaim and FindMatchingVolume's filters). */
export function satisfies(volume: Obj, claim: Obj): boolean {
  const modes: string[] = volume.spec.accessModes ?? [];
  return (
    capacity(volume) >= request(claim) &&
    (volume.spec.storageClassName ?? "") === (claim.spec.storageClassName ?? "") &&
    (volume.spec.volumeMode ?? "Filesystem") === (claim.spec.volumeMode ?? "Filesystem") &&
    (claim.spec.accessModes ?? []).every((mode: string) => modes.includes(mode))
  );
}

/** The smallest free volume that does; one that is reserved for the claim comes first. */
export function findVolume(volumes: readonly Obj[], claim: Obj): Obj | undefined {
  const alive = volumes.filter((volume) => volume.metadata.deletionTimestamp === undefined && satisfies(volume, claim));
  const reserved = alive.find((volume) => isFor(volume, claim));
  if (reserved !== undefined) return reserved;
  return alive
    .filter((volume) => !volume.spec.claimRef && (volume.status?.phase ?? "Available") === "Available")
    .filter(
      (volume) => claim.spec.selector === undefined || matchesSelector(claim.spec.selector, volume.metadata.labels),
    )
    .sort((a, b) => capacity(a) - capacity(b) || (a.metadata.name < b.metadata.name ? -1 : 1))[0];
}
