import { GoObject, goTypeTag, typeName, type GoMap } from "../../base/index.ts";
import { quote } from "../fmt/index.ts";
import type { Func } from "../func.ts";
import { GoPointer, elemType, elemTypeOf, extras, hasInterfaceElems, keyType, underlying, zeroOf } from "../kinds.ts";
import type { State } from "./state.ts";

/** What a field chain's last link may do with arguments: call a method with them. */
export type CallMethod = (s: State, method: Func, name: string) => unknown;

/** Where a value came from, which only errors need: Go names the static type, and interfaces hide what they hold. */
const unknownOrigin = Symbol("unknown");

/**
 * Follows `names` from `root`. `rootIsInterface` tells, for an error at the first link, whether the root's static type
 * is an interface; `call`, where given, takes a method found at the last link (it has arguments). With `dig`, a nil
 * interface at the end becomes nothing at all.
 */
export function followChain(
  s: State,
  root: unknown,
  names: readonly string[],
  rootIsInterface: (s: State) => boolean,
  call: CallMethod | undefined,
  call0: CallMethod,
  dig: boolean,
): unknown {
  let value = root;
  let origin: unknown = unknownOrigin;
  const last = names.length - 1;
  const simple = s.scope.methods === undefined;
  for (let i = 0; i <= last; i++) {
    const name = names[i] as string;
    let next: unknown;
    if (typeof value === "object" && value !== null && simple && Object.getPrototypeOf(value) === null) {
      next = (value as GoMap)[name];
      if (next === undefined || (i === last && call !== undefined)) {
        next = mapField(s, value as GoMap, name, i === last && call !== undefined, origin, i === 0, rootIsInterface);
      }
    } else {
      next = fieldOf(s, value, name, i === last ? call : undefined, call0, () =>
        staticType(value, origin, names[i - 1], i === 0 && rootIsInterface(s)),
      );
    }
    origin = value;
    value = next;
  }
  return dig && value === null ? undefined : value;
}

function mapField(
  s: State,
  map: GoMap,
  name: string,
  hasArgs: boolean,
  origin: unknown,
  first: boolean,
  rootIsInterface: (s: State) => boolean,
): unknown {
  return mapEntry(s, map, name, hasArgs, () => staticType(map, origin, "", first && rootIsInterface(s)));
}

function staticType(value: unknown, origin: unknown, name: string | undefined, isInterface: boolean): string {
  if (isInterface) return "interface {}";
  if (origin === unknownOrigin || typeof origin !== "object" || origin === null) return dynamicType(value);
  if (origin instanceof GoObject) {
    const declared = name === undefined ? undefined : extras(origin).fieldType?.(name);
    if (declared !== undefined) return declared;
    const inner = underlying(origin);
    if (inner === origin || origin.method(name ?? "") !== undefined) return dynamicType(value);
    return elemTypeOf(inner) === "interface {}" ? "interface {}" : dynamicType(value);
  }
  return hasInterfaceElems(origin) ? "interface {}" : dynamicType(value);
}

function dynamicType(value: unknown): string {
  return value === null ? "interface {}" : typeName(value);
}

/** One link of a chain on any value. */
function fieldOf(
  s: State,
  value: unknown,
  name: string,
  call: CallMethod | undefined,
  call0: CallMethod,
  type: () => string,
): unknown {
  if (value === undefined) {
    if (s.scope.missingKey === "error") s.fail(`nil data; no entry for key ${quote(name)}`);
    return undefined;
  }
  if (value === null) s.fail(`nil pointer evaluating ${type()}.${name}`);
  if (typeof value !== "object") return s.fail(`can't evaluate field ${name} in type ${type()}`);
  if (value instanceof GoObject) return objectField(s, value, name, call, call0, type);
  const proto = Object.getPrototypeOf(value);
  if (proto !== null && proto !== Object.prototype) s.fail(`can't evaluate field ${name} in type ${type()}`);
  const map = value as GoMap;
  if (s.scope.methods !== undefined) {
    const tag = goTypeTag(map);
    const method = tag === undefined ? undefined : s.scope.methods[tag]?.[name];
    if (method !== undefined) return (call ?? call0)(s, method(map), name);
  }
  if (call === undefined) {
    const found = proto === null || Object.hasOwn(map, name) ? map[name] : undefined;
    if (found !== undefined) return found;
  }
  return mapEntry(s, map, name, call !== undefined, type);
}

function mapEntry(s: State, map: GoMap, name: string, hasArgs: boolean, type: () => string): unknown {
  const tag = goTypeTag(map);
  if (tag !== undefined) {
    const key = keyType(tag);
    if (key !== "string" && key !== "interface {}") s.fail(`can't evaluate field ${name} in type ${type()}`);
  }
  if (hasArgs) s.fail(`${name} is not a method but has arguments`);
  if (Object.hasOwn(map, name) && map[name] !== undefined) return map[name];
  switch (s.scope.missingKey) {
    case "zero":
      return tag === undefined ? null : zeroOf(elemType(tag));
    case "error":
      return s.fail(`map has no entry for key ${quote(name)}`);
    default:
      return undefined;
  }
}

function objectField(
  s: State,
  object: GoObject,
  name: string,
  call: CallMethod | undefined,
  call0: CallMethod,
  type: () => string,
): unknown {
  const method = object.method(name) as Func | undefined;
  if (method !== undefined) return (call ?? call0)(s, method, name);
  if (object instanceof GoPointer) {
    if (object.isNil) {
      if (object.fieldNames === undefined || object.fieldNames.includes(name)) {
        s.fail(`nil pointer evaluating ${type()}.${name}`);
      }
      s.fail(`can't evaluate field ${name} in type ${type()}`);
    }
    return fieldOf(s, object.elem, name, call, call0, type);
  }
  const field = object.field(name);
  if (field !== undefined) {
    if (call !== undefined) s.fail(`${name} has arguments but cannot be invoked as function`);
    return field;
  }
  const inner = underlying(object);
  if (inner !== object && typeof inner === "object" && inner !== null && !Array.isArray(inner)) {
    return fieldOf(s, inner, name, call, call0, type);
  }
  if (
    /^\P{Lu}/u.test(name) &&
    extras(object)
      .fields?.()
      .some(([field]) => field === name)
  ) {
    s.fail(`${name} is an unexported field of struct type ${type()}`);
  }
  return s.fail(`can't evaluate field ${name} in type ${type()}`);
}
