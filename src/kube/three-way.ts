import { createJsonMergePatch, sameJson, threeWayJsonMergePatch, threeWayMerge } from "../manifest/index.ts";
import { typeOfKind } from "../schema/index.ts";
import type { PatchType } from "./client.ts";
import type { ApiObject } from "./types.ts";

type Json = Record<string, unknown>;

/**
 * The patch of a client-side apply, as Helm makes it: for Kubernetes' own types a strategic merge patch over three
 * states (what was applied before, what is wanted, what is live), so that others' changes stay. For custom resources
 * a JSON merge patch from `original` to `target` only, live changes left alone; over three states as well when
 * `threeWayForCustom` (taking ownership). Undefined when there is nothing to change.
 */
export function clientSidePatch(
  original: unknown,
  target: { apiVersion: string; kind: string },
  live: ApiObject,
  options: { threeWayForCustom?: boolean } = {},
): { type: PatchType; patch: unknown } | undefined {
  const type = typeOfKind(target.apiVersion, target.kind);
  // Helm leaves apiextensions out of the types it merges strategically only for v1beta1.
  const patch =
    type === undefined || (target.kind === "CustomResourceDefinition" && target.apiVersion === "apiextensions.k8s.io/v1beta1")
      ? options.threeWayForCustom
        ? threeWayJsonMergePatch(original as Json, target as unknown as Json, live as unknown as Json)
        : createJsonMergePatch(original as Json, target as unknown as Json)
      : threeWayMerge(original as Json, target as unknown as Json, live as unknown as Json, type);
  if (sameJson(patch, {})) return undefined;
  return { type: type === undefined ? "merge" : "strategic", patch };
}
