/** SPDY/3.1, as much as kubectl's port-forward needs: streams opened by the client, data, ends, pings, windows. */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";

const words = [
  "options",
  "head",
  "post",
  "put",
  "delete",
  "trace",
  "accept",
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "accept-ranges",
  "age",
  "allow",
  "authorization",
  "cache-control",
  "connection",
  "content-base",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-md5",
  "content-range",
  "content-type",
  "date",
  "etag",
  "expect",
  "expires",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "pragma",
  "proxy-authenticate",
  "proxy-authorization",
  "range",
  "referer",
  "retry-after",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "vary",
  "via",
  "warning",
  "www-authenticate",
  "method",
  "get",
  "status",
  "200 OK",
  "version",
  "HTTP/1.1",
  "url",
  "public",
  "set-cookie",
  "keep-alive",
  "origin",
];
const tail =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information" +
  "204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error" +
  "501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, " +
  "Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain," +
  "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

/** The dictionary of header blocks: words with their lengths before them, then a text without. */
export function spdyDictionary(): Buffer {
  return Buffer.concat([...words.flatMap((word) => [uint32(word.length), Buffer.from(word)]), Buffer.from(tail)]);
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value >>> 0);
  return out;
}

export interface SpdyStream {
  readonly id: number;
  readonly headers: Readonly<Record<string, string>>;
  onData: (data: Buffer) => void;
  /** The client has nothing more to say. */
  onEnd: () => void;
  write(data: Uint8Array): void;
  end(): void;
}

const type = { synStream: 1, synReply: 2, reset: 3, settings: 4, ping: 6, goAway: 7, headers: 8, window: 9 };

/** One connection: give it the bytes that come, take those that go. */
export class SpdyConnection {
  onStream: (stream: SpdyStream) => void = () => {};
  readonly #send: (data: Buffer) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #inflate: Inflate;
  readonly #deflate: Deflate;
  #buffer: Buffer = Buffer.alloc(0);
  /** Frames are worked off one after the other: header blocks share one compression. */
  #work: Promise<void> = Promise.resolve();

  constructor(send: (data: Buffer) => void) {
    this.#send = send;
    const dictionary = spdyDictionary();
    this.#inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH });
    this.#deflate = createDeflate({ dictionary });
    this.#inflate.on("error", () => this.close());
    this.#deflate.on("error", () => this.close());
  }

  take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 8) {
      const size = this.#buffer.readUInt32BE(4) & 0xffffff;
      if (this.#buffer.length < 8 + size) return;
      const head = this.#buffer.subarray(0, 8);
      const body = Buffer.from(this.#buffer.subarray(8, 8 + size));
      const frame = {
        control: (head[0] as number) >> 7 === 1,
        type: head.readUInt16BE(2),
        id: head.readUInt32BE(0) & 0x7fffffff,
        flags: head[4] as number,
      };
      this.#buffer = this.#buffer.subarray(8 + size);
      this.#work = this.#work.then(() => this.#frame(frame, body)).catch(() => this.close());
    }
  }

  close(): void {
    this.#inflate.close();
    this.#deflate.close();
    this.#streams.clear();
  }

  async #frame(frame: { control: boolean; type: number; id: number; flags: number }, body: Buffer): Promise<void> {
    const fin = (frame.flags & 1) !== 0;
    if (!frame.control) {
      const stream = this.#streams.get(frame.id);
      if (stream === undefined) return;
      if (body.length > 0) {
        stream.onData(body);
        this.#control(type.window, 0, Buffer.concat([uint32(frame.id), uint32(body.length)]));
        this.#control(type.window, 0, Buffer.concat([uint32(0), uint32(body.length)]));
      }
      if (fin) stream.onEnd();
      return;
    }
    if (frame.type === type.synStream) return this.#open(body, fin);
    if (frame.type === type.ping) this.#control(type.ping, 0, body);
    else if (frame.type === type.reset) this.#streams.delete(body.readUInt32BE(0));
    // Header blocks must be read even where nobody asks for them, or the compression falls out of step.
    else if (frame.type === type.headers) await this.#headers(body.subarray(4));
  }

  async #open(body: Buffer, fin: boolean): Promise<void> {
    const id = body.readUInt32BE(0) & 0x7fffffff;
    const headers = await this.#headers(body.subarray(10));
    const stream: SpdyStream = {
      id,
      headers,
      onData: () => {},
      onEnd: () => {},
      write: (data) => this.#data(id, data, false),
      end: () => this.#data(id, new Uint8Array(0), true),
    };
    this.#streams.set(id, stream);
    const block = await through(this.#deflate, uint32(0));
    this.#control(type.synReply, 0, Buffer.concat([uint32(id), block]));
    this.onStream(stream);
    if (fin) stream.onEnd();
  }

  async #headers(block: Buffer): Promise<Record<string, string>> {
    const plain = await through(this.#inflate, block);
    const headers: Record<string, string> = {};
    let at = 4;
    const text = () => {
      const size = plain.readUInt32BE(at);
      const value = plain.subarray(at + 4, at + 4 + size).toString("utf8");
      at += 4 + size;
      return value;
    };
    for (let left = plain.readUInt32BE(0); left > 0; left--) {
      const name = text();
      headers[name.toLowerCase()] = text();
    }
    return headers;
  }

  #control(kind: number, flags: number, body: Buffer): void {
    const head = Buffer.alloc(8);
    head.writeUInt16BE(0x8003, 0);
    head.writeUInt16BE(kind, 2);
    head.writeUInt32BE(((flags << 24) | body.length) >>> 0, 4);
    this.#send(Buffer.concat([head, body]));
  }

  #data(id: number, data: Uint8Array, fin: boolean): void {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(id, 0);
    head.writeUInt32BE((((fin ? 1 : 0) << 24) | data.length) >>> 0, 4);
    this.#send(Buffer.concat([head, data]));
  }
}

/** What a (de)compressor makes of one piece, with its state carried on. */
function through(stream: Inflate | Deflate, piece: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const take = (chunk: Buffer) => void chunks.push(chunk);
    stream.on("data", take);
    stream.once("error", reject);
    stream.write(piece);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.removeListener("error", reject);
      // The last data events may come after the flush's own callback.
      setImmediate(() => {
        stream.removeListener("data", take);
        resolve(Buffer.concat(chunks));
      });
    });
  });
}
