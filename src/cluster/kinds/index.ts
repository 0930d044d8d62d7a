import type { Strategy } from "../strategy.ts";
import * as apps from "./apps.ts";
import * as batch from "./batch.ts";
import * as core from "./core-kinds.ts";
import { definitionDefaults, definitionWarnings, rememberStored, validateDefinition } from "../crd/definition.ts";
import { subdomainName } from "../names.ts";
import * as other from "./other-kinds.ts";
import { validations } from "../validation/index.ts";

/** What is particular to each built-in kind, by `group/plural`. */
const own: Readonly<Record<string, Strategy>> = {
  "/pods": core.pod,
  "/podtemplates": core.podTemplate,
  "/services": core.service,
  "/configmaps": core.configMap,
  "/secrets": core.secret,
  "/serviceaccounts": core.serviceAccount,
  "/namespaces": core.namespace,
  "/nodes": core.node,
  "/persistentvolumes": core.persistentVolume,
  "/persistentvolumeclaims": core.persistentVolumeClaim,
  "/endpoints": core.endpoints,
  "/events": core.event,
  "/limitranges": core.limitRange,
  "/resourcequotas": core.resourceQuota,
  "/replicationcontrollers": apps.replicationController,
  "apps/deployments": apps.deployment,
  "apps/replicasets": apps.replicaSet,
  "apps/daemonsets": apps.daemonSet,
  "apps/statefulsets": apps.statefulSet,
  "apps/controllerrevisions": apps.controllerRevision,
  "batch/jobs": batch.job,
  "batch/cronjobs": batch.cronJob,
  "autoscaling/horizontalpodautoscalers": other.horizontalPodAutoscaler,
  "networking.k8s.io/ingresses": other.ingress,
  "networking.k8s.io/ingressclasses": other.ingressClass,
  "networking.k8s.io/networkpolicies": other.networkPolicy,
  "networking.k8s.io/ipaddresses": other.ipAddress,
  "networking.k8s.io/servicecidrs": other.plain,
  "policy/poddisruptionbudgets": other.podDisruptionBudget,
  "rbac.authorization.k8s.io/roles": other.role,
  "rbac.authorization.k8s.io/clusterroles": other.role,
  "rbac.authorization.k8s.io/rolebindings": other.roleBinding,
  "rbac.authorization.k8s.io/clusterrolebindings": other.roleBinding,
  "storage.k8s.io/storageclasses": other.storageClass,
  "storage.k8s.io/csidrivers": other.csiDriver,
  "storage.k8s.io/csinodes": other.plain,
  "storage.k8s.io/csistoragecapacities": other.plain,
  "storage.k8s.io/volumeattachments": other.plain,
  "storage.k8s.io/volumeattributesclasses": other.attributesClass,
  "scheduling.k8s.io/priorityclasses": other.priorityClass,
  "discovery.k8s.io/endpointslices": other.endpointSlice,
  "coordination.k8s.io/leases": other.lease,
  "node.k8s.io/runtimeclasses": other.plain,
  "admissionregistration.k8s.io/validatingwebhookconfigurations": other.validatingWebhook,
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": other.mutatingWebhook,
  "admissionregistration.k8s.io/validatingadmissionpolicies": other.admissionPolicy,
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": other.admissionPolicyBinding,
  "admissionregistration.k8s.io/mutatingadmissionpolicies": other.admissionPolicy,
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": other.admissionPolicyBinding,
  "apiregistration.k8s.io/apiservices": other.apiService,
  "apiextensions.k8s.io/customresourcedefinitions": {
    nameProblems: subdomainName,
    generation: true,
    defaults: definitionDefaults,
    prepareCreate: rememberStored,
    prepareUpdate: rememberStored,
    validate: (object, causes) => validateDefinition(object, causes),
    validateUpdate: (object, old, causes) => validateDefinition(object, causes, old),
    warnings: definitionWarnings,
  },
  "flowcontrol.apiserver.k8s.io/flowschemas": other.flowSchema,
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": other.priorityLevel,
  "resource.k8s.io/resourceclaims": other.resourceClaim,
  "resource.k8s.io/resourceclaimtemplates": other.resourceClaimTemplate,
  "resource.k8s.io/deviceclasses": other.deviceClass,
  "resource.k8s.io/resourceslices": other.deviceClass,
  "certificates.k8s.io/certificatesigningrequests": other.signingRequest,
};

/** A PUT must say which version it replaces. */
const conditional = new Set([
  "node.k8s.io/runtimeclasses",
  "policy/poddisruptionbudgets",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/csistoragecapacities",
  "storage.k8s.io/volumeattachments",
  "storage.k8s.io/csinodes",
  "coordination.k8s.io/leases",
  "admissionregistration.k8s.io/validatingadmissionpolicies",
  "admissionregistration.k8s.io/mutatingadmissionpolicies",
  "admissionregistration.k8s.io/mutatingwebhookconfigurations",
  "admissionregistration.k8s.io/validatingwebhookconfigurations",
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
  "admissionregistration.k8s.io/validatingadmissionpolicybindings",
  "apiregistration.k8s.io/apiservices",
  "apiextensions.k8s.io/customresourcedefinitions",
]);

/** A PUT of what is not there creates it. */
const creatable = new Set([
  "node.k8s.io/runtimeclasses",
  "rbac.authorization.k8s.io/rolebindings",
  "rbac.authorization.k8s.io/clusterrolebindings",
  "rbac.authorization.k8s.io/roles",
  "rbac.authorization.k8s.io/clusterroles",
  "coordination.k8s.io/leases",
  "/limitranges",
  "/events",
  "/services",
  "/endpoints",
]);

/** DELETE answers the object. */
const returned = new Set([
  "resource.k8s.io/resourceclaimtemplates",
  "resource.k8s.io/resourceslices",
  "resource.k8s.io/resourceclaims",
  "resource.k8s.io/deviceclasses",
  "storage.k8s.io/csidrivers",
  "storage.k8s.io/storageclasses",
  "storage.k8s.io/volumeattachments",
  "storage.k8s.io/csinodes",
  "storage.k8s.io/volumeattributesclasses",
  "/resourcequotas",
  "/persistentvolumes",
  "/serviceaccounts",
  "/persistentvolumeclaims",
  "/namespaces",
  "/pods",
  "/services",
  "/podtemplates",
]);

function checksOf(id: string): Strategy {
  const found = validations[id];
  if (found === undefined) return {};
  const { create, update, status, warnings } = found;
  return {
    ...(create === undefined ? {} : { validate: create }),
    ...(update !== undefined
      ? { validateUpdate: update }
      : create === undefined
        ? {}
        : { validateUpdate: (object, _old, causes) => create(object, causes) }),
    ...(status === undefined ? {} : { validateStatus: status }),
    ...(warnings === undefined ? {} : { warnings }),
  };
}

/** What is particular to each built-in kind, by `group/plural`. */
export const strategies: Readonly<Record<string, Strategy>> = Object.fromEntries(
  Object.entries(own).map(([id, strategy]) => [
    id,
    {
      ...strategy,
      ...checksOf(id),
      conditionalUpdate: conditional.has(id),
      createOnUpdate: creatable.has(id),
      returnsDeleted: returned.has(id),
    },
  ]),
);
