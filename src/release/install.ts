import { SlipwayError, messageOf, newMap } from "../base/index.ts";
import { crdFiles } from "../chart/index.ts";
import { isAlreadyExists, isForbidden, wellKnown } from "../kube/index.ts";
import { createAll, updateAll } from "./apply.ts";
import { fieldManager, serverSideApply } from "./apply-one.ts";
import { inOneLine, prefixed } from "./failure-text.ts";
import { goTimestamp } from "./go-time.ts";
import { revisionsOf } from "./history.ts";
import { runHooks } from "./hooks.ts";
import { installCrds } from "./crds.ts";
import { checkImmutable } from "./immutable.ts";
import { mayRecord, underLease, type LockedSession } from "./locked.ts";
import { nameProblem } from "./names.ts";
import { defaultTimeout, type InstallOptions } from "./options.ts";
import { findExisting, markOwned } from "./ownership.ts";
import { clusterCapabilities, manifestWithoutSecrets, newHooks, renderForRelease } from "./prepare.ts";
import { checkReachable } from "./reach.ts";
import { attemptsAfter, awaitDeletions, leftByUs, leftovers, mendPending, refuseWhileBusy } from "./recovery.ts";
import { createRecord, storeRecord, tryRecord } from "./record-keeping.ts";
import type { Release } from "./record.ts";
import { callOf, type Session } from "./session.ts";
import { checkLabels, type RevisionInfo } from "./store.ts";
import { storeChart } from "./stored-chart.ts";
import { buildTargets, type Target } from "./targets.ts";
import { runUninstall } from "./uninstall.ts";
import { waitUntilReady, type WaitStrategy } from "./wait.ts";

/** Installs a chart; gives the release. See index.ts for the face, Helm's `install` for what it does. */
export async function runInstall(session: Session, options: InstallOptions): Promise<Release> {
  const dryRun = options.dryRun ?? "none";
  const online = dryRun !== "client";
  const serverSide = options.serverSide ?? true;
  const strategy: WaitStrategy =
    options.rollbackOnFailure && (options.wait ?? "hookOnly") === "hookOnly" ? "watcher" : (options.wait ?? "hookOnly");
  session.emit({ type: "phase", phase: "prepare" });
  const version = online
    ? await checkReachable(session.client, session.signal).catch((error: unknown) => {
        throw prefixed("cluster reachability check failed", error);
      })
    : undefined;
  if (dryRun === "none" && options.hideSecret) throw refuse("hiding Kubernetes secrets requires a dry-run mode");
  const follows = await checkNameIsFree(session, options, dryRun !== "none");

  const crds = crdFiles(options.chart).map(({ name, file }) => ({
    name,
    text: new TextDecoder().decode(file.data),
  }));
  if (online && !options.skipCrds && crds.length > 0) {
    if (dryRun === "none") await installCrds(session, crds, serverSide, options.chart.path);
    else
      session.emit({
        type: "warning",
        text: "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.",
      });
  }
  const capabilities = version === undefined ? undefined : await clusterCapabilities(session, version);
  const values = options.values ?? newMap();
  checkLabels(options.labels ?? {});
  const rendered = await renderForRelease(session, options.chart, values, options, {
    revision: 1,
    isInstall: true,
    isUpgrade: false,
    online,
    ...(capabilities === undefined ? {} : { capabilities }),
  });
  const now = goTimestamp(session.clock.now());
  const release: Release = {
    name: options.name,
    namespace: session.namespace,
    version: 1,
    status: "pending-install",
    description: "Initial install underway",
    firstDeployed: now,
    lastDeployed: now,
    rollbackRevision: 0,
    notes: rendered.notes,
    chart: storeChart(rendered.chart),
    config: values,
    manifest: options.hideSecret ? manifestWithoutSecrets(rendered) : rendered.manifest,
    hooks: newHooks(rendered),
    labels: options.labels ?? {},
    applyMethod: serverSide ? "ssa" : "csa",
  };
  if (!online) return { ...release, description: "Dry run complete" };

  const targets = await buildTargets(session.client, rendered.manifest, session.namespace, session.signal).catch(
    (error: unknown) => {
      session.signal?.throwIfAborted();
      throw prefixed("unable to build kubernetes objects from release manifest", error);
    },
  );
  markOwned(targets, options.name, session.namespace);
  const adopted = await findExisting(session.client, targets, release, {
    take: options.takeOwnership ?? false,
    signal: session.signal,
  }).catch((error: unknown) => {
    session.signal?.throwIfAborted();
    throw prefixed("unable to continue with install", error);
  });
  if (dryRun === "server") return { ...release, description: "Dry run complete" };
  if (options.createNamespace) await createNamespace(session, serverSide);
  return await underLeaseOfNamespace(session, options.name, async (locked) => {
    // Only what was cut off or failed before has left objects that are the release's already.
    await checkImmutable(locked, {
      originals: adopted,
      targets: adopted,
      serverSide,
      replace: [],
      sure: false,
      // An upgrade without values would take those of the revision that was cut off.
      through: `slipway upgrade --install ${options.name} CHART${Object.keys(values).length === 0 ? " --reset-values" : ""}`,
    });
    const before = follows ? await takePlace(locked, release, targets, options) : [];
    await createRecord(locked, release);
    try {
      locked.signal?.throwIfAborted();
      return await perform(locked, release, targets, [...adopted, ...before], options, serverSide, strategy);
    } catch (error) {
      return await failInstall(locked, release, error, options, strategy);
    }
  });
}

