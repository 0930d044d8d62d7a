import type { ApiRequest, ApiResponse } from "./server/respond.ts";
import type { VirtualClock } from "./virtual-clock.ts";

type Handle = (request: ApiRequest) => Promise<ApiResponse>;

/** True for a clock that jumps and can be held. */
export function isVirtualClock(clock: object): clock is VirtualClock {
  return "hold" in clock && "background" in clock;
}

/**
 * An in-process handler on a virtual clock: time stands still while a request is in flight, and may move while somebody waits
 * for the next piece of a stream (a watch, a followed log). Whole answers are read before they are handed on, so that a
 * client that looks only at the status holds nothing up.
 */
export function onVirtualClock(handle: Handle, clock: VirtualClock): Handle {
  return async (request) => {
    const release = clock.hold();
    try {
      const response = await handle(request);
      if (isStream(request)) return { ...response, body: waited(response.body, clock) };
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      return { ...response, body: replay(chunks) };
    } finally {
      release();
    }
  };
}

/** Watches and followed logs stay open. */
function isStream(request: ApiRequest): boolean {
  const at = request.path.indexOf("?");
  if (request.method !== "GET" || at < 0) return false;
  const query = new URLSearchParams(request.path.slice(at + 1));
  const on = (name: string) => ["1", "true", ""].includes(query.get(name) ?? "false");
  return on("watch") || on("follow");
}

async function* waited(body: AsyncIterable<Uint8Array>, clock: VirtualClock): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const done = clock.wait();
      let step: IteratorResult<Uint8Array>;
      try {
        step = await iterator.next();
      } finally {
        done();
      }
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function* replay(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
