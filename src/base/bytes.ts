/**
 * Go strings are bytes; ours are JavaScript strings. A byte that is not part of valid UTF-8 is carried as the lone
 * surrogate U+DC80…U+DCFF (as Python's surrogateescape does), so that any byte string survives the round trip.
 */
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const escaped = /[\uD800-\uDFFF]/;

/** Bytes → string; invalid bytes become U+DC80…U+DCFF, one per byte. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeLossless(bytes);
  }
}

function decodeLossless(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length;) {
    const size = validSequence(bytes, i);
    if (size === 0) {
      out += String.fromCharCode(0xdc00 + (bytes[i] as number));
      i++;
    } else {
      out += strict.decode(bytes.subarray(i, i + size));
      i += size;
    }
  }
  return out;
}

/** The length of the valid UTF-8 sequence that starts at `i`, or 0 (RFC 3629: no surrogates, no overlong forms). */
function validSequence(bytes: Uint8Array, i: number): number {
  const first = bytes[i] as number;
  if (first < 0x80) return 1;
  const second = bytes[i + 1] ?? 0;
  const tail = (n: number) => ((bytes[i + n] ?? 0) & 0xc0) === 0x80;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const low = first === 0xe0 ? 0xa0 : 0x80;
    const high = first === 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const low = first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

/** String → bytes, the inverse of {@link fromBytes}. Any other lone surrogate becomes U+FFFD. */
export function toBytes(text: string): Uint8Array {
  if (!escaped.test(text)) return encoder.encode(text);
  const parts: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) parts.push(code - 0xdc00);
    else parts.push(...encoder.encode(char));
  }
  return Uint8Array.from(parts);
}

/** The length in bytes, as Go's len(string) counts. */
export function byteLength(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return toBytes(text).length;
  return text.length;
}

/** Go's order of strings: by bytes, which is by code point, not by UTF-16 unit. */
export function compareStrings(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogate pairs stand for code points above U+FFFF: lift both above the rest of the BMP.
    const lift = (c: number) => (c >= 0xe000 ? c - 0x800 : c >= 0xd800 ? c + 0x2000 : c);
    return lift(x) - lift(y);
  }
  return a.length - b.length;
}
