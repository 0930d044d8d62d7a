import { type GoMap, SlipwayError, isMap, newMap, withGoType } from "../base/index.ts";
import { isCompatible } from "./compatible.ts";
import { type CoalesceOptions, coalesceValues, mergeTables, mergeValues } from "./coalesce.ts";
import { deepCopy } from "./copy.ts";
import { tableAt, valueAt } from "./paths.ts";
import type { Chart, Dependency, HelmVersion, Metadata } from "./types.ts";

/** A chart that may be changed; Helm's own processing works on shared pointers, and some results depend on that. */
interface MutableChart extends Omit<Chart, "metadata" | "dependencies" | "parent" | "values"> {
  metadata: Metadata;
  values: GoMap | null;
  dependencies: MutableChart[];
  parent?: MutableChart;
}

/** What the processing of dependencies needs to know. */
export interface DependencyOptions extends CoalesceOptions {
  readonly helmVersion?: HelmVersion;
}

/**
 * The chart as it is rendered with these values: dependencies that conditions or tags turn off are gone, aliased ones
 * carry their new names, and `import-values` have moved up into their parents' defaults. The given chart stays as it is;
 * files are shared with it.
 */
export function processDependencies(chart: Chart, user: GoMap, options: DependencyOptions = {}): Chart {
  const copy = mutable(chart);
  enable(copy, user, "", options);
  importAll(copy, options);
  return copy;
}

function mutable(chart: Chart, parent?: MutableChart): MutableChart {
  const { dependencies, parent: _, ...rest } = chart;
  const copy: MutableChart = {
    ...rest,
    metadata: {
      ...chart.metadata,
      dependencies: chart.metadata.dependencies?.map((d) => (d === null ? null : { ...d })) ?? null,
    },
    dependencies: [],
  };
  if (parent !== undefined) copy.parent = parent;
  copy.dependencies = dependencies.map((dependency) => mutable(dependency, copy));
  return copy;
}

const required = (chart: MutableChart): Dependency[] =>
  (chart.metadata.dependencies ?? []).filter((dependency) => dependency !== null);

function adopt(chart: MutableChart, dependencies: MutableChart[]): void {
  for (const dependency of dependencies) dependency.parent = chart;
  chart.dependencies = dependencies;
}

/** Chooses, names and orders the dependencies of a chart and, below, theirs. */
function enable(chart: MutableChart, values: GoMap, path: string, options: DependencyOptions): void {
  if (chart.metadata.dependencies === null) return;
  const wanted = required(chart);
  const fits = (child: MutableChart, dependency: Dependency) =>
    child.metadata.name === dependency.name && isCompatible(dependency.version, child.metadata.version);
  // Charts that nobody asked for by name come first, in the order in which they were found.
  const chosen = chart.dependencies.filter((child) => !wanted.some((dependency) => fits(child, dependency)));
  for (const dependency of wanted) {
    const found = chart.dependencies.find((child) => fits(child, dependency));
    if (found !== undefined) chosen.push(aliased(found, dependency, options.helmVersion ?? 4));
    if (dependency.alias !== "") dependency.name = dependency.alias;
  }
  adopt(chart, chosen);
  for (const dependency of wanted) dependency.enabled = true;
  const coalesced = coalesceValues(chart, values, options);
  applyTags(wanted, coalesced, options);
  applyConditions(wanted, coalesced, path, options);
  const removed = new Set(wanted.filter((dependency) => !dependency.enabled).map((dependency) => dependency.name));
  const kept = chart.dependencies.filter((child) => !removed.has(child.metadata.name));
  for (const child of kept) enable(child, coalesced, `${path}${child.metadata.name}.`, options);
  const keptWanted = wanted.filter((dependency) => !removed.has(dependency.name));
  chart.metadata.dependencies = keptWanted.length === 0 ? null : keptWanted;
  adopt(chart, kept);
}

/**
 * A copy of a dependency under its alias. Helm 3 shares the grandchildren (and their requirements) between the copies,
 * Helm 4 copies them one level down.
 */
function aliased(chart: MutableChart, dependency: Dependency, helmVersion: HelmVersion): MutableChart {
  const copy: MutableChart = { ...chart, metadata: { ...chart.metadata } };
  if (helmVersion === 4) {
    copy.metadata.dependencies = chart.metadata.dependencies?.map((d) => (d === null ? null : { ...d })) ?? null;
    adopt(
      copy,
      chart.dependencies.map((child) => ({ ...child })),
    );
  }
  if (dependency.alias !== "") copy.metadata.name = dependency.alias;
  return copy;
}

