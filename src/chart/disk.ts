import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { SlipwayError, compareStrings, errnoWords, fromBytes, isMap, messageOf } from "../base/index.ts";
import { parse } from "../goyaml/index.ts";
import { IgnoreRules } from "./ignore.ts";
import { LateFile, canBeLate } from "./late-file.ts";
import { loadFiles } from "./load.ts";
import { archiveError, maxChartSize, maxFileSize, readTar, withoutBom } from "./tar.ts";
import type { Chart, ChartFile, HelmVersion } from "./types.ts";

/** How a chart is read from the disk. */
export interface DiskOptions {
  readonly helmVersion?: HelmVersion;
  /** Do not look at Chart.yaml's apiVersion first, as Helm 4 does where it installs: `lint` and `show` do not. */
  readonly lenient?: boolean;
  /** Note when each file was last changed: what Helm 4 puts into release records. */
  readonly times?: boolean;
  /** Sees the files before anything is made of them. */
  readonly found?: (files: readonly ChartFile[]) => void;
  /** Hears of symbolic links that were followed. */
  readonly warn?: (message: string) => void;
}

/**
 * A chart from a folder (with its .helmignore) or a `.tgz`. Throws in Helm's words: `chart.not-found`,
 * `chart.archive`, and what `loadFiles` throws.
 */
export function loadChartSync(path: string, options: DiskOptions = {}): Chart {
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch (error) {
    throw ioError(error, "stat", path);
  }
  return folder ? loadFolder(path, options) : loadTgz(path, options);
}

function loadFolder(path: string, options: DiskOptions): Chart {
  const top = resolve(path);
  if ((options.helmVersion ?? 4) === 4 && options.lenient !== true) detectVersion(top);
  const files = readFolder(top, options);
  options.found?.(files);
  return loadFiles(files, { ...loadOptions(options), path });
}

const loadOptions = (options: DiskOptions) => ({
  ...(options.helmVersion === undefined ? {} : { helmVersion: options.helmVersion }),
  gunzip,
});

/** Helm 4 looks at Chart.yaml's apiVersion before it reads anything else. */
function detectVersion(top: string): void {
  const name = `${top}/Chart.yaml`;
  let text: string;
  try {
    text = fromBytes(readFileSync(name));
  } catch (error) {
    throw new SlipwayError(`unable to detect chart at ${name}: ${ioError(error, "open", name).message}`, {
      code: "chart.missing-chart-yaml",
      path: top,
      doing: "reading a chart's folder",
      fix: "A chart is a folder (or archive) with a Chart.yaml at its top.",
    });
  }
  const version = apiVersionOf(text);
  if (version !== "" && version !== "v1" && version !== "v2") {
    throw new SlipwayError("unsupported chart version", { code: "chart.metadata", path: "apiVersion" });
  }
}

