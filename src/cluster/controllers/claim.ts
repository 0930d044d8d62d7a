import { matchesSelector, type LabelSelector } from "../../schedule/index.ts";
import { ifThere, type Machinery } from "./machinery.ts";
import { controllerOf, controllerReference, withMeta, type Obj } from "./object.ts";
import type { Resource } from "./port.ts";

/**
 * ControllerRefManager.ClaimObject over a list: what the owner controls and selects is kept, what it controls and no longer
 * selects is released, orphans that it selects are adopted. Nothing is adopted by an owner that is being deleted.
 */
export function claim(
  machinery: Machinery,
  resource: Resource,
  owner: Obj,
  selector: LabelSelector | undefined,
  candidates: readonly Obj[],
): Obj[] {
  const claimed: Obj[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    const selected = matchesSelector(selector, object.metadata.labels);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (selected) claimed.push(object);
      else if (owner.metadata.deletionTimestamp === undefined) release(machinery, resource, owner, object);
      continue;
    }
    if (!selected || owner.metadata.deletionTimestamp !== undefined) continue;
    if (object.metadata.deletionTimestamp !== undefined) continue;
    const ownerReferences = [...(object.metadata.ownerReferences ?? []), controllerReference(owner)];
    const adopted = ifThere(() => machinery.api.update(resource, withMeta(object, { ownerReferences })));
    if (adopted !== undefined) claimed.push(adopted);
  }
  return claimed;
}

function release(machinery: Machinery, resource: Resource, owner: Obj, object: Obj): void {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter((it) => it.uid !== owner.metadata.uid);
  ifThere(() => machinery.api.update(resource, withMeta(object, { ownerReferences })));
}
