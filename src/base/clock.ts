/** Time as a port: nothing below the rim reads the machine's clock. Times are milliseconds since 1970 UTC. */
export interface Clock {
  /** Now, in milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once, `ms` from now; the answer cancels it. */
  schedule(ms: number, fire: () => void): () => void;
}

/** setTimeout's longest wait; a longer one would fire at once. */
const longestWait = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(ms, fire) {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number) => {
      timer = left > longestWait ? setTimeout(() => wait(left - longestWait), longestWait) : setTimeout(fire, left);
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` on the given clock; rejects with the signal's reason when it is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const cancel = clock.schedule(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}
