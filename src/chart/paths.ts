import { type GoMap, isMap } from "../base/index.ts";

/** The map at a dotted path of values, or undefined (Helm's Values.Table). */
export function tableAt(values: GoMap, path: string): GoMap | undefined {
  let table: GoMap = values;
  for (const step of path.split(".")) {
    const next = Object.hasOwn(table, step) ? table[step] : undefined;
    if (!isMap(next)) return undefined;
    table = next;
  }
  return table;
}

/** The value at a dotted path that is not a map, or undefined where there is none (Helm's Values.PathValue). */
export function valueAt(values: GoMap, path: string): unknown {
  const dot = path.lastIndexOf(".");
  const table = dot < 0 ? values : tableAt(values, path.slice(0, dot));
  const key = path.slice(dot + 1);
  if (table === undefined || !Object.hasOwn(table, key)) return undefined;
  const value = table[key];
  return isMap(value) ? undefined : value;
}
