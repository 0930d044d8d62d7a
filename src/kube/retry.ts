import { isSlipwayError } from "../base/index.ts";
import { statusOf } from "./errors.ts";

/** What is remembered over the tries of one call. */
export interface RetryState {
  /** An earlier try's connection broke after it may have reached the server. */
  ambiguous?: boolean;
}

interface Attempt {
  readonly method: string;
  /** Not to be done twice. */
  readonly once: boolean;
  /** 0 for the first. */
  readonly attempt: number;
  /** Milliseconds since the first try. */
  readonly waited: number;
  /** How long a server that does not answer is waited for. */
  readonly patience: number;
  /** The Retry-After header. */
  readonly retryAfter?: string;
  /** The server's time, which a date in that header is of. */
  readonly now: number;
}

const mostTries = 10; // client-go's own limit for answers with Retry-After

/**
 * How long to wait before trying a failed request again, in milliseconds; undefined when it must not be tried again.
 *
 * As client-go: 429 and 5xx that carry Retry-After are tried again, up to ten times; as Helm, what etcd could not do
 * while it chose a leader. Beyond it: once the server has answered anything, a connection that is refused or breaks,
 * and a proxy's 502 or 504, are tried again for as long as `patience` allows, so that a restart of the API server is
 * survived. What names its object may be sent twice: create and delete know how to read the answer to a second try. What
 * is to be done `once` only is not tried again where the first try may have been done.
 */
export function retryDelay(
  error: unknown,
  { method, once, attempt, waited, patience, retryAfter, now }: Attempt,
): number | undefined {
  if (once && mayHaveHappened(error)) return undefined;
  const status = statusOf(error);
  if (status !== undefined) {
    const hint =
      retryAfterMs(retryAfter, now) ??
      (status.details?.retryAfterSeconds === undefined ? undefined : status.details.retryAfterSeconds * 1000);
    if (status.code === 429 && status.details?.causes?.some((cause) => cause.reason === "DisruptionBudget"))
      return undefined;
    if ((status.code === 429 || status.code >= 500) && hint !== undefined && attempt < mostTries) return hint;
    if (status.code === 429 && attempt < mostTries) return backoff(attempt);
    // A server that is starting or stopping says so with 503 and nothing else.
    if (status.code === 503 && waited < patience) return backoff(attempt);
    const fromProxy = status.kind === undefined && (status.code === 502 || status.code === 504);
    const again = fromProxy || /(etcdserver: leader changed|raft proposal dropped)$/.test(status.message);
    if ((again || (status.code === 504 && method === "GET")) && waited < patience) return backoff(attempt);
    return undefined;
  }
  const transient = isSlipwayError(error, "kube.unreachable") || isSlipwayError(error, "kube.connection-lost");
  if (!transient || waited >= patience) return undefined;
  return backoff(attempt);
}

function backoff(attempt: number): number {
  return Math.min(50 * 2 ** attempt, 2000);
}

/** Seconds, or the date to wait for. */
function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === "") return undefined;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/** Whether a failed try may have reached the server all the same: what a second one finds may be its doing. */
export function mayHaveHappened(error: unknown): boolean {
  return isSlipwayError(error, "kube.connection-lost") || (statusOf(error)?.code ?? 0) >= 500;
}
