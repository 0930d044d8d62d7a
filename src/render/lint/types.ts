import type { Span } from "../../base/index.ts";
import type { Chart, ChartFile, HelmVersion } from "../../chart/index.ts";
import type { KubeVersion } from "../capabilities.ts";
import type { PlatformPorts } from "../types.ts";

/** How bad it is: errors fail the lint, warnings with --strict. */
export type Severity = "INFO" | "WARNING" | "ERROR";

/** One thing that Helm's lint says. */
export interface LintMessage {
  readonly severity: Severity;
  /** As Helm shows it: `Chart.yaml`, `templates/x.yaml`, the chart's folder, or nothing. */
  readonly path: string;
  readonly message: string;
  /** Where in the chart's files, in paths inside the chart. */
  readonly span?: Span;
  /** Everything behind one message: each failure of a schema, each broken template. */
  readonly details?: readonly { readonly message: string; readonly path?: string; readonly span?: Span }[];
}

/** A chart to lint, as it lies on disk or in an archive. */
export interface LintInput {
  /** The folder as Helm names it in messages: an absolute path. */
  readonly folder: string;
  /** Every file of the folder, those that .helmignore leaves out too. */
  readonly files: readonly ChartFile[];
  /** Folders of the chart, by their path inside it. */
  readonly folders: ReadonlySet<string>;
  /** Loads the chart; throws in Helm's words. */
  load(): Promise<Chart>;
}

/** How the lint is done. */
export interface LintOptions {
  readonly helmVersion?: HelmVersion;
  readonly namespace?: string;
  readonly kubeVersion?: KubeVersion;
  readonly skipSchemaValidation?: boolean;
  /** Fetches a remote `$ref` of a values.schema.json; see RenderOptions. */
  readonly loadSchema?: (url: string) => Promise<unknown>;
  /** What some functions need of the platform; see RenderOptions. */
  readonly loadPorts?: () => Promise<PlatformPorts>;
}

/** Gathers messages. */
export class Messages {
  readonly list: LintMessage[] = [];

  /** Notes a problem, if there is one; true where there is none. */
  check(severity: Severity, path: string, problem: string | undefined, more: Partial<LintMessage> = {}): boolean {
    if (problem === undefined) return true;
    this.list.push({ severity, path, message: problem, ...more });
    return false;
  }
}
