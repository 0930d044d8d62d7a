import { SlipwayError, fileErrorWords, type Clock } from "../base/index.ts";
import { configError, type ClusterEntry, type UserEntry } from "./kubeconfig-file.ts";

/** What a request carries to say who sends it. */
export interface Credentials {
  readonly token?: string;
  /** PEM. */
  readonly clientCertificate?: string | Uint8Array;
  readonly clientKey?: string | Uint8Array;
  readonly basic?: { readonly username: string; readonly password: string };
}

/** Where credentials come from, over time: token files are read again, plugins asked again when theirs expired. */
export interface CredentialSource {
  get(): Promise<Credentials>;
  /** Called with what the server answered 401 to: true when asking again may give others. */
  refresh(stale: Credentials): Promise<boolean>;
}

const tokenFileLifetime = 60_000; // client-go reads a token file again after a minute

/**
 * The credentials of a kubeconfig's user. Who names a token, a password or a certificate means that, and no plugin is
 * asked, as in client-go. Over plain HTTP nobody's credentials are sent, as there.
 */
export function credentialSource(
  user: UserEntry,
  cluster: ClusterEntry & { server: string },
  ports: { clock: Clock; env: Readonly<Record<string, string | undefined>> },
): CredentialSource {
  if (!/^https:/i.test(cluster.server)) return constant(async () => ({}));
  const fixed = staticCredentials(user);
  // Read once: another copy of the same certificate would look like another certificate.
  if (user.tokenFile) return tokenFileSource(user.tokenFile, constant(fixed).get, ports.clock, user.token);
  const own = user.token || user.username || user["client-certificate"] || user["client-certificate-data"];
  const plugin = user.exec;
  if (!own && plugin)
    return loadedLater(async () => (await import("./exec-plugin.ts")).execSource(plugin, cluster, ports));
  if (!own && user["auth-provider"]) {
    const idToken = user["auth-provider"].config?.["id-token"] ?? "";
    return constant(async () => ({ token: validIdToken(idToken, ports.clock) }));
  }
  return constant(fixed);
}

function constant(read: () => Promise<Credentials>): CredentialSource {
  let answer: Promise<Credentials> | undefined;
  return { get: () => (answer ??= read()), refresh: async () => false };
}

function loadedLater(load: () => Promise<CredentialSource>): CredentialSource {
  let source: Promise<CredentialSource> | undefined;
  const loaded = () => (source ??= load());
  return { get: async () => (await loaded()).get(), refresh: async (stale) => (await loaded()).refresh(stale) };
}

/**
 * The id-token of the oidc provider while it lasts. client-go would ask the issuer for another and write it into the
 * kubeconfig; that is left to whoever manages the file.
 */
function validIdToken(token: string, clock: Clock): string {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  const expires = /"exp"\s*:\s*([\d.]+)/.exec(payload)?.[1];
  if (expires !== undefined && Number(expires) * 1000 > clock.now() + 10_000) return token;
  throw configError("the id-token of the auth provider oidc is missing or has expired", {
    fix: "Any kubectl command renews it; an exec plugin such as kubelogin renews it for every client.",
  });
}

function staticCredentials(user: UserEntry): () => Promise<Credentials> {
  return async () => {
    const certificate = await dataOrFile(user["client-certificate-data"], user["client-certificate"], "client-cert");
    const key = await dataOrFile(user["client-key-data"], user["client-key"], "client-key");
    return {
      ...(certificate === undefined ? {} : { clientCertificate: certificate }),
      ...(key === undefined ? {} : { clientKey: key }),
      ...(user.token ? { token: user.token } : {}),
      ...(user.username ? { basic: { username: user.username, password: user.password ?? "" } } : {}),
    };
  };
}

/** Base64 data wins over a file, as in clientcmd. */
export async function dataOrFile(
  data: string | undefined,
  file: string | undefined,
  what: string,
): Promise<Uint8Array | undefined> {
  if (data) return Buffer.from(data, "base64");
  if (!file) return undefined;
  const { readFileSync } = await import("node:fs");
  try {
    return readFileSync(file);
  } catch (error) {
    const words = `unable to read ${what} ${file} due to ${fileErrorWords(error, file)}`;
    throw configError(`invalid configuration: ${words}`, { cause: error });
  }
}

function tokenFileSource(
  file: string,
  fixed: () => Promise<Credentials>,
  clock: Clock,
  fallback: string | undefined,
): CredentialSource {
  let token = fallback;
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    async get() {
      if (clock.now() - readAt >= tokenFileLifetime) {
        const { readFileSync } = await import("node:fs");
        try {
          const text = readFileSync(file, "utf8").trim();
          if (text === "") throw new SlipwayError(`read empty token from file "${file}"`, { code: "kube.config" });
          token = text;
        } catch (error) {
          // A token once read stays good enough while its file is being replaced.
          if (token === undefined)
            throw error instanceof SlipwayError ? error : configError(fileErrorWords(error, file), { cause: error });
        }
        readAt = clock.now();
      }
      return { ...(await fixed()), ...(token === undefined ? {} : { token }) };
    },
    async refresh() {
      readAt = Number.NEGATIVE_INFINITY;
      return true;
    },
  };
}
