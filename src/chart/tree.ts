import type { Chart, CrdFile } from "./types.ts";

/** The chart's name from the root down, as Helm's `# Source:` lines show it: `app/charts/sub`. */
export function chartFullPath(chart: Chart): string {
  return chart.parent === undefined
    ? chart.metadata.name
    : `${chartFullPath(chart.parent)}/charts/${chart.metadata.name}`;
}

/** True for `type: library`; Helm compares without regard to case. */
export function isLibrary(chart: Chart): boolean {
  return chart.metadata.type.toLowerCase() === "library";
}

const manifestExtension = /\.(yaml|yml|json)$/i;

/** The files below `crds/` of the chart, then of its dependencies, each chart's in the order of its files. */
export function crdFiles(chart: Chart): CrdFile[] {
  const own = chart.files
    .filter((file) => file.name.startsWith("crds/") && manifestExtension.test(file.name))
    .map((file) => ({ name: file.name, source: `${chartFullPath(chart)}/${file.name}`, file }));
  return [...own, ...chart.dependencies.flatMap(crdFiles)];
}
