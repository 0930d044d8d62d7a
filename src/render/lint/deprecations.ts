/**
 * Which of Kubernetes' built-in types are deprecated since when, as client-go 1.37 says. A line: the API version, the
 * minor version (of 1.x) that deprecates it, the one that drops it, the API version to use instead, and the kinds
 * (`Kind>Other` where the kind to use has another name); `-` for what there is not.
 */
const table = `
admissionregistration.k8s.io/v1alpha1 35 38 - MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyBinding MutatingAdmissionPolicyList MutatingAdmissionPolicy
admissionregistration.k8s.io/v1alpha1 29 32 - ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyList ValidatingAdmissionPolicy
admissionregistration.k8s.io/v1beta1 37 40 admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBindingList MutatingAdmissionPolicyBinding MutatingAdmissionPolicyList MutatingAdmissionPolicy
admissionregistration.k8s.io/v1beta1 16 22 admissionregistration.k8s.io/v1 MutatingWebhookConfigurationList MutatingWebhookConfiguration ValidatingWebhookConfigurationList ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1beta1 31 34 - ValidatingAdmissionPolicyBindingList ValidatingAdmissionPolicyBinding ValidatingAdmissionPolicyList ValidatingAdmissionPolicy
apps/v1beta1 8 16 apps/v1 ControllerRevisionList ControllerRevision DeploymentList DeploymentRollback Deployment StatefulSetList StatefulSet
apps/v1beta1 8 16 autoscaling/v1 Scale
apps/v1beta2 9 16 apps/v1 ControllerRevisionList ControllerRevision DaemonSetList DaemonSet DeploymentList Deployment ReplicaSetList ReplicaSet StatefulSetList StatefulSet
apps/v1beta2 9 16 autoscaling/v1 Scale
authentication.k8s.io/v1alpha1 29 32 - SelfSubjectReview
authentication.k8s.io/v1beta1 30 33 - SelfSubjectReview
authentication.k8s.io/v1beta1 19 22 authentication.k8s.io/v1 TokenReview
authorization.k8s.io/v1beta1 19 22 authorization.k8s.io/v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
batch/v1beta1 21 25 batch/v1 CronJobList CronJob
certificates.k8s.io/v1alpha1 34 37 - ClusterTrustBundleList ClusterTrustBundle
certificates.k8s.io/v1beta1 19 22 certificates.k8s.io/v1 CertificateSigningRequestList CertificateSigningRequest
certificates.k8s.io/v1beta1 37 40 certificates.k8s.io/v1 ClusterTrustBundleList ClusterTrustBundle PodCertificateRequestList PodCertificateRequest
coordination.k8s.io/v1alpha2 35 38 - LeaseCandidateList LeaseCandidate
coordination.k8s.io/v1beta1 36 39 - LeaseCandidateList LeaseCandidate
coordination.k8s.io/v1beta1 19 22 coordination.k8s.io/v1 LeaseList Lease
discovery.k8s.io/v1beta1 21 25 discovery.k8s.io/v1 EndpointSliceList>EndpointSlice EndpointSlice
events.k8s.io/v1beta1 22 25 - EventList Event
extensions/v1beta1 8 16 apps/v1 DaemonSetList DaemonSet DeploymentList Deployment ReplicaSetList ReplicaSet
extensions/v1beta1 8 16 - DeploymentRollback
extensions/v1beta1 14 22 networking.k8s.io/v1 IngressList Ingress
extensions/v1beta1 9 16 networking.k8s.io/v1 NetworkPolicyList NetworkPolicy
extensions/v1beta1 2 16 - Scale
flowcontrol.apiserver.k8s.io/v1beta1 23 26 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchemaList FlowSchema PriorityLevelConfigurationList PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta2 26 29 flowcontrol.apiserver.k8s.io/v1beta3 FlowSchemaList FlowSchema PriorityLevelConfigurationList PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta3 29 32 flowcontrol.apiserver.k8s.io/v1 FlowSchemaList FlowSchema PriorityLevelConfigurationList PriorityLevelConfiguration
lifecycle.k8s.io/v1alpha1 40 43 - EvictionList EvictionRequestList EvictionRequest Eviction
networking.k8s.io/v1beta1 34 37 - IPAddressList IPAddress ServiceCIDRList ServiceCIDR
networking.k8s.io/v1beta1 19 22 networking.k8s.io/v1 IngressClassList IngressClass>IngressClassList IngressList Ingress
node.k8s.io/v1beta1 22 25 - RuntimeClassList RuntimeClass
policy/v1beta1 22 25 - Eviction
policy/v1beta1 21 25 policy/v1 PodDisruptionBudgetList PodDisruptionBudget
rbac.authorization.k8s.io/v1beta1 17 22 rbac.authorization.k8s.io/v1 ClusterRoleBindingList ClusterRoleBinding ClusterRoleList ClusterRole RoleBindingList RoleBinding RoleList Role
resource.k8s.io/v1alpha3 36 39 - DeviceTaintRuleList DeviceTaintRule
resource.k8s.io/v1alpha3 39 42 - ResourcePoolStatusRequestList ResourcePoolStatusRequest
resource.k8s.io/v1beta1 35 38 - DeviceClassList DeviceClass ResourceClaimList ResourceClaimTemplateList ResourceClaimTemplate ResourceClaim ResourceSliceList ResourceSlice
resource.k8s.io/v1beta2 36 39 - DeviceClassList DeviceClass ResourceClaimList ResourceClaimTemplateList ResourceClaimTemplate ResourceClaim ResourceSliceList ResourceSlice
resource.k8s.io/v1beta2 39 42 - DeviceTaintRuleList DeviceTaintRule
scheduling.k8s.io/v1beta1 40 43 - PodGroupList PodGroup WorkloadList Workload
scheduling.k8s.io/v1beta1 14 22 scheduling.k8s.io/v1 PriorityClassList PriorityClass
storage.k8s.io/v1alpha1 21 24 storage.k8s.io/v1beta1 CSIStorageCapacityList CSIStorageCapacity
storage.k8s.io/v1alpha1 21 24 storage.k8s.io/v1 VolumeAttachmentList VolumeAttachment
storage.k8s.io/v1alpha1 32 35 storage.k8s.io/v1 VolumeAttributesClassList VolumeAttributesClass
storage.k8s.io/v1beta1 19 22 storage.k8s.io/v1 CSIDriverList CSIDriver StorageClassList StorageClass VolumeAttachmentList VolumeAttachment
storage.k8s.io/v1beta1 17 22 storage.k8s.io/v1 CSINodeList>CSINode CSINode
storage.k8s.io/v1beta1 24 27 storage.k8s.io/v1 CSIStorageCapacityList CSIStorageCapacity
storage.k8s.io/v1beta1 34 37 storage.k8s.io/v1 VolumeAttributesClassList VolumeAttributesClass
storagemigration.k8s.io/v1beta1 37 40 storagemigration.k8s.io/v1 StorageVersionMigrationList StorageVersionMigration
v1 19 - - ComponentStatusList ComponentStatus
v1 33 - discovery.k8s.io/v1 EndpointsList>EndpointSliceList Endpoints>EndpointSlice
`;

