import { GoInt, GoObject, goTypeTag, isNilCollection, typeName } from "../base/index.ts";

/** What Go's runtime says where a nil is used as if it were something; reflect.TypeOf(nil).Kind() ends there too. */
export const nilPointer = "runtime error: invalid memory address or nil pointer dereference";

/** A value with its named type taken off: `engine.files` is a map, `time.Duration` an int64. */
export function underlying(value: unknown): unknown {
  if (value instanceof GoObject && "underlying" in value) return (value as { underlying: unknown }).underlying;
  return value;
}

/** reflect's kind of a value, by its name; nil is `invalid`. */
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
  if (value === null) return "invalid";
  if (value instanceof GoInt) return value.kind;
  if (value instanceof GoObject) {
    const inner = underlying(value);
    return inner === value || inner === undefined ? value.goKind : kindOf(inner);
  }
  if (Array.isArray(value) || value instanceof Uint8Array) return "slice";
  return "map";
}

/** The kind, as reflect.TypeOf(value).Kind() gives it: nil has no type, and asking is a runtime error in Go. */
export function kindOrPanic(value: unknown): string {
  if (value === null || value === undefined) throw new Error(nilPointer);
  return kindOf(value);
}

/** The elements of a slice or array of any type; undefined for anything else. Bytes become uint8 values. */
export function elements(value: unknown): readonly unknown[] | undefined {
  const plain = underlying(value);
  if (Array.isArray(plain)) return plain as unknown[];
  if (plain instanceof Uint8Array) return Array.from(plain, (byte) => new GoInt("uint8", BigInt(byte)));
  return undefined;
}

/**
 * Emptiness as sprig's `default`, `empty`, `coalesce` and mergo see it: nil, false, zero, "" and collections
 * without elements; structs never are, pointers when they are nil.
 */
export function isEmpty(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value === "";
    case "boolean":
      return !value;
    case "number":
      return value === 0;
    case "undefined":
      return true;
    default:
  }
  if (value === null) return true;
  if (value instanceof GoInt) return value.value === 0n;
  if (value instanceof GoObject) {
    if ("underlying" in value) return isEmpty(underlying(value));
    return value.goKind === "ptr" && !value.truth;
  }
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (typeof value === "object") {
    for (const _ in value) return false;
    return true;
  }
  return false;
}

/**
 * reflect.DeepEqual: types first (an int 1 is not an int64 1, a []string never a []interface {}), then what is
 * inside; a nil collection differs from an empty one; NaN differs from itself.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
  if (a instanceof GoInt) return b instanceof GoInt && a.kind === b.kind && a.value === b.value;
  if (a instanceof GoObject) return b instanceof GoObject && equalObjects(a, b);
  if (b instanceof GoInt || b instanceof GoObject) return false;
  if (a === b) return true;
  if (typeName(a) !== typeName(b) || isNilCollection(a) !== isNilCollection(b)) return false;
  if (a instanceof Uint8Array) {
    const other = b as Uint8Array;
    return a.length === other.length && a.every((byte, i) => byte === other[i]);
  }
  if (Array.isArray(a)) {
    const other = b as unknown[];
    return a.length === other.length && a.every((item, i) => deepEqual(item, other[i]));
  }
  return equalMaps(a as Record<string, unknown>, b as Record<string, unknown>);
}

function equalMaps(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]));
}

function equalObjects(a: GoObject, b: GoObject): boolean {
  if (a === b) return true;
  if (a.goType !== b.goType) return false;
  if ("underlying" in a) return deepEqual(underlying(a), underlying(b));
  if ("deepEquals" in a) return (a as unknown as { deepEquals(other: GoObject): boolean }).deepEquals(b);
  return a.format() === b.format();
}

/** The words of Go's failed type assertion `value.(type)` on an interface {}. */
export function conversionError(value: unknown, wanted: string): Error {
  const name = value === null || value === undefined ? "nil" : typeName(value);
  return new Error(`interface conversion: interface {} is ${name}, not ${wanted}`);
}

/** True for exactly map[string]interface {}, as a Go type assertion has it (a named map type is another type). */
export function isPlainMap(value: unknown): value is Record<string, unknown> {
  return kindOf(value) === "map" && !(value instanceof GoObject) && goTypeTag(value as object) === undefined;
}
