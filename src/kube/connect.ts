import { messageOf, systemClock, type Clock } from "../base/index.ts";
import { credentialSource, dataOrFile, type Credentials } from "./credentials.ts";
import { httpClient, type HttpAnswer, type HttpClient } from "./http1.ts";
import type { KubeConfig } from "./kubeconfig.ts";
import { configError } from "./kubeconfig-file.ts";
import { basic, isLoopback, proxyFor, proxyLogin } from "./proxy-choice.ts";
import { socketsThrough, socketsTo, type TlsOptions } from "./sockets.ts";
import { transportError } from "./transport-errors.ts";
import type { ApiRequest, ApiResponse, Connection } from "./types.ts";

export interface ConnectOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  /** How many idle sockets are kept; 32 unless told. */
  readonly sockets?: number;
}

/**
 * A transport to a real API server (HTTP/1.1 over TLS, sockets kept alive, gzip but to loopback). Credentials are read at the first
 * request; an expired plugin credential or token file is asked for again, once after a 401 as well.
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
  let made: (Way & { identity: Credentials }) | undefined;

  const prepare = async () => {
    const identity = await source.get();
    if (made !== undefined && sameCertificate(made.identity, identity)) {
      made.identity = identity;
      return made;
    }
    made?.http.close();
    made = { ...(await wayTo(config, server, identity, env, options.sockets ?? 32)), identity };
    return made;
  };

  const sendOnce = async (
    request: ApiRequest,
    { http, prefix, headers: own, identity }: Way & { identity: Credentials },
  ): Promise<ApiResponse> => {
    const headers: Record<string, string | string[]> = {
      host: server.host,
      ...(packs ? { "accept-encoding": "gzip" } : {}),
      ...own,
      ...request.headers,
    };
    authenticate(headers, config, identity);
    try {
      const answer = await http.send({ ...request, path: prefix + base + request.path, headers });
      return unpacked(answer, request, server);
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason ?? error;
      // What cannot be written is no fault of the way.
      if (error instanceof TypeError) throw error;
      throw transportError(request.method, server.origin + base + request.path, error);
    }
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
      made?.http.close();
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
  readonly http: HttpClient;
  /** Stands before each path: the server's origin where a proxy is asked for whole addresses. */
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
  const proxy = await proxyFor(config.cluster, server, env);
  const asked = server.protocol === "http:" && !proxy?.protocol.startsWith("socks") ? proxy : undefined;
  if (asked !== undefined) {
    const open = socketsTo(asked, asked.protocol === "https:" ? {} : undefined);
    const login = asked.username === "" ? {} : { "proxy-authorization": proxyLogin(asked) };
    return { http: httpClient(open, sockets), prefix: server.origin, headers: login };
  }
  const tls = server.protocol === "http:" ? undefined : await tlsOptions(config, server, identity);
  const open = proxy === undefined ? socketsTo(server, tls) : await socketsThrough(proxy, server, tls);
  return { http: httpClient(open, sockets), prefix: "", headers: {} };
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
  const servername =
    cluster["tls-server-name"] || (isIP(server.hostname.replace(/^\[|\]$/g, "")) ? "" : server.hostname);
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

function unpacked({ status, headers, body }: HttpAnswer, request: ApiRequest, server: URL): ApiResponse {
  if (headers["content-encoding"] !== "gzip") return { status, headers, body: bodyOf(body, request, server) };
  const { "content-encoding": _packed, ...rest } = headers;
  const stream = /[?&](watch|follow)=/.test(request.path) ? unpackedAsItComes(body) : unpackedAtOnce(body);
  return { status, headers: rest, body: bodyOf(stream, request, server) };
}

/** Watches arrive in pieces: what is there must come out at once. */
async function* unpackedAsItComes(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { createGunzip, constants } = await import("node:zlib");
  const gunzip = createGunzip({ flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH });
  const out: Uint8Array[] = [];
  gunzip.on("data", (piece: Uint8Array) => out.push(piece));
  gunzip.on("error", () => {});
  try {
    for await (const piece of body) {
      await new Promise<void>((resolve, reject) => gunzip.write(piece, (error) => (error ? reject(error) : resolve())));
      yield* out.splice(0);
    }
  } finally {
    gunzip.destroy();
  }
}

/** A whole answer in one go takes a fraction of the time that a stream of pieces does. */
async function* unpackedAtOnce(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { gunzipSync } = await import("node:zlib");
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  const packed = Buffer.concat(pieces);
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
