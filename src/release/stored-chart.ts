import * as lateChart from "../chart/index.ts";
import type { Chart, ChartFile, Metadata } from "../chart/index.ts";
import type { GoMap } from "../base/index.ts";
import { goTimestamp } from "./go-time.ts";
import type { StoredChart, StoredFile } from "./record.ts";

/**
 * A chart as Helm stores it in a release: metadata, templates, files, default values (the ones after import-values
 * and reuse), schema; subcharts are not stored.
 */
export function storeChart(chart: Chart, values: GoMap | null = chart.values): StoredChart {
  const own = chart.raw.find((file) => file.name === "Chart.yaml");
  const schema = chart.raw.find((file) => file.name === "values.schema.json");
  return {
    metadata: lateChart.metadataJson(chart.metadata),
    lock: chart.lock === undefined ? null : lateChart.lockJson(chart.lock),
    templates: filesJson(chart.templates),
    values,
    schema: chart.schema === undefined ? null : Buffer.from(chart.schema).toString("base64"),
    ...(schema?.modTime === undefined ? {} : { schemamodtime: goTimestamp(schema.modTime) }),
    files: filesJson(chart.files),
    ...(own?.modTime === undefined ? {} : { modtime: goTimestamp(own.modTime) }),
  };
}

/** Go's nil slice is null, and a chart without such files has one. */
function filesJson(files: readonly ChartFile[]): StoredFile[] | null {
  if (files.length === 0) return null;
  return files.map((file) => ({
    name: file.name,
    data: Buffer.from(file.data).toString("base64"),
    ...(file.modTime === undefined ? {} : { modtime: goTimestamp(file.modTime) }),
  }));
}

/** The chart inside a record, as far as coalescing values needs one. Its subcharts are lost, as in Helm. */
export function chartOfRecord(stored: StoredChart): Chart {
  const raw = (stored.metadata ?? {}) as Record<string, unknown>;
  const word = (key: string) => (typeof raw[key] === "string" ? raw[key] : "");
  const files = (list: readonly StoredFile[] | null): ChartFile[] =>
    (list ?? []).map((file) => ({ name: file.name, data: Buffer.from(file.data ?? "", "base64") }));
  const metadata: Metadata = {
    name: word("name"),
    home: word("home"),
    sources: (raw.sources as string[] | undefined) ?? null,
    version: word("version"),
    description: word("description"),
    keywords: (raw.keywords as string[] | undefined) ?? null,
    maintainers: null,
    icon: word("icon"),
    apiVersion: word("apiVersion"),
    condition: word("condition"),
    tags: word("tags"),
    appVersion: word("appVersion"),
    deprecated: raw.deprecated === true,
    annotations: (raw.annotations as Record<string, string> | undefined) ?? null,
    kubeVersion: word("kubeVersion"),
    dependencies: null,
    type: word("type"),
  };
  return {
    metadata,
    raw: [],
    templates: files(stored.templates),
    files: files(stored.files),
    values: stored.values,
    ...(stored.schema ? { schema: Buffer.from(stored.schema, "base64") } : {}),
    dependencies: [],
  };
}
