import { checkPrimeSync, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyPort, KeyType, SigningHash } from "./ports.ts";

const bytes = (buffer: Uint8Array) => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
const privateKey = (key: Uint8Array) => createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });

/** Keys and signatures by Node's crypto. Loaded by the command line and the library on Node, never by the pure core. */
export const nodeKeys: KeyPort = {
  generate(type: KeyType, bits: number): Uint8Array {
    return bytes(pair(type, bits).export({ format: "der", type: "pkcs8" }));
  },
  publicKey(key: Uint8Array): Uint8Array {
    return bytes(createPublicKey(privateKey(key)).export({ format: "der", type: "spki" }));
  },
  sign(key: Uint8Array, hash: SigningHash, message: Uint8Array): Uint8Array {
    return bytes(sign(hash ?? null, message, privateKey(key)));
  },
  isPrime: (candidate: bigint) => checkPrimeSync(candidate),
};

function pair(type: KeyType, bits: number) {
  switch (type) {
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: bits }).privateKey;
    case "dsa":
      return generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }).privateKey;
    case "ecdsa":
      return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    case "ed25519":
      return generateKeyPairSync("ed25519").privateKey;
  }
}
