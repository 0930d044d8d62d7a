/** Kubernetes objects as data: parsing, identity, order, merging, readiness. */
export * from "./object.ts";
export * from "./parse.ts";
export * from "./readiness.ts";
export { changeOf, unifiedDiff, withoutServerFields, type ObjectChange } from "./diff.ts";
export {
  isEmptySelector,
  matchesMap,
  matchesRequirement,
  matchesSelector,
  type LabelSelector,
  type Labels,
} from "./selector.ts";
export { noMask, secretMask, type Mask } from "./mask.ts";
export * from "./split.ts";
export * from "./order.ts";
export * from "./hooks.ts";
export * from "./quantity.ts";
export type { PatchOperation } from "./json-patch.ts";
export { jsonPatch } from "./json-patch.ts";
export { createJsonMergePatch, jsonMergePatch, sameJson, threeWayJsonMergePatch } from "./merge-patch.ts";
export { goMap, PatchError, strategicMerge } from "./strategic.ts";
export { createTwoWayMergePatch, threeWayMerge } from "./strategic-diff.ts";
export type { FieldSet } from "./field-set.ts";
export { setFromJson, setToJson } from "./field-set.ts";
export type { Shape } from "./shape.ts";
export { scalar as scalarShape, scalars as scalarShapes, shapeOf, untyped as untypedShape } from "./shape.ts";
export { checkTyped } from "./check-typed.ts";
export { compareTyped, fieldSetOf } from "./typed.ts";
export type { Applied, Conflict, ManagedFieldsEntry, Writer } from "./apply.ts";
export { serverSideApply, updateManagedFields } from "./apply.ts";
