/** The cluster's face for this machine: processes, folders and kubeconfigs of named clusters. Loads no server. */
export * from "./local.ts";
