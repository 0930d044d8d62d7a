import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { SlipwayError } from "../base/index.ts";
import {
  type Chart,
  buildDependencies,
  checkDependencies,
  loadChart,
  locateChart,
  readRepositories,
  type RepositoryEntry,
  type RepositoryPaths,
  updateIndex,
  writeRepositories,
} from "../chart/index.ts";
import type { Host } from "./host.ts";
import type { FleetRelease } from "./releases.ts";
import type { RepositorySpec } from "./spec.ts";

/** Where charts come from. */
export interface ChartSource {
  readonly host: Host;
  readonly paths: RepositoryPaths;
  readonly signal?: AbortSignal;
}

/**
 * The repositories that these releases need, made known and up to date, as `helmfile repos` does (`helm repo add`
 * with --force-update). An address may be given by the environment instead, for mirrors and tests:
 * SLIPWAY_REPOSITORY_<NAME>, the name in capitals with `_` for everything that is no letter or digit.
 * Gives the names of those that were fetched.
 */
export async function syncRepositories(releases: readonly FleetRelease[], source: ChartSource): Promise<string[]> {
  const needed = new Map<string, RepositorySpec>();
  for (const { chart, file } of releases) {
    if (localPath(chart, file.dir) !== undefined) continue;
    const repository = file.spec.repositories?.find(({ name }) => chart.startsWith(`${name}/`));
    if (repository) needed.set(repository.name, repository);
  }
  if (needed.size === 0) return [];
  let known = await readRepositories(source.paths);
  await Promise.all(
    [...needed.values()].map(async (repository) => {
      const entry = entryOf(repository, source.host);
      await updateIndex(entry, source.paths, source.signal);
      known = [...known.filter(({ name }) => name !== entry.name), entry];
    }),
  );
  await writeRepositories(source.paths, known);
  return [...needed.keys()];
}

function entryOf(repository: RepositorySpec, { env }: Host): RepositoryEntry {
  const { name, url, username, password, caFile, certFile, keyFile } = repository;
  const variable = name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
  return {
    name,
    url: env[`SLIPWAY_REPOSITORY_${variable}`] || url,
    // helmfile's own variables for credentials: <NAME>_USERNAME and <NAME>_PASSWORD.
    username: username || env[`${variable}_USERNAME`] || "",
    password: password || env[`${variable}_PASSWORD`] || "",
    ...(caFile && { caFile }),
    ...(certFile && { certFile }),
    ...(keyFile && { keyFile }),
    insecure_skip_tls_verify: repository.skipTLSVerify ?? false,
    pass_credentials_all: repository.passCredentials ?? false,
  };
}

/** The chart of a release: from the helmfile's folder, or fetched. Throws chart.* errors. */
export async function releaseChart(release: FleetRelease, source: ChartSource): Promise<Chart> {
  const { chart, file, version, devel } = release;
  try {
    const local = localPath(chart, file.dir);
    if (local !== undefined) return await localChart(local, source);
    const path = await locateChart(chart, {
      paths: source.paths,
      ...(version !== undefined && { version }),
      ...(devel && { devel }),
      ...(source.signal && { signal: source.signal }),
    });
    return await loadChart(path);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    throw new SlipwayError(error.message, { ...error.facts, doing: `loading the chart ${chart}` });
  }
}

/** A chart folder; what Chart.yaml asks for and charts/ lacks is fetched first, as helmfile runs `helm dependency build`. */
async function localChart(path: string, source: ChartSource): Promise<Chart> {
  const chart = await loadChart(path);
  try {
    checkDependencies(chart);
    return chart;
  } catch (error) {
    if (!chart.metadata.dependencies?.some((dependency) => dependency?.repository)) throw error;
    const ms = Date.now();
    await buildDependencies(path, {
      paths: source.paths,
      now: { ms, text: new Date(ms).toISOString() },
      say: () => {},
      ...(source.signal && { signal: source.signal }),
    });
    return loadChart(path);
  }
}

function localPath(chart: string, dir: string): string | undefined {
  const path = isAbsolute(chart) ? chart : join(dir, chart);
  if (existsSync(path)) return path;
  // What can only be a path is one, so that the error names the file.
  return chart.startsWith(".") || chart.startsWith("/") ? path : undefined;
}
