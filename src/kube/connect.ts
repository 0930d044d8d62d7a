import { systemClock, type Clock } from "../base/index.ts";
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { credentialSource, dataOrFile, type Credentials } from "./credentials.ts";
import type { KubeConfig } from "./kubeconfig.ts";
import { transportError } from "./transport-errors.ts";
import type { ApiRequest, ApiResponse, Connection } from "./types.ts";

export interface ConnectOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** How many sockets at most; 32 unless told. Watches hold one each, and are not counted. */
  readonly sockets?: number;
}

interface Http {
  request(options: RequestOptions, answer: (response: IncomingMessage) => void): ClientRequest;
}

/**
 * A transport to a real API server over node:https (HTTP/1.1, sockets kept alive, gzip but to loopback). Credentials are read at the
 * first request; an expired plugin credential or token file is asked for again, once after a 401 as well.
 * Honours the kubeconfig's `proxy-url` and HTTPS_PROXY/HTTP_PROXY/NO_PROXY.
 */
export function connect(config: KubeConfig, options: ConnectOptions = {}): Connection {
  const env = options.env ?? {};
  const clock = options.clock ?? systemClock;
  const server = new URL(
    /^[a-z]+:\/\//i.test(config.cluster.server) ? config.cluster.server : `http://${config.cluster.server}`,
  );
  const base = server.pathname.replace(/\/+$/, "");
  const source = credentialSource(config.user, config.cluster, { clock, env });
  // Packing costs both sides more than it saves on the way to the same machine.
  const packs = !isLoopback(server.hostname);
  let made: { http: Http; agent: Agent; identity: Credentials } | undefined;

  const prepare = async () => {
    const identity = await source.get();
    if (made !== undefined && sameCertificate(made.identity, identity)) {
      made.identity = identity;
      return made;
    }
    made?.agent.destroy();
    made = { ...(await makeAgent(config, server, identity, env, options.sockets ?? 32)), identity };
    return made;
  };

  const sendOnce = async (request: ApiRequest): Promise<ApiResponse> => {
    const { http, agent, identity } = await prepare();
    const headers: Record<string, string | string[]> = {
      ...(packs ? { "accept-encoding": "gzip" } : {}),
      ...request.headers,
    };
    authenticate(headers, config, identity);
    if (request.body !== undefined) headers["content-length"] = String(request.body.byteLength);
    return await new Promise((resolve, reject) => {
      const outgoing = http.request(
        {
          agent,
          method: request.method,
          hostname: server.hostname.replace(/^\[|\]$/g, ""),
          port: server.port || (server.protocol === "https:" ? 443 : 80),
          path: base + request.path,
          headers,
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        },
        (incoming) => {
          resolve(answerOf(incoming, request, server));
        },
      );
      outgoing.setNoDelay(true);
      outgoing.on("error", (error) => {
        reject(
          request.signal?.aborted
            ? (request.signal.reason ?? error)
            : transportError(request.method, server.origin + base + request.path, error),
        );
      });
      outgoing.end(request.body);
    });
  };

  return {
    server: server.origin + base,
    async transport(request) {
      const response = await sendOnce(request);
      if (response.status === 401 && source.refresh()) {
        for await (const _ of response.body) {
          // An unread body would hold its socket.
        }
        return await sendOnce(request);
      }
      return response;
    },
    close() {
      made?.agent.destroy();
      made = undefined;
    },
  };
}

function sameCertificate(a: Credentials, b: Credentials): boolean {
  return a.clientCertificate === b.clientCertificate && a.clientKey === b.clientKey;
}

function authenticate(headers: Record<string, string | string[]>, config: KubeConfig, identity: Credentials): void {
  if (identity.token) headers.authorization = `Bearer ${identity.token}`;
  else if (identity.basic) {
    headers.authorization = `Basic ${Buffer.from(`${identity.basic.username}:${identity.basic.password}`).toString("base64")}`;
  }
  const user = config.user;
  if (!user.as) return;
  headers["impersonate-user"] = user.as;
  if (user["as-uid"]) headers["impersonate-uid"] = user["as-uid"];
  if (user["as-groups"] !== undefined && user["as-groups"].length > 0) headers["impersonate-group"] = user["as-groups"];
  for (const [key, values] of Object.entries(user["as-user-extra"] ?? {}))
    headers[`impersonate-extra-${encodeURIComponent(key)}`] = values;
}

