import type { GoMap } from "../base/index.ts";

/** One file of a chart. */
export interface ChartFile {
  /** The path inside the chart, with `/`. */
  readonly name: string;
  readonly data: Uint8Array;
  /** When it was last changed, in milliseconds since 1970, where that is known. */
  readonly modTime?: number;
}

/** A chart's maintainer, as Chart.yaml names one. */
export interface Maintainer {
  name: string;
  email: string;
  url: string;
}

/** An entry of `dependencies` in Chart.yaml (or requirements.yaml). Empty strings stand for what is not set, as in Go. */
export interface Dependency {
  name: string;
  version: string;
  repository: string;
  condition: string;
  tags: string[] | null;
  enabled: boolean;
  importValues: unknown[] | null;
  alias: string;
}

/** Chart.yaml. Empty strings and null stand for what is not set, as in Go's struct. */
export interface Metadata {
  name: string;
  home: string;
  sources: string[] | null;
  version: string;
  description: string;
  keywords: string[] | null;
  maintainers: (Maintainer | null)[] | null;
  icon: string;
  apiVersion: string;
  condition: string;
  tags: string;
  appVersion: string;
  deprecated: boolean;
  annotations: Record<string, string> | null;
  kubeVersion: string;
  dependencies: (Dependency | null)[] | null;
  type: string;
}

/** Chart.lock. */
export interface Lock {
  /** The time as it was written (RFC 3339). */
  generated: string;
  digest: string;
  dependencies: (Dependency | null)[] | null;
}

/** A chart in memory, with its subcharts. Nothing in Slipway changes one that was loaded. */
export interface Chart {
  readonly metadata: Metadata;
  readonly lock?: Lock;
  /** Every file as it was found, in the order in which it was found. */
  readonly raw: readonly ChartFile[];
  /** Files below `templates/`. */
  readonly templates: readonly ChartFile[];
  /** Everything else: what `.Files` offers, and `crds/`. */
  readonly files: readonly ChartFile[];
  /** The chart's default values; null where there is no values.yaml. */
  readonly values: GoMap | null;
  /** values.schema.json. */
  readonly schema?: Uint8Array;
  readonly dependencies: readonly Chart[];
  readonly parent?: Chart;
  /** The folder or archive it was read from, where there is one. */
  readonly path?: string;
  /** What was odd but did not stop the loading, in Helm's words. */
  readonly warnings?: readonly string[];
}

/** The Helm whose behaviour is followed. */
export type HelmVersion = 3 | 4;

/** A CustomResourceDefinition file below `crds/` of a chart or subchart. */
export interface CrdFile {
  /** The path inside its own chart. */
  readonly name: string;
  /** The path with the charts above it: `app/charts/sub/crds/x.yaml`. */
  readonly source: string;
  readonly file: ChartFile;
}
