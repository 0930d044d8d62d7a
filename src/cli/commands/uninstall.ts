import { SlipwayError } from "../../base/index.ts";
import { timeoutFlag, waitFlag, waitStrategy } from "../action-flags.ts";
import { withCluster } from "../cluster-connection.ts";
import { completeRelease } from "../release-completions.ts";
import type { Command } from "../command.ts";
import { ReleaseProgress } from "../release-progress.ts";

/** `slipway uninstall`: releases, taken away with their objects. */
export const command: Command = {
  name: "uninstall",
  aliases: ["del", "delete", "un"],
  short: "a release, taken away with its objects",
  examples: `# Take a release away
slipway uninstall web

# Keep its history, so that it can be rolled back
slipway uninstall web --keep-history

# Wait until everything is gone
slipway uninstall web --wait --cascade foreground`,
  long: "Deletes the objects of a release that still belong to it, and its record. Objects with the policy `keep` stay.",
  args: "RELEASE…",
  arity: [1, -1],
  flags: [
    {
      name: "cascade",
      type: "string",
      default: "background",
      values: ["background", "orphan", "foreground"],
      usage: "how dependents are deleted: background, foreground or orphan",
    },
    { name: "description", type: "string", usage: "a description of the deletion, for the kept history" },
    { name: "dry-run", type: "bool", usage: "only say what would be uninstalled" },
    { name: "ignore-not-found", type: "bool", usage: "a release that does not exist is no error" },
    { name: "keep-history", type: "bool", usage: "delete the objects but keep the record" },
    { name: "no-hooks", type: "bool", usage: "do not run hooks" },
    timeoutFlag,
    waitFlag,
  ],
  complete: completeRelease(true),
  async run(context, args, flags) {
    const cascade = flags.string("cascade");
    if (!["background", "foreground", "orphan"].includes(cascade)) {
      throw new SlipwayError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`, {
        code: "cli.flag",
      });
    }
    return await withCluster(context, flags, async ({ site }) => {
      const { uninstall } = await import("../../release/index.ts");
      for (const name of args) {
        const operation = uninstall(site, {
          name,
          cascade: cascade as "background" | "foreground" | "orphan",
          description: flags.string("description"),
          dryRun: flags.bool("dry-run"),
          ignoreNotFound: flags.bool("ignore-not-found"),
          keepHistory: flags.bool("keep-history"),
          noHooks: flags.bool("no-hooks"),
          timeout: flags.duration("timeout"),
          wait: waitStrategy(context, flags),
          signal: context.signal,
        });
        await new ReleaseProgress(context, { debug: flags.bool("debug") }).follow(operation);
        const { info } = await operation.result;
        if (info !== "") context.out(`${info}\n`);
        context.out(`release "${name}" uninstalled\n`);
      }
      return 0;
    });
  },
};
