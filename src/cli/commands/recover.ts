import { withCluster } from "../cluster-connection.ts";
import { completeRelease } from "../release-completions.ts";
import type { Command } from "../command.ts";
import { outputFlag } from "../output.ts";
import { ReleaseProgress } from "../release-progress.ts";
import { formatOf, printData } from "../release-output.ts";
import { recoveryAdvice, recoveryText } from "../recovery-text.ts";
import type { RecoveryReport } from "../../release/index.ts";

/** `slipway recover`: a release that is stuck, mended. */
export const command: Command = {
  name: "recover",
  short: "a release that is stuck, mended",
  examples: `# Which releases are stuck, or at work?
slipway recover

# See what is going on, and mend it when nobody is at work
slipway recover web

# Only look
slipway recover web --dry-run

# Take it from somebody who is known to be dead
slipway recover web --force`,
  long:
    "A run that was killed leaves its revision pending. The next upgrade finds that out by itself; this command does it " +
    "by hand, also for revisions that another tool left pending. Without a release it only looks, at all of the namespace.",
  args: "[RELEASE]",
  arity: [0, 1],
  flags: [
    { name: "dry-run", type: "bool", usage: "only say how it stands and what would be done" },
    { name: "force", type: "bool", usage: "mend it even though somebody seems to be at work" },
    outputFlag,
  ],
  complete: completeRelease(),
  async run(context, args, flags) {
    const [name] = args;
    const format = formatOf(flags);
    return await withCluster(context, flags, async ({ site }) => {
      const { inspect, inspectAll, recover } = await import("../../release/index.ts");
      const looked = (report: RecoveryReport) =>
        [...recoveryText(report), ...recoveryAdvice(report, site.namespace), ""].join("\n");
      if (name === undefined) {
        const reports = await inspectAll(site, { signal: context.signal });
        if (format !== "table") await printData(context, format, reports);
        else context.out(reports.length === 0 ? "nothing to mend\n" : reports.map(looked).join("\n"));
        return 0;
      }
      const before = await inspect(site, name, { signal: context.signal });
      const dryRun = flags.bool("dry-run");
      if (format === "table") context.out(dryRun ? looked(before) : [...recoveryText(before), ""].join("\n"));
      let after = before;
      if (!dryRun && before.advice !== "nothing") {
        const operation = recover(site, name, { force: flags.bool("force"), signal: context.signal });
        await new ReleaseProgress(context, { debug: flags.bool("debug") }).follow(operation);
        after = await operation.result;
        if (format === "table") context.out(`release "${name}" is ${after.status} now\n`);
      }
      if (format !== "table") await printData(context, format, after);
      return 0;
    });
  },
};
