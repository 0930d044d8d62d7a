import type { Command, CommandEntry } from "../command.ts";

function entry(
  name: string,
  short: string,
  load: () => Promise<{ command: Command }>,
  more: Partial<CommandEntry> = {},
): CommandEntry {
  return { name, short, load, ...more };
}

/** Every command, one line each. Only the one that runs is loaded; its module exports `command`. */
export const commands: readonly CommandEntry[] = [
  entry("completion", "completion scripts for shells", () => import("./completion.ts")),
  entry("env", "the settings and folders in use", () => import("./env.ts")),
  entry("fleet", "the releases of a helmfile, worked on together", () => import("./fleet.ts")),
  entry("package", "a chart folder as an archive", () => import("./package.ts")),
  entry("pull", "a chart from a repository, saved here", () => import("./pull.ts"), { aliases: ["fetch"] }),
  entry("repo", "chart repositories: add, list, update, remove", () => import("./repo.ts")),
  entry("template", "what a chart becomes, without a cluster", () => import("./template.ts")),
  entry("version", "the version of Slipway", () => import("./version.ts")),
  entry("__complete", "completions for a command line", () => import("./complete.ts"), { hidden: true }),
];
