import { forbiddenCause, goJson, invalidValue, notSupported, required } from "../causes.ts";
import { dns1035LabelProblems, dns1123SubdomainProblems } from "../names.ts";
import { sameJson } from "../objects.ts";
import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";
import { checkDefaults } from "./defaults.ts";
import { formatOf } from "./formats.ts";
import { isEstablished } from "./names.ts";
import { checkSchemaRules } from "./schema-rules.ts";
import { checkStructural, unsupportedKeyword } from "./structural.ts";

/** CustomResourceDefinitions: their defaults, their status, and what is wrong with one (ValidateCustomResourceDefinition). */

type Schema = Loose;

/** Fills in names and the conversion. */
export function definitionDefaults(object: Loose): void {
  const { spec } = object;
  if (spec?.names === undefined) return;
  spec.names.singular ||= (spec.names.kind ?? "").toLowerCase();
  spec.names.listKind ||= spec.names.kind ? `${spec.names.kind}List` : "";
  spec.conversion ??= { strategy: "None" };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service !== undefined) service.port ??= 443;
}

/** The storage version of a definition is remembered, beside those that it had. */
export function rememberStored(object: Loose): void {
  const known: string[] = object.status?.storedVersions ?? [];
  const storedVersions = [...known, ...storageVersions(object).filter((name) => !known.includes(name))];
  object.status = { ...object.status, storedVersions };
}

const storageVersions = (object: Loose): string[] =>
  (object.spec.versions ?? [])
    .filter((version: Loose) => version.storage === true)
    .map((version: Loose) => version.name);

