import { configError, type ClusterEntry, type ExecPlugin, type UserEntry } from "./kubeconfig-file.ts";
import { proxyUrl } from "./proxy-choice.ts";

/** Why a file cannot be opened (`open x: no such file or directory`); undefined when it can. */
type Unreadable = (file: string) => string | undefined;

/**
 * Throws what clientcmd finds wrong with the cluster and user that were chosen: `invalid configuration: …`, all of it
 * at once; and what client-go refuses when it makes a connection of them.
 */
export function checkUsable(
  cluster: ClusterEntry & { server: string },
  user: UserEntry,
  names: { cluster: string; user: string },
  unreadable: Unreadable,
): void {
  const wrong = [...userProblems(user, names.user, unreadable), ...clusterProblems(cluster, names.cluster, unreadable)];
  if (wrong.length > 0)
    throw configError(`invalid configuration: ${wrong.length === 1 ? wrong[0] : `[${wrong.join(", ")}]`}`);
  const secured = cluster["certificate-authority"] || cluster["certificate-authority-data"];
  if (cluster["insecure-skip-tls-verify"] && secured)
    throw configError("specifying a root certificates file with the insecure flag is not allowed", {
      fix: "insecure-skip-tls-verify checks no certificate: leave it or the certificate authority out.",
    });
  checkServer(cluster.server);
  const provider = user["auth-provider"];
  if (provider !== undefined && provider !== null && provider.name !== "oidc") throw removedProvider(provider.name);
}

function checkServer(server: string): void {
  const withScheme = /^[a-z]+:\/\//i.test(server) ? server : `http://${server}`;
  if (!URL.canParse(withScheme)) throw configError(`host must be a URL or a host:port pair: "${server}"`);
  const scheme = new URL(withScheme).protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https") throw configError(`unsupported protocol scheme "${scheme}"`);
}

function removedProvider(name: string) {
  const plugin: Record<string, string> = {
    gcp: "gke-gcloud-auth-plugin",
    azure: "kubelogin (github.com/Azure/kubelogin)",
  };
  return plugin[name] === undefined
    ? configError(`no Auth Provider found for name "${name}"`, {
        fix: "Kubernetes' clients take exec plugins instead.",
      })
    : configError(`The ${name} auth plugin has been removed.`, { fix: `Use the exec plugin ${plugin[name]} instead.` });
}

function clusterProblems(cluster: ClusterEntry, name: string, unreadable: Unreadable): string[] {
  const wrong: string[] = [];
  const [file, data] = [cluster["certificate-authority"], cluster["certificate-authority-data"]];
  const proxy = cluster["proxy-url"];
  if (proxy) {
    const refuse = (words: string) =>
      wrong.push(`invalid 'proxy-url' ${JSON.stringify(proxy)} for cluster ${JSON.stringify(name)}: ${words}`);
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(proxy)?.[1]?.toLowerCase() ?? "";
    if (proxyUrl(proxy) === undefined) refuse(`could not parse: ${proxy}`);
    else if (!["http", "https", "socks5"].includes(scheme))
      refuse(`unsupported scheme "${scheme}", must be http, https, or socks5`);
  }
  if (file && data)
    wrong.push(
      `certificate-authority-data and certificate-authority are both specified for ${name}. certificate-authority-data will override.`,
    );
  if (file) wrong.push(...fileProblem("certificate-authority", file, name, unreadable));
  return wrong;
}

function userProblems(user: UserEntry, name: string, unreadable: Unreadable): string[] {
  const wrong: string[] = [];
  const methods = [...(user.token ? ["token"] : []), ...(user.username || user.password ? ["basicAuth"] : [])];
  const [certificate, key] = [user["client-certificate"], user["client-key"]];
  if (certificate || user["client-certificate-data"]) {
    if (certificate && user["client-certificate-data"])
      wrong.push(`client-cert-data and client-cert are both specified for ${name}. client-cert-data will override.`);
    if (key && user["client-key-data"])
      wrong.push(`client-key-data and client-key are both specified for ${name}; client-key-data will override`);
    if (!key && !user["client-key-data"])
      wrong.push(
        `client-key-data or client-key must be specified for ${name} to use the clientCert authentication method.`,
      );
    if (certificate) wrong.push(...fileProblem("client-cert", certificate, name, unreadable));
    if (key) wrong.push(...fileProblem("client-key", key, name, unreadable));
  }
  if (user.exec) {
    if (user["auth-provider"])
      wrong.push(`authProvider cannot be provided in combination with an exec plugin for ${name}`);
    wrong.push(...pluginProblems(user.exec, name));
  }
  if (methods.length > 1)
    wrong.push(
      `more than one authentication method found for ${name}; found [${methods.join(" ")}], only one is allowed`,
    );
  const details = user["as-uid"] || user["as-groups"]?.length || Object.keys(user["as-user-extra"] ?? {}).length > 0;
  if (details && !user.as) wrong.push(`requesting uid, groups or user-extra for ${name} without impersonating a user`);
  return wrong;
}

function pluginProblems(exec: ExecPlugin, name: string): string[] {
  const wrong: string[] = [];
  const required = (what: string) =>
    wrong.push(`${what} must be specified for ${name} to use exec authentication plugin`);
  if (!exec.command) required("command");
  if (!exec.apiVersion) required("apiVersion");
  else if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(exec.apiVersion))
    wrong.push(`exec plugin: invalid apiVersion "${exec.apiVersion}"`);
  if (exec.env?.some((variable) => !variable?.name)) required("env variable name");
  // What v1beta1 leaves out is IfAvailable.
  if (!exec.interactiveMode) {
    if (!exec.apiVersion?.endsWith("/v1beta1")) required("interactiveMode");
  } else if (!["Never", "IfAvailable", "Always"].includes(exec.interactiveMode))
    wrong.push(`invalid interactiveMode for ${name}: "${exec.interactiveMode}"`);
  return wrong;
}

function fileProblem(what: string, file: string, name: string, unreadable: Unreadable): string[] {
  const words = unreadable(file);
  return words === undefined ? [] : [`unable to read ${what} ${file} for ${name} due to ${words}`];
}
