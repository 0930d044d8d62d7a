import { sameJson } from "../objects.ts";
import { dns1123LabelProblems, dns1123SubdomainProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import {
  each,
  forbiddenCause,
  invalidValue,
  noBackSteps,
  notSupported,
  oneOf,
  quantityNano,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";
import { goValue } from "./go-value.ts";
import { nodeSelectorTerm } from "./pods.ts";
import { driverName } from "./storage.ts";
import { sourceChecks } from "./volumes.ts";

/** PersistentVolumes, and the volumes that attachments describe inline. */

const persistentKinds = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "flocker",
  "nfs",
  "rbd",
  "quobyte",
  "cephfs",
  "iscsi",
  "cinder",
  "fc",
  "flexVolume",
  "azureFile",
  "vsphereVolume",
  "photonPersistentDisk",
  "portworxVolume",
  "azureDisk",
  "scaleIO",
  "local",
  "storageos",
  "csi",
];
const modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const policies = ["Delete", "Recycle", "Retain"];
const inlineOnly = "may not be specified in the context of inline volumes";

/** A PersistentVolume's spec. */
export function persistentVolumeSpec(spec: Loose, path: string, out: Out, inline = false): void {
  if (inline) {
    if (spec.claimRef !== undefined) out.push(forbiddenCause(`${path}.claimRef`, inlineOnly));
    if (Object.keys(spec.capacity ?? {}).length > 0) out.push(forbiddenCause(`${path}.capacity`, inlineOnly));
    if (spec.csi === undefined)
      out.push(required(`${path}.csi`, "has to be specified in the context of inline volumes"));
  }
  const given: string[] = spec.accessModes ?? [];
  if (given.length === 0) out.push(required(`${path}.accessModes`));
  for (const one of given) if (!modes.includes(one)) out.push(notSupported(`${path}.accessModes`, one, modes));
  if (given.includes("ReadWriteOncePod") && given.some((one) => one !== "ReadWriteOncePod" && modes.includes(one)))
    out.push(forbiddenCause(`${path}.accessModes`, "may not use ReadWriteOncePod with other access modes"));
  if (!inline) capacity(spec.capacity, `${path}.capacity`, out);
  const reclaim: string = spec.persistentVolumeReclaimPolicy ?? "";
  if (reclaim !== "") {
    const at = `${path}.persistentVolumeReclaimPolicy`;
    if (!inline) oneOf(reclaim, policies, at, out);
    else if (reclaim !== "Retain") out.push(forbiddenCause(at, "may only be Retain in the context of inline volumes"));
  }
  if (spec.nodeAffinity !== undefined) {
    const at = `${path}.nodeAffinity`;
    if (inline) out.push(forbiddenCause(at, inlineOnly));
    else affinity(spec.nodeAffinity, at, out);
  }
  volumeSource(spec, path, out);
  if (spec.storageClassName) {
    const at = `${path}.storageClassName`;
    if (inline) out.push(forbiddenCause(at, inlineOnly));
    else each(dns1123SubdomainProblems(spec.storageClassName), at, spec.storageClassName, out);
  }
  if (spec.volumeMode !== undefined) {
    const at = `${path}.volumeMode`;
    if (!inline) oneOf(spec.volumeMode, ["Block", "Filesystem"], at, out);
    else if (spec.volumeMode !== "Filesystem")
      out.push(forbiddenCause(at, "may not specify volumeMode other than Filesystem in the context of inline volumes"));
  }
}

/** A changed PersistentVolume. The reference checks the whole object twice. */
export function persistentVolumeUpdate(object: Loose, old: Loose, out: Out): void {
  persistentVolumeSpec(object.spec, "spec", out);
  persistentVolumeSpec(object.spec, "spec", out);
  const source = (spec: Loose): Loose =>
    Object.fromEntries(persistentKinds.filter((kind) => spec[kind] !== undefined).map((kind) => [kind, spec[kind]]));
  const after = source(object.spec);
  const before = source(old.spec);
  if (before.csi !== undefined && before.csi.controllerExpandSecretRef === undefined && after.csi !== undefined)
    after.csi = { ...after.csi, controllerExpandSecretRef: undefined };
  if (!sameJson(clean(after), clean(before)))
    out.push(
      forbiddenCause("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation\n"),
    );
  if (object.spec.volumeMode !== old.spec.volumeMode)
    out.push(invalidValue("volumeMode", object.spec.volumeMode ?? null, "field is immutable"));
  if (old.spec.nodeAffinity !== undefined && !sameJson(object.spec.nodeAffinity, old.spec.nodeAffinity)) {
    const shown = goValue("io.k8s.api.core.v1.VolumeNodeAffinity", object.spec.nodeAffinity ?? null);
    out.push(invalidValue("nodeAffinity", shown, "field is immutable, except for updating from beta label to GA"));
  }
}

const clean = (value: Loose): Loose => JSON.parse(JSON.stringify(value));

/** Fields of PersistentVolumes that are going or do nothing. */
export function persistentVolumeWarnings({ spec }: Loose): string[] {
  if (spec?.persistentVolumeReclaimPolicy !== "Recycle") return [];
  return [
    "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
  ];
}

function capacity(spec: Record<string, string> | undefined, at: string, out: Out): void {
  const given = spec ?? {};
  const names = Object.keys(given);
  if (names.length === 0) out.push(required(at));
  if (given["storage"] === undefined || names.length > 1) out.push(notSupported(at, spec ?? null, ["storage"]));
  for (const name of names) {
    if (quantityNano(given[name]) <= 0n)
      out.push(invalidValue(`${at}[${name}]`, given[name], "must be greater than zero"));
  }
}

function affinity({ required: needed }: Loose, at: string, out: Out): void {
  if (needed === undefined) {
    out.push(required(`${at}.required`, "must specify required node constraints"));
    return;
  }
  const terms: Loose[] = needed.nodeSelectorTerms ?? [];
  const path = `${at}.required.nodeSelectorTerms`;
  if (terms.length === 0) out.push(required(path, "must have at least one node selector term"));
  for (const [i, term] of terms.entries()) nodeSelectorTerm(term, `${path}[${i}]`, out);
}

function volumeSource(spec: Loose, path: string, out: Out): void {
  const given = persistentKinds.filter((kind) => spec[kind] !== undefined);
  if (given.length === 0) out.push(required(path, "must specify a volume type"));
  for (const [n, kind] of given.entries()) {
    const at = `${path}.${kind}`;
    // upstream does not count before flexVolume
    if (n > 0 && kind !== "flexVolume") out.push(forbiddenCause(at, "may not specify more than 1 volume type"));
    else if (kind === "local") local(spec, path, out);
    else if (kind === "csi") csi(spec.csi, at, out);
    else sourceChecks[kind]?.(spec[kind], at, out);
  }
}

function local(spec: Loose, path: string, out: Out): void {
  if (!spec.local.path) out.push(required(`${path}.local.path`));
  else noBackSteps(spec.local.path, `${path}.local.path`, out);
  if (spec.nodeAffinity === undefined)
    out.push(required(`${path}.nodeAffinity`, "Local volume requires node affinity"));
}

function csi(source: Loose, at: string, out: Out): void {
  driverName(source.driver ?? "", `${at}.driver`, out);
  if (!source.volumeHandle) out.push(required(`${at}.volumeHandle`));
  for (const name of ["controllerPublish", "controllerExpand", "nodePublish", "nodeExpand"]) {
    const secret = source[`${name}SecretRef`];
    if (secret === undefined) continue;
    const path = `${at}.${name}SecretRef`;
    if (!secret.name) out.push(required(`${path}.name`));
    else each(dns1123SubdomainProblems(secret.name), `${path}.name`, secret.name, out);
    if (!secret.namespace) out.push(required(`${path}.namespace`));
    else each(dns1123LabelProblems(secret.namespace), `${path}.namespace`, secret.namespace, out);
  }
}
