import { SlipwayError, messageOf } from "../base/index.ts";
import { readHead, sortByKind, splitManifests, uninstallOrder, type ManifestHead } from "../manifest/index.ts";
import { deleteAll } from "./apply.ts";
import { prefixed } from "./failure-text.ts";
import { goTimestamp } from "./go-time.ts";
import { revisionsOf } from "./history.ts";
import { runHooks } from "./hooks.ts";
import { removeDeadLease } from "./lease.ts";
import { mayRecord, underLease, type LockedSession } from "./locked.ts";
import { nameProblem } from "./names.ts";
import { defaultTimeout, type UninstallOptions } from "./options.ts";
import { sortByOwnership } from "./ownership.ts";
import { checkReachable } from "./reach.ts";
import { leaveRecord, supersede, tryRecord } from "./record-keeping.ts";
import type { Release } from "./record.ts";
import { cutOffBeside, interruptedUninstall, refuseWhileBusy } from "./recovery.ts";
import type { Session } from "./session.ts";
import { notFound, type RevisionInfo } from "./store.ts";
import { buildTargets, targetKey, type Target } from "./targets.ts";
import { waitUntilGone } from "./wait-gone.ts";

/** What an uninstall answers. */
export interface UninstallResult {
  /** The last revision as it was left; undefined when there was none and that was no error. */
  readonly release?: Release;
  /** What was not deleted, and why: Helm's own text, "" when everything was. */
  readonly info: string;
}

/** Uninstalls a release, in a session that may hold its lease already. */
export async function runUninstall(
  session: Session | LockedSession,
  options: UninstallOptions,
): Promise<UninstallResult> {
  await checkReachable(session.client, session.signal);
  if (nameProblem(options.name) !== undefined) {
    throw new SlipwayError(
      `${options.dryRun ? "releaseContent" : "uninstall"}: Release name is invalid: ${options.name}`,
      { code: "release.name" },
    );
  }
  return await uninstallRecorded(session, options);
}

/** Uninstalls what the records say: asked for again under the lease, for which another run's end may have been awaited. */
async function uninstallRecorded(
  session: Session | LockedSession,
  options: UninstallOptions,
): Promise<UninstallResult> {
  const notLoaded = (error: unknown) =>
    options.dryRun ? error : prefixed(`uninstall: Release not loaded: ${options.name}`, error);
  const revisions = await revisionsOf(session, options.name).catch((error: unknown) => {
    session.signal?.throwIfAborted();
    throw notLoaded(error);
  });
  const last = revisions.at(-1);
  if (last === undefined) {
    if (!options.dryRun) await removeDeadLease(session, options.name);
    if (options.ignoreNotFound) return { info: "" };
    throw notLoaded(notFound({ name: options.name, namespace: session.namespace }));
  }
  if (options.dryRun) return await dryRun(session, options, last);
  if (last.status === "uninstalled" && !options.keepHistory) {
    const release = await session.store.get(options.name, last.version, { signal: session.signal });
    await purge(session, revisions);
    return { release, info: "" };
  }
  if (last.status === "uninstalled")
    throw new SlipwayError(`the release named "${options.name}" is already deleted`, {
      code: "release.already-deleted",
    });
  if ("lease" in session) return await remove(session, options, revisions);
  await refuseWhileBusy(session, options.name, revisions, "passed");
  return await underLease(session, options.name, "uninstall", (locked) => uninstallRecorded(locked, options));
}

async function dryRun(session: Session, options: UninstallOptions, last: RevisionInfo): Promise<UninstallResult> {
  const release = await session.store.get(options.name, last.version, { signal: session.signal });
  const { keep } = manifestsToDelete(release);
  return { release, info: keptText(keep) };
}

async function remove(
  session: LockedSession,
  options: UninstallOptions,
  revisions: readonly RevisionInfo[],
): Promise<UninstallResult> {
  const last = revisions.at(-1) as RevisionInfo;
  const release = await session.store.get(options.name, last.version, { signal: session.signal });
  const others = await cutOffBeside(session, release, revisions);
  let recorded: Release | undefined;
  const record = async () => {
    recorded = { ...release, hooks: release.hooks.map((hook) => ({ ...hook, lastRun: { ...hook.lastRun } })) };
    await tryRecord(session, release);
  };
  try {
    return await removeAll(session, options, revisions, release, others, record);
  } catch (error) {
    if (recorded !== undefined && release.status === "uninstalling" && mayRecord(session)) {
      // Helm leaves it uninstalling where a hook failed or something could not be deleted, the hook as it was recorded last.
      // What was cancelled can go either way from here.
      if (session.signal?.aborted) {
        recorded = { ...release, status: "failed", description: `${interruptedUninstall} was cancelled` };
      }
      await leaveRecord(session, recorded);
    }
    throw error;
  }
}

