import { withCluster } from "../cluster-connection.ts";
import { completeRelease, completeRevisionFlag } from "../release-completions.ts";
import type { Command } from "../command.ts";
import { outputFlag } from "../output.ts";
import { formatOf, printRelease } from "../release-output.ts";

/** `slipway status`: a release and its live objects. */
export const command: Command = {
  name: "status",
  short: "a release and its live objects",
  examples: `# How a release stands
slipway status web

# An earlier revision, as data
slipway status web --revision 2 -o json`,
  long: "Shows a release's last revision (or another one) with the objects that are in the cluster now.",
  args: "RELEASE",
  arity: [1, 1],
  flags: [
    { name: "revision", type: "int", default: 0, usage: "show this revision", complete: completeRevisionFlag },
    { name: "show-desc", type: "bool", hidden: true, usage: "the description is always shown" },
    { name: "show-resources", type: "bool", hidden: true, usage: "the objects are always shown" },
    outputFlag,
  ],
  complete: completeRelease(),
  async run(context, args, flags) {
    const format = formatOf(flags);
    return await withCluster(context, flags, async ({ site }) => {
      const { status } = await import("../../release/index.ts");
      const { release, resources } = await status(site, args[0] as string, {
        revision: flags.int("revision"),
        form: format === "table" ? "table" : "objects",
        signal: context.signal,
      });
      await printRelease(context, format, release, { resources, withoutChart: true });
      return 0;
    });
  },
};
