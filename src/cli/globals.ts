import type { FlagSpec } from "./command.ts";
import { parseBool } from "./go-text.ts";
import { helmPath } from "./helm-paths.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Helm's global flags, with their defaults from HELM_* as Helm 4 takes them (a value that does not parse is ignored,
 * as there). `kubeconfig` has no default here: KUBECONFIG may be a list and is read where the kubeconfig is loaded.
 */
export function globalFlags(env: Env): readonly FlagSpec[] {
  return [
    {
      name: "burst-limit",
      type: "int",
      default: integer(env["HELM_BURST_LIMIT"], 100),
      usage: "client-side throttling limit",
    },
    {
      name: "color",
      type: "string",
      kind: "when",
      default: colorMode(env),
      ...colorValues,
      usage: "use colours: never, auto or always",
    },
    {
      name: "colour",
      type: "string",
      default: colorMode(env),
      ...colorValues,
      hidden: true,
      usage: "the same as --color",
    },
    { name: "no-color", type: "bool", usage: "the same as --color=never" },
    {
      name: "content-cache",
      type: "string",
      kind: "folder",
      default: env["HELM_CONTENT_CACHE"] ?? helmPath(env, "cache", "content"),
      usage: "folder that caches downloaded content such as charts",
    },
    {
      name: "debug",
      type: "bool",
      default: bool(env["HELM_DEBUG"]),
      usage: "say more about what is done, and print stack traces",
    },
    {
      name: "kube-apiserver",
      type: "string",
      kind: "address",
      default: env["HELM_KUBEAPISERVER"] ?? "",
      usage: "address and port of the Kubernetes API server",
    },
    {
      name: "kube-as-group",
      type: "stringArray",
      kind: "group",
      default: groups(env),
      usage: "group to act as; may be given again",
    },
    {
      name: "kube-as-user",
      type: "string",
      kind: "user",
      default: env["HELM_KUBEASUSER"] ?? "",
      usage: "user to act as",
    },
    {
      name: "kube-ca-file",
      type: "string",
      kind: "file",
      default: env["HELM_KUBECAFILE"] ?? "",
      usage: "certificate authority of the API server",
    },
    {
      name: "kube-context",
      type: "string",
      kind: "name",
      default: env["HELM_KUBECONTEXT"] ?? "",
      usage: "kubeconfig context to use",
      complete: async (context, _args, flags) =>
        (await import("./release-completions.ts")).contextNames(context, flags),
    },
    {
      name: "kube-insecure-skip-tls-verify",
      type: "bool",
      default: bool(env["HELM_KUBEINSECURE_SKIP_TLS_VERIFY"]),
      usage: "do not check the API server's certificate; the connection is then not safe",
    },
    {
      name: "kube-tls-server-name",
      type: "string",
      kind: "name",
      default: env["HELM_KUBETLS_SERVER_NAME"] ?? "",
      usage: "name to check the API server's certificate against, where it is not the host's",
    },
    { name: "kube-token", type: "string", kind: "token", default: env["HELM_KUBETOKEN"] ?? "", usage: "bearer token" },
    {
      name: "kubeconfig",
      type: "string",
      kind: "file",
      usage: "kubeconfig file (else KUBECONFIG, else ~/.kube/config)",
    },
    {
      name: "namespace",
      short: "n",
      type: "string",
      kind: "name",
      default: env["HELM_NAMESPACE"] ?? "",
      usage: "namespace of this request",
      complete: async (context, _args, flags) =>
        (await import("./release-completions.ts")).namespaceNames(context, flags),
    },
    {
      name: "qps",
      type: "float32",
      default: number(env["HELM_QPS"], 0),
      usage: "requests per second to the API server, bursts aside",
    },
    {
      name: "registry-config",
      type: "string",
      kind: "file",
      default: env["HELM_REGISTRY_CONFIG"] ?? helmPath(env, "config", "registry/config.json"),
      usage: "registry credentials",
    },
    {
      name: "repository-cache",
      type: "string",
      kind: "folder",
      default: env["HELM_REPOSITORY_CACHE"] ?? helmPath(env, "cache", "repository"),
      usage: "folder with the cached indexes of repositories",
    },
    {
      name: "repository-config",
      type: "string",
      kind: "file",
      default: env["HELM_REPOSITORY_CONFIG"] ?? helmPath(env, "config", "repositories.yaml"),
      usage: "file with the names and addresses of repositories",
    },
  ];
}

/** An integer of the environment, as Helm takes it: what is none counts as not set. */
export function integer(text: string | undefined, fallback: number): number {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : fallback;
}

function number(text: string | undefined, fallback: number): number {
  const value = Number(text || Number.NaN);
  return Number.isFinite(value) ? value : fallback;
}

function bool(text: string | undefined): boolean {
  try {
    return text !== undefined && parseBool(text);
  } catch {
    return false;
  }
}

/** HELM_KUBEASGROUPS is a comma list; a stringArray's default is CSV, which for plain group names is the same. */
function groups(env: Env): string {
  return (env["HELM_KUBEASGROUPS"] ?? "").replace(/^[, ]+|[, ]+$/g, "");
}

function colorMode(env: Env): string {
  if (env["NO_COLOR"]) return "never";
  const wanted = env["HELM_COLOR"]?.toLowerCase() ?? "";
  return ["never", "auto", "always"].includes(wanted) ? wanted : "auto";
}

/** A bare `--color` is the helm-diff plugin's; with a value it is Helm's. */
const colorValues = { values: ["never", "auto", "always"], bare: "always", mayTakeWord: true, check: color } as const;

function color(text: string): string {
  const mode = text.toLowerCase();
  if (!["never", "auto", "always"].includes(mode)) throw new Error(`must be never, auto or always`);
  return mode;
}
