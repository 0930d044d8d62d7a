import { SlipwayError } from "../base/index.ts";
import { crdFiles } from "../chart/index.ts";
import {
  changeOf,
  noMask,
  parseManifest,
  secretMask,
  type HookEvent,
  type KubeObject,
  type ObjectChange,
} from "../manifest/index.ts";
import { checkApplyOptions } from "./apply.ts";
import { apiVersionsOf, resourcesOf } from "./crds.ts";
import { prefixed } from "./failure-text.ts";
import { foresee, type ForeseeOptions } from "./foresee.ts";
import { lastOf, revisionsOf, rollbackTo } from "./history.ts";
import { notFound } from "./store.ts";
import { isPending } from "./record.ts";
import type { RollbackOptions, UpgradeOptions } from "./options.ts";
import { findExisting, markOwned, ownedByAnother } from "./ownership.ts";
import { inParallel } from "./parallel.ts";
import { clusterCapabilities, newHooks, renderForRelease } from "./prepare.ts";
import { checkReachable } from "./reach.ts";
import type { Release } from "./record.ts";
import type { Session } from "./session.ts";
import { storeChart } from "./stored-chart.ts";
import { nameOf, buildTargets, refOf, targetKey, type Target } from "./targets.ts";
import { prepareUpgrade } from "./upgrade.ts";

/** What an operation would do to one object. */
export interface PlannedChange extends ObjectChange {
  /** Why the server would refuse it: an immutable field, a webhook, a schema. */
  readonly refused?: string;
  /** It would be deleted and made anew (`replaceObjects`). */
  readonly replaced?: boolean;
  /** When it runs, where it is a hook. Hooks are compared as recorded: what a run of one left behind is not looked at. */
  readonly hook?: readonly HookEvent[];
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
  /** Leave hooks out. */
  readonly noHooks?: boolean;
  /** Hooks that only tests run, too. */
  readonly tests?: boolean;
}

/** What an upgrade (or with `install` an installation) would change, against the live objects, by the server's dry run. */
export async function diffUpgrade(session: Session, options: UpgradeOptions & DiffOptions): Promise<ReleaseDiff> {
  const version = await checkReachable(session.client, session.signal);
  let revisions = await revisionsOf(session, options.name);
  if (revisions.length > 0 && isPending(lastOf(revisions, session, options.name).status))
    revisions = revisions.slice(0, -1);
  const last = revisions.at(-1);
  if (last === undefined || last.status === "uninstalled") {
    if (options.install) return await diffInstall(session, options, version);
    const missing = notFound({ name: options.name, namespace: session.namespace });
    throw new SlipwayError(missing.message, {
      ...missing.facts,
      fix: `${missing.facts.fix} With --install the diff shows what its installation would create.`,
    });
  }
  const plan = await prepareUpgrade(
    { ...session, lease: undefined },
    { ...options, dryRun: "server" },
    revisions,
    version,
  );
  const pairs = await planned(session, plan.current, plan.targets, plan.base, {
    ...options,
    serverSide: plan.serverSide,
    handOver: plan.serverSide && plan.base.applyMethod !== "ssa",
  });
  const changes = changesOf([...pairs, ...hookPairs(plan.base, plan.release, options)], options);
  return {
    from: plan.base,
    to: plan.release,
    changes,
    changed: hasChanges(changes) || !sameRecord(plan.base, plan.release),
  };
}

