import type { Command } from "../../command.ts";
import { outputFlag } from "../../output.ts";
import { siteOf } from "../../site.ts";
import { fleetFlags, open } from "./flags.ts";

export const command: Command = {
  name: "status",
  short: "how the releases stand on the cluster",
  examples: "slipway fleet --file deployments/dev/helmfile.yaml status",
  arity: [0, 0],
  flags: [...fleetFlags, outputFlag],
  async run(context, _args, flags) {
    const { fleet } = await open(context, flags);
    const { fleetStatus } = await import("../../../fleet/index.ts");
    const states = await fleetStatus(fleet, {
      site: (release) =>
        siteOf(context, flags, {
          ...(release.namespace && { namespace: release.namespace }),
          ...(release.kubeContext && { kubeContext: release.kubeContext }),
        }),
    });
    const rows = states.map(({ release, revision }) => ({
      name: release.name,
      namespace: release.namespace ?? "",
      revision: revision?.version ?? 0,
      status: revision?.status ?? "not installed",
      chart: [revision?.chart?.metadata?.name, revision?.chart?.metadata?.version].filter(Boolean).join("-"),
      updated: revision?.lastDeployed ?? "",
      description: revision?.description ?? "",
    }));
    const format = flags.string("output");
    if (format === "json") context.out(`${JSON.stringify(rows)}\n`);
    else if (format === "yaml") {
      const { stringify } = await import("../../../goyaml/index.ts");
      context.out(stringify(rows));
    } else {
      const { table } = await import("../../table.ts");
      const header = ["NAME", "NAMESPACE", "REVISION", "STATUS", "CHART", "UPDATED", "DESCRIPTION"];
      context.out(table([header, ...rows.map((row) => Object.values(row).map(String))]));
    }
    return 0;
  },
};