/** Under the lease; a namespace that does not exist is told as Helm tells it, at the record's creation. */
async function underLeaseOfNamespace<T>(
  session: Session,
  name: string,
  work: (session: LockedSession) => Promise<T>,
): Promise<T> {
  try {
    return await underLease(session, name, "install", work);
  } catch (error) {
    if (
      error instanceof SlipwayError &&
      error.code === "kube.not-found" &&
      error.message === `namespaces "${session.namespace}" not found`
    ) {
      throw missingNamespace(session.namespace, error.facts);
    }
    throw error;
  }
}

/** Helm's words for a namespace that is not there, with what creates it. */
export function missingNamespace(namespace: string, facts?: SlipwayError["facts"]): SlipwayError {
  const message = `create: failed to create: namespaces "${namespace}" not found`;
  return new SlipwayError(message, { code: "kube.not-found", ...facts, fix: "--create-namespace creates it." });
}

async function perform(
  session: LockedSession,
  release: Release,
  targets: readonly Target[],
  adopted: readonly Target[],
  options: InstallOptions,
  serverSide: boolean,
  strategy: WaitStrategy,
): Promise<Release> {
  const timeout = options.timeout ?? defaultTimeout;
  const hooks = { strategy, timeout, serverSide, record: (current: Release) => tryRecord(session, current) };
  if (!options.noHooks) {
    await runHooks(session, release, "pre-install", hooks).catch((error: unknown) => {
      throw prefixed("failed pre-install", error);
    });
  }
  session.emit({ type: "phase", phase: "apply" });
  const applied =
    adopted.length === 0
      ? await createAll(session, targets, serverSide)
      : await updateAll(
          session,
          adopted,
          targets,
          {
            serverSide,
            forceConflicts: options.forceConflicts ?? false,
            forceReplace: options.forceReplace ?? false,
            upgradeManager: true,
            threeWayForCustom: (options.takeOwnership ?? false) && !serverSide,
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
    });
  }
  if (!options.noHooks) {
    await runHooks(session, release, "post-install", hooks).catch((error: unknown) => {
      throw prefixed("failed post-install", error);
    });
  }
  session.signal?.throwIfAborted();
  release.status = "deployed";
  release.description = options.description || "Install complete";
  session.emit({ type: "phase", phase: "record" });
  await storeRecord(session, release).catch((error: unknown) =>
    session.emit({ type: "warning", text: `failed to record the release: ${messageOf(error)}` }),
  );
  session.lease?.lost.throwIfAborted();
  return release;
}

async function failInstall(
  session: LockedSession,
  release: Release,
  error: unknown,
  options: InstallOptions,
  strategy: WaitStrategy,
): Promise<never> {
  release.status = "failed";
  release.description = `Release "${release.name}" failed: ${inOneLine(error)}`;
  if (options.rollbackOnFailure && mayRecord(session)) {
    session.emit({ type: "notice", text: `installation of ${release.name} failed: ${inOneLine(error)}` });
    session.emit({ type: "phase", phase: "rollback" });
    session.emit({ type: "notice", text: `uninstalling ${release.name}` });
    const facts = error instanceof SlipwayError ? error.facts : { code: "release.failed", cause: error };
    try {
      await runUninstall(
        // Beyond the caller's abort, not beyond the loss of the lease.
        { ...session, signal: session.lease?.lost },
        {
          name: release.name,
          noHooks: options.noHooks ?? false,
          timeout: options.timeout ?? defaultTimeout,
          wait: strategy,
        },
      );
    } catch (later) {
      throw new SlipwayError(
        `an error occurred while uninstalling the release. original install error: ${messageOf(error)}: ${messageOf(later)}`,
        facts,
      );
    }
    throw new SlipwayError(
      `release ${release.name} failed, and has been uninstalled due to rollback-on-failure being set: ${messageOf(error)}`,
      facts,
    );
  }
  await tryRecord(session, release);
  throw error;
}

