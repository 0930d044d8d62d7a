/** Names of images as the kubelet reads them (distribution/reference), without a regular expression that goes back and forth. */

const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const label = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const tagWords = /^\w[\w.-]{0,127}$/;
const digestWords = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const digestLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
const hub = "docker.io";

/** Why a text is no image's name, in upstream's words; undefined for one that is. */
export function imageNameProblem(text: string): string | undefined {
  if (/^[a-f0-9]{64}$/.test(text)) {
    return `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`;
  }
  const [domain, rest] = split(text);
  const colon = rest.indexOf(":");
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  if (repository.toLowerCase() !== repository) {
    return `invalid reference format: repository name (${repository}) must be lowercase`;
  }
  if (!fits(domain, rest)) {
    return fits(domain.toLowerCase(), rest.toLowerCase())
      ? "repository name must be lowercase"
      : "invalid reference format";
  }
  const [path = "", digest] = rest.split("@");
  const name = path.replace(/:[^:]*$/, "");
  if ((isDomain(domain) ? name : `${domain}/${name}`).length > 255)
    return "repository name must not be more than 255 characters";
  return digest === undefined ? undefined : digestProblem(digest);
}

/** The registry, and what stands behind it; short names are of Docker's. */
function split(text: string): [string, string] {
  const slash = text.indexOf("/");
  if (slash < 0) return [hub, `library/${text}`];
  const first = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  const named = first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
  const domain = !named || first === "index.docker.io" ? hub : first;
  const remote = named ? rest : text;
  return [domain, domain === hub && !remote.includes("/") ? `library/${remote}` : remote];
}

function isDomain(text: string): boolean {
  const port = /:[0-9]+$/.exec(text)?.[0] ?? "";
  const host = text.slice(0, text.length - port.length);
  return /^\[[a-fA-F0-9:]+\]$/.test(host) || host.split(".").every((one) => label.test(one));
}

function fits(domain: string, rest: string): boolean {
  const at = rest.indexOf("@");
  const [before, digest] = at < 0 ? [rest, undefined] : [rest.slice(0, at), rest.slice(at + 1)];
  const colon = before.indexOf(":");
  const [path, tag] = colon < 0 ? [before, undefined] : [before.slice(0, colon), before.slice(colon + 1)];
  return (
    (isDomain(domain) || component.test(domain)) &&
    path.split("/").every((one) => component.test(one)) &&
    (tag === undefined || tagWords.test(tag)) &&
    (digest === undefined || digestWords.test(digest))
  );
}

function digestProblem(digest: string): string | undefined {
  const colon = digest.indexOf(":");
  const length = digestLengths[digest.slice(0, colon)];
  if (length === undefined) {
    return /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:/.test(digest)
      ? "unsupported digest algorithm"
      : "invalid checksum digest format";
  }
  const encoded = digest.slice(colon + 1);
  if (encoded.length !== length) return "invalid checksum digest length";
  return /^[a-f0-9]+$/.test(encoded) ? undefined : "invalid checksum digest format";
}
