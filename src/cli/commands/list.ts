import { SlipwayError } from "../../base/index.ts";
import type { ReleaseStatus, ReleaseSummary } from "../../release/index.ts";
import { withCluster } from "../cluster-connection.ts";
import type { Command, Context, Flags } from "../command.ts";
import { formatRecorded, goString, localZoneOf } from "../go-times.ts";
import { outputFlag } from "../output.ts";
import { coloredNamespace, coloredStatus, formatOf, printData } from "../release-output.ts";
import { table } from "../table.ts";

/** `slipway list`: the releases of a namespace, or of all. */
export const command: Command = {
  name: "list",
  aliases: ["ls"],
  short: "the releases of a namespace, or of all",
  examples: `# The releases of this namespace
slipway list

# Everything that failed, anywhere
slipway list -A --failed

# Names only, for scripts
slipway list -q -f '^ml-'`,
  long: "Lists the last revision of every release. Without filters all are shown, whatever their status.",
  arity: [0, 0],
  flags: [
    { name: "all-namespaces", short: "A", type: "bool", usage: "releases of all namespaces" },
    { name: "all", short: "a", type: "bool", hidden: true, usage: "all releases; this is the default" },
    { name: "date", short: "d", type: "bool", usage: "sort by date" },
    { name: "reverse", short: "r", type: "bool", usage: "sort the other way round" },
    { name: "deployed", type: "bool", usage: "deployed ones" },
    { name: "failed", type: "bool", usage: "failed ones" },
    { name: "pending", type: "bool", usage: "ones under work" },
    { name: "superseded", type: "bool", usage: "superseded revisions" },
    { name: "uninstalled", type: "bool", usage: "uninstalled ones whose history was kept" },
    { name: "uninstalling", type: "bool", usage: "ones being uninstalled" },
    {
      name: "filter",
      short: "f",
      type: "string",
      kind: "regexp",
      usage: "only names that this regular expression finds",
    },
    {
      name: "selector",
      short: "l",
      type: "string",
      kind: "selector",
      usage: "only records with these labels: a=b,c!=d",
    },
    { name: "max", short: "m", type: "int", default: 256, usage: "at most so many" },
    { name: "offset", type: "int", default: 0, usage: "skip so many" },
    { name: "no-headers", type: "bool", usage: "no headings" },
    { name: "short", short: "q", type: "bool", usage: "names only" },
    { name: "time-format", type: "string", kind: "layout", usage: `a Go layout for times: "2006-01-02 15:04:05Z0700"` },
    outputFlag,
  ],
  async run(context, _args, flags) {
    return await withCluster(context, flags, async ({ site }) => {
      const { list } = await import("../../release/index.ts");
      const filter = await filterOf(flags.string("filter"));
      const statuses = statusesOf(flags);
      const releases = await list(
        { ...site, namespace: flags.bool("all-namespaces") ? undefined : site.namespace },
        {
          byDate: flags.bool("date"),
          reverse: flags.bool("reverse"),
          limit: flags.int("max"),
          offset: flags.int("offset"),
          selector: flags.string("selector"),
          signal: context.signal,
          ...(filter === undefined ? {} : { filter }),
          ...(statuses === undefined ? {} : { statuses }),
        },
      );
      await print(context, flags, releases);
      return 0;
    });
  },
};

/** A filter is RE2, found anywhere in the name. */
async function filterOf(pattern: string): Promise<((name: string) => boolean) | undefined> {
  if (pattern === "") return undefined;
  const { RE2JS } = await import("re2js");
  try {
    const compiled = RE2JS.compile(pattern);
    return (name) => compiled.matcher(name).find();
  } catch (error) {
    throw new SlipwayError(`error parsing regexp: ${(error as Error).message.replace(/^error parsing regexp: /, "")}`, {
      code: "cli.flag",
      cause: error,
    });
  }
}

function statusesOf(flags: Flags): ReleaseStatus[] | undefined {
  const out: ReleaseStatus[] = [];
  for (const status of ["deployed", "uninstalled", "uninstalling", "failed", "superseded"] as const)
    if (flags.bool(status)) out.push(status);
  if (flags.bool("pending")) out.push("pending-install", "pending-upgrade", "pending-rollback");
  return out.length === 0 || flags.bool("all") ? undefined : out;
}

async function print(context: Context, flags: Flags, releases: readonly ReleaseSummary[]): Promise<void> {
  const format = formatOf(flags);
  if (flags.bool("short")) {
    const names = releases.map((release) => release.name);
    if (format === "table") context.out(names.map((name) => `${name}\n`).join(""));
    else await printData(context, format, names);
    return;
  }
  const layout = flags.string("time-format") || goString;
  const local = await localZoneOf(
    context,
    releases.map((release) => release.lastDeployed),
  );
  const elements = releases.map((release) => ({
    name: release.name,
    namespace: release.namespace,
    revision: String(release.version),
    updated: release.lastDeployed === undefined ? "-" : formatRecorded(release.lastDeployed, layout, local),
    status: release.status,
    chart: chartName(release),
    app_version: appVersion(release),
  }));
  if (format !== "table") return await printData(context, format, elements);
  const rows = elements.map((element) => Object.values(element));
  const headings = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
  const text = table(flags.bool("no-headers") ? rows : [headings, ...rows]);
  context.out(text === "" ? "\n" : context.color ? inColor(context, text, !flags.bool("no-headers")) : text);
}

/** The table in Helm's colours: they come last, so that they do not count as width. */
function inColor(context: Context, text: string, headed: boolean): string {
  const paint = (cell: string, row: number, column: number) => {
    const word = cell.trimEnd();
    const padding = cell.slice(word.length);
    if (headed && row === 0) return `\u001b[1m${word}\u001b[22m${padding}`;
    if (column === 1) return coloredNamespace(context, word) + padding;
    return (column === 4 ? coloredStatus(context, word) : word) + padding;
  };
  return text
    .split("\n")
    .map((line, row) =>
      line
        .split("\t")
        .map((cell, column) => paint(cell, row, column))
        .join("\t"),
    )
    .join("\n");
}

/** `chart-version`, or Helm's word for a record without a chart. */
export function chartName(release: ReleaseSummary): string {
  const metadata = release.chart?.metadata;
  return metadata === undefined || metadata === null ? "MISSING" : `${metadata.name ?? ""}-${metadata.version ?? ""}`;
}

export function appVersion(release: ReleaseSummary): string {
  const metadata = release.chart?.metadata;
  return metadata === undefined || metadata === null ? "MISSING" : (metadata.appVersion ?? "");
}
