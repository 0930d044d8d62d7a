import { SlipwayError, messageOf, type Finding } from "../base/index.ts";
import { at, gvkOf, type KubeObject } from "../manifest/index.ts";
import { clientSidePatch, statusOf, type ApiObject } from "../kube/index.ts";
import { deleteAll } from "./apply.ts";
import { call, fieldManager } from "./apply-one.ts";
import { joined, withoutLongValues } from "./failure-text.ts";
import { inParallel } from "./parallel.ts";
import type { Session } from "./session.ts";
import { refOf, targetKey, type Target } from "./targets.ts";
import { waitUntilGone } from "./wait-gone.ts";

/**
 * What of an object an API server may refuse to change: these fields, or all but these. A kind that is not named is put to
 * the server whenever it changes: who knows what rules its definition has.
 */
type Fixed = readonly string[] | { readonly allBut: readonly string[] };

const nothing: Fixed = [];
const fixed: Readonly<Record<string, Fixed>> = {
  "apps/Deployment": ["spec.selector"],
  "apps/DaemonSet": ["spec.selector"],
  "apps/ReplicaSet": ["spec.selector"],
  "apps/StatefulSet": {
    allBut: [
      "spec.replicas",
      "spec.ordinals",
      "spec.template",
      "spec.updateStrategy",
      "spec.revisionHistoryLimit",
      "spec.persistentVolumeClaimRetentionPolicy",
      "spec.minReadySeconds",
    ],
  },
  "batch/Job": {
    allBut: [
      "spec.parallelism",
      "spec.suspend",
      "spec.activeDeadlineSeconds",
      "spec.backoffLimit",
      "spec.ttlSecondsAfterFinished",
    ],
  },
  "batch/CronJob": nothing,
  "/Service": [
    "spec.clusterIP",
    "spec.clusterIPs",
    "spec.ipFamilies",
    "spec.type",
    "spec.loadBalancerClass",
    "spec.healthCheckNodePort",
  ],
  "/ConfigMap": nothing,
  "/Secret": ["type"],
  "/ServiceAccount": nothing,
  "/LimitRange": nothing,
  "/Namespace": nothing,
  "/Endpoints": nothing,
  "rbac.authorization.k8s.io/Role": nothing,
  "rbac.authorization.k8s.io/ClusterRole": ["aggregationRule"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "networking.k8s.io/Ingress": nothing,
  "networking.k8s.io/NetworkPolicy": nothing,
  "policy/PodDisruptionBudget": nothing,
  "autoscaling/HorizontalPodAutoscaler": nothing,
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": nothing,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": nothing,
};

/** Where the change touches what an API server may not let change: paths, each a list of names. Empty where it does not. */
function touched(before: KubeObject, after: KubeObject): string[][] {
  const { group, kind } = gvkOf(after);
  const frozen = (kind === "ConfigMap" || kind === "Secret") && group === "" && before.immutable === true;
  const rule: Fixed = frozen ? { allBut: [] } : (fixed[`${group}/${kind}`] ?? { allBut: [] });
  const paths = differences(before, after, []).filter(([first]) => first !== "metadata" && first !== "status");
  const within = (path: readonly string[], field: string) => `${path.join(".")}.`.startsWith(`${field}.`);
  return "allBut" in rule
    ? paths.filter((path) => !rule.allBut.some((field) => within(path, field)))
    : paths.filter((path) => rule.some((field) => within(path, field)));
}

/** Where two values differ, as deep as names and places in lists of one length lead. */
function differences(a: unknown, b: unknown, path: string[]): string[][] {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return (a ?? null) === (b ?? null) ? [] : [path];
  if (Array.isArray(a) !== Array.isArray(b) || (Array.isArray(a) && a.length !== (b as unknown[]).length))
    return [path];
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) =>
    differences(one[key], other[key], [...path, key]),
  );
}

/**
 * Finds, before anything is touched, objects whose change the server would refuse because a field cannot change: what
 * the manifests say is suspicious is put to the server as a dry run. Gives those named in `replace` (`Deployment/web`);
 * throws `release.immutable` for others, with what would change, the server's words and what to do.
 */
