import { SlipwayError } from "../base/index.ts";
import { endpointOf } from "./proxy-choice.ts";

/** What Node says of a failed connection. */
interface NodeError extends Error {
  code?: string;
  address?: string;
  port?: number;
  hostname?: string;
  syscall?: string;
  host?: string;
  cert?: { subjectaltname?: string };
  /** The proxy that it is about. */
  proxy?: string;
}

/**
 * A request that got no answer, in the words of Go's net/http (`Get "https://…/version": dial tcp 127.0.0.1:1:
 * connect: connection refused`). Codes: `kube.unreachable` when nothing can have been sent, `kube.connection-lost`
 * when the server may have acted on it, `kube.tls` for certificates.
 */
export function transportError(method: string, url: string, error: unknown): SlipwayError {
  const cause = error as NodeError;
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  const { code, words } = describe(cause, url);
  if (cause.proxy === undefined) return new SlipwayError(`${verb} "${url}": ${words}`, { code, cause: error });
  return new SlipwayError(`${verb} "${url}": proxyconnect tcp: ${words}`, {
    code,
    cause: error,
    fix: `This is about the proxy ${cause.proxy}, which the kubeconfig's proxy-url or HTTPS_PROXY names.`,
  });
}

function describe(error: NodeError, url: string): { code: string; words: string } {
  const target = endpoint(error, url);
  // A refusal of the proxy's is told as it is.
  if (error instanceof SlipwayError) return { code: error.code, words: error.message };
  switch (error.code) {
    case "ECONNREFUSED":
      return { code: "kube.unreachable", words: `dial tcp ${target}: connect: connection refused` };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return { code: "kube.unreachable", words: `dial tcp: lookup ${error.hostname ?? hostOf(url)}: no such host` };
    case "EHOSTUNREACH":
      return { code: "kube.unreachable", words: `dial tcp ${target}: connect: no route to host` };
    case "ENETUNREACH":
      return { code: "kube.unreachable", words: `dial tcp ${target}: connect: network is unreachable` };
    case "ETIMEDOUT":
      return error.syscall === "connect"
        ? { code: "kube.unreachable", words: `dial tcp ${target}: i/o timeout` }
        : { code: "kube.connection-lost", words: `read tcp ${target}: i/o timeout` };
    case "ECONNRESET":
    case "EPIPE":
      return {
        code: "kube.connection-lost",
        words: error.message.includes("socket hang up") ? "EOF" : `read tcp ${target}: connection reset by peer`,
      };
    case "TLS_HANDSHAKE_TIMEOUT":
      return { code: "kube.unreachable", words: error.message };
    default:
  }
  if (/wrong version number|packet length too long/.test(error.message))
    return { code: "kube.tls", words: "http: server gave HTTP response to HTTPS client" };
  const certificate = certificateWords(error);
  if (certificate !== undefined)
    return { code: "kube.tls", words: `tls: failed to verify certificate: ${certificate}` };
  if (error.message === "aborted" || error.message.includes("socket hang up"))
    return { code: "kube.connection-lost", words: "unexpected EOF" };
  return { code: error.code?.startsWith("ERR_SSL") ? "kube.tls" : "kube.connection-lost", words: error.message };
}

function certificateWords(error: NodeError): string | undefined {
  switch (error.code) {
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "CERT_SIGNATURE_FAILURE":
      return "x509: certificate signed by unknown authority";
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return "x509: certificate has expired or is not yet valid";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `x509: ${altNameWords(error)}`;
    default:
      return undefined;
  }
}

/** For whom a certificate is, and for whom not. */
function altNameWords({ host = "", cert }: NodeError): string {
  const names = (cert?.subjectaltname ?? "").split(", ").map((name) => name.split(":", 2));
  const isAddress = /^[\d.]+$|:/.test(host);
  const of = names.filter(([kind]) => kind === (isAddress ? "IP Address" : "DNS")).map(([, name]) => name);
  if (of.length > 0) return `certificate is valid for ${of.join(", ")}, not ${host}`;
  return isAddress
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`;
}

function endpoint(error: NodeError, url: string): string {
  if (error.address !== undefined && error.port !== undefined) {
    return error.address.includes(":") ? `[${error.address}]:${error.port}` : `${error.address}:${error.port}`;
  }
  const server = new URL(url);
  return `${server.hostname}:${endpointOf(server).port}`;
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}
