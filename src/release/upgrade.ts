import { SlipwayError, messageOf, newMap, type GoMap } from "../base/index.ts";
import { coalesceTables, coalesceValues, deepCopy, type Chart } from "../chart/index.ts";
import { tellCrdDifferences } from "./crds.ts";
import { createdBefore, deleteAll, updateAll, withCreated } from "./apply.ts";
import { inOneLine, prefixed } from "./failure-text.ts";
import { goTimestamp } from "./go-time.ts";
import { baseOf, lastOf, noneDeployed, prune, revisionsOf } from "./history.ts";
import { runHooks } from "./hooks.ts";
import { checkImmutable, checkReplaceable, isNamed, removeForReplacement } from "./immutable.ts";
import { runInstall } from "./install.ts";
import { mayRecord, underLease, type LockedSession } from "./locked.ts";
import { checkName } from "./names.ts";
import { defaultTimeout, type UpgradeOptions } from "./options.ts";
import { findExisting, markOwned } from "./ownership.ts";
import { clusterCapabilities, manifestWithoutSecrets, newHooks, renderForRelease } from "./prepare.ts";
import { checkReachable } from "./reach.ts";
import { createRecord, storeRecord, tryRecord } from "./record-keeping.ts";
import { attemptsAfter, awaitDeletions, leftovers, mendPending, refuseWhileBusy, type Attempts } from "./recovery.ts";
import { isPending, isUnderWork, type Release } from "./record.ts";
import { runRollback } from "./rollback.ts";
import type { Session } from "./session.ts";
import { checkLabels, type RevisionInfo } from "./store.ts";
import { chartOfRecord, storeChart } from "./stored-chart.ts";
import { buildTargets, targetKey, type Target } from "./targets.ts";
import { waitUntilReady, type WaitStrategy } from "./wait.ts";

/** Upgrades a release; gives the new revision. See index.ts for the face, Helm's `upgrade` for what it does. */
export async function runUpgrade(session: Session, options: UpgradeOptions): Promise<Release> {
  const version = await checkReachable(session.client, session.signal);
  // Known by now: what the server serves is asked while the history is read.
  session.client.discovery().catch(() => {});
  checkName(options.name, "release name is invalid: ");
  let revisions = await revisionsOf(session, options.name);
  if (options.install) {
    const last = revisions.at(-1);
    if (last === undefined || last.status === "uninstalled") {
      session.emit({ type: "notice", text: `Release "${options.name}" does not exist. Installing it now.` });
      return await runInstall(session, {
        ...options,
        serverSide: options.serverSide !== false,
        replace: last !== undefined,
      });
    }
  }
  session.emit({ type: "phase", phase: "prepare" });
  if ((options.dryRun ?? "none") === "none" && options.hideSecret) {
    throw new SlipwayError("hiding Kubernetes secrets requires a dry-run mode", { code: "release.flags" });
  }
  if (revisions.length === 0) throw noneDeployed(options.name);
  await refuseWhileBusy(session, options.name, revisions);
  if ((options.dryRun ?? "none") !== "none") {
    if (isPending(lastOf(revisions, session, options.name).status)) revisions = revisions.slice(0, -1);
    const plan = await prepareUpgrade({ ...session, lease: undefined }, options, revisions, version);
    if (!options.skipCrds && options.dryRun === "server")
      await tellCrdDifferences(session, plan.crds, options.chart.path);
    return { ...plan.release, description: options.description || "Dry run complete" };
  }
  return await underLease(session, options.name, "upgrade", async (locked) => {
    revisions = await mendPending(
      locked,
      options.name,
      locked.lease?.followed || isUnderWork(lastOf(revisions, session, options.name).status)
        ? await revisionsOf(locked, options.name)
        : revisions,
    );
    const plan = await prepareUpgrade(locked, options, revisions, version);
    if (!options.skipCrds) await tellCrdDifferences(locked, plan.crds, options.chart.path);
    if (!options.forceReplace)
      await checkImmutable(locked, {
        ...plan,
        originals: plan.current,
        replace: options.replaceObjects ?? [],
        sure: lastOf(revisions, locked, options.name).status === "deployed",
      });
    await prune(locked, options.name, revisions, (options.maxHistory ?? 10) - 1);
    await createRecord(locked, plan.release);
    try {
      locked.signal?.throwIfAborted();
      return await perform(locked, plan, options);
    } catch (error) {
      return await failUpgrade(locked, plan, error, options);
    }
  });
}

/** What an upgrade is going to do. */
export interface UpgradePlan {
  /** The revision it starts from. */
  readonly base: Release;
  readonly release: Release;
  /** The objects of the base, with what is to be adopted. */
  readonly current: readonly Target[];
  readonly targets: readonly Target[];
  readonly attempts: Attempts;
  readonly serverSide: boolean;
  readonly strategy: WaitStrategy;
  readonly crds: readonly { readonly text: string }[];
}

