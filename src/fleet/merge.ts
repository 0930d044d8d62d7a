import { type GoMap, isMap, newMap } from "../base/index.ts";

/**
 * Values over values, as helmfile merges them: maps deep, an explicit null stays null, a list replaces the list
 * below it unless it has holes (`l[1]=x` gives `[null, x]`), which then show what was there.
 */
export function mergeValues(below: GoMap, above: GoMap, lists: "replace" | "by-element" = "replace"): GoMap {
  const merged = Object.assign(newMap(), below);
  for (const [key, value] of Object.entries(above)) {
    const old = merged[key];
    if (isMap(old) && isMap(value)) merged[key] = mergeValues(old, value, lists);
    else if (Array.isArray(old) && Array.isArray(value)) merged[key] = mergeLists(old, value, lists);
    else merged[key] = value;
  }
  return merged;
}

function mergeLists(below: unknown[], above: unknown[], lists: "replace" | "by-element"): unknown[] {
  const sparse = above.some((item) => item === null);
  if (lists === "replace" && !sparse) return above;
  return Array.from({ length: Math.max(below.length, above.length) }, (_, i) => {
    const old = below[i];
    const item = above[i];
    if (i >= above.length || item === null) return old ?? null;
    return isMap(old) && isMap(item) ? mergeValues(old, item, lists) : item;
  });
}

/**
 * One layer of a helmfile over another (mergo with WithOverride): maps deep, what is empty above changes nothing.
 * Lists are appended between bases and documents, and replace each other between parts.
 */
export function mergeLayers<T extends object>(below: T, above: T, lists: "append" | "replace"): T {
  const merged = { ...below } as GoMap;
  for (const [key, value] of Object.entries(above)) {
    const old = merged[key];
    if (isEmpty(value) && old !== undefined) continue;
    if (isMap(old) && isMap(value)) merged[key] = mergeLayers(old, value, lists);
    else if (lists === "append" && Array.isArray(old) && Array.isArray(value)) merged[key] = [...old, ...value];
    else merged[key] = value;
  }
  return merged as T;
}

/** A release over the template it inherits (mergo with WithAppendSlice): what the template sets stays, gaps are filled. */
export function inheritLayer<T extends object>(template: T, release: T): T {
  const merged = { ...template } as GoMap;
  for (const [key, value] of Object.entries(release)) {
    const old = merged[key];
    if (isMap(old) && isMap(value)) merged[key] = inheritLayer(old, value);
    else if (Array.isArray(old) && Array.isArray(value)) merged[key] = [...old, ...value];
    else if (isEmpty(old)) merged[key] = value;
  }
  return merged as T;
}

/** mergo's emptiness: Go's zero values, empty strings, lists and maps. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}
