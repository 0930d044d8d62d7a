import { der, integer, objectId, sequence } from "../base/x509.ts";
import { DerReader, dotted } from "./der-read.ts";
import { encodePem, decodePem } from "./pem.ts";
import type { KeyPort, KeyType, SigningHash } from "./ports.ts";

/** A private key as certificates use it. */
export interface PrivateKey {
  readonly type: KeyType;
  readonly pkcs8: Uint8Array;
  /** As sprig prints it, in the traditional form of its type. */
  readonly pem: string;
}

const algorithms: Record<string, KeyType> = {
  "1.2.840.113549.1.1.1": "rsa",
  "1.2.840.10040.4.1": "dsa",
  "1.2.840.10045.2.1": "ecdsa",
  "1.3.101.112": "ed25519",
};

/** The curves Go signs with, and the hash that goes with each. */
const curves: Record<string, SigningHash> = {
  "1.3.132.0.33": "sha256",
  "1.2.840.10045.3.1.7": "sha256",
  "1.3.132.0.34": "sha384",
  "1.3.132.0.35": "sha512",
};

const zero = Uint8Array.of(0);

/** A PKCS#8 key taken apart: its type, the algorithm's parameters, and the key itself. */
function open(pkcs8: Uint8Array): { type: KeyType; parameters: Uint8Array | undefined; inner: Uint8Array } {
  const outer = new DerReader(pkcs8).inside(0x30);
  outer.expect(0x02);
  const algorithm = outer.inside(0x30);
  const name = dotted(algorithm.expect(0x06).body);
  const type = algorithms[name];
  if (type === undefined)
    throw new Error(`x509: PKCS#8 wrapping contained private key with unknown algorithm: ${name}`);
  const parameters = algorithm.done ? undefined : algorithm.next().whole;
  return { type, parameters, inner: outer.expect(0x04).body };
}

function wrap(algorithm: Uint8Array, inner: Uint8Array): Uint8Array {
  return sequence(integer(zero), algorithm, der(0x04, inner));
}

/** PKCS#8 → a key with its printed form. */
export function fromPkcs8(pkcs8: Uint8Array, keys: KeyPort): PrivateKey {
  const { type, parameters, inner } = open(pkcs8);
  switch (type) {
    case "rsa":
      return { type, pkcs8, pem: encodePem("RSA PRIVATE KEY", inner) };
    case "ecdsa":
      return {
        type,
        pkcs8,
        pem: encodePem("EC PRIVATE KEY", ecTraditional(pkcs8, parameters as Uint8Array, inner, keys)),
      };
    case "ed25519":
      return { type, pkcs8, pem: encodePem("PRIVATE KEY", pkcs8) };
    case "dsa":
      return {
        type,
        pkcs8,
        pem: encodePem("DSA PRIVATE KEY", dsaTraditional(pkcs8, parameters as Uint8Array, inner, keys)),
      };
  }
}

/** RFC 5915 with curve and public point, as Go writes it. */
function ecTraditional(pkcs8: Uint8Array, curve: Uint8Array, inner: Uint8Array, keys: KeyPort): Uint8Array {
  const reader = new DerReader(inner).inside(0x30);
  reader.expect(0x02);
  const secret = reader.expect(0x04).whole;
  return sequence(
    integer(Uint8Array.of(1)),
    secret,
    der(0xa0, curve),
    der(0xa1, publicBits(keys.publicKey(pkcs8)).whole),
  );
}

function dsaTraditional(pkcs8: Uint8Array, parameters: Uint8Array, inner: Uint8Array, keys: KeyPort): Uint8Array {
  const numbers = new DerReader(parameters).inside(0x30);
  const [p, q, g] = [numbers.next().whole, numbers.next().whole, numbers.next().whole];
  const y = publicBits(keys.publicKey(pkcs8)).body.subarray(1);
  return sequence(integer(zero), p, q, g, y, inner);
}

/** The BIT STRING of a SubjectPublicKeyInfo. */
export function publicBits(spki: Uint8Array): { body: Uint8Array; whole: Uint8Array } {
  const reader = new DerReader(spki).inside(0x30);
  reader.next();
  return reader.expect(0x03);
}