/** Refuses names that are wrong or in use; says whether there is a revision that the new one follows. */
async function checkNameIsFree(session: Session, options: InstallOptions, dryRun: boolean): Promise<boolean> {
  const problem = nameProblem(options.name);
  if (problem !== undefined)
    throw new SlipwayError(`release name check failed: release name "${options.name}": ${problem}`, {
      code: "release.name",
    });
  if (dryRun) return false;
  // As Helm: an account that may not look is refused by the record's creation, which nothing precedes.
  const revisions = await revisionsOf(session, options.name).catch(() => []);
  session.signal?.throwIfAborted();
  const last = revisions.at(-1);
  if (last === undefined) return false;
  if (wasCutOff(last)) await refuseWhileBusy(session, options.name, revisions);
  else if (!options.replace || !mayBeReplaced(last)) throw nameInUse(options.name);
  return true;
}

function nameInUse(name: string): SlipwayError {
  return new SlipwayError("release name check failed: cannot reuse a name that is still in use", {
    code: "release.name-in-use",
    fix: `\`slipway upgrade --install ${name} CHART\` works whether or not it exists.`,
  });
}

function mayBeReplaced({ status }: RevisionInfo): boolean {
  return status === "uninstalled" || status === "failed";
}

/**
 * Creates the namespace, as Helm does. An account that may not do that goes on where the namespace is there, or may be,
 * for all it is allowed to see.
 */
async function createNamespace(session: Session, serverSide: boolean): Promise<void> {
  const ref = { resource: wellKnown.namespaces, name: session.namespace };
  await makeNamespace(session, serverSide).catch(async (error: unknown) => {
    if (!isForbidden(error)) throw error;
    const there = await session.client.find(ref).catch((later: unknown) => isForbidden(later));
    if (there === undefined || there === false) throw error;
  });
}

async function makeNamespace(session: Session, serverSide: boolean): Promise<void> {
  const object = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: session.namespace, labels: { name: session.namespace } },
  };
  const resource = wellKnown.namespaces;
  if (serverSide) {
    await serverSideApply(session, { object, resource, namespace: "", name: session.namespace }, false);
    return;
  }
  const call = callOf(session);
  await session.client.create(resource, undefined, object, { fieldManager, ...call }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
}

/**
 * The new revision follows the last one: `--replace` supersedes that unless it failed; one that was
 * cut off is mended. Gives the objects that this one may have left behind, for the new one to take away.
 */
async function takePlace(
  session: LockedSession,
  release: Release,
  targets: readonly Target[],
  options: InstallOptions,
): Promise<Target[]> {
  const revisions = await revisionsOf(session, release.name);
  const last = revisions.at(-1);
  if (last === undefined) return [];
  const timeout = options.timeout ?? defaultTimeout;
  release.version = last.version + 1;
  if (wasCutOff(last)) {
    const mended = await mendPending(session, release.name, revisions);
    const attempts = await attemptsAfter(session, release.name, mended, { version: 0 });
    await awaitDeletions(session, attempts.cut, targets, timeout);
    return leftovers(attempts, targets);
  }
  // Another run may have brought the release to life since the name was checked.
  if (!options.replace || !mayBeReplaced(last)) throw nameInUse(release.name);
  const old = await session.store.get(release.name, last.version, { signal: session.signal });
  await awaitDeletions(session, [old], targets, timeout);
  if (last.status === "failed") return [];
  old.status = "superseded";
  old.description = "superseded by new release";
  await session.store.update(old, { signal: session.signal });
  return [];
}

/** An installation or uninstallation of ours that nobody finished: its name is as good as free. */
function wasCutOff(last: RevisionInfo): boolean {
  return leftByUs(last) && (last.status === "pending-install" || last.status === "uninstalling");
}

function refuse(words: string): SlipwayError {
  return new SlipwayError(words, { code: "release.flags" });
}
