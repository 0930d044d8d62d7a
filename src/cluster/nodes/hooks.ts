/** What the API asks of nodes and budgets: logs of pods, and whether a pod may be evicted. */
import { messageOf } from "../../base/index.ts";
import { evict } from "../controllers/disruption.ts";
import type { ControllerApi } from "../controllers/port.ts";
import type { ApiResponse } from "../server/respond.ts";
import type { SpecialHooks } from "../server/special.ts";
import { badRequest, StatusError } from "../status.ts";
import { podLogs, type LogOptions } from "./logs.ts";

/** The hooks of pod subresources over an API. */
export function podHooks(api: ControllerApi): Required<Pick<SpecialHooks, "evict" | "logs">> {
  return {
    evict(pod) {
      try {
        evict(api, pod);
        return { allowed: true };
      } catch (error) {
        if (!(error instanceof StatusError) || error.status.code !== 429) throw error;
        return { allowed: false, message: messageOf(error), cause: error.status.details?.causes?.[0]?.message ?? "" };
      }
    },
    async logs(call, pod) {
      const lines = podLogs(api, pod, logOptions(call.info.query, call.request.signal));
      // The first piece is asked for before the answer begins, so that a refusal still can be one.
      const first = await lines.next();
      return { status: 200, headers: { "content-type": "text/plain" }, body: rest(first, lines) } satisfies ApiResponse;
    },
  };
}

async function* rest(first: IteratorResult<Uint8Array>, lines: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.done === true) return;
  yield first.value;
  yield* lines;
}

function logOptions(query: URLSearchParams, signal: AbortSignal | undefined): LogOptions {
  const on = (name: string) => ["1", "true"].includes(query.get(name) ?? "");
  const number = (name: string) => {
    const text = query.get(name);
    if (text === null || text === "") return undefined;
    if (!/^\d+$/.test(text)) throw badRequest(`${name}: Invalid value: ${JSON.stringify(text)}: must be a number`);
    return Number(text);
  };
  return {
    container: query.get("container") || undefined,
    follow: on("follow"),
    previous: on("previous"),
    timestamps: on("timestamps"),
    tailLines: number("tailLines"),
    sinceSeconds: number("sinceSeconds"),
    sinceTime: query.get("sinceTime") ?? undefined,
    limitBytes: number("limitBytes"),
    signal,
  };
}
