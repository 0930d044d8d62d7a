import { SlipwayError } from "../../base/index.ts";
import { type RepositoryEntry, type RepositoryPaths, readRepositories } from "../repository/config.ts";
import type { Chart, Dependency } from "../types.ts";
import { loadFolder } from "./local.ts";
import { legacyLockDigest, lockDigest, writeLock } from "./lock.ts";
import { nameRepositories, refreshIndexes, requireKnown } from "./repositories.ts";
import { resolveDependencies } from "./resolve.ts";
import { saveDependencies } from "./save.ts";

/** What `dependency update` and `build` work with. */
export interface DependencyContext {
  readonly paths: RepositoryPaths;
  /** `--skip-refresh`: use the indexes that are cached. */
  readonly skipRefresh?: boolean;
  /** The time as Chart.lock notes it (RFC 3339), and for archives in milliseconds since 1970. */
  readonly now: { readonly text: string; readonly ms: number };
  /** Hears the progress, in Helm's words. */
  say(text: string): void;
  readonly signal?: AbortSignal;
}

/**
 * Chooses the newest versions that Chart.yaml allows, brings them into charts/, and writes Chart.lock where its digest
 * changed, as `helm dependency update`. Throws chart.dependencies, chart.repository, chart.fetch in Helm's words.
 */
export async function updateDependencies(folder: string, context: DependencyContext): Promise<void> {
  const chart = await loadForChange(folder);
  const wanted = wantedBy(chart);
  if (wanted === undefined) return;
  const { byDependency, unknown } = await nameRepositories(wanted, folder, context.paths);
  const unreachable = context.skipRefresh ? new Map<string, string>() : await refresh(unknown, context);
  const locked = await resolveDependencies(wanted, { byDependency, unreachable }, folder, context.paths);
  await save(folder, locked, byDependency, context);
  const digest = await lockDigest(wanted, locked);
  if (chart.lock?.digest === digest) return;
  await writeLock(folder, chart, { generated: context.now.text, digest, dependencies: locked });
}

/**
 * Brings the versions that Chart.lock names into charts/, as `helm dependency build`; without a lock an update. Throws
 * chart.lock where Chart.yaml has changed since.
 */
export async function buildDependencies(folder: string, context: DependencyContext): Promise<void> {
  const chart = await loadForChange(folder);
  if (chart.lock === undefined) return updateDependencies(folder, context);
  const wanted = wantedBy(chart) ?? [];
  const locked = present(chart.lock.dependencies ?? []);
  // Helm 2 hashed what was written; nameRepositories puts addresses in the place of aliases.
  const legacy = await legacyLockDigest(wanted);
  const { byDependency } = await nameRepositories(wanted, folder, context.paths);
  if ((await lockDigest(wanted, locked)) !== chart.lock.digest) {
    const old = chart.metadata.apiVersion === "v1";
    if (!old || legacy !== chart.lock.digest) throw outOfSync(old);
  }
  await requireKnown(locked, context.paths);
  if (!context.skipRefresh) await refreshKnown(context);
  await save(folder, locked, byDependency, context);
}

async function loadForChange(folder: string): Promise<Chart> {
  const { stat } = await import("node:fs/promises");
  const info = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    throw new SlipwayError(`could not find ${folder}: stat ${folder}: no such file or directory`, {
      code: "chart.not-found",
      cause: error,
    });
  });
  if (!info.isDirectory())
    throw new SlipwayError("only unpacked charts can be updated", { code: "chart.dependencies" });
  return loadFolder(folder);
}

/** Copies, for the addresses of aliases are put in. Undefined where Chart.yaml names no dependencies. */
function wantedBy(chart: Chart): Dependency[] | undefined {
  const { dependencies } = chart.metadata;
  return dependencies === null ? undefined : present(dependencies).map((dependency) => ({ ...dependency }));
}

const present = (dependencies: readonly (Dependency | null)[]): Dependency[] =>
  dependencies.filter((dependency) => dependency !== null);

/** Fetches the indexes of repositories that only Chart.yaml knows, then of all known ones. Gives why some cannot be had. */
async function refresh(unknown: readonly RepositoryEntry[], context: DependencyContext): Promise<Map<string, string>> {
  const { paths, say, signal } = context;
  if (unknown.length > 0) say("Getting updates for unmanaged Helm repositories...\n");
  const reasons = await refreshIndexes(unknown, paths, say, signal);
  return new Map([...reasons, ...(await refreshKnown(context))]);
}

async function refreshKnown({ paths, say, signal }: DependencyContext): Promise<Map<string, string>> {
  const known = await readRepositories(paths);
  if (known.length === 0) return new Map();
  say("Hang tight while we grab the latest from your chart repositories...\n");
  const reasons = await refreshIndexes(known, paths, say, signal);
  say("Update Complete. ⎈Happy Helming!⎈\n");
  return reasons;
}

function save(
  folder: string,
  locked: readonly Dependency[],
  names: ReadonlyMap<string, string>,
  { paths, now, say, signal }: DependencyContext,
): Promise<void> {
  return saveDependencies(locked, folder, { paths, names, modTime: now.ms, say, ...(signal && { signal }) });
}

function outOfSync(legacy: boolean): SlipwayError {
  const message = legacy
    ? "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies"
    : "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'";
  return new SlipwayError(message, { code: "chart.lock", fix: "slipway dependency update CHART" });
}
