import { SlipwayError, isSlipwayError, sleep } from "../base/index.ts";
import { isExpired, statusError } from "./errors.ts";
import {
  apiVersionOf,
  resourcePath,
  type ApiObject,
  type ApiResource,
  type ApiResponse,
  type ApiStatus,
} from "./types.ts";
import type { KubeClient } from "./client.ts";

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: ApiObject }
  /** Everything that was there has been told; what follows is news. Comes once. */
  | { readonly type: "SYNC" };

/** Lines of a streamed body. */
export async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    let end = rest.indexOf("\n");
    if (end < 0) continue;
    let from = 0;
    for (; end >= 0; end = rest.indexOf("\n", from)) {
      yield rest.slice(from, end);
      from = end + 1;
    }
    rest = rest.slice(from);
  }
  if (rest !== "") yield rest;
}

/**
 * See KubeClient.watch. Ends quietly when the signal is aborted; throws what cannot be resumed: what the server refuses
 * (403, 404), and a list that does not come for as long as the client tries.
 */
export async function* watchObjects(
  client: KubeClient,
  resource: ApiResource,
  namespace: string | undefined,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const known = new Map<string, ApiObject>();
  let version = "";
  let synced = false;
  const selectors = {
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
  };
  try {
    for (let failures = 0; !options.signal.aborted;) {
      if (version === "") {
        const list = await client.listWithVersion(resource, namespace, { ...selectors, signal: options.signal });
        yield* relist(known, list.items);
        version = list.resourceVersion;
        if (!synced) yield { type: "SYNC" };
        synced = true;
      }
      try {
        for await (const event of stream(client, resource, namespace, version, selectors, options.signal)) {
          if (event.type === "ERROR") throw watchError(event.object as ApiStatus);
          failures = 0;
          const object = event.object as ApiObject;
          version = object.metadata?.resourceVersion ?? version;
          if (event.type === "BOOKMARK") continue;
          object.apiVersion ??= apiVersionOf(resource);
          object.kind ??= resource.kind;
          if (event.type === "DELETED") known.delete(keyOf(object));
          else known.set(keyOf(object), object);
          yield { type: event.type, object };
        }
      } catch (error) {
        if (options.signal.aborted) return;
        // Its place is gone; or the server itself broke off, and may have missed something.
        if (isExpired(error) || isSlipwayError(error, brokenOff)) version = "";
        else if (!isSlipwayError(error, "kube.connection-lost") && !isSlipwayError(error, "kube.unreachable"))
          throw error;
      }
      // A watch that ended is opened again at once; one that keeps ending without having told anything waits a little.
      if (failures++ > 0) await sleep(client.clock, Math.min(100 * 2 ** failures, 5000), options.signal);
    }
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
}

const brokenOff = "kube.watch-broken-off";

/** What an ERROR event says. Trouble inside the server ends this watch only, as in client-go's reflectors. */
function watchError(status: ApiStatus): SlipwayError {
  const passes = status.code === 429 || status.code >= 500;
  return passes ? new SlipwayError(status.message, { code: brokenOff, cause: status }) : statusError(status);
}

interface RawEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: unknown;
}

async function* stream(
  client: KubeClient,
  resource: ApiResource,
  namespace: string | undefined,
  version: string,
  selectors: Record<string, string>,
  signal: AbortSignal,
): AsyncGenerator<RawEvent> {
  const query = new URLSearchParams({
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion: version,
    ...selectors,
  });
  const response: ApiResponse = await client.open({
    method: "GET",
    path: `${resourcePath(resource, namespace)}?${query}`,
    what: resource.plural,
    signal,
  });
  for await (const line of lines(response.body)) {
    if (line.trim() === "") continue;
    yield eventOf(line);
  }
}

function eventOf(line: string): RawEvent {
  try {
    return JSON.parse(line) as RawEvent;
  } catch (error) {
    // A proxy may end a body in the middle of a line as if that were its end.
    throw new SlipwayError("unexpected EOF", { code: "kube.connection-lost", cause: error });
  }
}

/** The difference between what was known and a fresh list, as events. */
function* relist(known: Map<string, ApiObject>, items: readonly ApiObject[]): Generator<WatchEvent> {
  const seen = new Set<string>();
  for (const object of items) {
    const key = keyOf(object);
    seen.add(key);
    const before = known.get(key);
    known.set(key, object);
    if (before === undefined) yield { type: "ADDED", object };
    else if (before.metadata.resourceVersion !== object.metadata.resourceVersion) yield { type: "MODIFIED", object };
  }
  for (const [key, object] of known) {
    if (seen.has(key)) continue;
    known.delete(key);
    yield { type: "DELETED", object };
  }
}

function keyOf(object: ApiObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}
