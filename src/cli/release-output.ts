import { SlipwayError, messageOf } from "../base/index.ts";
import {
  goJson,
  infoJson,
  isSimulated,
  releaseJson,
  sorted,
  type Release,
  type ResourceGroup,
  type Table,
} from "../release/index.ts";
import type { Context, Flags } from "./command.ts";
import { ansic, formatRecorded } from "./go-times.ts";
import type { OutputFormat } from "./output.ts";

export interface StatusOptions {
  /** Values, hooks and manifest as well. */
  readonly debug?: boolean;
  /** The chart's name and version as well. */
  readonly metadata?: boolean;
  readonly hideNotes?: boolean;
  readonly resources?: readonly ResourceGroup[];
  /** Leave the chart out of JSON and YAML. */
  readonly withoutChart?: boolean;
}

/** Prints data as Helm does: one line of JSON, or YAML. */
export async function printData(context: Context, format: "json" | "yaml", value: unknown): Promise<void> {
  if (format === "json") return context.out(`${goJson(value)}\n`);
  const { stringify } = await import("../goyaml/index.ts");
  context.out(stringify(JSON.parse(goJson(value))));
}

export function formatOf(flags: Flags): OutputFormat {
  return flags.string("output") as OutputFormat;
}

/** Prints a release as `status`, `install` and `upgrade` do. */
export async function printRelease(
  context: Context,
  format: OutputFormat,
  release: Release,
  options: StatusOptions = {},
): Promise<void> {
  if (format !== "table") return await printData(context, format, dataOf(release, options));
  context.out(await statusText(context, release, options));
}

function dataOf(release: Release, options: StatusOptions): Record<string, unknown> {
  const data = releaseJson(options.withoutChart ? { ...release, chart: null } : release);
  if (options.resources === undefined) return data;
  const resources = Object.fromEntries(options.resources.map(({ heading, objects }) => [heading, objects]));
  return {
    ...data,
    info: { ...infoJson(release), ...(options.resources.length === 0 ? {} : { resources: sorted(resources) }) },
  };
}

async function statusText(context: Context, release: Release, options: StatusOptions): Promise<string> {
  const lines = [`NAME: ${release.name}`];
  if (release.lastDeployed !== undefined) lines.push(`LAST DEPLOYED: ${formatRecorded(release.lastDeployed, ansic)}`);
  lines.push(
    `NAMESPACE: ${coloredNamespace(context, release.namespace)}`,
    `STATUS: ${coloredStatus(context, release.status)}`,
    `REVISION: ${release.version}`,
  );
  if (options.metadata) {
    const metadata = release.chart?.metadata;
    lines.push(
      `CHART: ${metadata?.name ?? ""}`,
      `VERSION: ${metadata?.version ?? ""}`,
      `APP_VERSION: ${metadata?.appVersion ?? ""}`,
    );
  }
  lines.push(`DESCRIPTION: ${release.description}`);
  let text = `${lines.join("\n")}\n`;
  if (options.resources !== undefined && options.resources.length > 0)
    text += `RESOURCES:\n${resourcesText(options.resources)}\n`;
  text += testsText(release);
  if (options.debug) text += await valuesText(release);
  if (release.description.toLowerCase() === "dry run complete" || options.debug) {
    text += "HOOKS:\n";
    for (const hook of release.hooks) text += `---\n# Source: ${hook.path}\n${hook.manifest}\n`;
    text += `MANIFEST:\n${release.manifest}\n`;
  }
  if (!options.hideNotes && release.notes !== "") text += `NOTES:\n${release.notes.trim()}\n`;
  return text;
}

function testsText(release: Release): string {
  const tests = release.hooks.filter((hook) => hook.events.includes("test"));
  if (tests.length === 0) return "TEST SUITE: None\n";
  return tests
    .filter((hook) => hook.lastRun.startedAt !== undefined)
    .map(
      ({ name, lastRun }) =>
        `TEST SUITE:     ${name}\nLast Started:   ${formatRecorded(lastRun.startedAt, ansic)}\nLast Completed: ${formatRecorded(lastRun.completedAt, ansic)}\nPhase:          ${lastRun.phase}\n`,
    )
    .join("");
}

