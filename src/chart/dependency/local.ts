import { SlipwayError } from "../../base/index.ts";
import { parseConstraint, parseVersion } from "../../semver/index.ts";
import type { Chart } from "../types.ts";

/** Is this the address of a chart on the same disk? */
export function isLocal(repository: string): boolean {
  return repository.startsWith("file://");
}

/** The folder that a `file://` repository (or a path below the chart) names. Throws chart.dependencies when it is not there. */
export async function localFolder(repository: string, folder: string): Promise<string> {
  const { existsSync } = await import("node:fs");
  const { join, resolve } = await import("node:path");
  const path = repository.replace(/^file:\/\//, "");
  const found = path.startsWith("/") ? resolve(path) : join(folder, path);
  if (existsSync(found)) return found;
  throw new SlipwayError(`directory ${found} not found`, {
    code: "chart.dependencies",
    fix: "Paths of file:// repositories start at the chart's folder",
  });
}

/** A chart folder, read. */
export async function loadFolder(folder: string): Promise<Chart> {
  const { loadChartSync } = await import("../disk.ts");
  return loadChartSync(folder);
}

/** A dependency's version as a range. Throws chart.dependencies in Helm's words. */
export function rangeOf(name: string, version: string): ReturnType<typeof parseConstraint> {
  try {
    return parseConstraint(version);
  } catch (error) {
    throw new SlipwayError(`dependency ${name} has an invalid version/constraint format: ${(error as Error).message}`, {
      code: "chart.dependencies",
      cause: error,
    });
  }
}

/** Does the version fit the range? False for what is no version. */
export function fits(range: ReturnType<typeof parseConstraint>, version: string): boolean {
  try {
    return range.check(parseVersion(version));
  } catch {
    return false;
  }
}
