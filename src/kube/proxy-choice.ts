import type { BlockList } from "node:net";
import { configError, type ClusterEntry } from "./kubeconfig-file.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a server: the kubeconfig's, else that of HTTPS_PROXY or HTTP_PROXY (the names in lower case first), by
 * the rules of Go's net/http: not for loopback, and not for what NO_PROXY names; an address there that cannot be read
 * is none.
 */
export async function proxyFor(cluster: ClusterEntry, server: URL, env: Env): Promise<URL | undefined> {
  const named = cluster["proxy-url"];
  if (named) {
    const url = proxyUrl(named);
    if (url === undefined) throw configError(`could not parse: ${named}`);
    return url;
  }
  const scheme = server.protocol === "https:" ? "https" : "http";
  const proxy = env[`${scheme}_proxy`] || env[`${scheme}_proxy`.toUpperCase()];
  if (!proxy || isLoopback(server.hostname)) return undefined;
  const address = proxyUrl(proxy.includes("://") ? proxy : `http://${proxy}`);
  if (address === undefined) return undefined;
  const { BlockList, isIP } = await import("node:net");
  const noProxy = env.no_proxy || env.NO_PROXY || "";
  return isExcluded(server, noProxy, new BlockList(), isIP) ? undefined : address;
}

/** A proxy's address; undefined when Go's net/url could not read it, such as a `%` in a password that escapes nothing. */
export function proxyUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  try {
    proxyLogin(url);
    return url;
  } catch {
    return undefined;
  }
}

/** Whether a server is on this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || /^127\.[\d.]+$/.test(host) || host === "[::1]";
}

/** Whether NO_PROXY names a server: by `*`, address, network, host or domain, with a port or without. */
function isExcluded(server: URL, noProxy: string, networks: BlockList, isIP: (text: string) => number): boolean {
  const { host, port } = endpointOf(server);
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  for (const item of noProxy.split(",")) {
    const entry = item.trim().toLowerCase();
    if (entry === "*") return true;
    const [network, length] = entry.split("/") as [string, string?];
    if (length !== undefined) {
      const kind = isIP(network);
      if (kind === 0 || isIP(host) === 0 || !/^\d+$/.test(length)) continue;
      // What is no network is no entry either.
      if (Number(length) > (kind === 6 ? 128 : 32)) continue;
      networks.addSubnet(network, Number(length), kind === 6 ? "ipv6" : "ipv4");
      if (networks.check(host, family)) return true;
      continue;
    }
    const [, name = "", only] = isIP(entry) === 6 ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
    if (name === "" || (only !== undefined && Number(only) !== port)) continue;
    if (bare(name) === host) return true;
    const domain = name.replace(/^\*?\.?/, ".");
    if (isIP(host) === 0 && domain !== "." && host.endsWith(domain)) return true;
  }
  return false;
}

/** An IPv6 address without its brackets. */
function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}

/** Whom to connect to for an address: an IPv6 address without brackets, and the scheme's port where none is named. */
export function endpointOf({ protocol, hostname, port }: URL): { readonly host: string; readonly port: number } {
  const usual = protocol === "https:" ? 443 : protocol.startsWith("socks") ? 1080 : 80;
  return { host: bare(hostname), port: port === "" ? usual : Number(port) };
}

/** An Authorization header for a name and a password. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** The same from a proxy's address. */
export function proxyLogin(proxy: URL): string {
  return basic(decodeURIComponent(proxy.username), decodeURIComponent(proxy.password));
}
