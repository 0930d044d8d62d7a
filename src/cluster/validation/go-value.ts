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
  const out: Record<string, unknown> = {};
  for (const field of type.fields) {
    const given = value[field.name];
    const { type: expr } = field;
    if (expr.kind === "struct" && expr.type.name.startsWith(tagged) && field.name === "metadata") {
      Object.assign(out, given ?? {});
      continue;
    }
    out[goName(field.name)] = valueOf(expr, given);
  }
  return out;
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
