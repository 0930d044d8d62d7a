import { unifiedDiff } from "../../manifest/index.ts";
import { typeByName } from "../../schema/index.ts";
import type { TypeExpr, TypeInfo } from "../../schema/index.ts";

/**
 * Values as encoding/json prints Kubernetes' internal Go structs, which have no tags: fields by their Go names, nothing
 * left out. Refusals that quote a whole struct quote it so.
 */
export function goValue(typeName: string, value: unknown): unknown {
  const type = typeByName(typeName);
  return type === undefined ? value : structOf(type, (value ?? {}) as Record<string, unknown>);
}

/** Types with tags of their own print as they do in the API. */
const tagged = "io.k8s.apimachinery.pkg.apis.meta.";

function structOf(type: TypeInfo, value: Record<string, unknown>): Record<string, unknown> {
  const short = type.name.slice(type.name.lastIndexOf(".") + 1);
  const out: Record<string, unknown> = {};
  const renamed = renames[short];
  for (const field of type.fields) {
    const given = value[field.name];
    const { type: expr } = field;
    if (expr.kind === "struct" && expr.type.name.startsWith(tagged) && field.name === "metadata") {
      Object.assign(out, given ?? {});
      continue;
    }
    out[renamed?.[field.name] ?? goName(field.name)] = valueOf(expr, given);
  }
  if (short === "PodSpec") withHostFields(type, out, value);
  const order = orders[short];
  return order === undefined ? out : reorder(out, order.split(" "));
}

const hostFields = ["HostNetwork", "HostPID", "HostIPC", "ShareProcessNamespace", "HostUsers"];

/** Internally the pod's use of the host's namespaces belongs to its security context. */
function withHostFields(type: TypeInfo, out: Record<string, unknown>, value: Record<string, unknown>): void {
  const host: Record<string, unknown> = {};
  for (const name of hostFields) {
    host[name] = out[name];
    delete out[name];
  }
  delete out["ServiceAccount"];
  const context = type.byName.get("securityContext")?.type;
  if (context?.kind === "struct")
    out["SecurityContext"] = {
      ...host,
      ...structOf(context.type, (value["securityContext"] ?? {}) as Record<string, unknown>),
    };
}

/** The named fields in this order, from where the first of them stands. */
function reorder(value: Record<string, unknown>, order: readonly string[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (!order.includes(key)) out[key] = value[key];
    else if (!Object.hasOwn(out, key))
      for (const name of order) if (Object.hasOwn(value, name)) out[name] = value[name];
  }
  return out;
}

/** Where internal structs have their fields in another order than the API's version. */
const orders: Readonly<Record<string, string>> = {
  PodSpec:
    "AutomountServiceAccountToken NodeName SecurityContext ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN Affinity SchedulerName Tolerations HostAliases PriorityClassName Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride SchedulingGroup",
  PodSecurityContext: "FSGroup FSGroupChangePolicy Sysctls",
  ServiceSpec:
    "Type Ports Selector ClusterIP ClusterIPs IPFamilies IPFamilyPolicy ExternalName ExternalIPs LoadBalancerIP SessionAffinity SessionAffinityConfig LoadBalancerSourceRanges ExternalTrafficPolicy HealthCheckNodePort PublishNotReadyAddresses",
  Volume: "Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap VsphereVolume",
  PersistentVolumeSpec: "Quobyte ISCSI FlexVolume Cinder CephFS FC Flocker AzureFile VsphereVolume",
};

const rbd = { monitors: "CephMonitors", image: "RBDImage", pool: "RBDPool", user: "RadosUser" };
const iscsi = {
  iqn: "IQN",
  iscsiInterface: "ISCSIInterface",
  chapAuthDiscovery: "DiscoveryCHAPAuth",
  chapAuthSession: "SessionCHAPAuth",
};

