import { SlipwayError, messageOf, type Finding } from "../base/index.ts";
import { at, gvkOf, sameJson } from "../manifest/index.ts";
import { statusOf } from "../kube/index.ts";
import { deleteAll } from "./apply.ts";
import { fieldManager } from "./apply-one.ts";
import { joined, withoutLongValues } from "./failure-text.ts";
import { inParallel } from "./parallel.ts";
import type { Session } from "./session.ts";
import { refOf, targetKey, type Target } from "./targets.ts";
import { waitUntilGone } from "./wait-gone.ts";

/** Fields that an API server does not let change, by group and kind; `*` with exceptions where most of a spec is fixed. */
const fixed: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "apps/Deployment": [["spec", "selector"]],
  "apps/DaemonSet": [["spec", "selector"]],
  "apps/ReplicaSet": [["spec", "selector"]],
  "apps/StatefulSet": [
    ["spec", "selector"],
    ["spec", "serviceName"],
    ["spec", "volumeClaimTemplates"],
    ["spec", "podManagementPolicy"],
  ],
  "batch/Job": [
    ["spec", "template"],
    ["spec", "selector"],
    ["spec", "completionMode"],
  ],
  "/Service": [["spec", "clusterIP"]],
  "/PersistentVolumeClaim": [
    ["spec", "accessModes"],
    ["spec", "storageClassName"],
    ["spec", "selector"],
    ["spec", "volumeMode"],
    ["spec", "volumeName"],
    ["spec", "dataSource"],
  ],
  "/PersistentVolume": [["spec", "volumeMode"]],
  "/Secret": [["type"]],
  "rbac.authorization.k8s.io/RoleBinding": [["roleRef"]],
  "rbac.authorization.k8s.io/ClusterRoleBinding": [["roleRef"]],
  "storage.k8s.io/StorageClass": [["provisioner"], ["parameters"], ["reclaimPolicy"], ["volumeBindingMode"]],
  "scheduling.k8s.io/PriorityClass": [["value"]],
  "networking.k8s.io/IngressClass": [["spec", "controller"]],
};

/** Whether the change touches what an API server will not let change. */
function touchesFixed(before: Target, after: Target): boolean {
  const { group, kind } = gvkOf(after.object);
  if ((kind === "ConfigMap" || kind === "Secret") && group === "" && before.object.immutable === true) {
    return !["data", "binaryData", "stringData", "immutable"].every((field) =>
      sameJson(before.object[field] ?? null, after.object[field] ?? null),
    );
  }
  return (fixed[`${group}/${kind}`] ?? []).some(
    (path) => !sameJson(at(before.object, ...path) ?? null, at(after.object, ...path) ?? null),
  );
}

/**
 * Finds, before anything is touched, objects whose change the server would refuse because a field cannot change: what
 * the manifests say is suspicious is put to the server as a dry run. Throws `release.immutable` with what to do.
 * Objects named in `replace` (`Deployment/web`) are left to {@link removeForReplacement}.
 */
export async function checkImmutable(
  session: Session,
  originals: readonly Target[],
  targets: readonly Target[],
  serverSide: boolean,
  replace: readonly string[],
): Promise<void> {
  const before = new Map(originals.map((target) => [targetKey(target), target]));
  const suspects = targets.filter((target) => {
    const old = before.get(targetKey(target));
    return old !== undefined && !isNamed(target, replace) && touchesFixed(old, target);
  });
  const refused = await inParallel(
    suspects,
    async (target): Promise<{ target: Target; message: string } | undefined> => {
      const options = {
        dryRun: true,
        fieldManager,
        ...(session.signal === undefined ? {} : { signal: session.signal }),
      };
      try {
        if (serverSide) await session.client.apply(refOf(target), target.object, { ...options, force: true });
        else await session.client.patch(refOf(target), "merge", target.object, options);
        return undefined;
      } catch (error) {
        session.signal?.throwIfAborted();
        // Anything else will be told where it happens.
        return statusOf(error)?.code === 422 ? { target, message: withoutLongValues(messageOf(error)) } : undefined;
      }
    },
  );
  const found = refused.filter((entry) => entry !== undefined);
  if (found.length === 0) return;
  const details: Finding[] = found.map(({ target, message }) => ({
    code: "release.immutable",
    severity: "error",
    message,
    path: `${target.object.kind}/${target.name}`,
  }));
  const names = found.map(({ target }) => `--replace ${target.object.kind}/${target.name}`).join(" ");
  throw new SlipwayError(found.map(({ message }) => message).join("\n"), {
    code: "release.immutable",
    path: details[0]?.path ?? "",
    fix: `Nothing was changed. A field that cannot change would: give the object another name, or let it be deleted and made anew with ${names}.`,
    ...(details.length > 1 ? { details } : {}),
  });
}

/** Whether one of the names, as `Kind/name`, is the object's. */
export function isNamed(target: Target, names: readonly string[]): boolean {
  return names.some((name) => name.toLowerCase() === `${target.object.kind}/${target.name}`.toLowerCase());
}

/** Throws `release.flags` for names that are no object's of the chart. */
export function checkReplaceable(targets: readonly Target[], replace: readonly string[]): void {
  const unknown = replace.filter((name) => !targets.some((target) => isNamed(target, [name])));
  if (unknown.length > 0) {
    throw new SlipwayError(`the chart has no ${unknown.join(", ")} to replace`, {
      code: "release.flags",
      fix: "Name objects as Kind/name: Deployment/web.",
    });
  }
}

/** Deletes the objects that are to be made anew, and waits until they are gone. */
export async function removeForReplacement(
  session: Session,
  targets: readonly Target[],
  replace: readonly string[],
  timeout: number,
): Promise<void> {
  const named = targets.filter((target) => isNamed(target, replace));
  const { deleted, errors } = await deleteAll(session, named, "Background");
  if (errors.length > 0) throw joined(errors, "; ");
  await waitUntilGone(session, deleted, timeout);
}
