import { type GoMap, SlipwayError, compareStrings, fromBytes, isSlipwayError, messageOf } from "../base/index.ts";
import { parse, parseMap } from "../goyaml/index.ts";
import { renamed } from "./late-file.ts";
import { readTar } from "./tar.ts";
import { decodeLock, decodeMetadata, newMetadata, validateMetadata } from "./metadata.ts";
import type { Chart, ChartFile, HelmVersion, Lock, Metadata } from "./types.ts";
import { loadValues } from "./values.ts";

/** How a chart is read. */
export interface LoadOptions {
  readonly helmVersion?: HelmVersion;
  /** Unpacks gzip, for subcharts in `charts/*.tgz`. Without it they are refused; `loadArchive` brings its own. */
  readonly gunzip?: (data: Uint8Array) => Uint8Array;
  /** Where the files came from, for messages. */
  readonly path?: string;
}

interface Loading {
  metadata: Metadata | undefined;
  lock: Lock | undefined;
  values: GoMap | null;
  schema: Uint8Array | undefined;
  readonly templates: ChartFile[];
  readonly files: ChartFile[];
  readonly subcharts: Map<string, ChartFile[]>;
  readonly warnings: string[];
}

/**
 * A chart from its files (names without the chart's folder in front). Throws in Helm's words: `chart.metadata` for a
 * missing or wrong Chart.yaml, `chart.values`, `chart.lock`, `chart.subchart`.
 */
export function loadFiles(files: readonly ChartFile[], options: LoadOptions = {}): Chart {
  const helmVersion = options.helmVersion ?? 4;
  const state: Loading = {
    metadata: undefined,
    lock: undefined,
    values: null,
    schema: undefined,
    templates: [],
    files: [],
    subcharts: new Map(),
    warnings: [],
  };
  for (const file of files) if (file.name === "Chart.yaml") readChartYaml(state, file, helmVersion);
  for (const file of files) place(state, file, helmVersion);
  if (state.metadata === undefined) {
    throw new SlipwayError("Chart.yaml file is missing", {
      code: "chart.missing-chart-yaml",
      ...(options.path === undefined ? {} : { path: options.path }),
      fix: "A chart is a folder (or archive) with a Chart.yaml at its top.",
    });
  }
  try {
    validateMetadata(state.metadata);
  } catch (error) {
    throw withFile(error, "Chart.yaml");
  }
  const dependencies: Chart[] = [];
  const chart: Chart = {
    metadata: state.metadata,
    ...(state.lock === undefined ? {} : { lock: state.lock }),
    raw: files,
    templates: state.templates,
    files: state.files,
    values: state.values,
    ...(state.schema === undefined ? {} : { schema: state.schema }),
    dependencies,
    ...(options.path === undefined ? {} : { path: options.path }),
    warnings: state.warnings,
  };
  // Helm reads charts/ in the random order of a Go map; ours is by name.
  for (const name of [...state.subcharts.keys()].sort(compareStrings)) {
    if (name.startsWith("_") || name.startsWith(".")) continue;
    const subchart = loadSubchart(chart, name, state.subcharts.get(name) as ChartFile[], options);
    (subchart as { parent?: Chart }).parent = chart;
    dependencies.push(subchart);
    state.warnings.push(...(subchart.warnings ?? []));
  }
  return chart;
}

function readChartYaml(state: Loading, file: ChartFile, helmVersion: HelmVersion): void {
  state.metadata ??= newMetadata();
  wrapped("cannot load Chart.yaml", "chart.metadata", file.name, () =>
    decodeMetadata(exact(file), state.metadata as Metadata, helmVersion),
  );
  // Helm 2 let charts do without; they are v1 charts.
  if (state.metadata.apiVersion === "") state.metadata.apiVersion = "v1";
}

function place(state: Loading, file: ChartFile, helmVersion: HelmVersion): void {
  switch (file.name) {
    case "Chart.yaml":
      return;
    case "Chart.lock":
      state.lock = wrapped("cannot load Chart.lock", "chart.lock", file.name, () =>
        decodeLock(exact(file), helmVersion),
      );
      return;
    case "values.yaml":
      state.values = wrapped("cannot load values.yaml", "chart.values", file.name, () => readValues(file, helmVersion));
      return;
    case "values.schema.json":
      state.schema = file.data;
      return;
    case "requirements.yaml":
      return readRequirements(state, file, helmVersion);
    case "requirements.lock":
      return readRequirementsLock(state, file, helmVersion);
    default:
  }
  if (file.name.startsWith("templates/")) state.templates.push(file);
  else if (file.name.startsWith("charts/") && !file.name.endsWith(".prov")) {
    const name = file.name.slice("charts/".length);
    const folder = name.split("/", 1)[0] as string;
    const list = state.subcharts.get(folder);
    if (list === undefined) state.subcharts.set(folder, [renamed(file, name)]);
    else list.push(renamed(file, name));
  } else state.files.push(file);
}

