import type { Command } from "../../command.ts";
import { outputFlag, printRows } from "../../output.ts";
import { fleetFlags, open } from "./flags.ts";

export const command: Command = {
  name: "list",
  short: "the releases of the file",
  examples: "slipway fleet --file deployments/dev/helmfile.yaml list",
  arity: [0, 0],
  flags: [...fleetFlags, outputFlag],
  async run(context, _args, flags) {
    const { fleet } = await open(context, flags, { disabled: true });
    const { selectorLabels } = await import("../../../fleet/index.ts");
    const { compareStrings } = await import("../../../base/index.ts");
    const sorted = fleet.selected.toSorted(
      (a, b) => compareStrings(a.namespace ?? "", b.namespace ?? "") || compareStrings(a.name, b.name),
    );
    const rows = sorted.map((release) => ({
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
    const headings = ["NAME", "NAMESPACE", "ENABLED", "INSTALLED", "LABELS", "CHART", "VERSION"];
    await printRows(context, flags.string("output"), rows, headings);
    return 0;
  },
};
