/** Chart + values + capabilities → manifests, hooks and notes, as Helm makes them. Pure: runs in a browser too. */
export {
  type Capabilities,
  type HelmBuild,
  type KubeVersion,
  defaultCapabilities,
  helmBuild,
  parseKubeVersion,
} from "./capabilities.ts";
export type { ReleaseInfo } from "./context.ts";
export { type Answer, type Answers, type AskingOptions, type Question, questionKey } from "./questions.ts";
export {
  RenderFailure,
  type PlatformPorts,
  type RenderLimits,
  type RenderOptions,
  type Rendered,
  type RenderedManifest,
  joinedText,
  render,
} from "./render.ts";
export { checkReleaseName, nameFromTemplate } from "./release-name.ts";
