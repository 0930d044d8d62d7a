import { func, type FuncMap } from "../gotemplate/index.ts";
import { isEmpty } from "./values.ts";

/** default, empty, coalesce, all, any and ternary. */
export function defaultFuncs(): FuncMap {
  const any = "interface {}";
  const each = { variadic: any };
  const truth = { result: "bool" };
  return {
    default: func([any], (fallback, ...given) => (given.length === 0 || isEmpty(given[0]) ? fallback : given[0]), each),
    empty: func([any], isEmpty, truth),
    coalesce: func([], (...values) => values.find((value) => !isEmpty(value)) ?? null, each),
    all: func([], (...values) => !values.some(isEmpty), { ...each, ...truth }),
    any: func([], (...values) => values.some((value) => !isEmpty(value)), { ...each, ...truth }),
    ternary: func([any, any, "bool"], (yes, no, condition) => (condition ? yes : no)),
  };
}
