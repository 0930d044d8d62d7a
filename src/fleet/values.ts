import { basename, dirname, isAbsolute, join } from "node:path";
import { type GoMap, isMap, messageOf, SlipwayError } from "../base/index.ts";
import { mergeUserValues, type UserValues, type ValuesFile } from "../chart/index.ts";
import { stringifyV3 } from "../goyaml/index.ts";
import type { Host } from "./host.ts";
import { findValuesFiles } from "./load.ts";
import { type FleetRelease, releaseData } from "./releases.ts";
import type { SetEntry } from "./spec.ts";
import { renderText } from "./template.ts";

/** What the command line adds to every release's values. */
export interface ExtraValues {
  /** `--values`, read already. */
  readonly files?: readonly { readonly name: string; readonly text: string }[];
  /** `--set`. */
  readonly set?: readonly string[];
}

/** A release's values, and where they came from: errors say who set what. */
export interface ReleaseValues {
  readonly values: GoMap;
  readonly sources: UserValues;
}

/**
 * The user's values of a release, as helmfile hands them to Helm: each `values:` entry a layer of its own (`.gotmpl`
 * files rendered), then `set:` and `setString:`, then what the command line adds. Throws fleet.*, template.* and
 * values.* errors that name the release and the file.
 */
export async function releaseValues(
  release: FleetRelease,
  host: Host,
  extra: ExtraValues = {},
): Promise<ReleaseValues> {
  const { dir, file: helmfile } = release.file;
  const files: ValuesFile[] = [];
  for (const entry of release.values ?? []) {
    if (isMap(entry)) {
      const name = `the values of release ${release.name} in ${basename(helmfile)}`;
      files.push({ name, text: stringifyV3(entry, { indent: 2 }), inline: true });
      continue;
    }
    const handler = release.missingFileHandler ?? release.file.spec.missingFileHandler;
    for (const path of findValuesFiles(entry, dir, host, handler)) {
      files.push({ name: path, text: await readValuesFile(path, release, host) });
    }
  }
  const within = (path: string) => (isAbsolute(path) ? path : join(dir, path));
  const set = release.set ?? [];
  const sources: UserValues = {
    files: [...files, ...(extra.files ?? [])],
    set: [...set.flatMap((entry) => setArguments(entry)), ...(extra.set ?? [])],
    setString: (release.setString ?? []).flatMap((entry) => setArguments(entry)),
    setFile: set.filter((entry) => entry.file).map((entry) => `${escape(entry.name)}=${within(entry.file as string)}`),
    readFile: (path) => host.readText(path),
  };
  return { values: mergeUserValues(sources), sources };
}

async function readValuesFile(path: string, release: FleetRelease, host: Host): Promise<string> {
  try {
    const text = host.readText(path);
    if (!path.endsWith(".gotmpl")) return text;
    return await renderText(text, { dir: dirname(path), host, data: releaseData(release, release.file, { host }) });
  } catch (error) {
    throw new SlipwayError(
      `failed to render values files "${path}" of release "${release.name}": ${messageOf(error)}`,
      error instanceof SlipwayError ? error.facts : { code: "fleet.values", cause: error },
    );
  }
}

/** A `set:` entry as Helm's --set reads it; commas of a value are data here, not separators. */
function setArguments(entry: SetEntry): string[] {
  const name = escape(entry.name);
  if (entry.values) return [`${name}={${entry.values.map((value) => escape(String(value))).join(",")}}`];
  if (entry.value) return [`${name}=${escape(entry.value)}`];
  return [];
}

/** As helmfile: only commas are escaped, so that names may still hold paths and indexes. */
function escape(text: string): string {
  return text.replaceAll(",", "\\,");
}
