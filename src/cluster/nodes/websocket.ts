/** The server's side of a WebSocket (RFC 6455), as much as kubectl's streams need: no extensions, messages up to 32 MiB. */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";

const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const most = 32 * 2 ** 20;

export interface WebSocket {
  /** Called for every message; set it before the next turn of the event loop. */
  onMessage: (data: Buffer) => void;
  /** Called once when the connection is over. */
  onClose: () => void;
  /** Sends a binary message. */
  send(data: Uint8Array): void;
  /** Says goodbye and ends the connection. */
  close(code?: number): void;
}

/** The first of the offered subprotocols that we speak. */
export function chooseProtocol(offered: string | undefined, spoken: readonly string[]): string | undefined {
  const list = (offered ?? "").split(",").map((it) => it.trim());
  return list.find((it) => spoken.includes(it));
}

/** Answers the handshake and takes over the socket. Undefined when the request is no WebSocket handshake of version 13. */
export function acceptWebSocket(
  headers: Readonly<Record<string, string>>,
  socket: Duplex,
  head: Buffer,
  protocol: string | undefined,
): WebSocket | undefined {
  const key = headers["sec-websocket-key"];
  if (key === undefined || headers["sec-websocket-version"] !== "13") return undefined;
  const accept = createHash("sha1")
    .update(key + magic)
    .digest("base64");
  socket.write(
    [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${accept}`,
      ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
      "",
      "",
    ].join("\r\n"),
  );
  return new Connection(socket, head);
}

class Connection implements WebSocket {
  onMessage: (data: Buffer) => void = () => {};
  onClose: () => void = () => {};
  readonly #socket: Duplex;
  #buffer: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #size = 0;
  #closed = false;

  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.once("close", () => this.#end());
    socket.on("error", () => socket.destroy());
    if (head.length > 0) setImmediate(() => this.#take(head));
  }

  send(data: Uint8Array): void {
    this.#frame(2, data);
  }

  close(code = 1000): void {
    if (this.#closed) return;
    this.#frame(8, Buffer.from([code >> 8, code & 255]));
    this.#socket.end();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onClose();
  }

  #frame(opcode: number, data: Uint8Array): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const { length } = data;
    const header =
      length < 126
        ? Buffer.from([0x80 | opcode, length])
        : length < 65536
          ? Buffer.from([0x80 | opcode, 126, length >> 8, length & 255])
          : Buffer.concat([Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0]), uint32(length)]);
    this.#socket.write(Buffer.concat([header, data]));
  }

  #take(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const frame = readFrame(this.#buffer);
      if (frame === undefined) return;
      if (frame === "bad") return this.#fail(1002);
      this.#buffer = this.#buffer.subarray(frame.length);
      if (!this.#handle(frame)) return;
    }
  }

  #fail(code: number): void {
    this.close(code);
    this.#socket.destroy();
  }

  #handle(frame: Frame): boolean {
    switch (frame.opcode) {
      case 0:
      case 1:
      case 2:
        this.#parts.push(frame.data);
        this.#size += frame.data.length;
        if (this.#size > most) {
          this.#fail(1009);
          return false;
        }
        if (frame.final) {
          const message = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
          this.#parts = [];
          this.#size = 0;
          this.onMessage(message);
        }
        return true;
      case 8:
        this.close();
        return false;
      case 9:
        this.#frame(10, frame.data);
        return true;
      default:
        return true;
    }
  }
}

interface Frame {
  readonly opcode: number;
  readonly final: boolean;
  readonly data: Buffer;
  /** Bytes it took. */
  readonly length: number;
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

/** One frame from the front of a buffer; undefined while it is not all there. Clients' frames must be masked. */
function readFrame(buffer: Buffer): Frame | "bad" | undefined {
  if (buffer.length < 2) return undefined;
  const first = buffer[0] as number;
  const second = buffer[1] as number;
  if ((first & 0x70) !== 0 || (second & 0x80) === 0) return "bad";
  let size = second & 0x7f;
  let at = 2;
  if (size === 126) {
    if (buffer.length < 4) return undefined;
    size = buffer.readUInt16BE(2);
    at = 4;
  } else if (size === 127) {
    if (buffer.length < 10) return undefined;
    if (buffer.readUInt32BE(2) !== 0) return "bad";
    size = buffer.readUInt32BE(6);
    at = 10;
  }
  if (size > most) return "bad";
  if (buffer.length < at + 4 + size) return undefined;
  const mask = buffer.subarray(at, at + 4);
  const data = Buffer.from(buffer.subarray(at + 4, at + 4 + size));
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) ^ (mask[i & 3] as number);
  return { opcode: first & 15, final: (first & 0x80) !== 0, data, length: at + 4 + size };
}