interface Deprecation {
  readonly since: number;
  readonly message: string;
}

let known: Map<string, Deprecation> | undefined;

function deprecations(): Map<string, Deprecation> {
  if (known !== undefined) return known;
  known = new Map();
  for (const line of table.trim().split("\n")) {
    const [version, since, removed, instead, ...kinds] = line.split(" ") as [string, string, string, string];
    for (const entry of kinds as string[]) {
      const [kind, other] = entry.split(">") as [string, string | undefined];
      const gone = removed === "-" ? "" : `, unavailable in v1.${removed}+`;
      const use = instead === "-" ? "" : `; use ${instead} ${other ?? kind}`;
      const message = `${version} ${kind} is deprecated in v1.${since}+${gone}${use}`;
      known.set(`${version} ${kind}`, { since: Number(since), message });
    }
  }
  return known;
}

/** Why a type should not be used with this Kubernetes any more, in its own words; undefined where nothing is wrong. */
export function deprecationOf(apiVersion: string, kind: string, major: string, minor: string): string | undefined {
  const found = deprecations().get(`${apiVersion} ${kind}`);
  if (found === undefined) return undefined;
  const past = Number(major) > 1 || (Number(major) === 1 && Number.parseInt(minor, 10) >= found.since);
  return past ? found.message : undefined;
}
