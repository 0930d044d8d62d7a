import { SlipwayError } from "../../base/index.ts";
import type { PlannedChange, ReleaseDiff, ReleaseSite } from "../../release/index.ts";
import { replaceFlag } from "../action-flags.ts";
import { withCluster } from "../cluster-connection.ts";
import { completeRelease, completeRevision } from "../release-completions.ts";
import type { Command, Context, FlagSpec, Flags } from "../command.ts";
import { formatFlag, type OutputFormat } from "../output.ts";
import { printData } from "../release-output.ts";
import { command as upgradeCommand, upgradeOptions } from "./upgrade.ts";

const diffFlags: readonly FlagSpec[] = [
  { name: "context", short: "C", type: "int", default: 3, usage: "lines around each change; -1 for all" },
  { name: "detailed-exitcode", type: "bool", usage: "exit 2 when there are changes" },
  { name: "show-secrets", type: "bool", usage: "show what Secrets hold" },
  { name: "no-hooks", type: "bool", usage: "leave hooks out" },
  { name: "include-tests", type: "bool", usage: "hooks that only tests run, too" },
  formatFlag(["diff", "json", "yaml"], "print as a unified diff, json or yaml"),
  // What the helm-diff plugin has flags for, and is always so here.
  ...["three-way-merge", "normalize-manifests", "disable-validation"].map(unneeded),
  { ...unneeded("suppress-secrets"), short: "q" },
];

/** A flag that is taken and changes nothing. */
function unneeded(name: string): FlagSpec {
  return { name, type: "bool", hidden: true, usage: "has no effect: it is always so" };
}

const forceConflictsFlag: FlagSpec = {
  name: "force-conflicts",
  type: "bool",
  usage: "as it would be with fields taken over that belong to another field manager",
};

/** Flags of `upgrade` that a diff takes and has no use for: what is about doing it, and about printing. */
const ofDoing: ReadonlySet<string> = new Set([
  ..."wait wait-for-jobs timeout dry-run cleanup-on-fail history-max description labels hide-notes".split(" "),
  ..."hide-secret render-subchart-notes rollback-on-failure disable-openapi-validation".split(" "),
]);

/** The flags of `upgrade`, so that a command line of it can be asked about as it stands. */
const upgradeFlags: readonly FlagSpec[] = upgradeCommand.flags
  .filter(({ name }) => !diffFlags.some((flag) => flag.name === name))
  .map((flag) => (ofDoing.has(flag.name) ? { ...flag, hidden: true } : flag));

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
    ...upgradeFlags,
    { name: "allow-unreleased", type: "bool", hidden: true, usage: "the same as --install" },
  ],
  complete: completeRelease(),
  async run(context, args, flags) {
    const options = await upgradeOptions(context, args, flags);
    return await atSite(context, flags, async (site) => {
      const { diffUpgrade } = await import("../../release/index.ts");
      return await diffUpgrade(site, {
        ...options,
        ...diffOptions(flags),
        hideSecret: false,
        install: flags.bool("install") || flags.bool("allow-unreleased"),
        signal: context.signal,
      });
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
  flags: [...diffFlags, forceConflictsFlag, replaceFlag],
  complete: completeRevision,
  async run(context, args, flags) {
    return await atSite(context, flags, async (site) => {
      const { diffRollback } = await import("../../release/index.ts");
      return await diffRollback(site, {
        name: args[0] as string,
        revision: args[1] === undefined ? 0 : numberOf(args[1]),
        forceConflicts: flags.bool("force-conflicts"),
        replaceObjects: flags.list("replace"),
        ...diffOptions(flags),
        signal: context.signal,
      });
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
    return await atSite(context, flags, async (site) => {
      const { diffRecords, get } = await import("../../release/index.ts");
      const name = args[0] as string;
      const from = await get(site, name, { revision: numberOf(args[1] as string), signal: context.signal });
      const to = await get(site, name, {
        revision: args[2] === undefined ? 0 : numberOf(args[2]),
        signal: context.signal,
      });
      return await diffRecords(site, from, to, { ...diffOptions(flags), signal: context.signal });
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
    return await atSite(context, flags, async (site) => {
      const { diffRecords, get } = await import("../../release/index.ts");
      const from = await get(site, args[0] as string, { signal: context.signal });
      const to = await get(site, args[1] as string, { signal: context.signal });
      return await diffRecords(site, from, to, { ...diffOptions(flags), signal: context.signal });
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

function diffOptions(flags: Flags) {
  return {
    showSecrets: flags.bool("show-secrets"),
    noHooks: flags.bool("no-hooks"),
    tests: flags.bool("include-tests"),
  };
}

/** Prints the difference that `find` gives; answers the exit code. */
async function atSite(
  context: Context,
  flags: Flags,
  find: (site: ReleaseSite) => Promise<ReleaseDiff>,
): Promise<number> {
  return await print(context, flags, await withCluster(context, flags, async ({ site }) => await find(site)));
}

function formatIn(flags: Flags): OutputFormat {
  const format = flags.string("output");
  return format === "json" || format === "yaml" ? format : "table";
}

async function print(context: Context, flags: Flags, diff: ReleaseDiff): Promise<number> {
  const { unifiedDiff } = await import("../../manifest/index.ts");
  const changes = diff.changes.filter(
    (change) => change.change !== "none" || change.refused !== undefined || change.replaced,
  );
  const lines = flags.int("context");
  const patchOf = (change: PlannedChange) => unifiedDiff(change, lines < 0 ? Number.MAX_SAFE_INTEGER : lines);
  const format = formatIn(flags);
  for (const notice of diff.notices ?? []) context.err(`${notice}\n`);
  if (format === "table") {
    if (diff.refused !== undefined) context.out(`! the server would refuse it: ${diff.refused}\n`);
    for (const change of changes) context.out(`${heading(change)}${paint(context, patchOf(change))}`);
  } else {
    await printData(context, format, {
      changed: diff.changed,
      recordChanged: diff.recordChanged,
      ...(diff.refused === undefined ? {} : { refused: diff.refused }),
      ...(diff.notices === undefined || diff.notices.length === 0 ? {} : { notices: diff.notices }),
      changes: changes.map((change) => {
        const { before: _before, after: _after, ...rest } = change;
        return { ...rest, patch: patchOf(change) };
      }),
    });
  }
  return flags.bool("detailed-exitcode") && diff.changed ? 2 : 0;
}

/** `default, web, Deployment (apps) has changed:`, and what else there is to say. */
function heading({ namespace, name, kind, apiVersion, change, hook, replaced, refused }: PlannedChange): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "v1";
  const lines = [
    `${namespace === "" ? "" : `${namespace}, `}${name}, ${kind} (${group}) ${words[change] ?? (replaced ? "stays the same" : "would be refused")}:`,
  ];
  if (hook !== undefined) lines.push(`! a hook: it runs at ${hook.join(", ")}`);
  if (replaced) lines.push("! it would be deleted and made anew");
  if (refused !== undefined) lines.push(`! the server would refuse it: ${refused}`);
  return lines.map((line) => `${line}\n`).join("");
}

function paint(context: Context, text: string): string {
  if (!context.color) return text;
  return text
    .replace(/^\+.*$/gm, (line) => `\u001b[32m${line}\u001b[0m`)
    .replace(/^-.*$/gm, (line) => `\u001b[31m${line}\u001b[0m`)
    .replace(/^@@.*$/gm, (line) => `\u001b[36m${line}\u001b[0m`);
}
