import { type GoMap, SlipwayError, isMap, newMap, typeName } from "../base/index.ts";
import { deepCopy } from "./copy.ts";
import type { Chart, HelmVersion } from "./types.ts";

/** Hears Helm's warnings about values that do not fit together. */
export type Warn = (message: string) => void;

/** How values are laid over each other. */
export interface CoalesceOptions {
  readonly helmVersion?: HelmVersion;
  readonly warn?: Warn;
  /** Prints a value as Go's %v does, for warnings; JSON where there is none. */
  readonly format?: (value: unknown) => string;
}

interface Run {
  readonly version: HelmVersion;
  readonly warn: Warn;
  readonly format: (value: unknown) => string;
}

const runOf = (options: CoalesceOptions): Run => ({
  version: options.helmVersion ?? 4,
  warn: options.warn ?? (() => {}),
  // Not String: the maps here have no prototype, and so no text.
  format: options.format ?? JSON.stringify,
});

/**
 * A chart's values with its subcharts': what the user gave, over the chart's own, over the subcharts'. A null from the
 * user removes a default; Helm 4 also drops nulls that charts hold as defaults. `user` is left as it is. Throws
 * `values.type` where a subchart's values are not a map.
 */
export function coalesceValues(chart: Chart, user: GoMap | null, options: CoalesceOptions = {}): GoMap {
  return coalesce(runOf(options), chart, copyOf(user), "", false);
}

/** The same, but nulls stay: for steps after which values are coalesced again. */
export function mergeValues(chart: Chart, user: GoMap | null, options: CoalesceOptions = {}): GoMap {
  return coalesce(runOf(options), chart, copyOf(user), "", true);
}

/** Lays `dst` over `src`, changing both as Helm does; nulls in `dst` remove keys that `src` has. */
export function coalesceTables(dst: GoMap, src: GoMap, options: CoalesceOptions = {}): GoMap {
  return tables(runOf(options), dst, src, "", false);
}

/** Lays `dst` over `src`, keeping nulls. */
export function mergeTables(dst: GoMap, src: GoMap, options: CoalesceOptions = {}): GoMap {
  return tables(runOf(options), dst, src, "", true);
}

const copyOf = (values: GoMap | null): GoMap => (values === null ? newMap() : deepCopy(values));
const join = (a: string, b: string) => (a === "" ? b : `${a}.${b}`);

function coalesce(run: Run, chart: Chart, dest: GoMap, prefix: string, merge: boolean): GoMap {
  ownValues(run, chart, dest, prefix, merge);
  for (const subchart of chart.dependencies) {
    const name = subchart.metadata.name;
    if (!(name in dest)) dest[name] = newMap();
    const values = dest[name];
    if (!isMap(values)) {
      throw new SlipwayError(`type mismatch on ${name}: ${formatAsBool(run, values)}`, {
        code: "values.type",
        path: name,
        fix: `The values of the subchart ${name} must be a map.`,
      });
    }
    const subPrefix = join(prefix, chart.metadata.name);
    globals(run, values, dest, subPrefix);
    dest[name] = coalesce(run, subchart, values, subPrefix, merge);
  }
  return dest;
}

/** Helm prints the value with %t, the verb for booleans: anything else shows as Go's bad-verb text. */
function formatAsBool(run: Run, value: unknown): string {
  if (typeof value === "boolean") return String(value);
  if (value === null) return "%!t(<nil>)";
  if (Array.isArray(value)) return `[${value.map((item) => formatAsBool(run, item)).join(" ")}]`;
  return `%!t(${typeName(value)}=${run.format(value)})`;
}

/** Hands the parent's globals down; the parent's win over the child's, and maps are laid together. */
function globals(run: Run, dest: GoMap, src: GoMap, prefix: string): void {
  const into = "global" in dest ? dest.global : newMap();
  if (!isMap(into)) return run.warn("warning: skipping globals because destination global is not a table.");
  const from = "global" in src ? src.global : newMap();
  if (!isMap(from)) return run.warn("warning: skipping globals because source global is not a table.");
  for (const key of Object.keys(from)) {
    const value = from[key];
    if (isMap(value)) {
      const copy = Object.assign(newMap(), value);
      const existing = into[key];
      if (!(key in into)) into[key] = copy;
      else if (!isMap(existing)) {
        run.warn(`Conflict: cannot merge map onto non-map for ${JSON.stringify(key)}. Skipping.`);
      } else {
        tables(run, copy, existing, join(prefix, key), true);
        into[key] = copy;
      }
    } else if (isMap(into[key])) run.warn(`key ${key} is table. Skipping`);
    else into[key] = value;
  }
  dest.global = into;
}

/** Lays the chart's own defaults below what is there. */
function ownValues(run: Run, chart: Chart, values: GoMap, prefix: string, merge: boolean): void {
  const subPrefix = join(prefix, chart.metadata.name);
  const defaults = copyOf(chart.values);
  for (const key of Object.keys(defaults)) {
    const fallback = defaults[key];
    if (!(key in values)) {
      if (!merge && run.version === 4) {
        if (fallback === null) continue;
        if (isMap(fallback)) dropNulls(fallback);
      }
      values[key] = fallback;
      continue;
    }
    const value = values[key];
    if (value === null && !merge) {
      delete values[key];
    } else if (isMap(value)) {
      if (isMap(fallback)) {
        // A subchart's own pass still needs the nulls that are meant for its defaults.
        const keepNulls = merge || chart.dependencies.some((sub) => sub.metadata.name === key);
        if (!keepNulls && run.version === 4) dropNulls(fallback);
        tables(run, value, fallback, join(subPrefix, key), keepNulls);
      } else if (fallback !== null) {
        run.warn(`warning: skipped value for ${subPrefix}.${key}: Not a table.`);
      }
    }
  }
}

function tables(run: Run, dst: GoMap, src: GoMap, prefix: string, merge: boolean): GoMap {
  const removed = new Set<string>();
  for (const key of Object.keys(dst)) {
    if (dst[key] !== null) continue;
    if (key in src && src[key] !== null) removed.add(key);
    src[key] = null;
  }
  for (const key of Object.keys(src)) {
    const value = src[key];
    const existing = dst[key];
    const present = key in dst;
    if (present && !merge && existing === null && removed.has(key)) delete dst[key];
    else if (!present) dst[key] = value;
    else if (isMap(value)) {
      if (isMap(existing)) tables(run, existing, value, join(prefix, key), merge);
      else {
        run.warn(`warning: cannot overwrite table with non table for ${join(prefix, key)} (${run.format(value)})`);
      }
    } else if (isMap(existing) && value !== null) {
      run.warn(
        `warning: destination for ${join(prefix, key)} is a table. Ignoring non-table value (${run.format(value)})`,
      );
    }
  }
  return dst;
}

function dropNulls(map: GoMap): void {
  for (const key of Object.keys(map)) {
    const value = map[key];
    if (value === null) delete map[key];
    else if (isMap(value)) dropNulls(value);
  }
}
