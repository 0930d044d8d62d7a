import { SlipwayError } from "../base/index.ts";
import { alive } from "./holder.ts";
import type { Session } from "./session.ts";

/** How often a lease is renewed. */
const interval = 4_000;
/** Older than this, a renewal is not relied on any more before a change: others may take over after fifteen seconds. */
const freshness = 10_000;
/** No answer is waited for longer: a connection may be dead without a word, and what comes next would wait for ever. */
const deadline = 5_000;

/** How one kind of lease is kept. */
export interface LeaseKeeping {
  /** What the pending record is annotated with. */
  readonly annotations: Record<string, string>;
  /** Whether the heartbeat stands on the pending record, and so begins and ends with it. */
  readonly onRecord: boolean;
  /** Whether somebody else's was there before: the release may have changed since it was looked at. */
  readonly followed: boolean;
  /** Writes a heartbeat; false when somebody else holds the release by now. Throws when the server did not answer. */
  renew(beat: number, version: number, signal: AbortSignal): Promise<boolean>;
  /** Takes the lease away. */
  remove(signal: AbortSignal): Promise<void>;
}

/**
 * The lease beside a release under work: a coordination.k8s.io Lease named after the release, renewed every few
 * seconds, deleted at the end. It tells a second run who is at work, and after a crash that nobody is any more. An
 * account without rights on leases writes holder and heartbeat as annotations on the pending record instead.
 */
export class Lease {
  private readonly session: Session;
  private readonly identity: string;
  private readonly keeping: LeaseKeeping;
  private readonly losing = new AbortController();
  private cancel: (() => void) | undefined;
  private beating: Promise<void> | undefined;
  private renewed: number;
  private over = false;
  private version = 0;

  /** `session` is one without the operation's signal: a heartbeat goes on until the lease is let go. */
  constructor(session: Session, identity: string, keeping: LeaseKeeping) {
    this.session = session;
    this.identity = identity;
    this.keeping = keeping;
    this.renewed = session.clock.now();
    alive.add(identity);
    if (!keeping.onRecord) this.schedule();
  }

  /** What the pending record is annotated with. */
  get annotations(): Record<string, string> {
    return this.keeping.annotations;
  }

  /** Whether somebody else held one before, so that what was read of the release may have changed since. */
  get followed(): boolean {
    return this.keeping.followed;
  }

  /** Aborted when the lease was lost to somebody else; operations run under it. */
  get lost(): AbortSignal {
    return this.losing.signal;
  }

  /** A revision was stored as under work: a heartbeat on the record begins. */
  recorded(version: number): void {
    if (!this.keeping.onRecord) return;
    this.version = version;
    this.renewed = this.session.clock.now();
    this.schedule();
  }

  /** That revision is under work no more: a heartbeat on the record ends. */
  settled(version: number): void {
    if (!this.keeping.onRecord || version !== this.version) return;
    this.version = 0;
    this.cancel?.();
  }

  /**
   * Before a change: makes sure that the lease is still held where it may have lapsed, after the machine slept or the
   * server was away. Throws `release.lease-lost`, or why that could not be found out.
   */
  async ensure(): Promise<void> {
    this.losing.signal.throwIfAborted();
    const unwatched = this.over || (this.keeping.onRecord && this.version === 0);
    if (unwatched || Math.abs(this.session.clock.now() - this.renewed) < freshness) return;
    this.beating ??= this.beat();
    await this.beating;
    this.losing.signal.throwIfAborted();
  }

  /** Ends the heartbeat and removes the lease. */
  async release(): Promise<void> {
    this.over = true;
    this.cancel?.();
    await this.beating?.catch(() => {});
    alive.delete(this.identity);
    if (!this.losing.signal.aborted) await this.inTime((signal) => this.keeping.remove(signal));
  }

  /** The request is aborted when its answer is late: by then it is as if the server could not be reached. */
  private async inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const cancel = this.session.clock.schedule(deadline, () =>
      late.abort(
        new SlipwayError(`the lease on the release: the server did not answer within ${deadline / 1000} s`, {
          code: "kube.unreachable",
        }),
      ),
    );
    try {
      return await ask(late.signal);
    } finally {
      cancel();
    }
  }

  private schedule(): void {
    this.cancel?.();
    this.cancel = this.session.clock.schedule(interval, () => void this.beatOnTime());
  }

  private async beatOnTime(): Promise<void> {
    try {
      this.beating ??= this.beat();
      await this.beating;
    } catch {
      // The server is away: the lease may lapse meanwhile, the next beat or change will tell.
    }
    const resting = this.keeping.onRecord && this.version === 0;
    if (!this.over && !this.losing.signal.aborted && !resting) this.schedule();
  }

  private async beat(): Promise<void> {
    const { version } = this;
    const began = this.session.clock.now();
    try {
      const kept = await this.inTime((signal) => this.keeping.renew(this.session.client.serverNow(), version, signal));
      // What was settled meanwhile has no heartbeat to lose.
      if (this.over || version !== this.version) return;
      if (kept) this.renewed = began;
      else
        this.losing.abort(
          new SlipwayError("the lease on the release was lost to another run", { code: "release.lease-lost" }),
        );
    } finally {
      this.beating = undefined;
    }
  }
}
