import { messageOf, SlipwayError } from "../../base/index.ts";
import { timeoutFlag } from "../action-flags.ts";
import { withCluster } from "../cluster-connection.ts";
import { completeRelease } from "../release-completions.ts";
import type { Command } from "../command.ts";
import { ReleaseProgress } from "../release-progress.ts";
import { printRelease } from "../release-output.ts";

/** `slipway test`: a release's own tests. */
export const command: Command = {
  name: "test",
  short: "a release's own tests, run",
  examples: `# Run the tests of a release, and show what they print
slipway test web --logs

# One test only
slipway test web --filter name=web-test-connection`,
  long: "Runs the hooks of a release that are marked `helm.sh/hook: test`, and records how they ended.",
  args: "RELEASE",
  arity: [1, 1],
  flags: [
    { name: "filter", type: "stringSlice", usage: "only the tests name=a,name=b, or all but !name=a" },
    { name: "logs", type: "bool", usage: "print the test pods' logs" },
    { name: "hide-notes", type: "bool", hidden: true, usage: "notes are never shown" },
    timeoutFlag,
  ],
  complete: completeRelease(),
  async run(context, args, flags) {
    const include: string[] = [];
    const exclude: string[] = [];
    for (const filter of flags.list("filter")) {
      if (filter.startsWith("name=")) include.push(filter.slice("name=".length));
      else if (/^!\s?name=/.test(filter)) exclude.push(filter.replace(/^!\s?name=/, ""));
    }
    return await withCluster(context, flags, async ({ site }) => {
      const { test, testLogs } = await import("../../release/index.ts");
      const options = {
        name: args[0] as string,
        include,
        exclude,
        timeout: flags.duration("timeout"),
        logs: flags.bool("logs"),
        signal: context.signal,
      };
      // Logs that are printed anyway are not shown while they are written as well.
      const operation = test(flags.bool("logs") ? { ...site, liveLogs: false } : site, options);
      const progress = new ReleaseProgress(context, { debug: flags.bool("debug") });
      await progress.follow(operation);
      const { release, failure, shutdown } = await operation.result;
      try {
        await printRelease(context, "table", release, { debug: flags.bool("debug"), hideNotes: true });
        if (flags.bool("logs")) {
          context.out("\n");
          try {
            for await (const log of testLogs(site, release, options))
              context.out(`POD LOGS: ${log.pod} (${log.container})\n${log.text}\n`);
          } catch (error) {
            const words = [...(failure === undefined ? [] : [messageOf(failure)]), messageOf(error)].join("\n");
            throw new SlipwayError(
              words,
              error instanceof SlipwayError ? error.facts : { code: "release.logs", cause: error },
            );
          }
        }
      } finally {
        await shutdown((event) => progress.tell(event));
      }
      if (failure !== undefined) throw failure;
      return 0;
    });
  },
};
