import { job, kstatus } from "./kstatus.ts";
import { legacyReadiness } from "./legacy-readiness.ts";
import { conditionsOf, gvkOf, stringAt, type KubeObject } from "./object.ts";
import { failed, ready, waiting, type Readiness, type ReadinessOptions } from "./verdict.ts";

export type { ObjectStatus, Readiness, ReadinessOptions } from "./verdict.ts";

/**
 * Where an object stands: by kstatus' rules (what Helm 4's watcher waits for), or by the rules Helm 3 waits with
 * (`legacy`). Looks at one object only; what its pods say is the waiter's business.
 */
export function readiness(object: KubeObject, rules: "kstatus" | "legacy", options: ReadinessOptions = {}): Readiness {
  const key = keyOf(object);
  if (options.hook) {
    if (key === "batch/Job") return jobCompletion(object);
    if (key === "Pod") return podCompletion(object);
    return ready("Resource is current");
  }
  if (rules === "legacy") return legacyReadiness(object, key, options);
  if (options.jobs && key === "batch/Job") return jobCompletion(object);
  return kstatus(object, key, options);
}

function keyOf(object: KubeObject): string {
  const { group, kind } = gvkOf(object);
  return group === "" ? kind : `${group}/${kind}`;
}

/** Helm's own reader of Jobs: ready only when complete. */
function jobCompletion(object: KubeObject): Readiness {
  const verdict = job(object);
  if (verdict.state === "failed") return verdict;
  const complete = conditionsOf(object).some(
    (condition) => condition.type === "Complete" && condition.status === "True",
  );
  return complete ? verdict : waiting("JobInProgress", "Job in progress");
}

/** Helm's own reader of hook pods: ready only when succeeded. */
function podCompletion(object: KubeObject): Readiness {
  switch (stringAt(object, "", "status", "phase")) {
    case "Succeeded":
      return ready(`pod ${object.metadata.name} succeeded`);
    case "Failed":
      return failed("PodFailed", `pod ${object.metadata.name} failed`);
    default:
      return waiting("PodInProgress", "Pod in progress");
  }
}
