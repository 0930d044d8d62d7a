import { type GoMap, SlipwayError, type Span, fromBytes, messageOf } from "../../base/index.ts";
import type { Chart, ChartFile, HelmVersion } from "../../chart/index.ts";
import type { LintInput, LintMessage, LintOptions } from "../../render/index.ts";
import type { Command, Context, Flags } from "../command.ts";
import { formatFlag } from "../output.ts";
import { platformPorts } from "../platform-ports.ts";
import { remoteSchemas, remoteSchemasFlag } from "../remote-schemas.ts";
import { helmVersionFlag, helmVersionOf, readUserValues, valueFlags } from "../values-flags.ts";

/** `slipway lint`: what Helm's lint finds in charts, each with its place. */
export const command: Command = {
  name: "lint",
  short: "look for mistakes in charts",
  examples: `# A chart with its defaults
slipway lint ./chart

# With values, subcharts too, warnings counting as failures
slipway lint ./chart -f prod.yaml --with-subcharts --strict

# For programs
slipway lint ./chart -o json`,
  long:
    "Says everything that `helm lint` says, in its words, and adds the file, line and column of each. Errors fail the " +
    "lint, with --strict warnings too.",
  args: "[CHART…]",
  arity: [0, -1],
  flags: [
    ...valueFlags,
    { name: "strict", type: "bool", usage: "warnings fail too" },
    { name: "with-subcharts", type: "bool", usage: "lint the charts in charts/ as well" },
    { name: "quiet", type: "bool", usage: "only warnings and errors" },
    { name: "kube-version", type: "string", kind: "version", usage: "the Kubernetes to check for deprecated types" },
    { name: "skip-schema-validation", type: "bool", usage: "do not hold the values against values.schema.json" },
    remoteSchemasFlag,
    formatFlag(["text", "json", "yaml"], "print as text, json or yaml"),
    helmVersionFlag,
  ],
  async run(context, args, flags) {
    const helmVersion = helmVersionOf(flags);
    const { parseKubeVersion } = await import("../../render/index.ts");
    const wanted = flags.string("kube-version");
    const options: LintOptions = {
      helmVersion,
      namespace: flags.string("namespace") || "default",
      skipSchemaValidation: flags.bool("skip-schema-validation"),
      loadPorts: () => platformPorts(context),
      ...remoteSchemas(context, flags),
      ...(wanted === "" ? {} : { kubeVersion: parseKubeVersion(wanted, helmVersion) }),
    };
    const given = args.length > 0 ? args : ["."];
    const paths = flags.bool("with-subcharts") ? [...given, ...(await subcharts(context, given))] : given;
    const { values } = await readUserValues(context, flags, helmVersion);
    const results: Result[] = [];
    for (const path of paths) results.push(await lintOne(context, path, values, options, flags.bool("strict")));
    const format = flags.string("output");
    return format === "text" ? printText(context, results, flags) : printData(context, results, format);
  },
};

interface Result {
  readonly path: string;
  readonly messages: readonly LintMessage[];
  /** Why the lint could not be done at all. */
  readonly error?: string;
  readonly failed: boolean;
}

async function lintOne(
  context: Context,
  path: string,
  values: GoMap,
  options: LintOptions,
  strict: boolean,
): Promise<Result> {
  const { lintChart } = await import("../../render/index.ts");
  let input: LintInput;
  try {
    input = await readInput(context, path, options.helmVersion ?? 4);
  } catch (error) {
    return { path, messages: [], error: messageOf(error), failed: true };
  }
  const { join } = await import("node:path");
  // Places by the path that the chart was given by; those in archives stay as they are inside.
  const within = (span: Span): Span => (isArchive(path) ? span : { ...span, file: join(path, span.file) });
  const placed = <T extends { readonly span?: Span }>(item: T): T =>
    item.span === undefined ? item : { ...item, span: within(item.span) };
  const messages = (await lintChart(input, values, options)).map((message) => ({
    ...placed(message),
    ...(message.details === undefined ? {} : { details: message.details.map(placed) }),
  }));
  const failed = messages.some(({ severity }) => severity === "ERROR" || (strict && severity === "WARNING"));
  return { path, messages, failed };
}

const isArchive = (path: string) => /\.(tgz|tar\.gz)$/.test(path);

/** A chart on disk, as the linter wants it. */
async function readInput(context: Context, path: string, helmVersion: HelmVersion): Promise<LintInput> {
  const { resolve } = await import("node:path");
  const { existsSync, readFileSync } = await import("node:fs");
  const { loadChart, readChartArchive } = await import("../../chart/index.ts");
  const full = resolve(context.cwd, path);
  let chart: Promise<Chart> | undefined;
  const load = () => (chart ??= loadChart(full, { helmVersion, lenient: true }));
  if (isArchive(path)) {
    if (!existsSync(full)) {
      throw new SlipwayError(`unable to open tarball: open ${path}: no such file or directory`, { code: "lint.chart" });
    }
    const read = () => readChartArchive(full, readFileSync(full), helmVersion);
    const files = await extracted(read, full);
    const folders = new Set(files.flatMap(({ name }) => parents(name)));
    return { folder: full, files, folders, load };
  }
  const { files, folders } = await readTop(full);
  if (!files.some(({ name }) => name === "Chart.yaml") && !folders.has("Chart.yaml")) {
    const missing = `stat ${path}/Chart.yaml: no such file or directory`;
    throw new SlipwayError(`unable to check Chart.yaml file in chart: ${missing}`, { code: "lint.chart" });
  }
  return { folder: full, files, folders, load };
}

