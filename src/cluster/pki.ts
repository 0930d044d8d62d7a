import { createHash, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Clock, Random } from "../base/index.ts";
import { makeCertificate, pem } from "../base/index.ts";

/** The cluster's own authority, and what it signs. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

const year = 365 * 24 * 3600 * 1000;

interface Keys {
  readonly privateKey: KeyObject;
  readonly spki: Uint8Array;
  readonly pem: string;
}

function newKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privateKey,
    spki: publicKey.export({ type: "spki", format: "der" }),
    pem: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

const keyId = (spki: Uint8Array): Uint8Array => createHash("sha1").update(spki).digest();

/** A new self-signed authority. */
export function makeAuthority(name: string, clock: Clock, random: Random): Authority {
  const keys = newKeys();
  const id = keyId(keys.spki);
  const subject = { commonName: name };
  const der = makeCertificate(
    {
      serial: random.bytes(8).map((byte, i) => (i === 0 ? (byte & 0x7f) | 1 : byte)),
      issuer: subject,
      subject,
      notBefore: clock.now() - 3600_000,
      notAfter: clock.now() + 10 * year,
      spki: keys.spki,
      isCA: true,
      keyUsage: [0, 2, 5],
      subjectKeyId: id,
    },
    { algorithm: "ecdsa", sign: (data) => sign("sha256", data, keys.privateKey) },
  );
  return { certificate: pem("CERTIFICATE", der), key: keys.pem };
}

export interface LeafFacts {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly addresses?: readonly string[];
  readonly server: boolean;
  readonly authorityName: string;
}

/** A certificate signed by the authority, with a key of its own. */
export function makeLeaf(authority: Authority, facts: LeafFacts, clock: Clock, random: Random): KeyPair {
  const keys = newKeys();
  const signingKey = createPrivateKey(authority.key);
  const der = makeCertificate(
    {
      serial: random.bytes(8).map((byte, i) => (i === 0 ? (byte & 0x7f) | 1 : byte)),
      issuer: { commonName: facts.authorityName },
      subject: { commonName: facts.commonName, organizations: facts.organizations ?? [] },
      notBefore: clock.now() - 3600_000,
      notAfter: clock.now() + 2 * year,
      spki: keys.spki,
      isCA: false,
      keyUsage: [0, 2],
      serverAuth: facts.server,
      clientAuth: !facts.server,
      dnsNames: facts.dnsNames ?? [],
      addresses: (facts.addresses ?? []).map(addressBytes),
      subjectKeyId: keyId(keys.spki),
    },
    { algorithm: "ecdsa", sign: (data) => sign("sha256", data, signingKey) },
  );
  return { certificate: pem("CERTIFICATE", der), key: keys.pem };
}

function addressBytes(text: string): Uint8Array {
  if (!text.includes(":")) return Uint8Array.from(text.split(".").map(Number));
  const [head = "", tail = ""] = text.split("::");
  const words = (part: string) => (part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16)));
  const left = words(head);
  const right = text.includes("::") ? words(tail) : [];
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}
