import type { SlipwayError } from "../base/index.ts";
import type { Release, ReleaseEvent } from "../release/index.ts";
import type { FleetRelease } from "./releases.ts";

/** What is done with a release. */
export type FleetAction = "install" | "upgrade" | "uninstall" | "none";

/** What a fleet tells while it is worked on. */
export type FleetEvent =
  | { readonly type: "repositories"; readonly names: readonly string[] }
  /** A release's turn has come. */
  | { readonly type: "started"; readonly release: FleetRelease; readonly action: FleetAction }
  /** What the release's own operation tells. */
  | { readonly type: "progress"; readonly release: FleetRelease; readonly event: ReleaseEvent }
  | { readonly type: "finished"; readonly outcome: Outcome }
  /** A line of a hook; without a release for the file's own hooks. */
  | { readonly type: "log"; readonly release?: FleetRelease; readonly line: string };

/** How a release's turn ended. */
export interface Outcome {
  readonly release: FleetRelease;
  readonly action: FleetAction;
  /** Milliseconds. */
  readonly took: number;
  /** The revision that stands now, where one was made or found. */
  readonly revision?: Release;
  /** Why it failed; its message begins with the release's name. */
  readonly error?: SlipwayError;
}
