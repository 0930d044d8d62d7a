import type { Field, TypeInfo } from "../schema/index.ts";
import { sameJson } from "./merge-patch.ts";

/**
 * Strategic merge patch, as the API server applies it: lists merge by their merge keys, and `$patch`, `$retainKeys`,
 * `$setElementOrder/x` and `$deleteFromPrimitiveList/x` direct it. What is not known of a type merges as JSON does.
 */

type Map = Record<string, unknown>;

/** A patch that cannot be applied; the message is upstream's. */
export class PatchError extends Error {}

const directive = "$patch";
const retainKeys = "$retainKeys";
const setOrder = "$setElementOrder/";
const deletePrimitive = "$deleteFromPrimitiveList/";

interface Options {
  /** Applying to an object (true), or merging two patches (false). */
  readonly apply: boolean;
  /** Nulls that find nothing to delete vanish. */
  readonly dropNulls: boolean;
}

const isMap = (value: unknown): value is Map => typeof value === "object" && value !== null && !Array.isArray(value);

/** How the field of a struct merges. */
export interface MergeFacts {
  /** The type below: of the map, or of the list's items. */
  readonly type: TypeInfo | undefined;
  readonly strategies: readonly string[];
  readonly mergeKey: string;
}

const unknownFacts: MergeFacts = { type: undefined, strategies: [], mergeKey: "" };

/** Facts of a struct's field for strategic merge. */
export function mergeFacts(type: TypeInfo | undefined, name: string): MergeFacts {
  const field: Field | undefined = type?.byName.get(name);
  if (field === undefined) return unknownFacts;
  const inner = field.type.kind === "list" ? field.type.items : field.type;
  const below = inner.kind === "map" ? inner.values : inner;
  return {
    type: below.kind === "struct" ? below.type : undefined,
    strategies: field.patchStrategy ?? [],
    mergeKey: field.mergeKey ?? "",
  };
}

/** `merge`, `replace` or `` — what is left besides retainKeys. */
function strategyOf(facts: MergeFacts): string {
  return facts.strategies.find((strategy) => strategy !== "retainKeys") ?? "";
}

/** Applies a strategic merge patch to an object of the type; neither is changed. Throws PatchError. */
export function strategicMerge(original: Map, patch: Map, type: TypeInfo | undefined): Map {
  return mergeMap(structuredClone(original), structuredClone(patch), type, { apply: true, dropNulls: true });
}

/** Merges a second patch into a first one (directives and nulls are kept). */
export function mergePatches(first: Map, second: Map, type: TypeInfo | undefined): Map {
  return mergeMap(structuredClone(first), structuredClone(second), type, { apply: false, dropNulls: false });
}

function mergeMap(original: Map, patch: Map, type: TypeInfo | undefined, options: Options): Map {
  if (Object.hasOwn(patch, directive)) {
    const what = patch[directive];
    if (what === "replace") {
      delete patch[directive];
      return patch;
    }
    if (what === "delete") return {};
    if (what !== "merge") throw new PatchError(`unknown patch type found: ${String(what)}`);
    delete patch[directive];
  }
  retain(original, patch, options);
  mergeOrdered(original, patch, type, options);
  for (const key of Object.keys(patch)) {
    let name = key;
    const isDelete = key.startsWith(deletePrimitive);
    if (isDelete) {
      if (!options.apply) {
        original[key] = patch[key];
        continue;
      }
      name = key.slice(deletePrimitive.length);
    }
    const value = patch[key];
    if (value === null && !isDelete) {
      delete original[name];
      if (options.dropNulls) continue;
    }
    if (!Object.hasOwn(original, name)) {
      if (isDelete) continue;
      const kept = options.apply ? withoutDirectives(options.dropNulls ? withoutNulls(value) : value) : value;
      if (kept !== undefined) put(original, name, kept);
      continue;
    }
    const before = original[name];
    if (isMap(before) && isMap(value)) {
      const facts = mergeFacts(type, name);
      put(original, name, strategyOf(facts) === "replace" ? value : mergeMap(before, value, facts.type, options));
    } else if (Array.isArray(before) && Array.isArray(value)) {
      put(original, name, mergeList(before, value, mergeFacts(type, name), isDelete, options));
    } else if (!isDelete) put(original, name, value);
  }
  return original;
}

function put(target: Map, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** $retainKeys: only the listed fields stay; the patch may set no other. */
function retain(original: Map, patch: Map, options: Options): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const list = patch[retainKeys];
  if (!Array.isArray(list)) throw new PatchError("invalid retainKeys list, must be a list");
  if (!options.apply) {
    const before = original[retainKeys];
    if (before !== undefined && !sameJson(before, list)) {
      throw new PatchError(`${retainKeys} lists conflict: ${JSON.stringify(before)} vs ${JSON.stringify(list)}`);
    }
    original[retainKeys] = list;
    delete patch[retainKeys];
    return;
  }
  delete patch[retainKeys];
  for (const key of Object.keys(patch)) {
    const bare = key.replace(/^\$(setElementOrder|deleteFromPrimitiveList)\//, "");
    if (patch[key] === null || bare === directive) continue;
    if (!list.includes(bare)) {
      throw new PatchError(
        `${JSON.stringify(patch)} is not a valid retainKeys patch: the patch has a field that is not in the list: ${key}`,
      );
    }
  }
  for (const key of Object.keys(original)) if (!list.includes(key)) delete original[key];
}

/** $setElementOrder: merges the list it is about, and puts it in that order. */
function mergeOrdered(original: Map, patch: Map, type: TypeInfo | undefined, options: Options): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(setOrder)) continue;
    const order = patch[key];
    if (!Array.isArray(order)) throw new PatchError(`invalid ${key}: must be a list`);
    if (!options.apply) {
      const before = original[key];
      if (before !== undefined && !sameJson(before, order)) {
        throw new PatchError(`${key} lists conflict`);
      }
      original[key] = order;
      delete patch[key];
      continue;
    }
    delete patch[key];
    const name = key.slice(setOrder.length);
    const before = Object.hasOwn(original, name) ? original[name] : undefined;
    const change = Object.hasOwn(patch, name) ? patch[name] : undefined;
    delete patch[name];
    if (before !== undefined && before !== null && !Array.isArray(before))
      throw new PatchError(`${name} is not a list`);
    if (change !== undefined && change !== null && !Array.isArray(change))
      throw new PatchError(`${name} is not a list`);
    const facts = mergeFacts(type, name);
    let merged: unknown[];
    if (Array.isArray(before) && Array.isArray(change)) merged = mergeList(before, change, facts, false, options);
    else if (Array.isArray(before)) merged = before;
    else if (Array.isArray(change)) merged = withoutDirectives(change) as unknown[];
    else continue;
    original[name] = reorder(merged, order, (before as unknown[] | undefined) ?? [], facts.mergeKey);
  }
}

