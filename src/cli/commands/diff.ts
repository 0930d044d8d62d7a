import { SlipwayError } from "../../base/index.ts";
import type { PlannedChange, ReleaseDiff } from "../../release/index.ts";
import { chartActionFlags, chartActionOptions } from "../action-flags.ts";
import { readChartAndValues } from "../chart-input.ts";
import { withCluster } from "../cluster-connection.ts";
import { completeRelease, completeRevision } from "../release-completions.ts";
import type { Command, Context, FlagSpec, Flags } from "../command.ts";
import { outputFlag } from "../output.ts";
import { formatOf, printData } from "../release-output.ts";
import { chartFlags } from "../repository-flags.ts";
import { helmVersionFlag, helmVersionOf, valueFlags } from "../values-flags.ts";
import { serverSideOf } from "./upgrade.ts";

const diffFlags: readonly FlagSpec[] = [
  { name: "context", short: "C", type: "int", default: 3, usage: "lines around each change; -1 for all" },
  { name: "detailed-exitcode", type: "bool", usage: "exit 2 when there are changes" },
  { name: "show-secrets", type: "bool", usage: "show what Secrets hold" },
  outputFlag,
];

const forceConflictsFlag: FlagSpec = {
  name: "force-conflicts",
  type: "bool",
  usage: "as it would be with fields taken over that belong to another field manager",
};

/** `slipway diff`: what would change. */
export const command: Command = {
  name: "diff",
  short: "what an upgrade or rollback would change, or how revisions differ",
  examples: `# What an upgrade would change in the cluster
slipway diff upgrade web ./chart -f prod.yaml

# How two revisions differ
slipway diff revision web 2 3`,
  long: "Compares. Upgrades and rollbacks are held against the live objects by the server's own dry run; nothing is changed.",
  arity: [0, -1],
  flags: [],
  subcommands: [
    { name: "upgrade", short: "what an upgrade would change", load: async () => ({ command: upgrade }) },
    { name: "rollback", short: "what a rollback would change", load: async () => ({ command: rollback }) },
    { name: "revision", short: "how two revisions of a release differ", load: async () => ({ command: revision }) },
    { name: "release", short: "how two releases differ", load: async () => ({ command: release }) },
  ],
};

const upgrade: Command = {
  name: "upgrade",
  short: "what an upgrade would change",
  examples: `# What an upgrade would change
slipway diff upgrade web ./chart -f prod.yaml --set image.tag=v2

# For a pipeline: exit 2 when there is something to do
slipway diff upgrade web ./chart --install --detailed-exitcode`,
  long: "Asks the server what it would make of every object of the new revision, and compares that with what is live.",
  args: "RELEASE CHART",
  arity: [2, 2],
  flags: [
    ...diffFlags,
    ...valueFlags,
    ...chartFlags,
    ...chartActionFlags,
    { name: "install", short: "i", type: "bool", usage: "a release that does not exist would be installed" },
    { name: "allow-unreleased", type: "bool", hidden: true, usage: "the same as --install" },
    {
      name: "server-side",
      type: "string",
      default: "auto",
      values: ["true", "false", "auto"],
      usage: "as for upgrade",
    },
    forceConflictsFlag,
    { name: "reset-values", type: "bool", usage: "as for upgrade" },
    { name: "reuse-values", type: "bool", usage: "as for upgrade" },
    { name: "reset-then-reuse-values", type: "bool", usage: "as for upgrade" },
    helmVersionFlag,
  ],
  complete: completeRelease(),
  async run(context, args, flags) {
    const [name, ref] = args as [string, string];
    const helmVersion = helmVersionOf(flags);
    const { chart, values } = await readChartAndValues(context, flags, ref, helmVersion);
    return await withCluster(context, flags, async ({ site }) => {
      const { diffUpgrade } = await import("../../release/index.ts");
      const diff = await diffUpgrade(site, {
        name,
        chart,
        values,
        helmVersion,
        ...chartActionOptions(context, flags),
        hideSecret: false,
        install: flags.bool("install") || flags.bool("allow-unreleased"),
        serverSide: serverSideOf(flags.string("server-side")),
        forceConflicts: flags.bool("force-conflicts"),
        resetValues: flags.bool("reset-values"),
        reuseValues: flags.bool("reuse-values"),
        resetThenReuseValues: flags.bool("reset-then-reuse-values"),
        showSecrets: flags.bool("show-secrets"),
        signal: context.signal,
      });
      return await print(context, flags, diff);
    });
  },
};

