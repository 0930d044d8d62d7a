import type { Fleet, FleetOptions, Host } from "../../../fleet/index.ts";
import type { Context, FlagSpec, Flags } from "../../command.ts";
import { remoteSchemasFlag } from "../../remote-schemas.ts";

/** The flags that helmfile has on every command. They may stand before or after the command's word. */
export const fleetFlags: readonly FlagSpec[] = [
  {
    name: "file",
    short: "f",
    type: "string",
    usage: "the helmfile, or a folder of them; helmfile.yaml here if not given",
  },
  { name: "environment", short: "e", type: "string", usage: "the environment of the file; default if not given" },
  {
    name: "selector",
    short: "l",
    type: "stringArray",
    usage: "only releases with these labels: k=v,k2!=v2; repeat for or",
  },
  { name: "state-values-file", type: "stringArray", usage: "values of the environment, from a file" },
  { name: "state-values-set", type: "stringArray", usage: "values of the environment: key1=val1,key2=val2" },
  { name: "state-values-set-string", type: "stringArray", usage: "values of the environment, as text" },
  { name: "allow-no-matching-release", type: "bool", usage: "it is no error when no release matches" },
];

/** Flags that add what the selected releases need. */
export const needsFlags: readonly FlagSpec[] = [
  { name: "include-needs", type: "bool", usage: "also what the selected releases need" },
  {
    name: "include-transitive-needs",
    type: "bool",
    usage: "the same as --include-needs, which follows needs to their end",
  },
  { name: "skip-needs", type: "bool", default: true, hidden: true, usage: "the default with a selector" },
];

/** Flags of the commands that change releases. */
export const workFlags: readonly FlagSpec[] = [
  ...fleetFlags,
  {
    name: "concurrency",
    type: "int",
    default: 0,
    usage: "how many releases are worked on at once; 0 for all that may",
  },
  ...needsFlags,
  { name: "skip-deps", type: "bool", hidden: true, usage: "has no effect; nothing is fetched that is not needed" },
  { name: "suppress-diff", type: "bool", hidden: true, usage: "has no effect" },
  { name: "interactive", short: "i", type: "bool", usage: "ask before anything is changed" },
];

/** Flags of all commands that render. */
export const renderFlags: readonly FlagSpec[] = [
  { name: "values", type: "stringArray", usage: "a values file over every release's own" },
  { name: "set", type: "stringArray", usage: "values over every release's own" },
  remoteSchemasFlag,
];

/** Flags of apply and sync. */
export const valuesFlags: readonly FlagSpec[] = [
  ...renderFlags,
  { name: "wait", type: "bool", usage: "wait until every release is ready, whatever the file says" },
  { name: "wait-for-jobs", type: "bool", usage: "wait for Jobs too" },
];

/** The fleet that the flags and HELMFILE_* variables name; with `disabled`, releases too whose condition does not hold. */
export async function open(
  context: Context,
  flags: Flags,
  { disabled = false } = {},
): Promise<{ fleet: Fleet; host: Host }> {
  const { nodeHost, openFleet } = await import("../../../fleet/index.ts");
  const { parseSet } = await import("../../../chart/index.ts");
  const { newMap } = await import("../../../base/index.ts");
  const { env } = context;
  const host = nodeHost(env);
  const stateValues = newMap();
  for (const text of flags.list("state-values-set")) parseSet("set", text, stateValues);
  for (const text of flags.list("state-values-set-string")) parseSet("string", text, stateValues);
  const namespace = (flags.given.has("namespace") && flags.string("namespace")) || env["HELMFILE_NAMESPACE"];
  const kubeContext = (flags.given.has("kube-context") && flags.string("kube-context")) || env["HELMFILE_KUBE_CONTEXT"];
  const file = flags.string("file") || env["HELMFILE_FILE_PATH"];
  const options: FleetOptions = {
    host,
    cwd: context.cwd,
    environment: flags.string("environment") || env["HELMFILE_ENVIRONMENT"] || "default",
    selectors: flags.list("selector"),
    stateValuesFiles: flags.list("state-values-file"),
    stateValues,
    allowNone: flags.bool("allow-no-matching-release"),
    disabled,
    includeNeeds: has(flags, "include-needs") || has(flags, "include-transitive-needs"),
    ...(file && { file }),
    ...(namespace && { namespace }),
    ...(kubeContext && { kubeContext }),
  };
  return { fleet: await openFleet(options), host };
}

/** Whether a bool flag that not every command has is set. */
function has(flags: Flags, name: string): boolean {
  return flags.given.has(name) && flags.bool(name);
}
