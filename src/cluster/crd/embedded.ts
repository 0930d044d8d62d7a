import { decode, DecodeError } from "../decode.ts";
import { invalidValue, required } from "../causes.ts";
import { pathSegmentProblems, dns1035LabelProblems } from "../names.ts";
import { validateMetadata } from "../metadata.ts";
import { typeByName } from "../../schema/index.ts";
import type { TypeInfo } from "../../schema/index.ts";
import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";

/** Objects within custom resources (x-kubernetes-embedded-resource): their type and metadata are checked like those of any object. */

type Schema = Loose;

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** What is wrong with embedded objects of `value`. */
export function checkEmbedded(value: unknown, schema: Schema | undefined, path: string, out: Cause[]): void {
  if (schema === undefined || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => checkEmbedded(item, schema.items, `${path}[${i}]`, out));
    return;
  }
  const object = value as Record<string, unknown>;
  if (schema["x-kubernetes-embedded-resource"] === true) checkResource(object, path, out);
  const { properties, additionalProperties } = schema;
  for (const key of Object.keys(object)) {
    if (properties !== undefined && Object.hasOwn(properties, key)) {
      checkEmbedded(object[key], properties[key], path === "" ? key : `${path}.${key}`, out);
    } else if (typeof additionalProperties === "object" && additionalProperties !== null) {
      checkEmbedded(object[key], additionalProperties, `${path}[${key}]`, out);
    }
  }
}

function checkResource(object: Record<string, unknown>, path: string, out: Cause[]): void {
  for (const key of ["apiVersion", "kind"]) {
    const value = object[key];
    const at = `${path}.${key}`;
    if (value === undefined) out.push(required(at));
    else if (typeof value !== "string") out.push(invalidValue(at, value, "must be a string"));
    else if (value === "") out.push(invalidValue(at, value, "must not be empty"));
    else if (key === "apiVersion") {
      if (value.split("/").length > 2) out.push(invalidValue(at, value, `unexpected GroupVersion string: ${value}`));
    } else {
      const problems = dns1035LabelProblems(value.toLowerCase());
      if (problems.length > 0) {
        out.push(invalidValue(at, value, `may have mixed case, but should otherwise match: ${problems.join(",")}`));
      }
    }
  }
  const { metadata } = object;
  if (metadata === undefined) return;
  try {
    const decoded = decode(typeByName(objectMeta) as TypeInfo, metadata) as Loose;
    decoded.name ||= "fakename";
    out.push(...validateMetadata(decoded, Boolean(decoded.namespace), pathSegmentProblems, `${path}.metadata`));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    out.push(invalidValue(`${path}.metadata`, metadata, error.message));
  }
}

/** Brings embedded metadata into the form that its Go type gives it; notes fields that are unknown. */
export function coerceEmbedded(
  value: unknown,
  schema: Schema | undefined,
  path: string,
  unknown: string[] | undefined,
): void {
  if (schema === undefined || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => coerceEmbedded(item, schema.items, `${path}[${i}]`, unknown));
    return;
  }
  const object = value as Record<string, unknown>;
  const { metadata } = object;
  if (schema["x-kubernetes-embedded-resource"] === true && typeof metadata === "object" && metadata !== null) {
    const problems: string[] = [];
    try {
      object["metadata"] = decode(typeByName(objectMeta) as TypeInfo, metadata, {
        problems,
      });
      for (const problem of problems) unknown?.push(`${path}.metadata.${problem.slice(problem.indexOf('"') + 1, -1)}`);
    } catch (error) {
      // what cannot be read is told of when it is checked
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  const { properties, additionalProperties } = schema;
  for (const key of Object.keys(object)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (properties !== undefined && Object.hasOwn(properties, key))
      coerceEmbedded(object[key], properties[key], at, unknown);
    else if (typeof additionalProperties === "object" && additionalProperties !== null) {
      coerceEmbedded(object[key], additionalProperties, at, unknown);
    }
  }
}