/** What is wrong with a definition; with `old`, also what may not change. */
export function validateDefinition(object: Loose, out: Cause[], old?: Loose): void {
  const { spec, metadata } = object;
  const { group = "", names = {}, scope = "" } = spec ?? {};
  const versions: Loose[] = spec?.versions ?? [];
  if (old === undefined && metadata.name && metadata.name !== `${names.plural ?? ""}.${group}`) {
    out.push(invalidValue("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  validateGroup(group, out);
  oneOf("spec.scope", scope, ["Cluster", "Namespaced"], out);
  for (const [i, version] of versions.entries()) {
    if (version.schema?.openAPIV3Schema === undefined) out.push(required(`spec.versions[${i}].schema.openAPIV3Schema`));
  }
  if (spec?.preserveUnknownFields === true) {
    const hasDefaults = versions.some((version: Loose) => someSchema(version.schema?.openAPIV3Schema, hasDefault));
    if (hasDefaults)
      out.push(
        invalidValue("spec.preserveUnknownFields", true, "must be false in order to use defaults in the schema"),
      );
  }
  const shared = sharedParts(versions);
  const seen = new Set<string>();
  let unique = true;
  for (const [i, version] of versions.entries()) {
    if (seen.has(version.name)) unique = false;
    seen.add(version.name);
    const problems = dns1035LabelProblems(version.name ?? "");
    if (problems.length > 0) {
      out.push(invalidValue(`spec.versions[${i}].name`, version.name ?? "", problems.join(",")));
      if (i === 0) out.push(invalidValue("spec.version", version.name ?? "", problems.join(",")));
    }
    validateVersion(version, `spec.versions[${i}]`, shared, out);
  }
  if (!unique) out.push(invalidValue("spec.versions", inGo(versions), "must contain unique version names"));
  if (storageVersions({ spec: { versions } }).length !== 1) {
    const shown = spec?.versions === null || spec?.versions === undefined ? null : inGo(versions);
    out.push(invalidValue("spec.versions", shown, "must have exactly one version marked as storage version"));
  }
  for (const field of ["plural", "singular", "kind", "listKind"])
    if (!names[field]) out.push(required(`spec.names.${field}`));
  validateNames(names, "spec.names", out);
  const [first = {}] = versions;
  if (shared.schema) validateVersionSchema(first, "spec.validation", out);
  if (shared.subresources) validateScale(first.subresources?.scale, "spec.subresources", out);
  if (shared.additionalPrinterColumns) validateColumns(first, "spec", out);
  validateConversion(spec?.conversion, spec?.preserveUnknownFields, out);
  if (old !== undefined) validateUnchanged(object, old, out);
  if (old !== undefined && object.status?.acceptedNames !== undefined)
    validateNames(object.status.acceptedNames, "status.acceptedNames", out);
  validateStored(versions, object.status?.storedVersions ?? [], out);
  validateApproval(object, old, out);
  if (spec?.preserveUnknownFields === true && old?.spec.preserveUnknownFields !== true) {
    out.push(
      invalidValue(
        "spec.preserveUnknownFields",
        true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
      ),
    );
  }
}

function validateGroup(group: string, out: Cause[]): void {
  if (group === "") {
    out.push(required("spec.group"));
    return;
  }
  const problems = dns1123SubdomainProblems(group);
  if (problems.length > 0) out.push(invalidValue("spec.group", group, problems.join(",")));
  else if (!group.includes("."))
    out.push(invalidValue("spec.group", group, "should be a domain with at least one dot"));
}

function oneOf(field: string, value: string, allowed: readonly string[], out: Cause[]): void {
  if (value === "") out.push(required(field));
  else if (!allowed.includes(value)) out.push(notSupported(field, value, allowed));
}

/**
 * Upstream's internal form holds what is the same in all versions once, for the whole definition; that is also where its
 * messages say that it lies.
 */
function sharedParts(
  versions: readonly Loose[],
): Record<"schema" | "subresources" | "additionalPrinterColumns", boolean> {
  const same = (part: string) =>
    versions.length > 0 &&
    versions.every((version) => version[part] !== undefined && sameJson(version[part], versions[0][part]));
  return {
    schema: same("schema"),
    subresources: same("subresources"),
    additionalPrinterColumns: same("additionalPrinterColumns") && versions[0].additionalPrinterColumns.length > 0,
  };
}

function validateVersion(version: Loose, path: string, shared: ReturnType<typeof sharedParts>, out: Cause[]): void {
  const { deprecated, deprecationWarning: warning } = version;
  if (warning !== undefined) {
    const field = `${path}.deprecationWarning`;
    const bad = (detail: string) => out.push({ ...invalidValue(field, warning, detail), value: goJson(warning) });
    if (deprecated !== true) bad("can only be set for deprecated versions");
    else {
      if (Buffer.byteLength(warning) > 256) bad("must be <= 256 characters long");
      if (warning === "") bad("must not be an empty string");
      const strange = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
      if (strange !== null) {
        const index = Buffer.byteLength(warning.slice(0, strange.index));
        bad(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
      }
    }
  }
  if (!shared.schema) validateVersionSchema(version, `${path}.schema`, out);
  if (!shared.subresources) validateScale(version.subresources?.scale, `${path}.subresources`, out);
  if (!shared.additionalPrinterColumns) validateColumns(version, path, out);
}

function validateVersionSchema(version: Loose, path: string, out: Cause[]): void {
  const schema = version.schema?.openAPIV3Schema;
  if (schema !== undefined) validateSchema(schema, version.subresources?.status !== undefined, path, out);
}

function validateColumns(version: Loose, path: string, out: Cause[]): void {
  (version.additionalPrinterColumns ?? []).forEach((column: Loose, i: number) =>
    validateColumn(column, `${path}.additionalPrinterColumns[${i}]`, out),
  );
}

/** Keywords that a root schema may have where the status is a subresource, as upstream prints the list. */
const rootFields =
  "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]";

function validateSchema(schema: Schema, hasStatus: boolean, path: string, out: Cause[]): void {
  const before = out.length;
  const at = `${path}.openAPIV3Schema`;
  if (hasStatus) {
    const strange = Object.keys(schema).some((key) => !isRootField(key) && isSet(schema[key]));
    if (schema.type !== undefined && schema.type !== "object") {
      const detail =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      out.push(invalidValue(`${at}.type`, schema.type, detail));
    } else if (strange) {
      const detail = `only ${rootFields} fields are allowed at the root of the schema if the status subresource is enabled`;
      out.push(invalidValue(at, schema, detail));
    }
  }
  if (schema.nullable === true) out.push(forbiddenCause(`${at}.nullable`, "nullable cannot be true at the root"));
  const keyword = unsupportedKeyword(schema);
  if (keyword === undefined) {
    const structural = checkStructural(schema, at);
    if (structural.length > 0) out.push(...structural);
    else checkDefaults(schema, at, out);
  }
  checkSchemaRules(schema, at, out);
  if (out.length === before && keyword !== undefined) out.push(invalidValue(at, "", keyword));
}

function isRootField(key: string): boolean {
  const go = key.startsWith("x-kubernetes-")
    ? `X${key
        .slice("x-kubernetes-".length)
        .split("-")
        .map((part) => part[0]?.toUpperCase() + part.slice(1))
        .join("")}`
    : `${key[0]?.toUpperCase()}${key.slice(1)}`;
  return rootFields.slice(1, -1).split(" ").includes(go);
}

const isSet = (value: unknown): boolean => value !== undefined && value !== false && value !== "";

function validateScale(scale: Loose, path: string, out: Cause[]): void {
  if (scale === undefined) return;
  const check = (name: string, under: readonly string[], words: string, needed: boolean) => {
    const value: string = scale[name] ?? "";
    const at = `${path}.scale.${name}`;
    if (value === "") {
      if (needed) out.push(required(at));
    } else if (!value.startsWith(".")) out.push(invalidValue(at, value, "must be a simple json path starting with ."));
    else if (!under.some((prefix) => value.startsWith(prefix)))
      out.push(invalidValue(at, value, `should be a json path under ${words}`));
  };
  check("specReplicasPath", [".spec."], ".spec", true);
  check("statusReplicasPath", [".status."], ".status", true);
  check("labelSelectorPath", [".spec.", ".status."], "either .spec or .status", false);
}

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

function validateColumn(column: Loose, path: string, out: Cause[]): void {
  const { name = "", type = "", format = "", jsonPath = "" } = column;
  if (name === "") out.push(required(`${path}.name`));
  const list = `must be one of ${columnTypes.join(",")}`;
  if (type === "") out.push(required(`${path}.type`, list));
  else if (!columnTypes.includes(type)) out.push(invalidValue(`${path}.type`, type, list));
  if (format !== "" && !columnFormats.includes(format)) {
    out.push(invalidValue(`${path}.format`, format, `must be one of ${columnFormats.join(",")}`));
  }
  if (jsonPath === "") out.push(required(`${path}.JSONPath`));
  else if (!jsonPath.startsWith(".")) {
    out.push(invalidValue(`${path}.JSONPath`, jsonPath, "must be a simple json path starting with ."));
  }
}

function validateNames(names: Loose, path: string, out: Cause[]): void {
  const check = (field: string, value: string | undefined, prefix = "") => {
    const problems = value ? dns1035LabelProblems(prefix === "" ? value : value.toLowerCase()) : [];
    if (problems.length > 0) out.push(invalidValue(`${path}.${field}`, value, prefix + problems.join(",")));
  };
  const mixed = "may have mixed case, but should otherwise match: ";
  check("plural", names.plural);
  check("singular", names.singular);
  check("kind", names.kind, mixed);
  check("listKind", names.listKind, mixed);
  (names.shortNames ?? []).forEach((name: string, i: number) => check(`shortNames[${i}]`, name));
  if (names.kind && names.kind === names.listKind) {
    out.push(invalidValue(`${path}.listKind`, names.listKind, "kind and listKind may not be the same"));
  }
  (names.categories ?? []).forEach((name: string, i: number) => check(`categories[${i}]`, name));
}

function validateConversion(conversion: Loose, preserves: boolean | undefined, out: Cause[]): void {
  if (conversion === undefined) return;
  const { strategy = "", webhook } = conversion;
  const path = "spec.conversion";
  if (strategy !== "None" && preserves === true) {
    out.push(invalidValue(`${path}.strategy`, strategy, "must be None if spec.preserveUnknownFields is true"));
  }
  oneOf(`${path}.strategy`, strategy, ["None", "Webhook"], out);
  const versions: string[] = webhook?.conversionReviewVersions ?? [];
  if (strategy !== "Webhook") {
    const detail = "should not be set when strategy is not set to Webhook";
    if (webhook?.clientConfig !== undefined) out.push(forbiddenCause(`${path}.webhookClientConfig`, detail));
    if (versions.length > 0) out.push(forbiddenCause(`${path}.conversionReviewVersions`, detail));
    return;
  }
  const config = webhook?.clientConfig;
  if (config === undefined)
    out.push(required(`${path}.webhookClientConfig`, "required when strategy is set to Webhook"));
  else if ((config.url === undefined) === (config.service === undefined)) {
    out.push(required(`${path}.webhookClientConfig`, "exactly one of url or service is required"));
  }
  if (versions.length === 0) out.push(required(`${path}.conversionReviewVersions`));
  else if (!versions.some((version) => version === "v1" || version === "v1beta1")) {
    out.push(invalidValue(`${path}.conversionReviewVersions`, versions, "must include at least one of v1, v1beta1"));
  }
}

function validateUnchanged(object: Loose, old: Loose, out: Cause[]): void {
  const same = (field: string, now: unknown, before: unknown) => {
    if (!sameJson(now, before)) out.push(invalidValue(`spec.${field}`, now, "field is immutable"));
  };
  if (isEstablished(old)) {
    same("scope", object.spec.scope, old.spec.scope);
    same("names.kind", object.spec.names?.kind, old.spec.names?.kind);
  }
  same("group", object.spec.group, old.spec.group);
  same("names.plural", object.spec.names?.plural, old.spec.names?.plural);
}

function validateStored(versions: readonly Loose[], stored: readonly string[], out: Cause[]): void {
  const path = "status.storedVersions";
  if (stored.length === 0) {
    out.push(invalidValue(path, null, "must have at least one stored version"));
    return;
  }
  const left = new Map(stored.map((name, i) => [name, i]));
  for (const { name, storage } of versions) {
    if (storage === true && !left.has(name))
      out.push(invalidValue(path, stored, `must have the storage version ${name}`));
    left.delete(name);
  }
  for (const [name, i] of left) {
    out.push(
      invalidValue(
        `${path}[${i}]`,
        name,
        `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
      ),
    );
  }
}

/** Versions as upstream shows them: its internal structs, whose shared parts have moved away. */
function inGo(versions: readonly Loose[]): unknown {
  return versions.map((version) => ({
    Name: version.name ?? "",
    Served: version.served === true,
    Storage: version.storage === true,
    Deprecated: version.deprecated === true,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: null,
    Subresources: null,
    AdditionalPrinterColumns: null,
    SelectableFields: null,
  }));
}

/** Groups of Kubernetes' own are protected by an annotation. */
function validateApproval(object: Loose, old: Loose | undefined, out: Cause[]): void {
  const group: string = object.spec?.group ?? "";
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return;
  const key = "api-approved.kubernetes.io";
  const value: string | undefined = object.metadata.annotations?.[key];
  if (old !== undefined && old.metadata.annotations?.[key] === value) return;
  const field = `metadata.annotations[${key}]`;
  const words = `protected groups must have approval annotation "${key}", see https://github.com/kubernetes/enhancements/pull/1111`;
  if (value === undefined) out.push(required(field, words));
  else if (!value.startsWith("unapproved") && !/^[a-z][a-z0-9+.-]*:\/\/[^/]+/i.test(value)) {
    const detail =
      'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111';
    out.push(invalidValue(field, value, detail));
  }
}

const hasDefault = (schema: Schema): boolean => schema.default !== undefined && schema.default !== null;

/** Does any schema, at any depth, have a property? */
function someSchema(schema: Schema | undefined, is: (schema: Schema) => boolean): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  if (is(schema)) return true;
  const below = [
    schema.items,
    schema.additionalProperties,
    schema.not,
    ...Object.values(schema.properties ?? {}),
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.items?.JSONSchemas ?? []),
  ];
  return below.some((one) => someSchema(one, is));
}

/** What a client is told of a definition that is accepted: rules and conversions that the embedded cluster does not carry out. */
export function definitionWarnings(object: Loose): string[] {
  const out: string[] = [];
  let rules = 0;
  const formats: string[] = [];
  for (const version of object.spec?.versions ?? []) {
    someSchema(version.schema?.openAPIV3Schema, (schema) => {
      rules += schema["x-kubernetes-validations"]?.length ?? 0;
      if (schema.format && formatOf(schema) === "") formats.push(schema.format);
      return false;
    });
  }
  for (const format of formats) out.push(`unrecognized format ${JSON.stringify(format)}`);
  if (object.spec?.conversion?.strategy === "Webhook") {
    out.push(
      "the conversion webhook was passed over: its backend is simulated, and only the apiVersion of objects is changed",
    );
  }
  if (rules > 0) {
    out.push(
      `the embedded cluster does not evaluate CEL rules yet: ${rules} of x-kubernetes-validations are passed over`,
    );
  }
  return out;
}
