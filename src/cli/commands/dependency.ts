import type { Chart } from "../../chart/index.ts";
import type { Command, CommandEntry, Context, FlagSpec, Flags } from "../command.ts";
import { dependencyContext } from "../dependency-update.ts";
import { pathHere } from "../path-here.ts";

const refreshFlags: readonly FlagSpec[] = [
  { name: "skip-refresh", type: "bool", usage: "use the repositories' indexes as they are cached" },
];

const update: Command = {
  name: "update",
  aliases: ["up"],
  short: "fetch what Chart.yaml asks for, and lock it",
  examples: `# The newest versions that Chart.yaml allows, into charts/
slipway dependency update ./mychart`,
  long:
    "Chooses the newest versions that Chart.yaml's ranges allow, brings them into charts/, removes archives that are no " +
    "dependency any more, and writes Chart.lock where anything changed. A repository may be an address, @name or " +
    "alias:name of an added one, or file://path from the chart's folder.",
  args: "[CHART]",
  arity: [0, 1],
  flags: refreshFlags,
  async run(context, [chart = "."], flags) {
    const { updateDependencies } = await import("../../chart/index.ts");
    await updateDependencies(pathHere(context, chart), await changing(context, flags));
    return 0;
  },
};

const build: Command = {
  name: "build",
  short: "fetch what Chart.lock names",
  examples: `# The very versions of the last update
slipway dependency build ./mychart`,
  long: "Brings the versions that Chart.lock names into charts/. Without a lock it does what update does.",
  args: "[CHART]",
  arity: [0, 1],
  flags: refreshFlags,
  async run(context, [chart = "."], flags) {
    const { buildDependencies } = await import("../../chart/index.ts");
    await buildDependencies(pathHere(context, chart), await changing(context, flags));
    return 0;
  },
};

const list: Command = {
  name: "list",
  aliases: ["ls"],
  short: "the dependencies of a chart and how they stand",
  examples: "slipway dependency list ./mychart",
  args: "[CHART]",
  arity: [0, 1],
  flags: [{ name: "max-col-width", type: "int", default: 80, usage: "cut cells to this width" }],
  async run(context, [chart = "."], flags) {
    const { dependencyStatus, loadChart } = await import("../../chart/index.ts");
    const { table } = await import("../table.ts");
    const { join } = await import("node:path");
    const path = pathHere(context, chart);
    const loaded = await loadChart(path, { lenient: true });
    const wanted = loaded.metadata.dependencies?.filter((dependency) => dependency !== null);
    if (wanted === undefined) {
      context.out(`WARNING: no dependencies at ${join(path, "charts")}\n`);
      return 0;
    }
    const rows = [["NAME", "VERSION", "REPOSITORY", "STATUS"]];
    for (const dependency of wanted) {
      const { name, version, repository } = dependency;
      rows.push([name, version, repository, await dependencyStatus(loaded, dependency, path)]);
    }
    const width = flags.int("max-col-width");
    context.out(`${table(rows.map((row) => row.map((cell) => cut(cell, width))))}\n`);
    await printUnwanted(context, path, loaded);
    return 0;
  },
};

/** uitable's way with a long cell: its start and three dots. */
function cut(cell: string, width: number): string {
  const runes = [...cell];
  return width > 0 && runes.length > width ? `${runes.slice(0, width - 3).join("")}...` : cell;
}

/** Says what lies in charts/ and is no dependency. */
async function printUnwanted(context: Context, path: string, chart: Chart): Promise<void> {
  const { loadChart } = await import("../../chart/index.ts");
  const { readdir, stat } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const wanted = new Set(chart.metadata.dependencies?.map((dependency) => dependency?.name));
  const files = await readdir(join(path, "charts")).catch((): string[] => []);
  for (const file of files.toSorted()) {
    const found = join(path, "charts", file);
    if (!file.endsWith(".tgz") && !(await stat(found)).isDirectory()) continue;
    try {
      const { metadata } = await loadChart(found, { lenient: true });
      if (!wanted.has(metadata.name)) context.out(`WARNING: ${JSON.stringify(found)} is not in Chart.yaml.\n`);
    } catch {
      context.out(`WARNING: ${JSON.stringify(found)} is not a chart.\n`);
    }
  }
}

async function changing(context: Context, flags: Flags) {
  const settings = await dependencyContext(context, flags, (text) => context.out(text));
  return { ...settings, skipRefresh: flags.bool("skip-refresh") };
}

const entry = (command: Command): CommandEntry => ({
  name: command.name,
  short: command.short,
  ...(command.aliases && { aliases: command.aliases }),
  load: async () => ({ command }),
});

/** `slipway dependency`: what Chart.yaml asks for, in charts/. */
export const command: Command = {
  name: "dependency",
  aliases: ["dep", "dependencies"],
  short: "a chart's dependencies: update, build, list",
  long:
    "Keeps charts/ in step with the dependencies that Chart.yaml names: update chooses and locks versions, build fetches " +
    "the locked ones, list says how they stand.",
  examples: `# Fetch them, and write Chart.lock
slipway dependency update ./mychart

# How they stand
slipway dependency list ./mychart`,
  arity: [0, 0],
  flags: [],
  subcommands: [update, build, list].map(entry),
};
