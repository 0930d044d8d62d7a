import { packed } from "./packed.ts";

/** What a value may be: a scalar by name, or a list, a map or a struct. */
export type ScalarName =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "float64"
  | "bytes"
  | "quantity"
  | "time"
  | "microTime"
  | "fields"
  | "raw"
  | "intOrString"
  | "json"
  | "schemaOrArray"
  | "schemaOrBool"
  | "schemaOrStrings";

export type TypeExpr = { readonly pointer: boolean; readonly goType: string } & (
  | { readonly kind: "scalar"; readonly scalar: ScalarName }
  | { readonly kind: "list"; readonly items: TypeExpr }
  | { readonly kind: "map"; readonly values: TypeExpr }
  | { readonly kind: "struct"; readonly type: TypeInfo }
);

/** One field of a struct, as Go and OpenAPI describe it. */
export interface Field {
  readonly name: string;
  readonly type: TypeExpr;
  readonly required: boolean;
  /** Left out of JSON when it has Go's zero value. */
  readonly omitEmpty: boolean;
  /** Left out of JSON when it is a struct whose IsZero says so. */
  readonly omitZero: boolean;
  /** How server-side apply merges a list; undefined is atomic. */
  readonly listType?: "set" | "map" | "atomic";
  readonly mapKeys?: readonly string[];
  /** A map or struct that is owned as one piece (false: by its parts, whatever its type says). */
  readonly atomic?: boolean;
  /** Strategic merge: `merge`, `replace`, `retainKeys`. */
  readonly patchStrategy?: readonly string[];
  readonly mergeKey?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly itemDefault?: unknown;
  readonly itemEnum?: readonly string[];
  /** The field's number in protobuf; 0 where it has none. */
  readonly number: number;
}

export interface TypeInfo {
  /** OpenAPI's name: `io.k8s.api.core.v1.Pod`. */
  readonly name: string;
  /** Go's short name: `v1.Pod`. */
  readonly goType: string;
  readonly fields: readonly Field[];
  readonly byName: ReadonlyMap<string, Field>;
  /** Owned as one piece by server-side apply. */
  readonly atomic: boolean;
}

const scalarCodes: Record<string, [ScalarName, string]> = {
  s: ["string", "string"],
  b: ["bool", "bool"],
  i: ["int32", "int32"],
  l: ["int64", "int64"],
  f: ["float64", "float64"],
  y: ["int32", "uint8"],
  B: ["bytes", "[]uint8"],
  Q: ["quantity", "resource.Quantity"],
  T: ["time", "v1.Time"],
  U: ["microTime", "v1.MicroTime"],
  F: ["fields", "v1.FieldsV1"],
  X: ["raw", "runtime.RawExtension"],
  O: ["intOrString", "intstr.IntOrString"],
  J: ["json", "v1.JSON"],
  JA: ["schemaOrArray", "v1.JSONSchemaPropsOrArray"],
  JB: ["schemaOrBool", "v1.JSONSchemaPropsOrBool"],
  JS: ["schemaOrStrings", "v1.JSONSchemaPropsOrStringArray"],
};

interface Packed {
  readonly kinds: ReadonlyMap<string, number>;
  readonly named: readonly string[];
  readonly types: readonly string[];
  readonly resources: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
}

let opened: Packed | undefined;

/** The packed text, split into its parts once. */
export function openPacked(): Packed {
  if (opened !== undefined) return opened;
  const lines = packed.split("\n");
  const kinds = new Map<string, number>();
  for (const entry of (lines[0] as string).slice(6).split(" ")) {
    const at = entry.lastIndexOf("=");
    kinds.set(entry.slice(0, at), Number(entry.slice(at + 1)));
  }
  const named = (lines[1] as string).slice(6).split(" ");
  const count = Number((lines[2] as string).slice(6));
  const types = lines.slice(3, 3 + count);
  const indexOf = new Map<string, number>();
  types.forEach((line, i) => indexOf.set(/^[^|^*]*/.exec(line)?.[0] ?? "", i));
  opened = { kinds, named, types, indexOf, resources: lines.slice(4 + count) };
  return opened;
}

const cache: (TypeInfo | undefined)[] = [];

function typeAt(index: number): TypeInfo {
  const known = cache[index];
  if (known !== undefined) return known;
  const [head, ...fieldTexts] = (openPacked().types[index] as string).split("|") as [string, ...string[]];
  const name = head.replace(/[\^*]+$/, "");
  const goType = name.slice(name.lastIndexOf(".", name.lastIndexOf(".") - 1) + 1);
  let fields: Field[] | undefined;
  let byName: Map<string, Field> | undefined;
  const info: TypeInfo = {
    name,
    goType,
    atomic: head.includes("^"),
    get fields() {
      return (fields ??= fieldTexts.map((text, i) => readField(text, i + 1)));
    },
    get byName() {
      return (byName ??= new Map(this.fields.map((field) => [field.name, field])));
    },
  };
  cache[index] = info;
  return info;
}

