import type { TypeInfo } from "../schema/index.ts";
import { sameJson } from "./merge-patch.ts";
import { mergeFacts, mergePatches, PatchError } from "./strategic.ts";

/** Making strategic merge patches: two-way, and the three-way one of `kubectl apply` and Helm. */

type Map = Record<string, unknown>;

interface Wanted {
  readonly deletions: boolean;
  readonly changes: boolean;
  readonly order: boolean;
}

const isMap = (value: unknown): value is Map => typeof value === "object" && value !== null && !Array.isArray(value);

/** The patch that turns `original` into `modified`. */
export function createTwoWayMergePatch(original: Map, modified: Map, type: TypeInfo | undefined): Map {
  return diffMaps(original, modified, type, { deletions: true, changes: true, order: true });
}

/**
 * strategicpatch.CreateThreeWayMergePatch with overwrite: what differs between current and modified, and what was in
 * original and is not in modified.
 */
export function threeWayMerge(original: Map, modified: Map, current: Map, type: TypeInfo | undefined): Map {
  const delta = diffMaps(current, modified, type, { deletions: false, changes: true, order: true });
  const deletions = diffMaps(original, modified, type, { deletions: true, changes: false, order: true });
  return mergePatches(deletions, delta, type);
}

function put(target: Map, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function diffMaps(original: Map, modified: Map, type: TypeInfo | undefined, wanted: Wanted, retaining = false): Map {
  const patch: Map = {};
  for (const key of Object.keys(modified)) {
    const after = modified[key];
    if (!Object.hasOwn(original, key)) {
      if (wanted.changes) put(patch, key, after);
      continue;
    }
    const before = original[key];
    if (isMap(before) && isMap(after)) {
      const facts = mergeFacts(type, key);
      if (facts.strategies.includes("replace")) {
        if (wanted.changes && !sameJson(before, after)) put(patch, key, after);
        continue;
      }
      const inner = diffMaps(before, after, facts.type, wanted, facts.strategies.includes("retainKeys"));
      if (Object.keys(inner).length > 0) put(patch, key, inner);
    } else if (Array.isArray(before) && Array.isArray(after)) {
      diffLists(before, after, key, type, wanted, patch);
    } else if (wanted.changes && !sameJson(before, after)) put(patch, key, after);
  }
  if (wanted.deletions)
    for (const key of Object.keys(original)) if (!Object.hasOwn(modified, key)) put(patch, key, null);
  if (retaining && Object.keys(patch).length > 0) patch["$retainKeys"] = Object.keys(modified).sort();
  return patch;
}

function diffLists(
  before: unknown[],
  after: unknown[],
  key: string,
  type: TypeInfo | undefined,
  wanted: Wanted,
  patch: Map,
): void {
  const facts = mergeFacts(type, key);
  if (!facts.strategies.includes("merge")) {
    if (wanted.changes && !sameJson(before, after)) put(patch, key, after);
    return;
  }
  const first = after[0] ?? before[0];
  if (first === undefined) return;
  if (!isMap(first)) {
    const added = after.filter((item) => !before.includes(item));
    const removed = before.filter((item) => !after.includes(item));
    const changes = wanted.changes ? added : [];
    const gone = wanted.deletions ? removed : [];
    if (changes.length > 0) put(patch, key, changes);
    if (gone.length > 0) patch[`$deleteFromPrimitiveList/${key}`] = gone;
    if (orderNeeded(before, after, changes.length > 0 || gone.length > 0, wanted)) {
      patch[`$setElementOrder/${key}`] = after;
    }
    return;
  }
  const { mergeKey } = facts;
  const keyOf = (item: unknown): unknown => {
    if (!isMap(item) || !Object.hasOwn(item, mergeKey)) {
      throw new PatchError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    }
    return item[mergeKey];
  };
  const changes: Map[] = [];
  for (const item of after as Map[]) {
    const old = (before as Map[]).find((other) => sameJson(keyOf(other), keyOf(item)));
    if (old === undefined) {
      if (wanted.changes) changes.push(item);
      continue;
    }
    const inner = diffMaps(old, item, facts.type, wanted, facts.strategies.includes("retainKeys"));
    if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: item[mergeKey] });
  }
  const gone: Map[] = [];
  if (wanted.deletions) {
    for (const item of before as Map[]) {
      if (!(after as Map[]).some((other) => sameJson(keyOf(other), keyOf(item)))) {
        gone.push({ $patch: "delete", [mergeKey]: item[mergeKey] });
      }
    }
  }
  const all = [...changes, ...gone];
  if (all.length > 0) put(patch, key, all);
  const names = (list: unknown[]) => list.map(keyOf);
  if (orderNeeded(names(before), names(after), all.length > 0, wanted)) {
    patch[`$setElementOrder/${key}`] = after.map((item) => ({ [mergeKey]: keyOf(item) }));
  }
}

/** The order is said when something changes, or when the same elements stand in another order. */
function orderNeeded(before: unknown[], after: unknown[], changed: boolean, wanted: Wanted): boolean {
  if (!wanted.order || after.length === 0) return changed && wanted.order && after.length > 0;
  if (changed) return true;
  return (
    wanted.changes &&
    !sameJson(
      before.filter((item) => after.some((other) => sameJson(item, other))),
      after,
    )
  );
}
