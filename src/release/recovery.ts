import { SlipwayError, compareStrings, isSlipwayError } from "../base/index.ts";
import { goTimestamp } from "./go-time.ts";
import { lastOf, pendingError, revisionsOf } from "./history.ts";
import { describeHolder } from "./holder.ts";
import { busyError, currentHolder, holderAnnotation, leasedReleases, removeDeadLease } from "./lease.ts";
import { inParallel } from "./parallel.ts";
import { isPending, isUnderWork, type Release } from "./record.ts";
import { callOf, type Session } from "./session.ts";
import type { RevisionInfo } from "./store.ts";
import { buildTargets, refOf, targetKey, type Target } from "./targets.ts";
import { waitUntilGone } from "./wait-gone.ts";

/** How the description of a revision begins that ended without anybody finishing it; then comes what it was. */
const interrupted = "Interrupted: ";

/** The same of an uninstallation. */
export const interruptedUninstall = `${interrupted}uninstall`;

/**
 * Refuses when somebody is at work on the release: called before the lease is asked for, so that a pending record of
 * stock Helm, which has no lease, is understood too. `orphans` says what Helm does with such a one: an upgrade refuses
 * it, a rollback or uninstallation passes it over.
 */
export async function refuseWhileBusy(
  session: Session,
  name: string,
  revisions: readonly RevisionInfo[],
  orphans: "refused" | "passed" = "refused",
): Promise<void> {
  const last = revisions.at(-1);
  if (last === undefined || !isUnderWork(last.status)) return;
  const held = await currentHolder(session, name, last.annotations);
  if (held?.alive) throw busyError(name, held);
  if (held === undefined && orphans === "refused" && isPending(last.status)) throw pendingError(name);
}

/** Whether a revision was left under work by a run of ours, which says so on its record; stock Helm's say nothing. */
export function leftByUs({ status, annotations }: RevisionInfo): boolean {
  return isUnderWork(status) && annotations[holderAnnotation] !== undefined;
}

/**
 * Mends a revision that was left under work by a run that is gone (the caller holds the lease): marks it deployed when
 * everything but the last write had been done, else failed. Gives the revisions as they are then. What stock Helm left
 * `uninstalling` is mended by hand only: it says the same of an uninstallation that was refused.
 */
export async function mendPending(
  session: Session,
  name: string,
  revisions: readonly RevisionInfo[],
  byHand = false,
): Promise<RevisionInfo[]> {
  const last = revisions.at(-1);
  if (last === undefined || !(isPending(last.status) || leftByUs(last) || (byHand && isUnderWork(last.status))))
    return [...revisions];
  const release = await session.store.get(name, last.version, { signal: session.signal });
  const holder = last.annotations[holderAnnotation];
  const who = holder === undefined ? "" : ` by ${describeHolder(holder)}`;
  const finished = isFinished(revisions);
  if (finished) {
    release.status = "deployed";
    if (last.status === "pending-upgrade") release.description = "Upgrade complete";
  } else {
    release.description = `${last.status === "uninstalling" ? interruptedUninstall : interrupted + last.status.slice("pending-".length)}${who} ended without finishing; found ${goTimestamp(session.clock.now())}`;
    release.status = "failed";
  }
  await session.store.update(release, { signal: session.signal });
  session.emit({
    type: "notice",
    text: finished
      ? `revision ${last.version} of ${name} was complete but for its record, which is mended`
      : `revision ${last.version} of ${name} was left ${last.status}${who}; it is marked failed and work goes on from there`,
  });
  return await revisionsOf(session, name);
}

/**
 * Whether only the last write of the newest revision is missing. Helm's order of writes: the old revision is superseded
 * only after everything, hooks included, went well.
 */
function isFinished(revisions: readonly RevisionInfo[]): boolean {
  const [before, last] = revisions.slice(-2);
  return (
    (last?.status === "pending-upgrade" || last?.status === "pending-rollback") &&
    before?.status === "superseded" &&
    !revisions.some((revision) => revision.status === "deployed")
  );
}

/** What revisions newer than the one an upgrade starts from tried to bring, and may have brought in part. */
export interface Attempts {
  /** The revisions that were cut off. */
  readonly cut: readonly Release[];
  /** Objects of revisions that were cut off. Helm would leave them; they are deleted while they are the release's own. */
  readonly interrupted: readonly Target[];
  /** Objects of revisions that failed. Like Helm's, they stay. */
  failed(): Promise<readonly Target[]>;
}

/** Reads the attempts that came after `base` and did not end well. */
export async function attemptsAfter(
  session: Session,
  name: string,
  revisions: readonly RevisionInfo[],
  base: Pick<Release, "version">,
): Promise<Attempts> {
  const cut: Release[] = [];
  const failed: Release[] = [];
  for (const revision of revisions) {
    if (revision.version <= base.version || revision.status !== "failed") continue;
    const release = await session.store.get(name, revision.version, { signal: session.signal });
    const isCut = release.description.startsWith(interrupted);
    // A rollback that was cut off was to take away what the failed revision before it had brought.
    if (isCut && release.rollbackRevision > 0 && failed.at(-1)?.version === release.version - 1)
      cut.push(failed.pop() as Release);
    (isCut ? cut : failed).push(release);
  }
  let answer: Promise<Target[]> | undefined;
  return { cut, interrupted: await targetsOf(session, cut), failed: () => (answer ??= targetsOf(session, failed)) };
}

