import type { Command, Context, Flags } from "../command.ts";
import { integer } from "../globals.ts";
import { helmPath } from "../helm-paths.ts";
import { namespaceOf } from "../namespace.ts";

/** `slipway env`: Helm's settings, under Helm's names, so that plugins and scripts find them. */
export const command: Command = {
  name: "env",
  short: "the settings and folders in use",
  examples: `# All settings
slipway env

# One of them
slipway env HELM_NAMESPACE`,
  long:
    "Prints the settings that Slipway takes from the environment, flags and defaults. The names are Helm's, but for " +
    "SLIPWAY_HOME, the folder of the embedded clusters.",
  args: "[NAME]",
  arity: [0, 1],
  flags: [],
  async run(context, args, flags) {
    const settings: Record<string, string> = {
      ...envSettings(context, flags),
      HELM_NAMESPACE: await namespaceOf(context, flags),
      SLIPWAY_HOME: (await import("../../cluster/node.ts")).slipwayHome(context.env),
    };
    const [name] = args;
    if (name !== undefined) context.out(`${settings[name] ?? ""}\n`);
    else {
      const names = Object.keys(settings).toSorted();
      context.out(names.map((key) => `${key}="${settings[key]}"\n`).join(""));
    }
    return 0;
  },
  async complete(context, _args, flags) {
    return [...Object.keys(envSettings(context, flags)), "SLIPWAY_HOME"];
  },
};

/** Helm's environment variables with the values that apply now; hooks and plugins are started with them too. */
export function envSettings(context: Context, flags: Flags): Record<string, string> {
  const { env } = context;
  const kubeconfig = flags.string("kubeconfig") || env["KUBECONFIG"];
  return {
    HELM_BIN: env["SLIPWAY_BIN"] ?? process.argv[1] ?? "slipway",
    HELM_BURST_LIMIT: String(flags.int("burst-limit")),
    HELM_CACHE_HOME: helmPath(env, "cache"),
    HELM_CONFIG_HOME: helmPath(env, "config"),
    HELM_CONTENT_CACHE: flags.string("content-cache"),
    HELM_DATA_HOME: helmPath(env, "data"),
    HELM_DEBUG: String(flags.bool("debug")),
    HELM_KUBEAPISERVER: flags.string("kube-apiserver"),
    HELM_KUBEASGROUPS: flags.list("kube-as-group").join(","),
    HELM_KUBEASUSER: flags.string("kube-as-user"),
    HELM_KUBECAFILE: flags.string("kube-ca-file"),
    HELM_KUBECONTEXT: flags.string("kube-context"),
    HELM_KUBEINSECURE_SKIP_TLS_VERIFY: String(flags.bool("kube-insecure-skip-tls-verify")),
    HELM_KUBETLS_SERVER_NAME: flags.string("kube-tls-server-name"),
    HELM_KUBETOKEN: flags.string("kube-token"),
    HELM_MAX_HISTORY: String(integer(env["HELM_MAX_HISTORY"], 10)),
    HELM_NAMESPACE: flags.string("namespace") || "default",
    HELM_PLUGINS: env["HELM_PLUGINS"] ?? helmPath(env, "data", "plugins"),
    HELM_QPS: flags.int("qps").toFixed(2),
    HELM_REGISTRY_CONFIG: flags.string("registry-config"),
    HELM_REPOSITORY_CACHE: flags.string("repository-cache"),
    HELM_REPOSITORY_CONFIG: flags.string("repository-config"),
    ...(kubeconfig ? { KUBECONFIG: kubeconfig } : {}),
  };
}
