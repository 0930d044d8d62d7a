import { SlipwayError, messageOf, type Finding } from "../base/index.ts";
import { statusOf, type ApiObject } from "../kube/index.ts";
import { deleteAll } from "./apply.ts";
import { clientPatch, fieldManager } from "./apply-one.ts";
import { joined, withoutLongValues } from "./failure-text.ts";
import { changesOf, hasFixedFields, mayBeTouched, saysFixed, touched, touchedLive } from "./fixed-fields.ts";
import { ownedByAnother } from "./ownership.ts";
import { inParallel } from "./parallel.ts";
import type { Attempts } from "./recovery.ts";
import { callOf, type Session } from "./session.ts";
import { refOf, targetKey, type Target } from "./targets.ts";
import { waitUntilGone } from "./wait-gone.ts";

/** A change that is about to be made. */
export interface ChangeToCheck {
  readonly originals: readonly Target[];
  readonly targets: readonly Target[];
  readonly serverSide: boolean;
  /** Objects to make anew where they cannot be changed, as `Kind/name`. */
  readonly replace: readonly string[];
  /** Whether what is live is what the originals say: whether the last revision went well. */
  readonly sure: boolean;
  readonly attempts?: Attempts;
  /** What has a flag --replace, where the verb at work has none. */
  readonly through?: string;
}

/**
 * Finds, before anything is touched, objects whose change the server would refuse because a field cannot change: what
 * the manifests say is suspicious is put to the server as a dry run, and where they may not be what is live, whatever is
 * live otherwise. Gives those named in `replace` (`Deployment/web`); throws `release.immutable` for others, with what
 * would change, the server's words and what to do.
 */
