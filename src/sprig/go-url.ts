import { fromBytes, toBytes } from "../base/index.ts";
import { quote } from "../gotemplate/index.ts";
import { AddressError, parseAddress } from "./ip.ts";

/** A URL in the parts of Go's net/url. `user` is the user information as Go prints it, unset without one. */
export interface GoUrl {
  scheme: string;
  opaque: string;
  user: string | undefined;
  host: string;
  path: string;
  rawPath: string;
  query: string;
  fragment: string;
  rawFragment: string;
}

type Part = "path" | "user" | "host" | "zone" | "fragment";

/** The characters beside letters, digits and `-_.~` that stand for themselves in a part. */
const plain: Record<Part, string> = {
  path: "$&+,/:;=@",
  user: "$&+,;=",
  host: "!$&'()*+,;=:[]<>\"",
  zone: "!$&'()*+,;=:[]<>\"",
  fragment: "$&+,/:;=?@!()*",
};

function isPlain(byte: number, part: Part): boolean {
  const char = String.fromCharCode(byte);
  return /^[A-Za-z0-9\-_.~]$/.test(char) || (byte < 0x80 && plain[part].includes(char));
}

function escape(text: string, part: Part): string {
  let out = "";
  for (const byte of toBytes(text)) {
    if (isPlain(byte, part)) out += String.fromCharCode(byte);
    else out += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}

const badEscape = (text: string) => new Error(`invalid URL escape ${quote(text)}`);

function unescape(text: string, part: Part): string {
  const source = toBytes(text);
  const out: number[] = [];
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] as number;
    if (byte !== 0x25) {
      if ((part === "host" || part === "zone") && byte < 0x80 && !isPlain(byte, part)) {
        throw new Error(`invalid character ${quote(String.fromCharCode(byte))} in host name`);
      }
      out.push(byte);
      continue;
    }
    const escaped = fromBytes(source.subarray(i, i + 3));
    if (!/^%[0-9a-fA-F]{2}$/.test(escaped)) throw badEscape(escaped);
    const value = Number.parseInt(escaped.slice(1), 16);
    // RFC 6874: in a host only bytes beyond ASCII may be escaped, but for %25 before a zone.
    if (part === "host" && value < 0x80 && escaped !== "%25") throw badEscape(escaped);
    if (part === "zone" && escaped !== "%25" && value !== 0x20 && !isPlain(value, "host") && value < 0x80)
      throw badEscape(escaped);
    if (part === "zone" && value >= 0x80) throw badEscape(escaped);
    out.push(value);
    i += 2;
  }
  return fromBytes(Uint8Array.from(out));
}

/** url.Parse; throws an Error with Go's words (`parse "…": …`). */
export function parseUrl(raw: string): GoUrl {
  const hash = raw.indexOf("#");
  const main = hash < 0 ? raw : raw.slice(0, hash);
  const fragment = hash < 0 ? "" : raw.slice(hash + 1);
  const url = inWords(main, () => parseMain(main));
  if (fragment !== "") {
    url.fragment = inWords(raw, () => unescape(fragment, "fragment"));
    if (escape(url.fragment, "fragment") !== fragment) url.rawFragment = fragment;
  }
  return url;
}

function inWords<T>(text: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`parse ${quote(text)}: ${(error as Error).message}`, { cause: error });
  }
}

function emptyUrl(): GoUrl {
  return {
    scheme: "",
    opaque: "",
    user: undefined,
    host: "",
    path: "",
    rawPath: "",
    query: "",
    fragment: "",
    rawFragment: "",
  };
}

