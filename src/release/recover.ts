import { isNotFound, wellKnown } from "../kube/index.ts";
import { revisionsOf } from "./history.ts";
import { leaseName } from "./lease.ts";
import { underLease } from "./locked.ts";
import { checkReachable } from "./reach.ts";
import { checkMendable, inspect, mendPending, type RecoveryReport } from "./recovery.ts";
import type { Session } from "./session.ts";

/** `slipway recover`: mends a pending revision that nobody works on; with `force` even one that somebody holds. */
export async function runRecover(session: Session, name: string, force: boolean): Promise<RecoveryReport> {
  await checkReachable(session.client, session.signal);
  const report = await inspect(session, name);
  checkMendable(report, force);
  if (report.advice === "nothing") return report;
  if (force && report.holder !== undefined) {
    // The holder, should it live after all, notices the loss at its next heartbeat and writes no more.
    await session.client
      .delete({ resource: wellKnown.leases, namespace: session.namespace, name: leaseName(name) })
      .catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)));
  }
  await underLease(session, name, "recover", async (locked) => {
    await mendPending(locked, name, await revisionsOf(locked, name), true);
  });
  return await inspect(session, name);
}
