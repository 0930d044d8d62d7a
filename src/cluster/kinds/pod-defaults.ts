import type { Loose } from "../strategy.ts";

/** Upstream's defaulting of pods and whatever holds a pod template. Objects are decoded and changed in place. */

/** Sets a field that is absent. */
export function fill(object: Loose, field: string, value: unknown): void {
  if (object[field] === undefined || object[field] === null || object[field] === "") object[field] = value;
}

/** The tag of an image: `latest` where neither tag nor digest is given, empty where only a digest is. */
export function imageTag(image: string): string {
  const at = image.indexOf("@");
  const bare = at < 0 ? image : image.slice(0, at);
  const colon = bare.lastIndexOf(":");
  if (colon > bare.lastIndexOf("/")) return bare.slice(colon + 1);
  return at < 0 ? "latest" : "";
}

function httpGetDefaults(action: Loose): void {
  if (action === undefined) return;
  fill(action, "path", "/");
  fill(action, "scheme", "HTTP");
}

function probeDefaults(probe: Loose): void {
  if (probe === undefined) return;
  for (const [field, value] of [
    ["timeoutSeconds", 1],
    ["periodSeconds", 10],
    ["successThreshold", 1],
    ["failureThreshold", 3],
  ] as const) {
    if (!probe[field]) probe[field] = value;
  }
  httpGetDefaults(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= "";
}

function containerDefaults(container: Loose, hostNetwork: boolean): void {
  if (!container.imagePullPolicy) {
    container.imagePullPolicy = imageTag(container.image ?? "") === "latest" ? "Always" : "IfNotPresent";
  }
  fill(container, "terminationMessagePath", "/dev/termination-log");
  fill(container, "terminationMessagePolicy", "File");
  for (const port of container.ports ?? []) {
    fill(port, "protocol", "TCP");
    if (hostNetwork && !port.hostPort) port.hostPort = port.containerPort;
  }
  for (const env of container.env ?? []) {
    if (env.valueFrom?.fieldRef !== undefined) fill(env.valueFrom.fieldRef, "apiVersion", "v1");
    if (env.valueFrom?.fileKeyRef !== undefined) env.valueFrom.fileKeyRef.optional ??= false;
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) probeDefaults(container[name]);
  httpGetDefaults(container.lifecycle?.postStart?.httpGet);
  httpGetDefaults(container.lifecycle?.preStop?.httpGet);
}

function downwardDefaults(source: Loose): void {
  for (const item of source?.items ?? []) if (item.fieldRef !== undefined) fill(item.fieldRef, "apiVersion", "v1");
}

export function volumeSourceDefaults(volume: Loose): void {
  for (const kind of ["secret", "configMap", "downwardAPI", "projected"]) {
    if (volume[kind] !== undefined) volume[kind].defaultMode ??= 420;
  }
  downwardDefaults(volume.downwardAPI);
  for (const source of volume.projected?.sources ?? []) {
    downwardDefaults(source.downwardAPI);
    if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= 3600;
  }
  persistentSourceDefaults(volume);
  if (volume.ephemeral?.volumeClaimTemplate?.spec !== undefined) {
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= "Filesystem";
  }
  if (volume.image !== undefined && !volume.image.pullPolicy) {
    volume.image.pullPolicy = imageTag(volume.image.reference ?? "") === "latest" ? "Always" : "IfNotPresent";
  }
}

/** Sources that pods' volumes and persistent volumes share. */
export function persistentSourceDefaults(volume: Loose): void {
  if (volume.hostPath !== undefined) volume.hostPath.type ??= "";
  if (volume.iscsi !== undefined) fill(volume.iscsi, "iscsiInterface", "default");
  if (volume.rbd !== undefined) {
    fill(volume.rbd, "pool", "rbd");
    fill(volume.rbd, "user", "admin");
    fill(volume.rbd, "keyring", "/etc/ceph/keyring");
  }
  if (volume.azureDisk !== undefined) {
    volume.azureDisk.cachingMode ??= "ReadWrite";
    volume.azureDisk.kind ??= "Shared";
    volume.azureDisk.fsType ??= "ext4";
    volume.azureDisk.readOnly ??= false;
  }
  if (volume.scaleIO !== undefined) {
    fill(volume.scaleIO, "storageMode", "ThinProvisioned");
    fill(volume.scaleIO, "fsType", "xfs");
  }
}

/** A pod's spec, in a Pod or a template. */
export function podSpecDefaults(spec: Loose): void {
  fill(spec, "dnsPolicy", "ClusterFirst");
  fill(spec, "restartPolicy", "Always");
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  fill(spec, "schedulerName", "default-scheduler");
  // two names of one field
  if (spec.serviceAccountName && !spec.serviceAccount) spec.serviceAccount = spec.serviceAccountName;
  else if (spec.serviceAccount && !spec.serviceAccountName) spec.serviceAccountName = spec.serviceAccount;
  else if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  for (const kind of ["initContainers", "containers", "ephemeralContainers"]) {
    for (const container of spec[kind] ?? [])
      containerDefaults(container, spec.hostNetwork === true && kind !== "ephemeralContainers");
  }
  for (const volume of spec.volumes ?? []) {
    if (Object.keys(volume).length === 1) volume.emptyDir = {};
    volumeSourceDefaults(volume);
  }
}

/** A Pod by itself: requests follow limits. */
export function podDefaults(pod: Loose): void {
  const { spec } = pod;
  if (spec === undefined) return;
  for (const kind of ["containers", "initContainers"]) {
    for (const container of spec[kind] ?? []) {
      const limits = container.resources?.limits;
      if (limits === undefined) continue;
      for (const name of Object.keys(limits)) {
        container.resources.requests ??= {};
        container.resources.requests[name] ??= limits[name];
      }
    }
  }
  spec.enableServiceLinks ??= true;
  podSpecDefaults(spec);
  if (spec.resources?.limits !== undefined) {
    for (const name of Object.keys(spec.resources.limits)) {
      spec.resources.requests ??= {};
      spec.resources.requests[name] ??= spec.resources.limits[name];
    }
  }
}

export function templateDefaults(template: Loose): void {
  if (template?.spec !== undefined) podSpecDefaults(template.spec);
}

export function claimSpecDefaults(spec: Loose): void {
  spec.volumeMode ??= "Filesystem";
}
