import { gzipSync } from "node:zlib";
import { stringify } from "../../goyaml/index.ts";
import type { Status, StatusError } from "../status.ts";

export interface ApiRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: AsyncIterable<Uint8Array>;
}

const encoder = new TextEncoder();

/** A body of one piece. */
export async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

const noCache = { "cache-control": "no-cache, private" };

export function textResponse(status: number, text: string, type = "text/plain; charset=utf-8"): ApiResponse {
  return {
    status,
    headers: { ...noCache, "content-type": type, "x-content-type-options": "nosniff" },
    body: once(encoder.encode(text)),
  };
}

/** True where upstream prints for people: asked for, or a browser's or curl's user agent. */
export function wantsPretty(query: URLSearchParams, userAgent: string): boolean {
  const asked = query.get("pretty");
  if (asked !== null) return asked !== "0" && asked !== "false";
  return /^(curl|Wget|Mozilla)/.test(userAgent);
}

export interface Printing {
  readonly format: "json" | "yaml";
  readonly pretty: boolean;
  readonly warnings: readonly string[];
  readonly gzip: boolean;
}

const gzipFrom = 128 * 1024;

/** JSON text → response, compressed and in YAML where that was asked for. */
export function jsonResponse(status: number, text: string, printing: Printing, type?: string): ApiResponse {
  let body = text;
  let contentType = type ?? "application/json";
  if (printing.format === "yaml") {
    body = stringify(JSON.parse(text));
    contentType = "application/yaml";
  } else if (printing.pretty) body = JSON.stringify(JSON.parse(text), undefined, 2);
  else body += "\n";
  const headers: Record<string, string> = { ...noCache, "content-type": contentType };
  if (printing.warnings.length > 0) headers["warning"] = warningHeader(printing.warnings);
  let bytes = encoder.encode(body);
  if (printing.gzip && bytes.length > gzipFrom) {
    bytes = compress(bytes) as typeof bytes;
    headers["content-encoding"] = "gzip";
    headers["vary"] = "Accept-Encoding";
  }
  headers["content-length"] = String(bytes.length);
  return { status, headers, body: once(bytes) };
}

function compress(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 1 });
}

const mostWarnings = 4096;

/** RFC 7234 warnings, as `299 - "text"`, each once. */
function warningHeader(warnings: readonly string[]): string {
  const out: string[] = [];
  let size = 0;
  for (const warning of new Set(warnings)) {
    const clean = [...warning]
      .map((char) => (char < " " || char === "\u007f" ? " " : char > "~" ? "?" : char))
      .join("");
    const text = `299 - "${clean.replace(/[\\"]/g, "\\$&")}"`;
    size += text.length;
    if (size > mostWarnings) break;
    out.push(text);
  }
  return out.join(", ");
}

export function statusResponse(error: StatusError, printing: Printing): ApiResponse {
  const { status } = error;
  const response = jsonResponse(status.code ?? 500, JSON.stringify(status), printing);
  if (status.details?.retryAfterSeconds !== undefined) {
    response.headers["retry-after"] = String(status.details.retryAfterSeconds);
  }
  return response;
}

/** metav1.Status of a success. */
export function success(details: Record<string, unknown>): Status {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

const cache = new WeakMap<object, string>();

/** An object's JSON, made once: objects in the store never change. */
export function jsonOf(object: object): string {
  let text = cache.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    cache.set(object, text);
  }
  return text;
}
