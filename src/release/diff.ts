import { messageOf } from "../base/index.ts";
import { clientSidePatch, isConflict, statusOf, type ApiObject } from "../kube/index.ts";
import {
  changeOf,
  noMask,
  parseManifest,
  secretMask,
  type KubeObject,
  type Mask,
  type ObjectChange,
} from "../manifest/index.ts";
import { fieldManager } from "./apply-one.ts";
import { lastOf, revisionsOf, rollbackTo } from "./history.ts";
import { notFound } from "./store.ts";
import { isPending } from "./record.ts";
import type { RollbackOptions, UpgradeOptions } from "./options.ts";
import { markOwned } from "./ownership.ts";
import { inParallel } from "./parallel.ts";
import { clusterCapabilities, newHooks, renderForRelease } from "./prepare.ts";
import { checkReachable } from "./reach.ts";
import type { Release } from "./record.ts";
import type { Session } from "./session.ts";
import { nameOf, buildTargets, refOf, targetKey, type Target } from "./targets.ts";
import { prepareUpgrade } from "./upgrade.ts";

/** What an operation would do to one object. */
export interface PlannedChange extends ObjectChange {
  /** Why the server would refuse it: an immutable field, a webhook, a schema. */
  readonly refused?: string;
}

/** What an operation would change. */
export interface ReleaseDiff {
  /** The revision that is compared; undefined when there is none yet. */
  readonly from?: Release;
  readonly to: Release;
  readonly changes: readonly PlannedChange[];
  /** Whether anything differs: objects, hooks, values, chart or notes. */
  readonly changed: boolean;
}

export interface DiffOptions {
  /** Show what Secrets hold. */
  readonly showSecrets?: boolean;
}

/** What an upgrade (or with `install` an installation) would change, against the live objects, by the server's dry run. */
export async function diffUpgrade(session: Session, options: UpgradeOptions & DiffOptions): Promise<ReleaseDiff> {
  const version = await checkReachable(session.client, session.signal);
  let revisions = await revisionsOf(session, options.name);
  if (revisions.length > 0 && isPending(lastOf(revisions, session, options.name).status))
    revisions = revisions.slice(0, -1);
  const last = revisions.at(-1);
  if (last === undefined || last.status === "uninstalled") {
    if (!options.install) throw notFound({ name: options.name, namespace: session.namespace });
    return await diffInstall(session, options, version);
  }
  const plan = await prepareUpgrade(
    { ...session, lease: undefined },
    { ...options, dryRun: "server" },
    revisions,
    version,
  );
  const changes = await planned(session, plan.current, plan.targets, plan.serverSide, options);
  return {
    from: plan.base,
    to: plan.release,
    changes,
    changed: changes.some((change) => change.change !== "none") || !sameRecord(plan.base, plan.release),
  };
}

async function diffInstall(
  session: Session,
  options: UpgradeOptions & DiffOptions,
  version: { gitVersion: string; major: string; minor: string },
): Promise<ReleaseDiff> {
  const capabilities = await clusterCapabilities(session, version);
  const rendered = await renderForRelease(session, options.chart, options.values ?? {}, options, {
    revision: 1,
    isInstall: true,
    isUpgrade: false,
    capabilities,
    online: true,
  });
  const to: Release = {
    name: options.name,
    namespace: session.namespace,
    version: 1,
    status: "pending-install",
    description: "Dry run complete",
    rollbackRevision: 0,
    notes: rendered.notes,
    chart: null,
    config: options.values ?? {},
    manifest: rendered.manifest,
    hooks: newHooks(rendered),
    labels: {},
    applyMethod: "ssa",
  };
  const targets = await buildTargets(session.client, rendered.manifest, session.namespace, session.signal);
  markOwned(targets, options.name, session.namespace);
  return { to, changes: await planned(session, [], targets, options.serverSide !== false, options), changed: true };
}

/** What a rollback would change, against the live objects. */
export async function diffRollback(session: Session, options: RollbackOptions & DiffOptions): Promise<ReleaseDiff> {
  await checkReachable(session.client, session.signal);
  const revisions = await revisionsOf(session, options.name);
  const last = lastOf(revisions, session, options.name);
  const wanted = rollbackTo(options.name, revisions, last, options.revision);
  const call = { signal: session.signal };
  const from = await session.store.get(options.name, last.version, call);
  const to = await session.store.get(options.name, wanted, call);
  const current = await buildTargets(session.client, from.manifest, session.namespace, session.signal);
  const targets = await buildTargets(session.client, to.manifest, session.namespace, session.signal);
  markOwned(targets, options.name, session.namespace);
  const changes = await planned(session, current, targets, to.applyMethod === "ssa", options);
  return { from, to, changes, changed: changes.some((change) => change.change !== "none") };
}

