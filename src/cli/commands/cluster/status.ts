import type { Command } from "../../command.ts";
import { outputFlag } from "../../output.ts";
import { age, asData, dirOf, nameOf, noCluster, whichFlags } from "./shared.ts";

export const command: Command = {
  name: "status",
  short: "how a cluster is",
  long: "Says whether the cluster runs, where, and what is in it. Exit code 0 when it runs, 3 when it is stopped.",
  examples: `slipway cluster status

# As data
slipway cluster status --name small -o json`,
  args: "[NAME]",
  arity: [0, 1],
  flags: [...whichFlags, outputFlag],
  async run(context, args, flags) {
    const local = await import("../../../cluster/node.ts");
    const name = nameOf(args, flags);
    const cluster = await local.describe(context.env, name, dirOf(flags));
    if (cluster === undefined) throw noCluster(name);
    const format = flags.string("output");
    const inside = cluster.state === "running" ? await local.inventory(context.env, name, dirOf(flags)) : undefined;
    const data = { ...asData(cluster), ...inside };
    if (format === "json") context.out(`${JSON.stringify(data)}\n`);
    else if (format === "yaml") {
      const { stringify } = await import("../../../goyaml/index.ts");
      context.out(stringify(data));
    } else {
      const lines: [string, string | undefined][] = [
        ["Name", cluster.name],
        ["State", cluster.state],
        ["Address", cluster.url],
        ["Process", cluster.pid === undefined ? undefined : String(cluster.pid)],
        ["Since", cluster.startedAt === undefined ? undefined : `${age(Date.now() - cluster.startedAt)} ago`],
        ["Context", cluster.context],
        ["Kubeconfig", cluster.kubeconfig],
        ["Clock", cluster.options.clock],
        ["Nodes", inside === undefined ? undefined : `${inside.nodes} (simulated)`],
        ["Namespaces", inside === undefined ? undefined : String(inside.namespaces)],
        [
          "Pods",
          inside === undefined ? undefined : `${inside.podsReady} of ${inside.pods} ready or completed (simulated)`,
        ],
        ["Folder", cluster.folder],
      ];
      for (const [key, value] of lines) if (value !== undefined) context.out(`${`${key}:`.padEnd(12)}${value}\n`);
    }
    return cluster.state === "running" ? 0 : 3;
  },
};
