import { messageOf } from "../base/index.ts";
import { at, stringAt } from "../manifest/index.ts";
import { lines, wellKnown } from "../kube/index.ts";
import { lastOf, revisionsOf } from "./history.ts";
import { joined, prefixed } from "./failure-text.ts";
import { hooksFor, runHooksDelayed, type HookShutdown } from "./hooks.ts";
import { checkName } from "./names.ts";
import { defaultTimeout, type TestOptions } from "./options.ts";
import { checkReachable } from "./reach.ts";
import { refuseWhileBusy } from "./recovery.ts";
import type { Release } from "./record.ts";
import { callOf, type Session } from "./session.ts";

/** How a test ended: the release with its hooks' runs, and the failure if there was one. */
export interface TestResult {
  readonly release: Release;
  readonly failure?: unknown;
  /**
   * Prints and deletes test pods by their policies; to be called once their logs were read. What it tells goes to `emit`,
   * as the operation's own events have ended by then.
   */
  readonly shutdown: (emit?: Session["emit"]) => ReturnType<HookShutdown>;
}

/** Runs the test hooks of a release's last revision; stores their runs. */
export async function runTests(session: Session, options: TestOptions): Promise<TestResult> {
  await checkReachable(session.client, session.signal);
  checkName(options.name, "releaseTest: Release name is invalid: ");
  const revisions = await revisionsOf(session, options.name);
  const last = lastOf(revisions, session, options.name);
  // What a run of ours has under work is that run's to write.
  await refuseWhileBusy(session, options.name, revisions, "passed");
  const release = await session.store.get(options.name, last.version, { signal: session.signal });
  const chosen = release.hooks.filter(
    (hook) =>
      !(options.exclude ?? []).includes(hook.name) &&
      ((options.include ?? []).length === 0 || (options.include ?? []).includes(hook.name)),
  );
  const skipped = release.hooks.filter((hook) => !chosen.includes(hook));
  const whole = (): Release => ({ ...release, hooks: [...skipped, ...chosen] });
  // The revision as it is by then: an upgrade meanwhile may have superseded it.
  const store = async (signal: AbortSignal | undefined) => {
    const now = await session.store.get(options.name, last.version, { signal });
    await session.store.update({ ...now, hooks: whole().hooks }, { signal });
  };
  let tell = session.emit;
  const told: Session = { ...session, emit: (event) => tell(event) };
  const { shutdown, error } = await runHooksDelayed(told, { ...release, hooks: chosen }, "test", {
    strategy: "watcher",
    timeout: options.timeout ?? defaultTimeout,
    serverSide: release.applyMethod === "ssa",
    logsShown: options.logs ?? false,
    record: async () => {
      await store(session.signal).catch(() => {});
    },
  });
  if (error === undefined) await store(session.signal);
  else await store(undefined).catch((later: unknown) => session.emit({ type: "warning", text: messageOf(later) }));
  const shutdownTold = async (emit = session.emit) => {
    tell = emit;
    await shutdown();
  };
  return { release: whole(), shutdown: shutdownTold, ...(error === undefined ? {} : { failure: error }) };
}

/**
 * The logs of the test pods that ran, container by container: what `test --logs` prints. Throws Helm's words at a pod that
 * is not there, and after the containers of a pod for those whose logs could not be had.
 */
export async function* testLogs(
  session: Session,
  release: Release,
  options: TestOptions,
): AsyncGenerator<{ pod: string; container: string; text: string }> {
  const call = callOf(session);
  for (const { kind, name: pod } of hooksFor(release, "test")) {
    if (kind !== "Pod" || (options.exclude ?? []).includes(pod)) continue;
    if ((options.include ?? []).length > 0 && !(options.include ?? []).includes(pod)) continue;
    const ref = { resource: wellKnown.pods, namespace: session.namespace, name: pod };
    const { spec } = await session.client.get(ref, call).catch((error: unknown) => {
      throw prefixed(`unable to get pod ${pod}`, error);
    });
    const errors: unknown[] = [];
    for (const field of ["initContainers", "containers"])
      for (const each of (at(spec, field) as unknown[] | undefined) ?? []) {
        const container = stringAt(each, "", "name");
        try {
          let text = "";
          for await (const line of lines(await session.client.logs(session.namespace, pod, { container, ...call })))
            text += `${line}\n`;
          yield { pod, container, text };
        } catch (error) {
          session.signal?.throwIfAborted();
          errors.push(prefixed(`unable to get logs for pod ${pod}, container ${container}`, error));
        }
      }
    if (errors.length > 0) throw joined(errors, "\n");
  }
}