/** Everything up to the first write: values, rendering, objects, ownership. */
export async function prepareUpgrade(
  session: LockedSession,
  options: UpgradeOptions,
  revisions: readonly RevisionInfo[],
  version: { gitVersion: string; major: string; minor: string },
): Promise<UpgradePlan> {
  const last = await session.store.get(options.name, lastOf(revisions, session, options.name).version, {
    signal: session.signal,
  });
  const base = await baseOf(session, options.name, revisions, last);
  const reused = reuseValues(options, base, (text) => session.emit({ type: "warning", text }));
  const capabilities = await clusterCapabilities(session, version);
  const revision = last.version + 1;
  const rendered = await renderForRelease(session, reused.chart, reused.values, options, {
    revision,
    isInstall: false,
    isUpgrade: true,
    capabilities,
    online: (options.dryRun ?? "none") !== "client",
  });
  checkLabels(options.labels ?? {});
  const serverSide =
    options.serverSide === undefined || options.serverSide === "auto" ? last.applyMethod === "ssa" : options.serverSide;
  const release: Release = {
    name: options.name,
    namespace: base.namespace,
    version: revision,
    status: "pending-upgrade",
    description: "Preparing upgrade",
    ...(base.firstDeployed === undefined ? {} : { firstDeployed: base.firstDeployed }),
    lastDeployed: goTimestamp(session.clock.now()),
    rollbackRevision: 0,
    notes: rendered.notes,
    chart: storeChart(rendered.chart),
    config: reused.values,
    manifest: options.hideSecret ? manifestWithoutSecrets(rendered) : rendered.manifest,
    hooks: newHooks(rendered),
    labels: mergeLabels(last.labels, options.labels ?? {}),
    applyMethod: serverSide ? "ssa" : "csa",
  };
  const targets = await buildTargets(session.client, rendered.manifest, base.namespace, session.signal).catch(
    (error: unknown) => {
      session.signal?.throwIfAborted();
      // Helm validates the new manifest before it reads the old one, without words of its own.
      throw error;
    },
  );
  checkReplaceable(targets, options.replaceObjects ?? []);
  const current = await buildCurrent(session, base);
  markOwned(targets, release.name, release.namespace);
  const known = new Set(current.map((target) => `${target.object.apiVersion}/${targetKey(target)}`));
  const fresh = targets.filter((target) => !known.has(`${target.object.apiVersion}/${targetKey(target)}`));
  const adopted = await findExisting(session.client, fresh, release, {
    take: options.takeOwnership ?? false,
    signal: session.signal,
  }).catch((error: unknown) => {
    session.signal?.throwIfAborted();
    throw prefixed("unable to continue with update", error);
  });
  const all = [...current, ...adopted];
  const attempts = await attemptsAfter(session, options.name, revisions, base);
  return {
    base,
    release,
    current: [...all, ...leftovers(attempts, all)],
    attempts,
    targets,
    serverSide,
    crds: rendered.crds,
    strategy:
      options.rollbackOnFailure && (options.wait ?? "hookOnly") === "hookOnly"
        ? "watcher"
        : (options.wait ?? "hookOnly"),
  };
}

async function buildCurrent(session: Session, base: Release): Promise<Target[]> {
  try {
    return await buildTargets(session.client, base.manifest, base.namespace, session.signal);
  } catch (error) {
    session.signal?.throwIfAborted();
    if (messageOf(error).includes("no matches for kind")) {
      throw prefixed(
        "current release manifest contains removed kubernetes api(s) for this kubernetes version and it is therefore unable to build the kubernetes objects for performing the diff. error from kubernetes",
        error,
      );
    }
    throw prefixed("unable to build kubernetes objects from current release manifest", error);
  }
}

async function perform(session: LockedSession, plan: UpgradePlan, options: UpgradeOptions): Promise<Release> {
  const { base, release, targets, serverSide, strategy } = plan;
  const timeout = options.timeout ?? defaultTimeout;
  const hooks = { strategy, timeout, serverSide, record: (current: Release) => tryRecord(session, current) };
  if (!options.noHooks) {
    await runHooks(session, release, "pre-upgrade", hooks).catch((error: unknown) => {
      throw prefixed("pre-upgrade hooks failed", error);
    });
  }
  const { replaceObjects = [] } = options;
  await removeForReplacement(
    session,
    targets.filter((target) => isNamed(target, replaceObjects)),
    timeout,
    release,
  );
  session.emit({ type: "phase", phase: "apply" });
  await awaitDeletions(session, [base, ...plan.attempts.cut], targets, timeout);
  const applied = await updateAll(
    session,
    plan.current,
    targets,
    {
      serverSide,
      forceConflicts: options.forceConflicts ?? false,
      forceReplace: options.forceReplace ?? false,
      upgradeManager: base.applyMethod !== "ssa" && serverSide,
      threeWayForCustom: false,
      attempts: plan.attempts,
    },
    release,
  );
  if (strategy !== "hookOnly") {
    session.emit({ type: "phase", phase: "wait" });
    await waitUntilReady(session, targets, {
      rules: strategy === "legacy" ? "legacy" : "kstatus",
      jobs: options.waitForJobs ?? false,
      timeout,
      live: applied.live,
    }).catch((error: unknown) => {
      throw withCreated(error, applied.created);
    });
  }
  if (!options.noHooks) {
    await runHooks(session, release, "post-upgrade", hooks).catch((error: unknown) => {
      throw withCreated(prefixed("post-upgrade hooks failed", error), applied.created);
    });
  }
  session.signal?.throwIfAborted();
  session.emit({ type: "phase", phase: "record" });
  base.status = "superseded";
  await tryRecord(session, base);
  release.status = "deployed";
  release.description = options.description || "Upgrade complete";
  await storeRecord(session, release);
  return release;
}

