import { SlipwayError } from "../../base/index.ts";
import type { Command, CommandEntry } from "../command.ts";
import { outputFlag } from "../output.ts";
import { accessFlags, accessOf, repositoryPaths } from "../repository-flags.ts";

const noRepositories = () =>
  new SlipwayError("no repositories found. You must add one before updating", {
    code: "chart.repository",
    fix: "slipway repo add NAME URL",
  });

const add: Command = {
  name: "add",
  short: "add a chart repository",
  examples: `# Makes external-secrets/external-secrets known
slipway repo add external-secrets https://charts.external-secrets.io`,
  args: "NAME URL",
  arity: [2, 2],
  flags: [
    { name: "force-update", type: "bool", usage: "replace a repository of that name" },
    { name: "password-stdin", type: "bool", usage: "read the password from stdin" },
    { name: "allow-deprecated-repos", type: "bool", usage: "has no effect; accepted for Helm's sake", hidden: true },
    ...accessFlags,
  ],
  async run(context, [name = "", url = ""], flags) {
    const { readRepositories, updateIndex, writeRepositories } = await import("../../chart/index.ts");
    const paths = repositoryPaths(flags);
    if (name.includes("/")) {
      throw new SlipwayError(`repository name (${name}) contains '/', please specify a different name without '/'`, {
        code: "chart.repository",
      });
    }
    const access = { ...accessOf(flags) };
    if (flags.bool("password-stdin")) {
      Object.assign(access, { password: new TextDecoder().decode(await context.stdin()).replace(/\r?\n$/, "") });
    }
    const entry = { name, url, ...access };
    const known = await readRepositories(paths);
    const old = known.find((repository) => repository.name === name);
    if (old && !flags.bool("force-update")) {
      if (sameEntry(old, entry)) {
        context.out(`"${name}" already exists with the same configuration, skipping\n`);
        return 0;
      }
      throw new SlipwayError(`repository name (${name}) already exists, please specify a different name`, {
        code: "chart.repository",
        fix: "--force-update replaces it",
      });
    }
    await updateIndex(entry, paths, context.signal);
    await writeRepositories(paths, [...known.filter((repository) => repository !== old), entry]);
    context.out(`"${name}" has been added to your repositories\n`);
    return 0;
  },
};

function sameEntry(a: object, b: object): boolean {
  const settled = (entry: object) =>
    JSON.stringify(
      Object.entries(entry)
        .filter(([, value]) => value !== "" && value !== false && value !== undefined)
        .sort(([x], [y]) => (x < y ? -1 : 1)),
    );
  return settled(a) === settled(b);
}

const list: Command = {
  name: "list",
  aliases: ["ls"],
  short: "the chart repositories",
  examples: "slipway repo list",
  arity: [0, 0],
  flags: [outputFlag, { name: "no-headers", type: "bool", usage: "leave out the table's first line" }],
  async run(context, _args, flags) {
    const { readRepositories } = await import("../../chart/index.ts");
    const known = (await readRepositories(repositoryPaths(flags))).map(({ name, url }) => ({ name, url }));
    const format = flags.string("output");
    if (format === "json") context.out(`${JSON.stringify(known)}\n`);
    else if (format === "yaml") {
      const { stringify } = await import("../../goyaml/index.ts");
      context.out(stringify(known));
    } else if (known.length === 0) context.err("no repositories to show\n");
    else {
      const { table } = await import("../table.ts");
      const rows = known.map(({ name, url }) => [name, url]);
      context.out(table(flags.bool("no-headers") ? rows : [["NAME", "URL"], ...rows]));
    }
    return 0;
  },
};

const update: Command = {
  name: "update",
  aliases: ["up"],
  short: "fetch what the repositories offer now",
  examples: `# All of them
slipway repo update

# One
slipway repo update external-secrets`,
  args: "[NAME…]",
  arity: [0, -1],
  flags: [],
  async run(context, names, flags) {
    const { readRepositories, updateIndex } = await import("../../chart/index.ts");
    const paths = repositoryPaths(flags);
    const known = await readRepositories(paths);
    if (known.length === 0) throw noRepositories();
    for (const name of names) {
      if (!known.some((entry) => entry.name === name)) {
        throw new SlipwayError(`no repositories found matching '${name}'.  Nothing will be updated`, {
          code: "chart.repository",
        });
      }
    }
    context.out("Hang tight while we grab the latest from your chart repositories...\n");
    const wanted = known.filter((entry) => names.length === 0 || names.includes(entry.name));
    const failed: string[] = [];
    await Promise.all(
      wanted.map(async (entry) => {
        try {
          await updateIndex(entry, paths, context.signal);
          context.out(`...Successfully got an update from the "${entry.name}" chart repository\n`);
        } catch (error) {
          failed.push(entry.url);
          context.out(
            `...Unable to get an update from the "${entry.name}" chart repository (${entry.url}):\n\t${(error as Error).message}\n`,
          );
        }
      }),
    );
    if (failed.length > 0) {
      throw new SlipwayError(`failed to update the following repositories: [${failed.join(" ")}]`, {
        code: "chart.repository",
      });
    }
    context.out("Update Complete. ⎈Happy Helming!⎈\n");
    return 0;
  },
};

const remove: Command = {
  name: "remove",
  aliases: ["rm"],
  short: "forget chart repositories",
  examples: "slipway repo remove external-secrets",
  args: "NAME…",
  arity: [1, -1],
  flags: [],
  async run(context, names, flags) {
    const { dropIndex, readRepositories, writeRepositories } = await import("../../chart/index.ts");
    const paths = repositoryPaths(flags);
    let known = await readRepositories(paths);
    if (known.length === 0) throw new SlipwayError("no repositories configured", { code: "chart.repository" });
    for (const name of names) {
      if (!known.some((entry) => entry.name === name)) {
        throw new SlipwayError(`no repo named "${name}" found`, { code: "chart.repository" });
      }
      known = known.filter((entry) => entry.name !== name);
      await writeRepositories(paths, known);
      await dropIndex(name, paths);
      context.out(`"${name}" has been removed from your repositories\n`);
    }
    return 0;
  },
};

const entry = (command: Command): CommandEntry => ({
  name: command.name,
  short: command.short,
  ...(command.aliases && { aliases: command.aliases }),
  load: async () => ({ command }),
});

/** `slipway repo`: the chart repositories that `repository/chart` may name; Helm's own file and cache. */
export const command: Command = {
  name: "repo",
  short: "chart repositories: add, list, update, remove",
  examples: `slipway repo add external-secrets https://charts.external-secrets.io
slipway repo update`,
  arity: [0, 0],
  flags: [],
  subcommands: [add, list, update, remove].map(entry),
};
