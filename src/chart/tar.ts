import { SlipwayError, fromBytes } from "../base/index.ts";
import type { ChartFile, HelmVersion } from "./types.ts";

/** Helm's limit on an unpacked chart. */
export const maxChartSize = 100 * 1024 * 1024;
/** Helm 3's limit on one file of a chart. */
export const maxFileSize = 5 * 1024 * 1024;

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly modTime: number;
}

/**
 * The files of a chart archive (unpacked from gzip already), with Helm's checks: a folder at the top, no absolute or
 * climbing paths, no more than Helm's limits. Unlike Helm, which makes empty files of them, links are refused.
 * Throws `chart.archive`.
 */
export function readTar(tar: Uint8Array, helmVersion: HelmVersion = 4): ChartFile[] {
  const files: ChartFile[] = [];
  let left = maxChartSize;
  for (const entry of entries(tar)) {
    if (entry.type === "5" || entry.type === "g" || entry.name.endsWith("/")) continue;
    const name = chartPath(entry.name);
    if (entry.type === "1" || entry.type === "2") {
      throw archiveError(`chart illegally contains a link: ${JSON.stringify(entry.name)}`);
    }
    if (entry.data.length >= left) {
      throw archiveError(`decompressed chart is larger than the maximum size ${maxChartSize}`);
    }
    if (helmVersion === 3 && entry.data.length > maxFileSize) {
      throw archiveError(
        `decompressed chart file ${JSON.stringify(entry.name)} is larger than the maximum file size ${maxFileSize}`,
      );
    }
    left -= entry.data.length;
    files.push({ name, data: withoutBom(entry.data), modTime: entry.modTime });
  }
  if (files.length === 0) throw archiveError("no files in chart archive");
  return files;
}

/** The bytes without a UTF-8 byte order mark in front. */
export function withoutBom(data: Uint8Array): Uint8Array {
  return data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf ? data.subarray(3) : data;
}

/** The path below the archive's one folder, checked. */
function chartPath(full: string): string {
  const delimiter = full.includes("\\") ? "\\" : "/";
  const parts = full.split(delimiter);
  const inner = parts.slice(1).join("/");
  if (inner.startsWith("/")) throw archiveError("chart illegally contains absolute paths");
  const clean = cleanPath(inner);
  if (clean === ".") {
    throw archiveError(`chart illegally contains content outside the base directory: ${JSON.stringify(full)}`);
  }
  if (clean.startsWith("..")) throw archiveError("chart illegally references parent directory");
  if (/^[a-zA-Z]:\//.test(clean)) throw archiveError("chart contains illegally named files");
  if (parts[0] === "Chart.yaml") throw archiveError("chart yaml not in base directory");
  return clean;
}

function cleanPath(path: string): string {
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && out.length > 0 && out.at(-1) !== "..") out.pop();
    else out.push(part);
  }
  return out.length === 0 ? "." : out.join("/");
}

/** The entries of a tar stream: ustar, with GNU and pax long names. */
function* entries(tar: Uint8Array): Generator<Entry> {
  let at = 0;
  let pax: Record<string, string> = {};
  let longName: string | undefined;
  while (at + 512 <= tar.length) {
    const header = tar.subarray(at, at + 512);
    if (header.every((byte) => byte === 0)) return;
    if (!checksumHolds(header)) throw archiveError("archive/tar: invalid tar header");
    const type = String.fromCharCode(header[156] as number);
    const size = pax.size === undefined ? number(header, 124, 12) : Number(pax.size);
    const start = at + 512;
    if (!Number.isSafeInteger(size) || size < 0) throw archiveError("archive/tar: invalid tar header");
    if (start + size > tar.length) throw archiveError("unexpected EOF");
    const data = tar.subarray(start, start + size);
    at = start + Math.ceil(size / 512) * 512;
    if (type === "x") Object.assign(pax, paxRecords(data));
    else if (type === "L") longName = text(data, 0, data.length);
    else if (type !== "K") {
      const name = pax.path ?? longName ?? ustarName(header);
      const modTime = pax.mtime === undefined ? number(header, 136, 12) : Number(pax.mtime);
      yield {
        name,
        type: type === "\0" ? (name.endsWith("/") ? "5" : "0") : type,
        data,
        modTime: modTime * 1000,
      };
      pax = {};
      longName = undefined;
    }
  }
  if (at < tar.length) throw archiveError("unexpected EOF");
}

function checksumHolds(header: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] as number);
  return sum === number(header, 148, 8);
}

function ustarName(header: Uint8Array): string {
  const name = text(header, 0, 100);
  const magic = text(header, 257, 6);
  const prefix = magic === "ustar" ? text(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function text(bytes: Uint8Array, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return fromBytes(end < 0 ? field : field.subarray(0, end));
}

/** An octal field, or GNU's binary one where the first bit is set. */
function number(bytes: Uint8Array, start: number, length: number): number {
  if ((bytes[start] as number) & 0x80) {
    let value = (bytes[start] as number) & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + (bytes[start + i] as number);
    return value;
  }
  const digits = text(bytes, start, length).trim();
  return digits === "" ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function paxRecords(data: Uint8Array): Record<string, string> {
  const records: Record<string, string> = {};
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(32, at);
    const length = Number(fromBytes(data.subarray(at, space)));
    if (space < 0 || !(length > 0)) throw archiveError("archive/tar: invalid tar header");
    const record = fromBytes(data.subarray(space + 1, at + length - 1));
    const equals = record.indexOf("=");
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

/** An error about an archive's form. */
export function archiveError(message: string): SlipwayError {
  return new SlipwayError(message, { code: "chart.archive", doing: "reading a chart archive" });
}
