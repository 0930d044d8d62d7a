import type { Clock } from "../../base/index.ts";

/** What a reconcile answers: nothing, or to be called again after so many milliseconds. */
export type Reconcile = (key: string) => number | void;

const day = 86_400_000;

interface Entry {
  queued: boolean;
  failures: number;
  /** When the next delayed run is due, and how to call it off. */
  due?: number | undefined;
  cancel?: (() => void) | undefined;
}

/**
 * The work queues of all controllers of one cluster. Keys wait in one line, first come first served, so the order of work is
 * the same in every run; a key stands in line at most once. The line is worked off in turns of a bounded number of keys, so
 * that requests get their turn between.
 */
export class WorkLoop {
  readonly #clock: Clock;
  readonly #line: (() => void)[] = [];
  #head = 0;
  #turn: (() => void) | undefined;
  #stopped = false;
  readonly #timers = new Set<() => void>();
  readonly #onError: (queue: string, key: string, error: unknown) => void;

  constructor(clock: Clock, onError: (queue: string, key: string, error: unknown) => void = () => {}) {
    this.#clock = clock;
    this.#onError = onError;
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Puts a piece of work at the end of the line. */
  enqueue(work: () => void): void {
    if (this.#stopped) return;
    this.#line.push(work);
    this.#turn ??= this.#clock.schedule(0, () => this.#work());
  }

  /** A timer that ends with the loop. */
  later(ms: number, fire: () => void): () => void {
    let cancel = () => {};
    // Timers of the platform hold at most 24 days: longer waits are made of days.
    const arm = (left: number) => {
      const part = Math.min(left, day);
      cancel = this.#clock.schedule(part, () => {
        if (left > part) return arm(left - part);
        this.#timers.delete(stop);
        fire();
      });
    };
    const stop = () => {
      this.#timers.delete(stop);
      cancel();
    };
    this.#timers.add(stop);
    arm(ms);
    return stop;
  }

  failed(queue: string, key: string, error: unknown): void {
    this.#onError(queue, key, error);
  }

  stop(): void {
    this.#stopped = true;
    this.#line.length = 0;
    this.#turn?.();
    for (const stop of this.#timers) stop();
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  #work(): void {
    this.#turn = undefined;
    for (let n = 0; n < 256 && this.#head < this.#line.length && !this.#stopped; n++) {
      const work = this.#line[this.#head] as () => void;
      this.#head++;
      work();
    }
    if (this.#head >= this.#line.length) {
      this.#line.length = 0;
      this.#head = 0;
    } else if (this.#head > 4096) {
      this.#line.splice(0, this.#head);
      this.#head = 0;
    }
    if (this.#line.length > 0 && !this.#stopped) this.#turn ??= this.#clock.schedule(0, () => this.#work());
  }
}

/**
 * One controller's queue. A key is reconciled once for any number of adds before its turn; an error puts it back after
 * 5 ms, doubling up to 1,000 s, as client-go's default rate limiter does.
 */
export class WorkQueue {
  readonly name: string;
  readonly #loop: WorkLoop;
  readonly #reconcile: Reconcile;
  readonly #entries = new Map<string, Entry>();

  constructor(name: string, loop: WorkLoop, reconcile: Reconcile) {
    this.name = name;
    this.#loop = loop;
    this.#reconcile = reconcile;
  }

  /** Reconcile soon. */
  add(key: string): void {
    if (this.#loop.stopped) return;
    const entry = this.#entry(key);
    if (entry.queued) return;
    entry.queued = true;
    this.#loop.enqueue(() => this.#run(key, entry));
  }

  /** Reconcile at once, before whatever waits in line. */
  runNow(key: string): void {
    if (!this.#loop.stopped) this.#run(key, this.#entry(key));
  }

  /** Reconcile once `ms` have passed, or earlier when an earlier delay is already waiting. */
  addAfter(key: string, ms: number): void {
    if (this.#loop.stopped) return;
    if (ms <= 0) return this.add(key);
    const entry = this.#entry(key);
    const due = this.#loop.clock.now() + ms;
    if (entry.due !== undefined && entry.due <= due) return;
    entry.cancel?.();
    entry.due = due;
    entry.cancel = this.#loop.later(ms, () => {
      entry.due = undefined;
      entry.cancel = undefined;
      this.add(key);
    });
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { queued: false, failures: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #run(key: string, entry: Entry): void {
    entry.queued = false;
    try {
      const after = this.#reconcile(key);
      entry.failures = 0;
      if (typeof after === "number") this.addAfter(key, Math.max(after, 1));
      if (!entry.queued && entry.due === undefined) this.#entries.delete(key);
    } catch (error) {
      this.#loop.failed(this.name, key, error);
      const delay = Math.min(5 * 2 ** Math.min(entry.failures, 24), 1_000_000);
      entry.failures++;
      this.addAfter(key, delay);
    }
  }
}
