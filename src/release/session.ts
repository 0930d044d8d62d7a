import type { Clock } from "../base/index.ts";
import type { KubeClient } from "../kube/index.ts";
import type { ReleaseEvent } from "./events.ts";
import type { ReleaseStore } from "./store.ts";

/** What every step of an operation is given. */
export interface Session {
  readonly client: KubeClient;
  readonly store: ReleaseStore;
  /** The release's namespace. */
  readonly namespace: string;
  readonly clock: Clock;
  /** Aborted by the caller, or by the loss of the lease. */
  readonly signal?: AbortSignal | undefined;
  /** Tell what hooks print while they run, not only afterwards and where their policy asks for it. */
  readonly liveLogs?: boolean;
  emit(event: ReleaseEvent): void;
}

/** The same session without its signal: for the bookkeeping that must happen after an abort. */
export function beyondAbort(session: Session): Session {
  return { ...session, signal: undefined };
}

/** What a request of the session takes along: its signal, where it has one. */
export function callOf({ signal }: Pick<Session, "signal">): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
