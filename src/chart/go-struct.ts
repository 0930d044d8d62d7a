import { GoInt, SlipwayError, type GoMap, compareStrings, isMap } from "../base/index.ts";
import { formatFloat32 } from "../goyaml/index.ts";

/**
 * What sigs.k8s.io/yaml's Unmarshal into a Go struct does, as far as Chart.yaml and Chart.lock need it: scalars meant for
 * a string become text by their YAML kind, names of fields are matched without regard to case, null changes nothing,
 * and a value of the wrong kind gives encoding/json's error.
 */
export type Shape =
  | { readonly kind: "string" | "bool" | "any" }
  | { readonly kind: "list"; readonly of: Shape; readonly goType: string }
  | { readonly kind: "strings"; readonly goType: string }
  | {
      readonly kind: "struct";
      /** Go's name of the type, without package. */
      readonly name: string;
      readonly goType: string;
      readonly pointer?: boolean;
      readonly fields: Readonly<Record<string, Field>>;
      make(): object;
    };

/** A field of a struct: its name here, and its shape. */
export interface Field {
  readonly as: string;
  readonly shape: Shape;
}

/** Only the first error is reported, as encoding/json does. */
interface Decoding {
  error?: string;
  /** JSON names from the root to the place. */
  readonly path: string[];
  struct: string;
}

/** Fills `target` (of the struct shape) from parsed YAML; throws `chart.metadata` with encoding/json's words. */
export function decodeStruct(
  shape: Shape & { kind: "struct" },
  value: unknown,
  target: object,
  rootType: string,
): void {
  const state: Decoding = { path: [], struct: "" };
  if (value === null || value === undefined) return;
  if (!isMap(value)) {
    throw new SlipwayError(
      `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type ${rootType}`,
      { code: "chart.metadata" },
    );
  }
  fillStruct(state, shape, value, target as Record<string, unknown>);
  if (state.error !== undefined) {
    throw new SlipwayError(`error unmarshaling JSON: while decoding JSON: ${state.error}`, {
      code: "chart.metadata",
    });
  }
}

function fillStruct(
  state: Decoding,
  shape: Shape & { kind: "struct" },
  map: GoMap,
  target: Record<string, unknown>,
): void {
  const outer = state.struct;
  for (const key of Object.keys(map).sort(compareStrings)) {
    const name = fieldName(shape, key);
    if (name === undefined) continue;
    const field = shape.fields[name] as Field;
    state.struct = shape.name;
    state.path.push(name);
    const value = decode(state, field.shape, map[key]);
    if (value !== undefined) target[field.as] = value;
    state.path.pop();
  }
  state.struct = outer;
}

function fieldName(shape: Shape & { kind: "struct" }, key: string): string | undefined {
  if (Object.hasOwn(shape.fields, key)) return key;
  const lower = key.toLowerCase();
  return Object.keys(shape.fields).find((name) => name.toLowerCase() === lower);
}

/** The decoded value; undefined leaves the target as it is. */
function decode(state: Decoding, shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "any":
      return plain(value);
    case "string": {
      if (value === null || value === undefined) return undefined;
      return scalarText(value) ?? fail(state, value, "string");
    }
    case "bool":
      if (value === null || value === undefined) return undefined;
      return typeof value === "boolean" ? value : fail(state, value, "bool");
    case "strings":
      return decodeStrings(state, shape.goType, value);
    case "list":
      return decodeList(state, shape, value);
    case "struct": {
      if (value === null || value === undefined) return shape.pointer === true ? null : undefined;
      if (!isMap(value)) return fail(state, value, shape.goType);
      const target = shape.make();
      fillStruct(state, shape, value, target as Record<string, unknown>);
      return target;
    }
  }
}

function decodeStrings(state: Decoding, goType: string, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (!isMap(value)) return fail(state, value, goType);
  const out: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const key of Object.keys(value).sort(compareStrings)) {
    const element = value[key];
    if (element === null) out[key] = "";
    else {
      const text = scalarText(element);
      if (text === undefined) fail(state, element, "string");
      else out[key] = text;
    }
  }
  return out;
}

function decodeList(state: Decoding, shape: Shape & { kind: "list" }, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) return fail(state, value, shape.goType);
  return value.map((element: unknown) => {
    const decoded = decode(state, shape.of, element);
    return decoded === undefined && shape.of.kind === "string" ? "" : decoded;
  });
}

function fail(state: Decoding, value: unknown, type: string): undefined {
  state.error ??= `json: cannot unmarshal ${jsonKind(value)} into Go struct field ${state.struct}.${state.path.join(".")} of type ${type}`;
  return undefined;
}

/** A YAML scalar as sigs.k8s.io/yaml writes it where the Go field is a string. */
function scalarText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return formatFloat32(value);
  if (value instanceof GoInt) return value.toString();
  return undefined;
}

/** Data as it is after the hop through JSON: every number is a float64. */
export function plain(value: unknown): unknown {
  if (value instanceof GoInt) return value.number;
  if (Array.isArray(value)) return value.map(plain);
  if (isMap(value)) {
    const out = Object.create(null) as GoMap;
    for (const key of Object.keys(value)) out[key] = plain(value[key]);
    return out;
  }
  return value;
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number" || value instanceof GoInt) return "number";
  return "object";
}