/** The hash that Go signs with, by the key; undefined for ed25519, which takes none. */
export function hashFor(key: PrivateKey): SigningHash {
  if (key.type !== "ecdsa") return key.type === "rsa" ? "sha256" : undefined;
  const { parameters } = open(key.pkcs8);
  return curves[dotted(new DerReader(parameters as Uint8Array).expect(0x06).body)];
}

/** sprig's parsePrivateKeyPEM, with its words and, in most cases, Go's. */
export function readPrivateKey(text: string, keys: KeyPort): PrivateKey {
  const block = decodePem(text);
  if (block === undefined) throw new Error("no PEM data in input");
  const { label, bytes } = block;
  if (label === "PRIVATE KEY") {
    return inWords("decoding PEM as PKCS#8", () => checked(inForm(bytes, "PKCS8"), keys));
  }
  if (!label.endsWith(" PRIVATE KEY")) throw new Error(`no private key data in PEM block of type ${label}`);
  const type = label.slice(0, -" PRIVATE KEY".length);
  switch (type) {
    case "RSA":
      return inWords("parsing RSA private key from PEM", () => checked(wrapRsa(inForm(bytes, "PKCS1")), keys));
    case "EC":
      return inWords("parsing EC private key from PEM", () => checked(wrapEc(inForm(bytes, "EC")), keys));
    case "DSA":
      return inWords("parsing DSA private key from PEM", () => dsaFrom(bytes));
    default:
      throw new Error(`invalid private key type ${label}`);
  }
}

function inWords<T>(doing: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${doing}: ${(error as Error).message}`, { cause: error });
  }
}

type Form = "PKCS1" | "PKCS8" | "EC";

/** Which of the three forms a key has, by what follows its version number. */
function formOf(bytes: Uint8Array): Form | undefined {
  try {
    const reader = new DerReader(bytes).inside(0x30);
    reader.expect(0x02);
    return ({ 0x02: "PKCS1", 0x30: "PKCS8", 0x04: "EC" } as const)[reader.tag];
  } catch {
    return undefined;
  }
}

/** The key, if it has the form that its label promises; Go says which of its functions would have been right. */
function inForm(bytes: Uint8Array, wanted: Form): Uint8Array {
  const form = formOf(bytes);
  if (form === wanted) return bytes;
  if (form === undefined) throw new Error("x509: failed to parse private key");
  throw new Error(`x509: failed to parse private key (use Parse${form}PrivateKey instead for this key format)`);
}

/** The platform reads the key once, so that a broken one is found here. */
function checked(pkcs8: Uint8Array, keys: KeyPort): PrivateKey {
  const { type } = open(pkcs8);
  try {
    keys.publicKey(pkcs8);
  } catch (error) {
    throw new Error(`x509: failed to parse private key (${type})`, { cause: error });
  }
  return fromPkcs8(pkcs8, keys);
}

export function wrapRsa(pkcs1: Uint8Array): Uint8Array {
  return wrap(sequence(objectId("1.2.840.113549.1.1.1"), der(0x05)), pkcs1);
}

function wrapEc(sec1: Uint8Array): Uint8Array {
  const reader = new DerReader(sec1).inside(0x30);
  reader.expect(0x02);
  reader.expect(0x04);
  if (reader.tag !== 0xa0) throw new Error("x509: unknown elliptic curve");
  return wrapCurve(new DerReader(reader.next().body).next().whole, sec1);
}

export function wrapCurve(curve: Uint8Array, sec1: Uint8Array): Uint8Array {
  return wrap(sequence(objectId("1.2.840.10045.2.1"), curve), sec1);
}

export function wrapEd25519(seed: Uint8Array): Uint8Array {
  return wrap(sequence(objectId("1.3.101.112")), der(0x04, seed));
}

/** DSA keys cannot sign certificates in Go, so they need only be read and printed again. */
function dsaFrom(bytes: Uint8Array): PrivateKey {
  const reader = new DerReader(bytes).inside(0x30);
  for (let i = 0; i < 6; i++) reader.expect(0x02);
  return { type: "dsa", pkcs8: new Uint8Array(), pem: encodePem("DSA PRIVATE KEY", bytes) };
}
