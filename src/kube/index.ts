/** Talking to an API server: kubeconfig, transports, discovery, requests, watch, server-side apply. */
export * from "./client.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { apiVersionSet, findResource, noMatchError, type Discovery } from "./discovery.ts";
export * from "./errors.ts";
export {
  loadKubeconfig,
  overridesFromEnv,
  readKubeconfigFiles,
  type KubeConfig,
  type KubeconfigOptions,
  type KubeOverrides,
  type MergedKubeconfig,
} from "./kubeconfig.ts";
export type { ClusterEntry, ContextEntry, ExecPlugin, UserEntry } from "./kubeconfig-file.ts";
export { limited } from "./limit.ts";
export { upgradeFieldManagerPatch } from "./managed-fields.ts";
export * from "./types.ts";
export { lines, type WatchEvent, type WatchOptions } from "./watch.ts";
export * as wellKnown from "./well-known.ts";
export { clientSideMerge, clientSidePatch, clientSidePatchAfter } from "./three-way.ts";
export { applyChangesNothing } from "./noop.ts";
