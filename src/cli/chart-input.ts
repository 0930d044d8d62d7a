import { type GoMap, SlipwayError } from "../base/index.ts";
import type { Chart, HelmVersion, UserValues } from "../chart/index.ts";
import type { Context, Flags } from "./command.ts";
import { withDependencies } from "./dependency-update.ts";
import { locate } from "./repository-flags.ts";
import { readUserValues } from "./values-flags.ts";

/** The chart and values that install and upgrade were given, and where the values came from. Throws Helm's words. */
export async function readChartAndValues(
  context: Context,
  flags: Flags,
  ref: string,
  helmVersion: HelmVersion,
): Promise<{ chart: Chart; values: GoMap; sources: UserValues }> {
  const path = await locate(context, ref, flags);
  const { values, sources } = await readUserValues(context, flags, helmVersion);
  const { loadChart } = await import("../chart/index.ts");
  const load = () =>
    loadChart(path, {
      helmVersion,
      times: helmVersion === 4,
      warn: (message) => (flags.bool("debug") ? context.err(`${message}\n`) : undefined),
    });
  const chart = await load();
  for (const warning of chart.warnings ?? []) context.err(`${warning}\n`);
  checkInstallable(chart);
  if (chart.metadata.deprecated) context.err(`level=WARN msg="this chart is deprecated"\n`);
  return { chart: await withDependencies(context, flags, chart, helmVersion, load), values, sources };
}

/** Throws chart.not-installable in Helm's words for what only other charts use. */
export function checkInstallable({ metadata: { type } }: Chart): void {
  if (type === "" || type === "application") return;
  throw new SlipwayError(`${type} charts are not installable`, { code: "chart.not-installable", path: "type" });
}
