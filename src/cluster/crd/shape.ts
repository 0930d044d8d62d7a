import type { Shape } from "../../manifest/index.ts";
import { scalarShape, scalarShapes, shapeOf as builtinShape, untypedShape } from "../../manifest/index.ts";
import { typeByName } from "../../schema/index.ts";
import type { TypeInfo } from "../../schema/index.ts";
import type { Loose } from "../strategy.ts";

type Schema = Loose;

/** What server-side apply needs to know of a custom resource's schema. Its metadata is that of every object. */
export function resourceShape(schema: Schema): Shape {
  const strings = { apiVersion: { type: "string" }, kind: { type: "string" } };
  const shape = shapeOf({ ...schema, type: "object", properties: { ...schema.properties, ...strings } });
  if (shape.kind !== "map") return shape;
  let metadata: Shape | undefined;
  return {
    ...shape,
    field: (name) =>
      name === "metadata" ? (metadata ??= builtinShape(typeByName(objectMeta) as TypeInfo)) : shape.field(name),
  };
}

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** What server-side apply needs to know of a schema. */
function shapeOf(schema: Schema): Shape {
  if (schema === undefined || schema["x-kubernetes-preserve-unknown-fields"] === true) {
    if (schema?.properties === undefined) return untypedShape;
  }
  if (schema["x-kubernetes-int-or-string"] === true) return scalarShape;
  switch (schema.type) {
    case "array": {
      const type = schema["x-kubernetes-list-type"];
      const items = shapeOf(schema.items ?? {});
      return {
        kind: "list",
        atomic: type !== "set" && type !== "map",
        keys: schema["x-kubernetes-list-map-keys"] ?? [],
        keyDefault: (key) => schema.items?.properties?.[key]?.default,
        items,
      };
    }
    case "object": {
      const made = new Map<string, Shape>();
      const extra = schema.additionalProperties;
      return {
        kind: "map",
        atomic: schema["x-kubernetes-map-type"] === "atomic",
        field(name) {
          const child = schema.properties?.[name];
          if (child === undefined) return undefined;
          let known = made.get(name);
          if (known === undefined) made.set(name, (known = shapeOf(child)));
          return known;
        },
        values:
          typeof extra === "object" && extra !== null
            ? shapeOf(extra)
            : extra === true || schema["x-kubernetes-preserve-unknown-fields"] === true
              ? untypedShape
              : undefined,
      };
    }
    case undefined:
      return untypedShape;
    case "string":
      return scalarShapes.string;
    case "boolean":
      return scalarShapes.boolean;
    default:
      return scalarShapes.number;
  }
}
