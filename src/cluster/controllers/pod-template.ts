import { isSlipwayError, messageOf } from "../../base/index.ts";
import { isApiError, type Machinery } from "./machinery.ts";
import { controllerReference, copy, type Json, type Obj } from "./object.ts";
import { kinds } from "./port.ts";

const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** JSON with sorted keys, so that equal data is equal text; fields that are undefined or null are left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined && item !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

/** FNV-1a, 32 bits. */
function fnv32a(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (const byte of new TextEncoder().encode(text)) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash;
}

/** rand.SafeEncodeString: the digits of a number in letters that make no words. */
export function safeEncode(text: string): string {
  let out = "";
  for (let i = 0; i < text.length; i++) out += alphabet[text.charCodeAt(i) % alphabet.length];
  return out;
}

/**
 * controller.ComputeHash: a short hash of a template (or other data) and the collision count. The same shape as upstream's
 * (FNV-32a, safe letters); the value differs, as upstream hashes a Go dump of the struct.
 */
export function computeHash(template: unknown, collisionCount?: number): string {
  let hash = fnv32a(canonical(template));
  if (collisionCount !== undefined && collisionCount !== null) hash = fnv32a(`#${collisionCount}`, hash);
  return safeEncode(String(hash));
}

/** EqualIgnoreHash: two templates that differ at most in the pod-template-hash label. */
export function sameTemplate(a: Json, b: Json): boolean {
  const strip = (template: Json) => {
    const { "pod-template-hash": _, ...labels } = template.metadata?.labels ?? {};
    return canonical({ ...template, metadata: { ...template.metadata, labels } });
  };
  return strip(a) === strip(b);
}

/** controller.GetPodFromTemplate. */
export function podFromTemplate(template: Json, owner: Obj): Obj {
  const metadata = template.metadata ?? {};
  // getPodsPrefix: `name-` when that is a valid prefix, else the name as it is.
  const prefix = `${owner.metadata.name}-`;
  const pod: Obj = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "",
      generateName: prefix,
      namespace: owner.metadata.namespace as string,
      labels: { ...metadata.labels },
      annotations: { ...metadata.annotations },
      ownerReferences: [controllerReference(owner)],
    },
    spec: copy(template.spec),
  };
  if (metadata.finalizers?.length > 0) pod.metadata.finalizers = [...metadata.finalizers];
  if (Object.keys(pod.metadata.annotations ?? {}).length === 0) delete pod.metadata.annotations;
  return pod;
}

/** True when a create failed because its namespace is going away: nobody is told then. */
export function isNamespaceTerminating(error: unknown): boolean {
  return isSlipwayError(error, "kube.forbidden") && /because it is being terminated/.test(messageOf(error));
}

/** Creates a pod for its owner and says so in an event: SuccessfulCreate or FailedCreate. Throws what the API said. */
export function createPod(machinery: Machinery, component: string, owner: Obj, pod: Obj): Obj {
  try {
    const created = machinery.api.create(kinds.pods, pod);
    machinery.recorder.normal(component, owner, "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
    return created;
  } catch (error) {
    if (!isNamespaceTerminating(error)) {
      machinery.recorder.warning(component, owner, "FailedCreate", `Error creating: ${messageOf(error)}`);
    }
    throw error;
  }
}

/** Deletes a pod for its owner and says so: SuccessfulDelete or FailedDelete. A pod that is gone already is fine. */
export function deletePod(machinery: Machinery, component: string, owner: Obj, pod: Obj): void {
  try {
    machinery.api.delete(kinds.pods, pod.metadata.namespace, pod.metadata.name);
  } catch (error) {
    if (isApiError(error, "not-found")) return;
    machinery.recorder.warning(component, owner, "FailedDelete", `Error deleting: ${messageOf(error)}`);
    throw error;
  }
  machinery.recorder.normal(component, owner, "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
}

/**
 * slowStartBatch: runs `work` up to `count` times in batches of 1, 2, 4 …; a batch with a failure is the last.
 * Answers how many succeeded and the first error.
 */
export function slowStart(count: number, work: () => void): { done: number; error?: unknown } {
  let done = 0;
  for (let batch = 1; done < count; batch *= 2) {
    const size = Math.min(batch, count - done);
    let failed: { error: unknown } | undefined;
    for (let i = 0; i < size; i++) {
      try {
        work();
        done++;
      } catch (error) {
        failed ??= { error };
      }
    }
    if (failed !== undefined) return { done, error: failed.error };
  }
  return { done };
}