/** The files of an archive, or why Helm could not unpack it. */
async function extracted(read: () => Promise<ChartFile[]>, full: string): Promise<ChartFile[]> {
  const { statSync } = await import("node:fs");
  const fail = (message: string): never => {
    throw new SlipwayError(`unable to extract tarball: ${message}`, { code: "lint.chart" });
  };
  let files: ChartFile[] = [];
  try {
    files = await read();
  } catch (error) {
    const message = messageOf(error);
    const size = statSync(full).size;
    fail(size === 0 ? "EOF" : message.includes("gzipped archive") ? "gzip: invalid header" : message);
  }
  const { readMetadata } = await import("../../chart/index.ts");
  const chartFile = files.find(({ name }) => name === "Chart.yaml");
  if (chartFile === undefined || readMetadata(fromBytes(chartFile.data)).name === "") fail("chart name not specified");
  return files;
}

function parents(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}

/** The files and folders at the top of a chart: all that the linter reads itself. */
async function readTop(folder: string): Promise<{ files: ChartFile[]; folders: Set<string> }> {
  const { readFileSync, readdirSync, statSync } = await import("node:fs");
  const files: ChartFile[] = [];
  const folders = new Set<string>();
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // A folder that is not there has nothing in it.
  }
  const read = new Set(["Chart.yaml", "values.yaml", "values.schema.json", "templates", "crds"]);
  for (const name of names) {
    if (!read.has(name)) continue;
    const stat = statSync(`${folder}/${name}`, { throwIfNoEntry: false });
    if (stat?.isDirectory()) folders.add(name);
    else if (stat !== undefined) files.push({ name, data: readFileSync(`${folder}/${name}`) });
  }
  return { files, folders };
}

/** Charts below charts/, at any depth, in the order of a walk through the folders. */
async function subcharts(context: Context, paths: readonly string[]): Promise<string[]> {
  const { readdirSync } = await import("node:fs");
  const { join, resolve } = await import("node:path");
  const { compareStrings } = await import("../../base/index.ts");
  const found: string[] = [];
  const walk = (folder: string) => {
    let entries: { name: string; isDirectory(): boolean }[];
    try {
      entries = readdirSync(resolve(context.cwd, folder), { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries.sort((a, b) => compareStrings(a.name, b.name))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name === "Chart.yaml") found.push(folder);
      else if (isArchive(path)) found.push(path);
    }
  };
  for (const path of paths) walk(join(path, "charts"));
  return found;
}

function printText(context: Context, results: readonly Result[], flags: Flags): number {
  const quiet = flags.bool("quiet");
  let out = "";
  let noisy = 0;
  for (const { path, messages, error, failed } of results) {
    const serious = failed || messages.some(({ severity }) => severity !== "INFO");
    if (serious) noisy++;
    if (quiet && !serious) continue;
    out += `==> Linting ${path}\n`;
    if (error !== undefined) out += `Error ${error}\n`;
    for (const message of messages) {
      if (quiet && message.severity === "INFO") continue;
      out += `[${message.severity}] ${message.path}: ${message.message}\n`;
      if (message.span !== undefined) out += `  --> ${place(message.span)}\n`;
      for (const detail of message.details ?? []) {
        if (detail.span !== undefined)
          out += `  - ${detail.path ?? ""}: ${detail.message}\n    --> ${place(detail.span)}\n`;
      }
    }
    out += "\n";
  }
  context.out(out);
  const failures = results.filter(({ failed }) => failed).length;
  const summary = `${results.length} chart(s) linted, ${failures} chart(s) failed`;
  if (failures > 0) throw new SlipwayError(summary, { code: "lint.failed" });
  if (!quiet || noisy > 0) context.out(`${summary}\n`);
  return 0;
}

const place = ({ file, line, column }: Span) => `${file}:${line}:${column}`;

async function printData(context: Context, results: readonly Result[], format: string): Promise<number> {
  const at = (span: Span | undefined) =>
    span === undefined ? {} : { file: span.file, line: span.line, column: span.column };
  const charts = results.map(({ path, messages, error, failed }) => ({
    path,
    failed,
    ...(error === undefined ? {} : { error }),
    messages: messages.map(({ severity, path: where, message, span, details }) => ({
      severity,
      path: where,
      message,
      ...at(span),
      ...(details === undefined
        ? {}
        : { details: details.map((item) => ({ path: item.path, message: item.message, ...at(item.span) })) }),
    })),
  }));
  const failed = results.filter((result) => result.failed).length;
  const data = { charts, linted: results.length, failed };
  const { stringify } = await import("../../goyaml/index.ts");
  context.out(format === "yaml" ? stringify(data) : `${JSON.stringify(data)}\n`);
  return failed > 0 ? 1 : 0;
}
