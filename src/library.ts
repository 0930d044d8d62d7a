/**
 * Slipway as a library, the part that runs anywhere: charts in memory become manifests. Nothing here touches a disk, a
 * network, a clock of its own or the environment; it needs only what every JavaScript platform has (TextEncoder,
 * TextDecoder, URL, btoa and atob, crypto.getRandomValues).
 *
 *     import { loadFiles, mergeUserValues, render } from "slipway";
 *
 *     const text = (s: string) => new TextEncoder().encode(s);
 *     const chart = loadFiles([
 *       { name: "Chart.yaml", data: text("apiVersion: v2\nname: hello\nversion: 1.0.0\n") },
 *       { name: "values.yaml", data: text("who: world\n") },
 *       {
 *         name: "templates/greeting.yaml",
 *         data: text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  hello: {{ .Values.who }}\n"),
 *       },
 *     ]);
 *     const release = { name: "demo", namespace: "default", revision: 1, isInstall: true, isUpgrade: false };
 *     const rendered = await render(chart, mergeUserValues({ set: ["who=you"] }), { release });
 *     console.log(rendered.manifest);
 *
 * Rendering a chart twice shares its parsed templates; renderings share nothing else, so many may run side by side.
 * Functions that need something of the platform take it as a port: keys and time zones by `loadPorts` (on Node:
 * `nodePorts` of this package), clusters and DNS by `answers`. genCA without keys says that it has none; a `lookup`
 * that nobody answered is in `rendered.questions`:
 *
 *     let rendered = await render(chart, values, { release, lookup: "ask", seed: 1 });
 *     if (rendered.questions.length > 0) {
 *       const answers = new Map(rendered.questions.map((question) => [questionKey(question), { value: {} }]));
 *       rendered = await render(chart, values, { release, lookup: "ask", seed: 1, answers });
 *     }
 */
export { type Finding, SlipwayError, type Span, isSlipwayError, seededRandom } from "./base/index.ts";
export {
  type Chart,
  type ChartFile,
  type HelmVersion,
  type LoadOptions,
  type UserValues,
  type ValuesFile,
  checkDependencies,
  loadArchive,
  loadFiles,
  loadFilesWithArchives,
  mergeUserValues,
} from "./chart/index.ts";
export type { Hook } from "./manifest/index.ts";
export {
  type Answer,
  type Answers,
  type Capabilities,
  type ExplainInput,
  type PlatformPorts,
  type Question,
  type RenderLimits,
  type RenderOptions,
  type Rendered,
  type RenderedManifest,
  defaultCapabilities,
  explainFailure,
  lintChart,
  parseKubeVersion,
  questionKey,
  render,
} from "./render/index.ts";
