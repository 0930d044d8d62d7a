/** Randomness as a port: `bytes(n)` gives n random bytes. */
export interface Random {
  bytes(count: number): Uint8Array;
}

const page = 512;

/**
 * Randomness from a source that is slow to ask: a few bytes come from a page that was fetched at once, and each byte is
 * given away once. `fetch` gives as many random bytes as it is asked for, in an array of their own.
 */
export function pagedRandom(fetch: (count: number) => Uint8Array): Random {
  let left: Uint8Array = new Uint8Array();
  return {
    bytes(count) {
      if (count > 16) return fetch(count);
      if (left.length < count) left = fetch(page);
      const out = left.slice(0, count);
      left = left.subarray(count);
      return out;
    },
  };
}

/** Cryptographic randomness, from the platform (Web Crypto: Node and browsers). */
export const systemRandom: Random = pagedRandom(webCrypto);

/** Web Crypto gives at most 64 KiB in one go. */
function webCrypto(count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i += 65536) crypto.getRandomValues(out.subarray(i, Math.min(count, i + 65536)));
  return out;
}

/** Reproducible randomness from a seed (splitmix-style; not for secrets). */
export function seededRandom(seed: number | bigint): Random {
  let state = BigInt.asUintN(64, BigInt(seed));
  const next = () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  return {
    bytes(count) {
      const out = new Uint8Array(count);
      for (let i = 0; i < count; i += 8) {
        let word = next();
        for (let j = i; j < Math.min(count, i + 8); j++) {
          out[j] = Number(word & 0xffn);
          word >>= 8n;
        }
      }
      return out;
    },
  };
}

/** A uniform integer in [0, bound), without modulo bias; bound at most 2^32. */
export function randomBelow(random: Random, bound: number): number {
  const limit = Math.floor(0x1_0000_0000 / bound) * bound;
  for (;;) {
    const word = new DataView(random.bytes(4).buffer).getUint32(0);
    if (word < limit) return word % bound;
  }
}