function readField(text: string, position: number): Field {
  const [head, ...extras] = text.split(";") as [string, ...string[]];
  const colon = head.indexOf(":");
  const nameAndFlags = head.slice(0, colon);
  const name = nameAndFlags.replace(/[!+~]+$/, "");
  const marks = nameAndFlags.slice(name.length);
  const field: { -readonly [K in keyof Field]: Field[K] } = {
    name,
    type: readType(head.slice(colon + 1)),
    required: marks.includes("!"),
    omitEmpty: !marks.includes("+"),
    omitZero: marks.includes("~"),
    number: position,
  };
  for (const extra of extras) {
    const rest = extra.slice(1);
    switch (extra[0]) {
      case "#":
        field.number = Number(rest);
        break;
      case "S":
        field.listType = "set";
        break;
      case "A":
        field.listType = "atomic";
        break;
      case "M":
        field.listType = "map";
        field.mapKeys = rest.split(",");
        break;
      case "a":
        field.atomic = true;
        break;
      case "g":
        field.atomic = false;
        break;
      case "P":
        field.patchStrategy = rest.split(",");
        break;
      case "K":
        field.mergeKey = rest;
        break;
      case "D":
        field.default = JSON.parse(rest);
        break;
      case "E":
        field.enum = rest.split(",");
        break;
      case "I":
        field.itemDefault = JSON.parse(rest);
        break;
      default:
        field.itemEnum = rest.split(",");
    }
  }
  return field;
}

function readType(code: string): TypeExpr {
  if (code[0] === "*") {
    const inner = readType(code.slice(1));
    return { ...inner, pointer: true };
  }
  if (code[0] === "@") {
    const items = readType(code.slice(1));
    return { kind: "list", pointer: false, items, goType: `[]${items.pointer ? "*" : ""}${items.goType}` };
  }
  if (code[0] === "%") {
    const keyed = /^%(\$\d+):/.exec(code);
    const values = readType(code.slice(keyed === null ? 1 : keyed[0].length));
    const key = keyed === null ? "string" : readType(keyed[1] as string).goType;
    return { kind: "map", pointer: false, values, goType: `map[${key}]${values.goType}` };
  }
  if (code[0] === "#") {
    const type = typeAt(Number(code.slice(1)));
    return { kind: "struct", pointer: false, type, goType: type.goType };
  }
  if (code[0] === "$") {
    const entry = openPacked().named[Number(code.slice(1))] as string;
    const at = entry.indexOf("=");
    return { ...readType(entry.slice(at + 1)), goType: entry.slice(0, at) };
  }
  const scalar = scalarCodes[code];
  if (scalar === undefined) throw new Error(`unknown type code ${code}`);
  return { kind: "scalar", pointer: false, scalar: scalar[0], goType: scalar[1] };
}

/** The type of a built-in kind (or options object), by `apps/v1` (or `v1`) and `Deployment`. */
export function typeOfKind(apiVersion: string, kind: string): TypeInfo | undefined {
  const gv = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  const index = openPacked().kinds.get(`${gv}/${kind}`);
  return index === undefined ? undefined : typeAt(index);
}

/** The type with OpenAPI's name `io.k8s.api.core.v1.PodSpec`. */
export function typeByName(name: string): TypeInfo | undefined {
  const index = openPacked().indexOf.get(name);
  return index === undefined ? undefined : typeAt(index);
}

/** Every packed type, for whoever prints an OpenAPI document. */
export function allTypes(): TypeInfo[] {
  return openPacked().types.map((_, i) => typeAt(i));
}

/** Every `group/version/Kind` of a type. */
export function kindsOfType(name: string): { group: string; version: string; kind: string }[] {
  kindsByType ??= groupKinds();
  return kindsByType.get(name) ?? [];
}

let kindsByType: Map<string, { group: string; version: string; kind: string }[]> | undefined;

function groupKinds(): Map<string, { group: string; version: string; kind: string }[]> {
  const out = new Map<string, { group: string; version: string; kind: string }[]>();
  for (const [entry, index] of openPacked().kinds) {
    const [group, version, kind] = entry.split("/") as [string, string, string];
    const { name } = typeAt(index);
    const list = out.get(name);
    if (list === undefined) out.set(name, [{ group, version, kind }]);
    else list.push({ group, version, kind });
  }
  return out;
}

/**
 * The field at a path of names (list positions and map keys are given as they come), from a kind's type.
 * Undefined where the path leaves what is known.
 */
export function fieldAt(type: TypeInfo, path: readonly (string | number)[]): Field | undefined {
  let expr: TypeExpr = { kind: "struct", type, pointer: false, goType: type.goType };
  let field: Field | undefined;
  for (const step of path) {
    if (expr.kind === "struct") {
      field = expr.type.byName.get(String(step));
      if (field === undefined) return undefined;
      expr = field.type;
    } else if (expr.kind === "list") expr = expr.items;
    else if (expr.kind === "map") expr = expr.values;
    else return undefined;
  }
  return field;
}