export async function checkImmutable(session: Session, change: ChangeToCheck): Promise<Target[]> {
  const { targets, replace } = change;
  const before = new Map(change.originals.map((target) => [targetKey(target), target]));
  const replaced: Target[] = [];
  const refused = await inParallel(targets, async (target): Promise<Finding | undefined> => {
    const old = before.get(targetKey(target));
    if (old === undefined || target.name === "") return undefined;
    const paths = touched(old.object, target.object);
    // Of an object that is taken over, no record says what it is.
    const unsure = paths.length === 0 && (!change.sure || old === target) && hasFixedFields(target.object);
    if (paths.length === 0 && !unsure) return undefined;
    const live = await session.client.find(refOf(target), callOf(session)).catch(() => undefined);
    session.signal?.throwIfAborted();
    if (live === undefined || (unsure && !mayBeTouched(live, target.object))) return undefined;
    const refusal = await refusalOf(session, old, target, live, change, unsure);
    if (refusal === undefined) return undefined;
    const path = `${target.object.kind}/${target.name}`;
    if (isNamed(target, replace)) {
      replaced.push(target);
      const { refused: why } = await asNew(session, target);
      if (why === undefined) return undefined;
      const fix = `Nothing was changed: ${path} would be deleted, and could not be made anew.`;
      throw new SlipwayError(why, { code: "release.immutable", path, fix });
    }
    const where = unsure ? touchedLive(live, target.object) : paths;
    const message = [...changesOf(live, target.object, where, old.object), refusal].join("\n");
    return { code: "release.immutable", severity: "error", message, path };
  });
  const details = refused.filter((entry) => entry !== undefined);
  if (details.length === 0) return replaced;
  const flags = details.map(({ path }) => `--replace ${path}`).join(" ");
  const how = `${lostWith(details)} with ${change.through === undefined ? flags : `\`${change.through} ${flags}\``}`;
  throw new SlipwayError(details.map(({ message }) => message).join("\n"), {
    code: "release.immutable",
    path: details[0]?.path ?? "",
    fix: `Nothing was changed. Give the object another name, or let it be deleted and made anew${how}.`,
    ...(details.length > 1 ? { details } : {}),
  });
}

/** What goes with an object that is deleted, where that is more than the object. */
function lostWith(details: readonly Finding[]): string {
  const isA = (kind: string) => details.some(({ path }) => path?.startsWith(`${kind}/`));
  if (isA("PersistentVolumeClaim")) return " (the data of a claim goes with it)";
  return isA("CustomResourceDefinition") ? " (all objects of a definition go with it)" : "";
}

/** What the server says when it would not change the object; undefined when it would, or for other reasons. */
async function refusalOf(
  session: Session,
  old: Target,
  target: Target,
  live: ApiObject,
  { serverSide, attempts }: ChangeToCheck,
  unsure: boolean,
): Promise<string | undefined> {
  const options = { dryRun: true, fieldManager, ...callOf(session) };
  try {
    if (serverSide) await session.client.apply(refOf(target), target.object, { ...options, force: true });
    else {
      const made = clientPatch(attempts, old.object, target, live);
      if (made !== undefined) await session.client.patch(refOf(target), made.type, made.patch, options);
    }
    return undefined;
  } catch (error) {
    session.signal?.throwIfAborted();
    // Anything else will be told where it happens; and so will an object that could not even be made. What failed before may
    // have left fields that exclude the new ones, which an apply gets over: only the server's words count then.
    return (unsure ? saysFixed(error) : await refusesChange(session, target, error))
      ? withoutLongValues(messageOf(error)).split("\n")[0]
      : undefined;
  }
}

/** Whether a refusal is about the change, not the object: the server says so, or would take the object as a new one. */
export async function refusesChange(session: Session, target: Target, error: unknown): Promise<boolean> {
  if (statusOf(error)?.code !== 422) return false;
  return saysFixed(error) || (await madeAnew(session, target)) !== undefined;
}

/** What the server would make of an object that is not there yet; undefined where it would not. */
export async function madeAnew(session: Session, target: Target): Promise<ApiObject | undefined> {
  return (await asNew(session, target)).made;
}

/**
 * What the server would make of the object as a new one (it is asked under another name), or why it would not. What is said
 * of that name, and of ports and addresses that the live object holds, is no reason.
 */
async function asNew(session: Session, target: Target): Promise<{ made?: ApiObject; refused?: string }> {
  const { resource, namespace } = refOf(target);
  const { name, ...metadata } = target.object.metadata;
  const object = { ...target.object, metadata: { ...metadata, generateName: "dry-run-" } };
  const options = { dryRun: true, fieldManager, ...callOf(session) };
  try {
    const made = await session.client.create(resource, namespace, object, options);
    const { generateName: _, ...others } = made.metadata;
    return { made: { ...made, metadata: { ...others, name } } };
  } catch (error) {
    session.signal?.throwIfAborted();
    const refused = withoutLongValues(messageOf(error)).replaceAll(/dry-run-\w+/g, name);
    return statusOf(error)?.code !== 422 || /allocated|in use|metadata\.name/.test(refused) ? {} : { refused };
  }
}

/** Whether one of the names, as `Kind/name`, is the object's. */
export function isNamed(target: Target, names: readonly string[]): boolean {
  return names.some((name) => name.toLowerCase() === `${target.object.kind}/${target.name}`.toLowerCase());
}

/** Throws `release.flags` for names that are no object's of the chart. */
export function checkReplaceable(targets: readonly Target[], replace: readonly string[]): void {
  const unknown = replace.filter((name) => !targets.some((target) => isNamed(target, [name])));
  if (unknown.length > 0) {
    throw new SlipwayError(`the chart has no ${unknown.join(", ")} to replace`, {
      code: "release.flags",
      fix: "Name objects as Kind/name: Deployment/web.",
    });
  }
}

/**
 * Deletes the objects that are to be made anew, and waits until they are gone. Throws `release.ownership`, with nothing
 * deleted, where another release than `owner` has taken one over.
 */
export async function removeForReplacement(
  session: Session,
  targets: readonly Target[],
  timeout: number,
  owner: { name: string; namespace: string },
): Promise<void> {
  if (targets.length === 0) return;
  const lives = await inParallel(targets, (target) => session.client.find(refOf(target), callOf(session)));
  const taken = targets.find((_, index) => {
    const live = lives[index];
    return live !== undefined && ownedByAnother(live, owner.name, owner.namespace);
  });
  if (taken !== undefined) {
    const path = `${taken.object.kind}/${taken.name}`;
    throw new SlipwayError(`${path} belongs to another release by now and is not deleted to be made anew`, {
      code: "release.ownership",
      path,
    });
  }
  const { deleted, errors } = await deleteAll(session, targets, "Background");
  if (errors.length > 0) throw joined(errors, "; ");
  await waitUntilGone(session, deleted, timeout);
}
