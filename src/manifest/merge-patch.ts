/** JSON merge patch (RFC 7386): apply, make, and the three-way form that Helm uses where no strategy is known. */

type Map = Record<string, unknown>;

const isObject = (value: unknown): value is Map => typeof value === "object" && value !== null && !Array.isArray(value);

/** Applies a merge patch: null removes, objects merge, everything else replaces. Neither argument is changed. */
export function jsonMergePatch(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const out: Map = isObject(document) ? { ...document } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete out[key];
    else put(out, key, jsonMergePatch(Object.hasOwn(out, key) ? out[key] : undefined, value));
  }
  return out;
}

function put(target: Map, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** The merge patch that turns `from` into `to`; an empty object when nothing differs. */
export function createJsonMergePatch(from: Map, to: Map): Map {
  const patch: Map = {};
  for (const key of Object.keys(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    const after = to[key];
    if (before === undefined) put(patch, key, after);
    else if (isObject(before) && isObject(after)) {
      const inner = createJsonMergePatch(before, after);
      if (Object.keys(inner).length > 0) put(patch, key, inner);
    } else if (!sameJson(before, after)) put(patch, key, after);
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) put(patch, key, null);
  return patch;
}

/**
 * jsonmergepatch.CreateThreeWayJSONMergePatch: additions and changes from current to modified, and deletions from
 * original to modified.
 */
export function threeWayJsonMergePatch(original: Map, modified: Map, current: Map): Map {
  const additions = keep(createJsonMergePatch(current, modified), (value) => value !== null);
  const deletions = keep(createJsonMergePatch(original, modified), (value) => value === null);
  return mergeMaps(additions, deletions);
}

/** A copy with only the leaves that pass; objects that end up empty are left out. */
function keep(patch: Map, wanted: (value: unknown) => boolean): Map {
  const out: Map = {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (isObject(value)) {
      const inner = keep(value, wanted);
      if (Object.keys(inner).length > 0 || (Object.keys(value).length === 0 && wanted(value))) put(out, key, inner);
    } else if (wanted(value)) put(out, key, value);
  }
  return out;
}

/** Merges two patches (nulls stay nulls). */
function mergeMaps(a: Map, b: Map): Map {
  const out: Map = { ...a };
  for (const key of Object.keys(b)) {
    const before = Object.hasOwn(out, key) ? out[key] : undefined;
    const after = b[key];
    put(out, key, isObject(before) && isObject(after) ? mergeMaps(before, after) : after);
  }
  return out;
}

/** Deep equality of JSON data. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}