function readValues(file: ChartFile, helmVersion: HelmVersion): GoMap {
  const text = fromBytes(file.data);
  if (helmVersion === 4) return loadValues(text, file.name);
  return parseMap(text, { file: file.name });
}

/** Helm 2's way to name dependencies; Helm reads it over Chart.yaml whatever the version. */
function readRequirements(state: Loading, file: ChartFile, helmVersion: HelmVersion): void {
  const md = (state.metadata ??= newMetadata());
  if (md.apiVersion !== "v1") {
    state.warnings.push(
      'Warning: Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.',
    );
  }
  wrapped("cannot load requirements.yaml", "chart.metadata", file.name, () =>
    decodeMetadata(exact(file), md, helmVersion),
  );
  if (md.apiVersion === "v1") state.files.push(file);
}

/** YAML with integers told from floats, because text is made of them differently. */
const exact = (file: ChartFile): unknown => parse(fromBytes(file.data), { file: file.name, numbers: "exact" });

function readRequirementsLock(state: Loading, file: ChartFile, helmVersion: HelmVersion): void {
  state.lock = wrapped("cannot load requirements.lock", "chart.lock", file.name, () =>
    decodeLock(exact(file), helmVersion),
  );
  if (state.metadata?.apiVersion !== "v1") {
    state.warnings.push(
      'Warning: Dependency locking is handled in Chart.lock since apiVersion "v2". We recommend migrating to Chart.lock.',
    );
  } else state.files.push(file);
}

function loadSubchart(chart: Chart, name: string, files: ChartFile[], options: LoadOptions): Chart {
  const path = options.path === undefined ? {} : { path: `${options.path}/charts/${name}` };
  try {
    if (!name.endsWith(".tgz")) return loadFiles(unprefixed(files), { ...options, ...path });
    const file = files[0] as ChartFile;
    if (file.name !== name) {
      throw new SlipwayError(
        `error unpacking subchart tar in ${chart.metadata.name}: expected ${name}, got ${file.name}`,
        { code: "chart.subchart" },
      );
    }
    const helmVersion = options.helmVersion ?? 4;
    return loadFiles(readTar(unzip(file, options), helmVersion), { ...options, ...path });
  } catch (error) {
    if (messageOf(error).startsWith("error unpacking subchart tar")) throw error;
    throw new SlipwayError(
      `error unpacking subchart ${name} in ${chart.metadata.name}: ${messageOf(error)}`,
      isSlipwayError(error) ? error.facts : { code: "chart.subchart", cause: error },
    );
  }
}

/** Files below a subchart's folder, without it; anything directly in charts/ is no chart. */
function unprefixed(files: ChartFile[]): ChartFile[] {
  return files
    .filter((file) => file.name.includes("/"))
    .map((file) => renamed(file, file.name.slice(file.name.indexOf("/") + 1)));
}

function unzip(file: ChartFile, options: LoadOptions): Uint8Array {
  if (options.gunzip !== undefined) return options.gunzip(file.data);
  throw new SlipwayError(`the archive charts/${file.name} needs a gunzip port`, {
    code: "chart.port",
    fix: "Pass `gunzip` to loadFiles, or load the chart with loadArchive.",
  });
}

function wrapped<T>(doing: string, code: string, file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const facts = isSlipwayError(error) ? error.facts : { cause: error };
    const span = isSlipwayError(error) && error.facts.span ? { span: { ...error.facts.span, file } } : {};
    throw new SlipwayError(`${doing}: ${messageOf(error)}`, { ...facts, ...span, code });
  }
}

function withFile(error: unknown, file: string): unknown {
  if (!isSlipwayError(error) || error.facts.span !== undefined) return error;
  return new SlipwayError(error.message, { ...error.facts, span: { file, line: 1, column: 1 } });
}
