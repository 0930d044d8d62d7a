import { SlipwayError, messageOf } from "../base/index.ts";
import { createdBefore, deleteAll, updateAll } from "./apply.ts";
import { inOneLine } from "./failure-text.ts";
import { goTimestamp } from "./go-time.ts";
import { lastOf, prune, revisionsOf, rollbackTo } from "./history.ts";
import { runHooks } from "./hooks.ts";
import { checkImmutable, removeForReplacement } from "./immutable.ts";
import { underLease, type LockedSession } from "./locked.ts";
import { checkName } from "./names.ts";
import { defaultTimeout, type RollbackOptions } from "./options.ts";
import { markOwned } from "./ownership.ts";
import { checkReachable } from "./reach.ts";
import { createRecord, storeRecord, supersede, tryRecord } from "./record-keeping.ts";
import { cutOffBeside, leftByUs, leftovers, mendPending, refuseWhileBusy, targetsOf } from "./recovery.ts";
import type { Release } from "./record.ts";
import type { Session } from "./session.ts";
import type { RevisionInfo } from "./store.ts";
import { buildTargets, type Target } from "./targets.ts";
import { waitUntilReady } from "./wait.ts";

const longestDescription = 256;

/** Rolls a release back, in a session that may hold its lease already; gives the new revision. */
export async function runRollback(session: Session | LockedSession, options: RollbackOptions): Promise<Release> {
  const length = [...(options.description ?? "")].length;
  if (length > longestDescription) {
    throw new SlipwayError(`description must be ${longestDescription} characters or less, got ${length}`, {
      code: "release.description",
    });
  }
  await checkReachable(session.client, session.signal);
  checkName(options.name, "prepareRollback: Release name is invalid: ");
  if ((options.revision ?? 0) < 0) throw new SlipwayError("invalid release revision", { code: "release.revision" });
  const revisions = await revisionsOf(session, options.name);
  const last = lastOf(revisions, session, options.name);
  if ((options.dryRun ?? "none") !== "none") return (await prepare(session, options, revisions)).release;
  if ("lease" in session && session.lease !== undefined) return await roll(session, options, revisions);
  await refuseWhileBusy(session, options.name, revisions, "passed");
  return await underLease(session, options.name, "rollback", async (locked) => {
    if (!leftByUs(last) && !locked.lease?.followed) return await roll(locked, options, revisions);
    const current = await revisionsOf(locked, options.name);
    const newest = current.at(-1);
    const left = newest !== undefined && leftByUs(newest);
    return await roll(locked, options, left ? await mendPending(locked, options.name, current) : current);
  });
}

async function prepare(
  session: Session,
  options: RollbackOptions,
  revisions: readonly RevisionInfo[],
): Promise<{ current: Release; release: Release; serverSide: boolean }> {
  const call = { signal: session.signal };
  const last = lastOf(revisions, session, options.name);
  const current = await session.store.get(options.name, last.version, call);
  const wanted = rollbackTo(options.name, revisions, last, options.revision);
  const previous = await session.store.get(options.name, wanted, call);
  const serverSide =
    options.serverSide === undefined || options.serverSide === "auto"
      ? previous.applyMethod === "ssa"
      : options.serverSide;
  const release: Release = {
    name: options.name,
    namespace: current.namespace,
    version: current.version + 1,
    status: "pending-rollback",
    description: options.description || `Rollback to ${wanted}`,
    ...(current.firstDeployed === undefined ? {} : { firstDeployed: current.firstDeployed }),
    lastDeployed: goTimestamp(session.clock.now()),
    rollbackRevision: wanted,
    notes: previous.notes,
    chart: previous.chart,
    config: previous.config,
    manifest: previous.manifest,
    hooks: previous.hooks,
    labels: previous.labels,
    applyMethod: serverSide ? "ssa" : "csa",
  };
  return { current, release, serverSide };
}