/** Fields that have another name inside. */
const renames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AzureDiskVolumeSource: { diskURI: "DataDiskURI" },
  FCVolumeSource: { wwids: "WWIDs" },
  GCEPersistentDiskVolumeSource: { pdName: "PDName" },
  GlusterfsPersistentVolumeSource: { endpoints: "EndpointsName" },
  GlusterfsVolumeSource: { endpoints: "EndpointsName" },
  ISCSIPersistentVolumeSource: iscsi,
  ISCSIVolumeSource: iscsi,
  RBDPersistentVolumeSource: rbd,
  RBDVolumeSource: rbd,
  ScaleIOPersistentVolumeSource: { sslEnabled: "SSLEnabled" },
  ScaleIOVolumeSource: { sslEnabled: "SSLEnabled" },
  ServiceSpec: { ipFamilies: "IPFamilies", ipFamilyPolicy: "IPFamilyPolicy" },
};

/** How two values of a struct differ, as upstream's diff of their indented JSON shows it. */
export function goDiff(typeName: string, before: unknown, after: unknown): string {
  const text = (value: unknown) => JSON.stringify(goValue(typeName, value), undefined, 1);
  return unifiedDiff({ change: "update", before: text(before), after: text(after) });
}

function valueOf(expr: TypeExpr, value: unknown): unknown {
  if (value === undefined || value === null) {
    if (expr.pointer || expr.kind === "list" || expr.kind === "map") return null;
    if (expr.kind === "struct") return expr.type.name.startsWith(tagged) ? {} : structOf(expr.type, {});
    if (expr.scalar === "bool") return false;
    if (expr.scalar === "string") return "";
    return ["int32", "int64", "float64", "intOrString"].includes(expr.scalar)
      ? 0
      : expr.scalar === "quantity"
        ? "0"
        : null;
  }
  switch (expr.kind) {
    case "struct":
      return expr.type.name.startsWith(tagged) ? value : structOf(expr.type, value as Record<string, unknown>);
    case "list":
      return (value as unknown[]).map((item) => valueOf(expr.items, item));
    case "map":
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueOf(expr.values, item)]));
    default:
      return value;
  }
}

const odd: Readonly<Record<string, string>> = {
  apiGroup: "APIGroup",
  apiGroups: "APIGroups",
  apiVersion: "APIVersion",
  apiVersions: "APIVersions",
  awsElasticBlockStore: "AWSElasticBlockStore",
  caBundle: "CABundle",
  cel: "CEL",
  cephfs: "CephFS",
  cidrs: "CIDRs",
  csi: "CSI",
  dnsConfig: "DNSConfig",
  dnsPolicy: "DNSPolicy",
  fc: "FC",
  fsGroup: "FSGroup",
  fsGroupChangePolicy: "FSGroupChangePolicy",
  fsType: "FSType",
  gcePersistentDisk: "GCEPersistentDisk",
  gmsaCredentialSpec: "GMSACredentialSpec",
  gmsaCredentialSpecName: "GMSACredentialSpecName",
  grpc: "GRPC",
  http: "HTTP",
  httpGet: "HTTPGet",
  httpHeaders: "HTTPHeaders",
  ip: "IP",
  iscsi: "ISCSI",
  nfs: "NFS",
  nodeID: "NodeID",
  nonResourceURLs: "NonResourceURLs",
  os: "OS",
  qosClass: "QOSClass",
  rbd: "RBD",
  scaleIO: "ScaleIO",
  seLinuxChangePolicy: "SELinuxChangePolicy",
  seLinuxMount: "SELinuxMount",
  seLinuxOptions: "SELinuxOptions",
  setHostnameAsFQDN: "SetHostnameAsFQDN",
  storageos: "StorageOS",
  tcpSocket: "TCPSocket",
  tls: "TLS",
  tty: "TTY",
  uid: "UID",
  uri: "URI",
  url: "URL",
};

function goName(name: string): string {
  return odd[name] ?? `${(name[0] ?? "").toUpperCase()}${name.slice(1)}`;
}
