import type { Field, TypeExpr, TypeInfo } from "../schema/index.ts";

/**
 * What server-side apply needs to know of a value: which parts of it have owners of their own. Built from packed
 * types here, and from CustomResourceDefinitions by the cluster.
 */
export type Shape =
  /** Any scalar, unless `of` says which. */
  | { readonly kind: "scalar"; readonly of?: "string" | "number" | "boolean" }
  /** Not known: maps have owners by key, lists are one piece. */
  | { readonly kind: "untyped" }
  | {
      readonly kind: "list";
      readonly atomic: boolean;
      /** The fields that tell items apart; none where the items themselves do (a set). */
      readonly keys: readonly string[];
      /** The value a key has where an item leaves it out. */
      keyDefault(key: string): unknown;
      readonly items: Shape;
    }
  | {
      readonly kind: "map";
      readonly atomic: boolean;
      /** A declared field, or undefined. */
      field(name: string): Shape | undefined;
      /** What undeclared keys hold; undefined where there may be none. */
      readonly values: Shape | undefined;
    };

export const scalar: Shape = { kind: "scalar" };
/** Scalars of one type. */
export const scalars = {
  string: { kind: "scalar", of: "string" },
  number: { kind: "scalar", of: "number" },
  boolean: { kind: "scalar", of: "boolean" },
} as const satisfies Record<string, Shape>;

const plainScalars: Readonly<Record<string, Shape>> = {
  string: scalars.string,
  bytes: scalars.string,
  bool: scalars.boolean,
  int32: scalars.number,
  int64: scalars.number,
  float64: scalars.number,
};

export const untyped: Shape = { kind: "untyped" };
const atomicMap: Shape = { kind: "map", atomic: true, field: () => undefined, values: untyped };

const structs = new WeakMap<TypeInfo, Shape>();

/** The shape of a packed type. */
export function shapeOf(type: TypeInfo): Shape {
  let shape = structs.get(type);
  if (shape === undefined) {
    const fields = new Map<string, Shape>();
    shape = {
      kind: "map",
      atomic: type.atomic,
      values: undefined,
      field(name) {
        const known = fields.get(name);
        if (known !== undefined) return known;
        const field = type.byName.get(name);
        if (field === undefined) return undefined;
        const made = shapeOfField(field);
        fields.set(name, made);
        return made;
      },
    };
    structs.set(type, shape);
  }
  return shape;
}

function shapeOfField(field: Field): Shape {
  const { type } = field;
  if (type.kind === "list") {
    const items = shapeOfExpr(type.items);
    const keys = field.mapKeys ?? [];
    return {
      kind: "list",
      atomic: field.listType === undefined || field.listType === "atomic",
      keys,
      keyDefault: (key) => (type.items.kind === "struct" ? type.items.type.byName.get(key)?.default : undefined),
      items,
    };
  }
  const shape = shapeOfExpr(type);
  if (field.atomic === undefined || shape.kind !== "map") return shape;
  return { ...shape, atomic: field.atomic };
}

function shapeOfExpr(type: TypeExpr): Shape {
  switch (type.kind) {
    case "struct":
      return shapeOf(type.type);
    case "map":
      return { kind: "map", atomic: false, field: () => undefined, values: shapeOfExpr(type.values) };
    case "list":
      return { kind: "list", atomic: true, keys: [], keyDefault: () => undefined, items: shapeOfExpr(type.items) };
    default:
      if (type.scalar === "raw" || type.scalar === "fields") return atomicMap;
      return type.scalar === "json" || type.scalar.startsWith("schema")
        ? untyped
        : (plainScalars[type.scalar] ?? scalar);
  }
}
