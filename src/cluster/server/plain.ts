import type { Core } from "../core.ts";
import { refuse } from "../status.ts";
import { negotiate } from "../negotiate.ts";
import { aggregated, aggregatedType, legacyGroup, legacyGroups, legacyResources, legacyVersions } from "./discovery.ts";
import { kubernetesVersion, openapiIndex, openapiV2, openapiV3 } from "./openapi.ts";
import type { RequestCounts } from "./request-counts.ts";
import type { RequestInfo } from "./request.ts";
import type { ApiRequest, ApiResponse, Printing } from "./respond.ts";
import { jsonResponse, once, textResponse } from "./respond.ts";

/** Paths that are no resources: discovery, OpenAPI, health, metrics, version. */

export function plain(
  core: Core,
  ports: { readonly address: string },
  request: ApiRequest,
  info: RequestInfo,
  printing: Printing,
  counts: RequestCounts,
): ApiResponse {
  const path = info.path.replace(/\/+$/, "") || "/";
  const accept = request.headers["accept"] ?? "";
  const json = (value: unknown, type?: string) => jsonResponse(200, JSON.stringify(value), printing, type);
  const wanted = negotiate(accept, ["APIGroupDiscoveryList"]);
  const read = request.method === "GET" || request.method === "HEAD";
  if ((path === "/api" || path === "/version" || path === "/openapi/v2") && !read) {
    throw refuse(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
  }
  if (path === "/api" || path === "/apis") {
    if (wanted?.as === "APIGroupDiscoveryList") return json(aggregated(core.types, path === "/api"), aggregatedType);
    return json(path === "/api" ? legacyVersions(ports.address) : legacyGroups(core.types));
  }
  if (path === "/version") return json(versionInfo);
  const health = /^\/(healthz|readyz|livez)(\/.*)?$/.exec(path);
  if (health !== null) {
    const check = (health[2] ?? "").slice(1);
    if (check !== "" && !["ping", "log", "etcd", "store"].includes(check))
      return textResponse(404, "404 page not found\n");
    if (!info.query.has("verbose")) return textResponse(200, "ok");
    return textResponse(200, `[+]ping ok\n[+]log ok\n[+]store ok\n${health[1]} check passed\n`);
  }
  if (path === "/metrics") {
    const answer = textResponse(200, counts.text(kubernetesVersion));
    answer.headers["content-type"] = "text/plain; version=0.0.4; charset=utf-8";
    return answer;
  }
  if (path === "/openapi/v3") return json(openapiIndex(core.types));
  if (path.startsWith("/openapi/v3/")) {
    const part = path.slice("/openapi/v3/".length).replace(/^apis?\//, "");
    const document = cachedDocument(core, part, () => openapiV3(core.types, part));
    if (document === undefined) return textResponse(404, "");
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
  const known = /^\/api\/|^\/apis\/([^/]+)\/[^/]+$/.exec(path);
  if (known !== null && (known[1] === undefined || legacyGroup(core.types, known[1]) !== undefined))
    throw refuse(404, "NotFound", "the server could not find the requested resource", {});
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
    "/metrics",
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
