import { type GoMap, newMap, withGoType } from "../base/index.ts";
import { type HelmVersion, tableAt, valueAt } from "../chart/index.ts";
import { type Func, type MethodTable, func } from "../gotemplate/index.ts";
import { stringify } from "../goyaml/index.ts";

/** The same map under another Go type: what is written through one is seen through the other. */
export function retyped(map: GoMap, type: string | undefined): GoMap {
  const tag = Object.getOwnPropertySymbols(withGoType(newMap(), "x"))[0] as symbol;
  return new Proxy(map, { get: (target, key) => (key === tag ? type : Reflect.get(target, key)) });
}

/** The methods of `.Values`, `.Template` and the dot itself, which templates may call: `.Values.AsMap`. */
export function valuesMethods(helmVersion: HelmVersion): MethodTable {
  const type = helmVersion === 3 ? "chartutil.Values" : "common.Values";
  const methods: Record<string, (values: GoMap) => Func> = {
    AsMap: (values) =>
      func([], () => (Object.keys(values).length === 0 ? newMap() : retyped(values, undefined)), {
        result: "map[string]interface {}",
      }),
    YAML: (values) => func([], () => stringify(values), { result: "string" }),
    Table: (values) => func(["string"], (name: string) => retyped(table(values, name), type)),
    PathValue: (values) => func(["string"], (path: string) => pathValue(values, path)),
  };
  return { [type]: methods };
}

function table(values: GoMap, path: string): GoMap {
  const steps = path.split(".");
  for (let i = 1; i <= steps.length; i++) {
    if (tableAt(values, steps.slice(0, i).join(".")) === undefined) {
      throw new Error(`${JSON.stringify(steps[i - 1])} is not a table`);
    }
  }
  return tableAt(values, path) as GoMap;
}

function pathValue(values: GoMap, path: string): unknown {
  if (path === "") throw new Error("YAML path cannot be empty");
  const value = valueAt(values, path);
  if (value === undefined) throw new Error(`${JSON.stringify(path.split(".").at(-1))} is not a value`);
  return value;
}
