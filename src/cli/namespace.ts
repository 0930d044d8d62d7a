import type { Context, Flags } from "./command.ts";

/**
 * `-n`, HELM_NAMESPACE, the namespace of the kubeconfig's context, or `default`, as Helm takes it even without a cluster;
 * a kubeconfig that is broken has none. Kubeconfigs are only parsed where they name a namespace at all.
 */
export async function namespaceOf(context: Context, flags: Flags): Promise<string> {
  if (flags.string("namespace") !== "") return flags.string("namespace");
  const { existsSync, readFileSync } = await import("node:fs");
  const named = flags.string("kubeconfig") || context.env["KUBECONFIG"] || `${context.env["HOME"] ?? ""}/.kube/config`;
  const files = named.split(process.platform === "win32" ? ";" : ":").filter((file) => existsSync(file));
  if (!files.some((file) => readFileSync(file, "utf8").includes("namespace"))) return "default";
  try {
    const { openCluster } = await import("./cluster-connection.ts");
    const cluster = await openCluster(context, flags);
    cluster.close();
    return cluster.namespace;
  } catch {
    return "default";
  }
}
