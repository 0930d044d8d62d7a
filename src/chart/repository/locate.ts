import { isSlipwayError, messageOf, SlipwayError } from "../../base/index.ts";
import { type Access, download } from "./http.ts";
import { type RepositoryEntry, type RepositoryPaths, readRepositories } from "./config.ts";
import { cachedIndex } from "./index-cache.ts";
import { entryUrl, findEntry, type IndexEntry, parseIndex, type RepositoryIndex } from "./index-file.ts";

/** How a chart is looked for. */
export interface LocateOptions {
  readonly paths: RepositoryPaths;
  /** `--version`: exact or a range; empty means the newest release. */
  readonly version?: string;
  /** `--repo`: the address of a repository that need not be known. */
  readonly repo?: string;
  /** `--devel`: pre-releases count too. */
  readonly devel?: boolean;
  /** `--username --password --ca-file …`, for `--repo` and plain addresses. */
  readonly access?: Access;
  readonly signal?: AbortSignal;
}

/** Where a chart archive is to be had. */
export interface Located {
  readonly url: string;
  readonly access: Access;
  /** The file name that the archive goes by. */
  readonly fileName: string;
  readonly entry?: IndexEntry;
}

/**
 * Finds a chart as `helm install NAME CHART` does: a folder or archive on disk, an address, `repository/chart`, or a
 * chart of `--repo`. Gives a local path; what had to be fetched lies in the repository cache. Throws chart.not-found,
 * chart.fetch and chart.repository in Helm's words.
 */
export async function locateChart(ref: string, options: LocateOptions): Promise<string> {
  const name = ref.trim();
  const { existsSync } = await import("node:fs");
  if (existsSync(name) && !options.repo) return name;
  if (isLocalPath(name)) throw new SlipwayError(`path "${name}" not found`, { code: "chart.not-found" });
  const { join } = await import("node:path");
  const located = await resolveChart(name, options);
  return saveArchive(located, join(options.paths.cache), options.signal);
}

/** Resolves a chart that is not on disk to the address of its archive. */
export async function resolveChart(name: string, options: LocateOptions): Promise<Located> {
  const version = options.version || (options.devel ? ">0.0.0-0" : "");
  if (name.startsWith("oci://")) {
    throw new SlipwayError(`${name}: charts in OCI registries cannot be fetched yet`, {
      code: "chart.oci",
      fix: "Fetch the archive with another tool and give its path",
    });
  }
  if (options.repo) return fromRepoUrl(name, options.repo, version, options);
  if (/^https?:\/\//.test(name)) {
    return { url: name, access: options.access ?? {}, fileName: lastStep(name) };
  }
  const slash = name.indexOf("/");
  if (slash <= 0) {
    throw new SlipwayError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${name}`, {
      code: "chart.not-found",
      fix: "Give a folder, an archive, an address, or repository/chart",
    });
  }
  const repositories = await readRepositories(options.paths);
  const repository = repositories.find((entry) => entry.name === name.slice(0, slash));
  if (!repository) throw new SlipwayError(`repo ${name.slice(0, slash)} not found`, { code: "chart.repository" });
  return fromRepository(name.slice(slash + 1), repository, version, options);
}

/** Fetches an archive into a folder, checks its digest where the index gives one, and gives its path. */
export async function saveArchive(located: Located, folder: string, signal?: AbortSignal): Promise<string> {
  const { mkdir, rename, writeFile } = await import("node:fs/promises");
  const { createHash } = await import("node:crypto");
  const { join } = await import("node:path");
  const bytes = await download(located.url, located.access, signal);
  const digest = located.entry?.digest?.replace(/^sha256:/, "");
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (digest && digest !== actual) {
    throw new SlipwayError(
      `the digest of ${located.url} is sha256:${actual}, but the repository's index says ${digest}`,
      {
        code: "chart.digest",
      },
    );
  }
  await mkdir(folder, { recursive: true });
  const path = join(folder, located.fileName);
  await writeFile(`${path}.${process.pid}`, bytes);
  await rename(`${path}.${process.pid}`, path);
  return path;
}

async function fromRepository(
  chart: string,
  repository: RepositoryEntry,
  version: string,
  options: LocateOptions,
): Promise<Located> {
  const index = await cachedIndex(repository.name, options.paths);
  const entry = search(index, chart, version, (reason) => {
    return `chart "${chart}" matching ${version} not found in ${repository.name} index. (try 'slipway repo update'): ${reason}`;
  });
  const { name: _, url, ...access } = repository;
  return archiveOf(entry, url, access);
}

async function fromRepoUrl(chart: string, url: string, version: string, options: LocateOptions): Promise<Located> {
  const access = options.access ?? {};
  const index = await remoteIndex(url, access, options.signal);
  const entry = search(index, chart, version, () => {
    return `chart "${chart}"${version ? ` version "${version}"` : ""} not found in ${url} repository`;
  });
  return archiveOf(entry, url, access);
}

async function remoteIndex(url: string, access: Access, signal?: AbortSignal): Promise<RepositoryIndex> {
  const address = `${url.replace(/\/*$/, "")}/index.yaml`;
  try {
    return parseIndex(new TextDecoder().decode(await download(address, access, signal)), address);
  } catch (error) {
    throw new SlipwayError(
      `looks like "${url}" is not a valid chart repository or cannot be reached: ${messageOf(error)}`,
      {
        code: "chart.repository",
        cause: error,
      },
    );
  }
}

function search(index: RepositoryIndex, chart: string, version: string, words: (reason: string) => string): IndexEntry {
  try {
    return findEntry(index, chart, version);
  } catch (error) {
    if (!isSlipwayError(error, "chart.not-found")) throw error;
    throw new SlipwayError(words(error.message), { ...error.facts, cause: error });
  }
}

function archiveOf(entry: IndexEntry, repositoryUrl: string, access: Access): Located {
  const url = entryUrl(entry, repositoryUrl);
  return { url, access, entry, fileName: lastStep(url) };
}

function lastStep(url: string): string {
  return new URL(url).pathname.split("/").pop() || "chart.tgz";
}

function isLocalPath(name: string): boolean {
  return name.startsWith(".") || name.startsWith("/") || /^[A-Za-z]:[\\/]/.test(name);
}
