import { isIP, isIPv6 } from "node:net";

/** The formats that upstream's validator knows of strings (kube-openapi's strfmt); others mean nothing. */

/** Above this no text is searched for what JavaScript's expressions do not find in linear time. */
const longest = 1000;

const letters = (pattern: RegExp) => (text: string) => pattern.test(text);
const uuid = (version: string, variant: string) =>
  letters(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}-?${variant}-?[0-9a-f]{12}$`, "i"));

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}

function isDateTime(text: string): boolean {
  const [date = "", time] = text.toLowerCase().split("t");
  if (time === undefined || !isDate(date)) return false;
  const match = /^(\d{2}):(\d{2}):(\d{2})(.\d+)?(z|[+-]\d{2}:\d{2})$/.exec(time);
  return match !== null && Number(match[1]) <= 23 && Number(match[2]) <= 59 && Number(match[3]) <= 59;
}

const units = /^(ns|us|µs|μs|ms|s|m|h)/;

/** time.ParseDuration, or Scala's way of saying it (`22 ns`, `3 days`). */
function isDuration(text: string): boolean {
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return true;
  let parts = 0;
  while (rest !== "") {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    const unit = number === undefined ? undefined : units.exec(rest.slice(number.length))?.[0];
    if (number === undefined || unit === undefined) break;
    rest = rest.slice(number.length + unit.length);
    parts++;
  }
  if (rest === "" && parts > 0) return true;
  if (text.length > longest) return false;
  const scala =
    /(\d+)\s*(ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hr|hours?|d|days?|w|wks?|weeks?)\b/i;
  return scala.test(text);
}

/** net.ParseIP, with zeros before numbers as ParseIPSloppy reads them. */
function isSloppyIp(text: string): boolean {
  return text.length <= 100 && isIP(text.replace(/(^|[.:])0+(?=\d+(\.|$))/g, "$1")) !== 0 && !text.includes("%");
}

function isCidr(text: string): boolean {
  const [address = "", bits, more] = text.split("/");
  if (bits === undefined || more !== undefined || !/^\d{1,3}$/.test(bits) || !isSloppyIp(address)) return false;
  return Number(bits) <= (address.includes(":") ? 128 : 32);
}

function isMac(text: string): boolean {
  return (
    /^([0-9a-f]{2})([:-])([0-9a-f]{2}\2){4}[0-9a-f]{2}$/i.test(text) ||
    /^([0-9a-f]{2})([:-])([0-9a-f]{2}\2){6}[0-9a-f]{2}$/i.test(text) ||
    /^([0-9a-f]{2})([:-])([0-9a-f]{2}\2){18}[0-9a-f]{2}$/i.test(text) ||
    /^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(text) ||
    /^([0-9a-f]{4}\.){3}[0-9a-f]{4}$/i.test(text) ||
    /^([0-9a-f]{4}\.){9}[0-9a-f]{4}$/i.test(text)
  );
}

/** url.ParseRequestURI: an absolute URI, or an absolute path. */
function isRequestUri(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (text === "" || /[\u0000-\u001f\u007f]/.test(text)) return false;
  if (text === "*") return true;
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text)?.[0] ?? "";
  if (scheme === "" && /^[^/?#]*:/.test(text)) return false;
  const rest = text.slice(scheme.length);
  if (!rest.startsWith("/")) return scheme !== "";
  const escapes = (part: string) => !/%(?![0-9A-Fa-f]{2})/.test(part);
  const path = rest.split("?")[0] as string;
  if (!rest.startsWith("//") || (scheme === "" && rest.startsWith("///"))) return escapes(path);
  const authority = /^\/\/([^/]*)/.exec(path)?.[1] ?? "";
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  if (!/^(\[[^\]]*\]|[^:[\] "<>\\^`{|}]*)(:\d*)?$/.test(host)) return false;
  return escapes(path.slice(2 + authority.length)) && escapes(authority);
}

/** mail.ParseAddress, near enough: an address, or a name and an address in angle brackets. */
function isEmail(text: string): boolean {
  if (text.length > longest) return false;
  const address = /^\s*(?:"[^"]*"|[^<>@,;:"]*)\s*<([^<>]+)>\s*$/.exec(text)?.[1] ?? text.trim();
  const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\uffff-]+";
  return new RegExp(`^(${atom}(\\.${atom})*|"[^"\\\\]*")@(${atom}(\\.${atom})*|\\[[^\\]]*\\])$`).test(address);
}

function isHostname(text: string): boolean {
  const label = /^[a-zA-Z0-9\p{S}\p{L}]([a-zA-Z0-9\p{S}\p{L}-]{0,61}[a-zA-Z0-9\p{S}\p{L}])?$/u;
  if (text === "" || text.length > 255) return false;
  const labels = text.split(".");
  if (labels.some((one) => one.length > 63)) return false;
  if (labels.length === 1) return /^[a-zA-Z0-9\p{S}\p{L}](-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?$/u.test(text);
  return /^[a-zA-Z\p{L}]{2,63}$/u.test(labels.at(-1) as string) && labels.slice(0, -1).every((one) => label.test(one));
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += (i + 1) * (digits[i] === "X" ? 10 : Number(digits[i]));
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (!/^\d{13}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += (i % 2 === 0 ? 1 : 3) * Number(digits[i]);
  return (10 - (sum % 10)) % 10 === Number(digits[12]);
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, "");
  if (
    !/^(4\d{12}(\d{3})?|5[1-5]\d{14}|6(011|5\d\d)\d{12}|3[47]\d{13}|3(0[0-5]|[68]\d)\d{11}|(2131|1800|35\d{3})\d{11})$/.test(
      digits,
    )
  )
    return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = Number(digits[digits.length - 1 - i]);
    if (i % 2 === 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

const byte = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: letters(/^[0-9a-fA-F]{24}$/),
  uri: isRequestUri,
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => isSloppyIp(text) && text.includes("."),
  ipv6: (text) => isIPv6(text) && !text.includes("%"),
  cidr: isCidr,
  mac: isMac,
  uuid: uuid("[0-9a-f]{4}", "[0-9a-f]{4}"),
  uuid3: uuid("3[0-9a-f]{3}", "[0-9a-f]{4}"),
  uuid4: uuid("4[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
  uuid5: uuid("5[0-9a-f]{3}", "[89ab][0-9a-f]{3}"),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: letters(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: letters(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: letters(new RegExp(`^rgb\\(\\s*${byte}\\s*,\\s*${byte}\\s*,\\s*${byte}\\s*\\)$`)),
  byte: letters(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
  k8slongname: (text) =>
    text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text),
};

/** The test of a string's format, or undefined for a format that upstream passes over. */
export function stringFormat(name: string): ((text: string) => boolean) | undefined {
  const normal = name.replaceAll("-", "");
  return Object.hasOwn(formats, normal) ? formats[normal] : undefined;
}

/** A schema's format where it means something for the schema's type, else "". */
export function formatOf(schema: {
  readonly format?: string;
  readonly type?: string;
  readonly [key: string]: unknown;
}): string {
  const { format = "", type = "" } = schema;
  if (format === "") return "";
  switch (schema["x-kubernetes-int-or-string"] === true ? "" : type) {
    case "":
    case "string":
      return stringFormat(format) === undefined ? "" : format;
    case "integer":
      return format === "int32" || format === "int64" ? format : "";
    case "number":
      return format === "float" || format === "double" ? format : "";
    default:
      return "";
  }
}
