import { RE2JS } from "re2js";

/**
 * What Helm's linter takes for an e-mail address, a URL and a request's URL: the rules of asaskevich/govalidator. The
 * first two have quantifiers inside quantifiers, so they run on RE2.
 */
const utf8 = "\\x{00A0}-\\x{D7FF}\\x{F900}-\\x{FDCF}\\x{FDF0}-\\x{FFEF}";
const atom = `(?:[a-zA-Z0-9!#$%&'*+\\-/=?^_\`{|}~${utf8}])+`;
const folding = "(?:(?:[\\x20\\x09]*\\x0d\\x0a)?[\\x20\\x09]+)?";
const quotedText = `(?:${folding}(?:[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\x21\\x23-\\x5b\\x5d-\\x7e${utf8}]|\\([\\x01-\\x09\\x0b-\\x7f${utf8}]))*${folding}`;
const domainLabel = `(?:[a-zA-Z0-9${utf8}]|[a-zA-Z0-9${utf8}][a-zA-Z0-9\\-._~${utf8}]*[a-zA-Z0-9${utf8}])`;
const topLabel = `(?:[a-zA-Z${utf8}]|[a-zA-Z${utf8}][a-zA-Z0-9\\-_~${utf8}]*[a-zA-Z${utf8}])`;
const emailPattern = `^(?:${atom}(?:\\.${atom})*|\\x22${quotedText}\\x22)@(?:${domainLabel}\\.)+${topLabel}\\.?$`;

const ip =
  "(?:[1-9]\\d?|1\\d\\d|2[01]\\d|22[0-3]|24\\d|25[0-5])(?:\\.(?:\\d{1,2}|1\\d\\d|2[0-4]\\d|25[0-5])){2}(?:\\.(?:[0-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5]))";
const subdomain = "(?:www\\.|[a-zA-Z0-9]+(?:[-_.]?[a-zA-Z0-9])*[a-zA-Z0-9]\\.[a-zA-Z0-9]+)";
const host = `(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9\\-_]+)?[a-zA-Z0-9](?:[-.][a-zA-Z0-9]+)*|${subdomain}?)?(?:(?:[a-zA-Z\\x{00a1}-\\x{ffff}0-9]+-?-?)*[a-zA-Z\\x{00a1}-\\x{ffff}0-9]+)(?:\\.[a-zA-Z\\x{00a1}-\\x{ffff}]+)?)`;
const urlPattern = `^(?:(?:ftp|tcp|udp|wss?|https?)://)?(?:\\S+(?::\\S*)?@)?(?:${ip}|\\[[0-9a-fA-F:.]+\\]|${host})\\.?(?::\\d{1,5})?(?:[/?#]\\S*)?$`;

let email: RE2JS | undefined;
let url: RE2JS | undefined;

/** Is it an e-mail address? */
export function isEmail(text: string): boolean {
  return (email ??= RE2JS.compile(emailPattern)).matcher(text).find();
}

/** Is it a URL, with or without its scheme? */
export function isUrl(text: string): boolean {
  if (text === "" || text.length >= 2083 || text.length <= 3 || text.startsWith(".")) return false;
  if (!parses(text.includes(":") && !text.includes("://") ? `http://${text}` : text)) return false;
  return (url ??= RE2JS.compile(urlPattern)).matcher(text).find();
}

/** Is it something a request could be made to: an absolute URL, or a scheme with anything? */
export function isRequestUrl(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && parses(text);
}

/** What Go's net/url would take, as far as addresses in charts go. */
function parses(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return false;
  const authority = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(text)?.[1] ?? "";
  const place = authority.slice(authority.lastIndexOf("@") + 1);
  return !/[ "<>\\^`{|}]/.test(place) && !/:[^\d\]]/.test(place.replace(/^\[[^\]]*\]/, "")) && !text.startsWith(":");
}
