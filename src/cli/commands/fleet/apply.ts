import type { Command } from "../../command.ts";
import { valuesFlags, workFlags } from "./flags.ts";
import { runFleet } from "./run.ts";

export const command: Command = {
  name: "apply",
  short: "install or upgrade what has changed",
  examples: "slipway fleet --file deployments/dev/helmfile.yaml apply",
  arity: [0, 0],
  flags: [...workFlags, ...valuesFlags],
  async run(context, _args, flags) {
    const { applyFleet } = await import("../../../fleet/index.ts");
    return runFleet(context, flags, applyFleet, "Apply these?");
  },
};
