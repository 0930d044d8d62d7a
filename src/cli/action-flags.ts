import { SlipwayError } from "../base/index.ts";
import type { DryRun, WaitStrategy } from "../release/index.ts";
import { integer } from "./globals.ts";
import { platformPorts } from "./platform-ports.ts";
import { remoteSchemas, remoteSchemasFlag } from "./remote-schemas.ts";
import type { Context, FlagSpec, Flags } from "./command.ts";

/** `--wait`, as Helm 4 has it. */
export const waitFlag: FlagSpec = {
  name: "wait",
  type: "string",
  kind: "strategy",
  default: "hookOnly",
  bare: "watcher",
  values: ["watcher", "hookOnly", "legacy"],
  usage: "wait until everything is ready: watcher (a bare --wait), legacy (Helm 3's rules), or hookOnly (hooks only)",
  check(text) {
    if (["watcher", "hookOnly", "legacy", "true", "false"].includes(text)) return text;
    throw new Error(`invalid wait input "${text}". Valid inputs are watcher, hookOnly, and legacy`);
  },
};

/** What {@link waitFlag} says; the old true and false are told of. */
export function waitStrategy(context: Context, flags: Flags): WaitStrategy {
  const text = flags.string("wait");
  if (text === "true" || text === "false") {
    const strategy = text === "true" ? "watcher" : "hookOnly";
    context.err(
      `level=WARN msg="--wait=${text} is deprecated (boolean value) and can be replaced with --wait=${strategy}"\n`,
    );
    return strategy;
  }
  return text as WaitStrategy;
}

export const timeoutFlag: FlagSpec = {
  name: "timeout",
  type: "duration",
  default: "5m0s",
  usage: "how long each step (a hook, the wait) may take",
};

/** Helm 3's, which has had no effect for long. */
export const recreatePodsFlag: FlagSpec = {
  name: "recreate-pods",
  type: "bool",
  hidden: true,
  deprecated: "functionality will no longer be updated. Consult the documentation for other methods to recreate pods",
  usage: "has no effect",
};

export const historyMaxFlag: FlagSpec = {
  name: "history-max",
  type: "int",
  default: 10,
  usage: "how many revisions are kept; 0 for all",
};

export const replaceFlag: FlagSpec = {
  name: "replace",
  type: "stringArray",
  kind: "Kind/name",
  usage: "delete this object and make it anew, where a field changes that cannot change in place",
};

/** What {@link historyMaxFlag} says, else HELM_MAX_HISTORY, else ten. */
export function historyMax(context: Context, flags: Flags): number {
  return flags.given.has("history-max") ? flags.int("history-max") : integer(context.env["HELM_MAX_HISTORY"], 10);
}

export const dryRunFlag: FlagSpec = {
  name: "dry-run",
  type: "string",
  kind: "mode",
  default: "none",
  bare: "unset",
  values: ["none", "client", "server"],
  usage: "change nothing: client renders without a cluster, server asks the cluster as well",
};

/** What {@link dryRunFlag} says; old spellings are told of, wrong ones refused in Helm's words. */
export function dryRunOf(context: Context, flags: Flags): DryRun {
  const text = flags.string("dry-run");
  if (text === "unset") {
    context.err(`level=WARN msg="--dry-run is deprecated and should be replaced with '--dry-run=client'"\n`);
    return "client";
  }
  if (text === "none" || text === "client" || text === "server") return text;
  const yes = /^(1|t|T|TRUE|true|True)$/.test(text);
  if (!yes && !/^(0|f|F|FALSE|false|False)$/.test(text)) {
    throw new SlipwayError(`invalid dry-run value (${JSON.stringify(text)}). Must be "none", "server", or "client"`, {
      code: "cli.flag",
    });
  }
  const mode: DryRun = yes ? "client" : "none";
  context.err(
    `level=WARN msg="boolean '--dry-run=${text}' flag is deprecated and must be replaced with '--dry-run=${mode}'"\n`,
  );
  return mode;
}

