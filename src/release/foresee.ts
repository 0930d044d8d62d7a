import { SlipwayError, messageOf } from "../base/index.ts";
import { clientSideMerge, clientSidePatch, isConflict, statusOf, type ApiObject } from "../kube/index.ts";
import { fieldManager } from "./apply-one.ts";
import { withoutLongValues } from "./failure-text.ts";
import { isNamed, madeAnew, refusesChange } from "./immutable.ts";
import { callOf, type Session } from "./session.ts";
import { refOf, type Target } from "./targets.ts";

/** What would become of one object. */
export interface Foreseen {
  readonly target: Target;
  readonly live: ApiObject | undefined;
  readonly predicted: ApiObject | undefined;
  /** Why the server would refuse it. */
  readonly refused?: string;
  /** It would be deleted and made anew. */
  readonly replaced?: boolean;
}

/** How objects would be applied. */
export interface ForeseeOptions {
  readonly serverSide: boolean;
  /** Client-side apply's fields would be handed over to server-side apply first. */
  readonly handOver?: boolean;
  readonly forceConflicts?: boolean;
  /** They would be replaced (PUT) instead of patched. */
  readonly forceReplace?: boolean;
  /** Objects to make anew, as `Kind/name`; with `onlyRefused` those of them that could not be changed. */
  readonly replaceObjects?: readonly string[];
  readonly onlyRefused?: boolean;
}

/**
 * Asks the server what it would make of an object, writing nothing. Where it refuses, the answer is what was asked for: the
 * change merged into what is live.
 */
export async function foresee(
  session: Session,
  original: Target | undefined,
  target: Target,
  options: ForeseeOptions,
): Promise<Foreseen> {
  // What has no name yet cannot be there.
  const live = target.name === "" ? undefined : await session.client.find(refOf(target), callOf(session));
  const found = { target, live };
  const named = live !== undefined && isNamed(target, options.replaceObjects ?? []);
  const anew = async () => ({
    ...found,
    predicted: (await madeAnew(session, target)) ?? target.object,
    replaced: true,
  });
  if (named && !options.onlyRefused) return await anew();
  try {
    const foreseen = await predict(session, original, target, live, options);
    // What is new is shown as it is asked for: the server's defaults would hide it, and its addresses are others each time.
    return { ...found, ...foreseen, ...(live === undefined ? { predicted: target.object } : {}) };
  } catch (error) {
    session.signal?.throwIfAborted();
    // A namespace or kind that is still to be created cannot be asked: what was rendered stands for what will be.
    if (statusOf(error)?.code === 404 && live === undefined) return { ...found, predicted: target.object };
    if (!(error instanceof SlipwayError)) throw error;
    const fixed = live !== undefined && (await refusesChange(session, target, error));
    if (fixed && named) return await anew();
    const predicted =
      live === undefined ? target.object : clientSideMerge([original?.object ?? live], target.object, live);
    // What only a dry run is refused (a webhook that cannot do without side effects) goes well when it is done.
    if (/does not support dry ?run/i.test(messageOf(error))) return { ...found, predicted };
    const advice = fixed ? ` (--replace ${target.object.kind}/${target.name} deletes it and makes it anew)` : "";
    return { ...found, predicted, refused: `${withoutLongValues(messageOf(error))}${advice}` };
  }
}

type Prediction = Pick<Foreseen, "predicted" | "refused">;

async function predict(
  session: Session,
  original: Target | undefined,
  target: Target,
  live: ApiObject | undefined,
  { serverSide, handOver, forceConflicts, forceReplace }: ForeseeOptions,
): Promise<Prediction> {
  const call = { fieldManager, dryRun: true, ...callOf(session) };
  const ref = refOf(target);
  const applied = async (force: boolean) =>
    (await session.client.apply(ref, target.object, { ...call, fieldValidation: "Strict", force })).object;
  const patched = async (from: ApiObject) => {
    const made = clientSidePatch(original?.object ?? from, target.object, from);
    return made === undefined ? from : await session.client.patch(ref, made.type, made.patch, call);
  };
  if (!serverSide && live === undefined)
    return { predicted: await session.client.create(ref.resource, ref.namespace, target.object, call) };
  if (forceReplace && live !== undefined) {
    const metadata = { ...target.object.metadata, resourceVersion: live.metadata.resourceVersion };
    return { predicted: await session.client.update(ref, { ...target.object, metadata }, call) };
  }
  if (!serverSide) return { predicted: await patched(live as ApiObject) };
  const foreseen: Prediction = await applied(forceConflicts === true).then(
    (predicted) => ({ predicted }),
    inConflict(applied),
  );
  // A dry run cannot hand fields over first; client-side apply takes away the same ones.
  return handOver && live !== undefined ? { ...foreseen, predicted: await patched(live) } : foreseen;
}

/**
 * For fields that somebody else owns: what it would be if they were taken over, and the refusal. Helm's own older manager
 * gives way by itself. Other errors pass.
 */
function inConflict(applied: (force: boolean) => Promise<ApiObject>) {
  return async (error: unknown): Promise<Prediction> => {
    if (!isConflict(error)) throw error;
    const predicted = await applied(true);
    const refused = messageOf(error);
    const managers = [...refused.matchAll(/conflicts? with "([^"]+)"/g)].map((match) => match[1]);
    return managers.every((manager) => manager === fieldManager) ? { predicted } : { predicted, refused };
  };
}
