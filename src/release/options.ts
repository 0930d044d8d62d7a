import type { Clock, GoMap, Random } from "../base/index.ts";
import type { Chart, HelmVersion, UserValues } from "../chart/index.ts";
import type { KubeClient } from "../kube/index.ts";
import type { RenderOptions } from "../render/index.ts";
import type { WaitStrategy } from "./wait.ts";

/** Where releases live: a cluster, a namespace, a store. */
export interface ReleaseSite {
  readonly client: KubeClient;
  readonly namespace: string;
  /** HELM_DRIVER: `secret` (default), `configmap`, `memory`. */
  readonly driver?: string;
  /** Somebody looks on: what hooks print is told while they run, whatever their output-log policy. */
  readonly liveLogs?: boolean;
}

/** `none` does it; `client` renders without a cluster; `server` asks the cluster but changes nothing. */
export type DryRun = "none" | "client" | "server";

/** What install and upgrade have in common. Every default is Helm 4's. */
export interface ChartActionOptions {
  readonly name: string;
  readonly chart: Chart;
  /** The user's values, merged (see chart's mergeUserValues). */
  readonly values?: GoMap;
  /** Where the values came from: to say, when rendering fails, who set what. */
  readonly sources?: UserValues;
  readonly dryRun?: DryRun;
  /** Leave Secrets out of a dry run's manifest. */
  readonly hideSecret?: boolean;
  /** Default `hookOnly`; `watcher` with rollbackOnFailure. */
  readonly wait?: WaitStrategy;
  readonly waitForJobs?: boolean;
  /** For each step, in milliseconds; default five minutes. */
  readonly timeout?: number;
  readonly noHooks?: boolean;
  readonly skipCrds?: boolean;
  readonly description?: string;
  /** Labels of the record. */
  readonly labels?: Record<string, string>;
  readonly forceConflicts?: boolean;
  readonly forceReplace?: boolean;
  readonly takeOwnership?: boolean;
  readonly rollbackOnFailure?: boolean;
  readonly subchartNotes?: boolean;
  readonly skipSchemaValidation?: boolean;
  readonly enableDns?: boolean;
  readonly createNamespace?: boolean;
  readonly postRender?: RenderOptions["postRender"];
  readonly helmVersion?: HelmVersion;
  /** More for the renderer: keys, time zone, limits, seed. */
  readonly render?: Pick<RenderOptions, "loadPorts" | "limits" | "seed" | "loadSchema">;
  readonly random?: Random;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

export interface InstallOptions extends ChartActionOptions {
  /** Default true. */
  readonly serverSide?: boolean;
  /** Take the name of a release that is uninstalled (its history kept) or failed. */
  readonly replace?: boolean;
}

export interface UpgradeOptions extends ChartActionOptions {
  /** Install when there is no such release. */
  readonly install?: boolean;
  /** Default `auto`: as the release was applied before. */
  readonly serverSide?: boolean | "auto";
  readonly resetValues?: boolean;
  readonly reuseValues?: boolean;
  readonly resetThenReuseValues?: boolean;
  /** How many revisions are kept; 0 for all. Default 10. */
  readonly maxHistory?: number;
  readonly cleanupOnFail?: boolean;
  /** Objects to delete and make anew, as `Kind/name`: where a field changes that cannot change in place. */
  readonly replaceObjects?: readonly string[];
}

export interface RollbackOptions {
  readonly name: string;
  /** 0 or nothing: the one before. */
  readonly revision?: number;
  readonly dryRun?: DryRun;
  readonly wait?: WaitStrategy;
  readonly waitForJobs?: boolean;
  readonly timeout?: number;
  readonly noHooks?: boolean;
  readonly description?: string;
  readonly serverSide?: boolean | "auto";
  readonly forceConflicts?: boolean;
  readonly forceReplace?: boolean;
  readonly cleanupOnFail?: boolean;
  readonly maxHistory?: number;
  /** Objects (`Kind/name`) to delete and make anew where a field would change that cannot change in place. */
  readonly replaceObjects?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface UninstallOptions {
  readonly name: string;
  readonly dryRun?: boolean;
  readonly noHooks?: boolean;
  readonly keepHistory?: boolean;
  readonly ignoreNotFound?: boolean;
  readonly wait?: WaitStrategy;
  readonly timeout?: number;
  readonly cascade?: "background" | "foreground" | "orphan";
  readonly description?: string;
  readonly signal?: AbortSignal;
}

export interface TestOptions {
  readonly name: string;
  readonly timeout?: number;
  /** Run only these, or all but these, by name. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** The caller shows the test pods' logs (`testLogs`): a failure does not repeat what they printed last. */
  readonly logs?: boolean;
  readonly signal?: AbortSignal;
}

export const defaultTimeout = 300_000;
