import type { Command } from "../command.ts";

/** `slipway cluster`: Kubernetes clusters of Slipway's own on this machine. */
export const command: Command = {
  name: "cluster",
  short: "embedded Kubernetes clusters on this machine",
  long: `A Kubernetes API with controllers and simulated nodes in one process, for trying and testing: it keeps objects, brings
workloads to their ready state and answers kubectl, Helm and Slipway. Its pods are simulated; nothing runs in them. Annotations
on a pod template make them fail: sim.slipway.dev/image-error, fail, never-ready, oom … with the value "true" (see
docs/embedded-cluster.md).`,
  examples: `# A cluster, current in the kubeconfig
slipway cluster start

# A second one beside it, with three small nodes in three zones
slipway cluster start --name small --nodes 3 --node-cpu 4 --node-memory 8Gi --zones a,b,c

# Stops it; its state stays for the next start
slipway cluster stop --name small`,
  arity: [0, 0],
  flags: [],
  subcommands: [
    { name: "start", short: "start a cluster and make it current", load: () => import("./cluster/start.ts") },
    { name: "stop", short: "stop a cluster; its state stays", load: () => import("./cluster/stop.ts") },
    { name: "status", short: "how a cluster is", load: () => import("./cluster/status.ts") },
    { name: "list", aliases: ["ls"], short: "the clusters on this machine", load: () => import("./cluster/list.ts") },
    {
      name: "delete",
      aliases: ["rm"],
      short: "stop a cluster and remove its state",
      load: () => import("./cluster/delete.ts"),
    },
    { name: "events", short: "what happened in a cluster lately", load: () => import("./cluster/events.ts") },
    {
      name: "serve",
      short: "serve a cluster in this process",
      hidden: true,
      load: () => import("./cluster/serve.ts"),
    },
  ],
};