const rollback: Command = {
  name: "rollback",
  short: "what a rollback would change",
  examples: "# What going back to revision 3 would change\nslipway diff rollback web 3",
  long: "Holds an earlier revision against the live objects.",
  args: "RELEASE [REVISION]",
  arity: [1, 2],
  flags: [...diffFlags, forceConflictsFlag],
  complete: completeRevision,
  async run(context, args, flags) {
    return await withCluster(context, flags, async ({ site }) => {
      const { diffRollback } = await import("../../release/index.ts");
      const diff = await diffRollback(site, {
        name: args[0] as string,
        revision: args[1] === undefined ? 0 : numberOf(args[1]),
        forceConflicts: flags.bool("force-conflicts"),
        showSecrets: flags.bool("show-secrets"),
        signal: context.signal,
      });
      return await print(context, flags, diff);
    });
  },
};

const revision: Command = {
  name: "revision",
  short: "how two revisions of a release differ",
  examples:
    "# How revision 3 differs from revision 2\nslipway diff revision web 2 3\n\n# How the last one differs from revision 2\nslipway diff revision web 2",
  long: "Compares what is on record; the cluster's objects are not looked at.",
  args: "RELEASE REVISION [REVISION]",
  arity: [2, 3],
  flags: diffFlags,
  complete: completeRevision,
  async run(context, args, flags) {
    return await withCluster(context, flags, async ({ site }) => {
      const { diffRecords, get } = await import("../../release/index.ts");
      const name = args[0] as string;
      const from = await get(site, name, { revision: numberOf(args[1] as string), signal: context.signal });
      const to = await get(site, name, {
        revision: args[2] === undefined ? 0 : numberOf(args[2]),
        signal: context.signal,
      });
      return await print(context, flags, await diffRecords(from, to, { showSecrets: flags.bool("show-secrets") }));
    });
  },
};

const release: Command = {
  name: "release",
  short: "how two releases differ",
  examples: "# How staging differs from production\nslipway diff release staging prod",
  long: "Compares the last revisions of two releases of a namespace, as recorded.",
  args: "RELEASE RELEASE",
  arity: [2, 2],
  flags: diffFlags,
  complete: completeRelease(true),
  async run(context, args, flags) {
    return await withCluster(context, flags, async ({ site }) => {
      const { diffRecords, get } = await import("../../release/index.ts");
      const from = await get(site, args[0] as string, { signal: context.signal });
      const to = await get(site, args[1] as string, { signal: context.signal });
      return await print(context, flags, await diffRecords(from, to, { showSecrets: flags.bool("show-secrets") }));
    });
  },
};

function numberOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new SlipwayError(
    `could not convert revision to a number: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    { code: "cli.args" },
  );
}

const words: Readonly<Record<string, string>> = {
  create: "has been added",
  update: "has changed",
  delete: "has been removed",
};

async function print(context: Context, flags: Flags, diff: ReleaseDiff): Promise<number> {
  const { unifiedDiff } = await import("../../manifest/index.ts");
  const changes = diff.changes.filter((change) => change.change !== "none" || change.refused !== undefined);
  const lines = flags.int("context");
  const patchOf = (change: PlannedChange) => unifiedDiff(change, lines < 0 ? Number.MAX_SAFE_INTEGER : lines);
  const format = formatOf(flags);
  if (format === "table") {
    for (const change of changes) {
      const group = change.apiVersion.includes("/") ? ` (${change.apiVersion.split("/")[0]})` : " (v1)";
      context.out(
        `${change.namespace === "" ? "" : `${change.namespace}, `}${change.name}, ${change.kind}${group} ${words[change.change] ?? "would be refused"}:\n`,
      );
      if (change.refused !== undefined) context.out(`! the server would refuse it: ${change.refused}\n`);
      context.out(paint(context, patchOf(change)));
    }
  } else {
    await printData(context, format, {
      changed: diff.changed,
      changes: changes.map((change) => ({
        kind: change.kind,
        apiVersion: change.apiVersion,
        namespace: change.namespace,
        name: change.name,
        change: change.change,
        patch: patchOf(change),
        ...(change.refused === undefined ? {} : { refused: change.refused }),
      })),
    });
  }
  return flags.bool("detailed-exitcode") && changes.length > 0 ? 2 : 0;
}

function paint(context: Context, text: string): string {
  if (!context.color) return text;
  return text
    .replace(/^\+.*$/gm, (line) => `\u001b[32m${line}\u001b[0m`)
    .replace(/^-.*$/gm, (line) => `\u001b[31m${line}\u001b[0m`)
    .replace(/^@@.*$/gm, (line) => `\u001b[36m${line}\u001b[0m`);
}
