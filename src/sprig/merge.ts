import { GoObject, isMap, isNilCollection, newMap, typeName, type GoMap } from "../base/index.ts";
import { isEmpty, kindOf, underlying } from "./values.ts";

/**
 * Merges src into dst as dario.cat/mergo does. Without `overwrite`, dst wins unless its value is empty (nil, false, 0,
 * "", no elements); with it, src wins, nil included, but an empty map never takes the place of a filled one. Maps in
 * both are merged in place; lists are never merged; what is taken from src is shared with it, not copied.
 * Answers dst (or a new map, where dst was a nil one). Throws an Error with mergo's words where types do not go together.
 */
export function mergeInto(dst: GoMap, src: GoMap, overwrite: boolean): GoMap {
  if (!isNilCollection(dst) || isNilCollection(src)) {
    mergeMaps(dst, src, overwrite);
    return dst;
  }
  const fresh = newMap();
  mergeMaps(fresh, src, overwrite);
  return fresh;
}

const mapOf = (value: unknown): GoMap | undefined => {
  const plain = underlying(value);
  return isMap(plain) ? plain : undefined;
};

function mergeMaps(dst: GoMap, src: GoMap, overwrite: boolean): void {
  for (const [key, value] of Object.entries(src)) {
    if (value === null || value === undefined) {
      if (overwrite) dst[key] = null;
      continue;
    }
    const present = Object.hasOwn(dst, key);
    const held = present ? dst[key] : undefined;
    const inner = mapOf(value);
    if (present && (inner !== undefined || value instanceof GoObject)) mergeInside(held, value, overwrite);
    // Asked again after merging inside: a map that was empty may be filled now, and then stays.
    if (present && !isEmpty(held)) {
      const kind = kindOf(value);
      if (kind === "slice" && !overwrite) continue;
      if (inner !== undefined && mapOf(held) !== undefined) continue;
      if (!overwrite) continue;
    }
    dst[key] = value;
  }
}

/** What mergo's recursion changes behind a value of dst that is itself a map or a thing with fields. */
function mergeInside(held: unknown, value: unknown, overwrite: boolean): void {
  const target = mapOf(held);
  const source = mapOf(value);
  if (target !== undefined) {
    if (source !== undefined && !isNilCollection(target)) mergeMaps(target, source, overwrite);
    return;
  }
  const kind = kindOf(held);
  if (kind === "ptr" && kindOf(value) !== "ptr" && !overwrite) {
    throw new Error("src and dst must be of same type");
  }
  if (kind === "struct" && source !== undefined && typeName(held) === "sprig.certificate") {
    throw new Error("reflect: call of reflect.Value.Field on map Value");
  }
}
