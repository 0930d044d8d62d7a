import { sleep, type Clock } from "../base/index.ts";
import type { Transport } from "./types.ts";

/**
 * The same way to a server for at most `qps` requests a second, `burst` of them at once: client-go's token bucket, in
 * which each request takes its turn.
 */
export function limited(transport: Transport, qps: number, burst: number, clock: Clock): Transport {
  let tokens = burst;
  let counted = clock.now();
  return async (request) => {
    const now = clock.now();
    tokens = Math.min(burst, tokens + ((now - counted) / 1000) * qps) - 1;
    counted = now;
    if (tokens < 0) await sleep(clock, (-tokens / qps) * 1000, request.signal);
    return await transport(request);
  };
}
