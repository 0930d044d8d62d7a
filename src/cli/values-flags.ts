import { type GoMap, SlipwayError, fileErrorWords, fromBytes, isSlipwayError } from "../base/index.ts";
import type { HelmVersion, UserValues, ValuesFile } from "../chart/index.ts";
import type { Context, FlagSpec, Flags } from "./command.ts";

/** `-f`, `--set` and their kin: how values are given to template, install, upgrade and lint. */
export const valueFlags: readonly FlagSpec[] = [
  { name: "values", short: "f", type: "stringSlice", usage: "values in a YAML file, an address, or - for stdin" },
  { name: "set", type: "stringArray", usage: "set values: key1=val1,key2=val2" },
  { name: "set-string", type: "stringArray", usage: "set values as text: key1=val1,key2=val2" },
  { name: "set-file", type: "stringArray", usage: "set values to the content of files: key1=path1,key2=path2" },
  { name: "set-json", type: "stringArray", usage: `set JSON values: key1=json1,key2=json2 or '{"key1": json1}'` },
  { name: "set-literal", type: "stringArray", usage: "set one value to the literal text after the =" },
];

/** Which Helm's behaviour is wanted. */
export const helmVersionFlag: FlagSpec = {
  name: "helm-version",
  type: "string",
  default: "4",
  values: ["3", "4"],
  usage: "give the output of this Helm, to the byte: 3 or 4",
  check(text) {
    const major = /^v?([34])(\.|$)/.exec(text)?.[1];
    if (major === undefined) throw new Error("must be 3 or 4");
    return major;
  },
};

/** What {@link helmVersionFlag} says. */
export function helmVersionOf(flags: Flags): HelmVersion {
  return flags.string("helm-version") === "3" ? 3 : 4;
}

/** The user's values, and where they came from. */
export interface GivenValues {
  readonly values: GoMap;
  readonly sources: UserValues;
}

/** Reads what the value flags name, and puts the values together. Throws values.parse, values.set, values.read. */
export async function readUserValues(
  context: Context,
  flags: Flags,
  helmVersion: HelmVersion = 4,
): Promise<GivenValues> {
  const { mergeUserValues } = await import("../chart/index.ts");
  const sources: UserValues = {
    files: await readValuesFiles(context, flags),
    set: flags.list("set"),
    setString: flags.list("set-string"),
    setFile: flags.list("set-file"),
    setJson: flags.list("set-json"),
    setLiteral: flags.list("set-literal"),
    readFile: await fileReader(context, flags, helmVersion),
    helmVersion,
  };
  return { values: mergeUserValues(sources), sources };
}

/** The files that --values names, read one after the other. Throws values.read in Go's words. */
export async function readValuesFiles(context: Context, flags: Flags): Promise<ValuesFile[]> {
  const files: ValuesFile[] = [];
  for (const name of flags.list("values")) {
    files.push({ name, text: await readText(context, name, "reading a values file") });
  }
  return files;
}

/** Reads the files that --set-file names, all before the values are put together. */
async function fileReader(context: Context, flags: Flags, helmVersion: HelmVersion): Promise<(path: string) => string> {
  const list = flags.list("set-file");
  const contents = new Map<string, string>();
  if (list.length > 0) {
    const { mergeUserValues } = await import("../chart/index.ts");
    const paths = new Set<string>();
    const note = (path: string) => {
      paths.add(path);
      return "";
    };
    try {
      mergeUserValues({ setFile: list, readFile: note, helmVersion });
    } catch {
      // A wrong flag is told of when the values are put together in earnest.
    }
    for (const path of paths) {
      const doing = `reading the file of --set-file ${list.join(" ")}`;
      contents.set(path, await readText(context, path, doing, "failed parsing --set-file data: "));
    }
  }
  return (path) => contents.get(path) ?? "";
}

/**
 * A text that a flag names: a file, an address, or `-` for stdin. `doing` says of what for. Throws values.read in Go's
 * words, after `lead`.
 */
export async function readText(context: Context, name: string, doing: string, lead = ""): Promise<string> {
  return fromBytes(await readSource(context, name, doing, lead));
}

async function readSource(context: Context, name: string, doing: string, lead: string): Promise<Uint8Array> {
  try {
    if (name.trim() === "-") return await context.stdin();
    if (/^https?:\/\//.test(name)) {
      const { download } = await import("../chart/index.ts");
      return await download(name, {}, context.signal);
    }
    const { readFileSync } = await import("node:fs");
    const { resolve } = await import("node:path");
    return readFileSync(resolve(context.cwd, name));
  } catch (error) {
    if (isSlipwayError(error)) throw error;
    throw new SlipwayError(lead + fileErrorWords(error, name), { code: "values.read", doing, cause: error });
  }
}
