/** Coded data as values of ours: the twins of what test/tools/gotemplate-oracle makes of them. */
import { Buffer } from "node:buffer";
import {
  GoInt,
  GoObject,
  fromBytes,
  int,
  newMap,
  nilOf,
  withGoType,
  type GoMap,
  type IntKind,
} from "../../src/base/index.ts";
import {
  GoComplex,
  GoFloat32,
  GoFunc,
  GoPointer,
  func,
  sprintf,
  sprint,
  type Func,
} from "../../src/gotemplate/index.ts";
import type { Coded } from "./oracle.ts";

const intKinds = new Set("int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr".split(" "));

/** A value of ours for the coded one. */
export function decode(coded: Coded | undefined): unknown {
  if (coded === null || coded === undefined) return null;
  if (typeof coded !== "object") return coded;
  if (Array.isArray(coded)) return coded.map(decode);
  const object = coded as Readonly<Record<string, Coded>>;
  if (typeof object["k"] === "string") return decodeKind(object["k"], object);
  const map = newMap();
  for (const [key, value] of Object.entries(object)) map[key] = decode(value);
  return map;
}

function decodeKind(kind: string, c: Readonly<Record<string, Coded>>): unknown {
  const text = String(c["v"]);
  switch (kind) {
    case "world":
      return new World();
    case "nil":
      return nilValue(c["t"] as string);
    case "ptr": {
      const value = decode(c["v"]);
      return new GoPointer(
        `*${value instanceof GoInt ? value.kind : typeof value === "string" ? "string" : "float64"}`,
        value,
      );
    }
    case "bytes":
      return new Uint8Array(Buffer.from(text, "base64"));
    case "str":
      return fromBytes(Buffer.from(text, "base64"));
    case "error":
      return new Failure(text);
    case "label":
      return new Label(text);
    case "span":
      return new Span(BigInt(text));
    case "pair":
      return new Pair(decode(c["a"]), decode(c["b"]), "main.Pair");
    case "pairptr":
      return new Pair(decode(c["a"]), decode(c["b"]), "*main.Pair");
    case "seq":
      return seq(Number(text));
    case "seq2":
      return seq2(Number(text));
    case "named": {
      const map = newMap();
      for (const [key, value] of Object.entries(c["v"] as Record<string, Coded>)) map[key] = decode(value);
      return withGoType(map, "main.Values");
    }
    case "typed":
      return fill(c["t"] as string, c["v"] as Coded);
    case "complex128":
      return new GoComplex(Number(c["re"]), Number(c["im"]));
    case "float":
      return text === "NaN" ? Number.NaN : Number(text.replace("Inf", "Infinity"));
    case "float32":
      return new GoFloat32(Number(text));
    case "string":
      return text;
    case "float64":
      return Number(text);
    default:
      return new GoInt(kind as IntKind, BigInt(text));
  }
}

function nilValue(type: string): unknown {
  if (type === "*main.World") return new NilWorld();
  if (type.startsWith("*")) return new GoPointer(type, undefined, structFields[type.slice(1)]);
  return nilOf(type);
}

const structFields: Record<string, readonly string[]> = {
  "main.Inner": ["V"],
  "main.Pair": ["A", "B"],
  "main.Label": ["Name"],
};

function fill(type: string, coded: Coded): unknown {
  if (type.startsWith("[")) {
    const elem = type.slice(type.indexOf("]") + 1);
    const items = coded as readonly Coded[];
    if (type === "[]uint8") return Uint8Array.from(items, Number);
    const list = items.map((item) => fill(elem, item));
    return type === "[]interface {}" ? list : withGoType(list, type);
  }
  if (type.startsWith("map[")) {
    const elem = elemOf(type);
    const map = newMap();
    for (const [key, item] of Object.entries(coded as Record<string, Coded>)) map[key] = fill(elem, item);
    return type === "map[string]interface {}" ? map : withGoType(map, type);
  }
  if (typeof coded === "object" && coded !== null && !Array.isArray(coded)) return decode(coded);
  if (type === "interface {}") return decode(coded);
  if (intKinds.has(type)) return new GoInt(type as IntKind, BigInt(coded as number));
  return type === "float32" ? new GoFloat32(Number(coded)) : coded;
}

