import { SlipwayError } from "../base/index.ts";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { limitConnecting } from "./connect-limits.ts";
import { endpointOf, proxyLogin } from "./proxy-choice.ts";

/** How TLS to the API server is made. */
export type TlsOptions = ConnectionOptions;

/** What an agent hands over for a connection: the options of the request that wants it. */
interface Wanted {
  /** The request's own signal, under a name that Node's agent does not keep to itself. */
  readonly tunnelSignal?: AbortSignal;
}

type Connector = (options: Wanted, done: (error: Error | null, socket?: Socket) => void) => undefined;

// Go's limits: for the proxy's answer, and for TLS to the server behind it.
const answering = 60_000;
const handshaking = 10_000;

/**
 * An agent's `createConnection` that goes through a proxy: `http://` and `https://` proxies by CONNECT (with basic
 * authentication from the URL), `socks5://` by SOCKS 5 (with a name and password from the URL); then TLS to the server
 * itself. A proxy that closes, refuses, or stays silent for longer than Go waits is an error, and nothing of the
 * connection is left then.
 */
export async function proxyConnector(proxy: URL, server: URL, tls: TlsOptions | undefined): Promise<Connector> {
  const net = await import("node:net");
  const tlsModule = await import("node:tls");
  const { host, port } = endpointOf(server);
  const fail = (words: string) =>
    Object.assign(new SlipwayError(words, { code: "kube.unreachable" }), { proxy: proxy.host });
  const to = endpointOf(proxy);
  const toProxy = proxy.protocol === "https:" ? await proxyTls(proxy, tls) : undefined;
  return ({ tunnelSignal: signal }, done) => {
    const raw: Socket = toProxy === undefined ? net.connect(to) : tlsModule.connect({ ...to, ...toProxy });
    limitConnecting(raw, toProxy !== undefined);
    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    const settle = (error: Error | null, socket?: Socket) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      if (error !== null) raw.destroy();
      done(error, socket);
    };
    const onAbort = () => settle(fail("context canceled"));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
    const onError = (error: Error) => settle(Object.assign(error, { proxy: proxy.host }));
    raw.on("error", onError);
    raw.once("close", () => settle(fail("unexpected EOF")));
    const through = () => {
      clearTimeout(timer);
      raw.off("error", onError).on("error", settle);
      if (tls === undefined) return settle(null, raw);
      const late = Object.assign(new Error("net/http: TLS handshake timeout"), { code: "TLS_HANDSHAKE_TIMEOUT" });
      timer = setTimeout(() => settle(late), handshaking);
      const secure = tlsModule.connect({ ...tls, socket: raw, ...("servername" in tls ? {} : { host }) });
      secure.on("error", settle);
      secure.once("secureConnect", () => {
        secure.off("error", settle);
        settle(null, secure);
      });
    };
    raw.once(toProxy === undefined ? "connect" : "secureConnect", () => {
      timer = setTimeout(() => settle(fail("context deadline exceeded")), answering);
      const refused = (words: string) => settle(fail(words));
      if (proxy.protocol.startsWith("socks"))
        socks5(raw, proxy, { host, port, family: net.isIP(host) }, through, refused);
      else httpConnect(raw, proxy, `${server.hostname}:${port}`, through, refused);
    });
    return undefined;
  };
}

/**
 * How TLS to an `https://` proxy is made: for the proxy's own name, with the trust that the cluster's entry names and
 * that of the public authorities.
 */
export async function proxyTls(proxy: URL, tls: TlsOptions | undefined): Promise<TlsOptions> {
  const { isIP } = await import("node:net");
  const tlsModule = await import("node:tls");
  const { host } = endpointOf(proxy);
  return {
    servername: isIP(host) ? "" : host,
    ...(tls?.ca === undefined ? {} : { ca: [...[tls.ca].flat(), ...tlsModule.rootCertificates] }),
    rejectUnauthorized: tls?.rejectUnauthorized !== false,
  };
}

function httpConnect(
  socket: Socket,
  proxy: URL,
  target: string,
  ready: () => void,
  fail: (words: string) => void,
): void {
  const login = proxy.username === "" ? "" : `Proxy-Authorization: ${proxyLogin(proxy)}\r\n`;
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    socket.off("data", onData);
    const status = head.toString("latin1", 0, head.indexOf("\r\n"));
    if (!/^HTTP\/1\.[01] 2\d\d/.test(status)) return fail(status.replace(/^HTTP\/1\.[01] \d+ /, ""));
    if (head.length > end + 4) socket.unshift(head.subarray(end + 4));
    ready();
  };
  socket.on("data", onData);
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`);
}

interface Address {
  readonly host: string;
  readonly port: number;
  /** 4 or 6 for an IP address, 0 for a name. */
  readonly family: number;
}

/** The SOCKS 5 handshake (RFC 1928), with a name and password where the proxy's address has them (RFC 1929). */
function socks5(socket: Socket, proxy: URL, to: Address, ready: () => void, fail: (words: string) => void): void {
  const login = proxy.username === "" ? undefined : [proxy.username, proxy.password].map(decodeURIComponent);
  let step: "method" | "login" | "connect" = "method";
  let buffer = Buffer.alloc(0);
  const ask = () => {
    step = "connect";
    socket.write(Buffer.concat([Buffer.from([5, 1, 0]), addressOf(to), Buffer.from([to.port >> 8, to.port & 255])]));
  };
  const onData = (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    if (step !== "connect") {
      if (buffer.length < 2) return;
      const [version, answer] = buffer;
      buffer = buffer.subarray(2);
      if (step === "login")
        return answer === 0 ? ask() : fail("socks connect: username/password authentication failed");
      if (version === 5 && answer === 0) return ask();
      if (version !== 5 || answer !== 2 || login === undefined)
        return fail("socks connect: no acceptable authentication methods");
      step = "login";
      socket.write(Buffer.concat([Buffer.from([1]), ...login.map(counted)]));
      return;
    }
    if (buffer.length < 5) return;
    if (buffer[1] !== 0)
      return fail(`socks connect: ${replies[(buffer[1] as number) - 1] ?? `unknown code ${buffer[1]}`}`);
    const addressLength = buffer[3] === 1 ? 4 : buffer[3] === 4 ? 16 : 1 + (buffer[4] ?? 0);
    if (buffer.length < 6 + addressLength) return;
    socket.off("data", onData);
    if (buffer.length > 6 + addressLength) socket.unshift(buffer.subarray(6 + addressLength));
    ready();
  };
  socket.on("data", onData);
  socket.write(Buffer.from(login === undefined ? [5, 1, 0] : [5, 2, 0, 2]));
}

const replies = [
  "general SOCKS server failure",
  "connection not allowed by ruleset",
  "network unreachable",
  "host unreachable",
  "connection refused",
  "TTL expired",
  "command not supported",
  "address type not supported",
];

/** A text behind its length, in a byte. */
function counted(text: string): Buffer {
  return Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);
}

/** An address as SOCKS writes it: its kind, then bytes. */
function addressOf({ host, family }: Address): Buffer {
  if (family === 0) return Buffer.concat([Buffer.from([3]), counted(host)]);
  if (family === 4) return Buffer.from([1, ...host.split(".").map(Number)]);
  const [head = "", tail] = host.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":")).map((group) => Number.parseInt(group, 16));
  const [front, back] = [groups(head), groups(tail ?? "")];
  const middle = Array.from({ length: 8 - front.length - back.length }, () => 0);
  return Buffer.from([4, ...[...front, ...middle, ...back].flatMap((group) => [group >> 8, group & 255])]);
}
