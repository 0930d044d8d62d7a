import type { Field, TypeExpr, TypeInfo } from "../../schema/index.ts";
import { kindsOfType, typeByName, typeOfKind } from "../../schema/index.ts";
import type { ServedType, TypeTable } from "../served.ts";

/** OpenAPI documents, made from the packed table and the definitions of custom resources. No prose. */

type Json = Record<string, unknown>;

export const kubernetesVersion = "v1.36.3";

const scalarSchemas: Record<string, Json> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  float64: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
  json: {},
  fields: { type: "object" },
  raw: { type: "object" },
  schemaOrArray: {},
  schemaOrBool: {},
  schemaOrStrings: {},
};

const named: Record<string, [string, Json]> = {
  quantity: ["io.k8s.apimachinery.pkg.api.resource.Quantity", { oneOf: [{ type: "string" }, { type: "number" }] }],
  time: ["io.k8s.apimachinery.pkg.apis.meta.v1.Time", { type: "string", format: "date-time" }],
  microTime: ["io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", { type: "string", format: "date-time" }],
  intOrString: [
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  ],
  fields: ["io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", { type: "object" }],
  raw: ["io.k8s.apimachinery.pkg.runtime.RawExtension", { type: "object" }],
  json: ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", {}],
  schemaOrArray: ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray", {}],
  schemaOrBool: ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool", {}],
  schemaOrStrings: ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray", {}],
};

/** Collects schemas under one prefix of references. */
class Schemas {
  readonly out: Json = {};
  private readonly prefix: string;
  private readonly v3: boolean;
  constructor(v3: boolean) {
    this.v3 = v3;
    this.prefix = v3 ? "#/components/schemas/" : "#/definitions/";
  }

  ref(type: TypeInfo): Json {
    if (this.out[type.name] === undefined) {
      this.out[type.name] = {};
      this.out[type.name] = this.schema(type);
    }
    return { $ref: this.prefix + type.name };
  }

  private schema(type: TypeInfo): Json {
    const properties: Json = {};
    const required: string[] = [];
    for (const field of type.fields) {
      properties[field.name] = this.field(field);
      if (field.required) required.push(field.name);
    }
    const kinds = kindsOfType(type.name);
    return {
      type: "object",
      ...(required.length > 0 ? { required } : {}),
      ...(type.fields.length > 0 ? { properties } : {}),
      ...(type.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
      ...(kinds.length > 0 ? { "x-kubernetes-group-version-kind": kinds } : {}),
    };
  }

  private field(field: Field): Json {
    let out = this.expr(field.type);
    const extra: Json = {};
    if (field.listType !== undefined) extra["x-kubernetes-list-type"] = field.listType;
    if (field.mapKeys !== undefined) extra["x-kubernetes-list-map-keys"] = field.mapKeys;
    if (field.atomic !== undefined) extra["x-kubernetes-map-type"] = field.atomic ? "atomic" : "granular";
    if (field.patchStrategy !== undefined) extra["x-kubernetes-patch-strategy"] = field.patchStrategy.join(",");
    if (field.mergeKey !== undefined) extra["x-kubernetes-patch-merge-key"] = field.mergeKey;
    if (field.enum !== undefined) extra["enum"] = field.enum;
    if (this.v3 && field.default !== undefined) extra["default"] = field.default;
    if (out["$ref"] !== undefined && this.v3 && Object.keys(extra).length > 0) out = { allOf: [out] };
    return { ...out, ...extra };
  }

  private expr(type: TypeExpr): Json {
    switch (type.kind) {
      case "struct":
        return this.ref(type.type);
      case "list":
        return { type: "array", items: this.expr(type.items) };
      case "map":
        return { type: "object", additionalProperties: this.expr(type.values) };
      default: {
        const known = named[type.scalar];
        if (known === undefined) return scalarSchemas[type.scalar] ?? {};
        this.out[known[0]] ??= this.v3 ? known[1] : v2Form(known[1]);
        return { $ref: this.prefix + known[0] };
      }
    }
  }
}

function v2Form(schema: Json): Json {
  if (schema["oneOf"] === undefined) return schema;
  return { type: "string", ...(schema["format"] === undefined ? {} : { format: schema["format"] }) };
}

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

function customName(type: ServedType): string {
  return [...type.group.split(".").reverse(), type.version, type.kind].join(".");
}

/** The schema of a custom kind, with its metadata as a reference. */
function customSchema(type: ServedType, schemas: Schemas): Json {
  const given = (type.custom?.openapi ?? { type: "object" }) as Json;
  return {
    ...given,
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      ...(given["properties"] as Json | undefined),
      metadata: { allOf: [schemas.ref(typeByName(objectMeta) as TypeInfo)] },
    },
    "x-kubernetes-group-version-kind": [{ group: type.group, version: type.version, kind: type.kind }],
  };
}

const parameter = (name: string, type: string) => ({ name, in: "query", schema: { type, uniqueItems: true } });
const writeParameters = [
  parameter("dryRun", "string"),
  parameter("fieldManager", "string"),
  parameter("fieldValidation", "string"),
];
const patchParameters = [...writeParameters, parameter("force", "boolean")];
const listParameters = [
  ["allowWatchBookmarks", "boolean"],
  ["continue", "string"],
  ["fieldSelector", "string"],
  ["labelSelector", "string"],
  ["limit", "integer"],
  ["resourceVersion", "string"],
  ["resourceVersionMatch", "string"],
  ["sendInitialEvents", "boolean"],
  ["timeoutSeconds", "integer"],
  ["watch", "boolean"],
].map(([name, type]) => parameter(name as string, type as string));

