import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";
import * as admission from "./admissionregistration.ts";
import { horizontalPodAutoscaler } from "./autoscaling.ts";
import { cronJob, job, jobUpdate } from "./batch.ts";
import * as net from "./networking.ts";
import * as devices from "./resources.ts";
import * as certificates from "./certificates.ts";
import * as events from "./events.ts";
import * as flow from "./flowcontrol.ts";
import * as other from "./others.ts";
import * as quotas from "./quotas.ts";
import * as roles from "./roles.ts";
import { podUpdate } from "./pod-updates.ts";
import { pod, podWarnings } from "./pods.ts";
import * as registration from "./registration.ts";
import * as storage from "./storage.ts";
import { endpoints, endpointSlice, endpointSliceUpdate, service, serviceStatus, serviceUpdate } from "./services.ts";
import { persistentVolumeSpec, persistentVolumeUpdate, persistentVolumeWarnings } from "./persistent-volumes.ts";
import * as work from "./workloads.ts";

/** The validation of each kind, by `group/plural`. */
export interface Validation {
  readonly create?: (object: Loose, out: Cause[]) => void;
  /** The same as create where it is missing. */
  readonly update?: (object: Loose, old: Loose, out: Cause[]) => void;
  readonly status?: (object: Loose, old: Loose, out: Cause[], subresource: string) => void;
  readonly warnings?: (object: Loose, old: Loose | undefined) => string[];
}

const counts =
  (...fields: string[]) =>
  (object: Loose, _old: Loose, out: Cause[]) =>
    work.statusCounts(object, fields, out);

const bounded =
  (fields: readonly string[], part: string) =>
  (object: Loose, _old: Loose, out: Cause[]): void => {
    work.statusCounts(object, fields, out);
    work.statusBounds(object, [part, "readyReplicas", "availableReplicas"], out);
  };

const withSelector = (check: (object: Loose, out: Cause[]) => void) => (object: Loose, old: Loose, out: Cause[]) => {
  check(object, out);
  work.sameSelector(object, old, out);
};

const templateWarnings = (object: Loose): string[] =>
  object.spec?.template?.spec === undefined
    ? []
    : podWarnings(object.spec.template.spec, object.spec.template.metadata ?? {}, "spec.template.", false);

const counted = [
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
  "observedGeneration",
];

