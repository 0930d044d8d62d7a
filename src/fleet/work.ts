import { type Clock, SlipwayError } from "../base/index.ts";
import {
  get,
  type Operation,
  type Release,
  type ReleaseSite,
  uninstall,
  upgrade,
  type UpgradeOptions,
} from "../release/index.ts";
import { type ChartSource, releaseChart, syncRepositories } from "./charts.ts";
import type { FleetAction, FleetEvent, Outcome } from "./events.ts";
import { failureOf } from "./failure.ts";
import { fileHooks, type HookSite, releaseHooks } from "./fleet-hooks.ts";
import { plan } from "./graph.ts";
import type { FleetRelease } from "./releases.ts";
import type { Fleet } from "./select.ts";
import { type ExtraValues, releaseValues } from "./values.ts";

/** How a fleet is worked on: what no helmfile says. */
export interface FleetWork {
  readonly source: ChartSource;
  /** The cluster, namespace and store of a release. */
  readonly site: (release: FleetRelease) => Promise<ReleaseSite>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Releases of one group worked on at once; 0 for all. */
  readonly concurrency: number;
  readonly extra?: ExtraValues;
  /** `--wait`, `--wait-for-jobs`: over what the releases say. */
  readonly wait?: boolean;
  readonly waitForJobs?: boolean;
  /** Keys, time zones and the like, for the renderer. */
  readonly render?: UpgradeOptions["render"];
  /** Variables for hooks: HELM_BIN and the like. */
  readonly hookEnv: Readonly<Record<string, string>>;
  readonly emit: (event: FleetEvent) => void;
}

/** `sync`: installs or upgrades every selected release, takes away those with `installed: false`. */
export function syncFleet(fleet: Fleet, work: FleetWork): Promise<Outcome[]> {
  return workOn(fleet, work, "sync", async (release) => {
    if (!release.installed) return removeIfThere(release, work, "sync");
    const site = await work.site(release);
    const before = await latest(site, release.name);
    return upgradeRelease(release, site, before, work, "sync");
  });
}

/**
 * `apply`: as sync, but a release whose rendered manifest and hooks are what its last revision holds is left alone.
 * helmfile asks helm-diff the same question.
 */
export function applyFleet(fleet: Fleet, work: FleetWork): Promise<Outcome[]> {
  return workOn(fleet, work, "apply", async (release) => {
    if (!release.installed) return removeIfThere(release, work, "apply");
    const site = await work.site(release);
    const before = await latest(site, release.name);
    if (before?.status === "deployed") {
      const options = await upgradeOptions(release, work);
      const { result } = upgrade(site, { ...options, dryRun: "server" });
      const planned = await result;
      if (sameOutput(before, planned)) return { action: "none", revision: before };
    }
    return upgradeRelease(release, site, before, work, "apply");
  });
}

/** `destroy`: takes every selected release away, those that need others first. */
export function destroyFleet(fleet: Fleet, work: FleetWork): Promise<Outcome[]> {
  return workOn(fleet, work, "destroy", (release) => removeIfThere(release, work, "destroy"), "reverse");
}

/** The last revision of every selected release, in the file's order; undefined where there is none. */
export async function fleetStatus(
  fleet: Fleet,
  work: Pick<FleetWork, "site">,
): Promise<{ release: FleetRelease; revision: Release | undefined }[]> {
  return Promise.all(
    fleet.selected.map(async (release) => ({
      release,
      revision: await latest(await work.site(release), release.name),
    })),
  );
}

type Turn = (release: FleetRelease) => Promise<Pick<Outcome, "action" | "revision">>;

async function workOn(
  fleet: Fleet,
  work: FleetWork,
  command: string,
  turn: Turn,
  order?: "reverse",
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  if (command !== "destroy") {
    const names = await syncRepositories(
      fleet.selected.filter(({ installed }) => installed),
      work.source,
    );
    if (names.length > 0) work.emit({ type: "repositories", names });
  }
  await fileHooks(fleet, hookSite(work), "prepare", command);
  const groups = plan(fleet.selected, { known: fleet.all });
  try {
    for (const group of order === "reverse" ? groups.toReversed() : groups) {
      await each(group, work.concurrency, async (release) => {
        outcomes.push(await takeTurn(release, work, command, turn));
      });
      // What needs a failed release does not get its turn, as in helmfile.
      if (outcomes.some(({ error }) => error !== undefined)) break;
    }
  } finally {
    await fileHooks(fleet, hookSite(work), "cleanup", command);
  }
  return outcomes;
}

