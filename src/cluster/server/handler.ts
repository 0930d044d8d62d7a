import type { Caller, Core, WriteContext } from "../core.ts";
import type { ServedType } from "../served.ts";
import { subresourceOf } from "../served.ts";
import {
  badRequest,
  forbidden,
  internalError,
  invalid,
  notFound,
  refuse,
  StatusError,
  tooLarge,
  unauthorized,
  unsupportedMediaType,
} from "../status.ts";
import type { Stored } from "../store.ts";
import { forbiddenCause, invalidValue, notSupported, required } from "../causes.ts";
import { negotiate } from "../negotiate.ts";
import type { Wanted } from "../negotiate.ts";
import { readProtobuf } from "../protobuf.ts";
import { bodyText, decodeObject, parseBody } from "./body.ts";
import type { FieldValidation } from "./body.ts";
import { aggregated, aggregatedType, legacyGroup, legacyGroups, legacyResources, legacyVersions } from "./discovery.ts";
import { kubernetesVersion, openapiIndex, openapiV2, openapiV3 } from "./openapi.ts";
import { applyObject, patchObject, patchTypes } from "./patch.ts";
import { list, selection } from "./reads.ts";
import type { RequestInfo } from "./request.ts";
import { readRequest } from "./request.ts";
import type { ApiRequest, ApiResponse, Printing } from "./respond.ts";
import { jsonOf, jsonResponse, once, statusResponse, success, textResponse, wantsPretty } from "./respond.ts";
import { partial, tableOf } from "./tables.ts";
import type { Sent } from "./watch.ts";
import { watch } from "./watch.ts";

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
const mediaTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/** Answers requests. Never throws: whatever goes wrong becomes a Status. */
export function createHandler(core: Core, ports: HandlerPorts): (request: ApiRequest) => Promise<ApiResponse> {
  return async (request) => {
    const info = readRequest(request.method, request.path);
    const printing: Printing & { warnings: string[] } = {
      format: "json",
      pretty: wantsPretty(info.query, request.headers["user-agent"] ?? ""),
      warnings: [],
      gzip: /\bgzip\b/.test(request.headers["accept-encoding"] ?? ""),
    };
    try {
      return await answer(core, ports, request, info, printing);
    } catch (error) {
      const refusal =
        error instanceof StatusError ? error : internalError(error instanceof Error ? error.message : String(error));
      return statusResponse(refusal, printing);
    }
  };
}