function mergeList(
  original: unknown[],
  patch: unknown[],
  facts: MergeFacts,
  isDelete: boolean,
  options: Options,
): unknown[] {
  if (strategyOf(facts) !== "merge" && !isDelete) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  const { mergeKey } = facts;
  const maps = isMap(original[0]) || isMap(patch[0]);
  if (!maps) {
    if (isDelete) return original.filter((item) => !patch.some((gone) => gone === item));
    return reorder([...new Set([...original, ...patch])], patch, original, "");
  }
  if (mergeKey === "") throw new PatchError("cannot merge lists without merge key");
  let replace = false;
  let kept = original;
  const plain: Map[] = [];
  for (const item of patch) {
    if (!isMap(item)) throw new PatchError("lists of maps and lists of scalars cannot be merged");
    const what = item[directive];
    if (what === undefined || !options.apply) {
      plain.push(item);
      continue;
    }
    if (what === "replace") {
      replace = true;
      // the rest of a replacing item is not an element, unless it has the key
      continue;
    }
    if (what === "delete") {
      if (!Object.hasOwn(item, mergeKey)) throw new PatchError(noKey(item, mergeKey));
      kept = kept.filter((element) => !isMap(element) || !sameJson(element[mergeKey], item[mergeKey]));
      continue;
    }
    throw new PatchError(
      what === "merge"
        ? "merging lists cannot yet be specified in the patch"
        : `unknown patch type found: ${String(what)}`,
    );
  }
  if (replace) return plain;
  const merged = [...kept];
  for (const item of plain) {
    if (!Object.hasOwn(item, mergeKey)) throw new PatchError(noKey(item, mergeKey));
    const at = merged.findIndex((element) => isMap(element) && sameJson(element[mergeKey], item[mergeKey]));
    if (at < 0) merged.push(options.apply ? withoutDirectives(options.dropNulls ? withoutNulls(item) : item) : item);
    else merged[at] = mergeMap(merged[at] as Map, { ...item }, facts.type, options);
  }
  return reorder(merged, plain, original, mergeKey);
}

function noKey(item: Map, mergeKey: string): string {
  return `map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`;
}

/** fmt's %v of JSON data, as upstream's messages show it. */
export function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(" ")}]`;
  if (isMap(value))
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${goMap(value[key])}`)
      .join(" ")}]`;
  return value === null ? "<nil>" : String(value);
}

const identity = (item: unknown, mergeKey: string): unknown => (mergeKey !== "" && isMap(item) ? item[mergeKey] : item);

const positionIn = (list: readonly unknown[], item: unknown, mergeKey: string): number => {
  const wanted = identity(item, mergeKey);
  return list.findIndex((element) => sameJson(identity(element, mergeKey), wanted));
};

/**
 * The items named by `order` stand in its order; the server's own stay in theirs, and go before an ordered item
 * only where they stood before it.
 */
function reorder(
  merged: unknown[],
  order: readonly unknown[],
  server: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const ordered: unknown[] = [];
  const own: unknown[] = [];
  for (const item of merged) (positionIn(order, item, mergeKey) >= 0 ? ordered : own).push(item);
  const byPosition = (list: readonly unknown[]) => (a: unknown, b: unknown) =>
    positionIn(list, a, mergeKey) - positionIn(list, b, mergeKey);
  ordered.sort(byPosition(order));
  own.sort(byPosition(server));
  const out: unknown[] = [];
  let i = 0;
  let j = 0;
  while (i < own.length && j < ordered.length) {
    const left = positionIn(server, own[i], mergeKey);
    const right = positionIn(server, ordered[j], mergeKey);
    out.push(left >= 0 && right >= 0 && left < right ? own[i++] : ordered[j++]);
  }
  return [...out, ...own.slice(i), ...ordered.slice(j)];
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (isMap(item) ? withoutNulls(item) : item));
  if (!isMap(value)) return value;
  const out: Map = {};
  for (const key of Object.keys(value)) if (value[key] !== null) put(out, key, withoutNulls(value[key]));
  return out;
}

/** A new value as it is stored: without directives, and undefined where a directive says it goes. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  if (value[directive] === "delete") return undefined;
  const out: Map = {};
  for (const key of Object.keys(value)) {
    if (key === directive || key === retainKeys || key.startsWith(setOrder) || key.startsWith(deletePrimitive))
      continue;
    const kept = withoutDirectives(value[key]);
    if (kept !== undefined) put(out, key, kept);
  }
  return out;
}
