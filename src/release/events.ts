import { isSlipwayError } from "../base/index.ts";
import type { Release } from "./record.ts";

/** An object, by name. */
export interface ObjectName {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** What an awaited object stands at. */
export interface WaitState extends ObjectName {
  readonly state: "ready" | "waiting" | "failed";
  /** kstatus' words: `Ready: 1/2`. */
  readonly message: string;
  /** Why, most telling first: `pod web-x: container app: ImagePullBackOff: …`. */
  readonly reasons: readonly string[];
}

/** What an operation tells while it runs. */
export type ReleaseEvent =
  /** A step begins. */
  | {
      readonly type: "phase";
      readonly phase:
        | "prepare"
        | "crds"
        | "apply"
        | "wait"
        | "delete"
        | "wait-for-delete"
        | "rollback"
        | "cleanup"
        | "record";
    }
  /** The revision being made is on record. */
  | { readonly type: "revision"; readonly release: Release }
  | {
      readonly type: "object";
      readonly action: "created" | "configured" | "unchanged" | "deleted" | "kept";
      readonly object: ObjectName;
    }
  | {
      readonly type: "hook";
      readonly event: string;
      readonly hook: ObjectName;
      /** `cancelled`: the operation was, while the hook ran; what it made may run on. */
      readonly state: "started" | "succeeded" | "failed" | "cancelled";
      readonly message?: string;
    }
  /** A line that a hook's container printed. */
  | {
      readonly type: "log";
      readonly namespace: string;
      readonly pod: string;
      readonly container: string;
      readonly line: string;
    }
  /** Where every awaited object stands; comes when something changed. With `until: "gone"` it is their end that is awaited. */
  | { readonly type: "waiting"; readonly objects: readonly WaitState[]; readonly until?: "gone" }
  | { readonly type: "warning"; readonly text: string }
  | { readonly type: "notice"; readonly text: string };

/**
 * An operation under way: `for await (const event of operation)` tells what happens, `operation.result` how it ends.
 * The work starts at once and does not depend on anyone listening. When `signal` is aborted and that ends it, the result
 * rejects with the signal's reason, whatever was cut off.
 */
export class Operation<T> implements AsyncIterable<ReleaseEvent> {
  readonly result: Promise<T>;
  private readonly told: ReleaseEvent[] = [];
  private readonly waiters: (() => void)[] = [];
  private ended = false;

  constructor(work: (emit: (event: ReleaseEvent) => void) => Promise<T>, signal?: AbortSignal) {
    this.result = work((event) => {
      this.told.push(event);
      this.wake();
    })
      .catch((error: unknown) => {
        throw comesOf(error, signal) ? signal?.reason : error;
      })
      .finally(() => {
        this.ended = true;
        this.wake();
      });
    // Whoever only listens to the events must not meet an unhandled rejection.
    this.result.catch(() => {});
  }

  private wake(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }

  /** Every event from the first on; may be walked several times. Ends with the operation, well or not. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReleaseEvent> {
    for (let at = 0; ;) {
      while (at < this.told.length) yield this.told[at++] as ReleaseEvent;
      if (this.ended) return;
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }
}

/** Whether an error is an abort's reason, with or without words before it. */
function comesOf(error: unknown, signal: AbortSignal | undefined): boolean {
  if (!signal?.aborted) return false;
  for (let at = error; at instanceof Error; at = at.cause) if (at === signal.reason) return true;
  return isSlipwayError(signal.reason) && isSlipwayError(error, signal.reason.code);
}
