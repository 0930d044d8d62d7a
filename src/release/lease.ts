import { SlipwayError, messageOf, sleep, type Clock } from "../base/index.ts";
import { isAlreadyExists, isConflict, isForbidden, isNotFound, wellKnown, type ApiObject } from "../kube/index.ts";
import { at, intAt, stringAt } from "../manifest/index.ts";
import { beyondAbort, type Session } from "./session.ts";

/**
 * The lease beside a release under work: a coordination.k8s.io Lease named after the release, renewed every few
 * seconds, deleted at the end. It tells a second run who is at work, and after a crash that nobody is any more. An
 * account without rights on leases writes holder and heartbeat as annotations on the pending record instead.
 */
export interface Lease {
  /** What the pending record is annotated with. */
  readonly annotations: Record<string, string>;
  /** Aborted when the lease was lost to somebody else; operations run under it. */
  readonly lost: AbortSignal;
  /** Starts the heartbeat; `version` is the pending record's. */
  start(version: number): void;
  /** Ends the heartbeat and removes the lease. */
  release(): Promise<void>;
}

export const holderAnnotation = "slipway.dev/holder";
export const heartbeatAnnotation = "slipway.dev/heartbeat";
export const operationAnnotation = "slipway.dev/operation";

const duration = 15_000;
const interval = 4_000;

/** Who is at work: for people, and for telling whether that process still lives. */
export interface Holder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** The machine and process namespace it runs in. */
  readonly machine: string;
  /** When the process started, in its system's own ticks; tells a reused pid. */
  readonly started: string;
  /** The operation inside the process. */
  readonly id: string;
}

const alive = new Set<string>();

/** `user@host pid 123`, what messages say. */
export function describeHolder(identity: string): string {
  const holder = parseHolder(identity);
  return holder === undefined ? identity : `${holder.user}@${holder.host} (pid ${holder.pid})`;
}

function parseHolder(identity: string): Holder | undefined {
  const [user, host, pid, machine, started, id] = identity.split("|");
  if (id === undefined) return undefined;
  return { user: user ?? "", host: host ?? "", pid: Number(pid), machine: machine ?? "", started: started ?? "", id };
}

