import { SlipwayError } from "../base/index.ts";
import { isNotFound } from "../kube/index.ts";
import type { WaitState } from "./events.ts";
import { defaultWait } from "./not-ready.ts";
import type { Session } from "./session.ts";
import { nameOf, targetKey, type Target } from "./targets.ts";

/**
 * Waits until the objects are gone. Throws `release.timeout` with Helm's line for each that is still there.
 */
export async function waitUntilGone(session: Session, targets: readonly Target[], timeout: number): Promise<void> {
  if (targets.length === 0) return;
  const left = new Map(
    targets.map((target) => [targetKey(target), { target, message: "Resource is current", status: "Current" }]),
  );
  const stop = new AbortController();
  let settle: (error?: unknown) => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  const abort = () => settle(session.signal?.reason);
  session.signal?.throwIfAborted();
  session.signal?.addEventListener("abort", abort, { once: true });
  const cancel = session.clock.schedule(timeout || defaultWait, () => {
    const lines = [...left.values()].map(
      ({ target, status, message }) =>
        `resource ${target.object.kind}/${target.namespace}/${target.name} still exists. status: ${status}, message: ${message}`,
    );
    settle(new SlipwayError([...lines, "context deadline exceeded"].join("\n"), { code: "release.timeout" }));
  });
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const key = `${target.resource.group}/${target.resource.plural}/${target.namespace}`;
    groups.set(key, [...(groups.get(key) ?? []), target]);
  }
  let told = "";
  // Whoever looks on sees what is still there, and what keeps it.
  const tell = () => {
    const objects: WaitState[] = targets.map((target) => {
      const there = left.get(targetKey(target));
      return {
        ...nameOf(target),
        state: there === undefined ? "ready" : "waiting",
        message: there === undefined ? "gone" : there.message,
        reasons: [],
      };
    });
    const text = JSON.stringify(objects);
    if (text !== told) session.emit({ type: "waiting", objects, until: "gone" });
    told = text;
  };
  try {
    for (const group of groups.values()) followGroup(session, group, left, stop.signal, tell, settle);
    await ended;
  } finally {
    cancel();
    stop.abort();
    session.signal?.removeEventListener("abort", abort);
  }
}

function followGroup(
  session: Session,
  group: readonly Target[],
  left: Map<string, { target: Target; message: string; status: string }>,
  signal: AbortSignal,
  tell: () => void,
  settle: (error?: unknown) => void,
): void {
  const first = group[0] as Target;
  const run = async () => {
    const seen = new Set<string>();
    const fieldSelector = group.length === 1 ? { fieldSelector: `metadata.name=${first.name}` } : {};
    for await (const event of session.client.watch(
      first.resource,
      first.resource.namespaced ? first.namespace : undefined,
      { signal, ...fieldSelector },
    )) {
      if (event.type === "SYNC") {
        for (const target of group) if (!seen.has(target.name)) left.delete(targetKey(target));
      } else {
        const target = group.find((candidate) => candidate.name === event.object.metadata.name);
        if (target === undefined) continue;
        seen.add(target.name);
        const entry = left.get(targetKey(target));
        if (event.type === "DELETED") left.delete(targetKey(target));
        else if (entry !== undefined && event.object.metadata.deletionTimestamp !== undefined) {
          entry.status = "Terminating";
          const finalizers = (event.object.metadata.finalizers as string[] | undefined) ?? [];
          entry.message =
            finalizers.length === 0
              ? "Resource scheduled for deletion"
              : `Resource scheduled for deletion, waiting for ${finalizers.join(", ")}`;
        }
      }
      if (left.size === 0) return settle();
      tell();
    }
  };
  run().catch((error: unknown) => {
    if (signal.aborted) return;
    if (!isNotFound(error)) return settle(error);
    // Their definition went as well.
    for (const target of group) left.delete(targetKey(target));
    if (left.size === 0) settle();
    else tell();
  });
}
