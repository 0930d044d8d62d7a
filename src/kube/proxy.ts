import { SlipwayError } from "../base/index.ts";
import type { Socket } from "node:net";

type Connector = (options: unknown, done: (error: Error | null, socket?: Socket) => void) => undefined;

/**
 * An agent's `createConnection` that goes through a proxy: `http://` and `https://` proxies by CONNECT (with basic
 * authentication from the URL), `socks5://` by SOCKS 5 without authentication; then TLS to the server itself.
 */
export async function proxyConnector(proxy: URL, server: URL, tls: object | undefined): Promise<Connector> {
  const net = await import("node:net");
  const tlsModule = await import("node:tls");
  const host = server.hostname.replace(/^\[|\]$/g, "");
  const port = Number(server.port || (server.protocol === "https:" ? 443 : 80));
  const fail = (words: string) => new SlipwayError(`proxyconnect tcp: ${words}`, { code: "kube.unreachable" });
  return (_options, done) => {
    const proxyPort = Number(
      proxy.port || (proxy.protocol === "https:" ? 443 : proxy.protocol.startsWith("socks") ? 1080 : 80),
    );
    const proxyHost = proxy.hostname.replace(/^\[|\]$/g, "");
    const raw: Socket =
      proxy.protocol === "https:"
        ? tlsModule.connect({ host: proxyHost, port: proxyPort, servername: net.isIP(proxyHost) ? "" : proxyHost })
        : net.connect(proxyPort, proxyHost);
    const onError = (error: Error) => done(error);
    raw.once("error", onError);
    const through = () => {
      raw.off("error", onError);
      if (tls === undefined) return done(null, raw);
      const secure = tlsModule.connect({ ...tls, socket: raw, ...("servername" in tls ? {} : { host }) });
      secure.once("error", onError);
      secure.once("secureConnect", () => {
        secure.off("error", onError);
        done(null, secure);
      });
    };
    raw.once(proxy.protocol === "https:" ? "secureConnect" : "connect", () => {
      if (proxy.protocol.startsWith("socks")) socks5(raw, host, port, through, (words) => done(fail(words)));
      else httpConnect(raw, proxy, `${server.hostname}:${port}`, through, (words) => done(fail(words)));
    });
    return undefined;
  };
}

function httpConnect(
  socket: Socket,
  proxy: URL,
  target: string,
  ready: () => void,
  fail: (words: string) => void,
): void {
  const login =
    proxy.username === ""
      ? ""
      : `Proxy-Authorization: Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString("base64")}\r\n`;
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

function socks5(socket: Socket, host: string, port: number, ready: () => void, fail: (words: string) => void): void {
  let step = 0;
  let buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    if (step === 0) {
      if (buffer.length < 2) return;
      if (buffer[0] !== 5 || buffer[1] !== 0) return fail("socks connect: authentication methods not accepted");
      buffer = buffer.subarray(2);
      step = 1;
      const name = Buffer.from(host);
      socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([port >> 8, port & 255])]));
    }
    if (step === 1) {
      if (buffer.length < 5) return;
      if (buffer[1] !== 0) return fail(`socks connect: general failure ${buffer[1]}`);
      const addressLength = buffer[3] === 1 ? 4 : buffer[3] === 4 ? 16 : 1 + (buffer[4] ?? 0);
      if (buffer.length < 6 + addressLength) return;
      socket.off("data", onData);
      if (buffer.length > 6 + addressLength) socket.unshift(buffer.subarray(6 + addressLength));
      ready();
    }
  };
  socket.on("data", onData);
  socket.write(Buffer.from([5, 1, 0]));
}
