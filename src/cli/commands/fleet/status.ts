import type { Command } from "../../command.ts";
import { outputFlag, printRows } from "../../output.ts";
import { fleetFlags, open } from "./flags.ts";
import { releaseSite } from "./site.ts";

export const command: Command = {
  name: "status",
  short: "how the releases stand on the cluster",
  examples: "slipway fleet --file deployments/dev/helmfile.yaml status",
  arity: [0, 0],
  flags: [...fleetFlags, outputFlag],
  async run(context, _args, flags) {
    const { fleet } = await open(context, flags);
    const { fleetStatus } = await import("../../../fleet/index.ts");
    const states = await fleetStatus(fleet, { site: releaseSite(context, flags) });
    const rows = states.map(({ release, revision }) => ({
      name: release.name,
      namespace: release.namespace ?? "",
      revision: revision?.version ?? 0,
      status: revision?.status ?? "not installed",
      chart: [revision?.chart?.metadata?.name, revision?.chart?.metadata?.version].filter(Boolean).join("-"),
      updated: revision?.lastDeployed ?? "",
      description: revision?.description ?? "",
    }));
    const headings = ["NAME", "NAMESPACE", "REVISION", "STATUS", "CHART", "UPDATED", "DESCRIPTION"];
    await printRows(context, flags.string("output"), rows, headings);
    return 0;
  },
};
