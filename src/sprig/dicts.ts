import { GoObject, isMap, isNilCollection, newMap, nilOf, typeName, withGoType, type GoMap } from "../base/index.ts";
import { formatLate, func, sortedKeys, type FuncMap } from "../gotemplate/index.ts";
import { strval } from "./cast.ts";
import { checkSize, type FunctionLimits } from "./limits.ts";
import { type LateKey, mapWithLateKeys } from "./late-keys.ts";
import { mergeInto } from "./merge.ts";
import { conversionError, isPlainMap } from "./values.ts";

function dict(items: readonly unknown[]): GoMap {
  const out = newMap();
  for (let i = 0; i < items.length; i += 2) {
    const key = lateKey(items[i]);
    if (typeof key !== "string") return lateDict(items);
    out[key] = i + 1 < items.length ? items[i + 1] : "";
  }
  return out;
}

/** strval, which the text of files' bytes may take its time for. */
function lateKey(item: unknown): LateKey {
  return typeof item === "string" || item instanceof Uint8Array ? strval(item) : formatLate(item);
}

function lateDict(items: readonly unknown[]): GoMap {
  const entries: (readonly [LateKey, unknown])[] = [];
  for (let i = 0; i < items.length; i += 2) entries.push([lateKey(items[i]), i + 1 < items.length ? items[i + 1] : ""]);
  return mapWithLateKeys(entries);
}

function set(map: GoMap, key: string, value: unknown): GoMap {
  if (isNilCollection(map)) throw new Error("assignment to entry in nil map");
  map[key] = value;
  return map;
}

function unset(map: GoMap, key: string): GoMap {
  if (Object.hasOwn(map, key)) delete map[key];
  return map;
}

function pick(map: GoMap, keys: readonly string[]): GoMap {
  const out = newMap();
  for (const key of keys) if (Object.hasOwn(map, key)) out[key] = map[key];
  return out;
}

function omit(map: GoMap, keys: readonly string[]): GoMap {
  const out = newMap();
  const gone = new Set(keys);
  for (const key of Object.keys(map)) if (!gone.has(key)) out[key] = map[key];
  return out;
}

/** dig: a missing key gives the default; a step that is no map[string]interface {} is a failed type assertion. */
function dig(path: readonly unknown[]): unknown {
  if (path.length < 3) throw new Error("dig needs at least three arguments");
  let at = path.at(-1);
  if (!isPlainMap(at)) throw conversionError(at, "map[string]interface {}");
  const keys = path.slice(0, -2);
  for (const key of keys) if (typeof key !== "string") throw conversionError(key, "string");
  for (const [i, key] of (keys as string[]).entries()) {
    if (i > 0 && !isPlainMap(at)) throw conversionError(at, "map[string]interface {}");
    const map = at as GoMap;
    if (!Object.hasOwn(map, key)) return path.at(-2);
    at = map[key];
  }
  return at;
}

/** mitchellh/copystructure: maps and lists anew, all the way down, with their types; nil stays nil. */
export function deepCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof GoObject) return "deepCopy" in value ? (value as { deepCopy(): unknown }).deepCopy() : value;
  if (value instanceof Uint8Array) return value.slice();
  if (isNilCollection(value)) return nilOf(typeName(value));
  const type = typeName(value);
  if (Array.isArray(value)) {
    const list = value.map(deepCopy);
    return type === "[]interface {}" ? list : withGoType(list, type);
  }
  if (!isMap(value)) return value;
  const map = newMap();
  for (const [key, item] of Object.entries(value)) map[key] = deepCopy(item);
  return type === "map[string]interface {}" ? map : withGoType(map, type);
}

function copyOrPanic(value: unknown, limits: FunctionLimits): unknown {
  if (value === null || value === undefined) throw new Error("reflect: call of reflect.Value.Type on zero Value");
  checkSize(value, limits);
  return deepCopy(value);
}

/** The functions on dictionaries. `keys` and `values`, unordered in Go, come in the order of the keys. */
export function dictFuncs(limits: FunctionLimits): FuncMap {
  const any = "interface {}";
  const map = "map[string]interface {}";
  const maps = { variadic: map };
  const sources = (call: (dst: GoMap, sources: GoMap[]) => unknown) =>
    func([map], (dst, ...rest) => call(dst, rest), maps);
  const all = (overwrite: boolean) => (dst: GoMap, from: GoMap[]) =>
    from.reduce((target, source) => {
      checkSize(source, limits);
      return mergeInto(target, source, overwrite);
    }, dst);
  const quietly = (overwrite: boolean) => (dst: GoMap, from: GoMap[]) => {
    try {
      return all(overwrite)(dst, from);
    } catch (error) {
      // sprig swallows mergo's errors, but a panic of reflect ends the template.
      if (error instanceof Error && error.message.startsWith("src and dst")) return "";
      throw error;
    }
  };
  return {
    dict: func([], (...items) => dict(items), { variadic: any, result: map }),
    get: func([map, "string"], (m, key) => (Object.hasOwn(m, key) ? m[key] : "")),
    set: func([map, "string", any], set, { result: map }),
    unset: func([map, "string"], unset, { result: map }),
    hasKey: func([map, "string"], (m, key) => Object.hasOwn(m, key), { result: "bool" }),
    pluck: func(["string"], (key, ...from) => from.filter((m: GoMap) => Object.hasOwn(m, key)).map((m) => m[key]), {
      ...maps,
      result: "[]interface {}",
    }),
    keys: func([], (...from) => withGoType(from.flatMap(sortedKeys), "[]string"), { ...maps, result: "[]string" }),
    values: func([map], (m) => sortedKeys(m).map((key) => m[key]), { result: "[]interface {}" }),
    pick: func([map], (m, ...keys) => pick(m, keys), { variadic: "string", result: map }),
    omit: func([map], (m, ...keys) => omit(m, keys), { variadic: "string", result: map }),
    merge: sources(quietly(false)),
    mustMerge: sources(all(false)),
    mergeOverwrite: sources(quietly(true)),
    mustMergeOverwrite: sources(all(true)),
    deepCopy: func([any], (value) => copyOrPanic(value, limits)),
    mustDeepCopy: func([any], (value) => copyOrPanic(value, limits)),
    dig: func([], (...path) => dig(path), { variadic: any }),
  };
}
