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
  entry("cluster", "embedded Kubernetes clusters on this machine", () => import("./cluster.ts")),
  entry("completion", "completion scripts for shells", () => import("./completion.ts")),
  entry("dependency", "a chart's dependencies: update, build, list", () => import("./dependency.ts"), {
    aliases: ["dep", "dependencies"],
  }),
  entry("diff", "what an upgrade or rollback would change, or how revisions differ", () => import("./diff.ts")),
  entry("env", "the settings and folders in use", () => import("./env.ts")),
  entry("fleet", "the releases of a helmfile, worked on together", () => import("./fleet.ts")),
  entry("get", "what is on record of a release: values, manifest, notes, hooks, metadata", () => import("./get.ts")),
  entry("history", "the revisions of a release", () => import("./history.ts"), { aliases: ["hist"] }),
  entry("install", "a chart, as a new release", () => import("./install.ts")),
  entry("lint", "look for mistakes in charts", () => import("./lint.ts")),
  entry("list", "the releases of a namespace, or of all", () => import("./list.ts"), { aliases: ["ls"] }),
  entry("package", "a chart folder as an archive", () => import("./package.ts")),
  entry("pull", "a chart from a repository, saved here", () => import("./pull.ts"), { aliases: ["fetch"] }),
  entry("rbac", "the smallest Role that can deploy a chart", () => import("./rbac.ts")),
  entry("recover", "a release that is stuck, mended", () => import("./recover.ts")),
  entry("repo", "chart repositories: add, list, update, remove", () => import("./repo.ts")),
  entry("rollback", "a release, back at an earlier revision", () => import("./rollback.ts")),
  entry("status", "a release and its live objects", () => import("./status.ts")),
  entry("show", "what a chart says about itself", () => import("./show.ts"), { aliases: ["inspect"] }),
  entry("template", "what a chart becomes, without a cluster", () => import("./template.ts")),
  entry("test", "a release's own tests, run", () => import("./test.ts")),
  entry("uninstall", "a release, taken away with its objects", () => import("./uninstall.ts"), {
    aliases: ["del", "delete", "un"],
  }),
  entry("upgrade", "a release, brought to a new chart or new values", () => import("./upgrade.ts")),
  entry("version", "the version of Slipway", () => import("./version.ts")),
  entry("__complete", "completions for a command line", () => import("./complete.ts"), { hidden: true }),
];
