import { SlipwayError, messageOf } from "../base/index.ts";
import * as lateManifest from "../manifest/index.ts";
import type { KubeObject } from "../manifest/index.ts";
import type { ApiResource, KubeClient, ObjectRef } from "../kube/index.ts";

/** One object of a release, with where it goes. */
export interface Target {
  /** As it is sent: with the namespace filled in. */
  readonly object: KubeObject;
  readonly resource: ApiResource;
  /** "" for cluster-wide objects. */
  readonly namespace: string;
  readonly name: string;
  /** The template it came from, where the manifest says so. */
  readonly source?: string;
}

/**
 * The objects of a manifest, mapped to what the server serves and with the release's namespace filled in, as kubectl's
 * builder does it. Throws `release.build` with all that is wrong, in the builder's words: `resource mapping not found
 * for name: …` for kinds that are not served, and not among those that are still to come.
 */
export async function buildTargets(
  client: KubeClient,
  manifest: string,
  namespace: string,
  signal?: AbortSignal,
  toCome: readonly ApiResource[] = [],
): Promise<Target[]> {
  const parsed = lateManifest.parseManifest(manifest);
  if (parsed.length === 0) return [];
  const targets: Target[] = [];
  const errors: unknown[] = [];
  for (const { object, source } of parsed) {
    try {
      const resource = await client.resourceFor(object, signal === undefined ? {} : { signal });
      targets.push(targetOf(object, resource, namespace, source));
    } catch (error) {
      // Kinds that are not served are gathered; a server that does not answer ends it here.
      if (!(error instanceof SlipwayError) || error.code !== "kube.no-match") throw error;
      const { group, version, kind } = lateManifest.gvkOf(object);
      const coming = toCome.find((one) => one.group === group && one.version === version && one.kind === kind);
      if (coming === undefined) errors.push(error);
      else targets.push(targetOf(object, coming, namespace, source));
    }
  }
  if (errors.length > 0) throw aggregate(errors, "release.build");
  return targets;
}

function targetOf(object: KubeObject, resource: ApiResource, namespace: string, source: string | undefined): Target {
  const own = object.metadata.namespace ?? "";
  if (resource.namespaced && own === "") object.metadata.namespace = namespace;
  return {
    object,
    resource,
    namespace: resource.namespaced ? (object.metadata.namespace ?? namespace) : own,
    name: object.metadata.name ?? "",
    ...(source === undefined ? {} : { source }),
  };
}

/** apimachinery's aggregate: one error's own words, several in brackets. */
export function aggregate(errors: readonly unknown[], code: string): SlipwayError {
  const words = [...new Set(errors.map(messageOf))];
  if (words.length === 1 && errors[0] instanceof SlipwayError) return errors[0];
  return new SlipwayError(words.length === 1 ? (words[0] as string) : `[${words.join(", ")}]`, {
    code,
    cause: errors[0],
  });
}

export function refOf(target: Target): ObjectRef {
  return {
    resource: target.resource,
    namespace: target.resource.namespaced ? target.namespace : undefined,
    name: target.name,
  };
}

/** `apps/v1, Kind=Deployment`: Go's GroupVersionKind.String(). */
export function gvkText(target: Target): string {
  const { group, version, kind } = lateManifest.gvkOf(target.object);
  return `${group}/${version}, Kind=${kind}`;
}

/** `Deployment "web" in namespace "default"`. */
export function describeTarget(target: Target): string {
  return `${target.object.kind} "${target.name}" in namespace "${target.namespace}"`;
}

/** A key that is equal for targets that are the same object, whatever version each is written in. */
export function targetKey(target: Target): string {
  return `${target.resource.group}/${target.object.kind}/${target.namespace}/${target.name}`;
}

/** How events name an object. */
export function nameOf(target: Target): { kind: string; name: string; namespace: string } {
  return { kind: target.object.kind, name: target.name, namespace: target.resource.namespaced ? target.namespace : "" };
}
