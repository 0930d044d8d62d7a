import type { Span } from "../../base/index.ts";
import { type Chart, chartFullPath } from "../../chart/index.ts";

/** A file of a chart, by the name that templates and manifests have for it. */
export interface Place {
  readonly chart: Chart;
  /** The path inside its own chart. */
  readonly inside: string;
}

/** The chart and file of `app/charts/sub/templates/x.yaml`. */
export function placeOf(root: Chart, name: string): Place | undefined {
  let best: Place | undefined;
  const visit = (chart: Chart): void => {
    const lead = `${chartFullPath(chart)}/`;
    if (name.startsWith(lead)) best = { chart, inside: name.slice(lead.length) };
    for (const child of chart.dependencies) visit(child);
  };
  visit(root);
  return best;
}

/** The same place, in the file on disk where the chart came from one; other names stay as they are. */
export function onDisk(root: Chart, span: Span): Span {
  const place = placeOf(root, span.file);
  if (place?.chart.path === undefined) return span;
  return { ...span, file: `${place.chart.path}/${place.inside}` };
}

/** The names of the subcharts from the root down to a chart: where its values are in the root's. */
export function valuesPrefix(chart: Chart): string[] {
  return chart.parent === undefined ? [] : [...valuesPrefix(chart.parent), chart.metadata.name];
}
