import type { Clock } from "../base/index.ts";

/** A clock that stands still while anybody works and jumps when everybody waits. */
export interface VirtualClock extends Clock {
  /**
   * Keeps the clock where it is until the answer is called: held by the API while a request is in flight, and by a
   * client around work that waits on something else than the clock (a file, a socket, a compressor).
   */
  hold(): () => void;
  /**
   * Says that a client waits for the cluster without a timer of its own (a watch without a timeout), until the answer is
   * called: time may then move as if it slept on the clock.
   */
  wait(): () => void;
  /**
   * The same time for those who are not clients (controllers, nodes, heartbeats): their timers fire when time passes them,
   * but time does not pass for their sake alone. Without this a cluster that nobody waits on would race through the years.
   */
  background(): Clock;
  /** Jumps through every event due within `ms`, in order, without waiting for idleness; for tests without clients. */
  advance(ms: number): void;
  /** Runs due events until none is left or `limit` events have run. Answers how many ran. */
  runUntilIdle(limit?: number): number;
  /** How many timers are waiting. */
  readonly pending: number;
}

interface Timer {
  readonly due: number;
  readonly serial: number;
  readonly fire: () => void;
  readonly background: boolean;
  cancelled: boolean;
}

export interface VirtualClockOptions {
  /** Milliseconds since the epoch at which it starts; 2026-01-01T00:00:00Z when not given. */
  readonly start?: number;
  /** False: the clock moves only by {@link VirtualClock.advance}. */
  readonly automatic?: boolean;
  /** Turns of the event loop that must pass without a hold, a new timer or a firing before it jumps. */
  readonly settle?: number;
}

/**
 * A virtual clock. Timers fire in the order of their due time, then of their making, so a run is the same every time.
 * When no request is held, a client sleeps on the clock or waits for the cluster, and nothing has touched the clock for a few
 * turns of the event loop, it jumps to the next due timer: a ten-minute wait takes milliseconds.
 */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const settle = options.settle ?? 2;
  const automatic = options.automatic ?? true;
  const heap: Timer[] = [];
  let now = options.start ?? Date.UTC(2026, 0, 1);
  let serial = 0;
  let live = 0;
  let foreground = 0;
  let waiters = 0;
  let holds = 0;
  let activity = 0;
  let watching = false;

  const mayMove = () => holds === 0 && live > 0 && (foreground > 0 || waiters > 0);

  /** Starts to watch for idleness, once. Immediates run after every promise and every finished I/O callback. */
  const watch = () => {
    if (!automatic || watching || !mayMove()) return;
    watching = true;
    let quiet = 0;
    let seen = activity;
    const turn = () => {
      if (!mayMove()) {
        watching = false;
        return;
      }
      if (activity !== seen) {
        seen = activity;
        quiet = 0;
      } else {
        quiet++;
      }
      if (quiet >= settle) {
        fireNext();
        seen = activity;
        quiet = 0;
      }
      setImmediate(turn);
    };
    setImmediate(turn);
  };

  /** Fires every timer of the next due moment that exists now. */
  const fireNext = () => {
    const first = peek();
    if (first === undefined) return;
    now = Math.max(now, first.due);
    const last = serial;
    for (let next = peek(); next !== undefined && next.due <= now && next.serial <= last; next = peek()) {
      pop(heap);
      forget(next);
      next.fire();
    }
  };

  const peek = (): Timer | undefined => {
    while (heap.length > 0 && (heap[0] as Timer).cancelled) pop(heap);
    return heap[0];
  };

  const forget = (timer: Timer) => {
    if (timer.cancelled) return;
    timer.cancelled = true;
    live--;
    if (!timer.background) foreground--;
  };

  const add = (ms: number, fire: () => void, background: boolean) => {
    const timer: Timer = { due: now + Math.max(ms, 0), serial: ++serial, fire, background, cancelled: false };
    push(heap, timer);
    live++;
    if (!background) foreground++;
    activity++;
    watch();
    return () => forget(timer);
  };

  /** Counts up, and down once when the answer is called. */
  const counted = (count: (by: 1 | -1) => void) => {
    count(1);
    activity++;
    watch();
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      count(-1);
      activity++;
      watch();
    };
  };

  return {
    now: () => now,
    schedule: (ms, fire) => add(ms, fire, false),
    background: () => ({ now: () => now, schedule: (ms, fire) => add(ms, fire, true) }),
    hold: () => counted((by) => (holds += by)),
    wait: () => counted((by) => (waiters += by)),
    advance(ms) {
      const end = now + ms;
      for (let next = peek(); next !== undefined && next.due <= end; next = peek()) fireNext();
      now = end;
    },
    runUntilIdle(limit = 1_000_000) {
      let count = 0;
      while (count < limit && peek() !== undefined) {
        fireNext();
        count++;
      }
      return count;
    },
    get pending() {
      return live;
    },
  };
}

function before(a: Timer, b: Timer): boolean {
  return a.due !== b.due ? a.due < b.due : a.serial < b.serial;
}

function push(heap: Timer[], timer: Timer): void {
  heap.push(timer);
  let i = heap.length - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(timer, heap[parent] as Timer)) break;
    heap[i] = heap[parent] as Timer;
    i = parent;
  }
  heap[i] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop() as Timer;
  if (heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++;
    if (!before(heap[child] as Timer, last)) break;
    heap[i] = heap[child] as Timer;
    i = child;
  }
  heap[i] = last;
}

/** The machine's clock run `factor` times as fast (`--clock x60`), from `from` on: the present when not given. */
export function scaledClock(base: Clock, factor: number, from = base.now()): Clock {
  const start = base.now();
  return {
    now: () => from + (base.now() - start) * factor,
    schedule: (ms, fire) => base.schedule(ms / factor, fire),
  };
}
