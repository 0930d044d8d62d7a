import type { Core } from "../core.ts";
import { asVersion } from "../stored-form.ts";
import type { ServedType } from "../served.ts";
import { expired, invalid } from "../status.ts";
import type { StoreEvent, Stored } from "../store.ts";
import { selection, unreadableVersion } from "./reads.ts";
import { forbiddenCause } from "../causes.ts";
import { randomBelow } from "../../base/index.ts";

export interface Sent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

/** How far a client that does not read may fall behind before its watch ends. */
const mostPending = 20_000;
const bookmarkEvery = 60_000;

/** A queue between the store's synchronous events and a client's pace. */
class Channel implements AsyncIterableIterator<Sent> {
  private readonly queue: Sent[] = [];
  private waiting: ((result: IteratorResult<Sent>) => void) | undefined;
  private ended = false;
  private readonly onEnd: () => void;

  constructor(onEnd: () => void) {
    this.onEnd = onEnd;
  }

  push(event: Sent): void {
    if (this.ended) return;
    if (this.waiting !== undefined) {
      const resolve = this.waiting;
      this.waiting = undefined;
      resolve({ value: event, done: false });
    } else if (this.queue.push(event) > mostPending) this.end();
  }

  /** No more events; those that wait are still read. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd();
    this.waiting?.({ value: undefined, done: true });
    this.waiting = undefined;
  }

  next(): Promise<IteratorResult<Sent>> {
    const event = this.queue.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => (this.waiting = resolve));
  }

  return(): Promise<IteratorResult<Sent>> {
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const listOptions = { group: "meta.k8s.io", kind: "ListOptions" };

/** A watch as a request's parameters ask for it; it ends by timeout, by the signal, or with the server. */
export function watch(
  core: Core,
  type: ServedType,
  namespace: string,
  query: URLSearchParams,
  name: string,
  signal: AbortSignal | undefined,
  stop: AbortSignal,
): AsyncIterableIterator<Sent> {
  const { test } = selection(type, query);
  const given = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const initial = query.get("sendInitialEvents");
  const bookmarks = query.get("allowWatchBookmarks") === "true" || query.get("allowWatchBookmarks") === "1";
  const causes = [];
  if (initial !== null && initial !== "") {
    if (match !== "NotOlderThan") {
      causes.push(
        forbiddenCause(
          "resourceVersionMatch",
          "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ),
      );
    }
  } else if (match !== "") {
    causes.push(
      forbiddenCause(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      ),
    );
  }
  if (causes.length > 0) throw invalid(listOptions, "", causes);
  if (given !== "" && !/^\d+$/.test(given)) {
    throw unreadableVersion(given);
  }
  const table = core.store.table(type.table);
  const prefix = type.namespaced && namespace !== "" ? namespace : undefined;
  const wanted = (object: Stored) =>
    (prefix === undefined || object.metadata.namespace === prefix) &&
    (name === "" || object.metadata.name === name) &&
    (test === undefined || test(object));
  const send = (event: StoreEvent) => {
    const now = event.type !== "DELETED" && wanted(event.object);
    const before = event.previous !== undefined && wanted(event.previous);
    if (now) channel.push({ type: before ? "MODIFIED" : "ADDED", object: asVersion(event.object, type) });
    else if (before) {
      // an object that left the selection is shown as it was, with the revision of the change
      const object = event.type === "DELETED" ? event.object : withVersion(event.previous, event.revision);
      channel.push({ type: "DELETED", object: asVersion(object, type) });
    }
  };
  let cancelTimeout = () => {};
  let cancelBookmark = () => {};
  const channel: Channel = new Channel(() => {
    table.listeners.delete(send);
    cancelTimeout();
    cancelBookmark();
    signal?.removeEventListener("abort", abort);
    stop.removeEventListener("abort", abort);
  });
  const abort = () => channel.end();
  const bookmark = (annotated = false) =>
    channel.push({
      type: "BOOKMARK",
      object: {
        kind: type.kind,
        apiVersion: type.apiVersion,
        metadata: {
          resourceVersion: String(core.store.revision),
          ...(annotated ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
        },
      },
    });
  const from = Number(given === "" ? "0" : given);
  if (initial === "true" || (initial !== "false" && from === 0)) {
    for (const key of table.keys) {
      const object = table.objects.get(key) as Stored;
      if (wanted(object)) channel.push({ type: "ADDED", object: asVersion(object, type) });
    }
    if (initial === "true") bookmark(true);
  } else if (from > 0) {
    if (from < table.compacted) {
      const refusal = expired(`too old resource version: ${from} (${table.compacted})`);
      channel.push({ type: "ERROR", object: refusal.status });
      channel.end();
      return channel;
    }
    for (const event of table.history) if (event.revision > from) send(event);
  }
  table.listeners.add(send);
  const asked = Number(query.get("timeoutSeconds") ?? "0");
  const seconds = asked > 0 ? asked : 1800 + randomBelow(core.random, 1800);
  cancelTimeout = core.clock.schedule(seconds * 1000, () => channel.end());
  if (bookmarks) {
    // every minute, and once shortly before the watch ends
    const last = core.clock.now() + (seconds - 2) * 1000;
    const plan = () => {
      const wait = Math.min(bookmarkEvery, last - core.clock.now());
      if (wait <= 0) return;
      cancelBookmark = core.clock.schedule(wait, () => {
        bookmark();
        plan();
      });
    };
    plan();
  }
  if (signal?.aborted === true || stop.aborted) channel.end();
  signal?.addEventListener("abort", abort, { once: true });
  stop.addEventListener("abort", abort, { once: true });
  return channel;
}

function withVersion(object: Stored, revision: number): Stored {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}
