import type { SecureContextOptions } from "node:tls";
import { messageOf, SlipwayError } from "../../base/index.ts";
import { type RepositoryEntry } from "./config.ts";

/** What a download may need beyond its address. */
export type Access = Omit<RepositoryEntry, "name" | "url">;

const mostRedirects = 10;
const mostBytes = 256 << 20;

/**
 * GETs an address over HTTP or HTTPS and gives the body. Redirects are followed; credentials go to another host only
 * with pass_credentials_all. Throws chart.fetch in Helm's words.
 */
export async function download(address: string, access: Access = {}, signal?: AbortSignal): Promise<Uint8Array> {
  const first = parseAddress(address);
  let url = first;
  const tls = await tlsOptions(access);
  for (let turn = 0; turn <= mostRedirects; turn++) {
    const mayAuthenticate = url.host === first.host || access.pass_credentials_all === true;
    const headers: Record<string, string> = { "user-agent": "Helm/4.3.1", accept: "*/*", "accept-encoding": "gzip" };
    if (access.username && access.password && mayAuthenticate) {
      headers.authorization = `Basic ${Buffer.from(`${access.username}:${access.password}`).toString("base64")}`;
    }
    const answer = await get(url, headers, tls, signal);
    if (answer.status >= 300 && answer.status < 400 && answer.location) {
      url = new URL(answer.location, url);
      continue;
    }
    if (answer.status !== 200) {
      throw new SlipwayError(`failed to fetch ${address} : ${answer.status} ${answer.statusText}`, {
        code: "chart.fetch",
        doing: `fetching ${address}`,
      });
    }
    return answer.body;
  }
  throw new SlipwayError(`Get "${address}": stopped after ${mostRedirects} redirects`, { code: "chart.fetch" });
}

function parseAddress(address: string): URL {
  try {
    const url = new URL(address);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
    throw new SlipwayError(`scheme "${url.protocol.slice(0, -1)}" not supported`, { code: "chart.fetch" });
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError(`invalid address ${address}: ${messageOf(error)}`, { code: "chart.fetch" });
  }
}

async function tlsOptions(access: Access): Promise<SecureContextOptions & { rejectUnauthorized?: boolean }> {
  const { readFile } = await import("node:fs/promises");
  return {
    ...(access.caFile && { ca: await readFile(access.caFile) }),
    ...(access.certFile && { cert: await readFile(access.certFile) }),
    ...(access.keyFile && { key: await readFile(access.keyFile) }),
    ...(access.insecure_skip_tls_verify && { rejectUnauthorized: false }),
  };
}

interface Answer {
  status: number;
  statusText: string;
  location: string | undefined;
  body: Uint8Array;
}

async function get(
  url: URL,
  headers: Record<string, string>,
  tls: SecureContextOptions & { rejectUnauthorized?: boolean },
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const { request } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
  const { gunzipSync } = await import("node:zlib");
  return new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }) =>
      reject(
        new SlipwayError(`Get "${url.href}": ${networkReason(error, url)}`, {
          code: "chart.fetch",
          doing: `fetching ${url.href}`,
          cause: error,
        }),
      );
    const options = { headers, timeout: 60_000, ...(signal && { signal }), ...tls };
    const outgoing = request(url, options, (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostBytes) outgoing.destroy(new Error(`the answer is larger than ${mostBytes >> 20} MiB`));
        chunks.push(chunk);
      });
      incoming.on("error", fail);
      incoming.on("end", () => {
        try {
          const body = Buffer.concat(chunks);
          const packed = incoming.headers["content-encoding"] === "gzip";
          resolve({
            status: incoming.statusCode ?? 0,
            statusText: incoming.statusMessage ?? "",
            location: incoming.headers.location,
            body: packed ? gunzipSync(body, { maxOutputLength: mostBytes }) : body,
          });
        } catch (error) {
          fail(error as Error);
        }
      });
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer within a minute")));
    outgoing.on("error", fail);
    outgoing.end();
  });
}

/** Go's net words for what Node says by code. */
function networkReason(error: Error & { code?: string }, url: URL): string {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp ${url.hostname}:${port}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${url.hostname}: no such host`;
    case "EAI_AGAIN":
      return `dial tcp: lookup ${url.hostname}: the name server does not answer`;
    default:
      return error.message || error.code || "the connection broke";
  }
}
