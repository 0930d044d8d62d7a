import {
  GoInt,
  GoObject,
  byteLength,
  fromBytes,
  toBytes,
  typeName,
  withGoType,
  goTypeTag,
  type GoMap,
} from "../../base/index.ts";
import { func, type Func } from "../func.ts";
import { formatValue, isPrint, sprint, sprintf, sprintln } from "../fmt/index.ts";
import {
  GoFunc,
  GoPointer,
  elemTypeOf,
  isNilValue,
  isStringer,
  keyType,
  kindOf,
  pointedType,
  underlying,
  zeroOf,
  extras,
} from "../kinds.ts";
import { goTruth } from "../truth.ts";
import { assign, canBeNil, toResult } from "./args.ts";
import { eq, le, lt } from "./compare.ts";

const value = "reflect.Value";
const any = "interface {}";

let table: Map<string, Func> | undefined;

/** text/template's own functions. `and`, `or` and `call` are known by name to the compiler. */
export function builtin(name: string): Func | undefined {
  table ??= new Map<string, Func>([
    ["and", func([value], goTruth, { variadic: value, result: value })],
    ["or", func([value], goTruth, { variadic: value, result: value })],
    ["call", func([value], goTruth, { variadic: value, result: value })],
    ["html", func([], (...args) => escapeHTML(evalArgs(args)), { variadic: any, result: "string" })],
    ["index", func([value], index, { variadic: value, result: value })],
    ["slice", func([value], slice, { variadic: value, result: value })],
    ["js", func([], (...args) => escapeJS(evalArgs(args)), { variadic: any, result: "string" })],
    ["len", func([value], length, { result: "int" })],
    ["not", func([value], (arg) => !goTruth(arg), { result: "bool" })],
    ["print", func([], (...args) => sprint(args), { variadic: any, result: "string" })],
    ["printf", func(["string"], (format, ...args) => sprintf(format, args), { variadic: any, result: "string" })],
    ["println", func([], (...args) => sprintln(args), { variadic: any, result: "string" })],
    ["urlquery", func([], (...args) => escapeQuery(evalArgs(args)), { variadic: any, result: "string" })],
    ["eq", func([value], (first, ...others) => eq(first, others), { variadic: value, result: "bool" })],
    ["ne", func([value, value], (a, b) => !eq(a, [b]), { result: "bool" })],
    ["lt", func([value, value], lt, { result: "bool" })],
    ["le", func([value, value], le, { result: "bool" })],
    ["gt", func([value, value], (a, b) => !le(a, b), { result: "bool" })],
    ["ge", func([value, value], (a, b) => !lt(a, b), { result: "bool" })],
  ]);
  return table.get(name);
}

const zeroValue = "reflect: call of reflect.Value.Type on zero Value";

/** The value behind pointers; undefined for a nil pointer or interface, which `isNil` then tells. */
function indirect(item: unknown): { item: unknown; isNil: boolean } {
  while (item instanceof GoPointer) {
    if (item.isNil) return { item, isNil: true };
    item = item.elem;
  }
  return { item: underlying(item), isNil: item === null };
}

function length(arg: unknown): number {
  const { item, isNil } = indirect(arg);
  if (isNil) throw new Error("len of nil pointer");
  if (item === undefined) throw new Error(zeroValue);
  if (typeof item === "string") return byteLength(item);
  if (Array.isArray(item) || item instanceof Uint8Array) return item.length;
  if (kindOf(item) === "map") return Object.keys(item as object).length;
  throw new Error(`len of type ${pointedType(arg)}`);
}

/** An index whose static type is an interface, into which Go's slice does not look. */
class HiddenIndex extends GoObject {
  readonly goType = "interface {}";
  format(): string {
    return "";
  }
}

/** What stands for such an index. */
export const hiddenIndex: GoObject = new HiddenIndex();

