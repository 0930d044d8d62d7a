import { SlipwayError, isSlipwayError, messageOf } from "../base/index.ts";
import { applyChangesNothing, isAlreadyExists, isNotFound, type ApiObject } from "../kube/index.ts";
import {
  createOne,
  fieldManager,
  serverSideApply,
  updateOne,
  type ApplyOptions,
  type ApplyResult,
} from "./apply-one.ts";
import { joined, prefixed } from "./failure-text.ts";
import { ownedByAnother } from "./ownership.ts";
import { inParallel, ranks } from "./parallel.ts";
import { callOf, type Session } from "./session.ts";
import { nameOf, refOf, targetKey, type Target } from "./targets.ts";

/** Checks flags that exclude each other; in Helm's words. */
export function checkApplyOptions(
  options: Partial<Pick<ApplyOptions, "serverSide" | "forceConflicts" | "forceReplace">>,
): void {
  const refuse = (words: string) => new SlipwayError(words, { code: "release.flags" });
  if (!options.serverSide && options.forceConflicts)
    throw refuse("invalid client update option(s): forceConflicts enabled when serverSideApply disabled");
  if (options.forceConflicts && options.forceReplace)
    throw refuse("invalid operation: cannot use force conflicts and force replace together");
  if (options.serverSide && options.forceReplace)
    throw refuse("invalid operation: cannot use server-side apply and force replace together");
}

/**
 * Creates objects: kind after kind in the order given, objects of one kind at once. All are tried; what went wrong is
 * thrown together at the end, as Helm does.
 */
export async function createAll(
  session: Session,
  targets: readonly Target[],
  serverSide: boolean,
  forceConflicts = false,
): Promise<ApplyResult> {
  const live = new Map<string, ApiObject>();
  const errors: unknown[] = [];
  for (const rank of ranks(targets, (target) => target.object.kind)) {
    session.signal?.throwIfAborted();
    const failures = await inParallel(rank, async (target) => {
      try {
        const object = serverSide
          ? (await serverSideApply(session, target, forceConflicts)).object
          : await createOne(session, target);
        live.set(targetKey(target), object);
        session.emit({ type: "object", action: "created", object: nameOf(target) });
        return undefined;
      } catch (error) {
        session.signal?.throwIfAborted();
        return { error };
      }
    });
    for (const failure of failures) if (failure !== undefined) errors.push(failure.error);
  }
  if (errors.length > 0) throw joined(errors, "\n");
  return { created: [...targets], deleted: [], live };
}

/**
 * Brings the cluster from `originals` to `targets`: what is missing is created, what is there is changed, what is no
 * longer wanted is deleted (unless `helm.sh/resource-policy: keep`, or another release's by now). The first object
 * that cannot be created ends it; changes that fail are gathered, and then nothing is deleted. Helm's words.
 *
 * On failure the error carries what had been created (see {@link createdBefore}).
 */
export async function updateAll(
  session: Session,
  originals: readonly Target[],
  targets: readonly Target[],
  options: ApplyOptions,
  release: { name: string; namespace: string },
): Promise<ApplyResult> {
  checkApplyOptions(options);
  const result: ApplyResult = { created: [], deleted: [], live: new Map() };
  const originalByKey = new Map(originals.map((target) => [targetKey(target), target]));
  const errors: unknown[] = [];
  const unchanged =
    options.serverSide && !options.forceReplace && !options.upgradeManager
      ? await findUnchanged(session, originalByKey, targets)
      : new Map<string, ApiObject>();
  const applyOne = async (target: Target) => {
    try {
      const same = unchanged.get(targetKey(target));
      if (same !== undefined) {
        result.live.set(targetKey(target), same);
        session.emit({ type: "object", action: "unchanged", object: nameOf(target) });
        return undefined;
      }
      await updateOne(session, originalByKey.get(targetKey(target)), target, options, result);
      return undefined;
    } catch (error) {
      session.signal?.throwIfAborted();
      return { error, creating: isSlipwayError(error) && error.message.startsWith("failed to create resource: ") };
    }
  };
  for (const rank of ranks(targets, (target) => target.object.kind)) {
    for (let rest: readonly Target[] = rank; rest.length > 0;) {
      session.signal?.throwIfAborted();
      const part = await untilRefused(session, rest, originalByKey, options);
      const failures = await inParallel(part, applyOne);
      for (const failure of failures) if (failure !== undefined) errors.push(failure.error);
      const creation = failures.find((failure) => failure?.creating);
      if (creation !== undefined) throw withCreated(creation.error, result.created);
      // What the dry run was refused went well after all: on to what comes after it.
      rest = rest.slice(part.length);
    }
  }
  if (errors.length > 0) throw withCreated(joined(errors, " && "), result.created);

  const wanted = new Set(targets.map(targetKey));
  const surplus = originals.filter((target) => !wanted.has(targetKey(target)));
  if (surplus.length > 0) session.emit({ type: "phase", phase: "delete" });
  // Helm deletes in the order of the old manifest; one after the other, for order may matter here.
  for (const target of surplus) await deleteSurplus(session, target, release, result, errors);
  if (errors.length > 0) throw withCreated(joined(errors, " && "), result.created);
  return result;
}

/**
 * The objects of a kind up to the first one whose creation the server would refuse: stock Helm stops there, and what
 * comes after it stays untouched. Asked by a dry run, for the objects that are new; those of one kind are sent at once.
 */
