import { ifThere, type Machinery } from "./machinery.ts";
import { keyOf, millis, type Json, type Obj } from "./object.ts";
import { kinds } from "./port.ts";

/** The condition that ends a job, True; undefined while it goes on. */
export function finishedCondition(job: Obj): Json | undefined {
  return job.status?.conditions?.find(
    (item: Json) => (item.type === "Complete" || item.type === "Failed") && item.status === "True",
  );
}

/**
 * A Job lives at least so long: simulated pods end at once, and a client that waits for a hook's Job whose time to live
 * is nothing (ingress-nginx has two) would find it gone before it has begun to watch it.
 */
const leastLife = 5000;

/** Removes finished Jobs when their time to live is over (ttlSecondsAfterFinished), with their pods. */
export function startJobExpiry(machinery: Machinery): void {
  const { api, clock } = machinery;
  const jobs = machinery.informer(kinds.jobs);
  const ttl = machinery.queue("ttl-after-finished-controller", (key) => {
    const job = jobs.get(key);
    const seconds = job?.spec.ttlSecondsAfterFinished;
    if (
      job === undefined ||
      seconds === undefined ||
      seconds === null ||
      job.metadata.deletionTimestamp !== undefined
    ) {
      return undefined;
    }
    const finished = finishedCondition(job);
    if (finished === undefined) return undefined;
    const due = (millis(finished.lastTransitionTime) ?? 0) + seconds * 1000;
    const left = Math.max(due, (millis(job.metadata.creationTimestamp) ?? 0) + leastLife) - clock.now();
    if (left > 0) return left;
    const preconditions = { uid: job.metadata.uid ?? "" };
    ifThere(() =>
      api.delete(kinds.jobs, job.metadata.namespace, job.metadata.name, {
        propagationPolicy: "Foreground",
        preconditions,
      }),
    );
    return undefined;
  });
  jobs.on(({ type, object }) => {
    if (type !== "DELETED" && object.spec.ttlSecondsAfterFinished !== undefined) ttl.add(keyOf(object));
  });
}
