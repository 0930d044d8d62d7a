import type { ReleaseSite } from "../release/index.ts";
import { openCluster, type ClusterConnection } from "./cluster-connection.ts";
import type { Context, Flags } from "./command.ts";

const opened = new WeakMap<Flags, Map<string, Promise<ClusterConnection>>>();

/**
 * The place of releases that a command line means, or another namespace or context of the same kubeconfig. One
 * connection for each context, however often it is asked for; idle sockets do not keep the process alive.
 */
export async function siteOf(
  context: Context,
  flags: Flags,
  over: { namespace?: string; kubeContext?: string } = {},
): Promise<ReleaseSite> {
  const connections = opened.get(flags) ?? new Map<string, Promise<ClusterConnection>>();
  opened.set(flags, connections);
  const key = over.kubeContext ?? "";
  const connection = connections.get(key) ?? openCluster(context, flags, over.kubeContext);
  connections.set(key, connection);
  const { site } = await connection;
  return over.namespace === undefined || over.namespace === "" ? site : { ...site, namespace: over.namespace };
}
