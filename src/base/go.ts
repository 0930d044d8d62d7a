/**
 * Go's kinds on JavaScript values. The rules, which every room follows:
 *
 * | Go | here |
 * |---|---|
 * | nil | `null` (`undefined` is Go's zero reflect.Value: nothing there at all) |
 * | bool, string | boolean, string (see bytes.ts for bytes that are not UTF-8) |
 * | float64 | number |
 * | every integer kind, float32 | {@link GoNumber} |
 * | map[string]interface {} | a plain object (made by {@link newMap}: no prototype) |
 * | []interface {} | an array |
 * | []byte | Uint8Array |
 * | other map and slice types | the same, tagged by {@link withGoType} |
 * | structs, things with methods | {@link GoObject} |
 */

/** The integer kinds and float32; float64 is a plain number. */
export type IntKind =
  | "int"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "uintptr";

/** A Go integer: its kind and its exact value. */
export class GoInt {
  readonly kind: IntKind;
  readonly value: bigint;
  constructor(kind: IntKind, value: bigint) {
    this.kind = kind;
    this.value = value;
  }
  /** The value as a JavaScript number; inexact beyond 2^53. */
  get number(): number {
    return Number(this.value);
  }
  /** JSON.stringify prints integers up to 2^53; marshalJSON of goyaml prints all exactly. */
  toJSON(): number {
    return Number(this.value);
  }
  toString(): string {
    return this.value.toString();
  }
}

const small: GoInt[] = [];
for (let i = -1; i <= 64; i++) small.push(new GoInt("int", BigInt(i)));

/** A Go `int` (literals, len, index variables). */
export function int(value: number | bigint): GoInt {
  const cached = typeof value === "number" ? small[value + 1] : undefined;
  return cached ?? new GoInt("int", BigInt.asIntN(64, BigInt(value)));
}

/** A Go `int64` (`--set n=5`, sprig's arithmetic). Wraps at 64 bits, as Go does. */
export function int64(value: number | bigint): GoInt {
  return new GoInt("int64", BigInt.asIntN(64, BigInt(value)));
}

/** A map[string]interface {}; also right for JSON objects of any origin. */
export type GoMap = { [key: string]: unknown };

/** A new, empty map without a prototype, so that no key is special. */
export function newMap(): GoMap {
  return { __proto__: null };
}

const goType = Symbol("goType");

/** Tags a map or slice with its Go type, where it is not map[string]interface {} or []interface {}. */
export function withGoType<T extends object>(value: T, type: string): T {
  Object.defineProperty(value, goType, { value: type, enumerable: false, configurable: true });
  return value;
}

/** The tag of {@link withGoType}, if any. */
export function goTypeTag(value: object): string | undefined {
  return (value as { [goType]?: string })[goType];
}

const goNil = Symbol("goNil");

/**
 * A nil slice or map of a Go type (`[]string`, `map[string]interface {}`): empty in every way but three. JSON and
 * YAML print `null`, reflect.DeepEqual tells it from an empty one, and a nil map cannot be written to.
 */
export function nilOf(type: string): unknown[] | GoMap {
  const value: unknown[] | GoMap = type.startsWith("map[") ? newMap() : [];
  Object.defineProperty(value, goNil, { value: true, enumerable: false });
  if (type !== "[]interface {}" && type !== "map[string]interface {}") withGoType(value, type);
  return value;
}

/** True for what {@link nilOf} makes (as long as nothing was put into it). */
export function isNilCollection(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as { [goNil]?: true })[goNil] === true;
}

/** A map (not a slice, not a number, not a thing with methods). */
export function isMap(value: unknown): value is GoMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof GoInt) &&
    !(value instanceof GoObject) &&
    !(value instanceof Uint8Array)
  );
}

/**
 * A Go struct, or any value with fields and methods that templates may reach. Field and method names are Go's,
 * with their capitals. What `printf "%v"` prints is `format()`.
 */
export abstract class GoObject {
  /** Go's name of the type: `*chart.Metadata`, `time.Time`, `engine.files`. */
  abstract readonly goType: string;
  /** reflect's kind: what kindOf answers. */
  get goKind(): string {
    return this.goType.startsWith("*") ? "ptr" : "struct";
  }
  /** The value of an exported field; undefined when there is none of that name. */
  field(_name: string): unknown {
    return undefined;
  }
  /** A bound method, or undefined when there is none of that name. See gotemplate's Func for the shape. */
  method(_name: string): unknown {
    return undefined;
  }
  /** What fmt prints with %v. */
  abstract format(): string;
  /** What encoding/json makes of it, as plain JSON data. */
  toJSON(): unknown {
    return this.format();
  }
  /** Go's truth: structs are always true, pointers when not nil. */
  get truth(): boolean {
    return true;
  }
}

/** The name that `%T`, typeOf and error texts use. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return "float64";
    case "function":
      return "func()";
    case "undefined":
      return "<nil>";
    default:
  }
  if (value === null) return "<nil>";
  if (value instanceof GoInt) return value.kind;
  if (value instanceof GoObject) return value.goType;
  if (value instanceof Uint8Array) return "[]uint8";
  const tag = goTypeTag(value as object);
  if (tag !== undefined) return tag;
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}
