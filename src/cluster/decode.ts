import { compareStrings } from "../base/index.ts";
import { canonicalQuantity } from "../manifest/index.ts";
import type { Field, TypeExpr, TypeInfo } from "../schema/index.ts";
import { typeByName } from "../schema/index.ts";

/** A value that does not fit its Go type; the message is encoding/json's. */
export class DecodeError extends Error {}

/** What strict decoding found: `unknown field "spec.foo"`. */
export interface Strictness {
  readonly problems: string[];
}

/** Where a value stands, for messages; built only as deep as objects are. */
interface Place {
  readonly parent: Place | undefined;
  /** The struct embedded in the owner that the field really belongs to: only encoding/json's words name it. */
  readonly embedded?: string | undefined;
  /** A field's name or a list's position. */
  readonly step: string | number;
}

/**
 * JSON data as Go's struct of the type would print it again: unknown fields dropped (and noted), zero values left out
 * or filled in as their tags say, quantities and times in canonical form, fields in Go's order. Empty lists and maps
 * count as absent, as they do after a trip through storage. Throws DecodeError.
 */
export function decode(type: TypeInfo, value: unknown, strictness?: Strictness): Record<string, unknown> {
  const goType = type.goType;
  found = [];
  misfit = undefined;
  if (!isObject(value)) {
    throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${goType}`);
  }
  const out = decodeStruct(type, value, undefined, strictness);
  if (misfit !== undefined) throw misfit as DecodeError;
  if (found.length > 0) emptyLists.set(out, found);
  return out;
}

/**
 * Lists that Go never leaves out and that were sent empty: owners of fields count them as set, but storage makes them
 * null. By the decoded object.
 */
export const emptyLists = new WeakMap<object, EmptyList[]>();
type EmptyList = readonly [holder: Record<string, unknown>, key: string];
let found: EmptyList[] = [];

/** The first value of a wrong type. Go goes on after it: what a type's own decoder refuses further on goes first. */
let misfit: DecodeError | undefined;

/** Notes a misfit; the field stays empty. */
function noted(error: DecodeError): undefined {
  misfit ??= error;
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function jsonKind(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "object":
      return "object";
    default:
      return typeof value;
  }
}

function decodeStruct(
  type: TypeInfo,
  value: Record<string, unknown>,
  place: Place | undefined,
  strictness: Strictness | undefined,
): Record<string, unknown> {
  // in the order given, so that the first problem of several is the one Go reports
  const given: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const field = type.byName.get(key);
    if (field === undefined) {
      strictness?.problems.push(`unknown field "${pathText({ parent: place, step: key })}"`);
      continue;
    }
    const item = value[key];
    if (item === null || item === undefined) continue;
    const embedded = embeddedIn(type, key);
    const at: Place = embedded === undefined ? { parent: place, step: key } : { parent: place, step: key, embedded };
    given[key] = decodeField(field, item, type, at, strictness);
  }
  const out: Record<string, unknown> = {};
  for (const field of type.fields) {
    const { name } = field;
    const decoded = value[name] === undefined || value[name] === null ? zero(field) : given[name];
    if (Array.isArray(decoded) && decoded.length === 0 && !field.omitEmpty) found.push([out, name]);
    if (decoded !== undefined) out[name] = decoded;
  }
  return out;
}

/** Structs of which all fields but these belong to an embedded one. */
const embedding: Readonly<Record<string, readonly [embedded: string, ...own: string[]]>> = {
  "core.v1.Volume": ["VolumeSource", "name"],
  "core.v1.EphemeralContainer": ["EphemeralContainerCommon", "targetContainerName"],
  "admissionregistration.v1.RuleWithOperations": ["Rule", "operations"],
};
const handlers = new Set(["exec", "httpGet", "tcpSocket", "grpc"]);

function embeddedIn(type: TypeInfo, key: string): string | undefined {
  const name = type.name.slice("io.k8s.api.".length);
  const known = embedding[name];
  if (known !== undefined) return known.indexOf(key) > 0 ? undefined : known[0];
  if (name.endsWith(".NamedRuleWithOperations") && key !== "resourceNames")
    return key === "operations" ? "RuleWithOperations" : "RuleWithOperations.Rule";
  return name === "core.v1.Probe" && handlers.has(key) ? "ProbeHandler" : undefined;
}

/** What an absent field prints as. */
function zero(field: Field): unknown {
  const { type } = field;
  if (type.pointer) return field.omitEmpty ? undefined : null;
  if (field.omitZero) return undefined;
  switch (type.kind) {
    case "struct":
      return decodeStruct(type.type, {}, undefined, undefined);
    case "list":
    case "map":
      return field.omitEmpty ? undefined : null;
    default:
  }
  switch (type.scalar) {
    case "string":
      return field.omitEmpty ? undefined : "";
    case "bool":
      return field.omitEmpty ? undefined : false;
    case "int32":
    case "int64":
    case "float64":
      return field.omitEmpty ? undefined : 0;
    case "bytes":
      return field.omitEmpty ? undefined : null;
    case "quantity":
      return "0";
    case "intOrString":
      return 0;
    default:
      return null; // times, raw JSON
  }
}

function decodeField(
  field: Field,
  value: unknown,
  owner: TypeInfo,
  place: Place,
  strictness: Strictness | undefined,
): unknown {
  const { type } = field;
  const decoded = decodeValue(type, value, owner, place, strictness);
  if (type.pointer || !field.omitEmpty) {
    if (!type.pointer && type.kind === "map" && decoded !== undefined && isEmpty(decoded)) return null;
    return decoded;
  }
  if (decoded === undefined) return undefined;
  if (decoded === "" && type.kind === "scalar" && type.scalar !== "intOrString" && type.scalar !== "quantity") {
    return undefined;
  }
  if (decoded === 0 && type.kind === "scalar" && type.scalar !== "intOrString") return undefined;
  if (decoded === false) return undefined;
  if ((type.kind === "list" || type.kind === "map") && isEmpty(decoded)) return undefined;
  return decoded;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value as object) return false;
  return true;
}

function wrong(what: string, type: TypeExpr, owner: TypeInfo, place: Place): DecodeError {
  const owned = owner.goType.slice(owner.goType.lastIndexOf(".") + 1);
  const goType = type.kind === "scalar" && type.scalar === "intOrString" ? "int32" : type.goType;
  return new DecodeError(
    `json: cannot unmarshal ${what} into Go struct field ${owned}.${fieldPath(place)} of type ${goType}`,
  );
}

function decodeValue(
  type: TypeExpr,
  value: unknown,
  owner: TypeInfo,
  place: Place,
  strictness: Strictness | undefined,
): unknown {
  switch (type.kind) {
    case "struct":
      if (!isObject(value)) return noted(wrong(jsonKind(value), type, owner, place));
      return decodeStruct(type.type, value, place, strictness);
    case "list": {
      if (!Array.isArray(value)) return noted(wrong(jsonKind(value), type, owner, place));
      const { items } = type;
      return value.map((item, i) =>
        item === null || item === undefined
          ? zeroItem(items)
          : decodeValue(items, item, owner, { parent: place, step: i }, strictness),
      );
    }
    case "map": {
      if (!isObject(value)) return noted(wrong(jsonKind(value), type, owner, place));
      const out: Record<string, unknown> = {};
      for (const key of sortedKeys(value)) {
        const item = value[key];
        const decoded =
          item === null
            ? zeroItem(type.values)
            : decodeValue(type.values, item, owner, inMap(type.values, place, key), strictness);
        if (key === "__proto__") {
          Object.defineProperty(out, key, { value: decoded, enumerable: true, configurable: true, writable: true });
        } else out[key] = decoded;
      }
      return out;
    }
    default:
      return decodeScalar(type, value, owner, place, strictness);
  }
}

/** Go prints maps by their keys' order. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  for (let i = 1; i < keys.length; i++)
    if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort(compareStrings);
  return keys;
}

/** encoding/json's field stack leaves map keys out; strict paths have them, where structs lie below. */
function inMap(values: TypeExpr, place: Place, key: string): Place {
  return values.kind === "scalar" ? place : { parent: place, step: key };
}

function zeroItem(type: TypeExpr): unknown {
  if (type.pointer) return null;
  if (type.kind === "struct") return decodeStruct(type.type, {}, undefined, undefined);
  if (type.kind !== "scalar") return null;
  return zero({ name: "", type, required: false, omitEmpty: false, omitZero: false, number: 0 });
}

type Scalar = Extract<TypeExpr, { kind: "scalar" }>;

function decodeScalar(
  type: Scalar,
  value: unknown,
  owner: TypeInfo,
  place: Place,
  strictness: Strictness | undefined,
): unknown {
  switch (type.scalar) {
    case "string":
      if (typeof value !== "string") return noted(wrong(jsonKind(value), type, owner, place));
      return value;
    case "bool":
      if (typeof value !== "boolean") return noted(wrong(jsonKind(value), type, owner, place));
      return value;
    case "int32":
    case "int64": {
      if (typeof value !== "number") return noted(wrong(jsonKind(value), type, owner, place));
      const limit = type.scalar === "int32" ? 2 ** 31 : 2 ** 63;
      if (!Number.isInteger(value) || value >= limit || value < -limit) {
        return noted(wrong(`number ${numberText(value)}`, type, owner, place));
      }
      return value;
    }
    case "float64":
      if (typeof value !== "number") return noted(wrong(jsonKind(value), type, owner, place));
      return value;
    case "bytes":
      if (typeof value !== "string") return noted(wrong(jsonKind(value), type, owner, place));
      return base64(value);
    case "quantity": {
      const text = typeof value === "string" ? value.trim() : JSON.stringify(value);
      try {
        return canonicalQuantity(text);
      } catch (error) {
        throw new DecodeError((error as Error).message);
      }
    }
    case "time":
      return time(value, 0);
    case "microTime":
      return time(value, 6);
    case "intOrString":
      if (typeof value === "string") return value;
      if (typeof value !== "number") throw wrong(jsonKind(value), type, owner, place);
      if (!Number.isInteger(value) || value >= 2 ** 31 || value < -(2 ** 31)) {
        throw wrong(`number ${numberText(value)}`, type, owner, place);
      }
      return value;
    case "schemaOrArray":
      return Array.isArray(value)
        ? { JSONSchemas: value.map((item) => schemaProps(item, place, strictness)) }
        : schemaProps(value, place, strictness);
    case "schemaOrBool":
      return typeof value === "boolean" ? value : schemaProps(value, place, strictness);
    case "schemaOrStrings":
      return Array.isArray(value) ? value : schemaProps(value, place, strictness);
    default:
      return value; // raw JSON and managed fields
  }
}

const schemaPropsName = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";

function schemaProps(value: unknown, place: Place, strictness: Strictness | undefined): unknown {
  const type = typeByName(schemaPropsName) as TypeInfo;
  if (!isObject(value)) {
    throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type v1.JSONSchemaProps`);
  }
  return decodeStruct(type, value, place, strictness);
}

