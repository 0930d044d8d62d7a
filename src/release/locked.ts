import { acquireLease } from "./lease.ts";
import type { Lease } from "./held-lease.ts";
import type { Session } from "./session.ts";
import { openStore } from "./store.ts";

/** A session that holds a release's lease. */
export interface LockedSession extends Session {
  readonly lease: Lease | undefined;
}

/**
 * Runs an operation under the release's lease: others are refused meanwhile; when the lease is lost, the operation is
 * aborted and changes nothing more, not even records. Where the lease may have lapsed unnoticed (the machine slept), it
 * is asked for before the next change. The lease is gone afterwards, however it ends.
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
  try {
    const signal = session.signal === undefined ? lease.lost : AbortSignal.any([session.signal, lease.lost]);
    const client = session.client.guarded(() => lease.ensure());
    const store = await openStore(session.store.driver.toLowerCase(), client, session.namespace);
    return await work({ ...session, client, store, lease, signal });
  } finally {
    await lease.release();
  }
}

/** Whether records may still be written: not after somebody else took over. */
export function mayRecord(session: LockedSession): boolean {
  return session.lease?.lost.aborted !== true;
}
