import type { Chart, DependencyContext, HelmVersion } from "../chart/index.ts";
import type { Context, Flags } from "./command.ts";
import { repositoryPaths } from "./repository-flags.ts";

/** The time that archives note: SOURCE_DATE_EPOCH, or now; in milliseconds since 1970. */
export function archiveTime(context: Context): number {
  const epoch = context.env["SOURCE_DATE_EPOCH"];
  return epoch !== undefined && /^\d+$/.test(epoch) ? Number(epoch) * 1000 : Date.now();
}

/** What the work on a chart's dependencies needs of a command line; `say` hears the progress. */
export async function dependencyContext(
  context: Context,
  flags: Flags,
  say: (text: string) => void,
): Promise<DependencyContext> {
  const { goTimestamp } = await import("../release/index.ts");
  return {
    paths: repositoryPaths(flags),
    now: { text: goTimestamp(Date.now()), ms: archiveTime(context) },
    say,
    signal: context.signal,
  };
}

/**
 * The chart itself, or what `--dependency-update` makes of it where dependencies are missing in charts/: they are
 * fetched and it is read again. Progress goes to stderr: Helm prints it into the output of `template`. Throws Helm's
 * words where they are missing and not to be fetched.
 */
export async function withDependencies(
  context: Context,
  flags: Flags,
  chart: Chart,
  helmVersion: HelmVersion,
  reload: () => Promise<Chart>,
): Promise<Chart> {
  const { checkDependencies, updateDependencies } = await import("../chart/index.ts");
  try {
    checkDependencies(chart, helmVersion);
    return chart;
  } catch (error) {
    if (!flags.bool("dependency-update") || chart.path === undefined) throw error;
    await updateDependencies(chart.path, await dependencyContext(context, flags, (text) => context.err(text)));
    return reload();
  }
}
