import { quote } from "../gotemplate/index.ts";

/** What netip.ParseAddr says of an address it cannot read. */
export class AddressError extends Error {
  constructor(input: string, words: string, at?: string) {
    super(`ParseAddr(${quote(input)}): ${words}${at === undefined || at === "" ? "" : ` (at ${quote(at)})`}`);
  }
}

/** netip.ParseAddr: the 4 or 16 bytes of an address (its zone aside); throws an AddressError. */
export function parseAddress(input: string): Uint8Array {
  const first = /[.:%]/.exec(input)?.[0];
  if (first === ".") return Uint8Array.from(parseV4(input, input));
  if (first === ":") return parseV6(input);
  throw new AddressError(input, first === "%" ? "missing IPv6 address" : "unable to parse IP");
}

function parseV4(input: string, text: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char >= "0" && char <= "9") {
      if (digits === 1 && value === 0) throw new AddressError(input, "IPv4 field has octet with leading zero");
      value = value * 10 + Number(char);
      digits++;
      if (value > 255) throw new AddressError(input, "IPv4 field has value >255");
    } else if (char === ".") {
      if (i === 0 || i === text.length - 1 || text[i - 1] === ".") {
        throw new AddressError(input, "IPv4 field must have at least one digit", text.slice(i));
      }
      if (fields.length === 3) throw new AddressError(input, "IPv4 address too long");
      fields.push(value);
      value = 0;
      digits = 0;
    } else {
      throw new AddressError(input, "unexpected character", text.slice(i));
    }
  }
  if (fields.length < 3) throw new AddressError(input, "IPv4 address too short");
  return [...fields, value];
}

function parseV6(input: string): Uint8Array {
  const percent = input.indexOf("%");
  if (percent === input.length - 1) throw new AddressError(input, "zone must be a non-empty string");
  let rest = percent < 0 ? input : input.slice(0, percent);
  const bytes: number[] = [];
  let gap = -1;
  if (rest.startsWith("::")) {
    gap = 0;
    rest = rest.slice(2);
    if (rest === "") return new Uint8Array(16);
  }
  while (bytes.length < 16) {
    const digits = (/^[0-9a-fA-F]*/.exec(rest) as RegExpExecArray)[0];
    if (digits.length > 4) throw new AddressError(input, "each group must have 4 or less digits", rest);
    if (digits === "") {
      throw new AddressError(input, "each colon-separated field must have at least one digit", rest);
    }
    if (rest[digits.length] === ".") {
      if (gap < 0 && bytes.length !== 12) {
        throw new AddressError(input, "embedded IPv4 address must replace the final 2 fields of the address", rest);
      }
      if (bytes.length > 12) {
        const words = "too many hex fields to fit an embedded IPv4 at the end of the address";
        throw new AddressError(input, words, rest);
      }
      bytes.push(...parseV4(input, rest));
      rest = "";
      break;
    }
    const value = Number.parseInt(digits, 16);
    bytes.push(value >> 8, value & 0xff);
    rest = rest.slice(digits.length);
    if (rest === "") break;
    if (rest[0] !== ":") throw new AddressError(input, "unexpected character, want colon", rest);
    if (rest.length === 1) throw new AddressError(input, "colon must be followed by more characters", rest);
    rest = rest.slice(1);
    if (rest[0] !== ":") continue;
    if (gap >= 0) throw new AddressError(input, "multiple :: in address", rest);
    gap = bytes.length;
    rest = rest.slice(1);
    if (rest === "") break;
  }
  if (rest !== "") throw new AddressError(input, "trailing garbage after address", rest);
  if (bytes.length < 16 && gap < 0) throw new AddressError(input, "address string too short");
  if (bytes.length === 16 && gap >= 0) {
    throw new AddressError(input, "the :: must expand to at least one field of zeros");
  }
  if (gap >= 0) bytes.splice(gap, 0, ...new Array<number>(16 - bytes.length).fill(0));
  return Uint8Array.from(bytes);
}

/** net.ParseIP: the address as bytes (4 for IPv4, in IPv6 clothes too), or undefined; zones are refused. */
export function parseIp(text: string): Uint8Array | undefined {
  try {
    if (text.includes("%")) return undefined;
    const bytes = parseAddress(text);
    const mapped =
      bytes.length === 16 && bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
    return mapped ? bytes.slice(12) : bytes;
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}
