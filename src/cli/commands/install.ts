import { SlipwayError, isSlipwayError } from "../../base/index.ts";
import type { Release } from "../../release/index.ts";
import { applyFlags, applyOptions, chartActionFlags, chartActionOptions } from "../action-flags.ts";
import { readChartAndValues } from "../chart-input.ts";
import { openCluster } from "../cluster-connection.ts";
import type { Command, Context, Flags } from "../command.ts";
import { nameAndChart } from "../name-and-chart.ts";
import { outputFlag } from "../output.ts";
import { ReleaseProgress } from "../release-progress.ts";
import { failedWith, formatOf, printRelease } from "../release-output.ts";
import { chartFlags } from "../repository-flags.ts";
import { helmVersionFlag, helmVersionOf, valueFlags } from "../values-flags.ts";

/** `slipway install`: a chart, as a new release. */
export const command: Command = {
  name: "install",
  short: "a chart, as a new release",
  examples: `# Install a chart under a name, and wait until it is ready
slipway install web ./chart --wait

# With values, into a namespace of its own
slipway install web ./chart -n web --create-namespace -f prod.yaml --set image.tag=v2

# See what would be sent to the cluster
slipway install web ./chart --dry-run=server

# Undo everything if it does not become ready
slipway install web ./chart --rollback-on-failure --timeout 2m`,
  long:
    "Renders the chart, creates its objects by server-side apply and keeps a record that Helm can read. " +
    "CHART is a folder, an archive, an address or repository/name.",
  args: "[NAME] CHART",
  arity: [1, -1],
  flags: [
    ...valueFlags,
    ...chartFlags,
    ...applyFlags,
    ...chartActionFlags,
    { name: "generate-name", short: "g", type: "bool", usage: "make a name from the chart's and the time" },
    { name: "name-template", type: "string", kind: "template", usage: "a template that makes the release name" },
    { name: "replace", type: "bool", usage: "take the name of a release that is uninstalled (history kept) or failed" },
    {
      name: "server-side",
      type: "bool",
      default: true,
      usage: "apply in the server; --server-side=false patches from here",
    },
    helmVersionFlag,
    outputFlag,
  ],
  async run(context, args, flags) {
    const format = formatOf(flags);
    try {
      const release = await runInstall(context, args, flags);
      await printRelease(context, format, release, { debug: flags.bool("debug"), hideNotes: flags.bool("hide-notes") });
      return 0;
    } catch (error) {
      // As Helm: flags that are wrong are no failed installation.
      const wrongFlags = isSlipwayError(error, "cli.flag") || isSlipwayError(error, "cli.usage");
      throw failedWith(wrongFlags ? "" : "INSTALLATION FAILED: ", error);
    }
  },
};

async function runInstall(context: Context, args: readonly string[], flags: Flags): Promise<Release> {
  const helmVersion = helmVersionOf(flags);
  const options = { ...applyOptions(context, flags), ...chartActionOptions(context, flags) };
  const { name: given, ref } = await nameAndChart(args, flags);
  const name = given ?? generatedName(ref, flags);
  const { chart, values, sources } = await readChartAndValues(context, flags, ref, helmVersion);
  const { postRenderer } = await import("../post-renderer.ts");
  const postRender = await postRenderer(context, flags);
  const cluster = await openCluster(context, flags);
  const { signal } = context;
  try {
    const { install } = await import("../../release/index.ts");
    const operation = install(cluster.site, {
      name,
      chart,
      values,
      sources,
      ...options,
      helmVersion,
      serverSide: flags.bool("server-side"),
      replace: flags.bool("replace"),
      signal,
      ...(postRender === undefined ? {} : { postRender }),
    });
    await new ReleaseProgress(context, { debug: flags.bool("debug") }).follow(operation, args[0] ?? name);
    return await operation.result;
  } finally {
    cluster.close();
  }
}

/** A name from the chart's and the time, where --generate-name asks for one. Throws `cli.args` where nothing gives a name. */
function generatedName(ref: string, flags: Flags): string {
  if (!flags.bool("generate-name")) {
    throw new SlipwayError("must either provide a name or specify --generate-name", { code: "cli.args" });
  }
  const last = ref.replace(/\/+$/, "").split("/").at(-1) ?? "";
  const base = last === "" || last === "." ? "chart" : last;
  return `${base.split(".")[0] ?? base}-${Math.floor(Date.now() / 1000)}`;
}
