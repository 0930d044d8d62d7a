import { SlipwayError } from "../../base/index.ts";
import type { Command } from "../command.ts";
import { archiveTime, dependencyContext } from "../dependency-update.ts";
import { pathHere } from "../path-here.ts";

/** `slipway package`: charts on disk → archives. */
export const command: Command = {
  name: "package",
  short: "a chart folder as an archive",
  examples: `# Writes mychart-1.2.3.tgz here
slipway package ./mychart

# Somewhere else, with another version
slipway package ./mychart --destination dist --version 1.2.4`,
  long: "Writes each chart as the versioned archive that `helm package` makes. SOURCE_DATE_EPOCH makes archives reproducible.",
  args: "CHART_PATH…",
  arity: [1, -1],
  flags: [
    { name: "destination", short: "d", type: "string", default: ".", usage: "the folder to write to" },
    { name: "version", type: "string", usage: "set the chart's version" },
    {
      name: "dependency-update",
      short: "u",
      type: "bool",
      usage: "bring what Chart.yaml asks for into charts/ before",
    },
    { name: "app-version", type: "string", usage: "set the chart's appVersion" },
  ],
  async run(context, args, flags) {
    const { checkDependencies, loadChart, packageChart, updateDependencies } = await import("../../chart/index.ts");
    const { mkdir, writeFile } = await import("node:fs/promises");
    const { join, resolve } = await import("node:path");
    // As Helm: the working directory by its whole path, any other folder as it was given.
    const given = flags.string("destination");
    const destination = given === "." ? context.cwd : given;
    for (const path of args) {
      const folder = pathHere(context, path);
      if (flags.bool("dependency-update")) {
        await updateDependencies(folder, await dependencyContext(context, flags, () => {}));
      }
      const chart = await loadChart(folder);
      const version = flags.string("version") || chart.metadata.version;
      if (flags.string("version")) {
        const { parseStrict } = await import("../../semver/index.ts");
        parseStrict(version);
      }
      const metadata = {
        ...chart.metadata,
        version,
        appVersion: flags.string("app-version") || chart.metadata.appVersion,
      };
      checkDependencies(chart);
      const bytes = await packageChart({ ...chart, metadata }, { modTime: archiveTime(context) });
      const file = join(destination, `${metadata.name}-${version}.tgz`);
      await mkdir(resolve(context.cwd, destination), { recursive: true }).catch((error: Error) => {
        throw new SlipwayError(`cannot make the folder ${destination}: ${error.message}`, { code: "cli.write" });
      });
      await writeFile(resolve(context.cwd, file), bytes);
      context.out(`Successfully packaged chart and saved it to: ${file}\n`);
    }
    return 0;
  },
};
