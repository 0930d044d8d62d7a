import type { Random } from "../base/index.ts";
import { der, integer, objectId, sequence } from "../base/x509.ts";
import type { KeyPort, KeyType } from "./ports.ts";
import { publicBits, wrapCurve, wrapEd25519, wrapRsa } from "./private-key.ts";
import { randomBigBelow } from "./random.ts";

/**
 * Keys made of a seeded Random, so that a rendering can be repeated to the byte. The same seed always gives the same
 * keys: they are for tests and reproductions, never for use.
 */
export function deriveKey(type: KeyType, bits: number, random: Random, keys: KeyPort): Uint8Array {
  switch (type) {
    case "rsa":
      return deriveRsa(bits, random, keys);
    case "dsa":
      return deriveDsa(random, keys);
    case "ecdsa":
      return deriveEcdsa(random, keys);
    case "ed25519":
      return wrapEd25519(random.bytes(32));
  }
}

function toBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Uint8Array.from({ length: even.length / 2 }, (_, i) => Number.parseInt(even.slice(i * 2, i * 2 + 2), 16));
}

const asInteger = (value: bigint) => integer(toBytes(value));

function randomBits(bits: number, random: Random): bigint {
  let value = 0n;
  for (const byte of random.bytes(Math.ceil(bits / 8))) value = (value << 8n) | BigInt(byte);
  return BigInt.asUintN(bits, value);
}

let smallPrimes: bigint[] | undefined;

function sieve(): bigint[] {
  if (smallPrimes !== undefined) return smallPrimes;
  smallPrimes = [];
  for (let n = 3n; smallPrimes.length < 200; n += 2n) if (smallPrimes.every((p) => n % p !== 0n)) smallPrimes.push(n);
  return smallPrimes;
}

function isPrime(candidate: bigint, keys: KeyPort): boolean {
  return sieve().every((p) => candidate % p !== 0n) && keys.isPrime(candidate);
}

/** A prime with its two highest bits set, so that a product of two has its full length. */
function prime(bits: number, random: Random, keys: KeyPort): bigint {
  for (;;) {
    const candidate = randomBits(bits, random) | (3n << BigInt(bits - 2)) | 1n;
    if (isPrime(candidate, keys)) return candidate;
  }
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b] = [modulus, value % modulus];
  let [x, y] = [0n, 1n];
  while (b > 0n) {
    const q = a / b;
    [a, b] = [b, a - q * b];
    [x, y] = [y, x - q * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus)
    if (e & 1n) result = (result * b) % modulus;
  return result;
}

function deriveRsa(bits: number, random: Random, keys: KeyPort): Uint8Array {
  const e = 65537n;
  for (;;) {
    const first = prime(bits / 2, random, keys);
    const second = prime(bits / 2, random, keys);
    const [p, q] = first > second ? [first, second] : [second, first];
    const totient = (p - 1n) * (q - 1n);
    if (p === q || totient % e === 0n) continue;
    const d = inverse(e, totient);
    const numbers = [0n, p * q, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p)];
    return wrapRsa(sequence(...numbers.map(asInteger)));
  }
}

function deriveEcdsa(random: Random, keys: KeyPort): Uint8Array {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const secret = new Uint8Array(32);
  const bytes = toBytes(randomBigBelow(random, order - 1n) + 1n);
  secret.set(bytes, 32 - bytes.length);
  const curve = objectId("1.2.840.10045.3.1.7");
  const head = [integer(Uint8Array.of(1)), der(0x04, secret)];
  const spki = keys.publicKey(wrapCurve(curve, sequence(...head)));
  return wrapCurve(curve, sequence(...head, der(0xa1, publicBits(spki).whole)));
}

/** FIPS 186's shape: a 256-bit prime q, a 2048-bit prime p = k·q + 1, a generator of the order q. */
function deriveDsa(random: Random, keys: KeyPort): Uint8Array {
  const q = prime(256, random, keys);
  for (;;) {
    const start = randomBits(2048, random) | (1n << 2047n);
    const p = start - (start % (2n * q)) + 1n;
    if (p < 1n << 2047n || !isPrime(p, keys)) continue;
    const g = power(2n, (p - 1n) / q, p);
    const x = randomBigBelow(random, q - 1n) + 1n;
    const parameters = sequence(asInteger(p), asInteger(q), asInteger(g));
    return sequence(
      integer(Uint8Array.of(0)),
      sequence(objectId("1.2.840.10040.4.1"), parameters),
      der(0x04, asInteger(x)),
    );
  }
}
