import { messageOf, systemClock, type Clock } from "../base/index.ts";
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { credentialSource, dataOrFile, type Credentials } from "./credentials.ts";
import { limitConnecting } from "./connect-limits.ts";
import type { KubeConfig } from "./kubeconfig.ts";
import { configError } from "./kubeconfig-file.ts";
import { basic, endpointOf, isLoopback, proxyFor, proxyLogin } from "./proxy-choice.ts";
import type { TlsOptions } from "./proxy.ts";
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
  const packs = !isLoopback(server.hostname) && !config.cluster["disable-compression"];
  let made: (Way & { readonly identity: Credentials }) | undefined;

  const prepare = async () => {
    const identity = await source.get();
    if (made === undefined || !sameCertificate(made.identity, identity)) {
      made?.agent.destroy();
      made = { ...(await wayTo(config, server, identity, env, options.sockets ?? 32)), identity };
    }
    // With the credentials of this request: its 401 is about those, whatever others were given since.
    return { ...made, identity };
  };

  const sendOnce = async (
    request: ApiRequest,
    { http, agent, target, prefix, headers: own, identity }: Way & { identity: Credentials },
  ): Promise<ApiResponse> => {
    const headers: Record<string, string | string[]> = {
      ...(packs ? { "accept-encoding": "gzip" } : {}),
      ...own,
      ...request.headers,
    };
    authenticate(headers, config, identity);
    const url = server.origin + base + request.path;
    if (request.body !== undefined) headers["content-length"] = String(request.body.byteLength);
    return await new Promise((resolve, reject) => {
      const outgoing = http.request(
        {
          agent,
          method: request.method,
          ...endpointOf(target),
          path: prefix + base + request.path,
          headers,
          // A tunnel that is still being made has no socket that Node could end with the request.
          ...(request.signal === undefined ? {} : { signal: request.signal, tunnelSignal: request.signal }),
        },
        (incoming) => {
          resolve(answerOf(incoming, request, url));
        },
      );
      outgoing.setNoDelay(true);
      outgoing.once("socket", (socket) => limitConnecting(socket, target.protocol === "https:"));
      outgoing.on("error", (error) => {
        reject(request.signal?.aborted ? (request.signal.reason ?? error) : transportError(request.method, url, error));
      });
      outgoing.end(request.body);
    });
  };

  return {
    server: server.origin + base,
    async transport(request) {
      const way = await prepare();
      const response = await sendOnce(request, way);
      if (response.status === 401 && (await source.refresh(way.identity))) {
        for await (const _ of response.body) {
          // An unread body would hold its socket.
        }
        return await sendOnce(request, await prepare());
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
  if (identity.token) {
    if (/[^\t\x20-\x7e\x80-\u{10ffff}]/u.test(identity.token))
      throw configError('net/http: invalid header field value for "Authorization"', {
        doing: "authenticating at the API server",
        fix: "The token has a line break or another control character in it.",
      });
    headers.authorization = `Bearer ${identity.token}`;
  } else if (identity.basic) headers.authorization = basic(identity.basic.username, identity.basic.password);
  const user = config.user;
  if (!user.as) return;
  headers["impersonate-user"] = asBytes(user.as);
  if (user["as-uid"]) headers["impersonate-uid"] = asBytes(user["as-uid"]);
  if (user["as-groups"]?.length) headers["impersonate-group"] = user["as-groups"].map(asBytes);
  for (const [key, values] of Object.entries(user["as-user-extra"] ?? {}))
    headers[`impersonate-extra-${encodeURIComponent(key)}`] = values.map(asBytes);
}

/** Header values are bytes: those of UTF-8, as Go sends them. */
function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** How requests get to the server. */
interface Way {
  readonly http: Http;
  readonly agent: Agent;
  /** Whom to connect to: the server, or a proxy that is asked for whole addresses. */
  readonly target: URL;
  /** Stands before each path: the server's origin for such a proxy. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function wayTo(
  config: KubeConfig,
  server: URL,
  identity: Credentials,
  env: Readonly<Record<string, string | undefined>>,
  sockets: number,
): Promise<Way> {
  const keep = { keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: sockets, scheduling: "lifo" as const };
  const proxy = await proxyFor(config.cluster, server, env);
  const straight = { target: server, prefix: "", headers: {} };
  if (server.protocol === "http:") {
    const asked = proxy !== undefined && !proxy.protocol.startsWith("socks") ? proxy : undefined;
    const http = asked?.protocol === "https:" ? await import("node:https") : await import("node:http");
    const agent = new http.Agent({
      ...keep,
      ...(asked?.protocol === "https:" ? await tlsToProxy(asked, await tlsOptions(config, server, identity)) : {}),
    });
    if (asked !== undefined) {
      const login = asked.username === "" ? {} : { "proxy-authorization": proxyLogin(asked) };
      return { http, agent, target: asked, prefix: server.origin, headers: { host: server.host, ...login } };
    }
    if (proxy !== undefined) await tunnel(agent, proxy, server, undefined);
    return { http, agent, ...straight };
  }
  const http = await import("node:https");
  const tls = await tlsOptions(config, server, identity);
  const agent = new http.Agent({ ...keep, ...tls });
  if (proxy !== undefined) await tunnel(agent, proxy, server, tls);
  return { http, agent, ...straight };
}

async function tlsOptions(config: KubeConfig, server: URL, identity: Credentials): Promise<TlsOptions> {
  const cluster = config.cluster;
  const authority = await dataOrFile(
    cluster["certificate-authority-data"],
    cluster["certificate-authority"],
    "certificate-authority",
  );
  const ca = authority === undefined ? undefined : Buffer.from(authority);
  if (ca !== undefined && !ca.includes("-----BEGIN "))
    throw configError("unable to load root certificates: unable to parse bytes as PEM block");
  const { isIP } = await import("node:net");
  const { host } = endpointOf(server);
  const servername = cluster["tls-server-name"] || (isIP(host) ? "" : host);
  const options = {
    ...(ca === undefined ? {} : { ca }),
    ...(identity.clientCertificate === undefined ? {} : { cert: asPem(identity.clientCertificate) }),
    ...(identity.clientKey === undefined ? {} : { key: asPem(identity.clientKey) }),
    ...(servername === "" ? {} : { servername }),
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
  };
  const { createSecureContext } = await import("node:tls");
  try {
    return { ...options, secureContext: createSecureContext(options) };
  } catch (error) {
    throw configError(certificateWords(error), { cause: error });
  }
}

/** What Go says of certificates and keys that cannot be used. */
function certificateWords(error: unknown): string {
  switch ((error as { code?: string }).code) {
    case "ERR_OSSL_X509_KEY_VALUES_MISMATCH":
      return "tls: private key does not match public key";
    case "ERR_OSSL_PEM_NO_START_LINE":
      return "tls: failed to find any PEM data in certificate input";
    default:
      return `tls: ${messageOf(error)}`;
  }
}

function asPem(data: string | Uint8Array): string | Buffer {
  return typeof data === "string" ? data : Buffer.from(data);
}

async function tlsToProxy(proxy: URL, tls: TlsOptions): Promise<TlsOptions> {
  return (await import("./proxy.ts")).proxyTls(proxy, tls);
}

type TunnelAgent = { createConnection: unknown };

async function tunnel(agent: TunnelAgent, proxy: URL, server: URL, tls: TlsOptions | undefined): Promise<void> {
  const { proxyConnector } = await import("./proxy.ts");
  agent.createConnection = await proxyConnector(proxy, server, tls);
}

async function answerOf(incoming: IncomingMessage, request: ApiRequest, url: string): Promise<ApiResponse> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  let stream: AsyncIterable<Uint8Array> = incoming;
  if (headers["content-encoding"] === "gzip") {
    stream = /[?&](watch|follow)=/.test(request.path) ? await unpackedAsItComes(incoming) : unpackedAtOnce(incoming);
    delete headers["content-encoding"];
  }
  return { status: incoming.statusCode ?? 0, headers, body: bodyOf(stream, request, url) };
}

/** Watches arrive in pieces: what is there must come out at once. */
async function unpackedAsItComes(incoming: IncomingMessage): Promise<AsyncIterable<Uint8Array>> {
  const { createGunzip, constants } = await import("node:zlib");
  const { pipeline } = await import("node:stream");
  const gunzip = createGunzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
  // Either ends the other: who stops reading lets go of the socket as well. Errors reach whoever reads.
  return pipeline(incoming, gunzip, () => {});
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
  url: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason ?? error;
    throw transportError(request.method, url, error);
  }
}
