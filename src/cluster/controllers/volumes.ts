import { wholeValue } from "../../schedule/index.ts";
import { simulatedAnnotation } from "../nodes/behaviour.ts";
import { ifThere, isApiError, podInformer, type Machinery } from "./machinery.ts";
import { keyOf, quote, timestamp, withMeta, withStatus, type Json, type Obj } from "./object.ts";
import { isPodFinished } from "./pods.ts";
import { kinds } from "./port.ts";
import { defaultClass, defaultClassAnnotation, findVolume, isFor } from "./volume-match.ts";

const component = "persistentvolume-controller";
const provisionedBy = "pv.kubernetes.io/provisioned-by";
const bindCompleted = "pv.kubernetes.io/bind-completed";
const boundByController = "pv.kubernetes.io/bound-by-controller";
const selectedNode = "volume.kubernetes.io/selected-node";
const provisionerAnnotation = "storage-provisioner";
const claimProtection = "kubernetes.io/pvc-protection";
const volumeProtection = "kubernetes.io/pv-protection";
const noProvisioner = "kubernetes.io/no-provisioner";

/** The name and provisioner of the class that a cluster has from the start. */
export const standardClass = "standard";
const simulatedProvisioner = "slipway.dev/simulated";

/** A provisioner's name as a CSI driver's, which may hold no slash and be no longer than 63 characters. */
function driverOf(provisioner: string): string {
  return provisioner.replace(/[^A-Za-z0-9.-]/g, "-").slice(0, 63);
}

/**
 * Binds claims to volumes. Every StorageClass with a provisioner is served: the volume is an object and nothing else, and its
 * annotation says so. Claims and volumes in use are protected, released volumes are deleted or kept by their policy.
 */