async function diffInstall(
  session: Session,
  options: UpgradeOptions & DiffOptions,
  version: { gitVersion: string; major: string; minor: string },
): Promise<ReleaseDiff> {
  const capabilities = await clusterCapabilities(session, version);
  // An installation brings its kinds with it, and looks at the server afterwards.
  const texts = options.skipCrds ? [] : crdFiles(options.chart).map(({ file }) => new TextDecoder().decode(file.data));
  const kinds = texts.flatMap((text) => parseManifest(text).flatMap(({ object }) => resourcesOf(object)));
  const rendered = await renderForRelease(session, options.chart, options.values ?? {}, options, {
    revision: 1,
    isInstall: true,
    isUpgrade: false,
    capabilities: {
      ...capabilities,
      apiVersions: [...new Set([...capabilities.apiVersions, ...kinds.flatMap(apiVersionsOf)])],
    },
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
    chart: storeChart(rendered.chart),
    config: options.values ?? {},
    manifest: rendered.manifest,
    hooks: newHooks(rendered),
    labels: options.labels ?? {},
    applyMethod: options.serverSide === false ? "csa" : "ssa",
  };
  const targets = await buildTargets(session.client, rendered.manifest, session.namespace, session.signal, kinds);
  markOwned(targets, options.name, session.namespace);
  await findExisting(session.client, targets, to, {
    take: options.takeOwnership ?? false,
    signal: session.signal,
  }).catch((error: unknown) => {
    session.signal?.throwIfAborted();
    throw prefixed("unable to continue with install", error);
  });
  const pairs = await planned(session, [], targets, to, { ...options, serverSide: options.serverSide !== false });
  const all = [...(await missingDefinitions(session, texts)), ...pairs, ...hookPairs(undefined, to, options)];
  return { to, changes: changesOf(all, options), changed: true };
}

/** The definitions of `crds/` that an installation would create: ones that are there are left as they are. */
async function missingDefinitions(session: Session, texts: readonly string[]): Promise<Pair[]> {
  const call = session.signal === undefined ? {} : { signal: session.signal };
  const targets = await buildTargets(session.client, texts.join("\n---\n"), session.namespace, session.signal);
  const pairs = await inParallel(targets, async (target): Promise<Pair[]> => {
    const live = await session.client.find(refOf(target), call);
    return live === undefined ? [{ before: undefined, after: target.object, name: nameOf(target) }] : [];
  });
  return pairs.flat();
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
  const asked = options.serverSide ?? "auto";
  const pairs = await planned(session, current, targets, from, {
    forceConflicts: options.forceConflicts ?? false,
    forceReplace: options.forceReplace ?? false,
    serverSide: asked === "auto" ? to.applyMethod === "ssa" : asked,
    replaceObjects: options.replaceObjects ?? [],
    onlyRefused: true,
  });
  const changes = changesOf([...pairs, ...hookPairs(from, to, options)], options);
  return { from, to, changes, changed: hasChanges(changes) };
}

/** The difference between two recorded revisions, of one release or of two: nothing live is looked at. */
export function diffRecords(from: Release, to: Release, options: DiffOptions = {}): ReleaseDiff {
  const objectsOf = (release: Release) => parseManifest(release.manifest).map(({ object }) => ({ object }));
  const changes = changesOf([...pairsOf(objectsOf(from), objectsOf(to)), ...hookPairs(from, to, options)], options);
  return { from, to, changes, changed: hasChanges(changes) };
}

function hasChanges(changes: readonly PlannedChange[]): boolean {
  return changes.some(({ change }) => change !== "none");
}

/** An object before and after. */
interface Pair extends Pick<PlannedChange, "refused" | "replaced" | "hook"> {
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
  /** As it was asked for: its secrets are hidden too. */
  readonly wanted?: KubeObject;
  readonly name?: ReturnType<typeof nameOf>;
}

function changesOf(pairs: readonly Pair[], options: DiffOptions): PlannedChange[] {
  const mask = options.showSecrets
    ? noMask
    : secretMask(pairs.flatMap(({ before, after, wanted }) => [before, after, wanted]));
  return pairs.map(({ before, after, name, refused, replaced, hook }) => ({
    ...changeOf(before, after, mask),
    ...name,
    ...(refused === undefined ? {} : { refused: mask.text(refused) }),
    ...(replaced === undefined ? {} : { replaced }),
    ...(hook === undefined ? {} : { hook }),
  }));
}

interface Recorded {
  readonly object: KubeObject;
  readonly hook?: readonly HookEvent[];
}

/** Objects on record, the old beside the new. */
function pairsOf(before: readonly Recorded[], after: readonly Recorded[]): Pair[] {
  const keyed = (recorded: readonly Recorded[]) =>
    new Map(
      recorded.map((one) => {
        const { kind, metadata } = one.object;
        return [`${kind}/${metadata.namespace ?? ""}/${metadata.name}`, one];
      }),
    );
  const [old, fresh] = [keyed(before), keyed(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].map((key) => {
    const hook = (fresh.get(key) ?? old.get(key))?.hook;
    return { before: old.get(key)?.object, after: fresh.get(key)?.object, ...(hook === undefined ? {} : { hook }) };
  });
}

function hookPairs(from: Release | undefined, to: Release, { noHooks, tests }: DiffOptions): Pair[] {
  if (noHooks) return [];
  const hooksOf = (release: Release | undefined) =>
    (release?.hooks ?? [])
      .filter(({ events }) => tests || events.some((event) => event !== "test"))
      .flatMap(({ manifest, events }) => parseManifest(manifest).map(({ object }) => ({ object, hook: events })));
  return pairsOf(hooksOf(from), hooksOf(to));
}

/** What would become of every object: of those that are wanted, and of those that are wanted no more. */
async function planned(
  session: Session,
  originals: readonly Target[],
  targets: readonly Target[],
  release: { readonly name: string; readonly namespace: string },
  options: ForeseeOptions,
): Promise<Pair[]> {
  checkApplyOptions(options);
  const call = session.signal === undefined ? {} : { signal: session.signal };
  const originalByKey = new Map(originals.map((target) => [targetKey(target), target]));
  const wanted = new Set(targets.map(targetKey));
  const foreseen = await inParallel(targets, async (target) => {
    const { live, predicted, ...more } = await foresee(session, originalByKey.get(targetKey(target)), target, options);
    return { ...more, before: live, after: predicted, wanted: target.object, name: nameOf(target) };
  });
  const surplus = await inParallel(
    originals.filter((target) => !wanted.has(targetKey(target))),
    async (target): Promise<Pair> => {
      const live = await session.client.find(refOf(target), call);
      const kept =
        live?.metadata.annotations?.["helm.sh/resource-policy"] === "keep" ||
        (live !== undefined && ownedByAnother(live, release.name, release.namespace));
      return { before: live, after: kept ? live : undefined, wanted: target.object, name: nameOf(target) };
    },
  );
  return [...foreseen, ...surplus].filter(({ before, after }) => before !== undefined || after !== undefined);
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
