import { createServer } from "node:https";
import type { Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { bodyLimit } from "./server/handler.ts";
import type { ApiRequest, ApiResponse } from "./server/respond.ts";

/** The socket side of the API server: TLS on a loopback address. */

export interface Certificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  handle(request: ApiRequest, certificate: Certificate | undefined): Promise<ApiResponse>;
  /** Upgraded connections (exec, port-forward); false refuses them. */
  upgrade?(request: ApiRequest, certificate: Certificate | undefined, socket: Socket, head: Buffer): boolean;
}

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts to listen; rejects where the address is taken. */
export function listen(options: ListenOptions): Promise<Listening> {
  const server = createServer(
    {
      cert: options.certificate,
      key: options.key,
      ca: options.ca,
      requestCert: true,
      rejectUnauthorized: false,
      maxHeaderSize: 64 * 1024,
      keepAliveTimeout: 120_000,
      requestTimeout: 60_000,
      ALPNProtocols: ["http/1.1"],
    },
    (request, response) => {
      serve(options, request, response).catch(() => response.destroy());
    },
  );
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("secureConnection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    const done =
      options.upgrade?.(requestOf(request, undefined, undefined), certificateOf(request), socket, head) ?? false;
    if (!done) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.removeListener("error", reject);
      server.on("error", () => {});
      resolve({ port: (server.address() as AddressInfo).port, close: () => close(server, sockets) });
    });
  });
}

function close(server: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

function certificateOf(request: IncomingMessage): Certificate | undefined {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const subject = socket.getPeerCertificate()?.subject as { CN?: string; O?: string | string[] } | undefined;
  if (subject?.CN === undefined) return undefined;
  const { O } = subject;
  return { commonName: subject.CN, organizations: O === undefined ? [] : Array.isArray(O) ? O : [O] };
}

function requestOf(
  request: IncomingMessage,
  body: Uint8Array | undefined,
  signal: AbortSignal | undefined,
): ApiRequest {
  const headers: Record<string, string> = {};
  for (const [key, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[key] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  };
}

async function serve(options: ListenOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const body = await readBody(request);
  const answer = await options.handle(requestOf(request, body, gone.signal), certificateOf(request));
  response.writeHead(answer.status, answer.headers);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  if (answer.headers["content-length"] === undefined) response.flushHeaders();
  for await (const chunk of answer.body) {
    if (gone.signal.aborted) break;
    if (!response.write(chunk)) await drained(response, gone.signal);
  }
  response.end();
}

function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) return resolve();
    response.once("drain", resolve);
    gone.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** The whole body; one byte more than the limit is enough to be refused. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    const chunk = part as Buffer;
    size += chunk.length;
    if (size <= bodyLimit + 65536) parts.push(chunk);
  }
  return size === 0 ? undefined : Buffer.concat(parts);
}
