import { claim } from "./claim.ts";
import { ifThere, isApiError, type Machinery } from "./machinery.ts";
import { byCreation, controllerReference, copy, equal, type Json, type Obj } from "./object.ts";
import { computeHash } from "./pod-template.ts";
import { kinds } from "./port.ts";

/** getPatch: what a ControllerRevision keeps of its owner; kubectl's rollout undo sends it as a strategic merge patch. */
export function revisionData(owner: Obj): Json {
  return { spec: { template: { ...copy(owner.spec.template), $patch: "replace" } } };
}

const byRevision = (a: Obj, b: Obj) => (a["revision"] as number) - (b["revision"] as number) || byCreation(a, b);

/** The owner's ControllerRevisions, oldest first; orphans that match are adopted. */
export function revisionsOf(machinery: Machinery, owner: Obj): Obj[] {
  const all = machinery.informer(kinds.controllerRevisions).list(owner.metadata.namespace);
  return claim(machinery, kinds.controllerRevisions, owner, owner.spec.selector, all).sort(byRevision);
}

export interface Revisions {
  readonly current: Obj;
  readonly update: Obj;
  readonly collisionCount: number;
  readonly all: readonly Obj[];
}

/**
 * getStatefulSetRevisions: the revision of the present template (made, or an equal older one raised to the newest) and the
 * one named by status.currentRevision.
 */
export function syncRevisions(machinery: Machinery, owner: Obj, hashLabel: string): Revisions {
  const { api } = machinery;
  const existing = revisionsOf(machinery, owner);
  let collisionCount: number = owner.status?.collisionCount ?? 0;
  const data = revisionData(owner);
  const newest = existing.at(-1);
  const next = ((newest?.["revision"] as number | undefined) ?? 0) + 1;
  const same = existing.findLast((revision) => equal(revision.data, data));
  let update: Obj;
  if (same !== undefined && same === newest) update = same;
  else if (same !== undefined) {
    update = api.update(kinds.controllerRevisions, { ...same, revision: next });
  } else {
    for (;;) {
      const hash = computeHash(data, collisionCount);
      const revision: Obj = {
        apiVersion: "apps/v1",
        kind: "ControllerRevision",
        metadata: {
          name: `${owner.metadata.name.slice(0, 223)}-${hash}`,
          namespace: owner.metadata.namespace as string,
          labels: { ...owner.spec.template.metadata?.labels, [hashLabel]: hash },
          ...(owner.metadata.annotations === undefined ? {} : { annotations: { ...owner.metadata.annotations } }),
          ownerReferences: [controllerReference(owner)],
        },
        data,
        revision: next,
      };
      try {
        update = api.create(kinds.controllerRevisions, revision);
        break;
      } catch (error) {
        if (!isApiError(error, "already-exists")) throw error;
        const there = api.get(kinds.controllerRevisions, owner.metadata.namespace, revision.metadata.name);
        if (there !== undefined && equal(there.data, data)) {
          update = there;
          break;
        }
        collisionCount++;
      }
    }
  }
  const all = [...existing.filter((revision) => revision.metadata.uid !== update.metadata.uid), update];
  const current = all.find((revision) => revision.metadata.name === owner.status?.currentRevision) ?? update;
  return { current, update, collisionCount, all };
}

/** The owner as it was at a revision: only the template differs. */
export function atRevision(owner: Obj, revision: Obj): Obj {
  const { $patch: _, ...template } = revision.data?.spec?.template ?? {};
  return { ...owner, spec: { ...owner.spec, template } };
}

/** truncateHistory: revisions that nobody lives on go, oldest first, down to the limit. */
export function truncateRevisions(
  machinery: Machinery,
  owner: Obj,
  all: readonly Obj[],
  live: ReadonlySet<string>,
): void {
  const idle = all.filter((revision) => !live.has(revision.metadata.name)).sort(byRevision);
  const limit = owner.spec.revisionHistoryLimit ?? 10;
  for (const revision of idle.slice(0, Math.max(0, idle.length - limit))) {
    const { namespace, name } = revision.metadata;
    ifThere(() => machinery.api.delete(kinds.controllerRevisions, namespace, name));
  }
}