export function startVolumes(machinery: Machinery): void {
  const { api, clock, recorder } = machinery;
  const claims = machinery.informer(kinds.persistentVolumeClaims);
  const volumes = machinery.informer(kinds.persistentVolumes);
  const classes = machinery.informer(kinds.storageClasses);
  const pods = podInformer(machinery);
  makeStandardClass(machinery);

  const uses = (pod: Obj, claim: Obj): boolean =>
    (pod.spec.volumes ?? []).some(
      (volume: Json) =>
        volume.persistentVolumeClaim?.claimName === claim.metadata.name ||
        (volume.ephemeral && `${pod.metadata.name}-${volume.name}` === claim.metadata.name),
    );
  const usersOf = (claim: Obj) =>
    pods.list(claim.metadata.namespace).filter((pod) => !isPodFinished(pod) && uses(pod, claim));

  const queue = machinery.queue(component, (key) => {
    const claim = claims.get(key);
    if (claim === undefined) return;
    if (claim.metadata.deletionTimestamp !== undefined) {
      if (claim.metadata.finalizers?.includes(claimProtection) && usersOf(claim).length === 0) {
        const finalizers = claim.metadata.finalizers.filter((it) => it !== claimProtection);
        ifThere(() => api.update(kinds.persistentVolumeClaims, withMeta(claim, { finalizers })));
      }
      return;
    }
    if (claim.status?.phase === "Bound") return checkBound(claim);
    if (claim.spec.volumeName) return bindNamed(claim);
    bindAny(claim);
  });

  /** A bound claim whose volume is gone is lost; one that has grown gets its size where the class allows it. */
  const checkBound = (claim: Obj): void => {
    const volume = volumes.get(claim.spec.volumeName ?? "");
    if (volume === undefined) {
      setPhase(claim, "Lost");
      const message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
      recorder.warning(component, claim, "ClaimLost", message);
      return;
    }
    const wanted: string | undefined = claim.spec.resources?.requests?.storage;
    if (wholeValue(wanted) <= wholeValue(volume.spec.capacity?.storage)) return;
    if (classes.get(claim.spec.storageClassName ?? "")?.["allowVolumeExpansion"] !== true) return;
    const capacity = { ...volume.spec.capacity, storage: wanted };
    ifThere(() => api.update(kinds.persistentVolumes, { ...volume, spec: { ...volume.spec, capacity } }));
    const message = "Resize of the simulated volume is done";
    ifThere(() =>
      api.updateStatus(
        kinds.persistentVolumeClaims,
        withStatus(claim, { ...claim.status, capacity: { ...claim.status.capacity, storage: wanted } }),
      ),
    );
    recorder.normal(component, claim, "FileSystemResizeSuccessful", message);
  };

  const bindNamed = (claim: Obj): void => {
    const volume = volumes.get(claim.spec.volumeName);
    if (volume === undefined) return setPhase(claim, "Pending");
    if (volume.spec.claimRef && !isFor(volume, claim)) {
      const message = `volume ${quote(volume.metadata.name)} already bound to a different claim.`;
      recorder.warning(component, claim, "FailedBinding", message);
      return setPhase(claim, "Pending");
    }
    bind(claim, volume, false);
  };

  const bindAny = (given: Obj): void => {
    let claim = given;
    const reserved = findVolume(
      volumes.list().filter((volume) => isFor(volume, claim)),
      claim,
    );
    if (reserved !== undefined) return bind(claim, reserved, true);
    if (claim.spec.storageClassName === undefined || claim.spec.storageClassName === null) {
      const chosen = defaultClass(classes.list());
      if (chosen !== undefined) {
        const spec = { ...claim.spec, storageClassName: chosen.metadata.name };
        const updated = ifThere(() => api.update(kinds.persistentVolumeClaims, { ...claim, spec }));
        if (updated === undefined) return;
        claim = updated;
      }
    }
    const className: string = claim.spec.storageClassName ?? "";
    const storageClass = classes.get(className);
    const late = storageClass?.["volumeBindingMode"] === "WaitForFirstConsumer";
    if (late && claim.metadata.annotations?.[selectedNode] === undefined) {
      setPhase(claim, "Pending");
      const message = "waiting for first consumer to be created before binding";
      recorder.normal(component, claim, "WaitForFirstConsumer", message);
      return;
    }
    const volume = findVolume(volumes.list(), claim);
    if (volume !== undefined) return bind(claim, volume, true);
    if (className === "") {
      setPhase(claim, "Pending");
      const message = "no persistent volumes available for this claim and no storage class is set";
      recorder.normal(component, claim, "FailedBinding", message);
      return;
    }
    if (storageClass === undefined) {
      setPhase(claim, "Pending");
      const message = `storageclass.storage.k8s.io ${quote(className)} not found`;
      recorder.warning(component, claim, "ProvisioningFailed", message);
      return;
    }
    if (storageClass["provisioner"] === noProvisioner) {
      setPhase(claim, "Pending");
      const message = "no volume plugin matched name: kubernetes.io/no-provisioner";
      recorder.warning(component, claim, "ProvisioningFailed", message);
      return;
    }
    provision(claim, storageClass);
  };

  const provision = (claim: Obj, storageClass: Obj): void => {
    const name = `pvc-${claim.metadata.uid}`;
    const provisioner: string = storageClass["provisioner"];
    const storage = claim.spec.resources?.requests?.storage ?? "1Gi";
    const volume: Obj = {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: {
        name,
        annotations: { [provisionedBy]: provisioner, [simulatedAnnotation]: "true" },
        finalizers: [volumeProtection],
      },
      spec: {
        capacity: { storage },
        accessModes: claim.spec.accessModes ?? ["ReadWriteOnce"],
        claimRef: referenceTo(claim),
        persistentVolumeReclaimPolicy: storageClass["reclaimPolicy"] ?? "Delete",
        storageClassName: storageClass.metadata.name,
        volumeMode: claim.spec.volumeMode ?? "Filesystem",
        ...(storageClass["mountOptions"] === undefined ? {} : { mountOptions: storageClass["mountOptions"] }),
        csi: { driver: driverOf(provisioner), volumeHandle: name },
      },
    };
    let created: Obj | undefined;
    try {
      created = api.create(kinds.persistentVolumes, volume);
    } catch (error) {
      if (!isApiError(error, "already-exists")) throw error;
      created = api.get(kinds.persistentVolumes, undefined, name);
    }
    if (created === undefined) return;
    const message = `Successfully provisioned volume ${name}`;
    recorder.normal(provisioner, claim, "ProvisioningSucceeded", message);
    const annotations = {
      ...claim.metadata.annotations,
      [`volume.beta.kubernetes.io/${provisionerAnnotation}`]: provisioner,
      [`volume.kubernetes.io/${provisionerAnnotation}`]: provisioner,
    };
    const noted = ifThere(() => api.update(kinds.persistentVolumeClaims, withMeta(claim, { annotations })));
    if (noted !== undefined) bind(noted, created, true);
  };

  const bind = (claim: Obj, volume: Obj, chosen: boolean): void => {
    let bound = volume;
    if (!volume.spec.claimRef?.uid) {
      const annotations = { ...volume.metadata.annotations, ...(chosen ? { [boundByController]: "yes" } : {}) };
      const spec = { ...volume.spec, claimRef: referenceTo(claim) };
      bound =
        ifThere(() => api.update(kinds.persistentVolumes, { ...withMeta(volume, { annotations }), spec })) ?? volume;
    }
    setVolumePhase(bound, "Bound");
    const annotations = {
      ...claim.metadata.annotations,
      [bindCompleted]: "yes",
      ...(chosen ? { [boundByController]: "yes" } : {}),
    };
    const spec = { ...claim.spec, volumeName: volume.metadata.name };
    const updated = ifThere(() =>
      api.update(kinds.persistentVolumeClaims, { ...withMeta(claim, { annotations }), spec }),
    );
    if (updated === undefined) return;
    const status = {
      ...updated.status,
      phase: "Bound",
      accessModes: bound.spec.accessModes,
      capacity: bound.spec.capacity,
    };
    ifThere(() => api.updateStatus(kinds.persistentVolumeClaims, withStatus(updated, status)));
  };

  const setPhase = (claim: Obj, phase: string): void => {
    if (claim.status?.phase === phase) return;
    ifThere(() => api.updateStatus(kinds.persistentVolumeClaims, withStatus(claim, { ...claim.status, phase })));
  };

  const setVolumePhase = (volume: Obj, phase: string): void => {
    if (volume.status?.phase === phase) return;
    const status = { ...volume.status, phase, lastPhaseTransitionTime: timestamp(clock.now()) };
    ifThere(() => api.updateStatus(kinds.persistentVolumes, withStatus(volume, status)));
  };

  const volumeQueue = machinery.queue("persistentvolume-reclaim", (name) => {
    const volume = volumes.get(name);
    if (volume === undefined) return;
    const reference = volume.spec.claimRef;
    const claim = reference ? claims.get(`${reference.namespace}/${reference.name}`) : undefined;
    const held = claim !== undefined && claim.metadata.uid === reference?.uid;
    if (volume.metadata.deletionTimestamp !== undefined) {
      if (volume.metadata.finalizers?.includes(volumeProtection) && !held) {
        const finalizers = volume.metadata.finalizers.filter((it) => it !== volumeProtection);
        ifThere(() => api.update(kinds.persistentVolumes, withMeta(volume, { finalizers })));
      }
      return;
    }
    if (!reference?.uid) return setVolumePhase(volume, "Available");
    if (held) return;
    const policy = volume.spec.persistentVolumeReclaimPolicy ?? "Retain";
    setVolumePhase(volume, "Released");
    if (policy === "Delete" && volume.metadata.annotations?.[provisionedBy] !== undefined) {
      ifThere(() => api.delete(kinds.persistentVolumes, undefined, name));
    }
  });

  const retryPending = () => {
    for (const claim of claims.list()) if (claim.status?.phase !== "Bound") queue.add(keyOf(claim));
  };
  claims.on(({ type, object }) => {
    if (object.spec?.volumeName) volumeQueue.add(object.spec.volumeName);
    if (type !== "DELETED") queue.add(keyOf(object));
  });
  volumes.on(({ type, object }) => {
    if (type !== "DELETED") volumeQueue.add(object.metadata.name);
    const reference = object.spec?.claimRef;
    if (reference) queue.add(`${reference.namespace}/${reference.name}`);
    else if (type !== "DELETED") retryPending();
  });
  classes.on(({ type }) => {
    if (type !== "DELETED") retryPending();
  });
  pods.on(({ type, object }) => {
    if (type !== "DELETED" && !isPodFinished(object)) return;
    for (const volume of object.spec.volumes ?? []) {
      const name =
        volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${object.metadata.name}-${volume.name}`);
      if (name) queue.add(`${object.metadata.namespace}/${name}`);
    }
  });
  startEphemeralVolumes(machinery);
}

function referenceTo(claim: Obj): Json {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid, resourceVersion };
}

/** Claims that pods carry with them (`ephemeral.volumeClaimTemplate`), owned by the pod. */
function startEphemeralVolumes(machinery: Machinery): void {
  const { api } = machinery;
  const pods = podInformer(machinery);
  const queue = machinery.queue("ephemeral-volume-controller", (key) => {
    const pod = pods.get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    for (const volume of pod.spec.volumes ?? []) {
      if (!volume.ephemeral) continue;
      const template = volume.ephemeral.volumeClaimTemplate;
      const claim: Obj = {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name: `${pod.metadata.name}-${volume.name}`,
          namespace: pod.metadata.namespace as string,
          ...(template?.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
          ...(template?.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
          ownerReferences: [
            {
              apiVersion: "v1",
              kind: "Pod",
              name: pod.metadata.name,
              uid: pod.metadata.uid ?? "",
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        spec: template?.spec ?? {},
      };
      try {
        api.create(kinds.persistentVolumeClaims, claim);
      } catch (error) {
        if (!isApiError(error, "already-exists") && !isApiError(error, "forbidden")) throw error;
      }
    }
  });
  pods.on(({ type, object }) => {
    if (type === "ADDED" && object.spec.volumes?.some((volume: Json) => volume.ephemeral)) queue.add(keyOf(object));
  });
}

/** The class `standard`, default as in every local cluster; a user who deletes or changes it has their way until the next start. */
function makeStandardClass(machinery: Machinery): void {
  if (machinery.api.get(kinds.storageClasses, undefined, standardClass) !== undefined) return;
  machinery.api.create(kinds.storageClasses, {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name: standardClass,
      annotations: { [defaultClassAnnotation]: "true", [simulatedAnnotation]: "true" },
    },
    provisioner: simulatedProvisioner,
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
    allowVolumeExpansion: true,
  });
}
