import type { Command } from "../../command.ts";
import { dirOf, nameOf, noCluster, whichFlags } from "./shared.ts";

export const command: Command = {
  name: "delete",
  aliases: ["rm"],
  short: "stop a cluster and remove its state",
  examples: `slipway cluster delete

# Another
slipway cluster delete small`,
  args: "[NAME]",
  arity: [0, 1],
  flags: [...whichFlags, { name: "ignore-not-found", type: "bool", usage: "a cluster that is not there is no error" }],
  async run(context, args, flags) {
    const { deleteLocal } = await import("../../../cluster/node.ts");
    const name = nameOf(args, flags);
    const there = await deleteLocal(context.env, name, dirOf(flags));
    if (!there && !flags.bool("ignore-not-found")) throw noCluster(name);
    if (there) context.out(`Cluster ${name} is deleted\n`);
    return 0;
  },
};
