/** Definitions with a thing that is wrong, or strange: what a real API server says of each is compared. */

// eslint-disable-next-line typescript/no-explicit-any
type Json = any;

const string = { type: "string" };

/** A small definition whose spec has one property, `field`. */
export function definition(schema: Json = string, change: (object: Json) => void = () => {}, index = 0): Json {
  const object = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things${index}.proof.example.com` },
    spec: {
      group: "proof.example.com",
      scope: "Namespaced",
      names: { plural: `things${index}`, kind: `Thing${index}` },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { field: schema } } },
            },
          },
        },
      ],
    },
  };
  change(object);
  return object;
}

const list = (extra: Json, items: Json = string) => ({ type: "array", items, ...extra });
const item = (extra: Json = {}, name: Json = string) => ({ type: "object", properties: { name }, ...extra });
const map = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] };

const schemas: readonly Json[] = [
  {},
  { type: "strange" },
  { type: "null" },
  { type: "" },
  { type: "array" },
  { type: "array", items: {} },
  { type: "array", items: [string, string] },
  { type: "object", properties: { a: {} } },
  { type: "object", properties: { a: string }, additionalProperties: string },
  { type: "object", properties: { a: string }, additionalProperties: false },
  { type: "object", additionalProperties: true },
  { type: "object", additionalProperties: false },
  { type: "object", additionalProperties: {} },
  { type: "object", additionalProperties: { type: "object" } },
  { type: "string", pattern: "^[a-z" },
  { type: "string", pattern: "(?<x>a)(?=b)" },
  { type: "string", pattern: "a{1001}" },
  { type: "string", pattern: "\\p{Greek}+(?i)x" },
  { type: "string", format: "strange" },
  { type: "integer", format: "strange" },
  { type: "string", id: "x" },
  { type: "string", $ref: "#/definitions/x" },
  { type: "string", $schema: "x" },
  { type: "object", patternProperties: { a: string } },
  { type: "object", definitions: { a: string } },
  { type: "object", dependencies: { a: ["b"] } },
  { type: "array", items: string, additionalItems: true },
  { type: "array", items: string, uniqueItems: true },
  { type: "string", nullable: true, default: null },
  { type: "string", default: "a" },
  { type: "string", default: 1 },
  { type: "string", enum: ["a"], default: "b" },
  { type: "object", properties: { a: string }, default: { b: 1 } },
  { type: "object", properties: { a: { type: "integer", minimum: 3, default: 1 } }, default: { a: "x" } },
  { type: "integer", default: 1.5 },
  { "x-kubernetes-int-or-string": true },
  { "x-kubernetes-int-or-string": true, type: "integer" },
  { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
  { "x-kubernetes-int-or-string": true, anyOf: [{ type: "string" }, { type: "integer" }] },
  {
    "x-kubernetes-int-or-string": true,
    allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { pattern: "a" }],
  },
  { "x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true },
  { "x-kubernetes-int-or-string": true, "x-kubernetes-embedded-resource": true },
  { "x-kubernetes-preserve-unknown-fields": true },
  { type: "object", "x-kubernetes-preserve-unknown-fields": false },
  { type: "object", "x-kubernetes-embedded-resource": true },
  { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  { type: "string", "x-kubernetes-embedded-resource": true },
  { "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  {
    type: "object",
    "x-kubernetes-embedded-resource": true,
    properties: { kind: { type: "integer" }, apiVersion: { type: "object" }, metadata: { type: "string" } },
  },
  { type: "object", "x-kubernetes-embedded-resource": true, additionalProperties: string },
  { type: "object", "x-kubernetes-map-type": "strange" },
  { type: "string", "x-kubernetes-map-type": "atomic" },
  { type: "object", properties: { a: string }, "x-kubernetes-map-type": "granular" },
  { type: "string", "x-kubernetes-list-type": "set" },
  list({ "x-kubernetes-list-type": "strange" }),
  list({ "x-kubernetes-list-type": "set" }),
  list({ "x-kubernetes-list-type": "set" }, item()),
  list({ "x-kubernetes-list-type": "set" }, item({ "x-kubernetes-map-type": "atomic" })),
  list({ "x-kubernetes-list-type": "set" }, list({ "x-kubernetes-list-type": "set" })),
  list({ "x-kubernetes-list-type": "set" }, { type: "string", nullable: true }),
  list({ "x-kubernetes-list-map-keys": ["name"] }, item()),
  list(
    { "x-kubernetes-list-type": "set", "x-kubernetes-list-map-keys": ["name"] },
    item({ "x-kubernetes-map-type": "atomic" }),
  ),
  list({ "x-kubernetes-list-type": "map" }, item()),
  list(map, item()),
  list(map, item({ required: ["name"] })),
  list(map, item({}, { type: "string", default: "a" })),
  list(map, item({ required: ["name"] }, { type: "object" })),
  list(map, item({ required: ["name"], nullable: true }, { type: "string", nullable: true })),
  list({ ...map, "x-kubernetes-list-map-keys": ["other"] }, item({ required: ["name"] })),
  list({ ...map, "x-kubernetes-list-map-keys": ["name", "name"] }, item({ required: ["name"] })),
  list(map),
  { type: "array", ...map },
  { type: "string", anyOf: [{ type: "string" }] },
  { type: "string", anyOf: [{ pattern: "a" }, { pattern: "[" }] },
  { type: "string", allOf: [{ default: "a", title: "t", description: "d", nullable: true }] },
  { type: "object", properties: { a: string }, oneOf: [{ required: ["a"] }, { properties: { b: {} } }] },
  { type: "object", properties: { a: string }, not: { properties: { c: { items: { minLength: 1 } } } } },
  { type: "array", items: string, anyOf: [{ items: { minLength: 1 } }, { items: { properties: { a: {} } } }] },
  {
    type: "object",
    additionalProperties: string,
    allOf: [{ additionalProperties: { minLength: 1 } }, { properties: { a: { minLength: 1 } } }],
  },
  { type: "object", properties: { metadata: { type: "object" } }, anyOf: [{ properties: { metadata: {} } }] },
  {
    type: "object",
    allOf: [
      {
        "x-kubernetes-preserve-unknown-fields": true,
        "x-kubernetes-embedded-resource": true,
        "x-kubernetes-int-or-string": true,
        "x-kubernetes-list-map-keys": ["a"],
        "x-kubernetes-list-type": "map",
        "x-kubernetes-map-type": "atomic",
      },
    ],
  },
  { type: "string", minLength: -1 },
  { type: "integer", multipleOf: 0 },
  { type: "string", enum: ["a", "a"] },
  { type: "string", "x-kubernetes-validations": [{ rule: " " }] },
  { type: "string", "x-kubernetes-validations": [{ rule: "self == 'a'", message: " " }] },
  { type: "string", "x-kubernetes-validations": [{ rule: "self == 'a'", message: "a\nb" }] },
  { type: "string", "x-kubernetes-validations": [{ rule: "self ==\n'a'" }] },
  { type: "string", "x-kubernetes-validations": [{ rule: "self == 'a'", reason: "Strange", messageExpression: " " }] },
  { type: "string", "x-kubernetes-validations": [{ rule: "self == 'a'", fieldPath: " " }] },
];

const changes: readonly ((object: Json) => void)[] = [
  (o) => delete o.spec.group,
  (o) => (o.spec.group = "short"),
  (o) => (o.spec.group = "Bad_Group.example"),
  (o) => (o.metadata.name = "other"),
  (o) => delete o.metadata.name,
  (o) => delete o.spec.scope,
  (o) => (o.spec.scope = "Strange"),
  (o) => delete o.spec.names,
  (o) => delete o.spec.names.plural,
  (o) => delete o.spec.names.kind,
  (o) =>
    Object.assign(o.spec.names, {
      plural: "Things",
      kind: "bad kind",
      singular: "A_B",
      listKind: "1",
      shortNames: ["A"],
      categories: ["B C"],
    }),
  (o) => (o.spec.names.listKind = o.spec.names.kind),
  (o) => delete o.spec.versions,
  (o) => (o.spec.versions = []),
  (o) => (o.spec.versions[0].storage = false),
  (o) => (o.spec.versions[0].name = "V1"),
  (o) => o.spec.versions.push(o.spec.versions[0]),
  (o) => o.spec.versions.push({ ...o.spec.versions[0], name: "v2", storage: false }),
  (o) => delete o.spec.versions[0].schema,
  (o) => (o.spec.versions[0].schema = {}),
  (o) => delete o.spec.versions[0].schema.openAPIV3Schema.type,
  (o) => (o.spec.versions[0].schema.openAPIV3Schema = { type: "string" }),
  (o) => (o.spec.versions[0].schema.openAPIV3Schema.nullable = true),
  (o) => (o.spec.versions[0].schema.openAPIV3Schema.additionalProperties = string),
  (o) => (o.spec.versions[0].schema.openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true }),
  (o) => (o.spec.versions[0].schema.openAPIV3Schema.properties.metadata = { type: "object" }),
  (o) =>
    (o.spec.versions[0].schema.openAPIV3Schema.properties.metadata = {
      type: "object",
      properties: { name: { type: "string", maxLength: 5 } },
    }),
  (o) =>
    (o.spec.versions[0].schema.openAPIV3Schema.properties.metadata = {
      type: "object",
      properties: { labels: { type: "object" } },
    }),
  (o) => (o.spec.versions[0].schema.openAPIV3Schema.properties.metadata = { type: "string", description: "x" }),
  (o) => (o.spec.versions[0].schema.openAPIV3Schema.properties.apiVersion = { type: "string", default: "a" }),
  (o) => (o.spec.versions[0].schema.openAPIV3Schema.properties.kind = { type: "integer" }),
  (o) => (o.spec.versions[0].subresources = { status: {}, scale: {} }),
  (o) =>
    (o.spec.versions[0].subresources = {
      scale: { specReplicasPath: "spec.x", statusReplicasPath: ".spec.y", labelSelectorPath: ".metadata.z" },
    }),
  (o) =>
    (o.spec.versions[0].subresources = {
      scale: { specReplicasPath: ".spec.x", statusReplicasPath: ".status.y", labelSelectorPath: ".status.z" },
    }),
  (o) => {
    o.spec.versions[0].subresources = { status: {} };
    o.spec.versions[0].schema.openAPIV3Schema.anyOf = [{ required: ["spec"] }];
  },
  (o) => (o.spec.versions[0].additionalPrinterColumns = [{ name: "a", type: "string", jsonPath: ".spec.a" }]),
  (o) =>
    (o.spec.versions[0].additionalPrinterColumns = [{ name: "", type: "strange", format: "odd", jsonPath: "spec" }]),
  (o) => (o.spec.versions[0].additionalPrinterColumns = [{ name: "a", type: "string" }]),
  (o) => (o.spec.versions[0].deprecationWarning = "old"),
  (o) => Object.assign(o.spec.versions[0], { deprecated: true, deprecationWarning: "" }),
  (o) => Object.assign(o.spec.versions[0], { deprecated: true, deprecationWarning: "a\u0001" }),
  (o) => (o.spec.conversion = { strategy: "Strange" }),
  (o) => (o.spec.conversion = { strategy: "Webhook" }),
  (o) => (o.spec.conversion = { strategy: "Webhook", webhook: { conversionReviewVersions: ["v3"], clientConfig: {} } }),
  (o) =>
    (o.spec.conversion = {
      strategy: "Webhook",
      webhook: { conversionReviewVersions: ["v1"], clientConfig: { service: { name: "a", namespace: "b" } } },
    }),
  (o) =>
    (o.spec.conversion = {
      strategy: "None",
      webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://a" } },
    }),
  (o) => (o.spec.preserveUnknownFields = true),
  (o) => (o.spec.preserveUnknownFields = false),
  (o) => {
    o.spec.group = "proof.k8s.io";
    o.metadata.name = `${o.spec.names.plural}.proof.k8s.io`;
  },
  (o) => {
    o.spec.group = "proof.k8s.io";
    o.metadata.name = `${o.spec.names.plural}.proof.k8s.io`;
    o.metadata.annotations = { "api-approved.kubernetes.io": "perhaps" };
  },
  (o) => {
    o.spec.group = "proof.k8s.io";
    o.metadata.name = `${o.spec.names.plural}.proof.k8s.io`;
    o.metadata.annotations = { "api-approved.kubernetes.io": "unapproved, a proof" };
  },
];

/** All of them, each under a name of its own. */
export function definitions(): Json[] {
  let index = 0;
  return [
    ...schemas.map((schema) => definition(schema, undefined, index++)),
    ...changes.map((change) => definition(undefined, change, index++)),
  ];
}