function elemOf(type: string): string {
  let depth = 0;
  for (let i = 3; i < type.length; i++) {
    if (type[i] === "[") depth++;
    else if (type[i] === "]" && --depth === 0) return type.slice(i + 1);
  }
  throw new Error(`not a map type: ${type}`);
}

class Failure extends GoObject {
  readonly goType = "main.Broken";
  private readonly text: string;
  constructor(text: string) {
    super();
    this.text = text;
  }
  override method(name: string): Func | undefined {
    return name === "Error" ? func([], () => this.text, { result: "string" }) : undefined;
  }
  readonly stringer = true;
  fields(): readonly (readonly [string, unknown])[] {
    return [["text", this.text]];
  }
  format(): string {
    return this.text;
  }
}

/** A struct with a String method. */
export class Label extends GoObject {
  readonly goType = "main.Label";
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  override field(name: string): unknown {
    return name === "Name" ? this.name : undefined;
  }
  override method(name: string): Func | undefined {
    return name === "String" ? func([], () => this.format(), { result: "string" }) : undefined;
  }
  readonly stringer = true;
  fields(): readonly (readonly [string, unknown])[] {
    return [["Name", this.name]];
  }
  format(): string {
    return `label:${this.name}`;
  }
}

/** A named integer with methods. */
export class Span extends GoObject {
  readonly goType = "main.Span";
  readonly underlying: GoInt;
  constructor(value: bigint) {
    super();
    this.underlying = new GoInt("int64", value);
  }
  override get goKind(): string {
    return "int64";
  }
  like(value: GoInt): Span {
    return new Span(value.value);
  }
  override method(name: string): Func | undefined {
    switch (name) {
      case "String":
        return func([], () => this.format(), { result: "string" });
      case "Twice":
        return func([], () => new Span(BigInt.asIntN(64, this.underlying.value * 2n)), { result: "main.Span" });
      case "Plus":
        return func(["int"], (n: number) => this.underlying.value + BigInt(n), { result: "int64" });
      default:
        return undefined;
    }
  }
  format(): string {
    return `${this.underlying.value}s`;
  }
}

/** A struct without methods, or a pointer to one. */
export class Pair extends GoObject {
  readonly goType: string;
  readonly a: unknown;
  readonly b: unknown;
  constructor(a: unknown, b: unknown, goType: "main.Pair" | "*main.Pair") {
    super();
    this.a = a;
    this.b = b;
    this.goType = goType;
  }
  override field(name: string): unknown {
    return name === "A" ? this.a : name === "B" ? this.b : undefined;
  }
  fieldType(): string {
    return "interface {}";
  }
  fields(): readonly (readonly [string, unknown])[] {
    return [
      ["A", this.a],
      ["B", this.b],
    ];
  }
  format(): string {
    return sprint([this]);
  }
}

class Inner extends GoObject {
  readonly goType = "*main.Inner";
  readonly v: string;
  constructor(v: string) {
    super();
    this.v = v;
  }
  override field(name: string): unknown {
    return name === "V" ? this.v : undefined;
  }
  override method(name: string): Func | undefined {
    if (name !== "TrueFalse") return undefined;
    return func(["bool"], (b: boolean) => (b ? "true" : ""), { result: "string" });
  }
  fields(): readonly (readonly [string, unknown])[] {
    return [["V", this.v]];
  }
  format(): string {
    return `&{${this.v}}`;
  }
}

class Fail extends GoObject {
  readonly goType = "main.Fail";
  override field(name: string): unknown {
    return name === "Code" ? int(3) : undefined;
  }
  readonly stringer = true;
  fields(): readonly (readonly [string, unknown])[] {
    return [["Code", int(3)]];
  }
  format(): string {
    return "fail 3";
  }
}

/** A named slice with a method. */
class Names extends GoObject {
  readonly goType = "main.Names";
  readonly underlying = withGoType(["a", "b"], "[]string");
  override get goKind(): string {
    return "slice";
  }
  override method(name: string): Func | undefined {
    return name === "Method0" ? func([], () => "M0", { result: "string" }) : undefined;
  }
  format(): string {
    return "[a b]";
  }
  fields = undefined as never;
}

