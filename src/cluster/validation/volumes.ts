import { configMapKeyProblems, dns1123LabelProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import { claimSpec } from "./claims.ts";
import {
  duplicate,
  each,
  forbiddenCause,
  invalidValue,
  noBackSteps,
  notSupported,
  oneOf,
  quantityNano,
  relativePath,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";

/** Volumes of pods and sources of persistent volumes. */

const initiator = /^(iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+|eui.[A-Za-z0-9]{16}|naa.[A-Za-z0-9]{32})$/;
const isInitiator = (name: string): boolean => initiator.test(name);

const order = [
  "emptyDir",
  "hostPath",
  "gitRepo",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "secret",
  "nfs",
  "iscsi",
  "glusterfs",
  "flexVolume",
  "configMap",
  "rbd",
  "cinder",
  "cephfs",
  "flocker",
  "downwardAPI",
  "fc",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "storageos",
  "projected",
  "scaleIO",
  "csi",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "quobyte",
];

/** What is wrong with a list of volumes; answers the names and sources of the good ones. */
export function volumes(list: Loose[] | undefined, path: string, out: Out): Map<string, Loose> {
  const names = new Map<string, Loose>();
  for (const [i, volume] of (list ?? []).entries()) {
    const at = `${path}[${i}]`;
    const before = out.length;
    volumeSource(volume, at, out);
    const name = volume.name ?? "";
    if (name === "") out.push(required(`${at}.name`));
    else each(dns1123LabelProblems(name), `${at}.name`, name, out);
    if (names.has(name)) out.push(duplicate(`${at}.name`, name));
    if (out.length === before) names.set(name, volume);
  }
  return names;
}

function volumeSource(volume: Loose, path: string, out: Out): void {
  const given = order.filter((kind) => volume[kind] !== undefined);
  if (given.length === 0) {
    out.push(required(path, "must specify a volume type"));
    return;
  }
  for (const [n, kind] of given.entries()) {
    const at = `${path}.${kind}`;
    if (n > 0) {
      out.push(forbiddenCause(at, "may not specify more than 1 volume type"));
      continue;
    }
    const source = volume[kind];
    sourceChecks[kind]?.(source, at, out);
  }
}

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

function mode(value: number | undefined, path: string, out: Out): void {
  if (value !== undefined && (value < 0 || value > 0o777)) {
    out.push(invalidValue(path, value, "must be a number between 0 and 0777 (octal), both inclusive"));
  }
}

function keyToPath(item: Loose, path: string, out: Out): void {
  if (!item.key) out.push(required(`${path}.key`));
  if (!item.path) out.push(required(`${path}.path`));
  else relativeItem(item.path, `${path}.path`, out);
  mode(item.mode, `${path}.mode`, out);
}

/** A local descending path that also does not begin with dots. */
function relativeItem(value: string, path: string, out: Out): void {
  const before = out.length;
  relativePath(value, path, out);
  if (out.length === before && value.startsWith("..")) out.push(invalidValue(path, value, "must not start with '..'"));
}

export const downwardFields = new Set([
  "metadata.name",
  "metadata.namespace",
  "metadata.labels",
  "metadata.annotations",
  "metadata.uid",
]);

/** Upstream shows no position of items. */
function downwardItem(item: Loose, path: string, out: Out): void {
  if (!item.path) out.push(required(`${path}.path`));
  else relativeItem(item.path, `${path}.path`, out);
  if (item.fieldRef !== undefined) {
    fieldRef(item.fieldRef, downwardFields, `${path}.fieldRef`, out);
    if (item.resourceFieldRef !== undefined)
      out.push(invalidValue(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  } else if (item.resourceFieldRef !== undefined) {
    if (!item.resourceFieldRef.containerName) out.push(required(`${path}.resourceFieldRef.containerName`));
  } else out.push(required(path, "one of fieldRef and resourceFieldRef is required"));
  mode(item.mode, `${path}.mode`, out);
}

/** The labels that field references of pods know. */
const podFields = new Set([
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.serviceAccountName",
  "spec.schedulerName",
  "spec.hostNetwork",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);

export function fieldRef(reference: Loose, supported: ReadonlySet<string>, path: string, out: Out): void {
  if (!reference.apiVersion) {
    out.push(required(`${path}.apiVersion`));
    return;
  }
  if (!reference.fieldPath) {
    out.push(required(`${path}.fieldPath`));
    return;
  }
  const subscript = /^(metadata\.(?:annotations|labels))\['(.+)'\]$/.exec(reference.fieldPath);
  if (subscript !== null) {
    if (!supported.has(subscript[1] as string) && !(supported.has("metadata.name") && subscript[1] !== undefined)) {
      out.push(invalidValue(`${path}.fieldPath`, reference.fieldPath, "does not support subscript"));
    }
    return;
  }
  if (!podFields.has(reference.fieldPath)) {
    out.push(
      invalidValue(
        `${path}.fieldPath`,
        reference.fieldPath,
        `error converting fieldPath: field label not supported: ${reference.fieldPath}`,
      ),
    );
    return;
  }
  if (!supported.has(reference.fieldPath)) {
    out.push(notSupported(`${path}.fieldPath`, reference.fieldPath, [...supported].sort()));
  }
}

type Check = (source: Loose, path: string, out: Out) => void;

export const sourceChecks: Record<string, Check> = {
  emptyDir(source, path, out) {
    if (source.sizeLimit !== undefined && quantityNano(source.sizeLimit) < 0n) {
      out.push(forbiddenCause(`${path}.sizeLimit`, "SizeLimit field must be a valid resource quantity"));
    }
  },
  hostPath(source, path, out) {
    if (!source.path) {
      out.push(required(`${path}.path`));
      return;
    }
    noBackSteps(source.path, `${path}.path`, out);
    if (source.type !== undefined) oneOf(source.type, hostPathTypes, `${path}.type`, out);
  },
  secret(source, path, out) {
    if (!source.secretName) out.push(required(`${path}.secretName`));
    mode(source.defaultMode, `${path}.defaultMode`, out);
    for (const [i, item] of (source.items ?? []).entries()) keyToPath(item, `${path}.items[${i}]`, out);
  },
  configMap(source, path, out) {
    if (!source.name) out.push(required(`${path}.name`));
    mode(source.defaultMode, `${path}.defaultMode`, out);
    for (const [i, item] of (source.items ?? []).entries()) keyToPath(item, `${path}.items[${i}]`, out);
  },
  nfs(source, path, out) {
    if (!source.server) out.push(required(`${path}.server`));
    if (!source.path) out.push(required(`${path}.path`));
    if (!(source.path ?? "").startsWith("/"))
      out.push(invalidValue(`${path}.path`, source.path ?? "", "must be an absolute path"));
  },
  iscsi(source, path, out) {
    if (!source.targetPortal) out.push(required(`${path}.targetPortal`));
    if (!source.iqn) out.push(required(`${path}.iqn`));
    else if (!isInitiator(source.iqn)) out.push(invalidValue(`${path}.iqn`, source.iqn, "must be valid format"));
    if ((source.lun ?? 0) < 0 || (source.lun ?? 0) > 255)
      out.push(invalidValue(`${path}.lun`, source.lun, "must be between 0 and 255, inclusive"));
    const { secretRef, initiatorName } = source;
    if ((source.chapAuthDiscovery || source.chapAuthSession) && secretRef === undefined)
      out.push(required(`${path}.secretRef`));
    if (secretRef !== undefined && !secretRef.name) out.push(required(`${path}.secretRef.name`));
    if (initiatorName !== undefined && !isInitiator(initiatorName))
      out.push(invalidValue(`${path}.initiatorname`, initiatorName, "must be valid format"));
  },
  fc(source, path, out) {
    const names = (source.targetWWNs ?? []).length;
    const ids = (source.wwids ?? []).length;
    const at = `${path}.targetWWNs`;
    if (names === 0 && ids === 0) out.push(required(at, "must specify either targetWWNs or wwids, but not both"));
    if (names > 0 && ids > 0)
      out.push(invalidValue(at, source.targetWWNs, "targetWWNs and wwids can not be specified simultaneously"));
    if (names === 0) return;
    if (source.lun === undefined) out.push(required(`${path}.lun`, "lun is required if targetWWNs is specified"));
    else if (source.lun < 0 || source.lun > 255)
      out.push(invalidValue(`${path}.lun`, source.lun, "must be between 0 and 255, inclusive"));
  },
  flexVolume(source, path, out) {
    if (!source.driver) out.push(required(`${path}.driver`));
    for (const key of Object.keys(source.options ?? {})) {
      if (/(^|\.)(kubernetes|k8s)\.io$/i.test(key.split("/")[0] as string))
        out.push(invalidValue(`${path}.options[${key}]`, key, "kubernetes.io and k8s.io namespaces are reserved"));
    }
  },
  downwardAPI(source, path, out) {
    mode(source.defaultMode, `${path}.defaultMode`, out);
    for (const item of source.items ?? []) downwardItem(item, path, out);
  },
  projected(source, path, out) {
    mode(source.defaultMode, `${path}.defaultMode`, out);
    for (const [i, one] of (source.sources ?? []).entries()) {
      const at = `${path}.sources[${i}]`;
      const kinds = [
        "secret",
        "configMap",
        "downwardAPI",
        "serviceAccountToken",
        "clusterTrustBundle",
        "podCertificate",
      ].filter((kind) => one[kind] !== undefined);
      for (const kind of kinds) {
        const below = `${at}.${kind}`;
        const value = one[kind];
        if (kind === "secret" || kind === "configMap") {
          if (!value.name) out.push(required(`${below}.name`));
          for (const [k, item] of (value.items ?? []).entries()) keyToPath(item, `${below}.items[${k}]`, out);
        } else if (kind === "downwardAPI") {
          for (const item of value.items ?? []) downwardItem(item, below, out);
        } else if (kind === "serviceAccountToken") {
          const seconds = value.expirationSeconds ?? 3600;
          if (seconds < 600)
            out.push(
              invalidValue(`${below}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes"),
            );
          if (seconds > 2 ** 32)
            out.push(
              invalidValue(
                `${below}.expirationSeconds`,
                seconds,
                "may not specify a duration larger than 2^32 seconds",
              ),
            );
          if (!value.path) out.push(required(`${path}.path`));
          else relativeItem(value.path, `${path}.path`, out);
        }
      }
      if (kinds.length > 1) out.push(forbiddenCause(at, "may not specify more than 1 volume type per source"));
    }
  },
  csi(source, path, out) {
    if (!source.driver) out.push(required(`${path}.driver`));
  },
  persistentVolumeClaim(source, path, out) {
    if (!source.claimName) out.push(required(`${path}.claimName`));
  },
  ephemeral(source, path, out) {
    if (source.volumeClaimTemplate === undefined) out.push(required(`${path}.volumeClaimTemplate`));
    else claimSpec(source.volumeClaimTemplate.spec, `${path}.volumeClaimTemplate.spec`, out);
  },
  image(source, path, out) {
    if (!source.reference) out.push(required(`${path}.reference`));
    oneOf(source.pullPolicy, ["Always", "IfNotPresent", "Never"], `${path}.pullPolicy`, out);
  },
};

/** Keys of a ConfigMap or Secret. */
export function dataKeys(data: Record<string, unknown> | undefined, out: Out): void {
  for (const key of Object.keys(data ?? {}).sort()) each(configMapKeyProblems(key), `data[${key}]`, key, out);
}
