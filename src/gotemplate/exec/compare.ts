import { GoInt, GoObject, compareStrings, typeName } from "../../base/index.ts";
import { sprintf } from "../fmt/index.ts";
import { GoComplex, GoFloat32, extras, isNilValue, kindOf, underlying } from "../kinds.ts";

/** What text/template's comparisons call a basic kind. */
type Basic = "invalid" | "bool" | "complex" | "int" | "float" | "string" | "uint";

function basicKind(value: unknown): Basic {
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      return "float";
    case "boolean":
      return "bool";
    default:
  }
  const inner = underlying(value);
  if (inner instanceof GoInt) return inner.kind.startsWith("u") ? "uint" : "int";
  if (inner instanceof GoComplex) return "complex";
  if (inner instanceof GoFloat32) return "float";
  return inner === value ? "invalid" : basicKind(inner);
}

function plain(value: unknown): unknown {
  const inner = underlying(value);
  if (inner instanceof GoInt || inner instanceof GoFloat32) return inner.value;
  return inner;
}

function incompatible(a: unknown, b: unknown): Error {
  return new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
}

/** `eq a b c…`: a == b || a == c || …; throws what Go says of types that cannot be compared. */
export function eq(first: unknown, others: readonly unknown[]): boolean {
  if (others.length === 0) throw new Error("missing argument for comparison");
  const kind = basicKind(first);
  for (const other of others) if (equal(first, kind, other)) return true;
  return false;
}

function equal(a: unknown, kind: Basic, b: unknown): boolean {
  const other = basicKind(b);
  if (kind !== other) {
    // Signed and unsigned integers compare by value.
    if ((kind === "int" && other === "uint") || (kind === "uint" && other === "int")) return plain(a) === plain(b);
    if (a !== null && a !== undefined && b !== null && b !== undefined) throw incompatible(a, b);
    return false;
  }
  if (kind === "complex") {
    const x = plain(a) as GoComplex;
    const y = plain(b) as GoComplex;
    return x.re === y.re && x.im === y.im;
  }
  if (kind !== "invalid") return plain(a) === plain(b);
  const aKind = kindOf(a ?? undefined);
  const bKind = kindOf(b ?? undefined);
  if (aKind !== bKind && aKind !== "invalid" && bKind !== "invalid") {
    throw new Error(
      `non-comparable types ${sprintf("%s", [a])}: ${typeName(a)}, ${typeName(b)}: ${sprintf("%v", [b])}`,
    );
  }
  if (isNilValue(a) || isNilValue(b)) return isNilValue(a) === isNilValue(b);
  if (!isComparable(b)) throw new Error(`non-comparable type ${sprintf("%s", [b])}: ${typeName(b)}`);
  return a === b || sameStruct(a, b);
}

function isComparable(value: unknown): boolean {
  const kind = kindOf(value);
  if (kind === "map" || kind === "slice" || kind === "func") return false;
  return !(value instanceof GoObject && extras(value).notComparable === true);
}

function sameStruct(a: unknown, b: unknown): boolean {
  if (!(a instanceof GoObject) || !(b instanceof GoObject) || a.goType !== b.goType || a.goKind !== "struct") {
    return false;
  }
  const aFields = extras(a).fields?.();
  const bFields = extras(b).fields?.();
  if (aFields === undefined || bFields === undefined) return a.format() === b.format();
  return aFields.every(([, value], i) => {
    const other = bFields[i]?.[1];
    return (
      value === other || (basicKind(value) !== "invalid" && plain(value) === plain(other)) || sameStruct(value, other)
    );
  });
}

/** `lt a b`. */
export function lt(a: unknown, b: unknown): boolean {
  const kind = basicKind(a);
  const other = basicKind(b);
  if (kind === "invalid" || other === "invalid") throw new Error("invalid type for comparison");
  if (kind !== other) {
    if ((kind === "int" && other === "uint") || (kind === "uint" && other === "int")) {
      return (plain(a) as bigint) < (plain(b) as bigint);
    }
    throw incompatible(a, b);
  }
  switch (kind) {
    case "bool":
    case "complex":
      throw new Error("invalid type for comparison");
    case "string":
      return compareStrings(plain(a) as string, plain(b) as string) < 0;
    default:
      return (plain(a) as bigint) < (plain(b) as bigint);
  }
}

/** `le a b`: less or equal, so that NaN is neither. */
export function le(a: unknown, b: unknown): boolean {
  return lt(a, b) || eq(a, [b]);
}
