import { fromBytes, toBytes } from "../base/index.ts";
import { func, type FuncMap } from "../gotemplate/index.ts";
import { adler32, hex, sha1, sha256, sha512 } from "./hashes.ts";

const alphabet64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const alphabet32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Bits regrouped from 8 to `width` per character, filled up with `=` to whole groups. */
function encode(bytes: Uint8Array, alphabet: string, width: 5 | 6): string {
  const group = width === 6 ? 4 : 8;
  const parts: string[] = [];
  let held = 0;
  let count = 0;
  let written = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    count += 8;
    while (count >= width) {
      count -= width;
      parts.push(alphabet[(held >> count) & ((1 << width) - 1)] as string);
      written++;
    }
    held &= (1 << count) - 1;
  }
  if (count > 0) {
    parts.push(alphabet[(held << (width - count)) & ((1 << width) - 1)] as string);
    written++;
  }
  while (written++ % group !== 0) parts.push("=");
  return parts.join("");
}

/** base64.StdEncoding.EncodeToString. */
export function base64(bytes: Uint8Array): string {
  return encode(bytes, alphabet64, 6);
}

class CorruptInput extends Error {}

const isLineEnd = (byte: number | undefined) => byte === 10 || byte === 13;

function flush(quantum: readonly number[], width: number, out: number[]): void {
  let held = 0n;
  for (const value of quantum) held = (held << BigInt(width)) | BigInt(value);
  const whole = Math.floor((quantum.length * width) / 8);
  held >>= BigInt(quantum.length * width - whole * 8);
  for (let i = whole - 1; i >= 0; i--) out.push(Number((held >> BigInt(8 * i)) & 0xffn));
}

/**
 * base64.StdEncoding.DecodeString: line ends are skipped, padding is needed; throws an Error whose words name the
 * byte at which Go gives up.
 */
export function unbase64(text: string): Uint8Array {
  const source = toBytes(text);
  const out: number[] = [];
  let quantum: number[] = [];
  for (let at = 0; at < source.length; at++) {
    const byte = source[at] as number;
    if (isLineEnd(byte)) continue;
    const value = alphabet64.indexOf(String.fromCharCode(byte));
    if (value >= 0) {
      quantum.push(value);
      if (quantum.length < 4) continue;
      flush(quantum, 6, out);
      quantum = [];
      continue;
    }
    if (byte !== 0x3d) throw corrupt64(at);
    checkPadding64(source, at, quantum.length);
    flush(quantum, 6, out);
    return Uint8Array.from(out);
  }
  if (quantum.length > 0) throw corrupt64(source.length - quantum.length);
  return Uint8Array.from(out);
}

const corrupt64 = (at: number) => new CorruptInput(`illegal base64 data at input byte ${at}`);

/** What stands from the first `=` on: exactly the missing padding, then nothing but line ends. */
function checkPadding64(source: Uint8Array, start: number, held: number): void {
  if (held < 2) throw corrupt64(start);
  const skip = (from: number) => {
    let at = from;
    while (isLineEnd(source[at])) at++;
    return at;
  };
  let at = skip(start + 1);
  if (held === 2) {
    if (at >= source.length) throw corrupt64(source.length);
    if (source[at] !== 0x3d) throw corrupt64(at - 1);
    at = skip(at + 1);
  }
  if (at < source.length) throw corrupt64(at);
}

/** base32.StdEncoding.DecodeString: line ends are taken out first, so positions in errors do not count them. */
function unbase32(text: string): Uint8Array {
  const source = toBytes(text).filter((byte) => !isLineEnd(byte));
  const corrupt = (at: number) => new CorruptInput(`illegal base32 data at input byte ${at}`);
  const out: number[] = [];
  let quantum: number[] = [];
  for (let at = 0; at < source.length; at++) {
    const left = source.length - at - 1;
    const held = quantum.length;
    if (source[at] === 0x3d && held >= 2 && left < 8) {
      if (left + held < 7) throw corrupt(source.length);
      for (let k = 0; k < 7 - held && k < left; k++) if (source[at + 1 + k] !== 0x3d) throw corrupt(at + k);
      if (held === 3 || held === 6) throw corrupt(at);
      flush(quantum, 5, out);
      return Uint8Array.from(out);
    }
    const value = alphabet32.indexOf(String.fromCharCode(source[at] as number));
    if (value < 0) throw corrupt(at);
    quantum.push(value);
    if (quantum.length < 8) continue;
    flush(quantum, 5, out);
    quantum = [];
  }
  if (quantum.length > 0) throw corrupt(source.length - quantum.length);
  return Uint8Array.from(out);
}

/** sprig's b64dec and b32dec give the words of the error as their result. */
function decodeOrWords(decode: (text: string) => Uint8Array, text: string): string {
  try {
    return fromBytes(decode(text));
  } catch (error) {
    if (error instanceof CorruptInput) return error.message;
    throw error;
  }
}

/** Base 64 and 32 and the checksums. */
export function encodingFuncs(): FuncMap {
  const one = (call: (text: string) => string) => func(["string"], call, { result: "string" });
  return {
    b64enc: one((text) => base64(toBytes(text))),
    b64dec: one((text) => decodeOrWords(unbase64, text)),
    b32enc: one((text) => encode(toBytes(text), alphabet32, 5)),
    b32dec: one((text) => decodeOrWords(unbase32, text)),
    sha1sum: one((text) => hex(sha1(toBytes(text)))),
    sha256sum: one((text) => hex(sha256(toBytes(text)))),
    sha512sum: one((text) => hex(sha512(toBytes(text)))),
    adler32sum: one((text) => String(adler32(toBytes(text)))),
  };
}
