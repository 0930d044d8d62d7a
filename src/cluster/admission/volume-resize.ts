import { wholeValue } from "../../schedule/index.ts";
import type { Core } from "../core.ts";
import type { ServedType } from "../served.ts";
import { forbidden } from "../status.ts";
import type { Loose } from "../strategy.ts";

const request = (claim: Loose) => wholeValue(claim.spec.resources?.requests?.storage);

/** PersistentVolumeClaimResize: a claim grows only when it is bound, and where its class lets volumes grow. */
export function checkVolumeResize(core: Core, type: ServedType, claim: Loose, old: Loose): void {
  if (request(claim) <= request(old)) return;
  const refuse = (why: string) => forbidden(type, claim.metadata.name, why);
  if (old.status?.phase !== "Bound") throw refuse("Only bound persistent volume claims can be expanded");
  const name = claim.spec.storageClassName ?? "";
  const found: Loose = core.store.get("storage.k8s.io/storageclasses", name);
  if (name === (old.spec.storageClassName ?? "") && found?.allowVolumeExpansion === true) return;
  throw refuse(
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
  );
}
