import { hmacSha256 } from "./hashes.ts";

/** PBKDF2 with HMAC-SHA-256 and one iteration, all that scrypt (RFC 7914) asks for. */
function pbkdf2(password: Uint8Array, salt: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(length / 32) * 32);
  const message = new Uint8Array(salt.length + 4);
  message.set(salt);
  for (let block = 1; (block - 1) * 32 < length; block++) {
    new DataView(message.buffer).setUint32(salt.length, block);
    out.set(hmacSha256(password, message), (block - 1) * 32);
  }
  return out.subarray(0, length);
}

/** Salsa20/8 in place on 16 words: the inner loop of it all, so written out, one variable a word. */
function salsa(b: Int32Array): void {
  let x0 = b[0] as number;
  let x1 = b[1] as number;
  let x2 = b[2] as number;
  let x3 = b[3] as number;
  let x4 = b[4] as number;
  let x5 = b[5] as number;
  let x6 = b[6] as number;
  let x7 = b[7] as number;
  let x8 = b[8] as number;
  let x9 = b[9] as number;
  let x10 = b[10] as number;
  let x11 = b[11] as number;
  let x12 = b[12] as number;
  let x13 = b[13] as number;
  let x14 = b[14] as number;
  let x15 = b[15] as number;
  let t = 0;
  for (let round = 0; round < 8; round += 2) {
    t = (x0 + x12) | 0;
    x4 ^= (t << 7) | (t >>> 25);
    t = (x4 + x0) | 0;
    x8 ^= (t << 9) | (t >>> 23);
    t = (x8 + x4) | 0;
    x12 ^= (t << 13) | (t >>> 19);
    t = (x12 + x8) | 0;
    x0 ^= (t << 18) | (t >>> 14);
    t = (x5 + x1) | 0;
    x9 ^= (t << 7) | (t >>> 25);
    t = (x9 + x5) | 0;
    x13 ^= (t << 9) | (t >>> 23);
    t = (x13 + x9) | 0;
    x1 ^= (t << 13) | (t >>> 19);
    t = (x1 + x13) | 0;
    x5 ^= (t << 18) | (t >>> 14);
    t = (x10 + x6) | 0;
    x14 ^= (t << 7) | (t >>> 25);
    t = (x14 + x10) | 0;
    x2 ^= (t << 9) | (t >>> 23);
    t = (x2 + x14) | 0;
    x6 ^= (t << 13) | (t >>> 19);
    t = (x6 + x2) | 0;
    x10 ^= (t << 18) | (t >>> 14);
    t = (x15 + x11) | 0;
    x3 ^= (t << 7) | (t >>> 25);
    t = (x3 + x15) | 0;
    x7 ^= (t << 9) | (t >>> 23);
    t = (x7 + x3) | 0;
    x11 ^= (t << 13) | (t >>> 19);
    t = (x11 + x7) | 0;
    x15 ^= (t << 18) | (t >>> 14);
    t = (x0 + x3) | 0;
    x1 ^= (t << 7) | (t >>> 25);
    t = (x1 + x0) | 0;
    x2 ^= (t << 9) | (t >>> 23);
    t = (x2 + x1) | 0;
    x3 ^= (t << 13) | (t >>> 19);
    t = (x3 + x2) | 0;
    x0 ^= (t << 18) | (t >>> 14);
    t = (x5 + x4) | 0;
    x6 ^= (t << 7) | (t >>> 25);
    t = (x6 + x5) | 0;
    x7 ^= (t << 9) | (t >>> 23);
    t = (x7 + x6) | 0;
    x4 ^= (t << 13) | (t >>> 19);
    t = (x4 + x7) | 0;
    x5 ^= (t << 18) | (t >>> 14);
    t = (x10 + x9) | 0;
    x11 ^= (t << 7) | (t >>> 25);
    t = (x11 + x10) | 0;
    x8 ^= (t << 9) | (t >>> 23);
    t = (x8 + x11) | 0;
    x9 ^= (t << 13) | (t >>> 19);
    t = (x9 + x8) | 0;
    x10 ^= (t << 18) | (t >>> 14);
    t = (x15 + x14) | 0;
    x12 ^= (t << 7) | (t >>> 25);
    t = (x12 + x15) | 0;
    x13 ^= (t << 9) | (t >>> 23);
    t = (x13 + x12) | 0;
    x14 ^= (t << 13) | (t >>> 19);
    t = (x14 + x13) | 0;
    x15 ^= (t << 18) | (t >>> 14);
  }
  b[0] = (b[0] as number) + x0;
  b[1] = (b[1] as number) + x1;
  b[2] = (b[2] as number) + x2;
  b[3] = (b[3] as number) + x3;
  b[4] = (b[4] as number) + x4;
  b[5] = (b[5] as number) + x5;
  b[6] = (b[6] as number) + x6;
  b[7] = (b[7] as number) + x7;
  b[8] = (b[8] as number) + x8;
  b[9] = (b[9] as number) + x9;
  b[10] = (b[10] as number) + x10;
  b[11] = (b[11] as number) + x11;
  b[12] = (b[12] as number) + x12;
  b[13] = (b[13] as number) + x13;
  b[14] = (b[14] as number) + x14;
  b[15] = (b[15] as number) + x15;
}

/** scryptBlockMix: `from` into `to`, even pieces first. */
function blockMix(from: Int32Array, to: Int32Array, r: number): void {
  const x = from.slice((2 * r - 1) * 16, 2 * r * 16);
  for (let i = 0; i < 2 * r; i++) {
    for (let j = 0; j < 16; j++) x[j] = (x[j] as number) ^ (from[i * 16 + j] as number);
    salsa(x);
    to.set(x, ((i % 2) * r + (i >> 1)) * 16);
  }
}

/** scryptROMix on one block of 32·r words; n is a power of two. */
function romMix(block: Int32Array, n: number, r: number): void {
  const size = 32 * r;
  const memory = new Int32Array(n * size);
  const spare = new Int32Array(size);
  for (let i = 0; i < n; i++) {
    memory.set(block, i * size);
    blockMix(block, spare, r);
    block.set(spare);
  }
  for (let i = 0; i < n; i++) {
    const at = ((block[(2 * r - 1) * 16] as number) & (n - 1)) * size;
    for (let j = 0; j < size; j++) block[j] = (block[j] as number) ^ (memory[at + j] as number);
    blockMix(block, spare, r);
    block.set(spare);
  }
}

/** scrypt of RFC 7914. */
export function scrypt(
  password: Uint8Array,
  salt: Uint8Array,
  n: number,
  r: number,
  p: number,
  length: number,
): Uint8Array {
  const bytes = pbkdf2(password, salt, p * 128 * r);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < p; i++) {
    const block = Int32Array.from({ length: 32 * r }, (_, j) => view.getInt32(i * 128 * r + j * 4, true));
    romMix(block, n, r);
    block.forEach((word, j) => view.setInt32(i * 128 * r + j * 4, word, true));
  }
  return pbkdf2(password, bytes, length);
}