async function takeTurn(release: FleetRelease, work: FleetWork, command: string, turn: Turn): Promise<Outcome> {
  const begin = work.clock.now();
  let outcome: Outcome;
  try {
    work.signal.throwIfAborted();
    await releaseHooks(release, hookSite(work), "prepare", command);
    outcome = { release, took: 0, ...(await turn(release)) };
  } catch (error) {
    outcome = { release, action: "none", took: 0, error: failureOf(release, error) };
  }
  try {
    await releaseHooks(release, hookSite(work), "cleanup", command, outcome.error);
  } catch (error) {
    outcome = { ...outcome, error: outcome.error ?? failureOf(release, error) };
  }
  outcome = { ...outcome, took: work.clock.now() - begin };
  work.emit({ type: "finished", outcome });
  return outcome;
}

async function each<T>(items: readonly T[], concurrency: number, visit: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const workers = concurrency > 0 ? Math.min(concurrency, items.length) : items.length;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of queue) await visit(item);
    }),
  );
}

async function upgradeRelease(
  release: FleetRelease,
  site: ReleaseSite,
  before: Release | undefined,
  work: FleetWork,
  command: string,
): Promise<Pick<Outcome, "action" | "revision">> {
  const action: FleetAction = before === undefined || before.status === "uninstalled" ? "install" : "upgrade";
  work.emit({ type: "started", release, action });
  if (command === "apply") await releaseHooks(release, hookSite(work), "preapply", command);
  await releaseHooks(release, hookSite(work), "presync", command);
  let error: unknown;
  try {
    const revision = await follow(release, upgrade(site, await upgradeOptions(release, work)), work);
    return { action, revision };
  } catch (failure) {
    error = failure;
    throw failure;
  } finally {
    await releaseHooks(release, hookSite(work), "postsync", command, error);
  }
}

async function upgradeOptions(release: FleetRelease, work: FleetWork): Promise<UpgradeOptions> {
  const wait = release.wait || work.wait;
  return {
    name: release.name,
    chart: await releaseChart(release, work.source),
    ...(await releaseValues(release, work.source.host, work.extra)),
    install: true,
    // helmfile creates namespaces unless it is told not to, and says --reset-values unless values are reused.
    createNamespace: release.createNamespace ?? true,
    ...(release.reuseValues ? { reuseValues: true } : { resetValues: true }),
    ...(wait && { wait: "watcher" as const }),
    ...((release.waitForJobs || work.waitForJobs) && { waitForJobs: true }),
    ...(release.timeout !== undefined && { timeout: release.timeout * 1000 }),
    ...((release.atomic || release.rollbackOnFailure) && { rollbackOnFailure: true }),
    ...(release.cleanupOnFail && { cleanupOnFail: true }),
    ...(release.force && { forceReplace: true }),
    ...(release.forceConflicts && { forceConflicts: true }),
    ...(release.takeOwnership && { takeOwnership: true }),
    ...(release.historyMax !== undefined && { maxHistory: release.historyMax }),
    ...(release.description && { description: release.description }),
    ...(release.enableDNS && { enableDns: true }),
    ...(release.skipSchemaValidation && { skipSchemaValidation: true }),
    ...(work.render && { render: work.render }),
    clock: work.clock,
    signal: work.signal,
  };
}

async function removeIfThere(
  release: FleetRelease,
  work: FleetWork,
  command: string,
): Promise<Pick<Outcome, "action" | "revision">> {
  const site = await work.site(release);
  const before = await latest(site, release.name);
  if (before === undefined || before.status === "uninstalled") return { action: "none" };
  work.emit({ type: "started", release, action: "uninstall" });
  await releaseHooks(release, hookSite(work), "preuninstall", command);
  await follow(
    release,
    uninstall(site, {
      name: release.name,
      ...(release.deleteWait && { wait: "watcher" as const }),
      ...(release.deleteTimeout !== undefined && { timeout: release.deleteTimeout * 1000 }),
      ...(release.cascade && { cascade: release.cascade as "background" }),
      signal: work.signal,
    }),
    work,
  );
  await releaseHooks(release, hookSite(work), "postuninstall", command);
  return { action: "uninstall", revision: before };
}

/** Passes an operation's events on, and waits for its end. */
async function follow<T>(release: FleetRelease, operation: Operation<T>, work: FleetWork): Promise<T> {
  for await (const event of operation) work.emit({ type: "progress", release, event });
  return operation.result;
}

async function latest(site: ReleaseSite, name: string): Promise<Release | undefined> {
  try {
    return await get(site, name);
  } catch (error) {
    if (error instanceof SlipwayError && error.code === "release.not-found") return undefined;
    throw error;
  }
}

/** Whether a planned revision writes what the last one wrote: the manifests and hooks, document by document. */
function sameOutput(before: Release, planned: Release): boolean {
  const hooks = (release: Release) => release.hooks.map(({ path, manifest }) => `${path}\n${manifest}`).sort();
  return before.manifest === planned.manifest && JSON.stringify(hooks(before)) === JSON.stringify(hooks(planned));
}

function hookSite({ source, signal, hookEnv, emit }: FleetWork): HookSite {
  return {
    host: source.host,
    signal,
    env: hookEnv,
    log: (line, release) => emit({ type: "log", ...(release && { release }), line }),
  };
}
