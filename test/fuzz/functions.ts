/** Functions for templates under test: the twins of those in test/tools/gotemplate-oracle. */
import { int, newMap, typeName, withGoType } from "../../src/base/index.ts";
import { func, sprint, sprintln, type FuncMap } from "../../src/gotemplate/index.ts";
import { Label, Pair, Span, seq, seq2 } from "./world.ts";

const any = "interface {}";
const text = { result: "string" };

export const functions: FuncMap = {
  add: func([], (...args: number[]) => args.reduce((a, b) => a + b, 0), { variadic: "int", result: "int" }),
  typeOf: func([any], typeName, text),
  echo: func([any], (v) => v),
  str: func(["string"], (s) => s, text),
  upper: func(["string"], (s: string) => s.toUpperCase(), text),
  joinStr: func(["string"], (sep: string, ...s: string[]) => s.join(sep), { variadic: "string", result: "string" }),
  int: func(["int"], (n: number) => n + 1, { result: "int" }),
  i64: func(["int64"], (n: bigint) => n + 1n, { result: "int64" }),
  u8: func(["uint8"], (n: number) => n + 1, { result: "uint8" }),
  u64: func(["uint64"], (n: bigint) => n + 1n, { result: "uint64" }),
  i8: func(["int8"], (n: number) => n + 1, { result: "int8" }),
  f64: func(["float64"], (f: number) => f / 2, { result: "float64" }),
  boolean: func(["bool"], (b: boolean) => !b, { result: "bool" }),
  mapLen: func(["map[string]interface {}"], (m: object) => Object.keys(m).length, { result: "int" }),
  listLen: func(["[]interface {}"], (l: unknown[]) => l.length, { result: "int" }),
  strs: func(["[]string"], (l: string[]) => l.join("|"), text),
  list: func([], (...args) => args, { variadic: any, result: "[]interface {}" }),
  nilAny: func([], () => null),
  nilMap: func([], () => null, { result: "map[string]interface {}" }),
  nilList: func([], () => null, { result: "[]interface {}" }),
  nilStrs: func([], () => null, { result: "[]string" }),
  mapOf: func(
    [],
    (...args) => {
      if (args.length % 2 !== 0) throw new Error("odd number of arguments");
      const map = newMap();
      for (let i = 0; i < args.length; i += 2) map[sprint([args[i]])] = args[i + 1];
      return map;
    },
    { variadic: any, result: "map[string]interface {}" },
  ),
  mapOfInt: func([], () => Object.assign(newMap(), { three: int(3) }), { result: "map[string]int" }),
  oops: func(
    [],
    () => {
      throw new Error("oops");
    },
    text,
  ),
  oopsIf: func(
    ["bool"],
    (b: boolean) => {
      if (b) throw new Error("oops: true");
      return "fine";
    },
    text,
  ),
  panics: func(
    [],
    () => {
      throw new Error("panicked");
    },
    text,
  ),
  value: func(["reflect.Value"], (v) => String(v !== undefined), text),
  label: func(["string"], (name) => new Label(name), { result: "main.Label" }),
  isLabel: func(["main.Label"], (label: Label) => label.name, text),
  pair: func([any, any], (a, b) => new Pair(a, b, "*main.Pair"), { result: "*main.Pair" }),
  span: func(["int"], (n: number) => new Span(BigInt(n)), { result: "main.Span" }),
  seq: func(["int"], seq, { result: "iter.Seq[int]" }),
  seq2: func(["int"], seq2, { result: "iter.Seq2[int,int]" }),
  vfunc: func(["main.Label", "*main.Label"], () => "vfunc", text),
  strPtr: func(["string"], (v) => `value is ${v}`, text),
  stringer: func(
    ["fmt.Stringer"],
    (s) => {
      if (s === null) throw new Error("runtime error: invalid memory address or nil pointer dereference");
      return s.format();
    },
    text,
  ),
  die: func(
    [],
    () => {
      throw new Error("die");
    },
    { result: "bool" },
  ),
  makemap: func(
    [],
    (...args: string[]) => {
      const map = newMap();
      for (let i = 0; i + 1 < args.length; i += 2) map[args[i] as string] = args[i + 1];
      return map;
    },
    { variadic: "string", result: "map[string]string" },
  ),
  mapOfThree: func([], () => withGoType(Object.assign(newMap(), { three: int(3) }), "map[string]int")),
  returnInt: func([], () => 7, { result: "int" }),
  valueString: func(["string"], (v) => `value is ${v}`, text),
  doPanic: func(
    [],
    () => {
      throw new Error("custom panic string");
    },
    text,
  ),
  zeroArgs: func([], () => "zeroArgs", text),
  oneArg: func(["string"], (a) => `oneArg=${a}`, text),
  twoArgs: func(["string", "string"], (a, b) => `twoArgs=${a}${b}`, text),
  dddArg: func(["int"], (a: number, ...b: string[]) => sprintln([int(a), b]), { variadic: "string", result: "string" }),
  count: func(
    ["int"],
    (n: number) => {
      if (n < 0) throw new Error("runtime error: makeslice: len out of range");
      return Array.from({ length: n }, (_, i) => String.fromCodePoint(97 + i));
    },
    { result: "[]string" },
  ),
};
