import type { Loose, Strategy } from "../strategy.ts";
import { pathSegmentProblems, subdomainName } from "../names.ts";
import { ipProblem, isIP } from "../validation/common.ts";

/** Autoscaling, networking, policy, RBAC, storage and the rest: defaults and how each begins. */

const anyPath = (name: string, prefix: boolean): string[] => pathSegmentProblems(name, prefix);

const rbacGroup = "rbac.authorization.k8s.io";

export const horizontalPodAutoscaler: Strategy = {
  nameProblems: subdomainName,
  defaults({ spec, apiVersion, metadata }: Loose) {
    spec.minReplicas ??= 1;
    // the old version has one field for CPU; other metrics stand in an annotation
    if (apiVersion === "autoscaling/v1") {
      if (metadata.annotations?.["autoscaling.alpha.kubernetes.io/metrics"] === undefined)
        spec.targetCPUUtilizationPercentage ??= 80;
      return;
    }
    if ((spec.metrics ?? []).length === 0) {
      spec.metrics = [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ];
    }
    if (spec.behavior !== undefined) {
      const { behavior } = spec;
      behavior.scaleUp = rules(behavior.scaleUp, 0, [
        { type: "Pods", value: 4, periodSeconds: 15 },
        { type: "Percent", value: 100, periodSeconds: 15 },
      ]);
      behavior.scaleDown = rules(behavior.scaleDown, undefined, [{ type: "Percent", value: 100, periodSeconds: 15 }]);
    }
  },
};

function rules(given: Loose, window: number | undefined, policies: Loose[]): Loose {
  const out = given ?? {};
  if (window !== undefined) out.stabilizationWindowSeconds ??= window;
  out.selectPolicy ??= "Max";
  if ((out.policies ?? []).length === 0) out.policies = policies;
  return out;
}

export const ingress: Strategy = {
  nameProblems: subdomainName,
  generation: true,
};

export const ingressClass: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults({ spec }: Loose) {
    if (spec?.parameters !== undefined) spec.parameters.scope ??= "Cluster";
  },
};

export const networkPolicy: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults({ spec }: Loose) {
    if (spec === undefined) return;
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of rule.ports ?? []) port.protocol ??= "TCP";
    }
    if ((spec.policyTypes ?? []).length === 0) {
      spec.policyTypes = ["Ingress"];
      if ((spec.egress ?? []).length > 0) spec.policyTypes.push("Egress");
    }
  },
};

export const podDisruptionBudget: Strategy = { nameProblems: anyPath, generation: true };

export const role: Strategy = { nameProblems: anyPath };
export const roleBinding: Strategy = {
  nameProblems: anyPath,
  defaults(object: Loose) {
    object.roleRef.apiGroup ||= rbacGroup;
    for (const subject of object.subjects ?? []) {
      if (!subject.apiGroup && (subject.kind === "User" || subject.kind === "Group")) subject.apiGroup = rbacGroup;
    }
  },
};

export const storageClass: Strategy = {
  nameProblems: subdomainName,
  defaults(object: Loose) {
    object.reclaimPolicy ??= "Delete";
    object.volumeBindingMode ??= "Immediate";
  },
};