/** The difference between two recorded revisions, of one release or of two: nothing live is looked at. */
export function diffRecords(from: Release, to: Release, options: DiffOptions = {}): ReleaseDiff {
  const read = (release: Release) =>
    new Map(
      parseManifest(release.manifest).map(({ object }) => [
        `${object.kind}/${object.metadata.namespace ?? ""}/${object.metadata.name}`,
        object,
      ]),
    );
  const before = read(from);
  const after = read(to);
  const mask = maskFor([...before.values(), ...after.values()], options);
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const changes = keys.map((key) => changeOf(before.get(key), after.get(key), mask));
  return { from, to, changes, changed: changes.some((change) => change.change !== "none") };
}

function maskFor(objects: readonly (KubeObject | undefined)[], options: DiffOptions): Mask {
  return options.showSecrets ? noMask : secretMask(objects);
}

interface Outcome {
  readonly target: Target;
  readonly live: ApiObject | undefined;
  readonly predicted: ApiObject | undefined;
  readonly refused?: string;
}

/** Asks the server what it would make of every object, writing nothing. */
async function planned(
  session: Session,
  originals: readonly Target[],
  targets: readonly Target[],
  serverSide: boolean,
  options: DiffOptions & { readonly forceConflicts?: boolean },
): Promise<PlannedChange[]> {
  const call = session.signal === undefined ? {} : { signal: session.signal };
  const originalByKey = new Map(originals.map((target) => [targetKey(target), target]));
  const wanted = new Set(targets.map(targetKey));
  const predictions = await inParallel(targets, async (target): Promise<Outcome> => {
    const live = await session.client.find(refOf(target), call);
    const foresee = (force: boolean) =>
      predict(session, originalByKey.get(targetKey(target)), target, live, serverSide, force);
    try {
      const forced = options.forceConflicts === true;
      return { target, live, ...(await foresee(forced).then((predicted) => ({ predicted }), inConflict(foresee))) };
    } catch (error) {
      session.signal?.throwIfAborted();
      // A namespace that is still to be created cannot be asked: what was rendered stands for what will be.
      if (statusOf(error)?.code === 404 && live === undefined) return { target, live, predicted: target.object };
      return { target, live, predicted: target.object, refused: messageOf(error) };
    }
  });
  const surplus = await inParallel(
    originals.filter((target) => !wanted.has(targetKey(target))),
    async (target): Promise<Outcome> => {
      const live = await session.client.find(refOf(target), call);
      const kept = live?.metadata.annotations?.["helm.sh/resource-policy"] === "keep";
      return { target, live, predicted: kept ? live : undefined };
    },
  );
  const all = [...predictions, ...surplus].filter(
    ({ live, predicted }) => live !== undefined || predicted !== undefined,
  );
  const mask = maskFor(
    all.flatMap(({ live, predicted, target }) => [live, predicted, target.object]),
    options,
  );
  return all.map(({ target, live, predicted, refused }) => ({
    ...changeOf(live, predicted, mask),
    ...nameOf(target),
    ...(refused === undefined ? {} : { refused }),
  }));
}

/**
 * For fields that somebody else owns: what it would be if they were taken over, and the refusal. Helm's own older manager
 * gives way by itself. Other errors pass.
 */
function inConflict(foresee: (force: boolean) => Promise<ApiObject>) {
  return async (error: unknown): Promise<{ predicted: ApiObject; refused?: string }> => {
    if (!isConflict(error)) throw error;
    const predicted = await foresee(true);
    const message = messageOf(error);
    const managers = [...message.matchAll(/conflicts? with "([^"]+)"/g)].map((match) => match[1]);
    return managers.every((manager) => manager === fieldManager) ? { predicted } : { predicted, refused: message };
  };
}

async function predict(
  session: Session,
  original: Target | undefined,
  target: Target,
  live: ApiObject | undefined,
  serverSide: boolean,
  force: boolean,
): Promise<ApiObject> {
  const call = { fieldManager, dryRun: true, ...(session.signal === undefined ? {} : { signal: session.signal }) };
  const ref = refOf(target);
  if (serverSide)
    return (await session.client.apply(ref, target.object, { ...call, fieldValidation: "Strict", force })).object;
  if (live === undefined) return await session.client.create(ref.resource, ref.namespace, target.object, call);
  const made = clientSidePatch(original?.object ?? live, target.object, live);
  return made === undefined ? live : await session.client.patch(ref, made.type, made.patch, call);
}

/** Whether two revisions are alike beyond their live objects: hooks, values, chart, manifest. */
export function sameRecord(a: Release, b: Release): boolean {
  const facts = (release: Release) =>
    JSON.stringify([
      release.manifest,
      release.hooks.map(({ path, manifest }) => [path, manifest]),
      release.config ?? {},
      release.chart?.metadata?.name,
      release.chart?.metadata?.version,
    ]);
  return facts(a) === facts(b);
}
