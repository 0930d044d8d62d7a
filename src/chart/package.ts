import { SlipwayError } from "../base/index.ts";
import { stringify } from "../goyaml/index.ts";
import { lockJson, metadataJson } from "./metadata.ts";
import type { Chart, ChartFile } from "./types.ts";

/** The settings of an archive. */
export interface PackageOptions {
  /** Times of what has none of its own, in milliseconds since 1970 (SOURCE_DATE_EPOCH, or now). */
  readonly modTime: number;
}

/** Helm marks its archives: a comment and extra bytes in gzip's header (RFC 1952). */
const gzipExtra = "+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=";
const gzipComment = "Helm";

/**
 * A chart as the `.tgz` that `helm package` writes: Chart.yaml rewritten with sorted keys, Chart.lock, values.yaml as
 * it is, the schema, templates, other files, then the subcharts. Throws chart.package.
 */
export async function packageChart(chart: Chart, options: PackageOptions): Promise<Uint8Array> {
  const { packTar } = await import("modern-tar");
  const { crc32, deflateRawSync } = await import("node:zlib");
  const entries = contents(chart, "", options.modTime).map(({ name, data, modTime }) => ({
    header: {
      name,
      size: data.length,
      mode: 0o644,
      type: "file" as const,
      mtime: new Date(Math.floor((modTime ?? options.modTime) / 1000) * 1000),
      uid: 0,
      gid: 0,
      uname: "",
      gname: "",
    },
    body: data,
  }));
  const tar = await packTar(entries);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(tar), 0);
  trailer.writeUInt32LE(tar.length >>> 0, 4);
  return Buffer.concat([gzipHeader(), deflateRawSync(tar), trailer]);
}

function gzipHeader(): Uint8Array {
  const hasExtra = 0x04;
  const hasComment = 0x10;
  const unknownSystem = 0xff;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(gzipExtra.length);
  return Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, hasExtra | hasComment, 0, 0, 0, 0, 0, unknownSystem]),
    length,
    Buffer.from(gzipExtra, "latin1"),
    Buffer.from(`${gzipComment}\0`, "latin1"),
  ]);
}

function contents(chart: Chart, prefix: string, modTime: number): ChartFile[] {
  const { metadata, lock, schema } = chart;
  const base = `${prefix}${metadata.name}/`;
  const own = metadata.apiVersion === "v1" ? { ...metadata, dependencies: null } : metadata;
  const files: ChartFile[] = [];
  const add = (file: ChartFile) => files.push({ modTime, ...file, name: base + file.name });
  const chartFileTime = chart.raw.find((file) => file.name === "Chart.yaml")?.modTime;
  add({
    name: "Chart.yaml",
    data: yaml(metadataJson(own)),
    ...(chartFileTime !== undefined && { modTime: chartFileTime }),
  });
  if (lock && metadata.apiVersion === "v2") add({ name: "Chart.lock", data: yaml(lockJson(lock)) });
  for (const file of chart.raw) if (file.name === "values.yaml") add(file);
  if (schema) {
    try {
      JSON.parse(new TextDecoder().decode(schema));
    } catch {
      throw new SlipwayError("invalid JSON in values.schema.json", { code: "chart.package" });
    }
    const schemaFile = chart.raw.find((file) => file.name === "values.schema.json");
    add(schemaFile ?? { name: "values.schema.json", data: schema });
  }
  for (const file of [...chart.templates, ...chart.files]) add(file);
  for (const dependency of chart.dependencies) files.push(...contents(dependency, `${base}charts/`, modTime));
  return files;
}

function yaml(value: unknown): Uint8Array {
  return new TextEncoder().encode(stringify(value));
}
