import { SlipwayError } from "../base/index.ts";
import type { Release } from "./record.ts";
import { notFound, type RevisionInfo } from "./store.ts";
import type { Session } from "./session.ts";

/** A release's revisions by labels, oldest first. */
export async function revisionsOf(session: Session, name: string): Promise<RevisionInfo[]> {
  const all = await session.store.index(name, { signal: session.signal });
  return all.sort((a, b) => a.version - b.version);
}

/** The newest revision's labels; throws `release.not-found` when there is none. */
export function lastOf(revisions: readonly RevisionInfo[], { namespace }: Session, name: string): RevisionInfo {
  const last = revisions.at(-1);
  if (last === undefined) throw notFound({ name, namespace });
  return last;
}

/**
 * The revision an upgrade starts from: the last one when it is deployed, else the newest deployed one, else the last
 * one when it failed or is superseded. Throws `release.none-deployed`.
 */
export async function baseOf(
  session: Session,
  name: string,
  revisions: readonly RevisionInfo[],
  last: Release,
): Promise<Release> {
  if (last.status === "deployed") return last;
  const deployed = revisions.findLast((revision) => revision.status === "deployed");
  if (deployed !== undefined) return await session.store.get(name, deployed.version, { signal: session.signal });
  if (last.status === "failed" || last.status === "superseded") return last;
  if (last.status !== "uninstalling") throw noneDeployed(name);
  throw noneDeployed(
    name,
    `Its uninstallation has not ended: \`slipway uninstall ${name}\` finishes it, after \`slipway recover ${name}\` an upgrade brings it back.`,
  );
}

/** The revision that a rollback goes back to: the one asked for, else (0) the one before the last. Throws `release.no-revision`. */
export function rollbackTo(
  name: string,
  revisions: readonly RevisionInfo[],
  last: RevisionInfo,
  asked: number | undefined,
): number {
  const wanted = asked || last.version - 1;
  if (revisions.some((revision) => revision.version === wanted)) return wanted;
  throw new SlipwayError(`release has no ${wanted} version`, {
    code: "release.no-revision",
    fix: `\`slipway history ${name}\` lists what there is.`,
  });
}

export function noneDeployed(
  name: string,
  fix = "With --install it is installed where it does not exist.",
): SlipwayError {
  return new SlipwayError(`"${name}" has no deployed releases`, { code: "release.none-deployed", fix });
}

/** What Helm says of a pending release, with what to do about it. */
export function pendingError(name: string): SlipwayError {
  return new SlipwayError("another operation (install/upgrade/rollback) is in progress", {
    code: "release.pending",
    fix: `The pending revision was written by another tool. If that has ended without finishing, mend it with \`slipway recover ${name}\`.`,
  });
}

/**
 * Makes room for a new revision: deletes the oldest ones until `most` are left, never the deployed one. Called before
 * the new one is stored, so with one less than `--history-max`.
 */
export async function prune(
  session: Session,
  name: string,
  revisions: readonly RevisionInfo[],
  most: number,
): Promise<void> {
  if (most < 0 || revisions.length <= most) return;
  const deployed = revisions.findLast((revision) => revision.status === "deployed");
  const surplus: RevisionInfo[] = [];
  for (const revision of revisions) {
    if (revisions.length - surplus.length === most) break;
    if (revision.version !== deployed?.version) surplus.push(revision);
  }
  const errors: unknown[] = [];
  for (const revision of surplus)
    await session.store
      .delete(name, revision.version, { signal: session.signal })
      .catch((error: unknown) => errors.push(error));
  const [first] = errors;
  if (first === undefined) return;
  if (errors.length === 1) throw first;
  throw new SlipwayError(`encountered ${errors.length} deletion errors. First is: ${(first as Error).message}`, {
    code: "release.prune",
    cause: first,
  });
}
