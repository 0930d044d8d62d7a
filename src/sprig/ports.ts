/** The kinds of private keys that sprig makes. */
export type KeyType = "rsa" | "dsa" | "ecdsa" | "ed25519";

/** What is hashed before signing; Ed25519 takes the message as it is. */
export type SigningHash = "sha256" | "sha384" | "sha512" | undefined;

/**
 * What certificates need of the platform, at once (templates cannot wait). Private keys travel as PKCS#8, public ones
 * as SubjectPublicKeyInfo, both DER.
 */
export interface KeyPort {
  /** A fresh key: rsa of `bits` bits, dsa 2048/256, ecdsa on P-256, ed25519. */
  generate(type: KeyType, bits: number): Uint8Array;
  /** The public half; throws where the DER holds no private key. */
  publicKey(key: Uint8Array): Uint8Array;
  /** A signature: PKCS#1 v1.5 for rsa, ASN.1 for ecdsa. */
  sign(key: Uint8Array, hash: SigningHash, message: Uint8Array): Uint8Array;
  /** A primality test that errs once in 2^80 at most: with it, keys can be derived from a seed. */
  isPrime(candidate: bigint): boolean;
}
