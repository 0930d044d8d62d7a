import { GoObject, SlipwayError, toBytes, fromBytes } from "../base/index.ts";
import { der, integer, objectId, sequence } from "../base/x509.ts";
import { formatValue, quote } from "../gotemplate/index.ts";
import { dateOf } from "../gotime/index.ts";
import { deriveKey } from "./derived-keys.ts";
import { DerReader, dotted } from "./der-read.ts";
import { unbase64 } from "./encoding.ts";
import type { FamilyPorts, Implementations } from "./families.ts";
import { sha256 } from "./hashes.ts";
import { parseIp } from "./ip.ts";
import { decodePem, encodePem } from "./pem.ts";
import type { KeyPort, KeyType } from "./ports.ts";
import { fromPkcs8, hashFor, publicBits, readPrivateKey, type PrivateKey } from "./private-key.ts";

/** sprig's certificate: PEM texts in the fields Cert and Key. */
class Certificate extends GoObject {
  readonly goType = "sprig.certificate";
  readonly cert: string;
  readonly key: string;
  constructor(cert: string, key: string) {
    super();
    this.cert = cert;
    this.key = key;
  }
  override field(name: string): unknown {
    return name === "Cert" ? this.cert : name === "Key" ? this.key : undefined;
  }
  fields(): readonly (readonly [string, unknown])[] {
    return [
      ["Cert", this.cert],
      ["Key", this.key],
    ];
  }
  format(): string {
    return `{${this.cert} ${this.key}}`;
  }
  override toJSON(): unknown {
    return { Cert: this.cert, Key: this.key };
  }
  /** yaml.v3 writes a struct's fields in lower case. */
  toYaml(): { data: object } {
    return { data: { cert: this.cert, key: this.key } };
  }
}

/** What is asked of a certificate. */
interface Request {
  readonly commonName: string;
  readonly addresses: readonly Uint8Array[];
  readonly names: readonly string[];
  readonly days: number;
  readonly isCa: boolean;
}

/** The signer: its name and key id as its certificate has them, its public key to check, its private key. */
interface Issuer {
  /** DER of the name; undefined for a certificate that signs itself. */
  readonly name?: Uint8Array;
  readonly keyId?: Uint8Array;
  readonly spki?: Uint8Array;
  readonly key: PrivateKey;
}

function addressesOf(list: readonly unknown[]): Uint8Array[] {
  return list.map((item) => {
    if (typeof item !== "string") throw new Error(`error parsing ip: ${formatValue(item)} is not a string`);
    const address = parseIp(item);
    if (address === undefined) throw new Error(`error parsing ip: ${item}`);
    return address;
  });
}

function namesOf(list: readonly unknown[]): string[] {
  return list.map((item) => {
    if (typeof item === "string") return item;
    throw new Error(`error processing alternate dns name: ${formatValue(item)} is not a string`);
  });
}

/** A common name as Go's asn1 writes it: printable where it can be. */
function nameDer(commonName: string): Uint8Array {
  if (commonName === "") return sequence();
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(commonName);
  const text = der(printable ? 0x13 : 0x0c, toBytes(commonName));
  return sequence(der(0x31, sequence(objectId("2.5.4.3"), text)));
}

/** UTCTime for 1950 to 2049, else GeneralizedTime. */
function timeDer(seconds: number): Uint8Array {
  const days = Math.floor(seconds / 86400);
  const { year, month, day } = dateOf(days);
  if (year < 0 || year > 9999) throw new Error("asn1: structure error: cannot represent time as GeneralizedTime");
  const rest = seconds - days * 86400;
  const two = (value: number) => String(value).padStart(2, "0");
  const tail = `${[month, day, Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map(two).join("")}Z`;
  const short = year >= 1950 && year < 2050;
  return short ? der(0x17, toBytes(two(year % 100) + tail)) : der(0x18, toBytes(String(year).padStart(4, "0") + tail));
}

function extension(id: string, critical: boolean, content: Uint8Array): Uint8Array {
  return sequence(objectId(id), ...(critical ? [der(0x01, Uint8Array.of(0xff))] : []), der(0x04, content));
}

/** The extensions in Go's order: key usage, its extension, basic constraints, key ids, alternative names. */
function extensionsOf(request: Request, spki: Uint8Array, authorityKeyId: Uint8Array | undefined): Uint8Array {
  const usage = request.isCa ? Uint8Array.of(2, 0b10100100) : Uint8Array.of(5, 0b10100000);
  const out = [
    extension("2.5.29.15", true, der(0x03, usage)),
    extension("2.5.29.37", false, sequence(objectId("1.3.6.1.5.5.7.3.1"), objectId("1.3.6.1.5.5.7.3.2"))),
    extension("2.5.29.19", true, request.isCa ? sequence(der(0x01, Uint8Array.of(0xff))) : sequence()),
  ];
  if (request.isCa) {
    // RFC 7093: the first 160 bits of the public key's SHA-256.
    const id = sha256(publicBits(spki).body.subarray(1)).subarray(0, 20);
    out.push(extension("2.5.29.14", false, der(0x04, id)));
  }
  if (authorityKeyId !== undefined) out.push(extension("2.5.29.35", false, sequence(der(0x80, authorityKeyId))));
  const names = request.names.map((name) => {
    // eslint-disable-next-line no-control-regex
    if (!/^[\u0000-\u007f]*$/.test(name)) throw new Error(`x509: ${quote(name)} cannot be encoded as an IA5String`);
    return der(0x82, toBytes(name));
  });
  const all = [...names, ...request.addresses.map((address) => der(0x87, address))];
  if (all.length > 0) out.push(extension("2.5.29.17", request.commonName === "", sequence(...all)));
  return sequence(...out);
}

