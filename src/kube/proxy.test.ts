import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { after, test } from "node:test";
import { connect } from "./connect.ts";
import type { Connection } from "./types.ts";

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** A proxy that does this with each connection; `closed` is resolved when the client has ended the first one. */
async function proxy(answer: (socket: Socket) => void) {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const { promise: asked, resolve: heard } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("close", () => resolve());
    socket.once("data", () => heard());
    answer(socket);
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, closed, asked };
}

/** A way to a server behind a proxy. */
function behind(url: string): Connection {
  const cluster = { server: "https://k8s.example:6443", "proxy-url": url };
  return connect({ cluster, user: {}, namespace: "default" });
}

const version = { method: "GET", path: "/version" } as const;

test("a proxy that takes the connection and closes it is told, by CONNECT and by SOCKS", async () => {
  const { host } = await proxy((socket) => socket.once("data", () => socket.end()));
  for (const url of [`http://${host}`, `socks5://${host}`])
    await assert.rejects(
      behind(url).transport({ ...version, headers: {} }),
      /^.*Get "https:\/\/k8s\.example:6443\/version": proxyconnect tcp: unexpected EOF/,
    );
});

test("a proxy that refuses and keeps its side open is left", async () => {
  const { host, closed } = await proxy((socket) =>
    socket.once("data", () => socket.write("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")),
  );
  await assert.rejects(
    behind(`http://${host}`).transport({ ...version, headers: {} }),
    /Proxy Authentication Required/,
  );
  await closed;
});

test("a silent proxy ends with the request that waits for it, and after Go's minute by itself", async (t) => {
  for (const scheme of ["http", "socks5"]) {
    const { host, closed, asked } = await proxy(() => {});
    const stop = new AbortController();
    const pending = behind(`${scheme}://${host}`).transport({ ...version, headers: {}, signal: stop.signal });
    await asked;
    stop.abort(new Error("enough"));
    await assert.rejects(pending, /^Error: enough$/);
    await closed;
  }
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { host, closed, asked } = await proxy(() => {});
  const pending = behind(`http://${host}`).transport({ ...version, headers: {} });
  await asked;
  t.mock.timers.tick(60_000);
  await assert.rejects(pending, /proxyconnect tcp: context deadline exceeded/);
  await closed;
});

test("a server behind a proxy that says nothing in TLS is waited for as long as Go does", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { promise: greeted, resolve } = Promise.withResolvers<void>();
  const { host, closed } = await proxy((socket) =>
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.once("data", () => resolve());
    }),
  );
  const pending = behind(`http://${host}`).transport({ ...version, headers: {} });
  await greeted;
  t.mock.timers.tick(10_000);
  await assert.rejects(pending, /net\/http: TLS handshake timeout/);
  await closed;
});
