import { SlipwayError, messageOf, type Clock } from "../base/index.ts";
import type { ClusterEntry, ExecPlugin, UserEntry } from "./kubeconfig.ts";

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
  /** Called after a 401: true when asking again may give others. */
  refresh(): boolean;
}

const tokenFileLifetime = 60_000; // client-go reads a token file again after a minute

/** The credentials of a kubeconfig's user. */
export function credentialSource(
  user: UserEntry,
  cluster: ClusterEntry & { server: string },
  ports: { clock: Clock; env: Readonly<Record<string, string | undefined>> },
): CredentialSource {
  if (user["auth-provider"] !== undefined) {
    throw new SlipwayError(`no Auth Provider found for name "${user["auth-provider"].name}"`, {
      code: "kube.config",
      fix: "auth-provider was removed from Kubernetes' clients; use an exec plugin",
    });
  }
  const fixed = staticCredentials(user);
  if (user.exec !== undefined) return execSource(user.exec, cluster, fixed, ports);
  if (user.tokenFile !== undefined && user.tokenFile !== "")
    return tokenFileSource(user.tokenFile, fixed, ports.clock, user.token);
  let answer: Promise<Credentials> | undefined;
  return { get: () => (answer ??= fixed()), refresh: () => false };
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
    const words =
      (error as { code?: string }).code === "ENOENT" ? `open ${file}: no such file or directory` : messageOf(error);
    throw new SlipwayError(`invalid configuration: unable to read ${what} ${file} due to ${words}`, {
      code: "kube.config",
      cause: error,
    });
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
          token = readFileSync(file, "utf8").trim();
        } catch (error) {
          // A token once read stays good enough while its file is being replaced.
          if (token === undefined)
            throw new SlipwayError(`failed to read token file "${file}": ${messageOf(error)}`, {
              code: "kube.config",
              cause: error,
            });
        }
        readAt = clock.now();
      }
      return { ...(await fixed()), ...(token === undefined ? {} : { token }) };
    },
    refresh() {
      readAt = Number.NEGATIVE_INFINITY;
      return true;
    },
  };
}

interface ExecCredential {
  apiVersion?: string;
  kind?: string;
  status?: { token?: string; clientCertificateData?: string; clientKeyData?: string; expirationTimestamp?: string };
}

function execSource(
  plugin: ExecPlugin,
  cluster: ClusterEntry & { server: string },
  fixed: () => Promise<Credentials>,
  ports: { clock: Clock; env: Readonly<Record<string, string | undefined>> },
): CredentialSource {
  let current: Promise<{ credentials: Credentials; expires: number }> | undefined;
  const ask = async () => {
    const answer = await runPlugin(plugin, cluster, ports.env);
    const status = answer.status ?? {};
    const credentials: Credentials = {
      ...(await fixed()),
      ...(status.token ? { token: status.token } : {}),
      ...(status.clientCertificateData ? { clientCertificate: status.clientCertificateData } : {}),
      ...(status.clientKeyData ? { clientKey: status.clientKeyData } : {}),
    };
    return {
      credentials,
      expires: status.expirationTimestamp ? Date.parse(status.expirationTimestamp) : Number.POSITIVE_INFINITY,
    };
  };
  return {
    async get() {
      if (current !== undefined) {
        const held = await current;
        if (held.expires > ports.clock.now()) return held.credentials;
      }
      current = ask();
      current.catch(() => (current = undefined));
      return (await current).credentials;
    },
    refresh() {
      current = undefined;
      return true;
    },
  };
}

/** Runs an exec plugin as client-go does: KUBERNETES_EXEC_INFO in, an ExecCredential on stdout. */
async function runPlugin(
  plugin: ExecPlugin,
  cluster: ClusterEntry & { server: string },
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExecCredential> {
  const { spawn } = await import("node:child_process");
  const apiVersion = plugin.apiVersion ?? "client.authentication.k8s.io/v1";
  const caData = await dataOrFile(
    cluster["certificate-authority-data"],
    cluster["certificate-authority"],
    "certificate-authority",
  );
  const interactive = plugin.interactiveMode !== "Never" && process.stdin.isTTY;
  const info = {
    kind: "ExecCredential",
    apiVersion,
    spec: {
      interactive,
      ...(plugin.provideClusterInfo
        ? {
            cluster: {
              server: cluster.server,
              ...(cluster["tls-server-name"] ? { "tls-server-name": cluster["tls-server-name"] } : {}),
              ...(cluster["insecure-skip-tls-verify"] ? { "insecure-skip-tls-verify": true } : {}),
              ...(caData === undefined ? {} : { "certificate-authority-data": Buffer.from(caData).toString("base64") }),
            },
          }
        : {}),
    },
  };
  const variables: Record<string, string | undefined> = { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  for (const { name, value } of plugin.env ?? []) variables[name] = value;
  const fail = (message: string, cause?: unknown) =>
    new SlipwayError(`getting credentials: exec: ${message}`, {
      code: "kube.exec-plugin",
      ...(plugin.installHint ? { fix: plugin.installHint.trim() } : {}),
      ...(cause === undefined ? {} : { cause }),
    });
  return await new Promise((resolve, reject) => {
    const child = spawn(plugin.command, plugin.args ?? [], {
      env: variables,
      stdio: [interactive ? "inherit" : "ignore", "pipe", "inherit"],
    });
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(fail(error.code === "ENOENT" ? `executable ${plugin.command} not found` : messageOf(error), error));
    });
    child.on("close", (code, signal) => {
      if (code !== 0) return reject(fail(`executable ${plugin.command} failed with exit code ${code ?? signal}`));
      let answer: ExecCredential;
      try {
        answer = JSON.parse(Buffer.concat(chunks).toString("utf8")) as ExecCredential;
      } catch (error) {
        return reject(fail(`decoding stdout: ${messageOf(error)}`, error));
      }
      if (answer.apiVersion !== apiVersion) {
        return reject(
          fail(
            `plugin is configured to use API version ${apiVersion}, plugin returned version ${answer.apiVersion ?? ""}`,
          ),
        );
      }
      if (answer.status === undefined) return reject(fail("exec plugin didn't return a status field"));
      if (!answer.status.token && !answer.status.clientCertificateData)
        return reject(fail("exec plugin didn't return a token or cert/key pair"));
      resolve(answer);
    });
  });
}
