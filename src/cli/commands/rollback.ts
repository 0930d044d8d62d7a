import { SlipwayError } from "../../base/index.ts";
import {
  applyFlags,
  applyOptions,
  historyMax,
  historyMaxFlag,
  recreatePodsFlag,
  replaceFlag,
} from "../action-flags.ts";
import { withCluster } from "../cluster-connection.ts";
import { completeRevision } from "../release-completions.ts";
import type { Command } from "../command.ts";
import { goQuote } from "../go-text.ts";
import { ReleaseProgress } from "../release-progress.ts";
import { serverSideOf } from "./upgrade.ts";

/** `slipway rollback`: a release, back at an earlier revision. */
export const command: Command = {
  name: "rollback",
  short: "a release, back at an earlier revision",
  examples: `# Back to the revision before the last
slipway rollback web

# Back to revision 3, waiting until it is ready
slipway rollback web 3 --wait`,
  long: "Applies the manifest of an earlier revision again, as a new revision. Nothing is rendered anew.",
  args: "RELEASE [REVISION]",
  arity: [1, -1],
  flags: [
    ...applyFlags,
    { name: "cleanup-on-fail", type: "bool", usage: "delete what a failed rollback created" },
    { name: "description", type: "string", usage: "a description of the new revision, at most 256 characters" },
    historyMaxFlag,
    replaceFlag,
    {
      name: "server-side",
      type: "string",
      default: "auto",
      values: ["true", "false", "auto"],
      usage: "apply in the server; auto: as the revision was applied before",
    },
    recreatePodsFlag,
  ],
  complete: completeRevision,
  async run(context, args, flags) {
    const name = args[0] as string;
    const revision = args[1] === undefined ? 0 : revisionOf(args[1]);
    const options = applyOptions(context, flags);
    return await withCluster(context, flags, async ({ site }) => {
      const { rollback } = await import("../../release/index.ts");
      const operation = rollback(site, {
        name,
        revision,
        ...options,
        serverSide: serverSideOf(flags.string("server-side")),
        description: flags.string("description"),
        cleanupOnFail: flags.bool("cleanup-on-fail"),
        replaceObjects: flags.list("replace"),
        maxHistory: historyMax(context, flags),
        signal: context.signal,
      });
      await new ReleaseProgress(context, { debug: flags.bool("debug") }).follow(operation);
      await operation.result;
      context.out("Rollback was a success! Happy Helming!\n");
      return 0;
    });
  },
};

/** A revision as Go's Atoi reads it. */
function revisionOf(text: string): number {
  const digits = /^[+-]?\d+$/.test(text);
  if (digits && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) return Number(text);
  const words = `parsing ${goQuote(text)}: ${digits ? "value out of range" : "invalid syntax"}`;
  throw new SlipwayError(`could not convert revision to a number: strconv.Atoi: ${words}`, { code: "cli.args" });
}
