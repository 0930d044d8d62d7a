import { SlipwayError } from "../base/index.ts";
import { crdFiles } from "../chart/index.ts";
import { changeOf, noMask, parseManifest, secretMask, type HookEvent, type ObjectChange } from "../manifest/index.ts";
import { wellKnown } from "../kube/index.ts";
import { checkApplyOptions } from "./apply.ts";
import { apiVersionsOf, resourcesOf, tellCrdDifferences } from "./crds.ts";
import { hookPairs, objectPairs, type Pair } from "./diff-records.ts";
import { prefixed } from "./failure-text.ts";
import { foresee, type ForeseeOptions } from "./foresee.ts";
import { lastOf, revisionsOf, rollbackTo } from "./history.ts";
import { missingNamespace } from "./install.ts";
import { notFound } from "./store.ts";
import { isPending } from "./record.ts";
import type { RollbackOptions, UpgradeOptions } from "./options.ts";
import { findExisting, markOwned, ownedByAnother } from "./ownership.ts";
import { inParallel } from "./parallel.ts";
import { clusterCapabilities, newHooks, renderForRelease } from "./prepare.ts";
import { checkReachable } from "./reach.ts";
import type { Release } from "./record.ts";
import { callOf, type Session } from "./session.ts";
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
  /** Whether any object or hook would change, be made anew, or be refused. */
  readonly changed: boolean;
  /** Whether what is only on record differs: values, chart, manifest. */
  readonly recordChanged: boolean;
  /** Why none of it would be done: the namespace is missing. */
  readonly refused?: string;
  /** What else the operation would tell: definitions that it leaves alone and that differ. */
  readonly notices?: readonly string[];
}

/** The session with its notices gathered. */
function gathering(session: Session): { notices: string[]; session: Session } {
  const notices: string[] = [];
  const emit: Session["emit"] = (event) => {
    if (event.type === "notice") notices.push(event.text);
  };
  return { notices, session: { ...session, emit } };
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
  const hooks = await hookPairs(session, plan.base, plan.release, options);
  const changes = changesOf([...pairs, ...hooks], options);
  const told = gathering(session);
  if (!options.skipCrds) await tellCrdDifferences(told.session, plan.crds, options.chart.path);
  return {
    from: plan.base,
    to: plan.release,
    changes,
    changed: changes.some(isChange),
    recordChanged: !sameRecord(plan.base, plan.release),
    notices: told.notices,
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
  const definitions = await missingDefinitions(session, texts);
  const all = [...definitions, ...pairs, ...(await hookPairs(session, undefined, to, options))];
  const told = gathering(session);
  await tellCrdDifferences(
    told.session,
    texts.map((text) => ({ text })),
    options.chart.path,
    "there",
  );
  const changes = changesOf(all, options);
  const refused = options.createNamespace ? undefined : await namespaceMissing(session);
  return {
    to,
    changes,
    changed: refused !== undefined || changes.some(isChange),
    recordChanged: true,
    notices: told.notices,
    ...(refused === undefined ? {} : { refused }),
  };
}

/** What an installation says where its namespace is missing; undefined where it is there, or an account may not look. */
async function namespaceMissing(session: Session): Promise<string | undefined> {
  const ref = { resource: wellKnown.namespaces, name: session.namespace };
  const there = await session.client.find(ref, callOf(session)).catch(() => ref);
  session.signal?.throwIfAborted();
  if (there !== undefined) return undefined;
  const { message, facts } = missingNamespace(session.namespace);
  return `${message} (${facts.fix?.replace(/\.$/, "")})`;
}

/** The definitions of `crds/` that an installation would create: ones that are there are left as they are. */
async function missingDefinitions(session: Session, texts: readonly string[]): Promise<Pair[]> {
  const targets = await buildTargets(session.client, texts.join("\n---\n"), session.namespace, session.signal);
  const pairs = await inParallel(targets, async (target): Promise<Pair[]> => {
    const live = await session.client.find(refOf(target), callOf(session));
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
  const from = await session.store.get(options.name, last.version, callOf(session));
  const to = await session.store.get(options.name, wanted, callOf(session));
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
  const changes = changesOf([...pairs, ...(await hookPairs(session, from, to, options))], options);
  return { from, to, changes, changed: changes.some(isChange), recordChanged: !sameRecord(from, to) };
}

/** The difference between two recorded revisions, of one release or of two: nothing live is looked at. */
export async function diffRecords(
  session: Session,
  from: Release,
  to: Release,
  options: DiffOptions = {},
): Promise<ReleaseDiff> {
  const pairs = [...(await objectPairs(session, from, to)), ...(await hookPairs(session, from, to, options))];
  const changes = changesOf(pairs, options);
  return { from, to, changes, changed: changes.some(isChange), recordChanged: !sameRecord(from, to) };
}

/** Whether there is something to tell of an object: that it changes, is made anew, or would be refused. */
function isChange({ change, refused, replaced }: PlannedChange): boolean {
  return change !== "none" || refused !== undefined || replaced === true;
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

/** What would become of every object: of those that are wanted, and of those that are wanted no more. */
async function planned(
  session: Session,
  originals: readonly Target[],
  targets: readonly Target[],
  release: { readonly name: string; readonly namespace: string },
  options: ForeseeOptions,
): Promise<Pair[]> {
  checkApplyOptions(options);
  const originalByKey = new Map(originals.map((target) => [targetKey(target), target]));
  const wanted = new Set(targets.map(targetKey));
  const foreseen = await inParallel(targets, async (target) => {
    const { live, predicted, ...more } = await foresee(session, originalByKey.get(targetKey(target)), target, options);
    return { ...more, before: live, after: predicted, wanted: target.object, name: nameOf(target) };
  });
  const surplus = await inParallel(
    originals.filter((target) => !wanted.has(targetKey(target))),
    async (target): Promise<Pair> => {
      const live = await session.client.find(refOf(target), callOf(session));
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