function apiVersionOf(text: string): string {
  // The usual line needs no YAML reader; anything else gets one, for its errors.
  if (/^apiVersion: *["']?v[12]["']?[ \r]*$/m.test(text)) return "v2";
  let value: unknown;
  try {
    value = parse(text, { file: "Chart.yaml" });
  } catch (error) {
    throw new SlipwayError(`cannot load Chart.yaml: ${messageOf(error)}`, {
      ...(error instanceof SlipwayError ? error.facts : {}),
      code: "chart.metadata",
    });
  }
  if (!isMap(value)) return "";
  return typeof value.apiVersion === "string" ? value.apiVersion : "";
}

/** The files of a chart's folder, in Helm's order, without what .helmignore leaves out. */
export function readFolder(top: string, options: DiskOptions = {}): ChartFile[] {
  const walk: Walk = {
    rules: readRules(top),
    files: [],
    left: maxChartSize,
    helmVersion: options.helmVersion ?? 4,
    warn: options.warn ?? (() => {}),
    slab: new Slab(),
    times: options.times === true,
  };
  walkFolder(walk, top, "", [realpathSync(top)]);
  return walk.files;
}

interface Walk {
  readonly rules: IgnoreRules;
  readonly files: ChartFile[];
  left: number;
  readonly helmVersion: HelmVersion;
  readonly warn: (message: string) => void;
  readonly slab: Slab;
  readonly times: boolean;
}

/**
 * Reads many small files into few large buffers: a buffer for each would make the garbage collector run again and
 * again.
 */
class Slab {
  #buffer = new Uint8Array();
  #used = 0;

  read(path: string): { data: Uint8Array; modTime: number } {
    const file = openSync(path, "r");
    try {
      const { size, mtimeMs: modTime } = fstatSync(file);
      // Files of unknown size (in /proc and the like) are read the ordinary way.
      if (size === 0) return { data: readFileSync(file), modTime };
      if (size > this.#buffer.length - this.#used) {
        this.#buffer = new Uint8Array(Math.max(size, 1 << 20));
        this.#used = 0;
      }
      const data = this.#buffer.subarray(this.#used, this.#used + size);
      let got = 0;
      while (got < size) {
        const count = readSync(file, data, got, size - got, null);
        if (count === 0) break;
        got += count;
      }
      this.#used += got;
      return { data: data.subarray(0, got), modTime };
    } finally {
      closeSync(file);
    }
  }
}

function readRules(top: string): IgnoreRules {
  try {
    return new IgnoreRules(fromBytes(readFileSync(`${top}/.helmignore`)));
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    return new IgnoreRules();
  }
}

/** `above` holds the real paths of the folders being read, to stop at links that lead back into one of them. */
function walkFolder(walk: Walk, folder: string, inside: string, above: readonly string[]): void {
  const list = readdirSync(folder, { withFileTypes: true }).sort((a, b) => compareStrings(a.name, b.name));
  for (const entry of list) {
    const path = `${folder}/${entry.name}`;
    const name = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (entry.isSymbolicLink()) followLink(walk, path, name, above);
    else if (entry.isDirectory()) {
      if (!walk.rules.ignores(name, true)) walkFolder(walk, path, name, [...above, `${above.at(-1)}/${entry.name}`]);
    } else if (!walk.rules.ignores(name, false)) readOne(walk, path, name, entry.isFile());
  }
}

function followLink(walk: Walk, path: string, name: string, above: readonly string[]): void {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    const { message } = ioError(error, "lstat", missingTarget(path));
    throw new SlipwayError(`error evaluating symlink ${path}: ${message}`, {
      code: "chart.link",
      path: name,
      fix: "The link's target is missing.",
    });
  }
  walk.warn(`found symbolic link in path. Contents of linked file included and used: ${path} -> ${real}`);
  const stat = lstatSync(real);
  if (!stat.isDirectory()) {
    if (!walk.rules.ignores(name, false)) readOne(walk, path, name, stat.isFile());
    return;
  }
  if (walk.rules.ignores(name, true)) return;
  if (above.includes(real)) {
    walk.warn(`the symbolic link ${path} leads back to a folder above it and is left out`);
    return;
  }
  walkFolder(walk, path, name, [...above, real]);
}

/** The first part of a link's way that is not there: what Go names in the error. */
function missingTarget(link: string): string {
  let target = link;
  for (let hops = 0; hops < 40; hops++) {
    const parts = target.split("/");
    const missing = parts.findIndex((_, i) => i > 0 && !present(parts.slice(0, i + 1).join("/")));
    if (missing > 0) return parts.slice(0, missing + 1).join("/");
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}

function present(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readOne(walk: Walk, path: string, name: string, regular: boolean): void {
  if (!regular) {
    throw new SlipwayError(`cannot load irregular file ${path} as it has file mode type bits set`, {
      code: "chart.irregular-file",
      path: name,
    });
  }
  if (canBeLate(name) && addLate(walk, path, name)) return;
  let data: Uint8Array;
  let modTime: number;
  try {
    ({ data, modTime } = walk.slab.read(path));
  } catch (error) {
    throw readError(error, path, name);
  }
  checkSize(walk, name, data.length);
  walk.files.push({ name, data: withoutBom(data), ...(walk.times && { modTime }) });
}

/** Smaller files are sooner read than looked at. */
const worthWaiting = 32_768;

/** Adds a file whose reading can wait; false where it is small, or cannot be read. */
function addLate(walk: Walk, path: string, name: string): boolean {
  try {
    const { size, mtimeMs } = statSync(path);
    if (size < worthWaiting) return false;
    accessSync(path, constants.R_OK);
    checkSize(walk, name, size);
    let data: Uint8Array | undefined;
    const read = () => {
      try {
        return (data ??= withoutBom(readFileSync(path)));
      } catch (error) {
        throw readError(error, path, name);
      }
    };
    walk.files.push(new LateFile(name, read, walk.times ? mtimeMs : undefined));
    return true;
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    return false;
  }
}

function readError(error: unknown, path: string, name: string): SlipwayError {
  return new SlipwayError(`error reading ${name}: ${ioError(error, "open", path).message}`, {
    code: "chart.read",
    path: name,
  });
}

/** Counts a file against Helm's bounds. */
function checkSize(walk: Walk, name: string, size: number): void {
  if (walk.helmVersion === 3 && size > maxFileSize) {
    const base = JSON.stringify(name.slice(name.lastIndexOf("/") + 1));
    throw new SlipwayError(`chart file ${base} is larger than the maximum file size ${maxFileSize}`, {
      code: "chart.limit",
      path: name,
    });
  }
  if (size > walk.left) {
    throw new SlipwayError(`error reading ${name}: chart exceeds maximum decompressed size of ${maxChartSize} bytes`, {
      code: "chart.limit",
      path: name,
    });
  }
  walk.left -= size;
}

function loadTgz(path: string, options: DiskOptions): Chart {
  let data: Uint8Array;
  try {
    data = readFileSync(path);
  } catch (error) {
    throw ioError(error, "open", path);
  }
  const helmVersion = options.helmVersion ?? 4;
  const files = readArchive(path, data, helmVersion);
  options.found?.(files);
  return loadFiles(files, { ...loadOptions(options), path });
}

/** The files of a chart archive on disk, with Helm's words for what is no archive. */
export function readArchive(path: string, data: Uint8Array, helmVersion: HelmVersion): ChartFile[] {
  if (data[0] !== 0x1f || data[1] !== 0x8b || data[2] !== 8) {
    throw archiveError(
      /\.ya?ml$/.test(path)
        ? `file '${path}' seems to be a YAML file, but expected a gzipped archive`
        : `file '${path}' does not appear to be a gzipped archive; got '${contentType(data)}'`,
    );
  }
  return readTar(gunzip(data), helmVersion);
}

/** What a look at the first bytes says; Go's sniffing knows more types, charts seldom meet them. */
function contentType(data: Uint8Array): string {
  // Go looks at 512 bytes, and those that a short file lacks are zeros.
  const head = new Uint8Array(512);
  head.set(data.subarray(0, 512));
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return "application/zip";
  const binary = (byte: number) => byte <= 8 || byte === 11 || (byte >= 14 && byte <= 26) || (byte >= 28 && byte <= 31);
  return head.some(binary) ? "application/octet-stream" : "text/plain; charset=utf-8";
}

function gunzip(data: Uint8Array): Uint8Array {
  try {
    // Headers and padding come on top of the files' own sizes, which readTar counts.
    // Loaded here, because node:zlib brings in node:stream, and folders need neither.
    const { gunzipSync } = process.getBuiltinModule("node:zlib");
    return gunzipSync(data, { maxOutputLength: Math.floor(maxChartSize * 1.25) });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw archiveError(`decompressed chart is larger than the maximum size ${maxChartSize}`);
    }
    throw archiveError((error as { code?: string }).code === "Z_BUF_ERROR" ? "unexpected EOF" : "gzip: invalid header");
  }
}

/** A failed system call as Go words it: `open x: no such file or directory`. */
export function ioError(error: unknown, call: string, path: string): SlipwayError {
  const code = (error as { code?: string }).code ?? "";
  return new SlipwayError(`${call} ${path}: ${errnoWords(error)}`, {
    code: code === "ENOENT" ? "chart.not-found" : "chart.read",
    path,
    cause: error,
  });
}