export const csiDriver: Strategy = {
  nameProblems: subdomainName,
  generation: "changes",
  // behind a gate that is off
  prepareCreate: (object: Loose) => void delete object.spec.preventPodSchedulingIfMissing,
  prepareUpdate(object: Loose, old: Loose) {
    if (old.spec.preventPodSchedulingIfMissing === undefined) delete object.spec.preventPodSchedulingIfMissing;
  },
  defaults({ spec }: Loose) {
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ["Persistent"];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
};

export const attributesClass: Strategy = { nameProblems: subdomainName };

export const plain: Strategy = { nameProblems: subdomainName };

export const ipAddress: Strategy = { nameProblems: (name) => (isIP(name) ? [] : [ipProblem]) };

/** Coordinated leader election is behind a gate that is off. */
function plainLease(object: Loose): void {
  delete object.spec?.strategy;
  delete object.spec?.preferredHolder;
}

export const lease: Strategy = {
  nameProblems: subdomainName,
  prepareCreate: plainLease,
  prepareUpdate: plainLease,
};

export const priorityClass: Strategy = {
  nameProblems: subdomainName,
  generation: "fixed",
  defaults(object: Loose) {
    object.preemptionPolicy ??= "PreemptLowerPriority";
  },
};

export const endpointSlice: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  generationCounts: ["labels"],
  defaults(object: Loose) {
    for (const port of object.ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
};

function webhookDefaults(hook: Loose): void {
  hook.failurePolicy ??= "Fail";
  hook.matchPolicy ??= "Equivalent";
  hook.namespaceSelector ??= {};
  hook.objectSelector ??= {};
  hook.timeoutSeconds ??= 10;
  if (hook.clientConfig?.service !== undefined) hook.clientConfig.service.port ??= 443;
  for (const rule of hook.rules ?? []) rule.scope ??= "*";
}

export const validatingWebhook: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults(object: Loose) {
    for (const hook of object.webhooks ?? []) webhookDefaults(hook);
  },
};

export const mutatingWebhook: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults(object: Loose) {
    for (const hook of object.webhooks ?? []) {
      webhookDefaults(hook);
      hook.reinvocationPolicy ??= "Never";
    }
  },
};

function matchResourcesDefaults(match: Loose): void {
  if (match === undefined) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= "*";
}

export const admissionPolicy: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults({ spec }: Loose) {
    if (spec === undefined) return;
    spec.failurePolicy ??= "Fail";
    matchResourcesDefaults(spec.matchConstraints);
  },
};

export const admissionPolicyBinding: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults({ spec }: Loose) {
    if (spec === undefined) return;
    matchResourcesDefaults(spec.matchResources);
  },
};

export const apiService: Strategy = {
  nameProblems: anyPath,
  defaults({ spec }: Loose) {
    if (spec?.service !== undefined) spec.service.port ??= 443;
  },
};

export const flowSchema: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults({ spec }: Loose) {
    if (!spec.matchingPrecedence) spec.matchingPrecedence = 1000;
  },
};

export const priorityLevel: Strategy = {
  nameProblems: subdomainName,
  generation: true,
  defaults({ spec }: Loose) {
    if (spec.exempt !== undefined) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    if (spec.limited !== undefined) {
      spec.limited.nominalConcurrencyShares ??= 30;
      spec.limited.lendablePercent ??= 0;
      const queuing = spec.limited.limitResponse?.queuing;
      if (queuing !== undefined) {
        if (!queuing.handSize) queuing.handSize = 8;
        if (!queuing.queues) queuing.queues = 64;
        if (!queuing.queueLengthLimit) queuing.queueLengthLimit = 50;
      }
    }
  },
};

function deviceRequests(spec: Loose): void {
  for (const request of spec?.devices?.requests ?? []) {
    for (const one of [request.exactly, ...(request.firstAvailable ?? [])]) {
      if (one === undefined) continue;
      one.allocationMode ||= "ExactCount";
      if (one.allocationMode === "ExactCount" && !one.count) one.count = 1;
      for (const toleration of one.tolerations ?? []) toleration.operator ||= "Equal";
    }
  }
}

export const resourceClaim: Strategy = {
  nameProblems: subdomainName,
  defaults: (object: Loose) => deviceRequests(object.spec),
};

export const resourceClaimTemplate: Strategy = {
  nameProblems: subdomainName,
  defaults: (object: Loose) => deviceRequests(object.spec?.spec),
};

export const deviceClass: Strategy = { nameProblems: subdomainName, generation: true };
export const signingRequest: Strategy = {
  nameProblems: () => [],
  fields: { "spec.signerName": (object) => object.spec?.signerName ?? "" },
  prepareCreate(object: Loose, env) {
    object.spec.username = env.user;
    delete object.spec.uid;
    object.spec.groups = env.groups;
    delete object.spec.extra;
  },
  prepareUpdate(object: Loose, old: Loose) {
    object.spec = old.spec;
  },
  resets: { "f:spec": {}, "f:status": {} },
};
