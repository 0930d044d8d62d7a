import { SlipwayError, sleep, systemClock, type Clock } from "../base/index.ts";
import { statusError, statusFromBody, statusOf } from "./errors.ts";
import { exactText, parseExact } from "./exact-json.ts";
import { mayHaveHappened, retryDelay, type RetryState } from "./retry.ts";
import type { ApiRequest, ApiResponse, Transport } from "./types.ts";

export interface ClientOptions {
  readonly clock?: Clock;
  /** `slipway/0.1.0` unless told. */
  readonly userAgent?: string;
  /** How long a request is tried again while the server is away, in milliseconds; 30 s unless told. */
  readonly patience?: number;
  /** Called with what a server warns about (the Warning header), each text once. */
  onWarning?(text: string): void;
  /** Called before each wait for another try. */
  onRetry?(attempt: { method: string; path: string; reason: string; wait: number }): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ReadOptions extends CallOptions {
  /** Whole numbers as Go's int64, exact beyond 2^53 too; plain numbers otherwise. */
  readonly exact?: boolean;
}

/** One call of {@link Sender.json} and its like. */
export interface Call extends ReadOptions {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** What it is about, for errors without a Status: `pods web`. */
  readonly what?: string;
  /** Filled while trying: whether an earlier try may have reached the server. */
  readonly state?: RetryState;
  /** Not tried again where it may have been done: that would do it twice. */
  readonly once?: boolean;
}

/**
 * Requests to one API server, tried again where that is right; over any transport. Throws `kube.<reason>` with the
 * server's own words when it refused, `kube.unreachable`/`kube.connection-lost` when there was no answer even then.
 */
export class Sender {
  readonly clock: Clock;
  protected readonly transport: Transport;
  private readonly options: ClientOptions;
  private readonly warned = new Set<string>();
  /** What is known of the server; one object, so that clients made from this one share it. */
  private readonly known = {
    /** Milliseconds to add to our clock to get the server's, from the Date header of its last answer. */
    skew: 0,
    /** It is there: it has answered, and has not been away for longer than patience lasts. */
    answered: false,
  };

  constructor(transport: Transport, options: ClientOptions = {}) {
    this.transport = transport;
    this.options = options;
    this.clock = options.clock ?? systemClock;
  }

  /** The time on the server, as far as its answers tell. */
  serverNow(): number {
    return this.clock.now() + this.known.skew;
  }

  /** Any request that answers JSON. */
  async json(call: Call): Promise<unknown> {
    const { text } = await this.send(call);
    try {
      return call.exact ? parseExact(text) : (JSON.parse(text) as unknown);
    } catch (error) {
      throw new SlipwayError(`the server's answer to ${call.method} ${call.path} is not JSON`, {
        code: "kube.bad-answer",
        cause: error,
      });
    }
  }

  /** Any request, with its whole answer as text; tried again as {@link retryDelay} says. */
  async send(call: Call): Promise<{ status: number; text: string; headers: Record<string, string> }> {
    return await this.attempts(call, async (response) => ({
      status: response.status,
      headers: response.headers,
      text: await readText(response),
    }));
  }

  /** Any request, with its answer as a stream. Only the head is tried again. */
  async open(call: Call): Promise<ApiResponse> {
    return await this.attempts(call, async (response) => response);
  }

  private async attempts<T>(call: Call, use: (response: ApiResponse) => Promise<T>): Promise<T> {
    const started = this.clock.now();
    const state = call.state ?? {};
    const request = this.requestOf(call);
    for (let attempt = 0; ; attempt++) {
      let failure: unknown;
      let retryAfter: string | undefined;
      const sent = this.clock.now();
      try {
        const response = await this.transport(request);
        this.note(response, sent);
        if (response.status < 400) return await use(response);
        retryAfter = response.headers["retry-after"];
        const status = statusFromBody(response.status, await readText(response), call.method, call.what ?? "");
        // A proxy that has no server behind it speaks for itself.
        if (status.kind !== undefined) this.known.answered = true;
        failure = statusError(status);
      } catch (error) {
        failure = error;
      }
      if (call.signal?.aborted) throw call.signal.reason ?? failure;
      const wait = retryDelay(failure, {
        method: call.method,
        once: call.once === true,
        attempt,
        waited: this.clock.now() - started,
        patience: this.known.answered ? (this.options.patience ?? 30_000) : 0,
        now: this.serverNow(),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      });
      if (wait === undefined) {
        // Patience has ended once for all: until the server answers again, nothing more is waited for.
        if (statusOf(failure) === undefined) this.known.answered = false;
        throw failure;
      }
      if (mayHaveHappened(failure)) state.ambiguous = true;
      this.options.onRetry?.({ method: call.method, path: call.path, reason: (failure as Error).message, wait });
      await sleep(this.clock, wait, call.signal);
    }
  }

  private requestOf(call: Call): ApiRequest {
    const headers: Record<string, string> = {
      accept: "application/json",
      "user-agent": this.options.userAgent ?? "slipway/0.1.0",
      ...call.headers,
    };
    const body =
      call.body === undefined
        ? undefined
        : new TextEncoder().encode(typeof call.body === "string" ? call.body : exactText(call.body));
    if (body !== undefined) headers["content-type"] = call.contentType ?? "application/json";
    return {
      method: call.method,
      path: call.path,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    };
  }

  private note(response: ApiResponse, sent: number): void {
    if (response.status < 500) this.known.answered = true;
    const date = response.headers.date === undefined ? Number.NaN : Date.parse(response.headers.date);
    if (!Number.isNaN(date)) {
      // Date has whole seconds: its middle against the middle of the request. Under two seconds is not skew.
      const here = (sent + this.clock.now()) / 2;
      const skew = date + 500 - here;
      this.known.skew = Math.abs(skew) < 2000 ? 0 : skew;
    }
    const warning = response.headers.warning;
    if (warning !== undefined && this.options.onWarning !== undefined) {
      for (const match of warning.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
        const text = (match[1] as string).replace(/\\(.)/g, "$1");
        if (this.warned.has(text)) continue;
        this.warned.add(text);
        this.options.onWarning(text);
      }
    }
  }
}

async function readText(response: ApiResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    length += chunk.byteLength;
  }
  if (chunks.length === 1) return new TextDecoder().decode(chunks[0]);
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return new TextDecoder().decode(all);
}
