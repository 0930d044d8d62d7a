import { compareStrings, messageOf } from "../base/index.ts";
import { at, stringAt } from "../manifest/index.ts";
import { lines, wellKnown, type ApiObject } from "../kube/index.ts";
import { createAll, deleteAll } from "./apply.ts";
import { joined, prefixed } from "./failure-text.ts";
import { followLogs } from "./follow-logs.ts";
import { goTimestamp } from "./go-time.ts";
import { lastLines, withTail } from "./last-lines.ts";
import type { HookEvent, Release, ReleaseHook } from "./record.ts";
import { callOf, beyondAbort, type Session } from "./session.ts";
import { nameOf, buildTargets, type Target } from "./targets.ts";
import { waitUntilReady, type WaitStrategy } from "./wait.ts";
import { waitUntilGone } from "./wait-gone.ts";

/** How hooks are run. */
export interface HookOptions {
  readonly strategy: WaitStrategy;
  /** For each hook, in milliseconds. */
  readonly timeout: number;
  readonly serverSide: boolean;
  /** The logs of hooks that are pods are shown by themselves: an error need not end with them. */
  readonly logsShown?: boolean;
  /** Stores the release with its hooks' runs; failures to store are told, not thrown. */
  record(release: Release): Promise<void>;
}

/** Runs what is left to do after the hooks: deleting and printing by policy. */
export type HookShutdown = () => Promise<void>;

/** The hooks of an event in the order in which they run: by kind as stored, then stably by weight and name. */
export function hooksFor(release: Release, event: HookEvent): ReleaseHook[] {
  const hooks: ReleaseHook[] = [];
  // A hook that names an event twice runs twice, as in Helm.
  for (const hook of release.hooks) for (const named of hook.events) if (named === event) hooks.push(hook);
  return hooks.sort((a, b) => a.weight - b.weight || compareStrings(a.name, b.name));
}

/** Runs every hook of an event, with what follows. Throws what Helm throws: the failed hook's own error. */
export async function runHooks(
  session: Session,
  release: Release,
  event: HookEvent,
  options: HookOptions,
): Promise<void> {
  const { shutdown, error } = await runHooksDelayed(session, release, event, options);
  if (error === undefined) return await shutdown();
  // What clearing up after a failure throws is less telling than the failure.
  await shutdown().catch((later: unknown) =>
    session.emit({ type: "warning", text: `clearing up after ${event} hooks: ${messageOf(later)}` }),
  );
  throw error;
}

/** The same, but clearing up is left to the caller (`test --logs` reads logs before). */
export async function runHooksDelayed(
  session: Session,
  release: Release,
  event: HookEvent,
  options: HookOptions,
): Promise<{ shutdown: HookShutdown; error?: unknown }> {
  const hooks = hooksFor(release, event);
  const now = () => goTimestamp(session.clock.now());
  const nothing: HookShutdown = async () => {};
  // Containers whose lines were told while they ran.
  const told = new Set<string>();
  for (const [index, hook] of hooks.entries()) {
    if (hook.deletePolicies.length === 0) hook.deletePolicies = ["before-hook-creation"];
    let targets: Target[];
    try {
      await deleteByPolicy(session, hook, "before-hook-creation", options);
      targets = await buildHook(session, hook, `unable to build kubernetes object for ${event} hook ${hook.path}`);
    } catch (error) {
      return { shutdown: nothing, error };
    }
    hook.lastRun = { startedAt: now(), phase: "Running" };
    await options.record(release);
    // Should anything below be cut off, the phase says that nobody knows.
    hook.lastRun.phase = "Unknown";
    const named =
      targets[0] === undefined
        ? { kind: hook.kind, name: hook.name, namespace: session.namespace }
        : nameOf(targets[0]);
    session.emit({ type: "hook", event, hook: named, state: "started" });
    const tellFailure = (error: unknown) => {
      const state = session.signal?.aborted ? "cancelled" : "failed";
      session.emit({ type: "hook", event, hook: named, state, message: messageOf(error) });
    };
    let live: Map<string, ApiObject>;
    try {
      live = (await createAll(session, targets, options.serverSide)).live;
    } catch (error) {
      hook.lastRun.completedAt = now();
      hook.lastRun.phase = "Failed";
      tellFailure(error);
      return { shutdown: nothing, error: prefixed(`warning: Hook ${event} ${hook.path} failed`, error) };
    }
    const follower = session.liveLogs ? followLogs(session, targets) : undefined;
    try {
      await waitUntilReady(session, targets, { rules: "kstatus", hook: true, timeout: options.timeout, live });
    } catch (error) {
      await follower?.stop();
      hook.lastRun.completedAt = now();
      hook.lastRun.phase = "Failed";
      for (const name of follower?.told ?? []) told.add(name);
      const after = beyondAbort(session);
      // What was cancelled did not fail for anything that its pod could tell.
      const shown = options.logsShown && hook.kind === "Pod";
      const tail = session.signal?.aborted || shown ? "" : await lastLinesOf(after, targets).catch(() => "");
      tellFailure(error);
      await printLogs(after, hook, targets, "hook-failed", told).catch((failure: unknown) =>
        session.emit({ type: "warning", text: `error outputting logs for hook failure: ${messageOf(failure)}` }),
      );
      const clean: HookShutdown = async () => {
        await deleteByPolicy(after, hook, "hook-failed", options).catch((failure: unknown) =>
          session.emit({
            type: "warning",
            text: `error deleting the hook resource on hook failure: ${messageOf(failure)}`,
          }),
        );
        for (const earlier of hooks.slice(0, index)) await deleteByPolicy(after, earlier, "hook-succeeded", options);
      };
      return { shutdown: clean, error: withTail(error, tail) };
    }
    await follower?.stop();
    for (const name of follower?.told ?? []) told.add(name);
    hook.lastRun.completedAt = now();
    hook.lastRun.phase = "Succeeded";
    session.emit({ type: "hook", event, hook: named, state: "succeeded" });
  }
  return {
    shutdown: async () => {
      for (const hook of hooks.toReversed()) {
        if (hook.outputLogPolicies.includes("hook-succeeded")) {
          const targets = await buildHook(session, hook, "");
          await printLogs(session, hook, targets, "hook-succeeded", told).catch((failure: unknown) =>
            session.emit({ type: "warning", text: `error outputting logs for hook failure: ${messageOf(failure)}` }),
          );
        }
        await deleteByPolicy(session, hook, "hook-succeeded", options);
      }
    },
  };
}