const typed = (type: string, value: unknown[] | GoMap) => withGoType(value, type);
const ints = (...values: number[]) => values.map((n) => int(n));

/** The twin of the oracle's World: a field of every kind that templates meet. */
export class World extends GoObject {
  readonly goType = "*main.World";
  readonly isSmall: boolean;
  private values: Record<string, unknown> | undefined;
  constructor(isSmall = false) {
    super();
    this.isSmall = isSmall;
  }
  override field(name: string): unknown {
    this.values ??= this.isSmall ? smallFields() : fullFields();
    const value = Object.hasOwn(this.values, name) ? this.values[name] : undefined;
    return value;
  }
  fieldType(name: string): string | undefined {
    return /^Empty\d$/.test(name) ? "interface {}" : interfaceFields[name];
  }
  fields(): readonly (readonly [string, unknown])[] {
    this.field("");
    return [...Object.entries(this.values as object), ["unexported", int(0)]];
  }
  override method(name: string): Func | undefined {
    switch (name) {
      case "Method0":
        return func([], () => "M0", { result: "string" });
      case "Method1":
        return func(["int"], (a: number) => a, { result: "int" });
      case "Method2":
        return func(["uint16", "string"], (a: number, b: string) => `Method2: ${a} ${b}`, { result: "string" });
      case "Method3":
        return func(["interface {}"], (v: unknown) => `Method3: ${sprint([v])}`, { result: "string" });
      case "Copy":
        return func([], () => new World(this.isSmall), { result: "*main.World" });
      case "GetU":
        return func([], () => this.field("U"), { result: "*main.Inner" });
      case "MAdd":
        return func(
          ["int", "[]int"],
          (a: number, b: GoInt[]) =>
            typed(
              "[]int",
              b.map((n) => int(n.value + BigInt(a))),
            ),
          {
            result: "[]int",
          },
        );
      case "MyError":
        return func(
          ["bool"],
          (fail: boolean) => {
            if (fail) throw new Error("my error");
            return false;
          },
          { result: "bool" },
        );
      default:
        return undefined;
    }
  }
  format(): string {
    return "&{world}";
  }
}

const interfaceFields: Record<string, string> = {
  NonEmptyInterface: "main.Shape",
  NonEmptyInterfaceNil: "main.Shape",
  NonEmptyInterfaceTypedNil: "main.Shape",
  Str: "fmt.Stringer",
  Err: "error",
};