async function untilRefused(
  session: Session,
  rank: readonly Target[],
  originals: ReadonlyMap<string, Target>,
  options: ApplyOptions,
): Promise<readonly Target[]> {
  const fresh = rank.filter((target) => !originals.has(targetKey(target)) && target.name !== "");
  if (fresh.length === 0 || rank.at(-1) === fresh[0]) return rank;
  const refused = await inParallel(fresh, async (target) => {
    const write = { dryRun: true, fieldManager, ...callOf(session) };
    const { resource, namespace } = refOf(target);
    try {
      if (options.serverSide) {
        const more = { fieldValidation: "Strict", force: options.forceConflicts } as const;
        await session.client.apply(refOf(target), target.object, { ...write, ...more });
      } else await session.client.create(resource, namespace, target.object, write);
      return false;
    } catch (error) {
      session.signal?.throwIfAborted();
      // What a dry run cannot find out is found out by doing it.
      return !isAlreadyExists(error) && !/dry ?run/i.test(messageOf(error));
    }
  });
  const first = fresh.find((_, index) => refused[index]);
  return first === undefined ? rank : rank.slice(0, rank.indexOf(first) + 1);
}

/** From how many objects of a kind on it pays to read them all at once. */
const worthListing = 4;

/**
 * The objects that an apply would leave exactly as they are, found with a request a kind instead of one an object.
 * What cannot be read is simply applied.
 */
async function findUnchanged(
  session: Session,
  originals: ReadonlyMap<string, Target>,
  targets: readonly Target[],
): Promise<Map<string, ApiObject>> {
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    if (!originals.has(targetKey(target)) || target.name === "") continue;
    const key = `${target.resource.group}/${target.resource.version}/${target.resource.plural}/${target.resource.namespaced ? target.namespace : ""}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [target]);
    else group.push(target);
  }
  const found = new Map<string, ApiObject>();
  await Promise.all(
    [...groups.values()]
      .filter((group) => group.length >= worthListing)
      .map(async (group) => {
        const { resource, namespace } = group[0] as Target;
        let lives: ApiObject[];
        try {
          lives = await session.client.list(resource, resource.namespaced ? namespace : undefined, {
            labelSelector: commonLabels(group),
            ...callOf(session),
          });
        } catch {
          session.signal?.throwIfAborted();
          return;
        }
        const byName = new Map(lives.map((live) => [live.metadata.name, live]));
        for (const target of group) {
          const live = byName.get(target.name);
          if (live !== undefined && applyChangesNothing(live, target.object, fieldManager))
            found.set(targetKey(target), live);
        }
      }),
  );
  return found;
}

/** What all of the objects are labelled with, as a selector: so that a list holds little else. */
function commonLabels(targets: readonly Target[]): string {
  const first = Object.entries((targets[0] as Target).object.metadata.labels ?? {});
  return first
    .filter(([key, value]) => targets.every((target) => target.object.metadata.labels?.[key] === value))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

async function deleteSurplus(
  session: Session,
  target: Target,
  release: { name: string; namespace: string },
  result: ApplyResult,
  errors: unknown[],
): Promise<void> {
  session.signal?.throwIfAborted();
  let live: ApiObject | undefined;
  try {
    live = await session.client.find(refOf(target), callOf(session));
  } catch {
    session.signal?.throwIfAborted();
    return; // Helm goes on when it cannot even read it.
  }
  if (live === undefined) return;
  if (live.metadata.annotations?.["helm.sh/resource-policy"] === "keep") {
    session.emit({ type: "object", action: "kept", object: nameOf(target) });
    return;
  }
  // Beyond Helm: what another release has taken over since is not ours to delete.
  if (ownedByAnother(live, release.name, release.namespace)) {
    session.emit({
      type: "warning",
      text: `${target.object.kind} ${target.name} belongs to another release by now and is left alone`,
    });
    return;
  }
  try {
    await session.client.delete(refOf(target), { propagation: "Background", ...callOf(session) });
    result.deleted.push(target);
    session.emit({ type: "object", action: "deleted", object: nameOf(target) });
  } catch (error) {
    session.signal?.throwIfAborted();
    if (isNotFound(error)) return;
    errors.push(
      prefixed(
        `failed to delete resource namespace=${target.namespace}, name=${target.name}, kind=${target.object.kind}`,
        error,
      ),
    );
  }
}

/** Deletes objects: kind after kind, objects of one kind at once. Gives what was there, and what went wrong. */
export async function deleteAll(
  session: Session,
  targets: readonly Target[],
  propagation: "Background" | "Foreground" | "Orphan",
): Promise<{ deleted: Target[]; errors: unknown[] }> {
  const errors: unknown[] = [];
  const deleted: Target[] = [];
  for (const rank of ranks(targets, (target) => target.object.kind)) {
    session.signal?.throwIfAborted();
    const failures = await inParallel(rank, async (target) => {
      try {
        await session.client.delete(refOf(target), { propagation, ...callOf(session) });
        deleted.push(target);
        session.emit({ type: "object", action: "deleted", object: nameOf(target) });
        return undefined;
      } catch (error) {
        session.signal?.throwIfAborted();
        return isNotFound(error) ? undefined : { error };
      }
    });
    for (const failure of failures) if (failure !== undefined) errors.push(failure.error);
  }
  return { deleted, errors };
}

const createdOf = new WeakMap<object, readonly Target[]>();

/** The error, with what had been created before it: see {@link createdBefore}. */
export function withCreated(error: unknown, created: readonly Target[]): unknown {
  if (typeof error === "object" && error !== null) createdOf.set(error, [...created]);
  return error;
}

/** What a failed {@link updateAll}, or what came after it, had created before it failed: what `--cleanup-on-fail` deletes. */
export function createdBefore(error: unknown): readonly Target[] {
  return (typeof error === "object" && error !== null ? createdOf.get(error) : undefined) ?? [];
}
