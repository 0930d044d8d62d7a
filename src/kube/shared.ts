/** Work under way that several wait for. It goes on for as long as one of them does. */
export class Shared<T> {
  private readonly stop = new AbortController();
  private readonly answer: Promise<T>;
  /** Who waits, those who were answered included. */
  private waiting = 0;
  private failed = false;

  /** Begins the work at once; its signal is aborted when the last who waited has given up. */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.answer = work(this.stop.signal);
    // Who waits is told; that nobody does any longer is no fault.
    this.answer.catch(() => (this.failed = true));
  }

  /** It has failed, or was stopped: there is nothing to wait for. */
  get over(): boolean {
    return this.failed || this.stop.signal.aborted;
  }

  /** What the work gives, or what it throws; the signal's reason when that is aborted first. */
  async wait(signal?: AbortSignal): Promise<T> {
    this.waiting++;
    const { promise: gaveUp, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => {
      if (--this.waiting === 0) this.stop.abort(signal?.reason);
      reject(signal?.reason as Error);
    };
    if (signal?.aborted) giveUp();
    else signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await Promise.race([this.answer, gaveUp]);
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }
}