function fullFields(): Record<string, unknown> {
  const keyed = (type: string, entries: Record<string, unknown>) => typed(type, Object.assign(newMap(), entries));
  return {
    True: true,
    I: int(17),
    U16: new GoInt("uint16", 16n),
    X: "x",
    S: "xyz",
    FloatZero: 0,
    ComplexZero: new GoComplex(0, 0),
    U: new Inner("v"),
    NilU: new GoPointer("*main.Inner", undefined, ["V"]),
    L: new Label("one"),
    LP: new GoPointer("*main.Label", new Label("two"), ["Name"]),
    E: new Fail(),
    SI: typed("[]int", ints(3, 4, 5)),
    SIEmpty: nilOf("[]int"),
    SB: typed("[]bool", [true, false]),
    AI: typed("[3]int", ints(3, 4, 5)),
    PAI: new GoPointer("*[3]int", typed("[3]int", ints(3, 4, 5))),
    MSI: keyed("map[string]int", { one: int(1), two: int(2), three: int(3) }),
    MSIone: keyed("map[string]int", { one: int(1) }),
    MSIEmpty: nilOf("map[string]int"),
    MXI: keyed("map[interface {}]int", { one: int(1) }),
    MII: keyed("map[int]int", { 1: int(1) }),
    MI32S: keyed("map[int32]string", { 1: "one", 2: "two" }),
    MI64S: keyed("map[int64]string", { 2: "i642", 3: "i643" }),
    MUI32S: keyed("map[uint32]string", { 2: "u322", 3: "u323" }),
    MUI64S: keyed("map[uint64]string", { 2: "ui642", 3: "ui643" }),
    MI8S: keyed("map[int8]string", { 2: "i82", 3: "i83" }),
    MUI8S: keyed("map[uint8]string", { 2: "u82", 3: "u83" }),
    SMSI: typed("[]map[string]int", [
      keyed("map[string]int", { one: int(1), two: int(2) }),
      keyed("map[string]int", { eleven: int(11), twelve: int(12) }),
    ]),
    Empty0: null,
    Empty1: int(3),
    Empty2: "empty2",
    Empty3: typed("[]int", ints(7, 8)),
    Empty4: new Inner("UinEmpty"),
    NonEmptyInterface: new World(true),
    NonEmptyInterfacePtS: new GoPointer("*main.Shape", new Names()),
    NonEmptyInterfaceNil: null,
    NonEmptyInterfaceTypedNil: new NilWorld(),
    Str: new Label("foozle"),
    Err: new Failure("erroozle"),
    PI: new GoPointer("*int", int(23)),
    PS: new GoPointer("*string", "a string"),
    PSI: new GoPointer("*[]int", typed("[]int", ints(21, 22, 23))),
    NIL: new GoPointer("*int"),
    BinaryFunc: new GoFunc(
      "func(string, string) string",
      func(["string", "string"], (a, b) => `[${a}=${b}]`, { result: "string" }),
    ),
    VariadicFunc: new GoFunc(
      "func(...string) string",
      func([], (...s) => `<${s.join("+")}>`, { variadic: "string", result: "string" }),
    ),
    VariadicFuncInt: new GoFunc(
      "func(int, ...string) string",
      func(["int"], (a, ...s) => `${a}=<${s.join("+")}>`, { variadic: "string", result: "string" }),
    ),
    NilOKFunc: new GoFunc(
      "func(*int) bool",
      func(["*int"], (p: GoPointer) => p.isNil, { result: "bool" }),
    ),
    ErrFunc: new GoFunc(
      "func() (string, error)",
      func([], () => "bla", { result: "string" }),
    ),
    PanicFunc: new GoFunc(
      "func() string",
      func([], () => {
        throw new Error("test panic");
      }),
    ),
  };
}

function smallFields(): Record<string, unknown> {
  return { X: "x", I: int(0), S: "" };
}

/** A nil *World: methods that do not look at the receiver can be called. */
class NilWorld extends GoPointer {
  constructor() {
    super("*main.World", undefined, ["X", "S", "I"]);
  }
  override method(name: string): Func | undefined {
    const method = new World(true).method(name);
    if (name === "Method0" || name === "Method1" || method === undefined) return method;
    return func(method.params, () => {
      throw new Error("runtime error: invalid memory address or nil pointer dereference");
    });
  }
}

/** iter.Seq[int] of 0…n-1. */
export function seq(n: number): GoFunc {
  return new GoFunc(
    "iter.Seq[int]",
    func(["func(int) bool"], () => null),
    () => Array.from({ length: n }, (_, i) => [int(i)] as const),
  );
}

/** iter.Seq2[int,int]. */
export function seq2(n: number): GoFunc {
  return new GoFunc(
    "iter.Seq2[int,int]",
    func(["func(int, int) bool"], () => null),
    () => Array.from({ length: n }, (_, i) => [int(i), int(i + 1)] as const),
  );
}

/** The methods of the named map type of the oracle. */
export const methods = {
  "main.Values": {
    AsMap: (receiver: GoMap) =>
      func([], () => ({ __proto__: null, ...receiver }), { result: "map[string]interface {}" }),
    Table: (receiver: GoMap) =>
      func(
        ["string"],
        (name: string) => {
          const table = receiver[name];
          if (
            typeof table !== "object" ||
            table === null ||
            Array.isArray(table) ||
            table instanceof GoObject ||
            table instanceof GoInt
          ) {
            throw new Error(sprintf("no table %q", [name]));
          }
          return withGoType({ __proto__: null, ...table }, "main.Values");
        },
        { result: "main.Values" },
      ),
  },
};
