import { SlipwayError, messageOf, sleep } from "../base/index.ts";
import { isAlreadyExists, isConflict, isForbidden, isNotFound, wellKnown, type ApiObject } from "../kube/index.ts";
import { at, intAt, stringAt } from "../manifest/index.ts";
import { Lease } from "./held-lease.ts";
import { describeHolder, isDead, machineId, ownIdentity, parseHolder } from "./holder.ts";
import { callOf, beyondAbort, type Session } from "./session.ts";

export const holderAnnotation = "slipway.dev/holder";
export const heartbeatAnnotation = "slipway.dev/heartbeat";
export const operationAnnotation = "slipway.dev/operation";

const managedBy = "app.kubernetes.io/managed-by=slipway";
/** How long a lease lasts without a sign of life. */
const duration = 15_000;

const leasePrefix = "sh.slipway.lock.v1.";

export function leaseName(release: string): string {
  return leasePrefix + release;
}

/** The releases of the namespace that there is a lease of; none for an account that may not list them. */
export async function leasedReleases(session: Session): Promise<string[]> {
  try {
    const leases = await session.client.list(wellKnown.leases, session.namespace, {
      labelSelector: managedBy,
      ...callOf(session),
    });
    return leases.map(({ metadata }) => metadata.name.slice(leasePrefix.length));
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}

function busy(release: string, holder: string, age: number | undefined, operation: string): SlipwayError {
  const since = age === undefined ? "" : `, last heard of ${Math.max(0, Math.round(age / 1000))} s ago`;
  return new SlipwayError(
    `another operation (install/upgrade/rollback) is in progress: ${operation === "" ? "" : `${operation} of ${release} `}held by ${describeHolder(holder)}${since}`,
    {
      code: "release.busy",
      fix: `Wait for it to end; \`slipway recover ${release}\` shows what is going on.`,
    },
  );
}

/**
 * Takes the lease of a release. Refuses (`release.busy`) while somebody else is at work; takes over at once from a
 * process of this machine that died, and from anybody whose lease lapsed, for which it waits at most one lease's time.
 */
export async function acquireLease(session: Session, release: string, operation: string): Promise<Lease> {
  const identity = await ownIdentity();
  const ref = { resource: wellKnown.leases, namespace: session.namespace, name: leaseName(release) };
  const call = callOf(session);
  const body = (resourceVersion?: string) => ({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: ref.name,
      namespace: session.namespace,
      labels: { "app.kubernetes.io/managed-by": "slipway" },
      annotations: { [operationAnnotation]: operation },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: duration / 1000,
      acquireTime: microTime(session.client.serverNow()),
      renewTime: microTime(session.client.serverNow()),
    },
  });
  let held: ApiObject;
  let followed = false;
  for (;;) {
    try {
      held = await session.client.create(wellKnown.leases, session.namespace, body(), call);
      break;
    } catch (error) {
      session.signal?.throwIfAborted();
      if (isForbidden(error)) return annotationLease(session, release, identity, operation);
      if (!isAlreadyExists(error)) throw error;
    }
    followed = true;
    const found = await session.client.find(ref, call);
    if (found === undefined) continue;
    const lapsed = await waitForLapse(session, release, found, ref);
    if (lapsed === undefined) continue;
    try {
      // Exactly the one that was judged: should its holder stir, this is a conflict.
      held = await session.client.update(ref, body(lapsed.metadata.resourceVersion), call);
      break;
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
  const { client } = session;
  return new Lease(beyondAbort(session), identity, {
    annotations: { [holderAnnotation]: identity, [operationAnnotation]: operation },
    onRecord: false,
    followed,
    async renew(beat, _, signal) {
      const renewed = () => ({ ...held, spec: { ...(held.spec as object), renewTime: microTime(beat) } });
      try {
        held = await client.update(ref, renewed(), { signal });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        if (!isConflict(error)) throw error;
      }
      const latest = await client.find(ref, { signal });
      if (latest === undefined || stringAt(latest, "", "spec", "holderIdentity") !== identity) return false;
      held = latest;
      held = await client.update(ref, renewed(), { signal });
      return true;
    },
    async remove(signal) {
      try {
        await client.delete(ref, { ...exactly(held), signal }).catch(async (error: unknown) => {
          if (!isConflict(error)) throw error;
          // A heartbeat of ours whose answer was lost, or somebody who took it over, which keeps its uid.
          const latest = await client.find(ref, { signal });
          if (latest !== undefined && stringAt(latest, "", "spec", "holderIdentity") === identity)
            await client.delete(ref, { ...exactly(latest), signal });
        });
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error))
          session.emit({
            type: "warning",
            text: `the lease ${ref.name} could not be removed: ${messageOf(error)}; it lapses by itself`,
          });
      }
    },
  });
}