async function valuesText(release: Release): Promise<string> {
  const { stringify } = await import("../goyaml/index.ts");
  const { computedValues } = await import("../release/index.ts");
  return `USER-SUPPLIED VALUES:\n${stringify(release.config ?? null)}\nCOMPUTED VALUES:\n${stringify(computedValues(release))}\n`;
}

/** The tables of live objects, laid out as kubectl's printer does: one table after the other, headings not repeated. */
function resourcesText(groups: readonly ResourceGroup[]): string {
  let out = "";
  let last = "";
  for (const { heading, tables } of groups) {
    out += `==> ${heading}\n`;
    for (const table of tables) {
      const shown = withSimulated(table, heading);
      const columns = JSON.stringify(shown.columns);
      out += tableText(shown, columns !== last);
      if (shown.rows.length > 0) last = columns;
    }
    out += "\n";
  }
  return out;
}

/** Pods that only pretend to run say so in a column of their own; without any there is no such column. */
function withSimulated(table: Table, heading: string): Table {
  if (!heading.startsWith("v1/Pod") || !table.rows.some((row) => isSimulated(row.object))) return table;
  return {
    columns: [...table.columns, { name: "Simulated", priority: 0 }],
    rows: table.rows.map((row) => ({ ...row, cells: [...row.cells, isSimulated(row.object) ? "yes" : "no"] })),
  };
}

function tableText(table: Table, headings: boolean): string {
  const shown = table.columns.map((column, index) => ({ column, index })).filter(({ column }) => column.priority === 0);
  const rows = table.rows.map((row) => shown.map(({ index }) => cellText(row.cells[index])));
  // kubectl's printer writes headings with the first row only.
  if (headings && rows.length > 0) rows.unshift(shown.map(({ column }) => column.name.toUpperCase()));
  // kubectl's tab writer: at least three spaces between columns, the last one not padded.
  const widths = shown.map((_, index) => Math.max(6, ...rows.map((row) => [...(row[index] ?? "")].length + 3)));
  return rows
    .map(
      (row) =>
        `${row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join("")}\n`,
    )
    .join("");
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

const colors: Readonly<Record<string, number>> = {
  deployed: 32,
  failed: 31,
  "pending-install": 33,
  "pending-upgrade": 33,
  "pending-rollback": 33,
  uninstalling: 33,
  unknown: 90,
};

/** A status as Helm shows it where colours are wanted: by what it means. */
export function coloredStatus(context: Context, status: string): string {
  const color = colors[status];
  return context.color && color !== undefined ? `\u001b[${color}m${status}\u001b[0m` : status;
}

/** A namespace as Helm shows it where colours are wanted. */
export function coloredNamespace(context: Context, namespace: string): string {
  return context.color ? `\u001b[36m${namespace}\u001b[0m` : namespace;
}

/**
 * The error of an installation or upgrade, with words before its own where Helm has some (`INSTALLATION FAILED: `). One that
 * a signal cancelled is a failure like any other, as with Helm: it does not end the process as the signal would have.
 */
export function failedWith(prefix: string, error: unknown): unknown {
  if (!(error instanceof SlipwayError)) return error;
  const code = error.code === "cli.interrupted" ? "release.cancelled" : error.code;
  if (prefix === "" && code === error.code) return error;
  return new SlipwayError(prefix + error.message, { ...error.facts, code });
}

/** With -o json or yaml an error is data on stdout as well, so that scripts learn the reason. */
export async function printFailure(context: Context, format: "json" | "yaml", error: unknown): Promise<void> {
  const { cause: _cause, tail: _tail, ...facts } = error instanceof SlipwayError ? error.facts : {};
  await printData(context, format, { error: { message: messageOf(error), ...facts } });
}