async function failUpgrade(
  session: LockedSession,
  plan: UpgradePlan,
  error: unknown,
  options: UpgradeOptions,
): Promise<never> {
  const { release } = plan;
  release.status = "failed";
  release.description = `Upgrade "${release.name}" failed: ${inOneLine(error)}`;
  await tryRecord(session, release);
  if (!mayRecord(session)) throw error;
  // What follows may take its time.
  if (options.rollbackOnFailure)
    session.emit({ type: "notice", text: `upgrade of ${release.name} failed: ${inOneLine(error)}` });
  // Beyond the caller's abort, not beyond the loss of the lease.
  const after: LockedSession = { ...session, signal: session.lease?.lost };
  const created = createdBefore(error);
  const facts = error instanceof SlipwayError ? error.facts : { code: "release.failed", cause: error };
  if (options.cleanupOnFail && created.length > 0) {
    session.emit({ type: "phase", phase: "cleanup" });
    const { errors } = await deleteAll(after, created, "Background");
    if (errors.length > 0) {
      throw new SlipwayError(
        `an error occurred while cleaning up resources. original upgrade error: ${messageOf(error)}: unable to cleanup resources: ${errors.map(messageOf).join(", ")}`,
        facts,
      );
    }
  }
  if (!options.rollbackOnFailure) throw error;
  session.emit({ type: "phase", phase: "rollback" });
  const good = (await revisionsOf(after, release.name)).findLast(
    (revision) => revision.status === "superseded" || revision.status === "deployed",
  );
  if (good === undefined) {
    throw new SlipwayError(
      `unable to find a previously successful release when attempting to rollback. original upgrade error: ${messageOf(error)}`,
      facts,
    );
  }
  session.emit({ type: "notice", text: `rolling back to revision ${good.version}` });
  let back: Release;
  try {
    back = await runRollback(after, {
      name: release.name,
      revision: good.version,
      wait: plan.strategy,
      waitForJobs: options.waitForJobs ?? false,
      noHooks: options.noHooks ?? false,
      forceReplace: options.forceReplace ?? false,
      forceConflicts: options.forceConflicts ?? false,
      serverSide: options.serverSide ?? "auto",
      // What was made anew for a field that cannot change cannot change back either.
      replaceObjects: options.replaceObjects ?? [],
      timeout: options.timeout ?? defaultTimeout,
      maxHistory: 0,
    });
  } catch (later) {
    throw new SlipwayError(
      `an error occurred while rolling back the release. original upgrade error: ${messageOf(error)}: ${messageOf(later)}`,
      facts,
    );
  }
  throw new SlipwayError(
    `release ${release.name} failed, and has been rolled back due to rollback-on-failure being set: ${messageOf(error)}`,
    {
      ...facts,
      fix: [
        ...(facts.fix === undefined ? [] : [facts.fix]),
        `${release.name} is back at revision ${good.version}, as revision ${back.version}.`,
      ].join(" "),
    },
  );
}

/**
 * The values and chart of an upgrade: the user's own, or with --reuse-values the old ones under them and the old
 * defaults in the chart, or with --reset-then-reuse-values the old ones under them; the old ones alone when the user
 * gave none.
 */
export function reuseValues(
  options: UpgradeOptions,
  base: Release,
  warn?: (text: string) => void,
): { chart: Chart; values: GoMap } {
  const values = options.values ?? newMap();
  const old = base.config ?? newMap();
  const layering = warn === undefined ? {} : { warn };
  if (options.resetValues) return { chart: options.chart, values };
  if (options.reuseValues) {
    const defaults = base.chart === null ? newMap() : coalesceValues(chartOfRecord(base.chart), old, layering);
    return {
      chart: { ...options.chart, values: defaults },
      values: coalesceTables(deepCopy(values), deepCopy(old), layering),
    };
  }
  if (options.resetThenReuseValues)
    return { chart: options.chart, values: coalesceTables(deepCopy(values), deepCopy(old), layering) };
  if (Object.keys(values).length === 0 && Object.keys(old).length > 0) return { chart: options.chart, values: old };
  return { chart: options.chart, values };
}

/** The old labels with the new ones over them; `null` as a value removes one. */
function mergeLabels(old: Record<string, string>, wanted: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...old, ...wanted }).filter(([, value]) => value !== "null"));
}
