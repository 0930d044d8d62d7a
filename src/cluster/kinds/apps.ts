import { labelName, subdomainName } from "../names.ts";
import type { Loose, Strategy } from "../strategy.ts";
import { sameJson } from "../objects.ts";
import { claimSpecDefaults, templateDefaults } from "./pod-defaults.ts";

/** Deployments, ReplicaSets, StatefulSets, DaemonSets, ControllerRevisions: defaults and life. */

export const deployment: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  generationCounts: ["annotations"],
  defaults({ spec }: Loose) {
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= "RollingUpdate";
    if (spec.strategy.type === "RollingUpdate") {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
      spec.strategy.rollingUpdate.maxSurge ??= "25%";
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    templateDefaults(spec.template);
  },
  prepareStatus(next: Loose, old: Loose) {
    if (old.metadata.labels === undefined) delete next.metadata.labels;
    else next.metadata.labels = old.metadata.labels;
  },
  statusResets: { "f:spec": {}, "f:metadata": { "f:labels": {} } },
};

export const replicaSet: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  fields: { "status.replicas": (object) => String(object.status?.replicas ?? 0) },
  defaults({ spec }: Loose) {
    spec.replicas ??= 1;
    templateDefaults(spec.template);
  },
};

export const replicationController: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaultPropagation: "Orphan",
  fields: { "status.replicas": (object) => String(object.status?.replicas ?? 0) },
  defaults(object: Loose) {
    const { spec, metadata } = object;
    if (spec.template !== undefined) {
      const labels = spec.template.metadata?.labels;
      if (labels !== undefined) {
        if (spec.selector === undefined || spec.selector === null) spec.selector = { ...labels };
        if (metadata.labels === undefined) metadata.labels = { ...labels };
      }
      templateDefaults(spec.template);
    }
    spec.replicas ??= 1;
  },
};

export const daemonSet: Strategy = {
  nameProblems: subdomainName,
  hiddenAnnotations: ["deprecated.daemonset.template.generation"],
  generation: true,
  defaults(object: Loose) {
    const { spec, metadata } = object;
    if (metadata.annotations?.[templateGeneration] === undefined) setTemplateGeneration(object, 0);
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    templateDefaults(spec.template);
  },
  prepareCreate(object: Loose) {
    setTemplateGeneration(object, 1);
  },
  prepareUpdate(object: Loose, old: Loose) {
    const before = Number(old.metadata.annotations?.[templateGeneration] ?? 1);
    const changed = !sameJson(old.spec.template, object.spec.template);
    setTemplateGeneration(object, changed ? before + 1 : before);
  },
};

const templateGeneration = "deprecated.daemonset.template.generation";

/** An old field of DaemonSets that lives on as an annotation. */
function setTemplateGeneration(object: Loose, value: number): void {
  object.metadata.annotations ??= {};
  object.metadata.annotations[templateGeneration] = String(value);
}

export const statefulSet: Strategy = {
  nameProblems: labelName,
  generation: true,
  defaults({ spec }: Loose) {
    spec.podManagementPolicy ||= "OrderedReady";
    spec.updateStrategy ??= {};
    if (!spec.updateStrategy.type) spec.updateStrategy.type = "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.partition ??= 0;
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= "Retain";
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= "Retain";
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    templateDefaults(spec.template);
    spec.volumeClaimTemplates = spec.volumeClaimTemplates?.map((claim: Loose) => {
      const { kind: _, apiVersion: __, ...rest } = claim;
      const out = { kind: "PersistentVolumeClaim", apiVersion: "v1", ...rest };
      claimSpecDefaults(out.spec);
      out.status ??= {};
      out.status.phase ||= "Pending";
      return out;
    });
    if (spec.volumeClaimTemplates === undefined) delete spec.volumeClaimTemplates;
  },
};

export const controllerRevision: Strategy = { nameProblems: subdomainName };
