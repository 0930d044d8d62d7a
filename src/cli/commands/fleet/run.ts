import { systemClock } from "../../../base/index.ts";
import type { Fleet, FleetWork, Outcome } from "../../../fleet/index.ts";
import type { Context, Flags } from "../../command.ts";
import { platformPorts } from "../../platform-ports.ts";
import { printError } from "../../print-error.ts";
import { remoteSchemas } from "../../remote-schemas.ts";
import { repositoryPaths } from "../../repository-flags.ts";
import { extraValues } from "./extra.ts";
import { open } from "./flags.ts";
import { fleetProgress } from "./progress.ts";
import { releaseSite } from "./site.ts";

/**
 * Opens the fleet, does a command's work on it with progress, prints how it ended. Gives the exit code; throws the last
 * failure after the others, and what was left because of them, were printed. `hasValues`: the command has --values and --set.
 */
export async function runFleet(
  context: Context,
  flags: Flags,
  act: (fleet: Fleet, work: FleetWork) => Promise<Outcome[]>,
  question: string,
  hasValues = true,
): Promise<number> {
  const { fleet, host } = await open(context, flags);
  if (flags.bool("interactive") && !(await confirmed(context, fleet, question))) return 0;
  const progress = fleetProgress(context, flags.bool("debug"));
  const isSet = (name: string) => flags.given.has(name) && flags.bool(name);
  let outcomes: Outcome[];
  try {
    outcomes = await act(fleet, {
      source: { host, paths: repositoryPaths(flags), signal: context.signal },
      site: releaseSite(context, flags),
      clock: systemClock,
      signal: context.signal,
      concurrency: flags.int("concurrency"),
      ...(hasValues && {
        extra: await extraValues(context, flags),
        render: { loadPorts: () => platformPorts(context), ...remoteSchemas(context, flags) },
      }),
      wait: isSet("wait"),
      waitForJobs: isSet("wait-for-jobs"),
      hookEnv: await hookEnv(context, flags),
      emit: progress.emit,
    });
  } finally {
    progress.end();
  }
  const { table } = await import("../../table.ts");
  context.out(summary(outcomes, table));
  const failures = outcomes.flatMap(({ error }) => error ?? []);
  const last = failures.pop();
  if (last === undefined) return 0;
  const tried = new Set(outcomes.map(({ release }) => release));
  const left = fleet.selected.filter((release) => !tried.has(release)).map(({ name }) => name);
  if (left.length > 0) context.err(`Not tried, because of what failed before: ${left.join(", ")}\n`);
  for (const error of failures) await printError(error, context, flags.bool("debug"));
  throw last;
}

/** Variables of hooks. HELM_BIN of the environment names their tool, as it does for Helm's plugins; Slipway itself otherwise. */
export async function hookEnv(context: Context, flags: Flags): Promise<Record<string, string>> {
  const { envSettings } = await import("../env.ts");
  return { ...envSettings(context, flags), ...(context.env["HELM_BIN"] && { HELM_BIN: context.env["HELM_BIN"] }) };
}

/** The tables that helmfile ends with. */
function summary(outcomes: readonly Outcome[], table: (rows: readonly (readonly string[])[]) => string): string {
  const good = outcomes.filter(({ error }) => error === undefined);
  const updated = good.filter(({ action }) => action === "install" || action === "upgrade");
  const deleted = good.filter(({ action }) => action === "uninstall");
  const failed = outcomes.filter(({ error }) => error !== undefined);
  const seconds = (took: number) => `${Math.round(took / 1000)}s`;
  const group = (title: string, rows: string[][]) => (rows.length > 1 ? `\n${title}:\n${table(rows)}` : "");
  return (
    group("UPDATED RELEASES", [
      ["NAME", "NAMESPACE", "CHART", "VERSION", "DURATION"],
      ...updated.map(({ release, revision, took }) => [
        release.name,
        release.namespace ?? "",
        release.chart,
        revision?.chart?.metadata?.version ?? "",
        seconds(took),
      ]),
    ]) +
    group("DELETED RELEASES", [
      ["NAME", "NAMESPACE", "DURATION"],
      ...deleted.map(({ release, took }) => [release.name, release.namespace ?? "", seconds(took)]),
    ]) +
    group("FAILED RELEASES", [
      ["NAME", "NAMESPACE", "CHART", "VERSION", "DURATION"],
      ...failed.map(({ release, took }) => [
        release.name,
        release.namespace ?? "",
        release.chart,
        release.version ?? "",
        seconds(took),
      ]),
    ])
  );
}

async function confirmed(context: Context, fleet: Fleet, question: string): Promise<boolean> {
  context.err(`${fleet.selected.map(({ name, chart }) => `  ${name} (${chart})`).join("\n")}\n${question} [y/n]: `);
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin });
  try {
    return /^y(es)?$/i.test((await terminal.question("")).trim());
  } finally {
    terminal.close();
  }
}
