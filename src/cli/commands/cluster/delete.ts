import type { Command } from "../../command.ts";
import { dirOf, noCluster, whichFlags } from "./shared.ts";

export const command: Command = {
  name: "delete",
  aliases: ["rm"],
  short: "stop a cluster and remove its state",
  examples: `slipway cluster delete

# Another
slipway cluster delete --name small`,
  arity: [0, 0],
  flags: [...whichFlags, { name: "ignore-not-found", type: "bool", usage: "a cluster that is not there is no error" }],
  async run(context, _args, flags) {
    const { deleteLocal } = await import("../../../cluster/node.ts");
    const name = flags.string("name");
    const there = await deleteLocal(context.env, name, dirOf(flags));
    if (!there && !flags.bool("ignore-not-found")) throw noCluster(name);
    if (there) context.out(`Cluster ${name} is deleted\n`);
    return 0;
  },
};
