import { GoObject, goTypeTag, typeName, type GoMap } from "../../base/index.ts";
import { quote } from "../fmt/index.ts";
import type { Func } from "../func.ts";
import { GoPointer, elemType, elemTypeOf, extras, hasInterfaceElems, keyType, underlying, zeroOf } from "../kinds.ts";
import type { MethodTable } from "../options.ts";
import type { State } from "./state.ts";

/** What a field chain's last link may do with arguments: call a method with them. */
export type CallMethod = (s: State, method: Func, name: string) => unknown;

/** A chain of fields, as it is compiled. */
export interface Chain {
  readonly names: readonly string[];
  /** For an error at the first link: whether the root's static type is an interface. */
  readonly rootIsInterface: (s: State) => boolean;
  /** Takes a method that is found at the last link, where there are arguments for it. */
  readonly call: CallMethod | undefined;
  /** Takes a method that is found at any other link. */
  readonly call0: CallMethod;
  /** A nil interface at the end becomes nothing at all. */
  readonly dig: boolean;
  /** Whether a name may be a method of a map, as answered for the table of methods that was looked at last. */
  methods: MethodTable | undefined;
  mayBeMethod: boolean;
}

/** Where a value came from, which only errors need: Go names the static type, and interfaces hide what they hold. */
const unknownOrigin = Symbol("unknown");
const plainObject = Object.prototype;

/** Follows a chain of fields from a value. */
export function followChain(s: State, root: unknown, chain: Chain): unknown {
  const { names } = chain;
  const { methods } = s.scope;
  if (methods !== chain.methods) {
    chain.methods = methods;
    chain.mayBeMethod = methods !== undefined && names.some((name) => isMethodName(methods, name));
  }
  const simple = !chain.mayBeMethod && chain.call === undefined;
  let value = root;
  let origin: unknown = unknownOrigin;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (simple && typeof value === "object" && value !== null) {
      const proto: unknown = Object.getPrototypeOf(value);
      if (proto === null || (proto === plainObject && Object.hasOwn(value, name))) {
        const next: unknown = (value as GoMap)[name];
        if (next !== undefined) {
          origin = value;
          value = next;
          continue;
        }
      }
    }
    const next = slowLink(s, value, origin, chain, i);
    origin = value;
    value = next;
  }
  return chain.dig && value === null ? undefined : value;
}

/** The names of all methods of a table; every chain of fields asks for its own once. */
const methodNames = new WeakMap<MethodTable, ReadonlySet<string>>();

function isMethodName(methods: MethodTable, name: string): boolean {
  let names = methodNames.get(methods);
  if (names === undefined) {
    names = new Set(Object.values(methods).flatMap((ofType) => Object.keys(ofType)));
    methodNames.set(methods, names);
  }
  return names.has(name);
}

/** The method of a named map type; what every JavaScript object has is none. */
function methodOf(methods: MethodTable, type: string, name: string): MethodTable[string][string] | undefined {
  const own = Object.hasOwn(methods, type) ? (methods[type] as MethodTable[string]) : undefined;
  return own !== undefined && Object.hasOwn(own, name) ? own[name] : undefined;
}

function slowLink(s: State, value: unknown, origin: unknown, chain: Chain, i: number): unknown {
  const { names, call, call0, rootIsInterface } = chain;
  return fieldOf(s, value, names[i] as string, i === names.length - 1 ? call : undefined, call0, () =>
    staticType(value, origin, names[i - 1], i === 0 && rootIsInterface(s)),
  );
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
    const method = tag === undefined ? undefined : methodOf(s.scope.methods, tag, name);
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