async function buildHook(session: Session, hook: ReleaseHook, failing: string): Promise<Target[]> {
  try {
    return await buildTargets(session.client, hook.manifest, session.namespace, session.signal);
  } catch (error) {
    session.signal?.throwIfAborted();
    throw failing === "" ? error : prefixed(failing, error);
  }
}

async function deleteByPolicy(
  session: Session,
  hook: ReleaseHook,
  policy: string,
  options: HookOptions,
): Promise<void> {
  // Deleting a CRD would delete everything of its kind.
  if (hook.kind === "CustomResourceDefinition" || !hook.deletePolicies.includes(policy)) return;
  const targets = await buildHook(session, hook, `unable to build kubernetes object for deleting hook ${hook.path}`);
  const { deleted, errors } = await deleteAll(session, targets, "Background");
  if (errors.length > 0) throw joined(errors, "; ");
  // Helm waits for the deletion with watcher and legacy only; hookOnly creates on. Background deletion of a Job leaves
  // its name taken until its pods' finalizer is gone, so before a creation it is always waited for here.
  if (options.strategy !== "hookOnly" || policy === "before-hook-creation")
    await waitUntilGone(session, deleted, options.timeout);
}

/** Every pod behind the hook: itself, or the Job's. */
async function podsBehind(session: Session, targets: readonly Target[]): Promise<ApiObject[]> {
  const call = callOf(session);
  const out: ApiObject[] = [];
  for (const target of targets) {
    if (target.object.kind === "Pod") {
      const pod = await session.client.find(
        { resource: wellKnown.pods, namespace: target.namespace, name: target.name },
        call,
      );
      if (pod !== undefined) out.push(pod);
    } else if (target.object.kind === "Job") {
      out.push(
        ...(await session.client.list(wellKnown.pods, target.namespace, {
          labelSelector: `job-name=${target.name}`,
          ...call,
        })),
      );
    }
  }
  return out;
}

function containersOf(pod: ApiObject, init: boolean): string[] {
  const list = (key: string) =>
    ((at(pod, "spec", key) as unknown[] | undefined) ?? []).map((container) => stringAt(container, "", "name"));
  return [...(init ? list("initContainers") : []), ...list("containers")];
}

async function printLogs(
  session: Session,
  hook: ReleaseHook,
  targets: readonly Target[],
  policy: string,
  told: ReadonlySet<string>,
): Promise<void> {
  if (!hook.outputLogPolicies.includes(policy)) return;
  for (const pod of await podsBehind(session, targets)) {
    const namespace = pod.metadata.namespace ?? session.namespace;
    for (const container of containersOf(pod, false)) {
      if (told.has(`${pod.metadata.name}/${container}`)) continue;
      const body = await session.client.logs(namespace, pod.metadata.name, {
        container,
        ...callOf(session),
      });
      for await (const line of lines(body))
        session.emit({ type: "log", namespace, pod: pod.metadata.name, container, line });
    }
  }
}

async function lastLinesOf(session: Session, targets: readonly Target[]): Promise<string> {
  const pods = await podsBehind(session, targets);
  const failing = pods.findLast((pod) => stringAt(pod, "", "status", "phase") === "Failed") ?? pods.at(-1);
  if (failing === undefined) return "";
  const { namespace = "", name } = failing.metadata;
  return await lastLines(session, { namespace, name }, containersOf(failing, true));
}
