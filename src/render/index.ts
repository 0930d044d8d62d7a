/** Chart + values + capabilities → manifests, hooks and notes, as Helm makes them. Pure: runs in a browser too. */
export {
  type Capabilities,
  type HelmBuild,
  type KubeVersion,
  defaultCapabilities,
  helmBuild,
  parseKubeVersion,
  serverVersion,
} from "./capabilities.ts";
export type { ReleaseInfo } from "./context.ts";
export { type Answer, type Answers, type AskingOptions, type Question, questionKey } from "./questions.ts";
export { joinedText } from "./manifests.ts";
export { RenderFailure, render } from "./render.ts";
export type { PlatformPorts, RenderLimits, RenderOptions, Rendered, RenderedManifest } from "./types.ts";
export type { OutlineCache } from "./outline-cache.ts";
export { checkReleaseName, nameFromTemplate } from "./release-name.ts";
import type { GoMap } from "../base/index.ts";
import type { ExplainInput } from "./explain/index.ts";
export type { ExplainInput } from "./explain/index.ts";
import type { LintInput, LintMessage, LintOptions } from "./lint/index.ts";
export type { LintInput, LintMessage, LintOptions, Severity } from "./lint/index.ts";

/** Everything that Helm's lint finds in a chart, in its order and words, each with its place. Loaded when it is called. */
export async function lintChart(input: LintInput, user: GoMap, options: LintOptions = {}): Promise<LintMessage[]> {
  const lint = await import("./lint/index.ts");
  return lint.lintChart(input, user, options);
}

/**
 * The same error with everything that helps to act on it: where it is on disk, what called it, the value involved and
 * who set it, what was probably meant, what else is broken. Renders once more, with tracing.
 */
export async function explainFailure(error: unknown, input: ExplainInput): Promise<unknown> {
  const explain = await import("./explain/index.ts");
  return explain.explainFailure(error, input);
}
