import type { Command } from "../../command.ts";
import { dirOf, nameOf, noCluster, whichFlags } from "./shared.ts";

export const command: Command = {
  name: "stop",
  short: "stop a cluster; its state stays",
  long: "Ends the cluster's process and takes its context out of the kubeconfig; the context that was current before is current again.",
  examples: `slipway cluster stop

# Another
slipway cluster stop small

# All of them
slipway cluster stop --all`,
  args: "[NAME]",
  arity: [0, 1],
  flags: [...whichFlags, { name: "all", type: "bool", usage: "every cluster on this machine" }],
  async run(context, args, flags) {
    const local = await import("../../../cluster/node.ts");
    const names = flags.bool("all")
      ? (await local.listClusters(context.env)).map(({ name }) => name)
      : [nameOf(args, flags)];
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
