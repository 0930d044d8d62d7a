import { SlipwayError } from "../base/index.ts";
import { goTimestamp } from "./go-time.ts";
import { isPending, lastOf, pendingError, revisionsOf } from "./history.ts";
import { busyError, currentHolder, describeHolder, holderAnnotation } from "./lease.ts";
import type { Release } from "./record.ts";
import type { Session } from "./session.ts";
import type { RevisionInfo } from "./store.ts";
import { buildTargets, targetKey, type Target } from "./targets.ts";

/** How the description of a revision begins that ended without anybody finishing it. */
const interrupted = "Interrupted: ";

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
  if (last === undefined || !isPending(last.status)) return;
  const held = await currentHolder(session, name, last.annotations);
  if (held === undefined) {
    if (orphans === "passed") return;
    throw pendingError(name);
  }
  if (held.alive && !(held.holder === last.annotations[holderAnnotation] && held.age === Number.POSITIVE_INFINITY))
    throw busyError(name, held);
}

/** Whether a revision was left pending by a run of ours, which says so on its record; stock Helm's say nothing. */
export function leftByUs({ status, annotations }: RevisionInfo): boolean {
  return isPending(status) && annotations[holderAnnotation] !== undefined;
}

/**
 * Mends a revision that was left pending by a run that is gone (the caller holds the lease): marks it deployed when
 * everything but the last write had been done, else failed. Gives the revisions as they are then.
 */
export async function mendPending(
  session: Session,
  name: string,
  revisions: readonly RevisionInfo[],
): Promise<RevisionInfo[]> {
  const last = revisions.at(-1);
  if (last === undefined || !isPending(last.status)) return [...revisions];
  const release = await session.store.get(name, last.version, { signal: session.signal });
  const holder = last.annotations[holderAnnotation];
  const who = holder === undefined ? "" : ` by ${describeHolder(holder)}`;
  const before = revisions.at(-2);
  // Helm's order of writes: the old revision is superseded only after everything, hooks included, went well.
  const finished =
    last.status !== "pending-install" &&
    before?.status === "superseded" &&
    !revisions.some((revision) => revision.status === "deployed");
  if (finished) {
    release.status = "deployed";
    if (last.status === "pending-upgrade") release.description = "Upgrade complete";
  } else {
    release.description = `${interrupted}${last.status.slice("pending-".length)}${who} ended without finishing; found ${goTimestamp(session.clock.now())}`;
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

/** What revisions newer than the one an upgrade starts from tried to bring, and may have brought in part. */
export interface Attempts {
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
  base: Release,
): Promise<Attempts> {
  const cut: Release[] = [];
  const failed: Release[] = [];
  for (const revision of revisions) {
    if (revision.version <= base.version || revision.status !== "failed") continue;
    const release = await session.store.get(name, revision.version, { signal: session.signal });
    (release.description.startsWith(interrupted) ? cut : failed).push(release);
  }
  const targetsOf = async (releases: readonly Release[]) => {
    const out: Target[] = [];
    for (const { manifest } of releases)
      out.push(...(await buildTargets(session.client, manifest, session.namespace, session.signal).catch(() => [])));
    return out;
  };
  let answer: Promise<Target[]> | undefined;
  return { interrupted: await targetsOf(cut), failed: () => (answer ??= targetsOf(failed)) };
}

/** Objects of interrupted attempts that are not among the known ones: an upgrade takes them into account, so that none is left behind. */
export function leftovers(attempts: Attempts, known: readonly Target[]): Target[] {
  const keys = new Set(known.map(targetKey));
  return attempts.interrupted.filter((target) => {
    if (keys.has(targetKey(target))) return false;
    keys.add(targetKey(target));
    return true;
  });
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
}

/** Looks at a release that may be stuck. */
export async function inspect(session: Session, name: string): Promise<RecoveryReport> {
  const last = lastOf(await revisionsOf(session, name), session, name);
  const held = await currentHolder(session, name, last.annotations);
  const pending = isPending(last.status);
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
    advice: held?.alive ? "wait" : pending || held !== undefined ? "mend" : "nothing",
  };
}

/** Refuses to mend what somebody works on, unless `force`. */
export function checkMendable(report: RecoveryReport, force: boolean): void {
  if (report.advice !== "wait" || force) return;
  throw new SlipwayError(`${report.holder?.who ?? "somebody"} is at work on ${report.name}`, {
    code: "release.busy",
    fix: "Wait for it to end. Only when you know that it is dead: --force.",
  });
}
