import type { Chart } from "../chart/index.ts";

/** Charts with more than so many bytes of templates. */
const big = 300_000;

/**
 * Lets V8 optimize less while a big chart is rendered. Such a run is over in a fraction of a second, and its code is
 * warm for a moment only: V8's other threads would spend as much time compiling it as the rendering takes. What is
 * really hot, in a chart that loops and loops, still gets its machine code. Only a built Slipway can do it: its
 * launcher (scripts/launch.cjs) knows how this goes together with the code cache.
 */
export function spareOptimizing(chart: Chart): void {
  if (templateBytes(chart) > big) (import.meta as { optimizeLess?: () => void }).optimizeLess?.();
}

function templateBytes(chart: Chart): number {
  let sum = 0;
  for (const { data } of chart.templates) sum += data.length;
  for (const child of chart.dependencies) sum += templateBytes(child);
  return sum;
}
