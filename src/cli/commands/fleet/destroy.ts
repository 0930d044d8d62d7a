import type { Command } from "../../command.ts";
import { workFlags } from "./flags.ts";
import { runFleet } from "./run.ts";

export const command: Command = {
  name: "destroy",
  short: "uninstall the releases",
  examples: "slipway fleet --file deployments/dev/helmfile.yaml destroy",
  arity: [0, 0],
  flags: workFlags,
  async run(context, _args, flags) {
    const { destroyFleet } = await import("../../../fleet/index.ts");
    return runFleet(context, flags, destroyFleet, "Destroy these?", false);
  },
};
