import { fileErrorWords } from "../base/index.ts";
import { checkUsable } from "./kubeconfig-check.ts";
import {
  configError,
  parseFile,
  type ClusterEntry,
  type ContextEntry,
  type KubeconfigFile,
  type UserEntry,
} from "./kubeconfig-file.ts";

/** What `--kube-*`, `HELM_KUBE*` and `-n` say; each wins over the files. */
export interface KubeOverrides {
  readonly context?: string;
  readonly server?: string;
  readonly token?: string;
  readonly caFile?: string;
  readonly asUser?: string;
  readonly asGroups?: readonly string[];
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly namespace?: string;
}

export interface KubeconfigOptions {
  /** `--kubeconfig`: only this file, and it must exist. */
  readonly kubeconfig?: string;
  readonly overrides?: KubeOverrides;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home, for `~/.kube/config`; from HOME when left out. */
  readonly home?: string;
  /** Where a pod's service account is mounted; Kubernetes' own place when left out. */
  readonly serviceAccount?: string;
}

/** Everything needed to talk to one cluster as one user: what {@link ./connect.ts} takes. */
export interface KubeConfig {
  readonly cluster: ClusterEntry & { server: string };
  readonly user: UserEntry;
  /** The namespace to use: `-n`, the context's, the pod's own, or `default`. */
  readonly namespace: string;
  readonly context?: string;
  /** The names in the file, for messages. */
  readonly clusterName?: string;
}

/** Several kubeconfig files as one: maps by name, the first file's entry wins, as in clientcmd. */
export interface MergedKubeconfig {
  readonly clusters: Record<string, ClusterEntry>;
  readonly users: Record<string, UserEntry>;
  readonly contexts: Record<string, ContextEntry>;
  readonly currentContext: string;
  readonly files: readonly string[];
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Finds cluster and user as client-go does: `--kubeconfig`, else every file of KUBECONFIG that exists, else
 * `~/.kube/config`, else the pod's service account, else http://localhost:8080 (client-go's own default).
 * Throws `kube.config` with clientcmd's words; nothing is connected yet.
 */
export async function loadKubeconfig(options: KubeconfigOptions): Promise<KubeConfig> {
  const merged = await readKubeconfigFiles(options);
  const overrides = options.overrides ?? {};
  const pod = await inClusterConfig(options);
  if (pod !== undefined && !merged.currentContext && !overrides.context && !overrides.server) return pod;
  const { openSync, closeSync } = await import("node:fs");
  // Inside a pod its namespace stands in for the one that a context does not name.
  return resolve(merged, overrides, pod?.namespace ?? "default", (file) => {
    try {
      closeSync(openSync(file, "r"));
      return undefined;
    } catch (error) {
      return fileErrorWords(error, file);
    }
  });
}

/** Reads and merges the kubeconfig files that `options` names. Missing ones count only for `--kubeconfig`. */
export async function readKubeconfigFiles(options: KubeconfigOptions): Promise<MergedKubeconfig> {
  // Synchronous: node:fs/promises alone takes longer to load than these files to read.
  const { readFileSync } = await import("node:fs");
  const { delimiter, dirname, isAbsolute, join, resolve: absolute } = await import("node:path");
  const named = options.kubeconfig ? [options.kubeconfig] : undefined;
  const home = options.home ?? options.env.HOME ?? options.env.USERPROFILE ?? "";
  const listed = options.env.KUBECONFIG
    ? options.env.KUBECONFIG.split(delimiter).filter((file) => file !== "")
    : [join(home, ".kube", "config")];
  const files = [...new Set(named ?? listed)];
  const merged: MergedKubeconfig & { currentContext: string } = {
    clusters: {},
    users: {},
    contexts: {},
    currentContext: "",
    files,
  };
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT" && named === undefined) continue;
      if ((error as { code?: string }).code === "ENOENT")
        throw configError(`stat ${file}: no such file or directory`, { cause: error });
      throw configError(`error loading config file "${file}": ${fileErrorWords(error, file)}`, { cause: error });
    }
    const directory = dirname(absolute(file));
    const rooted = (path: string) => (path === "" || isAbsolute(path) ? path : join(directory, path));
    mergeFile(merged, parseFile(file, text), rooted);
  }
  return merged;
}

function mergeFile(
  into: MergedKubeconfig & { currentContext: string },
  file: KubeconfigFile,
  rooted: (path: string) => string,
): void {
  for (const { name, cluster } of file.clusters ?? []) {
    if (Object.hasOwn(into.clusters, name)) continue;
    const entry = { ...cluster };
    if (entry["certificate-authority"]) entry["certificate-authority"] = rooted(entry["certificate-authority"]);
    into.clusters[name] = entry;
  }
  for (const { name, user } of file.users ?? []) {
    if (Object.hasOwn(into.users, name)) continue;
    const entry = { ...user };
    for (const key of ["client-certificate", "client-key", "tokenFile"] as const) {
      const path = entry[key];
      if (path) entry[key] = rooted(path);
    }
    // A plugin named with a path is relative to the file; a bare name is looked for on PATH.
    if (entry.exec?.command?.includes("/")) entry.exec = { ...entry.exec, command: rooted(entry.exec.command) };
    into.users[name] = entry;
  }
  for (const { name, context } of file.contexts ?? []) into.contexts[name] ??= { ...context };
  if (into.currentContext === "" && file["current-context"]) into.currentContext = file["current-context"];
}

