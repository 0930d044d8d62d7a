import {
  GoInt,
  GoObject,
  compareStrings,
  goTypeTag,
  isNilCollection,
  nilOf,
  typeName,
  type GoMap,
} from "../base/index.ts";
import type { Func } from "./func.ts";

/**
 * What a GoObject may have beyond base's members, all optional. The engine and fmt look for them:
 * a type over a map, slice or number with methods of its own (`time.Duration`, `engine.files`) has `underlying`,
 * a struct without a String method has `fields`, a struct with fields of interface type has `fieldType`.
 */
export interface GoObjectExtras {
  /** The plain value of a named type that is not a struct: its elements are indexed, ranged over and compared. */
  readonly underlying?: unknown;
  /** A value of the same named type over another plain value. */
  like?(underlying: unknown): unknown;
  /** The static type of a field, where it is not the type of the value. */
  fieldType?(name: string): string | undefined;
  /** The fields in order, exported or not, for printing; without it `format()` is what String() or Error() gives. */
  fields?(): readonly (readonly [string, unknown])[];
  /** True where there are `fields` and a String or Error method, too. */
  readonly stringer?: boolean;
  /** What an action prints where String() belongs to the pointer: templates take the address of what they can. */
  readonly pointerFormat?: (() => string) | undefined;
  /** What %#v prints. */
  goString?(): string;
  /** What a range over a function or channel yields: pairs for `seq2`, else the first of each pair. */
  iterate?(): Iterable<readonly [unknown, unknown?]>;
  /** True where Go's == may not be used on the type. */
  readonly notComparable?: boolean;
}

/** Go's complex128, which only literals make. */
export class GoComplex extends GoObject {
  readonly goType = "complex128";
  readonly re: number;
  readonly im: number;
  constructor(re: number, im: number) {
    super();
    this.re = re;
    this.im = im;
  }
  override get goKind(): string {
    return "complex128";
  }
  override get truth(): boolean {
    return this.re !== 0 || this.im !== 0;
  }
  format(): string {
    return `(${this.re}+${this.im}i)`;
  }
}

/** Go's float32. */
export class GoFloat32 extends GoObject {
  readonly goType = "float32";
  readonly value: number;
  constructor(value: number) {
    super();
    this.value = Math.fround(value);
  }
  override get goKind(): string {
    return "float32";
  }
  override get truth(): boolean {
    return this.value !== 0;
  }
  format(): string {
    return String(this.value);
  }
  override toJSON(): unknown {
    return this.value;
  }
}

/** A pointer to a plain value, or, without one, a nil pointer of the named type (`*chart.Lock`). */
export class GoPointer extends GoObject {
  readonly goType: string;
  readonly elem: unknown;
  /** The fields of the struct pointed to, where it is one: errors tell unknown fields from those of a nil pointer. */
  readonly fieldNames: readonly string[] | undefined;
  constructor(goType: string, elem?: unknown, fieldNames?: readonly string[]) {
    super();
    this.goType = goType;
    this.elem = elem;
    this.fieldNames = fieldNames;
  }
  override get goKind(): string {
    return "ptr";
  }
  get isNil(): boolean {
    return this.elem === undefined;
  }
  override get truth(): boolean {
    return !this.isNil;
  }
  format(): string {
    return this.isNil ? "<nil>" : "0xc000012345";
  }
  override toJSON(): unknown {
    return this.elem ?? null;
  }
}

/** True for nil, nothing at all, nil pointers and nil maps and slices. */
export function isNilValue(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value !== "object") return false;
  if (value instanceof GoPointer) return value.isNil;
  return isNilCollection(value);
}

/** A function as a value, which `call` calls; `iterate` is there where it is an iterator. */
export class GoFunc extends GoObject {
  readonly goType: string;
  readonly func: Func;
  readonly iterate?: () => Iterable<readonly [unknown, unknown?]>;
  constructor(goType: string, func: Func, iterate?: () => Iterable<readonly [unknown, unknown?]>) {
    super();
    this.goType = goType;
    this.func = func;
    if (iterate !== undefined) this.iterate = iterate;
  }
  override get goKind(): string {
    return "func";
  }
  format(): string {
    return "0x47b2e0";
  }
  override toJSON(): unknown {
    return undefined;
  }
}

/** Whether Go's type has a String or Error method. */
export function isStringer(value: unknown): value is GoObject {
  if (!(value instanceof GoObject)) return false;
  if (value instanceof GoPointer || value instanceof GoComplex || value instanceof GoFloat32) return false;
  const more = value as GoObjectExtras;
  if (more.stringer === true) return true;
  return more.fields === undefined && value.goKind !== "func" && value.goKind !== "chan";
}

/** The members a GoObject may have beyond base's. */
export function extras(value: GoObject): GoObjectExtras {
  return value as GoObjectExtras;
}