async function removeAll(
  session: LockedSession,
  options: UninstallOptions,
  revisions: readonly RevisionInfo[],
  release: Release,
  others: readonly Release[],
  record: () => Promise<void>,
): Promise<UninstallResult> {
  const timeout = options.timeout ?? defaultTimeout;
  const strategy = options.wait ?? "hookOnly";
  const hooks = { strategy, timeout, serverSide: true, record };
  release.status = "uninstalling";
  release.deleted = goTimestamp(session.clock.now());
  release.description = "Deletion in progress (or silently failed)";
  if (!options.noHooks) await runHooks(session, release, "pre-delete", hooks);
  await record();
  session.emit({ type: "phase", phase: "delete" });
  const { targets, info } = await deleteObjects(session, release, others, options);
  const errors: unknown[] = [];
  if (strategy !== "hookOnly") {
    session.emit({ type: "phase", phase: "wait-for-delete" });
    await waitUntilGone(session, targets, timeout).catch((error: unknown) => {
      session.signal?.throwIfAborted();
      errors.push(error);
    });
  }
  if (!options.noHooks) {
    await runHooks(session, release, "post-delete", hooks).catch((error: unknown) => {
      session.signal?.throwIfAborted();
      errors.push(error);
    });
  }
  session.signal?.throwIfAborted();
  release.status = "uninstalled";
  release.description = options.description || "Uninstallation complete";
  session.emit({ type: "phase", phase: "record" });
  if (options.keepHistory) {
    await tryRecord(session, release);
    for (const revision of revisions) {
      if (revision.status === "deployed" && revision.version !== release.version)
        await supersede(session, options.name, revision.version);
    }
  } else {
    session.lease?.settled(release.version);
    await purge(session, revisions).catch((error: unknown) => {
      errors.push(
        new SlipwayError(`uninstall: Failed to purge the release: ${messageOf(error)}`, {
          code: "release.purge",
          cause: error,
        }),
      );
    });
  }
  session.lease?.lost.throwIfAborted();
  if (errors.length > 0) {
    const first = errors[0];
    throw new SlipwayError(
      `uninstallation completed with ${errors.length} error(s): ${errors.map(messageOf).join("; ")}`,
      first instanceof SlipwayError ? first.facts : { code: "release.uninstall", cause: first },
    );
  }
  return { release, info };
}

async function purge(session: Session, revisions: readonly RevisionInfo[]): Promise<void> {
  for (const revision of revisions)
    await session.store.delete(revision.name, revision.version, { signal: session.signal });
}

interface Document {
  readonly text: string;
  readonly head: ManifestHead;
}

/** The documents of a release in the order in which they are deleted, and the ones its chart wants kept. */
function manifestsToDelete(release: Release): { keep: Document[]; remove: Document[] } {
  // Helm puts the documents into a map by `manifest-N` and sorts these names as text: 0, 1, 10, 11, 2 …
  const documents = splitManifests(release.manifest)
    .map((text, index) => ({ text, key: `manifest-${index}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ text }): Document => ({ text, head: readHead(text) }));
  const sorted = sortByKind(documents, (document) => document.head.kind, uninstallOrder());
  const keep: Document[] = [];
  const remove: Document[] = [];
  for (const document of sorted) {
    const policy = document.head.annotations["helm.sh/resource-policy"];
    if (policy === undefined) remove.push(document);
    else if (policy.trim().toLowerCase() === "keep") keep.push(document);
    // Any other policy: Helm neither deletes nor reports the object.
  }
  return { keep, remove };
}

function keptText(keep: readonly Document[]): string {
  if (keep.length === 0) return "";
  return `These resources were kept due to the resource policy:\n${keep.map(({ head }) => `[${head.kind}] ${head.name}\n`).join("")}`;
}

async function deleteObjects(
  session: Session,
  release: Release,
  others: readonly Release[],
  options: UninstallOptions,
): Promise<{ targets: Target[]; info: string }> {
  const failed = (errors: readonly unknown[]) =>
    new SlipwayError(`failed to delete release: ${release.name}`, {
      code: "release.delete",
      details: errors.map((error) => ({
        code: error instanceof SlipwayError ? error.code : "release.delete",
        severity: "error",
        message: messageOf(error),
      })),
    });
  let documents: { keep: Document[]; remove: Document[] };
  try {
    documents = manifestsToDelete(release);
  } catch (error) {
    throw failed([
      new SlipwayError(`corrupted release record. You must manually delete the resources: ${messageOf(error)}`, {
        code: "release.record",
      }),
    ]);
  }
  let info = keptText(documents.keep);
  for (const { head } of documents.keep)
    session.emit({
      type: "object",
      action: "kept",
      object: { kind: head.kind, name: head.name, namespace: session.namespace },
    });
  const build = async ({ remove: gone }: { readonly remove: readonly Document[] }) =>
    await buildTargets(
      session.client,
      gone.map(({ text }) => `\n---\n${text}`).join(""),
      session.namespace,
      session.signal,
    );
  let targets: Target[];
  try {
    targets = await build(documents);
    const known = new Set(targets.map(targetKey));
    for (const other of others) {
      const more = await build(manifestsToDelete(other)).catch(() => []);
      for (const target of more) if (!known.has(targetKey(target))) targets.push(target);
      for (const target of more) known.add(targetKey(target));
    }
  } catch (error) {
    session.signal?.throwIfAborted();
    throw failed([
      new SlipwayError(`unable to build kubernetes objects for delete: ${messageOf(error)}`, { code: "release.build" }),
    ]);
  }
  const { owned, unowned, unverifiable } = await sortByOwnership(session.client, targets, release, session.signal);
  const gap = () => (info === "" ? "" : "\n");
  if (unowned.length > 0) {
    info += `${gap()}${unowned.length} resource(s) were not deleted because they are not owned by this release:\n`;
    info += unowned.map((target) => `[${target.object.kind}] ${target.name}\n`).join("");
  }
  if (unverifiable.length > 0) {
    info += `${gap()}${unverifiable.length} resource(s) were not deleted because their ownership could not be verified:\n`;
    info += unverifiable
      .map(({ target, error }) => `[${target.object.kind}] ${target.name}: ${messageOf(error)}\n`)
      .join("");
  }
  const propagation = { background: "Background", foreground: "Foreground", orphan: "Orphan" } as const;
  const { errors } = await deleteAll(session, owned, propagation[options.cascade ?? "background"]);
  if (errors.length > 0) throw failed(errors);
  return { targets: owned, info };
}
