import { type GoMap, goTypeTag, isMap, newMap, withGoType } from "../base/index.ts";

/** A deep copy of maps and lists; everything else is shared, as nothing changes it. */
export function deepCopy<T>(value: T): T {
  if (Array.isArray(value)) {
    const copy = (value as unknown[]).map(deepCopy);
    const tag = goTypeTag(value);
    return (tag === undefined ? copy : withGoType(copy, tag)) as T;
  }
  if (isMap(value)) {
    const copy: GoMap = newMap();
    for (const key of Object.keys(value)) copy[key] = deepCopy((value as GoMap)[key]);
    const tag = goTypeTag(value);
    return (tag === undefined ? copy : withGoType(copy, tag)) as T;
  }
  return value;
}
