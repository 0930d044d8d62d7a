import { encodeBase64, hashSync } from "bcryptjs";
import { byteLength, fromBytes, toBytes, type Random } from "../base/index.ts";
import { decryptCbc, encryptCbc } from "./aes.ts";
import { base64, unbase64 } from "./encoding.ts";
import type { FamilyPorts, Implementations } from "./families.ts";
import { hmacSha256 } from "./hashes.ts";
import { scrypt } from "./scrypt.ts";

/** bcrypt at cost 10, with Go's prefix; passwords beyond 72 bytes are an error that is shown as the result. */
function bcrypt(password: string, random: Random): string {
  if (byteLength(password) > 72) {
    return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
  }
  return hashSync(password, `$2a$10$${encodeBase64(random.bytes(16), 16)}`);
}

function htpasswd(user: string, password: string, random: Random): string {
  return user.includes(":") ? `invalid username: ${user}` : `${user}:${bcrypt(password, random)}`;
}

/** The shapes of the Master Password algorithm's passwords: a letter names a set below. */
const shapes: Record<string, readonly string[]> = {
  maximum: ["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
  long: (
    "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv " +
    "CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv " +
    "CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno"
  ).split(" "),
  medium: ["CvcnoCvc", "CvcCvcno"],
  short: ["Cvcn"],
  basic: ["aaanaaan", "aannaaan", "aaannaaa"],
  pin: ["nnnn"],
};

const consonants = "BCDFGHJKLMNPQRSTVWXYZ";
const letters = `AEIOUaeiou${consonants}${consonants.toLowerCase()}`;
const sets: Record<string, string> = {
  V: "AEIOU",
  C: consonants,
  v: "aeiou",
  c: consonants.toLowerCase(),
  A: `AEIOU${consonants}`,
  a: letters,
  n: "0123456789",
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${letters}0123456789!@#$%^&*()`,
};

/** Bytes one after the other; a number is four bytes, highest first. */
function bytesOf(...parts: (string | number)[]): Uint8Array {
  const pieces = parts.map((part) => {
    if (typeof part === "string") return toBytes(part);
    const word = new Uint8Array(4);
    new DataView(word.buffer).setUint32(0, part);
    return word;
  });
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

const scope = "com.lyndir.masterpassword";

/** The costly half of derivePassword, remembered: a chart asks for many sites of one user. */
function masterKeys(): (password: string, user: string) => Uint8Array {
  const known = new Map<string, Uint8Array>();
  return (password, user) => {
    const name = JSON.stringify([password, user]);
    const found = known.get(name);
    if (found !== undefined) return found;
    const key = scrypt(toBytes(password), bytesOf(scope, byteLength(user), user), 32768, 8, 2, 64);
    known.set(name, key);
    return key;
  };
}

/** The Master Password algorithm: the same password for the same user, secret, site and counter, always. */
function derivePassword(
  keyFor: (password: string, user: string) => Uint8Array,
  counter: number,
  type: string,
  password: string,
  user: string,
  site: string,
): string {
  const templates = Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (templates === undefined) return `cannot find password template ${type}`;
  const seed = hmacSha256(keyFor(password, user), bytesOf(scope, byteLength(site), site, counter));
  const template = templates[(seed[0] as number) % templates.length] as string;
  return Array.from(template, (shape, i) => {
    const set = sets[shape] as string;
    return set[(seed[i + 1] as number) % set.length];
  }).join("");
}

/** The first 32 bytes of the password, filled up with zeros. */
function keyOf(password: string): Uint8Array {
  const key = new Uint8Array(32);
  key.set(toBytes(password).subarray(0, 32));
  return key;
}

function encryptAes(password: string, text: string, random: Random): string {
  if (text === "") return "";
  const content = toBytes(text);
  const padding = 16 - (content.length % 16);
  const padded = new Uint8Array(content.length + padding).fill(padding);
  padded.set(content);
  const iv = random.bytes(16);
  const out = new Uint8Array(16 + padded.length);
  out.set(iv);
  out.set(encryptCbc(keyOf(password), iv, padded), 16);
  return base64(out);
}

/** decryptAES, with Go's panics for text that no encryptAES made. */
function decryptAes(password: string, text: string): string {
  if (text === "") return "";
  const data = unbase64(text);
  if (data.length < 16)
    throw new Error(`runtime error: slice bounds out of range [:16] with capacity ${capacityOf(text)}`);
  const body = data.subarray(16);
  if (body.length % 16 !== 0) throw new Error("crypto/cipher: input not full blocks");
  const plain = decryptCbc(keyOf(password), data.subarray(0, 16), body);
  if (plain.length === 0) throw new Error("runtime error: index out of range [-1]");
  const end = plain.length - (plain.at(-1) as number);
  if (end < 0) throw new Error(`runtime error: slice bounds out of range [:${end}]`);
  return fromBytes(plain.subarray(0, end));
}

/** DecodeString's buffer has room for the padding, too; the panic names its capacity. */
function capacityOf(text: string): number {
  return Math.floor(text.length / 4) * 3;
}

/** bcrypt, htpasswd, derivePassword, encryptAES and decryptAES. */
export function create(ports: FamilyPorts): Implementations {
  const { random } = ports;
  const keyFor = masterKeys();
  return {
    bcrypt: (password: string) => bcrypt(password, random),
    htpasswd: (user: string, password: string) => htpasswd(user, password, random),
    derivePassword: (counter: number, type: string, password: string, user: string, site: string) =>
      derivePassword(keyFor, counter, type, password, user, site),
    encryptAES: (password: string, text: string) => encryptAes(password, text, random),
    decryptAES: decryptAes,
  };
}
