import { messageOf } from "../base/index.ts";
import { mayRecord, type LockedSession } from "./locked.ts";
import type { Release } from "./record.ts";
import { beyondAbort } from "./session.ts";

/** Stores a new revision, marked as under work by the lease's holder. */
export async function createRecord(session: LockedSession, release: Release): Promise<void> {
  await session.store.create(release, {
    signal: session.signal,
    ...(session.lease === undefined ? {} : { annotations: session.lease.annotations }),
  });
  session.lease?.start(release.version);
  session.emit({ type: "revision", release });
}

/** Stores a revision as it is now; throws when it cannot be stored. Works after an abort, not after the lease is lost. */
export async function storeRecord(session: LockedSession, release: Release): Promise<void> {
  if (!mayRecord(session)) return;
  const pending = release.status.startsWith("pending-") && session.lease !== undefined;
  await beyondAbort(session).store.update(release, pending ? { annotations: session.lease?.annotations ?? {} } : {});
}

/** The same, but a failure is told and passed over, as Helm does on the way. */
export async function tryRecord(session: LockedSession, release: Release): Promise<void> {
  await storeRecord(session, release).catch((error: unknown) =>
    session.emit({
      type: "warning",
      text: `failed to update release ${release.name} revision ${release.version}: ${messageOf(error)}`,
    }),
  );
}