const actions: Record<string, [method: string, action: string, onItem: boolean]> = {
  list: ["get", "list", false],
  create: ["post", "post", false],
  deletecollection: ["delete", "deletecollection", false],
  get: ["get", "get", true],
  update: ["put", "put", true],
  patch: ["patch", "patch", true],
  delete: ["delete", "delete", true],
};

function pathsOf(type: ServedType, reference: string): Json {
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const collection = type.namespaced ? `${root}/namespaces/{namespace}/${type.plural}` : `${root}/${type.plural}`;
  const out: Json = {};
  const kind = { group: type.group, version: type.version, kind: type.kind };
  const place = type.namespaced
    ? [{ name: "namespace", in: "path", required: true, schema: { type: "string", uniqueItems: true } }]
    : [];
  const item = { name: "name", in: "path", required: true, schema: { type: "string", uniqueItems: true } };
  const content = { content: { "application/json": { schema: { $ref: reference } } } };
  const operation = (verb: string, action: string): Json => ({
    tags: [`${type.group === "" ? "core" : type.group.split(".")[0]}_${type.version}`],
    operationId: `${action}${type.kind}${type.group.replaceAll(/\W/g, "")}${type.version}`,
    ...(verb === "create" || verb === "update"
      ? {
          parameters: writeParameters,
          requestBody: { content: { "*/*": { schema: { $ref: reference } } }, required: true },
        }
      : verb === "patch"
        ? {
            parameters: patchParameters,
            requestBody: {
              required: true,
              content: Object.fromEntries(
                [
                  "application/apply-patch+yaml",
                  "application/json-patch+json",
                  "application/merge-patch+json",
                  "application/strategic-merge-patch+json",
                ].map((media) => [media, { schema: { type: "object" } }]),
              ),
            },
          }
        : verb === "list"
          ? { parameters: listParameters }
          : {}),
    responses: { "200": { description: "OK", ...content } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": kind,
  });
  const onCollection: Json = {};
  const onItem: Json = {};
  for (const verb of type.verbs) {
    const known = actions[verb];
    if (known === undefined) continue;
    (known[2] ? onItem : onCollection)[known[0]] = operation(verb, known[1]);
  }
  if (Object.keys(onCollection).length > 0) out[collection] = { ...onCollection, parameters: place };
  if (Object.keys(onItem).length > 0) out[`${collection}/{name}`] = { ...onItem, parameters: [item, ...place] };
  return out;
}

/** The OpenAPI v3 document of one group version. */
export function openapiV3(types: TypeTable, apiVersion: string): Json | undefined {
  if (!types.hasVersion(apiVersion)) return undefined;
  const schemas = new Schemas(true);
  const paths: Json = {};
  for (const type of types.all()) {
    if (type.apiVersion !== apiVersion) continue;
    let reference: string;
    if (type.custom === undefined) {
      if (type.type === undefined) continue;
      reference = schemas.ref(type.type)["$ref"] as string;
      const listType = typeOfKind(apiVersion, type.listKind);
      if (listType !== undefined) schemas.ref(listType);
    } else {
      const name = customName(type);
      schemas.out[name] = customSchema(type, schemas);
      reference = `#/components/schemas/${name}`;
    }
    Object.assign(paths, pathsOf(type, reference));
  }
  for (const extra of ["DeleteOptions", "Status", "APIResourceList"]) {
    const type = typeOfKind("v1", extra);
    if (type !== undefined) schemas.ref(type);
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: kubernetesVersion },
    paths,
    components: { schemas: schemas.out },
  };
}

/** The index of OpenAPI v3 documents. */
export function openapiIndex(types: TypeTable): Json {
  const paths: Json = {};
  for (const group of types.groups()) {
    for (const { version } of group.versions) {
      const path = group.name === "" ? `api/${version}` : `apis/${group.name}/${version}`;
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${kubernetesVersion}-${types.generation}` };
    }
  }
  return { paths };
}

/** The OpenAPI v2 document of everything. */
export function openapiV2(types: TypeTable): Json {
  const schemas = new Schemas(false);
  const paths: Json = {};
  for (const type of types.all()) {
    let reference: string;
    if (type.type !== undefined) {
      reference = schemas.ref(type.type)["$ref"] as string;
      const listType = typeOfKind(type.apiVersion, type.listKind);
      if (listType !== undefined) schemas.ref(listType);
    } else if (type.custom !== undefined) {
      const name = customName(type);
      schemas.out[name] = customSchema(type, schemas);
      reference = `#/definitions/${name}`;
    } else continue;
    for (const [path, item] of Object.entries(pathsOf(type, reference))) paths[path] = v2Path(item as Json, reference);
  }
  return { swagger: "2.0", info: { title: "Kubernetes", version: kubernetesVersion }, paths, definitions: schemas.out };
}

function v2Path(item: Json, reference: string): Json {
  const flat = (list: unknown) =>
    ((list ?? []) as Json[]).map(({ schema, ...rest }) => ({ ...rest, ...(schema as Json) }));
  const out: Json = {};
  for (const [key, value] of Object.entries(item)) {
    if (key === "parameters") {
      out[key] = flat(value);
      continue;
    }
    const { requestBody, parameters, responses: _, ...rest } = value as Json;
    const body =
      requestBody === undefined
        ? []
        : [
            {
              name: "body",
              in: "body",
              required: true,
              schema: key === "patch" ? { type: "object" } : { $ref: reference },
            },
          ];
    out[key] = {
      ...rest,
      consumes: ["*/*"],
      produces: ["application/json", "application/yaml"],
      schemes: ["https"],
      parameters: [...body, ...flat(parameters)],
      responses: { "200": { description: "OK", schema: { $ref: reference } }, "401": { description: "Unauthorized" } },
    };
  }
  return out;
}
