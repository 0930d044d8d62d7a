import { SlipwayError, isSlipwayError, messageOf } from "../base/index.ts";
import {
  clientSidePatch,
  clientSidePatchAfter,
  isConflict,
  statusOf,
  upgradeFieldManagerPatch,
  type ApiObject,
} from "../kube/index.ts";
import { prefixed } from "./failure-text.ts";
import { withWayOut } from "./fixed-fields.ts";
import type { Attempts } from "./recovery.ts";
import { callOf, type Session } from "./session.ts";
import { gvkText, nameOf, refOf, targetKey, type Target } from "./targets.ts";

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

/** Creates one object by a plain write. */
export async function createOne(session: Session, target: Target): Promise<ApiObject> {
  const ref = refOf(target);
  return await retryOnConflict(() =>
    session.client.create(ref.resource, ref.namespace, target.object, { fieldManager, ...callOf(session) }),
  );
}

/** One server-side apply, with Helm's words for what goes wrong. */
export async function serverSideApply(
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
        ...callOf(session),
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
        ...(isConflict(error) ? { code: "release.conflict", ...conflictFacts(error, target) } : {}),
      });
    }
  }
}

/** Conflicts by field and owner, as findings. */
function conflictFacts(error: unknown, { object, name }: Target) {
  const causes = statusOf(error)?.details?.causes ?? [];
  return {
    details: causes
      .filter((cause) => cause.reason === "FieldManagerConflict")
      .map((cause) => ({
        code: "release.conflict",
        severity: "error" as const,
        message: `${object.kind} ${name}: ${cause.field ?? ""} belongs to ${/conflict with "([^"]*)"/.exec(cause.message ?? "")?.[1] ?? "another manager"}`,
        path: cause.field ?? "",
      })),
    fix: "Leave the field out of the chart, or take it over with --force-conflicts.",
  };
}

/**
 * Brings one object to what is wanted: creates it where it is missing, else changes it as the options say; told in
 * `result` and as an event. Throws Helm's words.
 */
export async function updateOne(
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

  if (options.serverSide && !options.forceReplace && !options.upgradeManager && target.name !== "") {
    // Apply both creates and changes: one request tells which. (What has no name is refused below, as by Helm.)
    try {
      const { object, created } = await serverSideApply(session, target, options.forceConflicts);
      done(object, created ? "created" : "configured");
    } catch (error) {
      session.signal?.throwIfAborted();
      // Helm words a creation differently, and stops at it.
      const exists = await session.client.find(ref, callOf(session)).catch(() => target.object);
      throw exists === undefined
        ? prefixed("failed to create resource", error)
        : withWayOut(error, exists, target.object);
    }
    return;
  }

  let live: ApiObject | undefined;
  try {
    live = await session.client.find(ref, callOf(session));
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
    const { object } = await serverSideApply(session, target, options.forceConflicts).catch((error: unknown) => {
      throw withWayOut(error, live, target.object);
    });
    return done(object, "configured");
  }
  // An object that was in no release before is compared with itself: what others set stays.
  const first = original?.object ?? live;
  const made = clientPatch(options.attempts, first, target, live, options.threeWayForCustom);
  if (made === undefined) return done(live, "unchanged");
  const patch = async ({ type, patch: body }: NonNullable<typeof made>) =>
    await session.client.patch(ref, type, body, { fieldManager, ...callOf(session) });
  try {
    done(await patch(made), "configured");
  } catch (error) {
    session.signal?.throwIfAborted();
    const again = statusOf(error)?.code === 422 ? await patchAfterFailures(options, first, target, live) : undefined;
    const object = again === undefined ? undefined : await patch(again).catch(() => undefined);
    if (object !== undefined) return done(object, "configured");
    throw withWayOut(
      prefixed(`cannot patch "${target.name}" with kind ${target.object.kind}`, error),
      live,
      target.object,
    );
  }
}

/** The patch that client-side apply sends; undefined where there is nothing to change. */
export function clientPatch(
  attempts: Attempts | undefined,
  original: unknown,
  target: Target,
  live: ApiObject,
  threeWayForCustom = false,
): ReturnType<typeof clientSidePatch> {
  const tried = attemptsAt(attempts?.interrupted ?? [], target);
  return tried.length > 0
    ? clientSidePatchAfter(tried, original, target.object, live)
    : clientSidePatch(original, target.object, live, { threeWayForCustom });
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
      const live = await session.client.get(ref, callOf(session));
      const object = {
        ...target.object,
        metadata: { ...target.object.metadata, resourceVersion: live.metadata.resourceVersion },
      };
      return await session.client.update(ref, object, { fieldManager, fieldValidation: "Strict", ...callOf(session) });
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
        ...callOf(session),
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
      current = await session.client.get(refOf(target), callOf(session));
    }
  }
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
