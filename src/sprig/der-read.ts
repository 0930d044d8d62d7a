/** One element of DER: its tag, its content, and all of its bytes. */
export interface Element {
  readonly tag: number;
  readonly body: Uint8Array;
  readonly whole: Uint8Array;
}

/** Reads one element after the other; throws where the bytes are no DER. */
export class DerReader {
  private readonly bytes: Uint8Array;
  private at = 0;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get done(): boolean {
    return this.at >= this.bytes.length;
  }
  /** The tag of the next element; -1 at the end. */
  get tag(): number {
    return this.bytes[this.at] ?? -1;
  }
  next(): Element {
    const start = this.at;
    const tag = this.byte();
    let length = this.byte();
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw new Error("bad length");
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + this.byte();
      if (length < 0x80) throw new Error("bad length");
    }
    const from = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new Error("truncated");
    return { tag, body: this.bytes.subarray(from, this.at), whole: this.bytes.subarray(start, this.at) };
  }
  /** The next element, which must have the tag. */
  expect(tag: number): Element {
    const element = this.next();
    if (element.tag !== tag) throw new Error("unexpected tag");
    return element;
  }
  /** The elements inside the next one. */
  inside(tag: number): DerReader {
    return new DerReader(this.expect(tag).body);
  }
  private byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Error("truncated");
    return byte;
  }
}

/** An OBJECT IDENTIFIER's content, dotted. */
export function dotted(body: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of body) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    arcs.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = arcs;
  const top = Math.min(Math.floor(first / 40), 2);
  return [top, first - top * 40, ...rest].join(".");
}