function parseMain(raw: string): GoUrl {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(raw)) throw new Error("net/url: invalid control character in URL");
  const url = emptyUrl();
  if (raw === "*") {
    url.path = "*";
    return url;
  }
  if (raw.startsWith(":")) throw new Error("missing protocol scheme");
  const scheme = /^([A-Za-z][A-Za-z0-9+\-.]*):/.exec(raw)?.[1] ?? "";
  url.scheme = scheme.toLowerCase();
  let rest = scheme === "" ? raw : raw.slice(scheme.length + 1);
  const question = rest.indexOf("?");
  if (question >= 0) {
    url.query = rest.slice(question + 1);
    rest = rest.slice(0, question);
  }
  if (!rest.startsWith("/")) {
    if (scheme !== "") {
      url.opaque = rest;
      return url;
    }
    if ((rest.split("/")[0] as string).includes(":")) {
      throw new Error("first path segment in URL cannot contain colon");
    }
  }
  if (rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"))) {
    const slash = rest.indexOf("/", 2);
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
    rest = slash < 0 ? "" : rest.slice(slash);
    parseAuthority(url, authority);
  }
  url.path = unescape(rest, "path");
  if (escape(url.path, "path") !== rest) url.rawPath = rest;
  return url;
}

function parseAuthority(url: GoUrl, authority: string): void {
  const at = authority.lastIndexOf("@");
  url.host = parseHost(url.scheme, authority.slice(at + 1));
  if (at < 0) return;
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new Error("net/url: invalid userinfo");
  const colon = user.indexOf(":");
  if (colon < 0) {
    url.user = escape(unescape(user, "user"), "user");
    return;
  }
  const name = unescape(user.slice(0, colon), "user");
  url.user = `${escape(name, "user")}:${escape(unescape(user.slice(colon + 1), "user"), "user")}`;
}

function checkPort(colonPort: string): void {
  if (!/^(:[0-9]*)?$/.test(colonPort)) throw new Error(`invalid port ${quote(colonPort)} after host`);
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf("[");
  if (open > 0) throw new Error("invalid IP-literal");
  if (open === 0) return parseLiteral(host);
  let colon = host.indexOf(":");
  if (colon >= 0) {
    // Databases write several hosts with ports; only HTTP is strict about a second colon.
    if (scheme !== "http" && scheme !== "https") colon = host.lastIndexOf(":");
    checkPort(host.slice(colon));
  }
  return unescape(host, "host");
}

function parseLiteral(host: string): string {
  const close = host.lastIndexOf("]");
  if (close < 0) throw new Error("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const inner = host.slice(1, close);
  const zone = inner.indexOf("%25");
  const name =
    zone < 0 ? unescape(inner, "host") : unescape(inner.slice(0, zone), "host") + unescape(inner.slice(zone), "zone");
  try {
    if (parseAddress(name).length === 4) throw new Error("invalid IP-literal");
  } catch (error) {
    throw error instanceof AddressError ? new Error(`invalid host: ${error.message}`, { cause: error }) : error;
  }
  return `[${name}]${port}`;
}

/** URL.Hostname: the host without its port and brackets. */
export function hostnameOf(host: string): string {
  const colon = host.lastIndexOf(":");
  const name = colon >= 0 && /^:[0-9]*$/.test(host.slice(colon)) ? host.slice(0, colon) : host;
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
}

/** URL.String. */
export function formatUrl(url: GoUrl): string {
  let out = url.scheme === "" ? "" : `${url.scheme}:`;
  if (url.opaque !== "") {
    out += url.opaque;
  } else {
    if (url.host !== "" || url.user !== undefined || (url.scheme !== "" && url.path !== "")) out += "//";
    if (url.user !== undefined) out += `${url.user}@`;
    out += escape(url.host, "host");
    const path = url.path === "*" ? "*" : escape(url.path, "path");
    if (path !== "" && !path.startsWith("/") && url.host !== "") out += "/";
    if (out === "" && (path.split("/")[0] as string).includes(":")) out += "./";
    out += path;
  }
  if (url.query !== "") out += `?${url.query}`;
  if (url.fragment !== "") out += `#${escape(url.fragment, "fragment")}`;
  return out;
}
