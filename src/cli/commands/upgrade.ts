import { SlipwayError } from "../../base/index.ts";
import {
  applyFlags,
  applyOptions,
  chartActionFlags,
  chartActionOptions,
  historyMax,
  historyMaxFlag,
  recreatePodsFlag,
  replaceFlag,
} from "../action-flags.ts";
import { readChartAndValues } from "../chart-input.ts";
import { openCluster } from "../cluster-connection.ts";
import { completeRelease } from "../release-completions.ts";
import type { Command, Context, Flags } from "../command.ts";
import type { UpgradeOptions } from "../../release/index.ts";
import { outputFlag } from "../output.ts";
import { ReleaseProgress } from "../release-progress.ts";
import { failedWith, formatOf, printRelease } from "../release-output.ts";
import { chartFlags } from "../repository-flags.ts";
import { helmVersionFlag, helmVersionOf, valueFlags } from "../values-flags.ts";

/** `slipway upgrade`: a release, brought to a chart and values. */
export const command: Command = {
  name: "upgrade",
  short: "a release, brought to a new chart or new values",
  examples: `# Install it, or upgrade it when it is there
slipway upgrade --install web ./chart -f prod.yaml

# Change one value and keep the others
slipway upgrade web ./chart --reuse-values --set image.tag=v3 --wait

# Go back by itself when it does not become ready
slipway upgrade web ./chart --rollback-on-failure --timeout 2m`,
  long:
    "Renders the chart and brings the cluster from the last revision to the new one: what is new is created, what " +
    "changed is applied, what is gone is deleted. The old revision stays on record, for rollback.",
  args: "RELEASE CHART",
  arity: [2, 2],
  flags: [
    ...valueFlags,
    ...chartFlags,
    ...applyFlags,
    ...chartActionFlags,
    { name: "install", short: "i", type: "bool", usage: "install it when there is no such release" },
    {
      name: "server-side",
      type: "string",
      default: "auto",
      values: ["true", "false", "auto"],
      usage: "apply in the server; auto: as the release was applied before",
    },
    { name: "reset-values", type: "bool", usage: "start from the chart's values" },
    {
      name: "reuse-values",
      type: "bool",
      usage: "start from the last revision's values, the chart's defaults of then included",
    },
    {
      name: "reset-then-reuse-values",
      type: "bool",
      usage: "start from the chart's values with the last revision's over them",
    },
    historyMaxFlag,
    recreatePodsFlag,
    replaceFlag,
    { name: "cleanup-on-fail", type: "bool", usage: "delete what a failed upgrade created" },
    helmVersionFlag,
    outputFlag,
  ],
  complete: completeRelease(),
  async run(context, args, flags) {
    const [name] = args as [string];
    const format = formatOf(flags);
    let installing = false;
    try {
      const options = await upgradeOptions(context, args, flags);
      const cluster = await openCluster(context, flags);
      const { signal } = context;
      try {
        const { upgrade } = await import("../../release/index.ts");
        const operation = upgrade(cluster.site, { ...options, signal });
        const told = (async function* () {
          for await (const event of operation) {
            const missing = `Release "${name}" does not exist. Installing it now.`;
            if (event.type === "notice" && event.text === missing) {
              installing = true;
              if (format === "table") context.out(`${missing}\n`);
            } else yield event;
          }
        })();
        await new ReleaseProgress(context, { debug: flags.bool("debug") }).follow(told, name);
        const release = await operation.result;
        if (!installing && format === "table") context.out(`Release "${name}" has been upgraded. Happy Helming!\n`);
        await printRelease(context, format, release, {
          debug: flags.bool("debug"),
          hideNotes: flags.bool("hide-notes"),
        });
        return 0;
      } finally {
        cluster.close();
      }
    } catch (error) {
      // As Helm: what fails before the upgrade proper, or while installing, has no words before it.
      throw failedWith(installing || !isUpgradeFailure(error) ? "" : "UPGRADE FAILED: ", error);
    }
  },
};

/** What the arguments and flags of `upgrade` ask for, chart and values read. Throws Helm's words. */
export async function upgradeOptions(context: Context, args: readonly string[], flags: Flags): Promise<UpgradeOptions> {
  const [name, ref] = args as [string, string];
  const helmVersion = helmVersionOf(flags);
  const options = { ...applyOptions(context, flags), ...chartActionOptions(context, flags) };
  const serverSide = serverSideOf(flags.string("server-side"));
  const { chart, values, sources } = await readChartAndValues(context, flags, ref, helmVersion);
  const { postRenderer } = await import("../post-renderer.ts");
  const postRender = await postRenderer(context, flags);
  return {
    name,
    chart,
    values,
    sources,
    ...options,
    helmVersion,
    serverSide,
    install: flags.bool("install"),
    resetValues: flags.bool("reset-values"),
    reuseValues: flags.bool("reuse-values"),
    resetThenReuseValues: flags.bool("reset-then-reuse-values"),
    maxHistory: historyMax(context, flags),
    cleanupOnFail: flags.bool("cleanup-on-fail"),
    replaceObjects: flags.list("replace"),
    ...(postRender === undefined ? {} : { postRender }),
  };
}

function isUpgradeFailure(error: unknown): boolean {
  // A schema is looked at when the upgrade is under way already.
  if (!(error instanceof SlipwayError) || ["cli.interrupted", "values.schema"].includes(error.code)) return true;
  return !/^(cli|chart|values|yaml|repository)\./.test(error.code);
}

/** `--server-side`: auto, or what Go's ParseBool takes. */
export function serverSideOf(text: string): boolean | "auto" {
  if (text === "auto") return "auto";
  if (text === "true") return true;
  if (text === "false") return false;
  throw new SlipwayError(`invalid/unknown release server-side apply method: ${text}`, { code: "release.flags" });
}
