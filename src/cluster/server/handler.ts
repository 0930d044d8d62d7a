import type { Caller, Core, WriteContext } from "../core.ts";
import type { ServedType } from "../served.ts";
import { subresourceOf } from "../served.ts";
import { badRequest, forbidden, internalError, refuse, StatusError, tooLarge, unauthorized } from "../status.ts";
import { EngineWanted, loadEngine } from "../crd/patterns.ts";
import type { Loose } from "../strategy.ts";
import { negotiate } from "../negotiate.ts";
import { managerOf, readBody, readDryRun } from "./options.ts";
import { plain } from "./plain.ts";
import { RequestCounts } from "./request-counts.ts";
import type { RequestInfo } from "./request.ts";
import { readRequest } from "./request.ts";
import type { ApiRequest, ApiResponse, Printing } from "./respond.ts";
import { statusResponse, textResponse, wantsPretty } from "./respond.ts";
import { perform } from "./verbs.ts";

/** What the handler needs beside the core. */
export interface HandlerPorts {
  /** Who sends this request; undefined is refused with 401. */
  authenticate(request: ApiRequest): Caller | undefined;
  /** Whether the caller may; a text says why not. */
  authorize(caller: Caller, info: RequestInfo): true | string;
  /** Subresources that are no plain reads or writes (scale, eviction, log …), and reviews. */
  special(call: SpecialCall): Promise<ApiResponse> | ApiResponse | undefined;
  readonly address: string;
  readonly stop: AbortSignal;
}

export interface SpecialCall {
  readonly core: Core;
  readonly type: ServedType;
  readonly info: RequestInfo;
  readonly request: ApiRequest;
  readonly caller: Caller;
  readonly printing: Printing & { warnings: string[] };
  readonly context: WriteContext;
  /** The body as an object of a kind. */
  body(): Record<string, unknown>;
}

/** Requests larger than this are refused: upstream's limit. */
export const bodyLimit = 3 * 1024 * 1024;

const transforms = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"];

/** Answers requests. Never throws: whatever goes wrong becomes a Status. */
export function createHandler(core: Core, ports: HandlerPorts): (request: ApiRequest) => Promise<ApiResponse> {
  const counts = new RequestCounts(core);
  const ask = async (request: ApiRequest, info: RequestInfo): Promise<ApiResponse> => {
    const printing: Printing & { warnings: string[] } = {
      format: "json",
      pretty: wantsPretty(info.query, request.headers["user-agent"] ?? ""),
      warnings: [],
      gzip: /\bgzip\b/.test(request.headers["accept-encoding"] ?? ""),
    };
    try {
      return await answer(core, ports, request, info, printing, counts).catch(async (error: unknown) => {
        // nothing was done yet: a pattern of a new definition needs more than plain ones do
        if (!(error instanceof EngineWanted)) throw error;
        await loadEngine();
        printing.warnings.length = 0;
        return answer(core, ports, request, info, printing, counts);
      });
    } catch (error) {
      return statusResponse(refusalOf(error), printing);
    }
  };
  return async (request) => {
    const info = readRequest(request.method, request.path);
    const response = await ask(request, info);
    counts.add(info, response.status);
    return response;
  };
}

function refusalOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  // a body that is nested deeper than the stack: upstream's decoder stops at ten thousand
  if (error instanceof RangeError && error.message.includes("call stack")) return badRequest("exceeded max depth");
  return internalError(error instanceof Error ? error.message : String(error));
}

