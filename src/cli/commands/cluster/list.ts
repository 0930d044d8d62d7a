import type { Command } from "../../command.ts";
import { outputFlag } from "../../output.ts";
import { table } from "../../table.ts";
import { age, asData } from "./shared.ts";

export const command: Command = {
  name: "list",
  aliases: ["ls"],
  short: "the clusters on this machine",
  examples: `slipway cluster list

# As data
slipway cluster list -o json`,
  arity: [0, 0],
  flags: [outputFlag],
  async run(context, _args, flags) {
    const { listClusters } = await import("../../../cluster/node.ts");
    const clusters = await listClusters(context.env);
    const format = flags.string("output");
    if (format === "json") context.out(`${JSON.stringify(clusters.map(asData))}\n`);
    else if (format === "yaml") {
      const { stringify } = await import("../../../goyaml/index.ts");
      context.out(stringify(clusters.map(asData)));
    } else {
      const now = Date.now();
      context.out(
        table([
          ["NAME", "STATE", "ADDRESS", "CONTEXT", "AGE"],
          ...clusters.map(({ name, state, url = "", context: id, startedAt }) => [
            name,
            state,
            url,
            id,
            startedAt === undefined ? "" : age(now - startedAt),
          ]),
        ]),
      );
    }
    return 0;
  },
};
