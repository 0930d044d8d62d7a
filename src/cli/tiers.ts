import type { ChartFile } from "../chart/index.ts";

/** Charts with more than so many bytes of templates. */
const big = 300_000;
/** A rendering that takes so many milliseconds is worth optimizing after all. */
const long = 700;

/** What the launcher of a built Slipway (scripts/launch.cjs) offers: it knows how this goes together with the code cache. */
interface Tiers {
  readonly optimizeLess?: () => void;
  readonly optimizeAgain?: () => void;
}

/**
 * Keeps V8 from optimizing while a big chart is read and rendered. Such a run is over in a fraction of a second, and its
 * code is warm for a moment only: V8's other threads would spend as much time compiling it as the rendering takes.
 * Answers the clock for the rendering's limits, which is looked at again and again: a chart that loops and loops gets its
 * machine code when it has taken too long. Undefined for all other charts.
 */
export function spareOptimizing(files: readonly ChartFile[]): (() => number) | undefined {
  if (templateBytes(files) <= big) return undefined;
  const { optimizeLess, optimizeAgain } = import.meta as Tiers;
  optimizeLess?.();
  const end = Date.now() + long;
  return () => {
    const now = Date.now();
    if (now > end) optimizeAgain?.();
    return now;
  };
}

/** Archives of subcharts count as what is in them, roughly. */
function templateBytes(files: readonly ChartFile[]): number {
  let sum = 0;
  for (const file of files) {
    if (/(?:^|\/)templates\//.test(file.name)) sum += file.data.length;
    else if (file.name.endsWith(".tgz")) sum += file.data.length * 4;
  }
  return sum;
}