async function answer(
  core: Core,
  ports: HandlerPorts,
  request: ApiRequest,
  info: RequestInfo,
  printing: Printing & { warnings: string[] },
  counts: RequestCounts,
): Promise<ApiResponse> {
  const caller = ports.authenticate(request);
  if (caller === undefined) throw unauthorized();
  const allowed = ports.authorize(caller, info);
  if (allowed !== true) throw denied(caller, info, allowed);
  if (!info.isResource) return plain(core, ports, request, info, printing, counts);
  if (!core.types.hasVersion(info.apiVersion)) {
    const groupKnown = core.types.groups().some((group) => group.name === info.group);
    const aggregated: Loose = core.store.get("apiregistration.k8s.io/apiservices", `${info.version}.${info.group}`);
    if (aggregated?.spec.service !== undefined) {
      const { namespace, name } = aggregated.spec.service;
      printing.warnings.push(
        `${info.apiVersion} is served by ${namespace}/${name}, which is simulated: nothing answers there`,
      );
      throw refuse(503, "ServiceUnavailable", "the server is currently unable to handle the request", {});
    }
    if (!groupKnown || !core.types.isBuiltin(info.group)) return textResponse(404, "404 page not found\n");
    throw refuse(404, "NotFound", "the server could not find the requested resource", {});
  }
  const type = core.types.at(info.apiVersion, info.plural);
  if (type === undefined) {
    if (!core.types.isBuiltin(info.group)) return textResponse(404, "404 page not found\n");
    throw refuse(404, "NotFound", "the server could not find the requested resource", {});
  }
  const accept = request.headers["accept"];
  const wanted = negotiate(accept, transforms);
  if (wanted === undefined && info.subresource !== "log" && info.verb !== "connect") {
    const types = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
    if (negotiate(accept?.replace(/;\s*as=[^;,]*/g, ""), transforms) !== undefined)
      throw refuse(406, "NotAcceptable", `only the following media types are accepted: ${types}`);
    throw refuse(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${types}`, {});
  }
  const print = { ...printing, format: wanted?.format ?? "json", warnings: printing.warnings };
  const context: WriteContext = {
    user: caller,
    dryRun: readDryRun(info),
    manager: managerOf(info, request.headers["user-agent"] ?? ""),
    warnings: printing.warnings,
    subresource: info.subresource,
  };
  const call: SpecialCall = {
    core,
    type,
    info,
    request,
    caller,
    printing: print,
    context,
    body: () => readBody(request, type.kind).data,
  };
  checkSize(request);
  // what is not in namespaces is not found below one; a namespace's own path looks as if it were
  if (!type.namespaced && info.namespace !== "" && (info.plural !== "namespaces" || info.name === "")) {
    throw refuse(404, "NotFound", "the server could not find the requested resource", {});
  }
  if (type.strategy.deprecation !== undefined && info.verb !== "watch")
    printing.warnings.push(type.strategy.deprecation);
  const special = await ports.special(call);
  if (special !== undefined) return special;
  if (info.subresource !== "") {
    const sub = subresourceOf(type, info.subresource);
    if (sub === undefined || info.rest !== "")
      throw refuse(404, "NotFound", "the server could not find the requested resource", {});
    if (!sub.verbs.includes(info.verb)) throw notAllowed();
  } else if (!type.verbs.includes(info.verb)) throw notAllowed();
  // creations go to collections, changes to objects
  if (info.subresource === "" && (info.name !== "") === (info.verb === "create") && named.has(info.verb))
    throw notAllowed();
  if (type.namespaced && info.namespace === "" && !["list", "watch"].includes(info.verb)) {
    // there are lists over all namespaces, but nothing below them
    throw info.name === ""
      ? notAllowed()
      : refuse(404, "NotFound", "the server could not find the requested resource", {});
  }
  return perform(call, wanted ?? { format: "json" }, ports);
}

const named = new Set(["create", "update", "patch"]);

const notAllowed = () =>
  refuse(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});

function checkSize(request: ApiRequest): void {
  if ((request.body?.length ?? 0) > bodyLimit) throw tooLarge(`Request entity too large: limit is ${bodyLimit}`);
}

/** `User "x" cannot get resource "pods" in API group "" in the namespace "y"`. */
function denied(caller: Caller, info: RequestInfo, why: string): StatusError {
  const who = JSON.stringify(caller.name);
  const reason = why === "" ? "" : `: ${why}`;
  if (!info.isResource) {
    return refuse(
      403,
      "Forbidden",
      `forbidden: User ${who} cannot ${info.verb} path ${JSON.stringify(info.path)}${reason}`,
      {},
    );
  }
  const plural = info.subresource === "" ? info.plural : `${info.plural}/${info.subresource}`;
  const place =
    info.namespace === "" || info.plural === "namespaces"
      ? "at the cluster scope"
      : `in the namespace ${JSON.stringify(info.namespace)}`;
  const where =
    info.plural === "namespaces" && info.name !== "" ? `in the namespace ${JSON.stringify(info.name)}` : place;
  return forbidden(
    { group: info.group, plural: info.plural },
    info.name,
    `User ${who} cannot ${info.verb} resource ${JSON.stringify(plural)} in API group ${JSON.stringify(info.group)} ${where}${reason}`,
  );
}
