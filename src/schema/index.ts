export type { Column, ResourceInfo, Subresource } from "./resources.ts";
export { builtinResources, resourceOfKind } from "./resources.ts";
export type { Field, ScalarName, TypeExpr, TypeInfo } from "./types.ts";
export { allTypes, fieldAt, kindsOfType, typeByName, typeOfKind } from "./types.ts";