export async function checkImmutable(
  session: Session,
  originals: readonly Target[],
  targets: readonly Target[],
  serverSide: boolean,
  replace: readonly string[],
): Promise<Target[]> {
  const before = new Map(originals.map((target) => [targetKey(target), target]));
  const replaced: Target[] = [];
  const refused = await inParallel(targets, async (target): Promise<Finding | undefined> => {
    const old = before.get(targetKey(target));
    if (old === undefined || target.name === "") return undefined;
    const paths = touched(old.object, target.object);
    if (paths.length === 0) return undefined;
    const live = await session.client.find(refOf(target), call(session)).catch(() => undefined);
    session.signal?.throwIfAborted();
    if (live === undefined) return undefined;
    const refusal = await refusalOf(session, old, target, live, serverSide);
    if (refusal === undefined) return undefined;
    if (isNamed(target, replace)) {
      replaced.push(target);
      return undefined;
    }
    const message = [...changesOf(old.object, target.object, live, paths), refusal].join("\n");
    return { code: "release.immutable", severity: "error", message, path: `${target.object.kind}/${target.name}` };
  });
  const details = refused.filter((entry) => entry !== undefined);
  if (details.length === 0) return replaced;
  const flags = details.map(({ path }) => `--replace ${path}`).join(" ");
  throw new SlipwayError(details.map(({ message }) => message).join("\n"), {
    code: "release.immutable",
    path: details[0]?.path ?? "",
    fix: `Nothing was changed. Give the object another name, or let it be deleted and made anew${lostWith(details)} with ${flags}.`,
    ...(details.length > 1 ? { details } : {}),
  });
}

/** What goes with an object that is deleted, where that is more than the object. */
function lostWith(details: readonly Finding[]): string {
  const isA = (kind: string) => details.some(({ path }) => path?.startsWith(`${kind}/`));
  if (isA("PersistentVolumeClaim")) return " (the data of a claim goes with it)";
  return isA("CustomResourceDefinition") ? " (all objects of a definition go with it)" : "";
}

/** What the server says when it would not change the object; undefined when it would, or for other reasons. */
async function refusalOf(
  session: Session,
  old: Target,
  target: Target,
  live: ApiObject,
  serverSide: boolean,
): Promise<string | undefined> {
  const options = { dryRun: true, fieldManager, ...call(session) };
  try {
    if (serverSide) await session.client.apply(refOf(target), target.object, { ...options, force: true });
    else {
      const made = clientSidePatch(old.object, target.object, live);
      if (made !== undefined) await session.client.patch(refOf(target), made.type, made.patch, options);
    }
    return undefined;
  } catch (error) {
    session.signal?.throwIfAborted();
    // Anything else will be told where it happens; and so will an object that could not even be made.
    return (await refusesChange(session, target, error))
      ? withoutLongValues(messageOf(error)).split("\n")[0]
      : undefined;
  }
}

/** Whether a refusal is about the change, not the object: the server says so, or would take the object as a new one. */
export async function refusesChange(session: Session, target: Target, error: unknown): Promise<boolean> {
  if (statusOf(error)?.code !== 422) return false;
  const [words = ""] = messageOf(error).split("\n");
  return saysFixed.test(words) || (await madeAnew(session, target)) !== undefined;
}

/** How servers say that it is the change which is wrong, not the object. */
const saysFixed =
  /immutable|(may|can|must|should) ?not (be )?(chang|updat|modif)|cannot change|updates? (to|may)|can not be less than/i;

/** What the server would make of an object that is not there yet (it is asked under another name); undefined where it would not. */
export async function madeAnew(session: Session, target: Target): Promise<ApiObject | undefined> {
  const { resource, namespace } = refOf(target);
  const { name, ...metadata } = target.object.metadata;
  const object = { ...target.object, metadata: { ...metadata, generateName: "dry-run-" } };
  const options = { dryRun: true, fieldManager, ...call(session) };
  try {
    const made = await session.client.create(resource, namespace, object, options);
    const { generateName: _, ...others } = made.metadata;
    return { ...made, metadata: { ...others, name } };
  } catch {
    session.signal?.throwIfAborted();
    return undefined;
  }
}

/** How many changes of an object are told, and how much of a value. */
const [mostChanges, mostOfValue] = [3, 60];

/** `Deployment web: spec.selector.matchLabels.app cannot change from "a" to "b"`, a line a field. Secrets stay secret. */
function changesOf(old: KubeObject, wanted: KubeObject, live: KubeObject, paths: readonly string[][]): string[] {
  const isSecret = gvkOf(wanted).kind === "Secret";
  const shown = (value: unknown, path: readonly string[]) => {
    if (isSecret && /^(data|stringData)$/.test(path[0] ?? "")) return "(hidden)";
    const plain = (_: string, item: unknown) => (typeof item === "bigint" ? Number(item) : item);
    const text = value === undefined || value === null ? "nothing" : JSON.stringify(value, plain);
    return text.length <= mostOfValue ? text : `${text.slice(0, mostOfValue)}…`;
  };
  const lines = paths.slice(0, mostChanges).map((path) => {
    const from = at(live, ...path) ?? at(old, ...path);
    return `${wanted.kind} ${wanted.metadata.name}: ${path.join(".")} cannot change from ${shown(from, path)} to ${shown(at(wanted, ...path), path)}`;
  });
  return paths.length > mostChanges ? [...lines, `and ${paths.length - mostChanges} fields more`] : lines;
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
  timeout: number,
): Promise<void> {
  if (targets.length === 0) return;
  const { deleted, errors } = await deleteAll(session, targets, "Background");
  if (errors.length > 0) throw joined(errors, "; ");
  await waitUntilGone(session, deleted, timeout);
}
