import type { Socket } from "node:net";
import { Wire } from "./wire.ts";

/** A request as it goes over the wire. Its body's length is told by itself, its host is a header. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; what came several times is one text with commas. */
  readonly headers: Record<string, string>;
  /** As it comes. The socket is free for others when all of it was read, and ended when reading stops before that. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface HttpClient {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends the idle sockets, and each other one when its answer was read. */
  close(): void;
}

const longestHead = 1 << 18;
const longestLine = 1 << 14;

/**
 * HTTP/1.1 over sockets that `open` makes, ready to be written to; they are kept for later requests, `most` idle ones at a
 * time, the last one used first. As much of it as API servers need: no upgrades, and trailers are passed over. A request
 * that gets no answer rejects with the socket's error, or ECONNRESET as from Node; an aborted one with the signal's reason;
 * one that cannot be written with a TypeError.
 *
 * Node's own client does more, and is compiled anew in every process: 5 of the 65 ms of CPU time of a small `list`, a
 * fifth of that of an upgrade of 200 objects.
 */
export function httpClient(open: () => Promise<Socket>, most: number): HttpClient {
  const idle: Wire[] = [];
  let closed = false;

  const release = (wire: Wire, seconds?: number) => {
    if (closed || !wire.rest(seconds)) return wire.destroy();
    idle.push(wire);
    if (idle.length > most) idle.shift()?.destroy();
  };

  const rested = (): Wire | undefined => {
    for (let wire = idle.pop(); wire !== undefined; wire = idle.pop()) {
      if (wire.rise()) return wire;
      wire.destroy();
    }
    return undefined;
  };

  return {
    async send(request) {
      request.signal?.throwIfAborted();
      const head = headOf(request);
      // A socket that came too late for its request is there for the next one.
      const wire = rested() ?? new Wire(await orAborted(open(), request.signal, (late) => release(new Wire(late))));
      return await exchange(wire, head, request, release);
    },
    close() {
      closed = true;
      for (const wire of idle.splice(0)) wire.destroy();
    },
  };
}

/** What `work` gives; an abort comes first, and then its result goes elsewhere. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, late: (value: T) => void): Promise<T> {
  if (signal === undefined) return await work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    work.then(late, () => {});
    reject(signal.reason as Error);
  };
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function headOf({ method, path, headers, body }: HttpRequest): string {
  const lines = [`${method} ${path} HTTP/1.1`];
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === "string" ? [values] : values) lines.push(`${name}: ${value}`);
  }
  if (body !== undefined) lines.push(`content-length: ${body.byteLength}`);
  // A line break would begin a header, or a request, of somebody else's.
  const bad = lines.find(
    (line, at) => /[^\t\x20-\x7e\x80-\xff]/.test(line) || (at === 0 && !/^\S+ \S+ \S+$/.test(line)),
  );
  if (bad !== undefined) throw new TypeError(`invalid character in ${JSON.stringify(bad.split(/[:?]/)[0])}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

async function exchange(
  wire: Wire,
  head: string,
  { method, body, signal }: HttpRequest,
  release: (wire: Wire, seconds?: number) => void,
): Promise<HttpAnswer> {
  const abort = () => wire.destroy(signal?.reason);
  signal?.addEventListener("abort", abort);
  const done = (answer?: Head) => {
    signal?.removeEventListener("abort", abort);
    if (answer?.keeps) release(wire, answer.seconds);
    else wire.destroy();
  };
  try {
    signal?.throwIfAborted();
    wire.socket.cork();
    wire.socket.write(head, "latin1");
    if (body !== undefined) wire.socket.write(body);
    wire.socket.uncork();
    let answer: Head;
    do answer = parseHead(await wire.upTo("\r\n\r\n", longestHead), method);
    while (answer.status < 200);
    return { status: answer.status, headers: answer.headers, body: bodyOf(wire, answer, done) };
  } catch (error) {
    done();
    throw error;
  }
}

async function* bodyOf(wire: Wire, answer: Head, done: (answer?: Head) => void): AsyncGenerator<Uint8Array> {
  let whole: Head | undefined;
  try {
    if (answer.length === "chunks") yield* chunksOf(wire);
    else if (answer.length !== "rest") yield* wire.bytes(answer.length);
    else for (let piece = await wire.next(); piece !== undefined; piece = await wire.next()) yield piece;
    whole = answer;
  } finally {
    done(whole);
  }
}

async function* chunksOf(wire: Wire): AsyncGenerator<Uint8Array> {
  for (;;) {
    const line = await wire.upTo("\r\n", longestLine);
    if (!/^[\da-f]{1,12}\s*(;|$)/i.test(line)) throw new Error("invalid byte in chunk length");
    const size = Number.parseInt(line, 16);
    if (size === 0) break;
    yield* wire.bytes(size);
    if ((await wire.upTo("\r\n", longestLine)) !== "") throw new Error("malformed chunked encoding");
  }
  while ((await wire.upTo("\r\n", longestLine)) !== "");
}

interface Head {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Of the body: bytes, chunks, or all that comes until the server ends the connection. */
  readonly length: number | "chunks" | "rest";
  /** Whether the server reads another request from this socket, and for how many seconds it waits for it. */
  readonly keeps: boolean;
  readonly seconds?: number;
}

function parseHead(text: string, method: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const found = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(first);
  if (found === null) throw new Error(`malformed HTTP response ${JSON.stringify(first.slice(0, 80))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (colon <= 0 || /[^!#$%&'*+\-.^_`|~\w]/.test(name))
      throw new Error(`malformed MIME header line: ${JSON.stringify(line.slice(0, 80))}`);
    const value = line.slice(colon + 1).trim();
    headers.set(name, headers.has(name) ? `${headers.get(name)}, ${value}` : value);
  }
  const status = Number(found[2]);
  const length = lengthOf(method, status, headers);
  // A second less than the server waits: it must not end the connection while the next request is on its way.
  const seconds = /\btimeout=(\d+)/.exec(headers.get("keep-alive") ?? "")?.[1];
  return {
    status,
    headers: Object.fromEntries(headers),
    length,
    keeps: found[1] === "1" && length !== "rest" && !/\bclose\b/i.test(headers.get("connection") ?? ""),
    ...(seconds === undefined ? {} : { seconds: Number(seconds) - 1 }),
  };
}

function lengthOf(method: string, status: number, headers: ReadonlyMap<string, string>): Head["length"] {
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined) {
    if (coding.toLowerCase() === "chunked") return "chunks";
    throw new Error(`unsupported transfer encoding: ${JSON.stringify(coding)}`);
  }
  const length = headers.get("content-length");
  if (length === undefined) return "rest";
  if (!/^\d{1,15}$/.test(length)) throw new Error(`bad Content-Length ${JSON.stringify(length)}`);
  return Number(length);
}
