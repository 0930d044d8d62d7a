import type { Clock } from "../../base/index.ts";
import type { ApiObject, ApiRequest, ApiResponse, Transport } from "../types.ts";

/** A clock on which every wait is over at once, and is counted. */
export function instantClock(): Clock & { waited: number } {
  const clock = {
    waited: 0,
    now: () => 1_000_000 + clock.waited,
    schedule(ms: number, fire: () => void) {
      clock.waited += ms;
      const timer = setImmediate(fire);
      return () => clearImmediate(timer);
    },
  };
  return clock;
}

/** An answer with this body, as JSON unless it is text. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): ApiResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    status,
    headers,
    body: (async function* () {
      yield new TextEncoder().encode(text);
    })(),
  };
}

/** Answers requests with what `script` holds, in order. */
export function scripted(script: ((request: ApiRequest) => ApiResponse)[]): {
  transport: Transport;
  seen: ApiRequest[];
} {
  const seen: ApiRequest[] = [];
  return {
    seen,
    async transport(request) {
      seen.push(request);
      const next = script[seen.length - 1];
      if (next === undefined) throw new Error(`no answer for ${request.method} ${request.path}`);
      return next(request);
    },
  };
}

/** A pod of this name and version. */
export const pod = (name: string, version: string): ApiObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "a", resourceVersion: version },
});
