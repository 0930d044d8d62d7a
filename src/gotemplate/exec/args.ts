import { GoInt, GoObject, goTypeTag, nilOf, typeName, withGoType, type IntKind } from "../../base/index.ts";
import { GoComplex, GoFloat32, GoPointer, isStringer, underlying, zeroOf } from "../kinds.ts";
import { nodeText, type Operand } from "../parse/ast.ts";
import type { Eval, State } from "./state.ts";

const numberKinds = new Set(["int", "int8", "int16", "int32", "uint", "uint8", "uint16", "uint32"]);
const bigKinds = new Set(["int64", "uint64", "uintptr"]);

/** reflect's canBeNil by the name of a type. */
export function canBeNil(type: string): boolean {
  return (
    type === "interface {}" ||
    type === "reflect.Value" ||
    type === "error" ||
    type === "fmt.Stringer" ||
    type.startsWith("[]") ||
    type.startsWith("map[") ||
    type[0] === "*" ||
    type.startsWith("func(")
  );
}

function zeroArg(type: string): unknown {
  return type === "reflect.Value" ? undefined : zeroOf(type);
}

/** An evaluated value as an argument of the type, checked as Go's validateType does. */
export function toArg(s: State, value: unknown, type: string): unknown {
  if (type === "interface {}") return value === undefined ? null : value;
  if (type === "reflect.Value") return value;
  if (type === "string" && typeof value === "string") return value;
  if (value === undefined) {
    if (canBeNil(type)) return zeroArg(type);
    s.fail(`invalid value; expected ${type}`);
  }
  const converted = assign(value, type);
  if (converted !== undefined) return converted;
  if (value instanceof GoPointer && value.goType === `*${type}`) {
    if (value.isNil) s.fail(`dereference of nil pointer of type ${type}`);
    return assign(value.elem, type);
  }
  return s.fail(`wrong type for value; expected ${type}; got ${value === null ? "interface {}" : typeName(value)}`);
}

/** The value as the function wants it, when Go could assign it to the type; undefined when not. */
export function assign(value: unknown, type: string): unknown {
  switch (type) {
    case "interface {}":
      return value === undefined ? null : value;
    case "string":
      return typeof value === "string" ? value : undefined;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "float64":
      return typeof value === "number" ? value : undefined;
    case "float32":
      return value instanceof GoFloat32 ? value.value : undefined;
    default:
  }
  if (value === null || value === undefined) return undefined;
  if (value instanceof GoInt) {
    if (value.kind !== type) return undefined;
    return bigKinds.has(type) ? value.value : Number(value.value);
  }
  if (typeof value !== "object") return undefined;
  if (value instanceof GoObject) {
    if (value.goType === type) return value;
    // An object that is a pointer to a struct stands for the struct, too; what a plain pointer points to comes later.
    if (value.goType === `*${type}` && !(value instanceof GoPointer)) return value;
    if (type === "error") return value.method("Error") === undefined ? undefined : value;
    if (type === "fmt.Stringer") return isStringer(value) && value.method("Error") === undefined ? value : undefined;
    // A named map or slice goes where its plain type is wanted.
    const inner = underlying(value);
    if (inner !== value && (type[0] === "[" || type.startsWith("map["))) return assign(inner, type);
    return undefined;
  }
  const own = typeName(value);
  if (own === type) return value;
  const isMapType = type === "map[string]interface {}";
  if (isMapType && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    const tag = goTypeTag(value);
    return tag !== undefined && !tag.startsWith("map[") ? value : undefined;
  }
  return undefined;
}

/** What a function answered, as a value of its declared result type. */
export function toResult(value: unknown, type: string | undefined): unknown {
  if (type === undefined || type === "interface {}") return value === undefined ? null : value;
  if (type === "reflect.Value") return value;
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
    case "bigint":
      if (numberKinds.has(type) || bigKinds.has(type)) return new GoInt(type as IntKind, wrap(BigInt(value), type));
      return type === "float32" ? new GoFloat32(Number(value)) : Number(value);
    default:
  }
  if (value === null || value === undefined) {
    if (type[0] === "[" || type.startsWith("map[")) return nilOf(type);
    return zeroOf(type);
  }
  if ((type[0] === "[" || type.startsWith("map[")) && typeName(value) !== type && goTypeTag(value) === undefined) {
    if (!(value instanceof Uint8Array) && !Object.isFrozen(value)) return withGoType(value, type);
  }
  return value;
}

function wrap(value: bigint, type: string): bigint {
  if (type === "int" || type === "int64") return BigInt.asIntN(64, value);
  const bits = Number(/\d+$/.exec(type)?.[0] ?? 64);
  return type.startsWith("u") ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
}

/** The value of a constant where no type is asked for. */
export function constantValue(s: State, node: Operand & { type: "number" }): unknown {
  const { text } = node;
  if (node.complex !== undefined) return new GoComplex(node.complex.re, node.complex.im);
  const isHex = /^0[xX]/.test(text) && text.length > 2 && !/[pP]/.test(text);
  if (node.float !== undefined && !isHex && text[0] !== "'" && /[.eEpP]/.test(text)) return node.float;
  if (node.int !== undefined) return new GoInt("int", node.int);
  return s.fail(`${text} overflows int`);
}

/** How a constant becomes an argument of the type; throws Go's error when it cannot. */
export function constantArg(s: State, node: Operand, type: string): unknown {
  s.node = node;
  switch (node.type) {
    case "nil":
      if (canBeNil(type)) return zeroArg(type);
      return s.fail(`cannot assign nil to ${type}`);
    case "bool":
    case "string":
    case "number":
      break;
    default:
      return s.fail(`can't handle ${nodeText(node)} for arg of type ${type}`);
  }
  if (type === "interface {}" || type === "reflect.Value") {
    return node.type === "number" ? constantValue(s, node) : node.type === "bool" ? node.value : node.text;
  }
  if (type === "bool") {
    return node.type === "bool" ? node.value : s.fail(`expected bool; found ${nodeText(node)}`);
  }
  if (type === "string") {
    return node.type === "string" ? node.text : s.fail(`expected string; found ${nodeText(node)}`);
  }
  const number = node.type === "number" ? node : undefined;
  if (type === "float64" || type === "float32") {
    return number?.float ?? s.fail(`expected float; found ${nodeText(node)}`);
  }
  if (type === "complex128") {
    const complex = number?.complex;
    return complex === undefined
      ? s.fail(`expected complex; found ${nodeText(node)}`)
      : new GoComplex(complex.re, complex.im);
  }
  if (/^int(8|16|32|64)?$/.test(type)) {
    const value = number?.int ?? s.fail(`expected integer; found ${nodeText(node)}`);
    return type === "int64" ? value : Number(wrap(value, type));
  }
  if (/^uint(8|16|32|64|ptr)?$/.test(type)) {
    const value = number?.uint ?? s.fail(`expected unsigned integer; found ${nodeText(node)}`);
    return bigKinds.has(type) ? value : Number(wrap(value, type));
  }
  return s.fail(`can't handle ${nodeText(node)} for arg of type ${type}`);
}

/** The closure of a constant as an argument for a parameter of the type. */
export function constantEval(node: Operand, type: string): Eval {
  let value: unknown;
  let known = false;
  return (s) => {
    s.node = node;
    if (known) return value;
    value = constantArg(s, node, type);
    known = true;
    return value;
  };
}
