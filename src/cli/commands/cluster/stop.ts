import type { Command } from "../../command.ts";
import { dirOf, noCluster, whichFlags } from "./shared.ts";

export const command: Command = {
  name: "stop",
  short: "stop a cluster; its state stays",
  long: "Ends the cluster's process and takes its context out of the kubeconfig; the context that was current before is current again.",
  examples: `slipway cluster stop

# All of them
slipway cluster stop --all`,
  arity: [0, 0],
  flags: [...whichFlags, { name: "all", type: "bool", usage: "every cluster on this machine" }],
  async run(context, _args, flags) {
    const local = await import("../../../cluster/node.ts");
    const names = flags.bool("all")
      ? (await local.listClusters(context.env)).map(({ name }) => name)
      : [flags.string("name")];
    for (const name of names) {
      const state = await local.stopLocal(context.env, name, dirOf(flags));
      if (state === undefined) throw noCluster(name);
      const text =
        state === "stopped" ? `Cluster ${name} was not running` : `Cluster ${name} is stopped; its state stays`;
      context.out(`${text}\n`);
    }
    return 0;
  },
};
