import type { GoMap } from "../base/index.ts";
import type { HookEvent } from "../manifest/index.ts";

export type { HookEvent };

/** Helm's words for where a release stands. */
export type ReleaseStatus =
  | "unknown"
  | "deployed"
  | "uninstalled"
  | "superseded"
  | "failed"
  | "uninstalling"
  | "pending-install"
  | "pending-upgrade"
  | "pending-rollback";

/** How a hook's last run went; times are RFC 3339 texts, undefined for Go's zero time. */
export interface HookRun {
  startedAt?: string;
  completedAt?: string;
  phase: "" | "Unknown" | "Running" | "Succeeded" | "Failed";
}

/** A hook as it is recorded. */
export interface ReleaseHook {
  readonly name: string;
  readonly kind: string;
  /** The template: `chart/templates/x.yaml`. */
  readonly path: string;
  readonly manifest: string;
  readonly events: readonly HookEvent[];
  readonly weight: number;
  /** Helm fills in `before-hook-creation` when the hook first runs. */
  deletePolicies: readonly string[];
  readonly outputLogPolicies: readonly string[];
  lastRun: HookRun;
}

/** A file of a stored chart: its bytes in base64. */
export interface StoredFile {
  readonly name: string;
  readonly data: string;
  readonly modtime?: string;
}

/** The chart inside a record, in the shape and key order of Helm's JSON. Subcharts are not stored. */
export interface StoredChart {
  readonly metadata: StoredMetadata | null;
  readonly lock: unknown;
  readonly templates: readonly StoredFile[] | null;
  readonly values: GoMap | null;
  readonly schema: string | null;
  readonly schemamodtime?: string;
  readonly files: readonly StoredFile[] | null;
  readonly modtime?: string;
}

/** Chart.yaml as stored; keys that are empty are left out. */
export interface StoredMetadata {
  readonly name?: string;
  readonly version?: string;
  readonly appVersion?: string;
  readonly annotations?: Record<string, string>;
  readonly dependencies?: readonly {
    readonly name: string;
    readonly version?: string;
    readonly repository: string;
    readonly [key: string]: unknown;
  }[];
  readonly [key: string]: unknown;
}

/** One revision of a release: what Helm stores, and what every function of this room gives. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** The revision. */
  version: number;
  status: ReleaseStatus;
  description: string;
  /** RFC 3339, with the writer's time zone; undefined for Go's zero time. */
  firstDeployed?: string;
  lastDeployed?: string;
  deleted?: string;
  /** The revision that a rollback went back to; 0 when this is none. */
  rollbackRevision: number;
  notes: string;
  chart: StoredChart | null;
  /** The user's values; null when there were none. */
  config: GoMap | null;
  manifest: string;
  hooks: ReleaseHook[];
  /** Labels of the storage object. Read by a query they hold Helm's own as well (`owner`, `name`, `status` …). */
  labels: Record<string, string>;
  /** Whether it was applied by the server; "" (Helm 3) counts as "csa". */
  applyMethod: "ssa" | "csa" | "";
}

/** What lists and histories show of a revision: all but what makes a record large. */
export type ReleaseSummary = Omit<Release, "chart" | "config" | "manifest" | "hooks" | "applyMethod" | "labels"> & {
  readonly chart: Pick<StoredChart, "metadata"> | null;
  readonly labels: Readonly<Record<string, string>>;
};

/** pending-install, pending-upgrade, pending-rollback. */
export function isPending(status: ReleaseStatus): boolean {
  return status.startsWith("pending-");
}

/** What says that somebody is at work, or was when it ended without finishing: pending-*, uninstalling. */
export function isUnderWork(status: ReleaseStatus): boolean {
  return isPending(status) || status === "uninstalling";
}

/** The name of the storage object of a revision. */
export function recordKey(name: string, version: number): string {
  return `sh.helm.release.v1.${name}.v${version}`;
}
