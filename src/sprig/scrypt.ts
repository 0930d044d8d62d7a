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

/** Salsa20/8 in place on 16 words. */
function salsa(b: Uint32Array): void {
  const x = b.slice();
  const turn = (to: number, one: number, two: number, by: number) => {
    const sum = ((x[one] as number) + (x[two] as number)) | 0;
    x[to] = (x[to] as number) ^ ((sum << by) | (sum >>> (32 - by)));
  };
  const quarter = (a: number, c: number, d: number, e: number) => {
    turn(c, a, e, 7);
    turn(d, c, a, 9);
    turn(e, d, c, 13);
    turn(a, e, d, 18);
  };
  for (let round = 0; round < 8; round += 2) {
    quarter(0, 4, 8, 12);
    quarter(5, 9, 13, 1);
    quarter(10, 14, 2, 6);
    quarter(15, 3, 7, 11);
    quarter(0, 1, 2, 3);
    quarter(5, 6, 7, 4);
    quarter(10, 11, 8, 9);
    quarter(15, 12, 13, 14);
  }
  for (let i = 0; i < 16; i++) b[i] = (b[i] as number) + (x[i] as number);
}

/** scryptBlockMix: `from` into `to`, even pieces first. */
function blockMix(from: Uint32Array, to: Uint32Array, r: number): void {
  const x = from.slice((2 * r - 1) * 16, 2 * r * 16);
  for (let i = 0; i < 2 * r; i++) {
    for (let j = 0; j < 16; j++) x[j] = (x[j] as number) ^ (from[i * 16 + j] as number);
    salsa(x);
    to.set(x, ((i % 2) * r + (i >> 1)) * 16);
  }
}

/** scryptROMix on one block of 32·r words; n is a power of two. */
function romMix(block: Uint32Array, n: number, r: number): void {
  const size = 32 * r;
  const memory = new Uint32Array(n * size);
  const spare = new Uint32Array(size);
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
    const block = Uint32Array.from({ length: 32 * r }, (_, j) => view.getUint32(i * 128 * r + j * 4, true));
    romMix(block, n, r);
    block.forEach((word, j) => view.setUint32(i * 128 * r + j * 4, word, true));
  }
  return pbkdf2(password, bytes, length);
}
