import { SlipwayError, isSlipwayError, messageOf } from "../base/index.ts";
import {
  applyChangesNothing,
  clientSidePatch,
  clientSidePatchAfter,
  isConflict,
  isNotFound,
  statusOf,
  upgradeFieldManagerPatch,
  type ApiObject,
} from "../kube/index.ts";
import type { Session } from "./session.ts";
import { ownedByAnother } from "./ownership.ts";
import { inParallel, ranks } from "./parallel.ts";
import type { Attempts } from "./recovery.ts";
import { gvkText, refOf, targetKey, type Target } from "./targets.ts";

/** Helm's field manager: the same for server-side apply and for plain writes. */
export const fieldManager = "helm";

/** How objects are written. */
export interface ApplyOptions {
  readonly serverSide: boolean;
  readonly forceConflicts: boolean;
  /** Replace (PUT) instead of patching. */
  readonly forceReplace: boolean;
  /** Move what `helm` owns from client-side apply to server-side apply first. */
  readonly upgradeManager: boolean;
  /** Merge custom resources over three states as well. */
  readonly threeWayForCustom: boolean;
  /** What earlier attempts may have brought; client-side apply takes it away again. */
  readonly attempts?: Attempts;
}

export interface ApplyResult {
  readonly created: Target[];
  readonly deleted: Target[];
  /** The objects as the server now has them, by {@link targetKey}. */
  readonly live: Map<string, ApiObject>;
}

function call(session: Session): { signal?: AbortSignal } {
  return session.signal === undefined ? {} : { signal: session.signal };
}

