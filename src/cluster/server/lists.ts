import type { ServedType } from "../served.ts";
import type { Core } from "../core.ts";
import { badRequest, refuse, type StatusError } from "../status.ts";
import type { Stored } from "../store.ts";
import type { Wanted } from "../negotiate.ts";
import { list, selection } from "./reads.ts";
import type { HandlerPorts, SpecialCall } from "./handler.ts";
import type { ApiResponse } from "./respond.ts";
import { jsonOf, jsonResponse } from "./respond.ts";
import { partial, tableOf } from "./tables.ts";
import type { Sent } from "./watch.ts";
import { watch } from "./watch.ts";

/** Objects, lists and watches in the form a client asked for. */

/** An object in the form a client asked for. */
export function shape(type: ServedType, object: Stored, wanted: Wanted, core: Core, query: URLSearchParams): string {
  switch (wanted.as) {
    case "Table":
      return JSON.stringify(
        tableOf(type, [object], tableMetadata(object), query.get("includeObject") ?? "Metadata", core.clock.now()),
      );
    case "PartialObjectMetadata":
      return JSON.stringify(partial(type, object));
    case "PartialObjectMetadataList":
      throw mismatch(wanted.as, `not a list (${goType(type, "")})`);
    default:
      return jsonOf(object);
  }
}

/** Metadata of one object asked of a list, or of a list asked of one object. */
function mismatch(as: string, what: string): StatusError {
  return refuse(406, "NotAcceptable", `you requested ${as}, but the requested object is ${what}`);
}

function goType(type: ServedType, suffix: string): string {
  if (type.custom !== undefined) return `*unstructured.Unstructured${suffix}`;
  const group = type.group === "" || type.group === "events.k8s.io" ? "core" : type.group.split(".")[0];
  return `*${group}.${type.kind}${suffix}`;
}

function tableMetadata(object: Stored): Record<string, unknown> {
  return { resourceVersion: object.metadata.resourceVersion };
}

function listMetadata(found: Printed): Record<string, unknown> {
  return {
    ...(found.revision === undefined ? {} : { resourceVersion: String(found.revision) }),
    ...(found.next === undefined ? {} : { continue: found.next }),
    ...(found.remaining === undefined ? {} : { remainingItemCount: found.remaining }),
  };
}

export function listed(call: SpecialCall, wanted: Wanted): ApiResponse {
  const { core, type, info } = call;
  return printList(call, wanted, list(core, type, info.namespace, info.query));
}

/** What a list shows; one that is made for the answer has no revision. */
type Printed = Omit<ReturnType<typeof list>, "revision"> & { readonly revision?: number };

export function printList(call: SpecialCall, wanted: Wanted, found: Printed): ApiResponse {
  const { core, type, info, printing } = call;
  const metadata = listMetadata(found);
  if (wanted.as === "Table") {
    const include = info.query.get("includeObject") ?? "Metadata";
    return jsonResponse(200, JSON.stringify(tableOf(type, found.items, metadata, include, core.clock.now())), printing);
  }
  if (wanted.as === "PartialObjectMetadata") throw mismatch(wanted.as, `a list (${goType(type, "List")})`);
  if (wanted.as !== undefined) {
    const items = found.items.length === 0 ? null : found.items.map((object) => partial(type, object));
    return jsonResponse(
      200,
      JSON.stringify({ kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata, items }),
      printing,
    );
  }
  // items of built-in lists carry no kind and apiVersion of their own
  const parts: string[] = [];
  for (const object of found.items) {
    const text = jsonOf(object);
    if (type.custom !== undefined) {
      parts.push(text);
      continue;
    }
    const head = `{"kind":${JSON.stringify(object.kind)},"apiVersion":${JSON.stringify(object.apiVersion)},`;
    parts.push(
      text.startsWith(head)
        ? `{${text.slice(head.length)}`
        : JSON.stringify({ ...object, kind: undefined, apiVersion: undefined }),
    );
  }
  const text = `{"kind":${JSON.stringify(type.listKind)},"apiVersion":${JSON.stringify(type.apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[${parts.join(",")}]}`;
  return jsonResponse(200, text, printing);
}

const encoder = new TextEncoder();

export function watched(call: SpecialCall, wanted: Wanted, ports: HandlerPorts): ApiResponse {
  const { core, type, info, request, printing } = call;
  if (info.name !== "") {
    const { name } = selection(type, info.query);
    if (name !== undefined && name !== info.name) throw badRequest("field metadata.name does not match requested name");
  }
  const events = watch(core, type, info.namespace, info.query, info.name, request.signal, ports.stop);
  let first = true;
  const include = info.query.get("includeObject") ?? "Metadata";
  const show = (event: Sent): unknown => {
    if (event.type === "ERROR") return event.object;
    const object = event.object as Stored;
    if (wanted.as === "Table") {
      const table =
        event.type === "BOOKMARK"
          ? {
              kind: "Table",
              apiVersion: "meta.k8s.io/v1",
              metadata: object.metadata,
              columnDefinitions: null,
              rows: [],
            }
          : tableOf(type, [object], tableMetadata(object), include, core.clock.now(), first);
      if (event.type !== "BOOKMARK") first = false;
      return table;
    }
    return wanted.as === undefined ? object : partial(type, object);
  };
  async function* body(): AsyncIterable<Uint8Array> {
    for await (const event of events) {
      const object = show(event);
      const text = wanted.as === undefined ? jsonOf(object as object) : JSON.stringify(object);
      yield encoder.encode(`{"type":${JSON.stringify(event.type)},"object":${text}}\n`);
    }
  }
  return {
    status: 200,
    headers: {
      "cache-control": "no-cache, private",
      "content-type":
        wanted.as === undefined
          ? "application/json"
          : `application/json;as=${wanted.as};g=meta.k8s.io;v=v1;stream=watch`,
      ...(printing.warnings.length > 0 ? {} : {}),
    },
    body: body(),
  };
}