async function ownIdentity(): Promise<string> {
  const os = await import("node:os");
  const { randomUUID } = await import("node:crypto");
  const id = randomUUID().slice(0, 8);
  const user = (() => {
    try {
      return os.userInfo().username;
    } catch {
      return "unknown";
    }
  })();
  return [user, os.hostname(), process.pid, await machineId(), await startOf(process.pid), id]
    .join("|")
    .replaceAll("\n", "");
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** The boot and the process namespace: pids mean something only inside. */
async function machineId(): Promise<string> {
  const { readFileSync, readlinkSync } = await import("node:fs");
  const boot = orNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  const namespace = orNothing(() => readlinkSync("/proc/self/ns/pid"));
  return `${boot.trim().slice(0, 8)}${namespace.replace(/\D/g, "")}`;
}

/** When a process started: field 22 of /proc/PID/stat. "" where there is no /proc, "dead" for one that only waits to be reaped. */
async function startOf(pid: number): Promise<string> {
  const { readFileSync } = await import("node:fs");
  const stat = orNothing(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "dead" : (fields[19] ?? "");
}

/** True when the holder is known to be dead: a process of this machine that is gone. */
async function isDead(identity: string): Promise<boolean> {
  const holder = parseHolder(identity);
  if (holder === undefined) return false;
  const os = await import("node:os");
  if (holder.host !== os.hostname() || holder.machine !== (await machineId()) || holder.machine === "") return false;
  if (holder.pid === process.pid && holder.started === (await startOf(process.pid))) return !alive.has(identity);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "ESRCH";
  }
  return holder.started !== "" && (await startOf(holder.pid)) !== holder.started;
}

export function leaseName(release: string): string {
  return `sh.slipway.lock.v1.${release}`;
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
  const call = session.signal === undefined ? {} : { signal: session.signal };
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
  for (;;) {
    try {
      held = await session.client.create(wellKnown.leases, session.namespace, body(), call);
      break;
    } catch (error) {
      session.signal?.throwIfAborted();
      if (isForbidden(error)) return annotationLease(session, release, identity, operation);
      if (!isAlreadyExists(error)) throw error;
    }
    const found = await session.client.find(ref, call);
    if (found === undefined) continue;
    await waitForLapse(session, release, found, ref);
    const latest = await session.client.find(ref, call);
    if (latest === undefined) continue;
    try {
      held = await session.client.update(ref, body(latest.metadata.resourceVersion), call);
      break;
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
  alive.add(identity);
  return new HeldLease(
    session,
    identity,
    operation,
    async (beat) => {
      const current = beyondAbort(session);
      try {
        held = await current.client.update(
          ref,
          { ...held, spec: { ...(held.spec as object), renewTime: microTime(beat) } },
          {},
        );
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        if (!isConflict(error)) return true; // The server is away: the lease may lapse, the next beat will tell.
        const latest = await current.client.find(ref);
        if (latest === undefined || stringAt(latest, "", "spec", "holderIdentity") !== identity) return false;
        held = latest;
        return true;
      }
    },
    async () => {
      await beyondAbort(session)
        .client.delete(ref, held.metadata.uid === undefined ? {} : { preconditions: { uid: held.metadata.uid } })
        .catch((error: unknown) => {
          if (!isNotFound(error) && !isConflict(error))
            session.emit({
              type: "warning",
              text: `the lease ${ref.name} could not be removed: ${messageOf(error)}; it lapses by itself`,
            });
        });
    },
  );
}

/** Returns when the lease may be taken; throws `release.busy` when its holder lives. */
async function waitForLapse(
  session: Session,
  release: string,
  lease: ApiObject,
  ref: Parameters<Session["client"]["get"]>[0],
): Promise<void> {
  const identity = stringAt(lease, "", "spec", "holderIdentity");
  const operation = lease.metadata.annotations?.[operationAnnotation] ?? "";
  if (identity === "" || (await isDead(identity))) return;
  const renewed = Date.parse(stringAt(lease, "", "spec", "renewTime"));
  const lifetime = intAt(lease, duration / 1000, "spec", "leaseDurationSeconds") * 1000;
  const age = session.client.serverNow() - renewed;
  if (Number.isNaN(renewed) || age > lifetime) return;
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
    const latest = await session.client.find(ref, session.signal === undefined ? {} : { signal: session.signal });
    if (latest === undefined) return;
    if (latest.metadata.resourceVersion !== lease.metadata.resourceVersion)
      throw busy(release, stringAt(latest, identity, "spec", "holderIdentity"), 0, operation);
    if (session.client.serverNow() - renewed > lifetime) return;
  }
}

/** Whoever holds a release right now, for `recover` and for understanding a pending record. */
export async function currentHolder(
  session: Session,
  release: string,
  recordAnnotations: Record<string, string>,
): Promise<{ holder: string; operation: string; age: number; alive: boolean } | undefined> {
  const lease = await session.client
    .find(
      { resource: wellKnown.leases, namespace: session.namespace, name: leaseName(release) },
      session.signal === undefined ? {} : { signal: session.signal },
    )
    .catch((error: unknown) => {
      if (isForbidden(error)) return undefined;
      throw error;
    });
  const now = session.client.serverNow();
  if (lease !== undefined) {
    const holder = stringAt(lease, "", "spec", "holderIdentity");
    const age = now - Date.parse(stringAt(lease, "", "spec", "renewTime"));
    const lifetime = intAt(lease, duration / 1000, "spec", "leaseDurationSeconds") * 1000;
    return {
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
  return {
    holder,
    operation: recordAnnotations[operationAnnotation] ?? "",
    age,
    alive: age <= duration && !(await isDead(holder)),
  };
}

/** What a second run is told. */
export function busyError(release: string, held: { holder: string; operation: string; age: number }): SlipwayError {
  return busy(release, held.holder, Number.isFinite(held.age) ? held.age : undefined, held.operation);
}

function annotationLease(session: Session, release: string, identity: string, operation: string): Lease {
  alive.add(identity);
  return new HeldLease(
    session,
    identity,
    operation,
    async (beat, version) => {
      try {
        await session.store.annotate(release, version, {
          [holderAnnotation]: identity,
          [heartbeatAnnotation]: new Date(beat).toISOString(),
        });
        return true;
      } catch (error) {
        return !isNotFound(error);
      }
    },
    async () => {
      // The final write of the record leaves the annotations out.
    },
    { [heartbeatAnnotation]: new Date(session.client.serverNow()).toISOString() },
  );
}

class HeldLease implements Lease {
  readonly annotations: Record<string, string>;
  private readonly identity: string;
  private readonly clock: Clock;
  private readonly session: Session;
  private readonly renew: (beat: number, version: number) => Promise<boolean>;
  private readonly remove: () => Promise<void>;
  private readonly losing = new AbortController();
  private cancel: (() => void) | undefined;
  private beating: Promise<void> = Promise.resolve();
  private over = false;
  private version = 0;

  constructor(
    session: Session,
    identity: string,
    operation: string,
    renew: (beat: number, version: number) => Promise<boolean>,
    remove: () => Promise<void>,
    more: Record<string, string> = {},
  ) {
    this.session = session;
    this.clock = session.clock;
    this.identity = identity;
    this.renew = renew;
    this.remove = remove;
    this.annotations = { [holderAnnotation]: identity, [operationAnnotation]: operation, ...more };
  }

  get lost(): AbortSignal {
    return this.losing.signal;
  }

  start(version: number): void {
    this.version = version;
    this.schedule();
  }

  private schedule(): void {
    this.cancel = this.clock.schedule(interval, () => {
      this.beating = this.beat();
    });
  }

  private async beat(): Promise<void> {
    const kept = await this.renew(this.session.client.serverNow(), this.version).catch(() => true);
    if (this.over) return;
    if (!kept)
      this.losing.abort(
        new SlipwayError("the lease on the release was lost to another run", { code: "release.lease-lost" }),
      );
    else this.schedule();
  }

  async release(): Promise<void> {
    this.over = true;
    this.cancel?.();
    await this.beating;
    alive.delete(this.identity);
    if (!this.losing.signal.aborted) await this.remove();
  }
}

function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}