/** Checks flags that exclude each other; in Helm's words. */
export function checkApplyOptions(options: Pick<ApplyOptions, "serverSide" | "forceConflicts" | "forceReplace">): void {
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

async function createOne(session: Session, target: Target): Promise<ApiObject> {
  const ref = refOf(target);
  return await retryOnConflict(() =>
    session.client.create(ref.resource, ref.namespace, target.object, { fieldManager, ...call(session) }),
  );
}

/** One server-side apply, with Helm's words for what goes wrong. */
async function serverSideApply(
  session: Session,
  target: Target,
  force: boolean,
): Promise<{ object: ApiObject; created: boolean }> {
  const where = `${target.namespace}/${target.name} ${gvkText(target)}`;
  for (let attempt = 0; ; attempt++) {
    try {
      return await session.client.apply(refOf(target), target.object, {
        fieldManager,
        fieldValidation: "Strict",
        force,
        ...call(session),
      });
    } catch (error) {
      session.signal?.throwIfAborted();
      // A quota being counted by somebody else at the same time is no conflict of ours.
      if (isConflict(error) && /Operation cannot be fulfilled on resourcequotas/.test(messageOf(error)) && attempt < 5)
        continue;
      const prefix =
        statusOf(error)?.code === 415
          ? "server-side apply not available on the server"
          : isConflict(error)
            ? `conflict occurred while applying object ${where}`
            : `server-side apply failed for object ${where}`;
      throw new SlipwayError(`${prefix}: ${messageOf(error)}`, {
        ...(isSlipwayError(error) ? error.facts : { code: "kube.unknown", cause: error }),
        path: `${target.object.kind}/${target.name}`,
        ...(isConflict(error) ? { code: "release.conflict", ...conflictFacts(error) } : {}),
      });
    }
  }
}

/** Conflicts by field and owner, as findings. */
function conflictFacts(error: unknown) {
  const causes = statusOf(error)?.details?.causes ?? [];
  return {
    details: causes
      .filter((cause) => cause.reason === "FieldManagerConflict")
      .map((cause) => ({
        code: "release.conflict",
        severity: "error" as const,
        message: `${cause.field ?? ""} belongs to ${/conflict with "([^"]*)"/.exec(cause.message ?? "")?.[1] ?? "another manager"}`,
        path: cause.field ?? "",
      })),
    fix: "Leave the field out of the chart, or take it over with --force-conflicts.",
  };
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
  for (const rank of ranks(targets, (target) => target.object.kind)) {
    session.signal?.throwIfAborted();
    const failures = await inParallel(rank, async (target) => {
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
    });
    for (const failure of failures) if (failure !== undefined) errors.push(failure.error);
    const creation = failures.find((failure) => failure?.creating);
    if (creation !== undefined) throw withCreated(creation.error, result);
  }
  if (errors.length > 0) throw withCreated(joined(errors, " && "), result);

  const wanted = new Set(targets.map(targetKey));
  const surplus = originals.filter((target) => !wanted.has(targetKey(target)));
  if (surplus.length > 0) session.emit({ type: "phase", phase: "delete" });
  // Helm deletes in the order of the old manifest; one after the other, for order may matter here.
  for (const target of surplus) await deleteSurplus(session, target, release, result, errors);
  if (errors.length > 0) throw withCreated(joined(errors, " && "), result);
  return result;
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
            ...call(session),
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

async function updateOne(
  session: Session,
  original: Target | undefined,
  target: Target,
  options: ApplyOptions,
  result: ApplyResult,
): Promise<void> {
  const ref = refOf(target);
  const done = (object: ApiObject, action: "created" | "configured" | "unchanged") => {
    result.live.set(targetKey(target), object);
    if (action === "created") result.created.push(target);
    session.emit({ type: "object", action, object: nameOf(target) });
  };

  if (options.serverSide && !options.forceReplace && !options.upgradeManager) {
    // Apply both creates and changes: one request tells which.
    try {
      const { object, created } = await serverSideApply(session, target, options.forceConflicts);
      done(object, created ? "created" : "configured");
    } catch (error) {
      session.signal?.throwIfAborted();
      // Helm words a creation differently, and stops at it.
      const exists = await session.client.find(ref, call(session)).catch(() => ({}));
      throw exists === undefined ? prefixed("failed to create resource", error) : error;
    }
    return;
  }

  let live: ApiObject | undefined;
  try {
    live = await session.client.find(ref, call(session));
  } catch (error) {
    session.signal?.throwIfAborted();
    throw prefixed("could not get information about the resource", error);
  }
  if (live === undefined) {
    try {
      const object = options.serverSide
        ? (await serverSideApply(session, target, options.forceConflicts)).object
        : await createOne(session, target);
      done(object, "created");
    } catch (error) {
      session.signal?.throwIfAborted();
      throw prefixed("failed to create resource", error);
    }
    return;
  }
  if (options.forceReplace) return done(await replaceOne(session, target), "configured");
  if (options.serverSide) {
    await handOver(session, target, live);
    return done((await serverSideApply(session, target, options.forceConflicts)).object, "configured");
  }
  // An object that was in no release before is compared with itself: what others set stays.
  const first = original?.object ?? live;
  const tried = attemptsAt(options.attempts?.interrupted ?? [], target);
  const made =
    tried.length > 0
      ? clientSidePatchAfter(tried, first, target.object, live)
      : clientSidePatch(first, target.object, live, { threeWayForCustom: options.threeWayForCustom });
  if (made === undefined) return done(live, "unchanged");
  const patch = async ({ type, patch: body }: NonNullable<typeof made>) =>
    await session.client.patch(ref, type, body, { fieldManager, ...call(session) });
  try {
    done(await patch(made), "configured");
  } catch (error) {
    session.signal?.throwIfAborted();
    const again = statusOf(error)?.code === 422 ? await patchAfterFailures(options, first, target, live) : undefined;
    const object = again === undefined ? undefined : await patch(again).catch(() => undefined);
    if (object !== undefined) return done(object, "configured");
    throw prefixed(`cannot patch "${target.name}" with kind ${target.object.kind}`, error);
  }
}

function attemptsAt(attempts: readonly Target[], target: Target): unknown[] {
  const key = targetKey(target);
  return attempts.filter((attempt) => targetKey(attempt) === key).map((attempt) => attempt.object);
}

/**
 * A patch that takes away what failed upgrades had brought, for where the server refuses Helm's own: two ports without a
 * name, say, the old one and the one of the upgrade that failed. Undefined when there was no such upgrade.
 */
async function patchAfterFailures(
  options: ApplyOptions,
  original: unknown,
  target: Target,
  live: ApiObject,
): Promise<ReturnType<typeof clientSidePatchAfter>> {
  const tried = attemptsAt((await options.attempts?.failed()) ?? [], target);
  return tried.length === 0 ? undefined : clientSidePatchAfter(tried, original, target.object, live);
}

/** PUT over what is live, with its resourceVersion. */
async function replaceOne(session: Session, target: Target): Promise<ApiObject> {
  const ref = refOf(target);
  try {
    return await retryOnConflict(async () => {
      const live = await session.client.get(ref, call(session));
      const object = {
        ...target.object,
        metadata: { ...target.object.metadata, resourceVersion: live.metadata.resourceVersion },
      };
      return await session.client.update(ref, object, { fieldManager, fieldValidation: "Strict", ...call(session) });
    });
  } catch (error) {
    session.signal?.throwIfAborted();
    throw prefixed("failed to replace object", error);
  }
}

/** Moves the fields that client-side apply owned to server-side apply, once. */
async function handOver(session: Session, target: Target, live: ApiObject): Promise<void> {
  let current = live;
  for (let attempt = 0; ; attempt++) {
    const patch = upgradeFieldManagerPatch(current, fieldManager);
    if (patch === undefined) return;
    try {
      await session.client.patch(refOf(target), "json", patch, {
        fieldManager,
        fieldValidation: "Strict",
        ...call(session),
      });
      return;
    } catch (error) {
      session.signal?.throwIfAborted();
      if (!isConflict(error) || attempt >= 5) {
        throw prefixed(
          `failed to patch object to upgrade CSA field manager ${target.namespace}/${target.name} ${gvkText(target)}`,
          error,
        );
      }
      current = await session.client.get(refOf(target), call(session));
    }
  }
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
    live = await session.client.find(refOf(target), call(session));
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
    await session.client.delete(refOf(target), { propagation: "Background", ...call(session) });
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
        await session.client.delete(refOf(target), { propagation, ...call(session) });
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

export function nameOf(target: Target): { kind: string; name: string; namespace: string } {
  return { kind: target.object.kind, name: target.name, namespace: target.resource.namespaced ? target.namespace : "" };
}

/** Several errors as one: their words joined; the facts are the first one's. */
export function joined(errors: readonly unknown[], separator: string): SlipwayError {
  const first = errors[0];
  if (errors.length === 1 && first instanceof SlipwayError) return first;
  const facts = first instanceof SlipwayError ? first.facts : { code: "release.failed", cause: first };
  return new SlipwayError(errors.map(messageOf).join(separator), facts);
}

export function prefixed(prefix: string, error: unknown): SlipwayError {
  const facts = error instanceof SlipwayError ? error.facts : { code: "release.failed", cause: error };
  return new SlipwayError(`${prefix}: ${messageOf(error)}`, facts);
}

const createdOf = new WeakMap<object, readonly Target[]>();

function withCreated(error: unknown, result: ApplyResult): unknown {
  if (typeof error === "object" && error !== null) createdOf.set(error, [...result.created]);
  return error;
}

/** What a failed {@link updateAll} had created before it failed: what `--cleanup-on-fail` deletes. */
export function createdBefore(error: unknown): readonly Target[] {
  return (typeof error === "object" && error !== null ? createdOf.get(error) : undefined) ?? [];
}

async function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || attempt >= 4) throw error;
    }
  }
}