function algorithmDer(key: PrivateKey): Uint8Array {
  if (key.type === "rsa") return sequence(objectId("1.2.840.113549.1.1.11"), der(0x05));
  if (key.type === "ed25519") return sequence(objectId("1.3.101.112"));
  const last = { sha256: 2, sha384: 3, sha512: 4 }[hashFor(key) ?? "sha256"];
  return sequence(objectId(`1.2.840.10045.4.3.${last}`));
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** What of a certificate matters to what it signs. */
function readCertificate(bytes: Uint8Array): { subject: Uint8Array; spki: Uint8Array; keyId: Uint8Array | undefined } {
  const fail = (words: string) => new Error(`x509: malformed ${words}`);
  const attempt = <T>(words: string, read: () => T): T => {
    try {
      return read();
    } catch {
      throw fail(words);
    }
  };
  const outer = attempt("certificate", () => new DerReader(bytes).inside(0x30));
  const tbs = attempt("tbs certificate", () => outer.inside(0x30));
  if (tbs.tag === 0xa0) attempt("version", () => tbs.next());
  attempt("serial number", () => tbs.expect(0x02));
  attempt("signature algorithm identifier", () => tbs.expect(0x30));
  attempt("issuer", () => tbs.expect(0x30));
  attempt("validity", () => tbs.expect(0x30));
  const subject = attempt("issuer", () => tbs.expect(0x30)).whole;
  const spki = attempt("spki", () => tbs.expect(0x30)).whole;
  let keyId: Uint8Array | undefined;
  while (!tbs.done) {
    const part = attempt("extensions", () => tbs.next());
    if (part.tag === 0xa3) keyId = attempt("extensions", () => subjectKeyId(part.body));
  }
  return { subject, spki, keyId };
}

function subjectKeyId(extensions: Uint8Array): Uint8Array | undefined {
  const list = new DerReader(extensions).inside(0x30);
  while (!list.done) {
    const one = list.inside(0x30);
    const id = dotted(one.expect(0x06).body);
    if (one.tag === 0x01) one.next();
    if (id === "2.5.29.14") return new DerReader(one.expect(0x04).body).expect(0x04).body;
  }
  return undefined;
}

/** genCA and its kin. Without a key port each says that it cannot work here. */
export function create(ports: FamilyPorts): Implementations {
  const keysFor = (name: string): KeyPort => {
    if (ports.keys !== undefined) return ports.keys;
    throw new SlipwayError(`${name} needs keys and signatures, which this environment does not offer`, {
      code: "sprig.no-keys",
      fix: "Pass a key port (on Node: nodeKeys), or give the certificate as a value.",
    });
  };
  const fresh = (type: KeyType, bits: number, keys: KeyPort) =>
    fromPkcs8(ports.seeded ? deriveKey(type, bits, ports.random, keys) : keys.generate(type, bits), keys);

  const certify = (request: Request, key: PrivateKey, issuer: Issuer, keys: KeyPort): Certificate => {
    const fail = (words: string) => new Error(`error creating certificate: ${words}`);
    if (issuer.key.type === "dsa") throw fail("x509: certificate private key does not implement crypto.Signer");
    if (key.type === "dsa") throw fail("x509: unsupported public key type: *dsa.PublicKey");
    const spki = keys.publicKey(key.pkcs8);
    const subject = nameDer(request.commonName);
    const issuerName = issuer.name ?? subject;
    if (issuer.spki !== undefined && !same(issuer.spki, keys.publicKey(issuer.key.pkcs8))) {
      throw fail("x509: provided PrivateKey doesn't match parent's PublicKey");
    }
    const now = Math.floor(ports.clock.now() / 1000);
    const lifetime = BigInt.asIntN(64, BigInt(request.days) * 86400n * 1000000000n) / 1000000000n;
    try {
      const algorithm = algorithmDer(issuer.key);
      const keyId = issuer.keyId !== undefined && !same(issuerName, subject) ? issuer.keyId : undefined;
      const tbs = sequence(
        der(0xa0, integer(Uint8Array.of(2))),
        integer(ports.random.bytes(16)),
        algorithm,
        issuerName,
        sequence(timeDer(now), timeDer(now + Number(lifetime))),
        subject,
        spki,
        der(0xa3, extensionsOf(request, spki, keyId)),
      );
      const signature = keys.sign(issuer.key.pkcs8, hashFor(issuer.key), tbs);
      const whole = sequence(tbs, algorithm, der(0x03, Uint8Array.of(0), signature));
      return new Certificate(encodePem("CERTIFICATE", whole), key.pem);
    } catch (error) {
      throw fail((error as Error).message);
    }
  };

  const keyFrom = (pemText: string, keys: KeyPort) => {
    try {
      return readPrivateKey(pemText, keys);
    } catch (error) {
      throw new Error(`parsing private key: ${(error as Error).message}`, { cause: error });
    }
  };

  const authority = (cn: string, days: number, key: PrivateKey, keys: KeyPort) =>
    certify({ commonName: cn, addresses: [], names: [], days, isCa: true }, key, { key }, keys);

  const leaf = (cn: string, ips: unknown[], dns: unknown[], days: number): Request => ({
    commonName: cn,
    addresses: addressesOf(ips),
    names: namesOf(dns),
    days,
    isCa: false,
  });

  const signed = (request: () => Request, ca: Certificate, key: PrivateKey, keys: KeyPort) => {
    const block = decodePem(ca.cert);
    if (block === undefined) throw new Error("unable to decode certificate");
    const parent = parsed(block.bytes, "decodedSignerCert");
    let caKey: PrivateKey;
    try {
      caKey = readPrivateKey(ca.key, keys);
    } catch (error) {
      throw new Error(`error parsing private key: ${(error as Error).message}`, { cause: error });
    }
    const issuer = { name: parent.subject, spki: parent.spki, key: caKey };
    return certify(request(), key, parent.keyId === undefined ? issuer : { ...issuer, keyId: parent.keyId }, keys);
  };

  return {
    genPrivateKey: (type: string) => {
      const kind = type === "" ? "rsa" : type;
      if (!["rsa", "dsa", "ecdsa", "ed25519"].includes(kind)) return `Unknown type ${type}`;
      return fresh(kind as KeyType, 4096, keysFor("genPrivateKey")).pem;
    },
    buildCustomCert: (cert: string, key: string) => buildCustom(cert, key, keysFor("buildCustomCert")),
    genCA: (cn: string, days: number) => {
      const keys = keysFor("genCA");
      return authority(cn, days, fresh("rsa", 2048, keys), keys);
    },
    genCAWithKey: (cn: string, days: number, pemText: string) => {
      const keys = keysFor("genCAWithKey");
      return authority(cn, days, keyFrom(pemText, keys), keys);
    },
    genSelfSignedCert: (cn: string, ips: unknown[], dns: unknown[], days: number) => {
      const keys = keysFor("genSelfSignedCert");
      const request = leaf(cn, ips, dns, days);
      const key = fresh("rsa", 2048, keys);
      return certify(request, key, { key }, keys);
    },
    genSelfSignedCertWithKey: (cn: string, ips: unknown[], dns: unknown[], days: number, pemText: string) => {
      const keys = keysFor("genSelfSignedCertWithKey");
      const key = keyFrom(pemText, keys);
      return certify(leaf(cn, ips, dns, days), key, { key }, keys);
    },
    genSignedCert: (cn: string, ips: unknown[], dns: unknown[], days: number, ca: Certificate) => {
      const keys = keysFor("genSignedCert");
      return signed(() => leaf(cn, ips, dns, days), ca, fresh("rsa", 2048, keys), keys);
    },
    genSignedCertWithKey: (
      cn: string,
      ips: unknown[],
      dns: unknown[],
      days: number,
      ca: Certificate,
      pemText: string,
    ) => {
      const keys = keysFor("genSignedCertWithKey");
      return signed(() => leaf(cn, ips, dns, days), ca, keyFrom(pemText, keys), keys);
    },
  };
}

function parsed(bytes: Uint8Array, name: string): ReturnType<typeof readCertificate> {
  try {
    return readCertificate(bytes);
  } catch (error) {
    throw new Error(`error parsing certificate: ${name}.Bytes: ${(error as Error).message}`, { cause: error });
  }
}

function buildCustom(b64cert: string, b64key: string, keys: KeyPort): Certificate {
  const decode = (text: string, words: string) => {
    try {
      return fromBytes(unbase64(text));
    } catch {
      throw new Error(words);
    }
  };
  const cert = decode(b64cert, "unable to decode base64 certificate");
  const key = decode(b64key, "unable to decode base64 private key");
  const block = decodePem(cert);
  if (block === undefined) throw new Error("unable to decode certificate");
  parsed(block.bytes, "decodedCert");
  try {
    readPrivateKey(key, keys);
  } catch (error) {
    throw new Error(`error parsing private key: ${(error as Error).message}`, { cause: error });
  }
  return new Certificate(cert, key);
}