async function roll(
  session: LockedSession,
  options: RollbackOptions,
  revisions: readonly RevisionInfo[],
): Promise<Release> {
  session.emit({ type: "phase", phase: "prepare" });
  const { current, release, serverSide } = await prepare(session, options, revisions);
  const replaced = options.forceReplace ? [] : await foreseen(session, options, current, release);
  await prune(session, options.name, revisions, (options.maxHistory ?? 10) - 1);
  await createRecord(session, release);
  // Helm supersedes the revision before only where objects could not be changed, not for hooks and waiting.
  const fail = async (description: string, supersede = false) => {
    if (supersede) current.status = "superseded";
    release.status = "failed";
    release.description = description;
    // In this order: after the other one, a record still pending would be taken for a rollback that went well.
    await tryRecord(session, release);
    await tryRecord(session, current);
  };
  let targets: Target[];
  let originals: Target[];
  try {
    session.signal?.throwIfAborted();
    originals = await build(
      session,
      current.manifest,
      "unable to build kubernetes objects from current release manifest",
    );
    targets = await build(session, release.manifest, "unable to build kubernetes objects from new release manifest");
    const beside = await targetsOf(session, await cutOffBeside(session, current, revisions));
    originals = [...originals, ...leftovers({ interrupted: beside }, originals)];
  } catch (error) {
    // Helm would leave the new revision pending for ever.
    await fail(`Rollback "${release.name}" failed: ${inOneLine(error)}`);
    throw error;
  }
  const strategy = options.wait ?? "hookOnly";
  const timeout = options.timeout ?? defaultTimeout;
  const hooks = { strategy, timeout, serverSide, record: (revision: Release) => tryRecord(session, revision) };
  try {
    if (!options.noHooks) await runHooks(session, release, "pre-rollback", hooks);
  } catch (error) {
    await fail(`Rollback "${release.name}" failed: ${inOneLine(error)}`);
    throw error;
  }
  markOwned(targets, release.name, release.namespace);
  session.emit({ type: "phase", phase: "apply" });
  let live;
  try {
    await removeForReplacement(session, replaced, timeout, release);
    live = (
      await updateAll(
        session,
        originals,
        targets,
        {
          serverSide,
          forceConflicts: options.forceConflicts ?? false,
          forceReplace: options.forceReplace ?? false,
          upgradeManager: true,
          threeWayForCustom: false,
        },
        release,
      )
    ).live;
  } catch (error) {
    await fail(`Rollback "${release.name}" failed: ${inOneLine(error)}`, true);
    const created = createdBefore(error);
    if (options.cleanupOnFail && created.length > 0) {
      session.emit({ type: "phase", phase: "cleanup" });
      const { errors } = await deleteAll(session, created, "Background");
      if (errors.length > 0) {
        throw new SlipwayError(
          `an error occurred while cleaning up resources. original rollback error: unable to cleanup resources: ${errors.map(messageOf).join(", ")}`,
          {
            code: "release.cleanup",
            cause: error,
          },
        );
      }
    }
    throw error;
  }
  if (strategy !== "hookOnly") {
    session.emit({ type: "phase", phase: "wait" });
    try {
      await waitUntilReady(session, targets, {
        rules: strategy === "legacy" ? "legacy" : "kstatus",
        jobs: options.waitForJobs ?? false,
        timeout,
        live,
      });
    } catch (error) {
      await fail(`Release "${release.name}" failed: ${inOneLine(error)}`);
      throw new SlipwayError(
        `release ${release.name} failed: ${messageOf(error)}`,
        error instanceof SlipwayError ? error.facts : { code: "release.failed", cause: error },
      );
    }
  }
  try {
    if (!options.noHooks) await runHooks(session, release, "post-rollback", hooks);
    session.signal?.throwIfAborted();
  } catch (error) {
    await fail(`Rollback "${release.name}" failed: ${inOneLine(error)}`);
    throw error;
  }
  session.emit({ type: "phase", phase: "record" });
  // More than one can be deployed after two tools ran at once: all of them end here.
  for (const revision of revisions) {
    if (revision.status !== "deployed") continue;
    if (revision.version !== current.version) {
      await supersede(session, release.name, revision.version);
      continue;
    }
    current.status = "superseded";
    await tryRecord(session, current);
  }
  release.status = "deployed";
  await storeRecord(session, release);
  return release;
}

/**
 * The objects that are to be made anew. Throws, before anything is touched, where a field would have to change back that
 * cannot change; what cannot be built is told later.
 */
async function foreseen(
  session: Session,
  options: RollbackOptions,
  current: Release,
  release: Release,
): Promise<Target[]> {
  const built = async ({ manifest }: Release) =>
    await buildTargets(session.client, manifest, session.namespace, session.signal).catch(() => []);
  const [from, to] = [await built(current), await built(release)];
  session.signal?.throwIfAborted();
  markOwned(to, release.name, release.namespace);
  return await checkImmutable(session, {
    originals: from,
    targets: to,
    serverSide: release.applyMethod === "ssa",
    replace: options.replaceObjects ?? [],
    sure: current.status === "deployed",
  });
}

async function build(session: Session, manifest: string, failing: string): Promise<Target[]> {
  try {
    return await buildTargets(session.client, manifest, session.namespace, session.signal);
  } catch (error) {
    session.signal?.throwIfAborted();
    throw new SlipwayError(
      `${failing}: ${messageOf(error)}`,
      error instanceof SlipwayError ? error.facts : { code: "release.build", cause: error },
    );
  }
}
