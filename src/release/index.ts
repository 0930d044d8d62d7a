/**
 * Releases: install, upgrade, roll back, uninstall, test; list, status, history; records as Helm keeps them.
 *
 * Operations start at once and give an {@link Operation}: `for await (const event of operation)` tells what happens,
 * `await operation.result` gives the outcome or throws a SlipwayError in Helm's words. All take an AbortSignal: an
 * aborted operation marks its revision failed and lets go of its lease.
 */
import type { DiffOptions, ReleaseDiff } from "./diff.ts";
import { Operation, type ReleaseEvent } from "./events.ts";
import type {
  InstallOptions,
  ReleaseSite,
  RollbackOptions,
  TestOptions,
  UninstallOptions,
  UpgradeOptions,
} from "./options.ts";
import type { ListOptions } from "./read.ts";
import type { Release, ReleaseSummary } from "./record.ts";
import type { RecoveryReport } from "./recovery.ts";
import type { ResourceGroup } from "./resources.ts";
import type { Session } from "./session.ts";
import type { TestResult } from "./test-release.ts";
import type { UninstallResult } from "./uninstall.ts";
import { openStore } from "./store.ts";

export { answerQuestion } from "./answers.ts";
export type { DiffOptions, PlannedChange, ReleaseDiff } from "./diff.ts";
export { Operation, type ObjectName, type ReleaseEvent, type WaitState } from "./events.ts";
export { goTimestamp } from "./go-time.ts";
export { goJson, sorted } from "./go-json.ts";
export { infoJson, releaseJson } from "./codec.ts";
export { checkName, nameProblem } from "./names.ts";
export * from "./options.ts";
export { computedValues, matchesSelector, type ListOptions } from "./read.ts";
export { neededRights, type NeededRights, type PolicyRule, type ResourceOfKind } from "./rbac.ts";
export { checkReachable, unreachable } from "./reach.ts";
export {
  isPending,
  recordKey,
  type HookEvent,
  type HookRun,
  type Release,
  type ReleaseHook,
  type ReleaseStatus,
  type ReleaseSummary,
  type StoredChart,
  type StoredMetadata,
} from "./record.ts";
export type { RecoveryReport } from "./recovery.ts";
export { isSimulated, type ResourceGroup, type Table } from "./resources.ts";
export type { TestResult } from "./test-release.ts";
export type { UninstallResult } from "./uninstall.ts";
export type { WaitStrategy } from "./wait.ts";
export { openStore, systemLabels, type ReleaseStore, type RevisionInfo } from "./store.ts";

async function sessionAt(
  site: ReleaseSite,
  signal: AbortSignal | undefined,
  emit: (event: ReleaseEvent) => void,
): Promise<Session> {
  return {
    client: site.client,
    store: await openStore(site.driver ?? "", site.client, site.namespace),
    namespace: site.namespace,
    clock: site.client.clock,
    signal,
    // Asked only when there are logs to follow: whether anybody looks on is not free to find out.
    get liveLogs() {
      return site.liveLogs === true;
    },
    emit,
  };
}

const silent = () => {};

/** Installs a chart as a new release. */
export function install(site: ReleaseSite, options: InstallOptions): Operation<Release> {
  return new Operation(async (emit) => {
    // Without a cluster nothing is stored: a dry run needs no driver that works.
    const offline = options.dryRun === "client" ? { ...site, driver: "memory" } : site;
    const { runInstall } = await import("./install.ts");
    return await runInstall(await sessionAt(offline, options.signal, emit), options);
  }, options.signal);
}

/** Upgrades a release; with `install: true` installs it when there is none. */
export function upgrade(site: ReleaseSite, options: UpgradeOptions): Operation<Release> {
  return new Operation(async (emit) => {
    const { runUpgrade } = await import("./upgrade.ts");
    return await runUpgrade(await sessionAt(site, options.signal, emit), options);
  }, options.signal);
}

/** Rolls a release back to an earlier revision. */
export function rollback(site: ReleaseSite, options: RollbackOptions): Operation<Release> {
  return new Operation(async (emit) => {
    const { runRollback } = await import("./rollback.ts");
    return await runRollback(await sessionAt(site, options.signal, emit), options);
  }, options.signal);
}

/** Uninstalls a release. */
export function uninstall(site: ReleaseSite, options: UninstallOptions): Operation<UninstallResult> {
  return new Operation(async (emit) => {
    const { runUninstall } = await import("./uninstall.ts");
    return await runUninstall(await sessionAt(site, options.signal, emit), options);
  }, options.signal);
}

