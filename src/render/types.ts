import type { Clock, Finding, GoMap, Random } from "../base/index.ts";
import type { Chart, HelmVersion } from "../chart/index.ts";
import type { Hook } from "../manifest/index.ts";
import type { ZonePort } from "../gotime/index.ts";
import type { KeyPort } from "../sprig/index.ts";
import type { Capabilities, HelmBuild } from "./capabilities.ts";
import type { ReleaseInfo } from "./context.ts";
import type { OutlineCache } from "./outline-cache.ts";
import type { AskingOptions, Question } from "./questions.ts";

/** How a chart is rendered. */
export interface RenderOptions extends AskingOptions {
  readonly release: ReleaseInfo;
  /** Default: Kubernetes 1.37 with the built-in API versions. */
  readonly capabilities?: Capabilities;
  /** Whose output to give, to the byte. Default 4. */
  readonly helmVersion?: HelmVersion;
  /** What `.Capabilities.HelmVersion` says. */
  readonly helmBuild?: HelmBuild;
  /** Makes everything random reproducible. */
  readonly seed?: number;
  readonly clock?: Pick<Clock, "now">;
  readonly random?: Random;
  /**
   * Keys for genCA and its kin, time zones and the local one: asked for when templates turn out to need them. Without
   * keys these functions say that they cannot work here; without zones they come from Intl, and the local one is UTC.
   */
  readonly loadPorts?: () => Promise<PlatformPorts>;
  /** Where what parsing finds is kept for other processes. */
  readonly outlines?: OutlineCache;
  /** Notes of subcharts too. */
  readonly subchartNotes?: boolean;
  readonly skipSchemaValidation?: boolean;
  /** Fetches a remote `$ref` of a values.schema.json; without it such a schema is refused. */
  readonly loadSchema?: (url: string) => Promise<unknown>;
  /** `required` and `fail` do not fail. */
  readonly lint?: boolean;
  /** Bounds; see docs/rendering.md. */
  readonly limits?: RenderLimits;
  /**
   * A post-renderer: gets manifests, gives manifests. Helm 4's gets everything, hooks too, before it is sorted; Helm
   * 3's the sorted manifest without hooks, and what it gives is the manifest.
   */
  readonly postRender?: (manifests: string) => string;
}

/** What some functions need of the platform; on Node src/sprig/node.ts and src/gotime/node.ts have it. */
export interface PlatformPorts {
  readonly keys?: KeyPort;
  readonly zones?: ZonePort;
  readonly timeZone?: string;
}

/** Bounds of one rendering, so that nothing a chart does can hang or harm. */
export interface RenderLimits {
  /** Milliseconds; default 30,000. */
  readonly timeout?: number;
  /** What the timeout is measured by, in milliseconds; the templates' clock may stand still. */
  readonly now?: () => number;
  /** Loop turns and template calls; default 50 million. */
  readonly steps?: number;
  /** UTF-16 units of one template's output; default 64 Mi. */
  readonly output?: number;
}

/** A document that is no hook, in the order of installation. */
export interface RenderedManifest {
  /** `chart/templates/x.yaml` */
  readonly source: string;
  readonly text: string;
  readonly kind: string;
  readonly name: string;
  readonly apiVersion: string;
}

/** What a chart becomes. */
export interface Rendered {
  /** Sorted for installation, without hooks. */
  readonly manifests: readonly RenderedManifest[];
  /** Sorted by kind. */
  readonly hooks: readonly Hook[];
  readonly notes: string;
  /** The manifests joined as a release stores them. */
  readonly manifest: string;
  readonly crds: readonly { readonly source: string; readonly text: string }[];
  /** The values that the templates saw. */
  readonly values: GoMap;
  /** The chart with its dependencies processed: what a release stores. */
  readonly chart: Chart;
  /** What could not be answered: fetch the answers and render again with the same seed and clock. */
  readonly questions: readonly Question[];
  readonly warnings: readonly Finding[];
}