function applyTags(wanted: Dependency[], values: GoMap, options: DependencyOptions): void {
  const tags = tableAt(values, "tags");
  if (tags === undefined) return;
  for (const dependency of wanted) {
    let on = false;
    let off = false;
    for (const tag of dependency.tags ?? []) {
      if (!Object.hasOwn(tags, tag)) continue;
      const value = tags[tag];
      if (typeof value !== "boolean") {
        options.warn?.(`Warning: Tag '${tag}' for chart ${dependency.name} returned non-bool value`);
      } else if (value) on = true;
      else off = true;
    }
    dependency.enabled = on || !off;
  }
}

function applyConditions(wanted: Dependency[], values: GoMap, path: string, options: DependencyOptions): void {
  for (const dependency of wanted) {
    for (const condition of dependency.condition.trim().split(",")) {
      if (condition === "") continue;
      const value = valueAt(values, path + condition);
      if (value === undefined) continue;
      if (typeof value === "boolean") {
        dependency.enabled = value;
        break;
      }
      options.warn?.(`Warning: Condition path '${condition}' for chart ${dependency.name} returned non-bool value`);
    }
  }
}

/** Moves `import-values` up, from the leaves to the root. */
function importAll(chart: MutableChart, options: DependencyOptions): void {
  for (const dependency of chart.dependencies) importAll(dependency, options);
  if (chart.metadata.dependencies === null) return;
  const values = mergeValues(chart, null, options);
  let imported: GoMap = newMap();
  for (const dependency of required(chart)) {
    const used: unknown[] = [];
    for (const entry of dependency.importValues ?? []) {
      const { child, parent } = importPaths(entry, options);
      if (child === undefined) continue;
      used.push(withGoType(Object.assign(newMap(), { child, parent }), "map[string]string"));
      const table = tableAt(values, `${dependency.name}.${child}`);
      if (table === undefined) {
        const missing =
          child.startsWith("exports.") && typeof entry === "string" ? "" : ` from chart ${dependency.name}`;
        options.warn?.(
          `Warning: ImportValues missing table${missing}: ${firstMissing(values, `${dependency.name}.${child}`)}`,
        );
        continue;
      }
      imported = mergeTables(imported, placed(parent, table), options);
    }
    dependency.importValues = used.length === 0 ? null : used;
  }
  // Usually there is nothing to import, and nothing else holds these values.
  if (Object.keys(imported).length === 0) {
    chart.values = values;
    return;
  }
  // What the parent says itself wins over what it imports.
  chart.values = mergeTables(deepCopy(values), imported, options);
}

function importPaths(entry: unknown, options: DependencyOptions): { child: string | undefined; parent: string } {
  if (typeof entry === "string") return { child: `exports.${entry}`, parent: "." };
  if (!isMap(entry)) return { child: undefined, parent: "." };
  const text = (value: unknown) =>
    typeof value === "string" ? value : value === undefined ? "<nil>" : (options.format ?? String)(value);
  return { child: text(entry.child), parent: text(entry.parent) };
}

function placed(parent: string, table: GoMap): GoMap {
  if (parent === ".") return table;
  return parent.split(".").reduceRight<GoMap>((inner, step) => {
    const outer = newMap();
    outer[step] = inner;
    return outer;
  }, table);
}

function firstMissing(values: GoMap, path: string): string {
  const steps = path.split(".");
  const index = steps.findIndex((_, i) => tableAt(values, steps.slice(0, i + 1).join(".")) === undefined);
  return `${JSON.stringify(steps[index])} is not a table`;
}

/** Throws `chart.dependencies` in Helm's words when a dependency of Chart.yaml is not in charts/. */
export function checkDependencies(chart: Chart, helmVersion: HelmVersion = 4): void {
  const present = new Set(chart.dependencies.map((dependency) => dependency.metadata.name));
  const missing = (chart.metadata.dependencies ?? [])
    .filter((dependency) => dependency !== null && !present.has(dependency.name))
    .map((dependency) => (dependency as Dependency).name);
  if (missing.length === 0) return;
  const found = `found in Chart.yaml, but missing in charts/ directory: ${missing.join(", ")}`;
  const checking =
    helmVersion === 3
      ? "An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies"
      : "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies";
  throw new SlipwayError(`${checking}: ${found}`, {
    code: "chart.dependencies",
    fix: "slipway dependency update CHART, or --dependency-update; or put them into the folder charts/ of the chart.",
  });
}