/** Runs a release's test hooks. The result tells of a failure; `result.shutdown()` clears up by the hooks' policies. */
export function test(site: ReleaseSite, options: TestOptions): Operation<TestResult> {
  return new Operation(async (emit) => {
    const { runTests } = await import("./test-release.ts");
    return await runTests(await sessionAt(site, options.signal, emit), options);
  }, options.signal);
}

/** What the test pods printed. */
export async function* testLogs(
  site: ReleaseSite,
  release: Release,
  options: TestOptions,
): AsyncGenerator<{ pod: string; container: string; text: string }> {
  const { testLogs: read } = await import("./test-release.ts");
  yield* read(await sessionAt(site, options.signal, silent), release, options);
}

/** The last revision of every release, in short; of every namespace when `site.namespace` is undefined. */
export async function list(
  site: Omit<ReleaseSite, "namespace"> & { namespace: string | undefined },
  options: ListOptions & { signal?: AbortSignal } = {},
): Promise<ReleaseSummary[]> {
  const { runList } = await import("./read.ts");
  const store = await openStore(site.driver ?? "", site.client, site.namespace);
  return await runList(
    {
      client: site.client,
      store,
      namespace: site.namespace ?? "",
      clock: site.client.clock,
      signal: options.signal,
      emit: silent,
    },
    options,
  );
}

/** Every revision of a release, oldest first, in short; {@link get} gives one whole. */
export async function history(
  site: ReleaseSite,
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<ReleaseSummary[]> {
  const { runHistory } = await import("./read.ts");
  return await runHistory(await sessionAt(site, options.signal, silent), name);
}

/** One revision of a release; the last one when `revision` is 0 or left out. */
export async function get(
  site: ReleaseSite,
  name: string,
  options: { revision?: number; signal?: AbortSignal } = {},
): Promise<Release> {
  const { runGet } = await import("./read.ts");
  return await runGet(await sessionAt(site, options.signal, silent), name, options.revision ?? 0);
}

/** A release with its live objects: what `status` shows. */
export async function status(
  site: ReleaseSite,
  name: string,
  options: { revision?: number; form?: "table" | "objects"; signal?: AbortSignal } = {},
): Promise<{ release: Release; resources: ResourceGroup[] }> {
  const { runGet } = await import("./read.ts");
  const { liveResources } = await import("./resources.ts");
  const session = await sessionAt(site, options.signal, silent);
  const release = await runGet(session, name, options.revision ?? 0);
  return { release, resources: await liveResources(session, release, options.form ?? "objects") };
}

/** Looks at a release that may be stuck, and says what `recover` would do. */
export async function inspect(
  site: ReleaseSite,
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<RecoveryReport> {
  const recovery = await import("./recovery.ts");
  return await recovery.inspect(await sessionAt(site, options.signal, silent), name);
}

/** Looks at every release of the namespace that is under work, or was left so. */
export async function inspectAll(site: ReleaseSite, options: { signal?: AbortSignal } = {}): Promise<RecoveryReport[]> {
  const recovery = await import("./recovery.ts");
  return await recovery.inspectAll(await sessionAt(site, options.signal, silent));
}

/** Mends a release that was left pending: finishes its record, or marks the revision failed. */
export function recover(
  site: ReleaseSite,
  name: string,
  options: { force?: boolean; signal?: AbortSignal } = {},
): Operation<RecoveryReport> {
  return new Operation(async (emit) => {
    const { runRecover } = await import("./recover.ts");
    return await runRecover(await sessionAt(site, options.signal, emit), name, options.force ?? false);
  }, options.signal);
}

/**
 * What an upgrade (with `install: true` also an installation) would change: against the live objects, by the server's
 * dry run; nothing is written. `changed` is false when no object or hook would change, `recordChanged` when nothing on record would.
 */
export async function diffUpgrade(site: ReleaseSite, options: UpgradeOptions & DiffOptions): Promise<ReleaseDiff> {
  const diff = await import("./diff.ts");
  return await diff.diffUpgrade(await sessionAt(site, options.signal, silent), options);
}

/** What a rollback would change, in the same way. */
export async function diffRollback(site: ReleaseSite, options: RollbackOptions & DiffOptions): Promise<ReleaseDiff> {
  const diff = await import("./diff.ts");
  return await diff.diffRollback(await sessionAt(site, options.signal, silent), options);
}

/** The difference between two recorded revisions; the server only says which of their kinds go to a namespace. */
export async function diffRecords(
  site: ReleaseSite,
  from: Release,
  to: Release,
  options: DiffOptions & { signal?: AbortSignal } = {},
): Promise<ReleaseDiff> {
  const diff = await import("./diff.ts");
  return await diff.diffRecords(await sessionAt(site, options.signal, silent), from, to, options);
}
