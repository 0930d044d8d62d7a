import { acquireLease, type Lease } from "./lease.ts";
import type { Session } from "./session.ts";

/** A session that holds a release's lease. */
export interface LockedSession extends Session {
  readonly lease: Lease | undefined;
}

/**
 * Runs an operation under the release's lease: others are refused meanwhile; when the lease is lost, the operation is
 * aborted and writes no more records. The lease is gone afterwards, however it ends.
 */
export async function underLease<T>(
  session: Session,
  name: string,
  operation: string,
  work: (session: LockedSession) => Promise<T>,
): Promise<T> {
  // Releases in memory belong to this process: nobody else is there to be told.
  if (session.store.driver === "Memory") return await work({ ...session, lease: undefined });
  const lease = await acquireLease(session, name, operation);
  const signal = session.signal === undefined ? lease.lost : AbortSignal.any([session.signal, lease.lost]);
  try {
    return await work({ ...session, lease, signal });
  } finally {
    await lease.release();
  }
}

/** Whether records may still be written: not after somebody else took over. */
export function mayRecord(session: LockedSession): boolean {
  return session.lease?.lost.aborted !== true;
}
