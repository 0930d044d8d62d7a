import { parseStrict } from "../../semver/index.ts";
import type { Chart, Dependency } from "../types.ts";
import { fits, rangeOf } from "./local.ts";

/** How a dependency of Chart.yaml stands in charts/, in Helm's words. */
export type DependencyStatus =
  | "ok" // an archive of a fitting version
  | "unpacked" // a folder of a fitting version
  | "missing"
  | "wrong version"
  | "invalid version"
  | "too many matches"
  | "misnamed"
  | "corrupt";

/**
 * How a dependency stands: by its archive in charts/ where there is one, else by the loaded chart's subchart. `chart` was
 * read from `path`, a folder or an archive.
 */
export async function dependencyStatus(chart: Chart, dependency: Dependency, path: string): Promise<DependencyStatus> {
  const { readdir } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const { name } = dependency;
  const files = await readdir(join(path, "charts")).catch((): string[] => []);
  let archives = files.filter((file) => file.startsWith(`${name}-`) && file.endsWith(".tgz"));
  if (archives.length > 1) {
    archives = archives.filter((file) => isVersion(file.slice(name.length + 1, -".tgz".length)));
    if (archives.length > 1) return "too many matches";
  }
  if (archives[0] !== undefined) return archiveStatus(join(path, "charts", archives[0]), dependency);
  const found = chart.dependencies.findLast((item) => item.metadata.name === name);
  if (found === undefined) return "missing";
  return versionStatus(found.metadata.version, dependency) ?? "unpacked";
}

async function archiveStatus(path: string, dependency: Dependency): Promise<DependencyStatus> {
  const { loadChartSync } = await import("../disk.ts");
  try {
    const { metadata } = loadChartSync(path);
    if (metadata.name !== dependency.name) return "misnamed";
    return versionStatus(metadata.version, dependency) ?? "ok";
  } catch {
    return "corrupt";
  }
}

function versionStatus(version: string, dependency: Dependency): DependencyStatus | undefined {
  if (version === dependency.version) return undefined;
  try {
    return fits(rangeOf(dependency.name, dependency.version), version) ? undefined : "wrong version";
  } catch {
    return "invalid version";
  }
}

function isVersion(text: string): boolean {
  try {
    parseStrict(text);
    return true;
  } catch {
    return false;
  }
}
