import { type GoMap, newMap } from "../base/index.ts";

/** A key, or what makes it when somebody wants to know it: such a key has at least {@link leastLate} characters. */
export type LateKey = string | (() => string);

/** See `formatLate` of gotemplate. */
const leastLate = 4096;

/**
 * A map some of whose keys are megabytes long: the text of a whole chart with its files, which charts give to `dict`
 * where they meant a value (`dict "value" .a .b "context" $`). Those keys are made when somebody looks at the keys, and
 * hardly anybody does.
 */
export function mapWithLateKeys(entries: readonly (readonly [LateKey, unknown])[]): GoMap {
  const map = newMap();
  for (const [key, value] of entries) if (typeof key === "string") map[key] = value;
  let late = true;
  const whole = (): GoMap => {
    if (!late) return map;
    late = false;
    // All anew, for their order.
    for (const key of Object.keys(map)) delete map[key];
    for (const [key, value] of entries) map[typeof key === "string" ? key : key()] = value;
    return map;
  };
  const holder = (key: string | symbol): GoMap => (typeof key === "string" && key.length >= leastLate ? whole() : map);
  return new Proxy(map, {
    get: (_, key) => Reflect.get(holder(key), key),
    has: (_, key) => Reflect.has(holder(key), key),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(holder(key), key),
    ownKeys: () => Reflect.ownKeys(whole()),
    set: (_, key, value) => Reflect.set(whole(), key, value),
    defineProperty: (_, key, descriptor) => Reflect.defineProperty(whole(), key, descriptor),
    deleteProperty: (_, key) => Reflect.deleteProperty(whole(), key),
  });
}
