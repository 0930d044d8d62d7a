/** The kinds of private keys that sprig makes and reads. */
export type KeyType = "rsa" | "dsa" | "ecdsa" | "ed25519";

/**
 * What certificates need of the platform, all of it at once (templates cannot wait). Keys travel as the DER of their
 * traditional form: PKCS#1 (rsa), DSAPrivateKey (dsa), SEC 1 (ecdsa), PKCS#8 (ed25519).
 */
export interface KeyPort {
  /** A fresh key; `bits` counts for rsa. */
  generate(type: KeyType, bits: number): Uint8Array;
  /** The key's public half as a SubjectPublicKeyInfo; throws where the DER is no key of the type. */
  publicKey(type: KeyType, key: Uint8Array): Uint8Array;
  /** A signature by the key: rsa PKCS#1 v1.5 with SHA-256, ecdsa as ASN.1 with the given hash, ed25519 plain. */
  sign(type: KeyType, key: Uint8Array, hash: "sha256" | "sha384" | "sha512", message: Uint8Array): Uint8Array;
  /** Whether the signature is the key's. */
  verify(spki: Uint8Array, hash: "sha256" | "sha384" | "sha512", message: Uint8Array, signature: Uint8Array): boolean;
  /** A primality test that errs once in 2^80 at most: with it keys can be derived from a seed. */
  isPrime(candidate: bigint): boolean;
}

/** Where time zones come from: the content of the TZif file of a name (`Europe/Berlin`), or undefined. */
export type ZonePort = (name: string) => Uint8Array | undefined;
