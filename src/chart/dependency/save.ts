import { SlipwayError, messageOf } from "../../base/index.ts";
import { parseVersion, compareVersions } from "../../semver/index.ts";
import { type RepositoryPaths, readRepositories } from "../repository/config.ts";
import { cachedIndex } from "../repository/index-cache.ts";
import { entryUrl } from "../repository/index-file.ts";
import { type Located, saveArchive } from "../repository/locate.ts";
import { packageChart } from "../package.ts";
import type { Dependency } from "../types.ts";
import { fits, isLocal, loadFolder, localFolder, rangeOf } from "./local.ts";
import { sameRepository } from "./repositories.ts";
import { ociUnsupported } from "./resolve.ts";

/** What the saving of dependencies needs. */
export interface SaveOptions {
  readonly paths: RepositoryPaths;
  /** The cached index of each dependency. */
  readonly names: ReadonlyMap<string, string>;
  /** Times in archives made of local folders, in milliseconds since 1970. */
  readonly modTime: number;
  say(text: string): void;
  readonly signal?: AbortSignal;
}

/**
 * Brings every locked dependency into charts/: fetched, or packaged from its folder. They are gathered beside it first,
 * so that charts/ is as it was when one cannot be had; then what is there and is no dependency any more goes. Sets the
 * versions of packaged folders. Throws chart.dependencies, chart.fetch and others in Helm's words.
 */
export async function saveDependencies(
  locked: readonly Dependency[],
  folder: string,
  options: SaveOptions,
): Promise<void> {
  const { mkdir, rm, stat } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const charts = join(folder, "charts");
  const info = await stat(charts).catch(() => undefined);
  if (info && !info.isDirectory()) {
    throw new SlipwayError(`${JSON.stringify(charts)} is not a directory`, { code: "chart.dependencies" });
  }
  await mkdir(charts, { recursive: true });
  const gathered = join(folder, `tmpcharts-${process.pid}`);
  await mkdir(gathered, { recursive: true });
  try {
    options.say(`Saving ${locked.length} charts\n`);
    const done = new Set<string>();
    for (const dependency of locked) await saveOne(dependency, folder, gathered, done, options);
    await moveInto(charts, gathered, locked, options.say);
  } finally {
    await rm(gathered, { recursive: true, force: true });
  }
}

async function saveOne(
  dependency: Dependency,
  folder: string,
  gathered: string,
  done: Set<string>,
  options: SaveOptions,
): Promise<void> {
  const { name, repository, version } = dependency;
  if (repository === "") {
    options.say(`Dependency ${name} did not declare a repository. Assuming it exists in the charts directory\n`);
    return checkPresent(dependency, folder, options.say);
  }
  try {
    if (isLocal(repository)) {
      dependency.version = await packageFolder(dependency, folder, gathered, options);
      return;
    }
    if (repository.startsWith("oci://")) throw ociUnsupported(name, repository);
    const located = await find(dependency, options).catch((error: unknown) => {
      throw wrapped(`could not find ${repository.replace(/\/*$/, "/")}${name}-${version}.tgz`, error);
    });
    if (done.has(located.url)) return options.say(`Already downloaded ${name} from repo ${repository}\n`);
    options.say(`Downloading ${name} from repo ${repository}\n`);
    await saveArchive(located, gathered, options.signal).catch((error: unknown) => {
      throw wrapped(`could not download ${located.url}`, error);
    });
    done.add(located.url);
  } catch (error) {
    options.say(`Save error occurred:  ${messageOf(error)}\n`);
    throw error;
  }
}

function wrapped(doing: string, error: unknown): SlipwayError {
  const facts = error instanceof SlipwayError ? error.facts : { code: "chart.dependencies" };
  return new SlipwayError(`${doing}: ${messageOf(error)}`, { ...facts, cause: error });
}

async function checkPresent({ name, version }: Dependency, folder: string, say: (text: string) => void): Promise<void> {
  const { join } = await import("node:path");
  const path = join(folder, "charts", name);
  const chart = await loadFolder(path).catch((error: unknown) => {
    throw wrapped(`unable to load chart '${path}'`, error);
  });
  if (fits(rangeOf(name, version), chart.metadata.version)) return;
  const error = new SlipwayError(
    `dependency ${name} at version ${chart.metadata.version} does not satisfy the constraint ${version}`,
    { code: "chart.dependencies", path: "dependencies" },
  );
  say(`Save error occurred:  ${error.message}\n`);
  throw error;
}

async function packageFolder(
  { name, repository, version }: Dependency,
  folder: string,
  gathered: string,
  options: SaveOptions,
): Promise<string> {
  const { writeFile } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const chart = await loadFolder(await localFolder(repository, folder));
  if (!fits(rangeOf(name, version), chart.metadata.version)) {
    throw new SlipwayError(`can't get a valid version for dependency ${name}`, { code: "chart.dependencies" });
  }
  const file = `${chart.metadata.name}-${chart.metadata.version}.tgz`;
  await writeFile(join(gathered, file), await packageChart(chart, { modTime: options.modTime }));
  return chart.metadata.version;
}

async function find(dependency: Dependency, options: SaveOptions): Promise<Located> {
  const { name, repository, version } = dependency;
  const known = (await readRepositories(options.paths)).find((entry) => sameRepository(entry.url, repository));
  const index = await cachedIndex(known?.name ?? options.names.get(name) ?? "", options.paths);
  const entries = index.entries.get(name);
  if (entries === undefined) throw new SlipwayError("entry not found", { code: "chart.not-found" });
  const same = (one: string) => compareVersions(parseVersion(one), parseVersion(version)) === 0;
  const entry = entries.find((one) => (one.urls?.length ?? 0) > 0 && same(one.version));
  if (entry === undefined) throw new SlipwayError("no matching version", { code: "chart.not-found" });
  const url = entryUrl(entry, repository);
  const { name: _, url: __, ...access } = known ?? { name: "", url: "" };
  return { url, access, entry, fileName: new URL(url).pathname.split("/").pop() || `${name}-${version}.tgz` };
}

/** Moves what was gathered into charts/ and removes archives there that are no dependency any more. */
async function moveInto(
  charts: string,
  gathered: string,
  locked: readonly Dependency[],
  say: (text: string) => void,
): Promise<void> {
  const { readFile, readdir, rename, rm } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const { loadArchive } = await import("../archive.ts");
  const before = (await readdir(charts, { withFileTypes: true })).filter((file) => !file.isDirectory());
  const fresh = new Set(await readdir(gathered));
  for (const file of fresh) {
    const path = join(gathered, file);
    try {
      await loadArchive(await readFile(path));
      await rename(path, join(charts, file));
    } catch (error) {
      say(`Could not verify ${path} for moving: ${messageOf(error)} (Skipping)`);
    }
  }
  say("Deleting outdated charts\n");
  const inPlace = new Set(locked.filter(({ repository }) => repository === "").map(({ name }) => name));
  for (const { name: file } of before) {
    if (fresh.has(file)) continue;
    const path = join(charts, file);
    try {
      const chart = await loadArchive(await readFile(path));
      if (!inPlace.has(chart.metadata.name)) await rm(path);
    } catch (error) {
      say(`Could not verify ${path} for deletion: ${messageOf(error)} (Skipping)\n`);
    }
  }
}
