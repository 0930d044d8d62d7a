import { subdomainName } from "../names.ts";
import type { Env, Loose, Strategy } from "../strategy.ts";
import { templateDefaults } from "./pod-defaults.ts";

/** Jobs and CronJobs: defaults, and the selector that a Job gets. */

export const job: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaultPropagation: "Orphan",
  deleteWarnings: [
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  ],
  fields: { "status.successful": (object) => String(object.status?.succeeded ?? 0) },
  defaults(object: Loose) {
    const { spec, metadata } = object;
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    spec.parallelism ??= 1;
    spec.backoffLimit ??= spec.backoffLimitPerIndex !== undefined ? 2147483647 : 6;
    const labels = spec.template?.metadata?.labels;
    // one map for both, as upstream: what the template gets later, the Job has, too
    if (labels !== undefined && metadata.labels === undefined) metadata.labels = labels;
    spec.completionMode ??= "NonIndexed";
    spec.suspend ??= false;
    for (const rule of spec.podFailurePolicy?.rules ?? []) {
      for (const pattern of rule.onPodConditions ?? []) pattern.status ||= "True";
    }
    spec.manualSelector ??= false;
    spec.podReplacementPolicy ??= spec.podFailurePolicy !== undefined ? "Failed" : "TerminatingOrFailed";
    templateDefaults(spec.template);
  },
  prepareCreate(object: Loose, _env: Env) {
    const { spec, metadata } = object;
    if (spec.manualSelector === true) return;
    generateSelector(spec, metadata);
    // Upstream defaults again on reading: a Job without labels of its own then has its template's.
    metadata.labels ??= { ...spec.template.metadata.labels };
  },
};

/** The labels that tell a Job's pods from others', and the selector over its uid. */
function generateSelector(spec: Loose, metadata: Loose): void {
  const { uid, name = "" } = metadata;
  spec.template.metadata ??= {};
  const labels = (spec.template.metadata.labels ??= {});
  labels["batch.kubernetes.io/controller-uid"] ??= uid;
  labels["batch.kubernetes.io/job-name"] ??= name;
  labels["controller-uid"] ??= uid;
  labels["job-name"] ??= name;
  spec.selector ??= {};
  spec.selector.matchLabels ??= {};
  spec.selector.matchLabels["batch.kubernetes.io/controller-uid"] ??= uid;
}

export const cronJob: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults({ spec }: Loose) {
    spec.concurrencyPolicy ||= "Allow";
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    templateDefaults(spec.jobTemplate?.spec?.template);
  },
};