/**
 * The value behind a named type (`time.Duration` → its int64) or behind pointers, as the engine sees it after
 * reflect's Kind is asked; other values come back as they are.
 */
export function underlying(value: unknown): unknown {
  if (value instanceof GoObject) {
    const inner = (value as GoObjectExtras).underlying;
    if (inner !== undefined) return inner;
  }
  return value;
}

/** The type of a value behind the pointers that lead to it. */
export function pointedType(value: unknown): string {
  const type = typeName(value);
  return value instanceof GoObject && type[0] === "*" ? type.slice(1) : type;
}

/** reflect's kinds, as `Kind().String()` spells them; `invalid` for nothing, `interface` for a nil interface. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return "float64";
    case "function":
      return "func";
    case "undefined":
      return "invalid";
    default:
  }
  if (value === null) return "interface";
  if (value instanceof GoInt) return value.kind;
  if (value instanceof GoObject) {
    const inner = (value as GoObjectExtras).underlying;
    return inner === undefined ? value.goKind : kindOf(inner);
  }
  if (Array.isArray(value)) {
    const tag = goTypeTag(value);
    return tag !== undefined && tag[0] === "[" && tag[1] !== "]" ? "array" : "slice";
  }
  return value instanceof Uint8Array ? "slice" : "map";
}

/** The element type of a map or slice type by its name; named types count as maps of interfaces. */
export function elemType(type: string): string {
  if (type[0] === "[") return type.slice(type.indexOf("]") + 1);
  if (type.startsWith("map[")) {
    let depth = 0;
    for (let i = 3; i < type.length; i++) {
      if (type[i] === "[") depth++;
      else if (type[i] === "]" && --depth === 0) return type.slice(i + 1);
    }
  }
  return "interface {}";
}

/** The key type of a map type by its name. */
export function keyType(type: string): string {
  if (!type.startsWith("map[")) return "string";
  return type.slice(4, type.length - elemType(type).length - 1);
}

/** The element type of a value that is a map or slice. */
export function elemTypeOf(value: unknown): string {
  if (value instanceof Uint8Array) return "uint8";
  return elemType(typeName(value));
}

/** True when the elements of this map or slice are interfaces, so that their static type hides their kind. */
export function hasInterfaceElems(container: unknown): boolean {
  const inner = underlying(container);
  return elemTypeOf(inner) === "interface {}";
}

/** Go's zero value of a type by its name; `null` for interfaces. */
export function zeroOf(type: string): unknown {
  switch (type) {
    case "string":
      return "";
    case "bool":
      return false;
    case "float64":
      return 0;
    case "float32":
      return new GoFloat32(0);
    case "interface {}":
    case "error":
    case "fmt.Stringer":
      return null;
    case "int":
    case "int8":
    case "int16":
    case "int32":
    case "int64":
    case "uint":
    case "uint8":
    case "uint16":
    case "uint32":
    case "uint64":
    case "uintptr":
      return new GoInt(type, 0n);
    default:
  }
  if (type[0] === "[" || type.startsWith("map[")) return nilOf(type);
  if (type[0] === "*") return new GoPointer(type);
  return null;
}

/** The keys of a map in Go's order. */
export function sortedKeys(map: GoMap): string[] {
  const keys = Object.keys(map);
  if (keys.length < 2) return keys;
  const kind = goTypeTag(map);
  if (kind !== undefined && kind.startsWith("map[") && !kind.startsWith("map[string]")) {
    const key = keyType(kind);
    if (key !== "interface {}") return keys.sort((a, b) => compareTypedKeys(a, b, key));
  }
  // UTF-16 order is code point order as long as there are no surrogates; the test costs nothing on Latin-1 strings.
  for (const key of keys) if (highUnit.test(key)) return keys.sort(compareStrings);
  for (let i = 1; i < keys.length; i++) if ((keys[i] as string) < (keys[i - 1] as string)) return keys.sort();
  return keys;
}

const highUnit = /[\ud800-\uffff]/;

function compareTypedKeys(a: string, b: string, type: string): number {
  if (type === "bool") return a === b ? 0 : a === "false" ? -1 : 1;
  if (type.startsWith("int") || type.startsWith("uint")) {
    const x = BigInt(a);
    const y = BigInt(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (type.startsWith("float")) {
    const x = Number(a);
    const y = Number(b);
    return Number.isNaN(x) ? (Number.isNaN(y) ? 0 : -1) : x - y;
  }
  return compareStrings(a, b);
}

/** A map's key as a Go value of the map's key type: our maps hold keys as text. */
export function keyValue(key: string, type: string): unknown {
  if (type === "string" || type === "interface {}") return key;
  if (type === "bool") return key === "true";
  if (type.startsWith("float")) return Number(key);
  const zero = zeroOf(type);
  return zero instanceof GoInt ? new GoInt(zero.kind, BigInt(key)) : key;
}