/** Flags of everything that changes objects. */
export const applyFlags: readonly FlagSpec[] = [
  { name: "force-replace", type: "bool", usage: "replace objects instead of patching them (client-side apply only)" },
  {
    name: "force",
    type: "bool",
    hidden: true,
    deprecated: "use --force-replace instead",
    usage: "the same as --force-replace",
  },
  { name: "force-conflicts", type: "bool", usage: "take fields over that belong to another field manager" },
  { name: "no-hooks", type: "bool", usage: "do not run hooks" },
  { name: "wait-for-jobs", type: "bool", usage: "with --wait: Jobs must have completed" },
  waitFlag,
  timeoutFlag,
  dryRunFlag,
];

/** What {@link applyFlags} say. Refuses --force-replace together with --force-conflicts, in cobra's words. */
export function applyOptions(context: Context, flags: Flags) {
  const forceReplace = flags.bool("force-replace") || flags.bool("force");
  for (const name of ["force-replace", "force"]) {
    if (flags.given.has(name) && flags.given.has("force-conflicts")) {
      const group = `[${name} force-conflicts]`;
      const both = [name, "force-conflicts"].toSorted().join(" ");
      throw new SlipwayError(
        `if any flags in the group ${group} are set none of the others can be; [${both}] were all set`,
        { code: "cli.usage" },
      );
    }
  }
  return {
    forceReplace,
    forceConflicts: flags.bool("force-conflicts"),
    noHooks: flags.bool("no-hooks"),
    waitForJobs: flags.bool("wait-for-jobs"),
    wait: waitStrategy(context, flags),
    timeout: flags.duration("timeout"),
    dryRun: dryRunOf(context, flags),
  };
}

/** Flags that install and upgrade share beyond {@link applyFlags}. */
export const chartActionFlags: readonly FlagSpec[] = [
  { name: "create-namespace", type: "bool", usage: "create the namespace when it does not exist" },
  { name: "dependency-update", type: "bool", usage: "fetch missing dependencies first" },
  { name: "description", type: "string", usage: "a description of the revision" },
  {
    name: "disable-openapi-validation",
    type: "bool",
    usage: "taken for Helm's sake: servers check what they are sent by themselves",
  },
  { name: "enable-dns", type: "bool", usage: "let getHostByName ask the network" },
  { name: "hide-notes", type: "bool", usage: "do not print the notes" },
  { name: "hide-secret", type: "bool", usage: "leave Secrets out of what a dry run prints" },
  { name: "labels", short: "l", type: "stringToString", usage: "labels of the stored revision: key=value,key2=value2" },
  { name: "render-subchart-notes", type: "bool", usage: "print subcharts' notes too" },
  { name: "rollback-on-failure", type: "bool", usage: "undo everything when it fails; waits with the watcher" },
  {
    name: "atomic",
    type: "bool",
    hidden: true,
    deprecated: "use --rollback-on-failure instead",
    usage: "the same as --rollback-on-failure",
  },
  { name: "skip-crds", type: "bool", usage: "do not install the chart's crds/" },
  { name: "skip-schema-validation", type: "bool", usage: "do not hold the values against values.schema.json" },
  remoteSchemasFlag,
  { name: "take-ownership", type: "bool", usage: "make existing objects this release's, whoever they belong to" },
  {
    name: "post-renderer",
    type: "string",
    kind: "program",
    usage: "a program that gets the manifests and changes them",
  },
  { name: "post-renderer-args", type: "stringArray", usage: "an argument of the post-renderer" },
  { name: "verify", type: "bool", hidden: true, usage: "charts are not verified yet" },
  { name: "keyring", type: "string", hidden: true, usage: "charts are not verified yet" },
  { name: "plain-http", type: "bool", hidden: true, usage: "use HTTP for registries" },
];

/** What {@link chartActionFlags} say. */
export function chartActionOptions(context: Context, flags: Flags) {
  return {
    createNamespace: flags.bool("create-namespace"),
    description: flags.string("description"),
    enableDns: flags.bool("enable-dns"),
    hideSecret: flags.bool("hide-secret"),
    labels: flags.map("labels"),
    subchartNotes: flags.bool("render-subchart-notes"),
    rollbackOnFailure: flags.bool("rollback-on-failure") || flags.bool("atomic"),
    skipCrds: flags.bool("skip-crds"),
    skipSchemaValidation: flags.bool("skip-schema-validation"),
    takeOwnership: flags.bool("take-ownership"),
    render: { loadPorts: () => platformPorts(context), ...remoteSchemas(context, flags) },
  };
}
