/** SHA-1, SHA-256, SHA-512, HMAC and Adler-32 on bytes, in plain JavaScript: templates need their answers at once. */

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += (byte < 16 ? "0" : "") + byte.toString(16);
  return out;
}

/** The message with 0x80, zeros and its length in bits, in whole blocks. */
function padded(bytes: Uint8Array, block: number, lengthBytes: number): Uint8Array {
  const total = Math.ceil((bytes.length + 1 + lengthBytes) / block) * block;
  const out = new Uint8Array(total);
  out.set(bytes);
  out[bytes.length] = 0x80;
  const view = new DataView(out.buffer);
  view.setUint32(total - 8, Math.floor(bytes.length / 0x2000_0000));
  view.setUint32(total - 4, (bytes.length << 3) >>> 0);
  return out;
}

function words(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value));
  return out;
}

/** SHA-1. */
export function sha1(bytes: Uint8Array): Uint8Array {
  const message = padded(bytes, 64, 8);
  const view = new DataView(message.buffer);
  const w = new Int32Array(80);
  let [h0, h1, h2, h3, h4] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
  for (let at = 0; at < message.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + i * 4);
    for (let i = 16; i < 80; i++) {
      const x = (w[i - 3] as number) ^ (w[i - 8] as number) ^ (w[i - 14] as number) ^ (w[i - 16] as number);
      w[i] = (x << 1) | (x >>> 31);
    }
    let [a, b, c, d, e] = [h0, h1, h2, h3, h4];
    for (let i = 0; i < 80; i++) {
      const f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
      const k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
      const next = (((a << 5) | (a >>> 27)) + f + e + k + (w[i] as number)) | 0;
      e = d;
      d = c;
      c = (b << 30) | (b >>> 2);
      b = a;
      a = next;
    }
    h0 = (h0 + a) | 0;
    h1 = (h1 + b) | 0;
    h2 = (h2 + c) | 0;
    h3 = (h3 + d) | 0;
    h4 = (h4 + e) | 0;
  }
  return words([h0, h1, h2, h3, h4]);
}

/** The first `count` primes. */
function primes(count: number): number[] {
  const out: number[] = [];
  for (let n = 2; out.length < count; n++) if (out.every((p) => n % p !== 0)) out.push(n);
  return out;
}

let k256: Int32Array | undefined;

/** SHA-2's constants are the fractional bits of the primes' roots; 32 of them a float holds exactly. */
const fraction32 = (root: number) => ((root - Math.floor(root)) * 2 ** 32) | 0;

/** SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  k256 ??= Int32Array.from(primes(64), (prime) => fraction32(Math.cbrt(prime)));
  const state = Int32Array.from(primes(8), (prime) => fraction32(Math.sqrt(prime)));
  const message = padded(bytes, 64, 8);
  const view = new DataView(message.buffer);
  const w = new Int32Array(64);
  for (let at = 0; at < message.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + i * 4);
    compress256(state, w, k256);
  }
  return words([...state]);
}

function compress256(state: Int32Array, w: Int32Array, k: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (k[i] as number) + (w[i] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const add = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] = ((state[i] as number) + (add[i] as number)) | 0;
}

/** The first 64 bits of the fractional part of a prime's square or cube root. */
function fraction64(prime: number, root: 2 | 3): bigint {
  // The integer root of prime × 2^(64·root) has them in its low end.
  const target = BigInt(prime) << BigInt(64 * root);
  let low = 0n;
  let high = 1n << 72n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** BigInt(root) <= target) low = middle;
    else high = middle - 1n;
  }
  return BigInt.asUintN(64, low);
}

let constants512: { readonly k: readonly bigint[]; readonly h: readonly bigint[] } | undefined;

/** SHA-512, on 64-bit words as bigints: rarely used, so kept short rather than fast. */
export function sha512(bytes: Uint8Array): Uint8Array {
  constants512 ??= {
    k: primes(80).map((prime) => fraction64(prime, 3)),
    h: primes(8).map((prime) => fraction64(prime, 2)),
  };
  const { k, h: start } = constants512;
  const message = padded(bytes, 128, 16);
  const view = new DataView(message.buffer);
  const cut = (x: bigint) => BigInt.asUintN(64, x);
  const rotate = (x: bigint, n: bigint) => cut((x >> n) | (x << (64n - n)));
  let state = [...start];
  const w: bigint[] = Array.from({ length: 80 });
  for (let at = 0; at < message.length; at += 128) {
    for (let i = 0; i < 16; i++) w[i] = view.getBigUint64(at + i * 8);
    for (let i = 16; i < 80; i++) {
      const x = w[i - 15] as bigint;
      const y = w[i - 2] as bigint;
      const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n);
      const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n);
      w[i] = cut((w[i - 16] as bigint) + s0 + (w[i - 7] as bigint) + s1);
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const t1 = cut(h + s1 + ((e & f) ^ (~e & g)) + (k[i] as bigint) + (w[i] as bigint));
      const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, cut(d + t1), c, b, a, cut(t1 + t2)];
    }
    state = [a, b, c, d, e, f, g, h].map((value, i) => cut(value + (state[i] as bigint)));
  }
  const out = new Uint8Array(64);
  const result = new DataView(out.buffer);
  state.forEach((value, i) => result.setBigUint64(i * 8, value));
  return out;
}

/** HMAC with SHA-256. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? sha256(key) : key);
  const join = (pad: number, rest: Uint8Array) => {
    const out = new Uint8Array(64 + rest.length);
    for (let i = 0; i < 64; i++) out[i] = (block[i] as number) ^ pad;
    out.set(rest, 64);
    return out;
  };
  return sha256(join(0x5c, sha256(join(0x36, message))));
}

/** Adler-32 of RFC 1950. */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length;) {
    // 3850 is well below the number of steps after which b could pass 2^32.
    for (const end = Math.min(i + 3850, bytes.length); i < end; i++) {
      a += bytes[i] as number;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
