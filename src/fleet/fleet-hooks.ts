import { newMap } from "../base/index.ts";
import type { Host } from "./host.ts";
import { type HookEvent, runHooks } from "./hooks.ts";
import type { FleetRelease } from "./releases.ts";
import type { Fleet } from "./select.ts";

/** What hooks need beside what the helmfile says. */
export interface HookSite {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Variables for hooks: HELM_BIN and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes lines that hooks printed; `release` where the hook belongs to one. */
  readonly log: (line: string, release?: FleetRelease) => void;
}

/** Runs a release's own hooks of an event. Throws fleet.hook when one fails. */
export async function releaseHooks(
  release: FleetRelease,
  site: HookSite,
  event: HookEvent,
  command: string,
  error?: unknown,
): Promise<void> {
  await runHooks({
    ...site,
    file: release.file,
    hooks: release.hooks,
    event,
    command,
    release: Object.assign(newMap(), {
      Name: release.name,
      Namespace: release.namespace ?? "",
      Chart: release.chart,
      Version: release.version ?? "",
      KubeContext: release.kubeContext ?? "",
      Labels: Object.assign(newMap(), release.labels),
    }),
    error,
    log: (line) => site.log(line, release),
  });
}

/** Runs the hooks of an event that stand at the top of the fleet's files. Throws fleet.hook when one fails. */
export async function fileHooks(fleet: Fleet, site: HookSite, event: HookEvent, command: string): Promise<void> {
  for (const file of fleet.files) {
    await runHooks({ ...site, file, hooks: file.spec.hooks, event, command, log: (line) => site.log(line) });
  }
}
