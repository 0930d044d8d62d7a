import { typeName } from "../base/index.ts";
import { func, type FuncMap } from "../gotemplate/index.ts";
import { checkSize, type FunctionLimits } from "./limits.ts";
import { deepEqual, kindOf } from "./values.ts";

/** typeOf, kindOf and their tests, and deepEqual. */
export function reflectionFuncs(limits: FunctionLimits): FuncMap {
  const any = "interface {}";
  const test = (call: (name: string, value: unknown) => boolean) => func(["string", any], call, { result: "bool" });
  return {
    typeOf: func([any], typeName, { result: "string" }),
    typeIs: test((name, value) => name === typeName(value)),
    typeIsLike: test((name, value) => name === typeName(value) || `*${name}` === typeName(value)),
    kindOf: func([any], kindOf, { result: "string" }),
    kindIs: test((name, value) => name === kindOf(value)),
    deepEqual: func(
      [any, any],
      (a, b) => {
        checkSize(a, limits);
        checkSize(b, limits);
        return deepEqual(a, b);
      },
      { result: "bool" },
    ),
  };
}
