import type { CrashLoop } from "./container-trouble.ts";
import type { AwaitedObject } from "./not-ready.ts";

/** After how many restarts a crash loop is final when nothing else is left to wait for. */
const restartsAlone = 3;
/** The same while other objects still come up: the container may only be waiting for one of them. */
const restartsAmongOthers = 5;

/**
 * Marks as hopeless what a crash loop keeps from becoming ready. A container that crashes may be waiting for its database:
 * so a few restarts are given, more of them while other objects are still on their way, and one more after the last of
 * these became ready (`progressed`, in milliseconds). Stock Helm gives up at the first back-off when it comes to look at one,
 * and else waits for the timeout. Jobs have a limit of their own.
 */
export function judgeCrashLoops(rest: readonly AwaitedObject[], progressed: number): void {
  const loopsOf = (entry: AwaitedObject) => (entry.target.object.kind === "Job" ? [] : (entry.diagnosis.loops ?? []));
  const patience = rest.every((entry) => loopsOf(entry).length > 0) ? restartsAlone : restartsAmongOthers;
  for (const entry of rest) {
    const final = loopsOf(entry).find((loop) => loop.restarts >= patience && loop.ended > progressed);
    if (final !== undefined) entry.diagnosis = { hopeless: final.text, ...entry.diagnosis };
  }
}

/** The crash loop that is an object's first cause, if it is one: its container's last words belong to the error. */
export function loopBehind({ diagnosis }: AwaitedObject): CrashLoop | undefined {
  const cause = diagnosis.hopeless ?? diagnosis.reasons[0];
  return diagnosis.loops?.find((loop) => loop.text === cause);
}
