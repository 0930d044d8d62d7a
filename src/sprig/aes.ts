/** AES-256 in CBC mode on bytes, in plain JavaScript: Web Crypto answers later only, and templates cannot wait. */

let sbox: Uint8Array | undefined;
let inverse: Uint8Array | undefined;

const double = (x: number) => ((x << 1) ^ (x & 0x80 ? 0x11b : 0)) & 0xff;

function multiply(a: number, b: number): number {
  let out = 0;
  for (let x = a, y = b; y > 0; y >>= 1, x = double(x)) if (y & 1) out ^= x;
  return out;
}

/** The S-box: the inverse in GF(2^8), then the affine map; walked along the powers of the generator 3. */
function tables(): { sbox: Uint8Array; inverse: Uint8Array } {
  if (sbox !== undefined && inverse !== undefined) return { sbox, inverse };
  sbox = new Uint8Array(256);
  inverse = new Uint8Array(256);
  let p = 1;
  let q = 1;
  do {
    p = p ^ double(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if (q & 0x80) q ^= 0x09;
    const rotate = (n: number) => ((q << n) | (q >> (8 - n))) & 0xff;
    sbox[p] = q ^ rotate(1) ^ rotate(2) ^ rotate(3) ^ rotate(4) ^ 0x63;
  } while (p !== 1);
  sbox[0] = 0x63;
  sbox.forEach((value, i) => ((inverse as Uint8Array)[value] = i));
  return { sbox, inverse };
}

const rounds = 14;

/** The round keys of a 32-byte key, one after the other. */
function expandKey(key: Uint8Array): Uint8Array {
  const box = tables().sbox;
  const out = new Uint8Array(16 * (rounds + 1));
  out.set(key);
  let constant = 1;
  for (let i = 32; i < out.length; i += 4) {
    let word = out.slice(i - 4, i);
    if (i % 32 === 0) {
      word = Uint8Array.of(word[1] as number, word[2] as number, word[3] as number, word[0] as number);
    }
    if (i % 16 === 0) word = word.map((byte) => box[byte] as number);
    if (i % 32 === 0) {
      word[0] = (word[0] as number) ^ constant;
      constant = double(constant);
    }
    for (let j = 0; j < 4; j++) out[i + j] = (out[i + j - 32] as number) ^ (word[j] as number);
  }
  return out;
}

function addKey(block: Uint8Array, keys: Uint8Array, round: number): void {
  for (let i = 0; i < 16; i++) block[i] = (block[i] as number) ^ (keys[round * 16 + i] as number);
}

/** Row r of the state (bytes r, r+4, …) moves r places: left to encrypt, right to decrypt. */
function shiftRows(block: Uint8Array, direction: 1 | -1): void {
  const from = block.slice();
  for (let i = 0; i < 16; i++) block[i] = from[(i + 4 * direction * (i % 4) + 16) % 16] as number;
}

function mixColumns(block: Uint8Array, factors: readonly [number, number, number, number]): void {
  for (let column = 0; column < 16; column += 4) {
    const from = block.slice(column, column + 4);
    for (let i = 0; i < 4; i++) {
      let sum = 0;
      for (let j = 0; j < 4; j++) sum ^= multiply(from[j] as number, factors[(j - i + 4) % 4] as number);
      block[column + i] = sum;
    }
  }
}

function encryptBlock(block: Uint8Array, keys: Uint8Array): void {
  const box = tables().sbox;
  addKey(block, keys, 0);
  for (let round = 1; round <= rounds; round++) {
    block.forEach((byte, i) => (block[i] = box[byte] as number));
    shiftRows(block, 1);
    if (round < rounds) mixColumns(block, [2, 3, 1, 1]);
    addKey(block, keys, round);
  }
}

function decryptBlock(block: Uint8Array, keys: Uint8Array): void {
  const box = tables().inverse;
  for (let round = rounds; round > 0; round--) {
    addKey(block, keys, round);
    if (round < rounds) mixColumns(block, [14, 11, 13, 9]);
    shiftRows(block, -1);
    block.forEach((byte, i) => (block[i] = box[byte] as number));
  }
  addKey(block, keys, 0);
}

/** AES-256-CBC of whole blocks; `key` has 32 bytes, `iv` 16. */
export function encryptCbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const keys = expandKey(key);
  const out = data.slice();
  let previous = iv;
  for (let at = 0; at < out.length; at += 16) {
    const block = out.subarray(at, at + 16);
    for (let i = 0; i < 16; i++) block[i] = (block[i] as number) ^ (previous[i] as number);
    encryptBlock(block, keys);
    previous = block;
  }
  return out;
}

/** The inverse of {@link encryptCbc}. */
export function decryptCbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const keys = expandKey(key);
  const out = data.slice();
  for (let at = 0; at < out.length; at += 16) {
    const block = out.subarray(at, at + 16);
    decryptBlock(block, keys);
    const previous = at === 0 ? iv : data.subarray(at - 16, at);
    for (let i = 0; i < 16; i++) block[i] = (block[i] as number) ^ (previous[i] as number);
  }
  return out;
}