/** An index into a list, checked as Go checks it: up to and with `cap`. */
function indexArg(arg: unknown, cap: number): number {
  if (arg === null || arg === undefined) throw new Error("cannot index slice/array with nil");
  const index = underlying(arg);
  if (!(index instanceof GoInt)) throw new Error(`cannot index slice/array with type ${typeName(arg)}`);
  // Go reads unsigned ones as int64.
  const at = BigInt.asIntN(64, index.value);
  if (at < 0n || at > BigInt(cap)) throw new Error(`index out of range: ${at}`);
  return Number(at);
}

function index(first: unknown, ...indexes: unknown[]): unknown {
  let item = first;
  if (item === null || item === undefined) throw new Error("index of untyped nil");
  for (const at of indexes) {
    const { item: inner, isNil } = indirect(item);
    if (isNil) throw new Error("index of nil pointer");
    item = indexOne(item, inner, at);
  }
  return item;
}

function indexOne(outer: unknown, item: unknown, at: unknown): unknown {
  if (typeof item === "string") {
    const bytes = toBytes(item);
    const i = indexArg(at, bytes.length);
    if (i === bytes.length) throw new Error("reflect: string index out of range");
    return new GoInt("uint8", BigInt(bytes[i] as number));
  }
  if (Array.isArray(item) || item instanceof Uint8Array) {
    const i = indexArg(at, item.length);
    if (i === item.length) throw new Error(`reflect: ${kindOf(item)} index out of range`);
    return item instanceof Uint8Array ? new GoInt("uint8", BigInt(item[i] as number)) : (item[i] ?? null);
  }
  if (kindOf(item) !== "map") throw new Error(`can't index item of type ${pointedType(outer)}`);
  const map = item as GoMap;
  const tag = goTypeTag(map);
  const key = tag === undefined && typeof at === "string" ? at : mapKey(at, keyType(typeName(map)));
  const found = Object.hasOwn(map, key) ? map[key] : undefined;
  return found === undefined ? zeroOf(elemTypeOf(map)) : found;
}

const isIntType = (type: string) => /^u?int(8|16|32|64|ptr)?$/.test(type);

/** A key of the type, as our maps hold keys: as text. */
function mapKey(at: unknown, type: string): string {
  if (at === null || at === undefined) {
    if (canBeNil(type)) return "<nil>";
    throw new Error(`value is nil; should be of type ${type}`);
  }
  const inner = underlying(at);
  if (isIntType(type) && inner instanceof GoInt) return inner.value.toString();
  if (type === any || typeName(at) === type) return inner instanceof GoInt ? inner.value.toString() : String(inner);
  throw new Error(`value has type ${typeName(at)}; should be ${type}`);
}

/** `slice x low high max`. */
export function slice(first: unknown, ...indexes: unknown[]): unknown {
  if (first === null || first === undefined) throw new Error("slice of untyped nil");
  const { item, isNil } = indirect(first);
  if (isNil) throw new Error("slice of nil pointer");
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  let list: unknown[] | Uint8Array;
  if (typeof item === "string") {
    if (indexes.length === 3) throw new Error("cannot 3-index slice a string");
    list = toBytes(item);
  } else if (Array.isArray(item) || item instanceof Uint8Array) list = item;
  else throw new Error(`can't slice item of type ${pointedType(first)}`);
  const at = [0, list.length, list.length];
  indexes.forEach((arg, i) => {
    at[i] = indexArg(arg, list.length);
  });
  const [low, high, cap] = at as [number, number, number];
  if (low > high) throw new Error(`invalid slice index: ${low} > ${high}`);
  if (indexes.length === 3 && high > cap) throw new Error(`invalid slice index: ${high} > ${cap}`);
  if (typeof item === "string") return fromBytes((list as Uint8Array).subarray(low, high));
  const part = list.slice(low, high);
  const tag = goTypeTag(list);
  return tag === undefined ? part : withGoType(part, tag);
}

