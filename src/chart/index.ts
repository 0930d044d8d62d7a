/**
 * Charts: what they are made of, and how they are read from files, folders and archives; values and their layers.
 * Everything here is pure but `loadChart`, which brings in the file system when it is called.
 */
import type { DiskOptions } from "./disk.ts";
import type { GoMap } from "../base/index.ts";
import type { SchemaError } from "./schema/messages.ts";
import type { SchemaOptions, ValuesReport } from "./schema/index.ts";
import type { Chart, ChartFile, HelmVersion } from "./types.ts";

export * from "./types.ts";
export type { SchemaError } from "./schema/messages.ts";
export type { SchemaOptions, ValuesProblem, ValuesReport } from "./schema/index.ts";
export { type CoalesceOptions, coalesceTables, coalesceValues, mergeTables, mergeValues } from "./coalesce.ts";
export { deepCopy } from "./copy.ts";
export { isCompatible } from "./compatible.ts";
export { type DependencyOptions, checkDependencies, processDependencies } from "./dependencies.ts";
export {
  type DependencyContext,
  type DependencyStatus,
  buildDependencies,
  dependencyStatus,
  updateDependencies,
} from "./dependency/index.ts";
export { BadPattern, filepathMatch } from "./filepath-match.ts";
export { IgnoreRules } from "./ignore.ts";
export { LateFile } from "./late-file.ts";
export { type LoadOptions, loadFiles } from "./load.ts";
export { loadArchive, loadFilesWithArchives } from "./archive.ts";
export { dependencyJson, lockJson, metadataJson, metadataKeys, readMetadata } from "./metadata.ts";
export { tableAt, valueAt } from "./paths.ts";
export { type SetKind, type SetPorts, parseSet } from "./strvals.ts";
export { type PackageOptions, packageChart } from "./package.ts";
export * from "./repository/index.ts";
export { chartFullPath, crdFiles, isLibrary } from "./tree.ts";
export { type UserValues, type ValuesFile, loadValues, mergeMaps, mergeUserValues, splitDocuments } from "./values.ts";

/**
 * A chart from a folder or a `.tgz` on disk. Node only: in a browser use `loadFiles` or `loadArchive`.
 * Throws in Helm's words, see `loadFiles`.
 */
export async function loadChart(path: string, options: DiskOptions = {}): Promise<Chart> {
  const { loadChartSync } = await import("./disk.ts");
  return loadChartSync(path, options);
}

/**
 * Holds a chart's values (and its subcharts') against their values.schema.json, drafts 4 to 2020-12. Answers all that is
 * wrong, in Helm's words and as a list; undefined where nothing is. The validator is loaded when there is a schema.
 */
export async function validateSchema(
  chart: Chart,
  values: GoMap,
  options: SchemaOptions = {},
): Promise<ValuesReport | undefined> {
  if (!hasSchema(chart)) return undefined;
  const { validateValues } = await import("./schema/index.ts");
  return validateValues(chart, values, options);
}

function hasSchema(chart: Chart): boolean {
  return chart.schema !== undefined || chart.dependencies.some(hasSchema);
}

/** Holds values against one schema: the text is what Helm prints, `errors` the failures one by one. */
export async function validateOneSchema(
  schema: Uint8Array,
  values: GoMap,
  options: SchemaOptions = {},
): Promise<{ readonly text: string; readonly errors: readonly SchemaError[] } | undefined> {
  const { validateOne } = await import("./schema/index.ts");
  return validateOne(schema, values, options);
}

/** The files of a chart archive, checked as Helm checks them. Node only. */
export async function readChartArchive(
  path: string,
  data: Uint8Array,
  helmVersion: HelmVersion = 4,
): Promise<ChartFile[]> {
  const { readArchive } = await import("./disk.ts");
  return readArchive(path, data, helmVersion);
}

/** Reads a JSON Schema document, for `loadSchema`. Throws encoding/json's words. */
export async function parseSchema(text: string): Promise<unknown> {
  const { parseSchemaJson } = await import("./schema/json.ts");
  return parseSchemaJson(text);
}