/** The objects of revisions, as far as the server still knows their kinds. */
export async function targetsOf(session: Session, releases: readonly Release[]): Promise<Target[]> {
  const out: Target[] = [];
  for (const { manifest } of releases)
    out.push(...(await buildTargets(session.client, manifest, session.namespace, session.signal).catch(() => [])));
  return out;
}

/** Objects of interrupted attempts that are not among the known ones: an upgrade takes them into account, so that none is left behind. */
export function leftovers(attempts: Pick<Attempts, "interrupted">, known: readonly Target[]): Target[] {
  const keys = new Set(known.map(targetKey));
  return attempts.interrupted.filter((target) => {
    if (keys.has(targetKey(target))) return false;
    keys.add(targetKey(target));
    return true;
  });
}

/**
 * The revisions beside the last one whose objects may be there as well because a run was cut off: the deployed one and
 * all that failed since. A rollback or uninstallation takes these away too. None when nothing was cut off: then, as with
 * Helm, the last revision's alone.
 */
export async function cutOffBeside(
  session: Session,
  release: Release,
  revisions: readonly RevisionInfo[],
): Promise<Release[]> {
  const deployed = revisions.findLast((revision) => revision.status === "deployed")?.version ?? 0;
  const since = revisions.filter(
    ({ version, status }) =>
      version < release.version && (version === deployed || (version > deployed && status === "failed")),
  );
  const beside = await Promise.all(
    since.map(({ name, version }) => session.store.get(name, version, { signal: session.signal })),
  );
  const last = revisions.find((revision) => revision.version === release.version);
  const isCut = [release, ...beside].some(({ description }) => description.startsWith(interrupted));
  return isCut || (last !== undefined && leftByUs(last)) ? beside : [];
}

/**
 * Waits for what an uninstallation is still deleting, where one of the revisions that work goes on from was cut off in
 * it: applied now, it would be gone afterwards.
 */
export async function awaitDeletions(
  session: Session,
  before: readonly Release[],
  targets: readonly Target[],
  timeout: number,
): Promise<void> {
  if (!before.some(({ description }) => description.startsWith(interruptedUninstall))) return;
  const lives = await inParallel(targets, (target) => session.client.find(refOf(target), callOf(session)));
  const dying = targets.filter((_, index) => lives[index]?.metadata.deletionTimestamp !== undefined);
  await waitUntilGone(session, dying, timeout);
}

/** What `slipway recover` shows of a release, and what it would do. */
export interface RecoveryReport {
  readonly name: string;
  readonly revision: number;
  readonly status: Release["status"];
  /** Who works on it, or did. */
  readonly holder?: {
    readonly who: string;
    readonly operation: string;
    readonly lastHeard?: number;
    readonly alive: boolean;
  };
  readonly advice: "nothing" | "wait" | "mend";
  /** What mending makes of the revision; left out where it is at rest and only what says who worked on it is left. */
  readonly becomes?: "deployed" | "failed";
}

/** Looks at a release that may be stuck. */
export async function inspect(session: Session, name: string): Promise<RecoveryReport> {
  const revisions = await revisionsOf(session, name);
  if (revisions.length === 0) await removeDeadLease(session, name);
  const last = lastOf(revisions, session, name);
  const held = await currentHolder(session, name, last.annotations);
  const pending = isUnderWork(last.status);
  const advice = held?.alive ? "wait" : pending || held !== undefined ? "mend" : "nothing";
  return {
    name,
    revision: last.version,
    status: last.status,
    ...(held === undefined
      ? {}
      : {
          holder: {
            who: describeHolder(held.holder),
            operation: held.operation,
            alive: held.alive,
            ...(Number.isFinite(held.age) ? { lastHeard: held.age } : {}),
          },
        }),
    advice,
    ...(advice === "mend" && pending ? { becomes: isFinished(revisions) ? "deployed" : "failed" } : {}),
  };
}

/** Looks at every release of the namespace that is not at rest: under work, or left so. */
export async function inspectAll(session: Session): Promise<RecoveryReport[]> {
  const last = new Map<string, RevisionInfo>();
  for (const revision of await session.store.index(undefined, { signal: session.signal }))
    if ((last.get(revision.name)?.version ?? 0) < revision.version) last.set(revision.name, revision);
  const names = new Set([...last.values()].filter(({ status }) => isUnderWork(status)).map(({ name }) => name));
  for (const name of await leasedReleases(session)) if (last.has(name)) names.add(name);
  const reports = await inParallel([...names].toSorted(compareStrings), (name) =>
    inspect(session, name).catch((error: unknown) => {
      // It was uninstalled meanwhile.
      if (isSlipwayError(error, "release.not-found")) return undefined;
      throw error;
    }),
  );
  return reports.filter((report) => report !== undefined);
}

/** Refuses to mend what somebody works on, unless `force`. */
export function checkMendable(report: RecoveryReport, force: boolean): void {
  if (report.advice !== "wait" || force) return;
  throw new SlipwayError(`${report.holder?.who ?? "somebody"} is at work on ${report.name}`, {
    code: "release.busy",
    fix: "Wait for it to end. Only when you know that it is dead: --force.",
  });
}
