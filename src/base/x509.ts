/**
 * A small writer of X.509 certificates (DER). It signs nothing itself: whoever calls it passes the public key's SPKI
 * and a function that signs, so that it needs no crypto library and runs anywhere.
 */

const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** A DER element: tag, length, content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concat(content);
  const length: number[] = [];
  if (body.length < 0x80) length.push(body.length);
  else {
    for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
    length.unshift(0x80 | length.length);
  }
  return concat([Uint8Array.of(tag, ...length), body]);
}

export const sequence = (...content: readonly Uint8Array[]): Uint8Array => der(0x30, ...content);

/** `1.2.840.10045.4.3.2` → OBJECT IDENTIFIER. */
export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let value = Math.floor(arc / 128); value > 0; value = Math.floor(value / 128))
      digits.unshift((value & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return der(0x06, Uint8Array.from(bytes));
}

/** Big-endian bytes → a non-negative INTEGER. */
export function integer(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  const body = bytes.subarray(at);
  return der(0x02, (body[0] ?? 0) & 0x80 ? concat([Uint8Array.of(0), body]) : body);
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const printable = (text: string): Uint8Array =>
  /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text) ? der(0x13, utf8(text)) : der(0x0c, utf8(text));

/** UTCTime until 2049, GeneralizedTime afterwards. */
export function derTime(milliseconds: number): Uint8Array {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  return Number(text.slice(0, 4)) < 2050 ? der(0x17, utf8(`${text.slice(2)}Z`)) : der(0x18, utf8(`${text}Z`));
}

/** A distinguished name: organisations, then the common name. */
export interface DistinguishedName {
  readonly commonName?: string;
  readonly organizations?: readonly string[];
}

export function nameOf(name: DistinguishedName): Uint8Array {
  const parts = (name.organizations ?? []).map((text) => der(0x31, sequence(objectId("2.5.4.10"), printable(text))));
  if (name.commonName !== undefined) {
    parts.push(der(0x31, sequence(objectId("2.5.4.3"), printable(name.commonName))));
  }
  return sequence(...parts);
}

export interface CertificateFacts {
  /** Big-endian, at most 20 bytes. */
  readonly serial: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBefore: number;
  readonly notAfter: number;
  /** The subject's public key: SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  readonly isCA: boolean;
  /** Bits of KeyUsage by their numbers: 0 digitalSignature, 2 keyEncipherment, 5 keyCertSign. */
  readonly keyUsage: readonly number[];
  readonly serverAuth?: boolean;
  readonly clientAuth?: boolean;
  readonly dnsNames?: readonly string[];
  /** As bytes: 4 or 16 each. */
  readonly addresses?: readonly Uint8Array[];
  readonly subjectKeyId?: Uint8Array;
  readonly authorityKeyId?: Uint8Array;
}

export interface CertificateSigner {
  /** `ecdsa-with-SHA256` or `sha256WithRSAEncryption`. */
  readonly algorithm: "ecdsa" | "rsa";
  sign(data: Uint8Array): Uint8Array;
}

function extension(id: string, critical: boolean, content: Uint8Array): Uint8Array {
  const parts = [objectId(id)];
  if (critical) parts.push(der(0x01, Uint8Array.of(0xff)));
  return sequence(...parts, der(0x04, content));
}

function keyUsageBits(bits: readonly number[]): Uint8Array {
  const highest = Math.max(...bits);
  const bytes = new Uint8Array(Math.floor(highest / 8) + 1);
  for (const bit of bits) {
    const at = Math.floor(bit / 8);
    bytes[at] = (bytes[at] as number) | (0x80 >> (bit % 8));
  }
  return der(0x03, Uint8Array.of(7 - (highest % 8)), bytes);
}

/** A signed certificate, DER. */
export function makeCertificate(facts: CertificateFacts, signer: CertificateSigner): Uint8Array {
  const algorithm =
    signer.algorithm === "ecdsa"
      ? sequence(objectId("1.2.840.10045.4.3.2"))
      : sequence(objectId("1.2.840.113549.1.1.11"), der(0x05));
  const extensions: Uint8Array[] = [extension("2.5.29.15", true, keyUsageBits(facts.keyUsage))];
  const purposes: Uint8Array[] = [];
  if (facts.serverAuth === true) purposes.push(objectId("1.3.6.1.5.5.7.3.1"));
  if (facts.clientAuth === true) purposes.push(objectId("1.3.6.1.5.5.7.3.2"));
  if (purposes.length > 0) extensions.push(extension("2.5.29.37", false, sequence(...purposes)));
  extensions.push(extension("2.5.29.19", true, facts.isCA ? sequence(der(0x01, Uint8Array.of(0xff))) : sequence()));
  if (facts.subjectKeyId !== undefined) {
    extensions.push(extension("2.5.29.14", false, der(0x04, facts.subjectKeyId)));
  }
  if (facts.authorityKeyId !== undefined) {
    extensions.push(extension("2.5.29.35", false, sequence(der(0x80, facts.authorityKeyId))));
  }
  const names = [
    ...(facts.dnsNames ?? []).map((name) => der(0x82, utf8(name))),
    ...(facts.addresses ?? []).map((address) => der(0x87, address)),
  ];
  if (names.length > 0) extensions.push(extension("2.5.29.17", false, sequence(...names)));
  const tbs = sequence(
    der(0xa0, der(0x02, Uint8Array.of(2))),
    integer(facts.serial),
    algorithm,
    nameOf(facts.issuer),
    sequence(derTime(facts.notBefore), derTime(facts.notAfter)),
    nameOf(facts.subject),
    facts.spki,
    der(0xa3, sequence(...extensions)),
  );
  return sequence(tbs, algorithm, der(0x03, Uint8Array.of(0), signer.sign(tbs)));
}

/** DER → PEM with lines of 64 characters. */
export function pem(label: string, bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
