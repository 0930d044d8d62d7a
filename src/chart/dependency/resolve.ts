import { SlipwayError, isSlipwayError } from "../../base/index.ts";
import { parseVersion } from "../../semver/index.ts";
import { type RepositoryPaths } from "../repository/config.ts";
import { cachedIndex } from "../repository/index-cache.ts";
import type { RepositoryIndex } from "../repository/index-file.ts";
import type { Dependency } from "../types.ts";
import { fits, isLocal, loadFolder, localFolder, rangeOf } from "./local.ts";
import { lockedDependency } from "./lock.ts";

/** The repositories of dependencies: their names in the index cache, and why some could not be asked just now. */
export interface Repositories {
  readonly byDependency: ReadonlyMap<string, string>;
  readonly unreachable: ReadonlyMap<string, string>;
}

/**
 * The exact version of every dependency: the newest of its repository that the range allows, the one in its folder, or
 * for a chart that lies in charts/ the range itself. Throws chart.dependencies with all that cannot be had.
 */
export async function resolveDependencies(
  wanted: readonly Dependency[],
  repositories: Repositories,
  folder: string,
  paths: RepositoryPaths,
): Promise<Dependency[]> {
  const locked: Dependency[] = [];
  const missing: string[] = [];
  for (const { name, version, repository } of wanted) {
    const range = rangeOf(JSON.stringify(name), version);
    const found = await versionOf({ name, version, repository }, range, repositories, folder, paths);
    if (found === undefined) {
      const [n, r, v] = [name, repository, version].map((text) => JSON.stringify(text));
      missing.push(`${n} (repository ${r}, version ${v})`);
    } else locked.push(lockedDependency(name, repository, found));
  }
  if (missing.length > 0) {
    throw new SlipwayError(
      `can't get a valid version for ${missing.length} subchart(s): ${missing.join(", ")}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml`,
      { code: "chart.dependencies", path: "dependencies" },
    );
  }
  return locked;
}

async function versionOf(
  { name, version, repository }: Pick<Dependency, "name" | "version" | "repository">,
  range: ReturnType<typeof rangeOf>,
  repositories: Repositories,
  folder: string,
  paths: RepositoryPaths,
): Promise<string | undefined> {
  if (repository === "") {
    await localFolder(`charts/${name}`, folder);
    return version;
  }
  if (isLocal(repository)) {
    const { metadata } = await loadFolder(await localFolder(repository, folder));
    return fits(range, metadata.version) ? metadata.version : undefined;
  }
  if (repository.startsWith("oci://")) {
    try {
      parseVersion(version);
      return version;
    } catch {
      throw ociUnsupported(name, repository);
    }
  }
  const index = await indexOf(name, repository, repositories, paths);
  const entries = index.entries.get(name);
  if (entries === undefined) {
    throw new SlipwayError(`${name} chart not found in repo ${repository}`, { code: "chart.not-found" });
  }
  return entries.find((entry) => (entry.urls?.length ?? 0) > 0 && fits(range, entry.version))?.version;
}

/** Helm's error here names a file of its cache, for unmanaged repositories by a digest; ours the repository and the cause. */
async function indexOf(
  dependency: string,
  repository: string,
  { byDependency, unreachable }: Repositories,
  paths: RepositoryPaths,
): Promise<RepositoryIndex> {
  const cached = byDependency.get(dependency) ?? "";
  try {
    return await cachedIndex(cached, paths);
  } catch (error) {
    if (!isSlipwayError(error, "chart.no-index")) throw error;
    const reason = unreachable.get(cached);
    const lead = `dependency ${JSON.stringify(dependency)}: the repository ${repository}`;
    if (reason === undefined) {
      throw new SlipwayError(`${lead} has no index in the cache, and --skip-refresh fetches none`, {
        ...error.facts,
        fix: "Run it once without --skip-refresh.",
      });
    }
    throw new SlipwayError(`${lead} cannot be read: ${reason}`, {
      ...error.facts,
      fix: "A mirror may be named in Chart.yaml, or the archive put into charts/ and its repository left out.",
    });
  }
}

/** OCI registries are not spoken to yet. */
export function ociUnsupported(name: string, repository: string): SlipwayError {
  return new SlipwayError(
    `dependency ${JSON.stringify(name)}: charts in OCI registries cannot be fetched yet (${repository})`,
    {
      code: "chart.oci",
      fix: `Put the archive of ${name} into charts/ by other means, and leave out its repository`,
    },
  );
}