async function answer(
  core: Core,
  ports: HandlerPorts,
  request: ApiRequest,
  info: RequestInfo,
  printing: Printing & { warnings: string[] },
): Promise<ApiResponse> {
  const caller = ports.authenticate(request);
  if (caller === undefined) throw unauthorized();
  const allowed = ports.authorize(caller, info);
  if (allowed !== true) throw denied(caller, info, allowed);
  if (!info.isResource) return plain(core, ports, request, info, printing);
  if (!core.types.hasVersion(info.apiVersion)) return textResponse(404, "404 page not found\n");
  const type = core.types.at(info.apiVersion, info.plural);
  if (type === undefined) throw refuse(404, "NotFound", "the server could not find the requested resource", {});
  const accept = request.headers["accept"];
  const wanted = negotiate(accept, transforms);
  if (wanted === undefined && info.subresource !== "log" && info.verb !== "connect") {
    throw refuse(
      406,
      "NotAcceptable",
      "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/json;stream=watch",
      {},
    );
  }
  const print = { ...printing, format: wanted?.format ?? "json", warnings: printing.warnings };
  const context: WriteContext = {
    user: caller,
    dryRun: readDryRun(info.query),
    manager: managerOf(info.query, request.headers["user-agent"] ?? ""),
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
  if (type.namespaced && info.namespace === "" && !["list", "watch"].includes(info.verb)) throw notAllowed();
  if (!type.namespaced && info.namespace !== "" && info.plural !== "namespaces") {
    throw refuse(404, "NotFound", "the server could not find the requested resource", {});
  }
  return perform(call, wanted ?? { format: "json" }, ports);
}

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

function plain(
  core: Core,
  ports: HandlerPorts,
  request: ApiRequest,
  info: RequestInfo,
  printing: Printing,
): ApiResponse {
  const path = info.path.replace(/\/+$/, "") || "/";
  const accept = request.headers["accept"] ?? "";
  const json = (value: unknown, type?: string) => jsonResponse(200, JSON.stringify(value), printing, type);
  const wanted = negotiate(accept, ["APIGroupDiscoveryList"]);
  if (path === "/api" || path === "/apis") {
    if (wanted?.as === "APIGroupDiscoveryList") return json(aggregated(core.types, path === "/api"), aggregatedType);
    return json(path === "/api" ? legacyVersions(ports.address) : legacyGroups(core.types));
  }
  if (path === "/version") return json(versionInfo);
  const health = /^\/(healthz|readyz|livez)(\/.*)?$/.exec(path);
  if (health !== null) {
    if (!info.query.has("verbose")) return textResponse(200, "ok");
    return textResponse(200, `[+]ping ok\n[+]log ok\n[+]store ok\n${health[1]} check passed\n`);
  }
  if (path === "/openapi/v3") return json(openapiIndex(core.types));
  if (path.startsWith("/openapi/v3/")) {
    const part = path.slice("/openapi/v3/".length).replace(/^apis?\//, "");
    const document = cachedDocument(core, part, () => openapiV3(core.types, part));
    if (document === undefined) return textResponse(404, "404 page not found\n");
    return jsonResponse(200, document, printing);
  }
  if (path === "/openapi/v2") {
    if (/proto-openapi/.test(accept) && !/application\/json/.test(accept)) return protobufDocument();
    return jsonResponse(200, cachedDocument(core, "v2", () => openapiV2(core.types)) as string, printing);
  }
  const version = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))$/.exec(path);
  if (version !== null) {
    const apiVersion = version[1] ?? `${version[2]}/${version[3]}`;
    const resources = legacyResources(core.types, apiVersion);
    if (resources !== undefined) return json(resources);
  }
  const group = /^\/apis\/([^/]+)$/.exec(path);
  if (group !== null) {
    const found = legacyGroup(core.types, group[1] as string);
    if (found !== undefined) return json(found);
  }
  if (path === "/") return json({ paths: rootPaths(core) });
  return textResponse(404, "404 page not found\n");
}

/**
 * What clients that take OpenAPI v2 in protobuf only are given: a document that knows no types. They look up what they
 * validate in it, find nothing, and leave the validation to the server.
 */
function protobufDocument(): ApiResponse {
  const field = (number: number, content: Uint8Array | string): Buffer => {
    const bytes = Buffer.from(content);
    return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
  };
  const info = Buffer.concat([field(1, "Kubernetes"), field(2, kubernetesVersion)]);
  const body = Buffer.concat([field(1, "2.0"), field(2, info), field(8, "")]);
  const type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  return { status: 200, headers: { "cache-control": "no-cache, private", "content-type": type }, body: once(body) };
}

const versionInfo = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: kubernetesVersion,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "slipway",
  platform: "linux/amd64",
};

function rootPaths(core: Core): string[] {
  const out = [
    "/api",
    "/api/v1",
    "/apis",
    "/apis/",
    "/healthz",
    "/livez",
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/",
    "/readyz",
    "/version",
  ];
  for (const group of core.types.groups()) {
    if (group.name === "") continue;
    out.push(`/apis/${group.name}`, ...group.versions.map((v) => `/apis/${group.name}/${v.version}`));
  }
  return out.sort();
}

const documents = new WeakMap<Core, { generation: number; texts: Map<string, string | undefined> }>();

function cachedDocument(core: Core, key: string, make: () => unknown): string | undefined {
  let cache = documents.get(core);
  if (cache === undefined || cache.generation !== core.types.generation) {
    cache = { generation: core.types.generation, texts: new Map() };
    documents.set(core, cache);
  }
  if (!cache.texts.has(key)) {
    const made = make();
    cache.texts.set(key, made === undefined ? undefined : JSON.stringify(made));
  }
  return cache.texts.get(key);
}

