import type { Command } from "../../command.ts";
import { valuesFlags, workFlags } from "./flags.ts";
import { runFleet } from "./run.ts";

export const command: Command = {
  name: "sync",
  short: "install or upgrade every release",
  examples: "slipway fleet --file deployments/dev/helmfile.yaml sync",
  arity: [0, 0],
  flags: [...workFlags, ...valuesFlags],
  async run(context, _args, flags) {
    const { syncFleet } = await import("../../../fleet/index.ts");
    return runFleet(context, flags, syncFleet, "Sync these?");
  },
};