async function makeAgent(
  config: KubeConfig,
  server: URL,
  identity: Credentials,
  env: Readonly<Record<string, string | undefined>>,
  sockets: number,
): Promise<{ http: Http; agent: Agent }> {
  const keep = { keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: sockets, scheduling: "lifo" as const };
  const proxy = proxyFor(config, server, env);
  if (server.protocol === "http:") {
    const http = await import("node:http");
    const agent = new http.Agent(keep);
    if (proxy !== undefined) await tunnel(agent, proxy, server, undefined);
    return { http, agent };
  }
  const https = await import("node:https");
  const cluster = config.cluster;
  const ca = await dataOrFile(
    cluster["certificate-authority-data"],
    cluster["certificate-authority"],
    "certificate-authority",
  );
  const { isIP } = await import("node:net");
  const servername =
    cluster["tls-server-name"] || (isIP(server.hostname.replace(/^\[|\]$/g, "")) ? "" : server.hostname);
  const tls = {
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(identity.clientCertificate === undefined ? {} : { cert: asPem(identity.clientCertificate) }),
    ...(identity.clientKey === undefined ? {} : { key: asPem(identity.clientKey) }),
    ...(servername === "" ? {} : { servername }),
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
  };
  const agent = new https.Agent({ ...keep, ...tls });
  if (proxy !== undefined) await tunnel(agent, proxy, server, tls);
  return { http: https, agent };
}

function asPem(data: string | Uint8Array): string | Buffer {
  return typeof data === "string" ? data : Buffer.from(data);
}

type TunnelAgent = { createConnection: unknown };

async function tunnel(agent: TunnelAgent, proxy: URL, server: URL, tls: object | undefined): Promise<void> {
  const { proxyConnector } = await import("./proxy.ts");
  agent.createConnection = await proxyConnector(proxy, server, tls);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || /^127\.[\d.]+$/.test(host) || host === "[::1]";
}

/** The proxy for a server: the kubeconfig's, else the environment's unless NO_PROXY names the host or it is loopback. */
function proxyFor(config: KubeConfig, server: URL, env: Readonly<Record<string, string | undefined>>): URL | undefined {
  const named = config.cluster["proxy-url"];
  if (named) return new URL(named);
  const fromEnv =
    server.protocol === "https:" ? (env.HTTPS_PROXY ?? env.https_proxy) : (env.HTTP_PROXY ?? env.http_proxy);
  if (!fromEnv) return undefined;
  const host = server.hostname;
  if (isLoopback(host)) return undefined;
  const excluded = (env.NO_PROXY ?? env.no_proxy ?? "").split(",").map((entry) => entry.trim());
  for (const entry of excluded) {
    if (entry === "") continue;
    if (entry === "*" || entry === host || entry === server.host) return undefined;
    if (host.endsWith(entry.startsWith(".") ? entry : `.${entry}`)) return undefined;
  }
  return new URL(fromEnv.includes("://") ? fromEnv : `http://${fromEnv}`);
}

async function answerOf(incoming: IncomingMessage, request: ApiRequest, server: URL): Promise<ApiResponse> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  let stream: AsyncIterable<Uint8Array> = incoming;
  if (headers["content-encoding"] === "gzip") {
    stream = /[?&](watch|follow)=/.test(request.path) ? await unpackedAsItComes(incoming) : unpackedAtOnce(incoming);
    delete headers["content-encoding"];
  }
  return { status: incoming.statusCode ?? 0, headers, body: bodyOf(stream, request, server) };
}

/** Watches arrive in pieces: what is there must come out at once. */
async function unpackedAsItComes(incoming: IncomingMessage): Promise<AsyncIterable<Uint8Array>> {
  const { createGunzip, constants } = await import("node:zlib");
  const gunzip = createGunzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
  incoming.on("error", (error) => gunzip.destroy(error));
  return incoming.pipe(gunzip);
}

/** A whole answer in one go takes a fraction of the time that a stream of pieces does. */
async function* unpackedAtOnce(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  const { gunzipSync } = await import("node:zlib");
  const { buffer } = await import("node:stream/consumers");
  const packed = await buffer(incoming);
  if (packed.length > 0) yield gunzipSync(packed, { chunkSize: Math.max(16_384, packed.length * 4) });
}

async function* bodyOf(
  stream: AsyncIterable<Uint8Array>,
  request: ApiRequest,
  server: URL,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason ?? error;
    throw transportError(request.method, server.origin + request.path, error);
  }
}