/** The body as data; its text too where it was JSON (strict decoding finds duplicate keys in it). */
function readBody(request: ApiRequest, kind: string): { data: Record<string, unknown>; text?: string } {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  if (type === "application/vnd.kubernetes.protobuf") {
    try {
      return { data: readProtobuf(request.body ?? new Uint8Array()) };
    } catch (error) {
      throw badRequest(
        `the object provided is unrecognized (must be of type ${kind}): ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const text = bodyText(request.body);
  if (type === "" || type === "application/json") return { data: parseBody(text, false, kind), text };
  if (type === "application/yaml") return { data: parseBody(text, true, kind) };
  throw unsupportedMediaType(mediaTypes);
}

const options = { group: "meta.k8s.io", kind: "CreateOptions" };

function readDryRun(query: URLSearchParams): boolean {
  const given = query.getAll("dryRun").filter((text) => text !== "");
  if (given.length === 0) return false;
  const wrong = given.filter((text) => text !== "All");
  if (wrong.length > 0) throw invalid(options, "", [notSupported("dryRun", given, ["All"])]);
  return true;
}

function managerOf(query: URLSearchParams, userAgent: string): string {
  const given = query.get("fieldManager") ?? "";
  if (given.length > 128) {
    throw invalid(options, "", [
      { type: "FieldValueTooLong", field: "fieldManager", detail: "may not be more than 128 bytes" },
    ]);
  }
  if (given !== "") {
    for (let i = 0; i < given.length; i++) {
      const code = given.charCodeAt(i);
      if (code < 32 || code === 127) {
        throw invalid(options, "", [invalidValue("fieldManager", given, `should only contain printable characters`)]);
      }
    }
    return given;
  }
  // prefixes of user agents stand for their programs
  const name = userAgent.split("/")[0] ?? "";
  const clean = [...name]
    .filter((char) => char >= " " && char !== "\u007f")
    .join("")
    .slice(0, 128);
  return clean === "" ? "unknown" : clean;
}

function validationOf(query: URLSearchParams): FieldValidation {
  const given = query.get("fieldValidation") ?? "";
  if (given === "") return "Warn";
  if (given === "Ignore" || given === "Warn" || given === "Strict") return given;
  throw invalid(options, "", [notSupported("fieldValidation", given, ["", "Ignore", "Strict", "Warn"])]);
}

/** An object in the form a client asked for. */
function shape(type: ServedType, object: Stored, wanted: Wanted, core: Core, query: URLSearchParams): string {
  switch (wanted.as) {
    case "Table":
      return JSON.stringify(
        tableOf(type, [object], tableMetadata(object), query.get("includeObject") ?? "Metadata", core.clock.now()),
      );
    case "PartialObjectMetadata":
      return JSON.stringify(partial(object));
    default:
      return jsonOf(object);
  }
}

function tableMetadata(object: Stored): Record<string, unknown> {
  return { resourceVersion: object.metadata.resourceVersion };
}

function perform(call: SpecialCall, wanted: Wanted, ports: HandlerPorts): ApiResponse {
  const { core, type, info, request, printing, context } = call;
  const show = (status: number, object: Stored): ApiResponse =>
    jsonResponse(status, shape(type, object, wanted, core, info.query), printing);
  switch (info.verb) {
    case "get":
      return show(200, core.get(type, info.namespace, info.name));
    case "list":
      return listed(call, wanted);
    case "watch":
      return watched(call, wanted, ports);
    case "create": {
      const { data, ...rest } = readBody(request, type.kind);
      const object = decodeObject(data, type, {
        validation: validationOf(info.query),
        warnings: context.warnings,
        ...rest,
      });
      return show(201, core.create(type, info.namespace, object, context));
    }
    case "update": {
      const { data, ...rest } = readBody(request, type.kind);
      const object = decodeObject(data, type, {
        validation: validationOf(info.query),
        warnings: context.warnings,
        ...rest,
      });
      checkName(type, object, info);
      const old = core.find(type, info.namespace, info.name);
      if (old === undefined) {
        if (type.strategy.createOnUpdate !== true || info.subresource !== "") throw notFound(type, info.name);
        if (object.metadata.uid !== undefined) {
          throw refuse(
            409,
            "Conflict",
            `Precondition failed: UID in precondition: ${object.metadata.uid}, UID in object meta: `,
          );
        }
        return show(201, core.create(type, info.namespace, object, context));
      }
      return show(200, core.update(type, old, object, context));
    }
    case "patch":
      return patched(call, show);
    case "delete":
      return deleted(call);
    default:
      return deletedCollection(call, wanted);
  }
}

function checkName(type: ServedType, object: Stored, info: RequestInfo): void {
  const name = object.metadata.name ?? "";
  if (name === "") {
    throw badRequest("name must be provided");
  }
  if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  if (type.namespaced) {
    const namespace = object.metadata.namespace ?? "";
    if (namespace !== "" && namespace !== info.namespace) {
      throw badRequest(
        `the namespace of the object (${namespace}) does not match the namespace on the URL (${info.namespace})`,
      );
    }
  }
}

function patched(call: SpecialCall, show: (status: number, object: Stored) => ApiResponse): ApiResponse {
  const { core, type, info, request, context } = call;
  const contentType = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  const accepted: string[] = [
    patchTypes.json,
    patchTypes.merge,
    ...(type.custom === undefined ? [patchTypes.strategic] : []),
    patchTypes.apply,
  ];
  if (!accepted.includes(contentType)) {
    if (contentType === "") throw refuse(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
    throw unsupportedMediaType(accepted);
  }
  const apply = contentType === patchTypes.apply;
  const force = info.query.get("force");
  const causes = [];
  if (apply && (info.query.get("fieldManager") ?? "") === "") {
    causes.push(required("fieldManager", "is required for apply patch"));
  }
  if (!apply && force !== null) causes.push(forbiddenCause("force", "may not be specified for non-apply patch"));
  if (causes.length > 0) throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", causes);
  const patch = {
    contentType,
    text: bodyText(request.body),
    validation: validationOf(info.query),
    force: force === "true" || force === "1" || force === "",
  };
  const old = core.find(type, info.namespace, info.name);
  if (apply) {
    const result = applyObject(core, type, old, patch, context);
    if (old === undefined) {
      if (info.subresource !== "") throw notFound(type, info.name);
      const object = result.object;
      if ((object.metadata.name ?? "") === "") object.metadata.name = info.name;
      if (object.metadata.name !== info.name) {
        throw badRequest(
          `the name of the object (${object.metadata.name}) does not match the name on the URL (${info.name})`,
        );
      }
      if (object.metadata.uid !== undefined && object.metadata.uid !== "") {
        throw refuse(
          409,
          "Conflict",
          `Operation cannot be fulfilled on ${type.group === "" ? type.plural : `${type.plural}.${type.group}`} ${JSON.stringify(info.name)}: uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`,
          { name: info.name, ...(type.group === "" ? {} : { group: type.group }), kind: type.plural },
        );
      }
      return show(201, core.create(type, info.namespace, object, context, result.managedFields));
    }
    checkPatchedName(type, result.object, info);
    return show(200, core.update(type, old, result.object, context, result.managedFields));
  }
  if (old === undefined) throw notFound(type, info.name);
  const { object } = patchObject(type, old, patch, context);
  checkPatchedName(type, object, info);
  return show(200, core.update(type, old, object, context));
}

function checkPatchedName(type: ServedType, object: Stored, info: RequestInfo): void {
  const name = object.metadata.name ?? "";
  if (name !== info.name) {
    throw badRequest(
      name === ""
        ? "name must be provided"
        : `the name of the object (${name}) does not match the name on the URL (${info.name})`,
    );
  }
  const namespace = object.metadata.namespace ?? "";
  if (type.namespaced && namespace !== "" && namespace !== info.namespace) {
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the URL (${info.namespace})`,
    );
  }
}

interface DeleteRequest {
  gracePeriodSeconds?: number;
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

function readDelete(call: SpecialCall): DeleteRequest {
  const { info } = call;
  const out: DeleteRequest = { dryRun: call.context.dryRun };
  let body: Record<string, unknown> = {};
  if ((call.request.body?.length ?? 0) > 0) {
    body = call.body();
    if (body["kind"] !== undefined && body["kind"] !== "DeleteOptions") {
      throw badRequest(`decoded object cannot be converted to DeleteOptions`);
    }
  } else {
    for (const key of ["gracePeriodSeconds", "propagationPolicy", "orphanDependents"]) {
      const value = info.query.get(key);
      if (value === null) continue;
      body[key] = key === "gracePeriodSeconds" ? Number(value) : key === "orphanDependents" ? value === "true" : value;
    }
  }
  const grace = body["gracePeriodSeconds"];
  if (typeof grace === "number") out.gracePeriodSeconds = grace;
  const policy = body["propagationPolicy"];
  const orphan = body["orphanDependents"];
  const causes = [];
  if (policy !== undefined && policy !== null && orphan !== undefined && orphan !== null) {
    causes.push(
      invalidValue("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"),
    );
  }
  if (policy !== undefined && policy !== null) {
    if (policy !== "Background" && policy !== "Foreground" && policy !== "Orphan") {
      causes.push(notSupported("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]));
    } else out.propagationPolicy = policy;
  } else if (typeof orphan === "boolean") out.propagationPolicy = orphan ? "Orphan" : "Background";
  if (Array.isArray(body["dryRun"])) out.dryRun = out.dryRun || body["dryRun"].includes("All");
  if (causes.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", causes);
  const preconditions = body["preconditions"] as { uid?: string; resourceVersion?: string } | undefined | null;
  if (preconditions) out.preconditions = preconditions;
  return out;
}

function deleted(call: SpecialCall): ApiResponse {
  const { core, type, info, printing, context } = call;
  const { dryRun, ...deletion } = readDelete(call);
  if (type.strategy.deleteWarnings !== undefined && deletion.propagationPolicy === undefined) {
    context.warnings.push(...type.strategy.deleteWarnings);
  }
  const { object, gone } = core.delete(type, info.namespace, info.name, deletion, { ...context, dryRun });
  if (!gone || type.strategy.returnsDeleted === true) return jsonResponse(200, jsonOf(object), printing);
  const details: Record<string, unknown> = { name: info.name };
  if (type.group !== "") details["group"] = type.group;
  details["kind"] = type.plural;
  details["uid"] = object.metadata.uid;
  return jsonResponse(200, JSON.stringify(success(details)), printing);
}

function listMetadata(found: { revision: number; next?: string; remaining?: number }): Record<string, unknown> {
  return {
    resourceVersion: String(found.revision),
    ...(found.next === undefined ? {} : { continue: found.next }),
    ...(found.remaining === undefined ? {} : { remainingItemCount: found.remaining }),
  };
}

function deletedCollection(call: SpecialCall, wanted: Wanted): ApiResponse {
  const { core, type, info, context } = call;
  const { dryRun, ...deletion } = readDelete(call);
  const found = list(core, type, info.namespace, info.query);
  for (const object of found.items) {
    try {
      core.delete(type, object.metadata.namespace ?? "", object.metadata.name, deletion, { ...context, dryRun });
    } catch (error) {
      if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
    }
  }
  return printList(call, wanted, found);
}

function listed(call: SpecialCall, wanted: Wanted): ApiResponse {
  const { core, type, info } = call;
  return printList(call, wanted, list(core, type, info.namespace, info.query));
}

function printList(call: SpecialCall, wanted: Wanted, found: ReturnType<typeof list>): ApiResponse {
  const { core, type, info, printing } = call;
  const metadata = listMetadata(found);
  if (wanted.as === "Table") {
    const include = info.query.get("includeObject") ?? "Metadata";
    return jsonResponse(200, JSON.stringify(tableOf(type, found.items, metadata, include, core.clock.now())), printing);
  }
  if (wanted.as !== undefined) {
    const items = found.items.length === 0 ? null : found.items.map(partial);
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

function watched(call: SpecialCall, wanted: Wanted, ports: HandlerPorts): ApiResponse {
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
    return wanted.as === undefined ? object : partial(object);
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
