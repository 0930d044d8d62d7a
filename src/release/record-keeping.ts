import { messageOf } from "../base/index.ts";
import { mayRecord, type LockedSession } from "./locked.ts";
import { isUnderWork, type Release } from "./record.ts";
import { beyondAbort } from "./session.ts";

/**
 * Stores a new revision, marked as under work by the lease's holder. Not cut short by an abort, after which nobody would
 * know whether it is there: the caller asks for the signal next, where a revision is marked failed.
 */
export async function createRecord(session: LockedSession, release: Release): Promise<void> {
  session.signal?.throwIfAborted();
  await session.store.create(release, session.lease === undefined ? {} : { annotations: session.lease.annotations });
  session.lease?.recorded(release.version);
  // As it is now: the release itself changes on the way.
  session.emit({ type: "revision", release: { ...release } });
}

/**
 * Stores a revision as it is now; throws when it cannot be stored, and `release.lease-lost` when another run has taken
 * over. Works after an abort.
 */
export async function storeRecord(session: LockedSession, release: Release): Promise<void> {
  const { lease } = session;
  lease?.lost.throwIfAborted();
  if (!isUnderWork(release.status)) lease?.settled(release.version);
  const marked = isUnderWork(release.status) && lease !== undefined;
  await beyondAbort(session).store.update(release, marked ? { annotations: lease.annotations } : {});
  if (marked) lease.recorded(release.version);
}

/** The same, but a failure is told and passed over, as Helm does on the way; the loss of the lease is told at the end. */
export async function tryRecord(session: LockedSession, release: Release): Promise<void> {
  if (!mayRecord(session)) return;
  await tell(session, release, storeRecord(session, release));
}

async function tell(session: LockedSession, release: Release, storing: Promise<void>): Promise<void> {
  await storing.catch((error: unknown) => tellOf(session, release.name, release.version, error));
}

function tellOf(session: LockedSession, name: string, version: number, error: unknown): void {
  session.emit({
    type: "warning",
    text: `failed to update release ${name} revision ${version}: ${messageOf(error)}`,
  });
}

/** Marks another revision superseded, of which only the version is known. A failure is told and passed over. */
export async function supersede(session: LockedSession, name: string, version: number): Promise<void> {
  if (!mayRecord(session)) return;
  try {
    const old = await session.store.get(name, version);
    await session.store.update({ ...old, status: "superseded" });
  } catch (error) {
    tellOf(session, name, version, error);
  }
}

/** Stores a revision that is left as it is, whatever its status says: without a sign of life, as nobody works on it any more. */
export async function leaveRecord(session: LockedSession, release: Release): Promise<void> {
  session.lease?.settled(release.version);
  await tell(session, release, beyondAbort(session).store.update(release));
}
