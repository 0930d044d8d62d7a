import type { Schema } from "./compile.ts";

/** The chain of schemas that led here, by children and by the keywords of references; `value` tells values apart. */
export interface Scope {
  readonly schema: Schema;
  readonly keyword?: string;
  readonly value: number;
  readonly parent: Scope | undefined;
}

/** What is said where a schema leads to itself for the same value. */
export function cycleIn(own: Scope): string | undefined {
  for (let scope = own.parent; scope?.value === own.value; scope = scope.parent) {
    if (scope?.schema !== own.schema) continue;
    const url = JSON.stringify(own.schema.location);
    return `both ${keywordPath(own)} and ${keywordPath(scope)} resolve to ${url} causing reference cycle`;
  }
  return undefined;
}

/** The keywords that led to a schema, from the root. */
function keywordPath(scope: Scope): string {
  if (scope.parent === undefined) return "";
  const own = scope.keyword ? `/${scope.keyword}` : scope.schema.location.slice(scope.parent.schema.location.length);
  return keywordPath(scope.parent) + own;
}

/** Where `$recursiveRef` leads: to the outermost schema on the way here that has a `$recursiveAnchor`. */
export function recursiveTarget(own: Scope, to: Schema): Schema {
  let target = to;
  if (target.recursiveAnchor !== true) return target;
  for (let scope: Scope | undefined = own; scope !== undefined; scope = scope.parent) {
    if (scope.schema.resource.recursiveAnchor === true) target = scope.schema;
  }
  return target;
}

/** Where `$dynamicRef` leads: to the outermost schema on the way here that has its `$dynamicAnchor`. */
export function dynamicTarget(own: Scope, to: Schema, anchor: string): Schema {
  let target = to;
  if (anchor === "" || target.dynamicAnchor !== anchor) return target;
  for (let scope: Scope | undefined = own; scope !== undefined; scope = scope.parent) {
    target = scope.schema.resource.dynamicAnchors.get(anchor) ?? target;
  }
  return target;
}
