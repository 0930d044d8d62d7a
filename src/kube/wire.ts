import type { Socket } from "node:net";

/** As much is taken from the socket ahead of who reads. */
const ahead = 1 << 20;

/** What Node says of a connection that ended too early. */
export function cutOff(words: "socket hang up" | "aborted"): Error {
  return Object.assign(new Error(words), { code: "ECONNRESET" });
}

/** A socket, and what came in of it that nobody has read yet. */
export class Wire {
  readonly socket: Socket;
  private readonly pieces: Buffer[] = [];
  private waiting = 0;
  private ended = false;
  private failure: unknown;
  private wake = () => {};
  /** When it is better not used any more. */
  private until = Number.POSITIVE_INFINITY;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (piece: Buffer) => {
      this.back(piece, this.pieces.length);
      if (this.waiting > ahead) socket.pause();
      this.wake();
    });
    socket.on("end", () => {
      this.ended = true;
      this.wake();
    });
    socket.on("error", (error) => {
      this.failure ??= error;
      this.wake();
    });
    socket.on("close", () => {
      if (!this.ended) this.failure ??= cutOff("aborted");
      this.wake();
    });
  }

  /** Ends it; who reads gets the error. */
  destroy(error?: unknown): void {
    if (error !== undefined) this.failure ??= error;
    this.socket.destroy();
  }

  /** To be idle, for so many seconds at most, without keeping the process alive. False when it cannot be used again. */
  rest(seconds = Number.POSITIVE_INFINITY): boolean {
    this.until = Date.now() + seconds * 1000;
    this.socket.unref();
    return this.untouched() && this.socket.writableLength === 0;
  }

  /** To be used again after a rest. False when something came or happened meanwhile. */
  rise(): boolean {
    this.socket.ref();
    return this.untouched() && Date.now() < this.until;
  }

  private untouched(): boolean {
    return this.waiting === 0 && !this.ended && this.failure === undefined;
  }

  /** What comes next; undefined at the end. Throws the socket's error. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const piece = this.pieces.shift();
      if (piece !== undefined) {
        this.waiting -= piece.length;
        if (this.waiting <= ahead && this.socket.isPaused()) this.socket.resume();
        return piece;
      }
      if (this.failure !== undefined) throw this.failure;
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** The text before `mark`, which is taken as well; of at most so many bytes. */
  async upTo(mark: string, most: number): Promise<string> {
    let all: Buffer | undefined;
    for (;;) {
      const piece = await this.next();
      if (piece === undefined) throw cutOff(all === undefined ? "socket hang up" : "aborted");
      all = all === undefined ? piece : Buffer.concat([all, piece]);
      const end = all.indexOf(mark);
      if (end >= 0) {
        if (all.length > end + mark.length) this.back(all.subarray(end + mark.length));
        return all.toString("latin1", 0, end);
      }
      if (all.length > most) throw new Error("net/http: server response headers exceeded limit");
    }
  }

  /** The next `count` bytes, as they come. */
  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      const piece = await this.next();
      if (piece === undefined) throw cutOff("aborted");
      const part = piece.length > left ? piece.subarray(0, left) : piece;
      if (piece.length > left) this.back(piece.subarray(left));
      left -= part.length;
      yield part;
    }
  }

  private back(piece: Buffer, at = 0): void {
    this.pieces.splice(at, 0, piece);
    this.waiting += piece.length;
  }
}
