import { messageOf } from "../base/index.ts";
import { type LoadOptions, loadFiles } from "./load.ts";
import { archiveError, maxChartSize, readTar } from "./tar.ts";
import type { Chart, ChartFile } from "./types.ts";

/**
 * A chart from the bytes of a `.tgz`, with what any JavaScript platform offers (DecompressionStream); archives in its
 * charts/ are unpacked too. Throws `chart.archive` for what is no chart archive, and what `loadFiles` throws.
 */
export async function loadArchive(bytes: Uint8Array, options: LoadOptions = {}): Promise<Chart> {
  const files = readTar(await gunzip(bytes), options.helmVersion ?? 4);
  return loadFiles(files, { ...options, gunzip: await nestedGunzip(files, options) });
}

/** Like {@link loadArchive}, from files that may hold archives below charts/. */
export async function loadFilesWithArchives(files: readonly ChartFile[], options: LoadOptions = {}): Promise<Chart> {
  return loadFiles(files, { ...options, gunzip: await nestedGunzip(files, options) });
}

/** Unpacks every archive below charts/ ahead of the reading, which is synchronous. */
async function nestedGunzip(
  files: readonly ChartFile[],
  options: LoadOptions,
): Promise<(data: Uint8Array) => Uint8Array> {
  const unpacked = new Map<Uint8Array, Uint8Array>();
  const visit = async (list: readonly ChartFile[]): Promise<void> => {
    for (const file of list) {
      if (!/(^|\/)charts\/[^/]+\.tgz$/.test(file.name)) continue;
      const tar = await gunzip(file.data);
      unpacked.set(file.data, tar);
      await visit(readTar(tar, options.helmVersion ?? 4));
    }
  };
  await visit(files);
  const byContent = (data: Uint8Array) =>
    unpacked.get(data) ?? [...unpacked].find(([packed]) => sameBytes(packed, data))?.[1];
  return (data) => {
    const tar = byContent(data);
    if (tar === undefined) throw archiveError("gzip: invalid header");
    return tar;
  };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of stream as unknown as AsyncIterable<Uint8Array>) {
      parts.push(part);
      size += part.length;
      // Headers and padding come on top of the files, so the bound here is a little wider than Helm's.
      if (size > maxChartSize * 1.25) {
        throw archiveError(`decompressed chart is larger than the maximum size ${maxChartSize}`);
      }
    }
  } catch (error) {
    if (messageOf(error).startsWith("decompressed chart")) throw error;
    throw archiveError("gzip: invalid header");
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
