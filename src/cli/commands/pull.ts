import { SlipwayError } from "../../base/index.ts";
import type { Command } from "../command.ts";
import { accessOf, chartFlags, repositoryPaths } from "../repository-flags.ts";

/** `slipway pull`: a chart from a repository → a file or folder here. */
export const command: Command = {
  name: "pull",
  aliases: ["fetch"],
  short: "a chart from a repository, saved here",
  examples: `# The newest release of a chart
slipway pull external-secrets/external-secrets

# A given version, unpacked
slipway pull external-secrets/external-secrets --version 2.9.0 --untar`,
  long: "Fetches a chart archive from a repository or an address and saves it, unpacked if asked.",
  args: "CHART…",
  arity: [1, -1],
  flags: [
    { name: "destination", short: "d", type: "string", default: ".", usage: "the folder to write to" },
    { name: "untar", type: "bool", usage: "unpack the archive" },
    { name: "untardir", type: "string", default: ".", usage: "where to unpack, below the destination" },
    ...chartFlags,
  ],
  async run(context, args, flags) {
    const { loadArchive, resolveChart, saveArchive } = await import("../../chart/index.ts");
    const { existsSync } = await import("node:fs");
    const { mkdir, readFile, rm, writeFile } = await import("node:fs/promises");
    const { dirname, join, resolve } = await import("node:path");
    const destination = resolve(context.cwd, flags.string("destination"));
    for (const ref of args) {
      const located = await resolveChart(ref, {
        paths: repositoryPaths(flags),
        version: flags.string("version"),
        repo: flags.string("repo"),
        devel: flags.bool("devel"),
        access: accessOf(flags),
        signal: context.signal,
      });
      const file = await saveArchive(located, destination, context.signal);
      if (!flags.bool("untar")) continue;
      const chart = await loadArchive(await readFile(file));
      await rm(file);
      const folder = join(destination, flags.string("untardir"), chart.metadata.name);
      if (existsSync(folder)) {
        throw new SlipwayError(`failed to untar: a file or directory with the name ${folder} already exists`, {
          code: "cli.write",
        });
      }
      for (const { name, data } of chart.raw) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), data);
      }
    }
    return 0;
  },
};