export const validations: Readonly<Record<string, Validation>> = {
  "/pods": {
    create: pod,
    update: podUpdate,
    warnings: (object) => podWarnings(object.spec, object.metadata, "", true),
  },
  "/podtemplates": {
    create: (object, out) => work.podTemplate(object.template ?? { spec: {} }, "template", out),
  },
  "/services": { create: service, update: serviceUpdate, status: serviceStatus },
  "/endpoints": { create: endpoints },
  "/events": { create: events.event, update: events.eventUpdate },
  "/configmaps": { create: other.configMap, update: other.configMapUpdate },
  "/secrets": { create: other.secret, update: other.secretUpdate },
  "/namespaces": { create: other.namespace },
  "/nodes": { create: other.node, update: other.nodeUpdate, warnings: other.nodeWarnings },
  "/resourcequotas": { create: quotas.resourceQuota, update: quotas.resourceQuotaUpdate },
  "/limitranges": { create: quotas.limitRange },
  "/persistentvolumeclaims": { create: other.persistentVolumeClaim, update: other.persistentVolumeClaimUpdate },
  "/persistentvolumes": {
    create: (object, out) => persistentVolumeSpec(object.spec, "spec", out),
    update: persistentVolumeUpdate,
    warnings: persistentVolumeWarnings,
  },
  "/replicationcontrollers": {
    create: work.replicationController,
    warnings: templateWarnings,
    status: counts("replicas"),
  },
  "apps/deployments": {
    create: work.deployment,
    update: withSelector(work.deployment),
    status: bounded(["observedGeneration", ...counted.slice(0, 5)], "updatedReplicas"),
    warnings: templateWarnings,
  },
  "apps/replicasets": {
    create: work.replicaSet,
    update: withSelector(work.replicaSet),
    status: bounded(
      ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"],
      "fullyLabeledReplicas",
    ),
    warnings: templateWarnings,
  },
  "apps/statefulsets": {
    create: work.statefulSet,
    update: work.statefulSetUpdate,
    status: counts("replicas"),
    warnings: templateWarnings,
  },
  "apps/daemonsets": {
    create: work.daemonSet,
    update(object, old, out) {
      work.sameSelector(object, old, out);
      work.daemonSet(object, out);
    },
    warnings: templateWarnings,
  },
  "apps/controllerrevisions": { create: work.controllerRevision, update: work.controllerRevisionUpdate },
  "batch/jobs": { create: job, update: jobUpdate, warnings: templateWarnings },
  "batch/cronjobs": {
    create: (object, out) => cronJob(object, out, true),
    update: (object, _old, out) => cronJob(object, out, false),
  },
  "autoscaling/horizontalpodautoscalers": { create: horizontalPodAutoscaler },
  "networking.k8s.io/ingresses": { create: net.ingress },
  "networking.k8s.io/ingressclasses": { create: net.ingressClass, update: net.ingressClassUpdate },
  "networking.k8s.io/networkpolicies": { create: net.networkPolicy },
  "policy/poddisruptionbudgets": { create: net.podDisruptionBudget },
  "discovery.k8s.io/endpointslices": { create: endpointSlice, update: endpointSliceUpdate },
  "rbac.authorization.k8s.io/roles": { create: (object, out) => roles.role(object, true, out) },
  "rbac.authorization.k8s.io/clusterroles": { create: (object, out) => roles.role(object, false, out) },
  "rbac.authorization.k8s.io/rolebindings": {
    create: (object, out) => roles.roleBinding(object, true, out),
    update: (object, old, out) => roles.roleBindingUpdate(object, old, true, out),
  },
  "rbac.authorization.k8s.io/clusterrolebindings": {
    create: (object, out) => roles.roleBinding(object, false, out),
    update: (object, old, out) => roles.roleBindingUpdate(object, old, false, out),
  },
  "storage.k8s.io/storageclasses": { create: storage.storageClass, update: storage.storageClassUpdate },
  "storage.k8s.io/csidrivers": {
    create: storage.csiDriver,
    update: storage.csiDriverUpdate,
    warnings: storage.csiDriverWarnings,
  },
  "storage.k8s.io/csinodes": { create: storage.csiNode, update: storage.csiNodeUpdate },
  "storage.k8s.io/csistoragecapacities": { create: storage.storageCapacity, update: storage.storageCapacityUpdate },
  "storage.k8s.io/volumeattachments": { create: storage.volumeAttachment, update: storage.volumeAttachmentUpdate },
  "storage.k8s.io/volumeattributesclasses": { create: storage.attributesClass, update: storage.attributesClassUpdate },
  "resource.k8s.io/deviceclasses": { create: devices.deviceClass },
  "resource.k8s.io/resourceclaims": { create: devices.resourceClaim, update: devices.resourceClaimUpdate },
  "resource.k8s.io/resourceclaimtemplates": { create: devices.claimTemplate, update: devices.claimTemplateUpdate },
  "resource.k8s.io/resourceslices": {
    create: (object, out) => devices.resourceSlice(object, out),
    update: (object, old, out) => devices.resourceSlice(object, out, old),
  },
  "certificates.k8s.io/certificatesigningrequests": {
    create: certificates.signingRequest,
    update: (object, old, out) => certificates.signingRequestUpdate(object, old, "", out),
    status: (object, old, out, part) =>
      certificates.signingRequestUpdate(object, old, part === "approval" ? "approval" : "status", out),
  },
  "flowcontrol.apiserver.k8s.io/flowschemas": { create: flow.flowSchema, status: flow.flowStatus },
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": { create: flow.priorityLevel, status: flow.flowStatus },
  "apiregistration.k8s.io/apiservices": { create: registration.apiService },
  "networking.k8s.io/ipaddresses": { create: registration.ipAddress, update: registration.ipAddressUpdate },
  "networking.k8s.io/servicecidrs": { create: registration.serviceCidr, update: registration.serviceCidrUpdate },
  "admissionregistration.k8s.io/validatingwebhookconfigurations": admission.webhooks(false),
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": admission.webhooks(true),
  "admissionregistration.k8s.io/validatingadmissionpolicies": admission.policy(false),
  "admissionregistration.k8s.io/mutatingadmissionpolicies": admission.policy(true),
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": {
    create: (object, out) => admission.policyBinding(object, false, out),
  },
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": {
    create: (object, out) => admission.policyBinding(object, true, out),
  },
  "scheduling.k8s.io/priorityclasses": { create: other.priorityClass, update: other.priorityClassUpdate },
  "coordination.k8s.io/leases": { create: other.lease },
  "node.k8s.io/runtimeclasses": { create: other.runtimeClass, update: other.runtimeClassUpdate },
};