/** `call f a b`: calls a value that is a function; `name` is how the template wrote it. */
export function callValue(name: string, callee: unknown, args: readonly unknown[]): unknown {
  if (callee === null || callee === undefined) throw new Error("call of nil");
  if (!(callee instanceof GoFunc)) throw new Error(`non-function ${name} of type ${typeName(callee)}`);
  const { params, variadic } = callee.func;
  if (variadic === undefined ? args.length !== params.length : args.length < params.length) {
    const want = variadic === undefined ? `${params.length}` : `at least ${params.length}`;
    throw new Error(`wrong number of args for ${name}: got ${args.length} want ${want}`);
  }
  const ready = args.map((arg, i) => prepareArg(arg, params[i] ?? (variadic as string), i));
  return toResult(callee.func.call(...ready), callee.func.result);
}

function prepareArg(arg: unknown, type: string, i: number): unknown {
  if (arg === null || arg === undefined) {
    if (!canBeNil(type)) throw new Error(`arg ${i}: value is nil; should be of type ${type}`);
    return type === value ? undefined : zeroOf(type);
  }
  if (type === value) return arg;
  const inner = underlying(arg);
  if (isIntType(type) && inner instanceof GoInt) {
    const converted = toResult(inner.value, type) as GoInt;
    return assign(converted, type);
  }
  const ready = assign(arg, type);
  if (ready === undefined) throw new Error(`arg ${i}: value has type ${typeName(arg)}; should be ${type}`);
  return ready;
}

/** Arguments as text for the escapers: pointers are followed, nothing prints as `<no value>` does. */
function evalArgs(args: readonly unknown[]): string {
  if (args.length === 1 && typeof args[0] === "string") return args[0];
  return args.length === 1 ? printText(args[0]) : sprint(args.map(dereferenced));
}

/** What printing a template's value prints: the value behind pointers, `<no value>` for nothing. */
export function printable(arg: unknown): unknown {
  if (arg === null || arg === undefined) return "<no value>";
  while (arg instanceof GoPointer && !arg.isNil) arg = arg.elem;
  return arg;
}

/** What Sprint is given for an argument: structs without methods stand for pointers to them. */
function dereferenced(arg: unknown): unknown {
  const item = printable(arg);
  if (!(item instanceof GoObject) || item.goType[0] !== "*" || isStringer(item)) return item;
  return new Printed(printText(item));
}

/** A text that is not a string to Sprint, which puts spaces between operands that are no strings. */
class Printed extends GoObject {
  readonly goType = "struct";
  private readonly text: string;
  constructor(text: string) {
    super();
    this.text = text;
  }
  format(): string {
    return this.text;
  }
}

/** The text of a value that an action prints. */
export function printText(arg: unknown): string {
  const item = printable(arg);
  const addressed = item instanceof GoObject ? extras(item).pointerFormat?.() : undefined;
  if (addressed !== undefined) return addressed;
  const text = formatValue(item);
  // A pointer to a struct without methods prints as the struct.
  const isStruct = item instanceof GoObject && item.goType[0] === "*" && !isStringer(item);
  return isStruct && text[0] === "&" ? text.slice(1) : text;
}

/** True for what an action cannot print. */
export function isUnprintable(arg: unknown): boolean {
  const kind = kindOf(arg);
  return (kind === "func" || kind === "chan") && !isNilValue(arg);
}

const htmlEscapes: Record<string, string> = {
  "\0": "\uFFFD",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

function escapeHTML(text: string): string {
  // oxlint-disable-next-line no-control-regex -- NUL is one of the characters that Go escapes
  return text.replace(/[\0"'&<>]/g, (char) => htmlEscapes[char] as string);
}

function escapeJS(text: string): string {
  let out = "";
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    switch (char) {
      case "\\":
      case "'":
      case '"':
        out += `\\${char}`;
        continue;
      default:
    }
    if (code < 32 || "<>&=".includes(char)) out += `\\u${hex4(code)}`;
    else if (code < 0x80) out += char;
    else {
      const rune = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
      out += isPrint(rune) ? char : `\\u${hex4(rune)}`;
    }
  }
  return out;
}

function hex4(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, "0");
}

function escapeQuery(text: string): string {
  let out = "";
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte);
    if (byte === 32) out += "+";
    else if (byte < 0x80 && /[A-Za-z0-9\-_.~]/.test(char)) out += char;
    else out += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
