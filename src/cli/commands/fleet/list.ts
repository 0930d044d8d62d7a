import type { Command } from "../../command.ts";
import { outputFlag } from "../../output.ts";
import { fleetFlags, open } from "./flags.ts";

export const command: Command = {
  name: "list",
  short: "the releases of the file",
  examples: "slipway fleet --file deployments/dev/helmfile.yaml list",
  arity: [0, 0],
  flags: [...fleetFlags, outputFlag],
  async run(context, _args, flags) {
    const { fleet } = await open(context, flags);
    const { selectorLabels } = await import("../../../fleet/index.ts");
    const rows = fleet.selected.map((release) => ({
      name: release.name,
      namespace: release.namespace ?? "",
      enabled: release.enabled,
      installed: release.installed,
      labels: Object.entries(selectorLabels(release))
        .map(([key, value]) => `${key}:${value}`)
        .toSorted()
        .join(","),
      chart: release.chart,
      version: release.version ?? "",
    }));
    const format = flags.string("output");
    if (format === "json") context.out(`${JSON.stringify(rows)}\n`);
    else if (format === "yaml") {
      const { stringify } = await import("../../../goyaml/index.ts");
      context.out(stringify(rows));
    } else {
      const { table } = await import("../../table.ts");
      const header = ["NAME", "NAMESPACE", "ENABLED", "INSTALLED", "LABELS", "CHART", "VERSION"];
      const lines = table([header, ...rows.map((row) => Object.values(row).map(String))]);
      // helmfile trims what follows the last column's text.
      context.out(lines.replace(/[ \t]+$/gm, ""));
    }
    return 0;
  },
};