function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value).toString() : String(value);
}

function base64(text: string): string {
  const bare = text.replace(/[\r\n]/g, "");
  const bad = /[^A-Za-z0-9+/]/.exec(bare.replace(/={1,2}$/, ""));
  if (bad !== null) throw new DecodeError(`illegal base64 data at input byte ${bad.index}`);
  if (bare.length % 4 !== 0)
    throw new DecodeError(`illegal base64 data at input byte ${bare.length - (bare.length % 4)}`);
  return bare;
}

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** A time in UTC with so many digits of fraction; the words of time.Parse where it is none. */
function time(value: unknown, digits: number): string {
  if (typeof value !== "string") {
    throw new DecodeError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type string`);
  }
  const layout = digits === 0 ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00";
  const match = rfc3339.exec(value);
  if (match === null || (digits > 0 && match[7]?.length !== digits + 1))
    throw new DecodeError(timeProblem(value, layout));
  const parsed = Date.parse(value.replace(/\.\d+/, ""));
  if (Number.isNaN(parsed)) throw new DecodeError(`parsing time "${value}": day out of range`);
  const base = new Date(parsed).toISOString().slice(0, 19);
  if (digits === 0) return `${base}Z`;
  return `${base}.${(match[7] ?? ".").slice(1, 1 + digits).padEnd(digits, "0")}Z`;
}

/** Which part of the layout the text fails at. */
function timeProblem(text: string, layout: string): string {
  const parts: [RegExp, string][] = [
    [/^\d{4}/, "2006"],
    [/^-/, "-"],
    [/^\d{2}/, "01"],
    [/^-/, "-"],
    [/^\d{2}/, "02"],
    [/^T/, "T"],
    [/^\d{2}/, "15"],
    [/^:/, ":"],
    [/^\d{2}/, "04"],
    [/^:/, ":"],
    [/^\d{2}/, "05"],
    ...(layout.includes(".") ? ([[/^\.\d{6}(?!\d)/, ".000000"]] as [RegExp, string][]) : []),
    [layout.includes(".") ? /^(Z|[+-]\d{2}:\d{2})/ : /^(\.\d+)?(Z|[+-]\d{2}:\d{2})/, "Z07:00"],
  ];
  let rest = text;
  for (const [pattern, name] of parts) {
    const match = pattern.exec(rest);
    if (match === null) return `parsing time "${text}" as "${layout}": cannot parse "${rest}" as "${name}"`;
    rest = rest.slice(match[0].length);
  }
  return `parsing time "${text}": extra text: "${rest}"`;
}

/** `spec.template.spec.containers[0].name` */
function pathText(place: Place): string {
  const { parent, step } = place;
  if (parent === undefined) return String(step);
  return typeof step === "number" ? `${pathText(parent)}[${step}]` : `${pathText(parent)}.${step}`;
}

/** The path without positions, as encoding/json shows it. */
function fieldPath(place: Place): string {
  const { parent, step, embedded } = place;
  if (parent === undefined) return String(step);
  if (typeof step === "number") return fieldPath(parent);
  return embedded === undefined ? `${fieldPath(parent)}.${step}` : `${fieldPath(parent)}.${embedded}.${step}`;
}
