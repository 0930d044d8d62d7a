import { messageOf, SlipwayError } from "../../base/index.ts";
import { type RepositoryEntry, type RepositoryPaths } from "./config.ts";
import { download } from "./http.ts";
import { parseIndex, type RepositoryIndex } from "./index-file.ts";

/** Fetches a repository's index.yaml into the cache (as Helm: `<name>-index.yaml`, `<name>-charts.txt`). */
export async function updateIndex(
  entry: RepositoryEntry,
  paths: RepositoryPaths,
  signal?: AbortSignal,
): Promise<RepositoryIndex> {
  const url = indexUrl(entry.url);
  let text: string;
  let index: RepositoryIndex;
  try {
    text = new TextDecoder().decode(await download(url, entry, signal));
    index = parseIndex(text, url);
  } catch (error) {
    throw new SlipwayError(
      `looks like "${entry.url}" is not a valid chart repository or cannot be reached: ${messageOf(error)}`,
      { code: "chart.repository", cause: error },
    );
  }
  const { mkdir, rename, writeFile } = await import("node:fs/promises");
  await mkdir(paths.cache, { recursive: true });
  const write = async (path: string, content: string) => {
    await writeFile(`${path}.${process.pid}`, content);
    await rename(`${path}.${process.pid}`, path);
  };
  await write(cachedIndexPath(paths, entry.name), text);
  await write(`${paths.cache}/${entry.name}-charts.txt`, [...index.entries.keys()].map((name) => `${name}\n`).join(""));
  return index;
}

/** The cached index of a repository. Throws chart.no-index when there is none. */
export async function cachedIndex(name: string, paths: RepositoryPaths): Promise<RepositoryIndex> {
  const { readFile } = await import("node:fs/promises");
  const path = cachedIndexPath(paths, name);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new SlipwayError(
      `no cached repo found. (try 'slipway repo update'): open ${path}: no such file or directory`,
      {
        code: "chart.no-index",
        cause: error,
      },
    );
  }
  return parseIndex(text, path);
}

/** Takes a repository's files out of the cache. */
export async function dropIndex(name: string, paths: RepositoryPaths): Promise<void> {
  const { rm } = await import("node:fs/promises");
  await rm(cachedIndexPath(paths, name), { force: true });
  await rm(`${paths.cache}/${name}-charts.txt`, { force: true });
}

function cachedIndexPath(paths: RepositoryPaths, name: string): string {
  return `${paths.cache}/${name}-index.yaml`;
}

function indexUrl(repository: string): string {
  const url = new URL(repository);
  url.pathname = `${url.pathname.replace(/\/*$/, "")}/index.yaml`;
  return url.href;
}
