import type { Field, TypeInfo } from "../schema/index.ts";
import { sameJson } from "./merge-patch.ts";

/**
 * Strategic merge patch, as the API server applies it: lists merge by their merge keys, and `$patch`, `$retainKeys`,
 * `$setElementOrder/x` and `$deleteFromPrimitiveList/x` direct it. What is not known of a type merges as JSON does.
 */

type Map = Record<string, unknown>;

/** A patch that cannot be applied; the message is upstream's, and so is the status that an API server answers with. */
export class PatchError extends Error {
  readonly status: 400 | 422 | 500;
  constructor(message: string, status: 400 | 422 | 500 = 500) {
    super(message);
    this.status = status;
  }
}

const directive = "$patch";
const retainKeys = "$retainKeys";
const setOrder = "$setElementOrder/";
const deletePrimitive = "$deleteFromPrimitiveList/";
const badOrder = "invalid patch format of setElementOrder list";

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
    if (what !== "merge") throw unknownDirective(patch);
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
  if (!options.apply) {
    const before = original[retainKeys];
    if (before !== undefined && !sameJson(before, list)) {
      throw new PatchError(
        `${goMap(before)} and ${goMap(list)} are not deep equal: this may happen when calculating the 3-way diff patch`,
      );
    }
    original[retainKeys] = list;
    delete patch[retainKeys];
    return;
  }
  delete patch[retainKeys];
  const refusal = () => new PatchError("invalid patch format of retainKeys", 400);
  if (!Array.isArray(list)) throw refusal();
  for (const key of Object.keys(patch)) {
    if (patch[key] === null || key.startsWith(deletePrimitive) || key.startsWith(setOrder)) continue;
    if (!list.includes(key)) throw refusal();
  }
  for (const key of Object.keys(original)) if (!list.includes(key)) delete original[key];
}

/** $setElementOrder: merges the list it is about, and puts it in that order; where patches are merged, it stays itself. */
function mergeOrdered(original: Map, patch: Map, type: TypeInfo | undefined, options: Options): void {
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(setOrder)) continue;
    const order = patch[key];
    if (!options.apply) {
      const before = original[key];
      if (before !== undefined && !sameJson(before, order)) {
        throw new PatchError(badOrder, 400);
      }
      original[key] = order;
    }
    delete patch[key];
    const name = key.slice(setOrder.length);
    const before = Object.hasOwn(original, name) ? original[name] : undefined;
    const change = Object.hasOwn(patch, name) ? patch[name] : undefined;
    delete patch[name];
    for (const list of [order, before, change]) {
      if (list !== undefined && !Array.isArray(list))
        throw new PatchError(`expected a []interface {}, but received a ${goType(list)}`);
    }
    const facts = mergeFacts(type, name);
    checkOrder((change ?? []) as unknown[], order as unknown[], facts.mergeKey);
    let merged: unknown[];
    if (Array.isArray(before) && Array.isArray(change)) merged = mergeList(before, change, facts, false, options);
    else if (Array.isArray(before)) merged = before;
    else if (Array.isArray(change)) merged = options.apply ? (withoutDirectives(change) as unknown[]) : change;
    else continue;
    original[name] = reorder(merged, order as unknown[], (before as unknown[] | undefined) ?? [], facts.mergeKey);
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
  if (elementType([original, patch]) !== "map[string]interface {}") {
    if (isDelete) return original.filter((item) => !patch.some((gone) => gone === item));
    return reorder([...new Set([...original, ...patch])], patch, original, "");
  }
  if (mergeKey === "") throw new PatchError("cannot merge lists without merge key");
  let replace = false;
  let kept = original;
  const plain: Map[] = [];
  for (const item of patch as Map[]) {
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
    if (what === "merge") throw new PatchError("merging lists cannot yet be specified in the patch");
    throw unknownDirective(item);
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

/** The one type that all elements have, in Go's words; lists of lists and mixed ones are refused. */
function elementType(lists: readonly (readonly unknown[])[]): string {
  const [first, ...others] = lists.flat().map(goType);
  if (first === "[]interface {}") throw new PatchError("lists of lists are not supported", 422);
  if (others.some((other) => other !== first))
    throw new PatchError(`list element types are not identical: ${goMap(lists)}`);
  return first ?? "";
}

/** A patch may not hold elements that $setElementOrder does not name, or in another order. */
function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  const left = patch.filter((item) => !isMap(item) || !Object.hasOwn(item, directive));
  const names = order.map((item) => identity(item, mergeKey));
  let at = 0;
  for (const item of left) {
    while (at < names.length && !sameJson(names[at], identity(item, mergeKey))) at++;
    if (at++ >= names.length)
      throw new PatchError(
        `The order in patch list:\n${goMap(patch)}\n doesn't match ${setOrder.slice(0, -1)} list:\n${goMap(order)}\n`,
      );
  }
}

function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (typeof value === "object") return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return "string";
}

function unknownDirective(patch: Map): PatchError {
  return new PatchError(`unknown patch type: ${goMap(patch[directive])} in map: ${goMap(patch)}`);
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
