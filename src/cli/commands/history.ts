import { withCluster } from "../cluster-connection.ts";
import { completeRelease } from "../release-completions.ts";
import type { Command } from "../command.ts";
import { ansic, formatRecorded } from "../go-times.ts";
import { outputFlag } from "../output.ts";
import { formatOf, printData } from "../release-output.ts";
import { table } from "../table.ts";
import { appVersion, chartName } from "./list.ts";

/** `slipway history`: the revisions of a release. */
export const command: Command = {
  name: "history",
  aliases: ["hist"],
  short: "the revisions of a release",
  examples: `# What happened to a release
slipway history web

# The last five, as data
slipway history web --max 5 -o json`,
  long: "Lists the revisions of a release, oldest first.",
  args: "RELEASE",
  arity: [1, 1],
  flags: [
    { name: "max", type: "int", default: 256, usage: "the newest so many" },
    { name: "show-rollback-revision", type: "bool", usage: "a column with the revision that was rolled back to" },
    outputFlag,
  ],
  complete: completeRelease(),
  async run(context, args, flags) {
    const format = formatOf(flags);
    return await withCluster(context, flags, async ({ site }) => {
      const { history } = await import("../../release/index.ts");
      const all = await history(site, args[0] as string, { signal: context.signal });
      const most = flags.int("max");
      const shown = most <= 0 ? [] : all.slice(-most);
      if (format !== "table") {
        await printData(
          context,
          format,
          shown.map((release) => ({
            revision: release.version,
            ...(release.lastDeployed === undefined ? {} : { updated: release.lastDeployed }),
            status: release.status,
            chart: chartName(release),
            app_version: appVersion(release),
            ...(release.rollbackRevision === 0 ? {} : { rollback_revision: release.rollbackRevision }),
            description: release.description,
          })),
        );
        return 0;
      }
      const rollbacks = flags.bool("show-rollback-revision");
      const row = (cells: string[], rollback: string, description: string) => [
        ...cells,
        ...(rollbacks ? [rollback] : []),
        description,
      ];
      const rows = shown.map((release) =>
        row(
          [
            String(release.version),
            formatRecorded(release.lastDeployed, ansic),
            release.status,
            chartName(release),
            appVersion(release),
          ],
          release.rollbackRevision === 0 ? "" : String(release.rollbackRevision),
          release.description,
        ),
      );
      context.out(
        table([row(["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"], "ROLLBACK", "DESCRIPTION"), ...rows]),
      );
      return 0;
    });
  },
};
