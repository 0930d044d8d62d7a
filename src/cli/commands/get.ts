import { withCluster } from "../cluster-connection.ts";
import { completeRelease, completeRevisionFlag } from "../release-completions.ts";
import type { Command, Context, FlagSpec, Flags } from "../command.ts";
import { formatRecorded, localZoneOf, rfc3339 } from "../go-times.ts";
import { outputFlag } from "../output.ts";
import { formatOf, printData, printRelease } from "../release-output.ts";
import type { Release } from "../../release/index.ts";

const revisionFlag: FlagSpec = {
  name: "revision",
  type: "int",
  default: 0,
  usage: "this revision instead of the last one",
  complete: completeRevisionFlag,
};

interface Part {
  readonly name: string;
  readonly short: string;
  readonly long: string;
  readonly example: string;
  readonly flags?: readonly FlagSpec[];
  print(context: Context, release: Release, flags: Flags): Promise<void>;
}

/** `slipway get`: what is on record of a release. */
export const command: Command = {
  name: "get",
  short: "what is on record of a release: values, manifest, notes, hooks, metadata",
  examples: `# The values that were given
slipway get values web

# The manifest of an earlier revision
slipway get manifest web --revision 3`,
  long: "Shows parts of a release's record.",
  arity: [0, -1],
  flags: [],
  subcommands: parts().map((part) => ({
    name: part.name,
    short: part.short,
    load: async () => ({ command: commandOf(part) }),
  })),
};

function commandOf(part: Part): Command {
  return {
    name: part.name,
    short: part.short,
    examples: part.example,
    long: part.long,
    args: "RELEASE",
    arity: [1, 1],
    flags: [revisionFlag, ...(part.flags ?? [])],
    complete: completeRelease(),
    async run(context, args, flags) {
      return await withCluster(context, flags, async ({ site }) => {
        const { get } = await import("../../release/index.ts");
        const release = await get(site, args[0] as string, { revision: flags.int("revision"), signal: context.signal });
        await part.print(context, release, flags);
        return 0;
      });
    },
  };
}

function parts(): Part[] {
  return [
    {
      name: "all",
      short: "everything on record of a release",
      long: "Shows a release's metadata, values, hooks, manifest and notes; or what a Go template makes of it.",
      example:
        "# Everything\nslipway get all web\n\n# What a Go template makes of the record\nslipway get all web --template '{{.Release.Chart.Metadata.Version}}'",
      flags: [{ name: "template", type: "string", kind: "template", usage: "a Go template over the release" }],
      print: printAll,
    },
    {
      name: "hooks",
      short: "the hooks of a release",
      long: "Prints the hooks' manifests.",
      example: "# The hooks of a release\nslipway get hooks web",
      async print(context, release) {
        for (const hook of release.hooks) context.out(`---\n# Source: ${hook.path}\n${hook.manifest}\n`);
      },
    },
    {
      name: "manifest",
      short: "the manifest of a release",
      long: "Prints the objects of a release as they were rendered, hooks aside.",
      example: "# The manifest of a release\nslipway get manifest web",
      async print(context, release) {
        context.out(`${release.manifest}\n`);
      },
    },
    {
      name: "metadata",
      short: "chart, version, revision and status of a release",
      long: "Shows which chart a release was made of, and how it stands.",
      example: "# What a release was made of\nslipway get metadata web -o json",
      flags: [outputFlag],
      print: printMetadata,
    },
    {
      name: "notes",
      short: "the notes of a release",
      long: "Prints the notes that the chart wrote for a release.",
      example: "# The notes of a release\nslipway get notes web",
      async print(context, release) {
        if (release.notes !== "") context.out(`NOTES:\n${release.notes}\n`);
      },
    },
    {
      name: "values",
      short: "the values of a release",
      long: "Prints the values that were given for a release; with --all the chart's defaults under them.",
      example:
        "# The values that were given\nslipway get values web\n\n# With the defaults\nslipway get values web --all -o yaml",
      flags: [{ name: "all", short: "a", type: "bool", usage: "the chart's defaults too" }, outputFlag],
      async print(context, release, flags) {
        const { computedValues, sorted } = await import("../../release/index.ts");
        const all = flags.bool("all");
        const given = release.config === null || Object.keys(release.config).length === 0 ? null : release.config;
        const values = all ? computedValues(release) : given;
        const format = formatOf(flags);
        if (format === "table") context.out(all ? "COMPUTED VALUES:\n" : "USER-SUPPLIED VALUES:\n");
        await printData(context, format === "json" ? "json" : "yaml", sorted(values));
      },
    },
  ];
}

async function printAll(context: Context, release: Release, flags: Flags): Promise<void> {
  const template = flags.string("template");
  if (template === "") return await printRelease(context, "table", release, { debug: true, metadata: true });
  const { TemplateSet } = await import("../../gotemplate/index.ts");
  const { goRelease } = await import("../go-release.ts");
  const set = new TemplateSet({ name: "_", funcs: {} });
  set.parse("_", template);
  const times = [release.firstDeployed, release.lastDeployed, release.deleted];
  const ran = release.hooks.flatMap(({ lastRun }) => [lastRun.startedAt, lastRun.completedAt]);
  const local = await localZoneOf(context, [...times, ...ran]);
  context.out(set.execute("_", { Release: goRelease(release, local) }));
}

async function printMetadata(context: Context, release: Release, flags: Flags): Promise<void> {
  const { sorted } = await import("../../release/index.ts");
  const metadata = release.chart?.metadata;
  const dependencies = metadata?.dependencies ?? [];
  const annotations = metadata?.annotations ?? {};
  const deployedAt = formatRecorded(release.lastDeployed, rfc3339);
  const format = formatOf(flags);
  if (format !== "table") {
    return await printData(context, format, {
      name: release.name,
      chart: metadata?.name ?? "",
      version: metadata?.version ?? "",
      appVersion: metadata?.appVersion ?? "",
      ...(Object.keys(annotations).length === 0 ? {} : { annotations: sorted(annotations) }),
      ...(Object.keys(release.labels).length === 0 ? {} : { labels: sorted(release.labels) }),
      ...(dependencies.length === 0 ? {} : { dependencies }),
      namespace: release.namespace,
      revision: release.version,
      status: release.status,
      deployedAt,
      ...(release.applyMethod === "" ? {} : { applyMethod: release.applyMethod }),
    });
  }
  const pairs = (map: Record<string, string>) =>
    Object.entries(map)
      .map(([key, value]) => `${key}=${value}`)
      .toSorted()
      .join(",");
  const methods: Record<string, string> = {
    "": "client-side apply (defaulted)",
    csa: "client-side apply",
    ssa: "server-side apply",
  };
  const rows = {
    NAME: release.name,
    CHART: metadata?.name ?? "",
    VERSION: metadata?.version ?? "",
    APP_VERSION: metadata?.appVersion ?? "",
    ANNOTATIONS: pairs(annotations),
    LABELS: pairs(release.labels),
    DEPENDENCIES: dependencies
      .map((dependency) => dependency.name)
      .toSorted()
      .join(","),
    NAMESPACE: release.namespace,
    REVISION: String(release.version),
    STATUS: release.status,
    DEPLOYED_AT: deployedAt,
    APPLY_METHOD: methods[release.applyMethod] ?? `unknown ("${release.applyMethod}")`,
  };
  for (const [key, value] of Object.entries(rows)) context.out(`${key}: ${value}\n`);
}