/** Deletes an object only as it was read: it is left alone where anybody has written it since. */
function exactly({ metadata: { uid, resourceVersion } }: ApiObject): { preconditions: Record<string, string> } {
  return {
    preconditions: {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}

/** The lease as it is when it may be taken, undefined when it is gone by then; throws `release.busy` when its holder lives. */
async function waitForLapse(
  session: Session,
  release: string,
  lease: ApiObject,
  ref: Parameters<Session["client"]["get"]>[0],
): Promise<ApiObject | undefined> {
  const identity = stringAt(lease, "", "spec", "holderIdentity");
  const operation = lease.metadata.annotations?.[operationAnnotation] ?? "";
  if (identity === "" || (await isDead(identity))) return lease;
  const renewed = Date.parse(stringAt(lease, "", "spec", "renewTime"));
  const lifetime = intAt(lease, duration / 1000, "spec", "leaseDurationSeconds") * 1000;
  const age = session.client.serverNow() - renewed;
  if (Number.isNaN(renewed) || age > lifetime) return lease;
  const holder = parseHolder(identity);
  // A process of this machine that answers is alive: no need to wait for its next heartbeat.
  if (holder !== undefined && holder.machine === (await machineId()) && holder.machine !== "")
    throw busy(release, identity, age, operation);
  session.emit({
    type: "notice",
    text: `waiting for the lease of ${describeHolder(identity)} on ${release} to be renewed or to lapse`,
  });
  for (let waited = 0; waited <= lifetime; waited += 1000) {
    await sleep(session.clock, 1000, session.signal);
    const latest = await session.client.find(ref, callOf(session));
    if (latest === undefined) return undefined;
    if (latest.metadata.resourceVersion !== lease.metadata.resourceVersion)
      throw busy(release, stringAt(latest, identity, "spec", "holderIdentity"), 0, operation);
    if (session.client.serverNow() - renewed > lifetime) break;
  }
  return lease;
}

/** Takes away the lease of a release that there is not (any more), where a run left it behind that is gone. */
export async function removeDeadLease(session: Session, release: string): Promise<void> {
  const ref = { resource: wellKnown.leases, namespace: session.namespace, name: leaseName(release) };
  try {
    const held = await currentHolder(session, release, {});
    if (held?.lease !== undefined && !held.alive) await session.client.delete(ref, exactly(held.lease));
  } catch {
    // Whoever takes the lease next gets over it as well.
    session.signal?.throwIfAborted();
  }
}

/** Whoever holds a release right now, for `recover` and for understanding a pending record. */
export async function currentHolder(
  session: Session,
  release: string,
  recordAnnotations: Record<string, string>,
): Promise<{ holder: string; operation: string; age: number; alive: boolean; lease?: ApiObject } | undefined> {
  let hidden = false;
  const lease = await session.client
    .find({ resource: wellKnown.leases, namespace: session.namespace, name: leaseName(release) }, callOf(session))
    .catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
      hidden = true;
      return undefined;
    });
  const now = session.client.serverNow();
  if (lease !== undefined) {
    const holder = stringAt(lease, "", "spec", "holderIdentity");
    const age = now - Date.parse(stringAt(lease, "", "spec", "renewTime"));
    const lifetime = intAt(lease, duration / 1000, "spec", "leaseDurationSeconds") * 1000;
    return {
      lease,
      holder,
      operation: String(at(lease, "metadata", "annotations", operationAnnotation) ?? ""),
      age,
      alive: !(age > lifetime) && !(await isDead(holder)),
    };
  }
  const holder = recordAnnotations[holderAnnotation];
  if (holder === undefined) return undefined;
  const beat = Date.parse(recordAnnotations[heartbeatAnnotation] ?? "");
  const age = Number.isNaN(beat) ? Number.POSITIVE_INFINITY : now - beat;
  // A holder whose heartbeat is a lease that this account may not read may well be alive.
  const unknown = hidden && Number.isNaN(beat);
  return {
    holder,
    operation: recordAnnotations[operationAnnotation] ?? "",
    age,
    alive: (age <= duration || unknown) && !(await isDead(holder)),
  };
}

/** What a second run is told. */
export function busyError(release: string, held: { holder: string; operation: string; age: number }): SlipwayError {
  return busy(release, held.holder, Number.isFinite(held.age) ? held.age : undefined, held.operation);
}

function annotationLease(session: Session, release: string, identity: string, operation: string): Lease {
  const beatOf = (beat: number) => ({ [heartbeatAnnotation]: new Date(beat).toISOString() });
  const { store } = session;
  return new Lease(beyondAbort(session), identity, {
    get annotations() {
      const beat = beatOf(session.client.serverNow());
      return { [holderAnnotation]: identity, [operationAnnotation]: operation, ...beat };
    },
    onRecord: true,
    followed: false,
    async renew(beat, version, signal) {
      try {
        return await store.annotate(release, version, beatOf(beat), (now) => now[holderAnnotation] === identity, {
          signal,
        });
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
    async remove() {
      // The final write of the record leaves the annotations out.
    },
  });
}

function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
