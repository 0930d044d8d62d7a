import { systemClock } from "../base/index.ts";
import type { ClientOptions, KubeClient, KubeOverrides } from "../kube/index.ts";
import type { ReleaseSite } from "../release/index.ts";
import type { Context, Flags } from "./command.ts";
import { drawsLive } from "./live-block.ts";
import { withAdvice } from "./no-cluster.ts";

/** The cluster that a command line means, and where releases are in it. */
export interface ClusterConnection {
  readonly client: KubeClient;
  /** `-n`, HELM_NAMESPACE, the context's namespace, or `default`. */
  readonly namespace: string;
  /** Ready for the functions of src/release. */
  readonly site: ReleaseSite;
  /** The kubeconfig context in use, where there is one. */
  readonly contextName?: string;
  readonly server: string;
  close(): void;
}

/**
 * Finds the cluster that the global flags, HELM_* and the kubeconfig name. Nothing is sent yet. Throws
 * `kube.unreachable` in Helm's words when the kubeconfig does not say. `kubeContext` wins over --kube-context.
 */
export async function openCluster(context: Context, flags: Flags, kubeContext?: string): Promise<ClusterConnection> {
  const { KubeClient, connect, limited, loadKubeconfig } = await import("../kube/index.ts");
  const kubeconfig = flags.string("kubeconfig");
  let config;
  try {
    config = await loadKubeconfig({
      env: context.env,
      overrides: { ...overridesOf(flags), ...(kubeContext ? { context: kubeContext } : {}) },
      ...(kubeconfig === "" ? {} : { kubeconfig }),
    });
  } catch (error) {
    const { unreachable } = await import("../release/index.ts");
    throw unreachable(error);
  }
  const connection = connect(config, { env: context.env });
  // Nothing is held back unless asked for; Helm sends five a second after its burst.
  const qps = flags.int("qps");
  const transport =
    qps > 0
      ? limited(connection.transport, qps, Math.max(1, flags.int("burst-limit")), systemClock)
      : connection.transport;
  const client = new KubeClient(withAdvice(transport, config, flags.string("kube-apiserver") !== ""), {
    onWarning: (text) => context.err(`Warning: ${text}\n`),
    onRetry: retryTeller(context, flags.bool("debug")),
  });
  return {
    client,
    namespace: config.namespace,
    site: {
      client,
      namespace: config.namespace,
      driver: context.env["HELM_DRIVER"] ?? "",
      get liveLogs() {
        return drawsLive(context);
      },
    },
    ...(config.context === undefined ? {} : { contextName: config.context }),
    server: connection.server,
    close: () => connection.close(),
  };
}

/** Who waits for a server for longer than a moment is told why, once a reason; with `debug` of every other try. */
function retryTeller(context: Context, debug: boolean): NonNullable<ClientOptions["onRetry"]> {
  const told = new Set<string>();
  return ({ method, path, reason, wait }) => {
    if (debug) return context.err(`trying ${method} ${path} again in ${wait} ms: ${reason}\n`);
    if (wait < 2000 || told.has(reason)) return;
    told.add(reason);
    context.err(`Waiting for the API server: ${reason}\n`);
  };
}

/** Runs `work` with the cluster, and lets go of its sockets afterwards. */
export async function withCluster<T>(
  context: Context,
  flags: Flags,
  work: (cluster: ClusterConnection) => Promise<T>,
): Promise<T> {
  const cluster = await openCluster(context, flags);
  try {
    return await work(cluster);
  } finally {
    cluster.close();
  }
}

function overridesOf(flags: Flags): KubeOverrides {
  const text = (name: string, key: string) => (flags.string(name) === "" ? {} : { [key]: flags.string(name) });
  const groups = flags.list("kube-as-group");
  return {
    ...text("kube-context", "context"),
    ...text("kube-apiserver", "server"),
    ...text("kube-token", "token"),
    ...text("kube-ca-file", "caFile"),
    ...text("kube-as-user", "asUser"),
    ...text("kube-tls-server-name", "tlsServerName"),
    ...text("namespace", "namespace"),
    ...(groups.length === 0 ? {} : { asGroups: groups }),
    ...(flags.bool("kube-insecure-skip-tls-verify") ? { insecureSkipTlsVerify: true } : {}),
  };
}
