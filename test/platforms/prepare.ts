/**
 * A chart that leans on charts of a repository is copied, and those charts are put into the copy's charts/ folder: the
 * real ones where `npm run vendor-charts` could fetch them, else stand-ins of the same names and versions.
 */
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "../../src/goyaml/index.ts";
import { toolsCache } from "../tools/tools.ts";

export interface Prepared {
  /** The folder to give to helm. */
  readonly path: string;
  /** Names of dependencies for which a stand-in lies in charts/. */
  readonly standIns: readonly string[];
  [Symbol.dispose](): void;
}

interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly repository?: string;
}

/** Where `npm run vendor-charts` leaves the archives of charts of others. */
export const vendoredCharts: string = join(dirname(toolsCache()), "charts");

/** The charts of repositories that a chart needs. */
export function remoteDependencies(folder: string): Dependency[] {
  const { dependencies = [] } = parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as {
    dependencies?: Dependency[];
  };
  return dependencies.filter(({ repository = "" }) => /^(https?|oci):/.test(repository));
}

/**
 * The chart, ready to be rendered: its own folder where nothing is missing, else a copy with links followed.
 * @param standIns true: stand-ins even where the real charts are there
 */
export function prepare(
  folder: string,
  options: { readonly standIns?: boolean; readonly copy?: boolean } = {},
): Prepared {
  const needed = remoteDependencies(folder);
  if (needed.length === 0 && options.copy !== true) return { path: folder, standIns: [], [Symbol.dispose]: () => {} };
  const scratch = mkdtempSync(join(tmpdir(), "slipway-chart-"));
  const path = join(scratch, "chart");
  const ours = (source: string) => !/[\\/]charts[\\/][^\\/]+\.tgz$/.test(source);
  cpSync(folder, path, { recursive: true, dereference: true, filter: ours });
  const standIns = fillCharts(path, options);
  return { path, standIns, [Symbol.dispose]: () => rmSync(scratch, { recursive: true, force: true }) };
}

/** Puts what a chart needs of repositories into its charts/ folder; answers for which there is only a stand-in. */
export function fillCharts(path: string, options: { readonly standIns?: boolean } = {}): string[] {
  const standIns: string[] = [];
  for (const { name, version } of remoteDependencies(path)) {
    const real = join(vendoredCharts, `${name}-${version}.tgz`);
    mkdirSync(join(path, "charts"), { recursive: true });
    if (existsSync(real) && options.standIns !== true) {
      cpSync(real, join(path, "charts", `${name}-${version}.tgz`));
    } else {
      standIns.push(name);
      standIn(name, version, join(path, "charts", name));
    }
  }
  return standIns;
}

/** A stand-in of ours under the version that is asked for. */
function standIn(name: string, version: string, to: string): void {
  const from = join(import.meta.dirname, "stand-ins", name);
  if (!existsSync(from)) throw new Error(`there is no stand-in for the chart ${name}`);
  cpSync(from, to, { recursive: true });
  for (const file of globSync("Chart.yaml", { cwd: to })) {
    const text = readFileSync(join(to, file), "utf8");
    writeFileSync(join(to, file), text.replace(/^version: .*$/m, `version: ${version}`));
  }
}