function resolve(
  merged: MergedKubeconfig,
  overrides: KubeOverrides,
  namespace: string,
  unreadable: (file: string) => string | undefined,
): KubeConfig {
  const contextName = overrides.context || merged.currentContext;
  const context = contextName === "" ? undefined : merged.contexts[contextName];
  if (contextName !== "" && context === undefined)
    throw configError(`context "${contextName}" does not exist`, { fix: contextsOf(merged) });
  const clusterName = context?.cluster ?? "";
  const cluster = clusterName === "" ? undefined : merged.clusters[clusterName];
  if (clusterName !== "" && cluster === undefined && overrides.server === undefined) {
    throw configError(`invalid configuration: cluster "${clusterName}" does not exist`);
  }
  const userName = context?.user ?? "";
  const user = userName === "" ? undefined : merged.users[userName];
  // client-go goes on as nobody; an account that is missing is told here, unless a token stands in for it.
  if (userName !== "" && user === undefined && !overrides.token)
    throw configError(`invalid configuration: user "${userName}" was not found for context "${contextName}"`);
  const chosen = {
    cluster: overrideCluster(cluster ?? {}, overrides),
    user: overrideUser(user ?? {}, overrides),
  };
  checkUsable(chosen.cluster, chosen.user, { cluster: clusterName, user: userName }, unreadable);
  return {
    ...chosen,
    namespace: overrides.namespace || context?.namespace || namespace,
    ...(contextName === "" ? {} : { context: contextName }),
    ...(clusterName === "" ? {} : { clusterName }),
  };
}

function contextsOf({ contexts, files }: MergedKubeconfig): string {
  const names = Object.keys(contexts);
  const where = files.join(", ");
  return names.length === 0 ? `${where} names no contexts.` : `The contexts of ${where}: ${names.join(", ")}.`;
}

function overrideCluster(cluster: ClusterEntry, overrides: KubeOverrides): ClusterEntry & { server: string } {
  const out: ClusterEntry & { server: string } = {
    ...cluster,
    server: overrides.server || cluster.server || "http://localhost:8080",
  };
  // Either flag stands for all that the file says of trust, as in clientcmd.
  if (overrides.caFile || overrides.insecureSkipTlsVerify) {
    delete out["certificate-authority-data"];
    out["certificate-authority"] = overrides.caFile ?? "";
    out["insecure-skip-tls-verify"] = overrides.insecureSkipTlsVerify ?? false;
  }
  // The file's name is that of the file's server.
  if (overrides.tlsServerName || overrides.server) out["tls-server-name"] = overrides.tlsServerName ?? "";
  return out;
}

function overrideUser(user: UserEntry, overrides: KubeOverrides): UserEntry {
  const out: UserEntry = { ...user };
  if (overrides.token) {
    out.token = overrides.token;
    delete out.tokenFile;
  }
  if (overrides.asUser) out.as = overrides.asUser;
  if (overrides.asGroups !== undefined && overrides.asGroups.length > 0) out["as-groups"] = [...overrides.asGroups];
  return out;
}

/** The pod's own service account, or undefined outside of a pod. */
async function inClusterConfig(options: KubeconfigOptions): Promise<KubeConfig | undefined> {
  const host = options.env.KUBERNETES_SERVICE_HOST;
  const port = options.env.KUBERNETES_SERVICE_PORT;
  if (!host || !port) return undefined;
  const { readFileSync } = await import("node:fs");
  const folder = options.serviceAccount ?? serviceAccount;
  const tokenFile = `${folder}/token`;
  const text = (file: string) => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return undefined;
    }
  };
  if (text(tokenFile) === undefined) return undefined;
  const namespace = text(`${folder}/namespace`) ?? "";
  const overrides = options.overrides ?? {};
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    cluster: overrideCluster({ server, "certificate-authority": `${folder}/ca.crt` }, overrides),
    user: overrideUser({ tokenFile }, overrides),
    namespace: overrides.namespace || options.env.POD_NAMESPACE || namespace.trim() || "default",
  };
}

/** The overrides that Helm's environment variables give (`HELM_KUBECONTEXT` …), for flags to win over. */
export function overridesFromEnv(env: Readonly<Record<string, string | undefined>>): KubeOverrides {
  const flag = (value: string | undefined) =>
    value === undefined || value === "" ? undefined : /^(1|t|true)$/i.test(value);
  const insecure = flag(env.HELM_KUBEINSECURE_SKIP_TLS_VERIFY);
  return {
    ...given("context", env.HELM_KUBECONTEXT),
    ...given("server", env.HELM_KUBEAPISERVER),
    ...given("token", env.HELM_KUBETOKEN),
    ...given("caFile", env.HELM_KUBECAFILE),
    ...given("asUser", env.HELM_KUBEASUSER),
    ...(env.HELM_KUBEASGROUPS ? { asGroups: env.HELM_KUBEASGROUPS.split(",") } : {}),
    ...given("tlsServerName", env.HELM_KUBETLS_SERVER_NAME),
    ...(insecure === undefined ? {} : { insecureSkipTlsVerify: insecure }),
    ...given("namespace", env.HELM_NAMESPACE),
  };
}

function given<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined || value === "" ? {} : ({ [key]: value } as { [P in K]?: string });
}
