import { formatFloat } from "../../base/index.ts";
import { goJson, goQuote, invalidValue, notSupported, required, tooLong, typeInvalid } from "../causes.ts";
import { sameJson } from "../objects.ts";
import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";
import { formatOf, stringFormat } from "./formats.ts";
import { compilePattern } from "./patterns.ts";

/**
 * Values against a structural schema, as kube-openapi's validator finds and words what is wrong: every check of a schema
 * runs, whatever the others found; of alternatives that all fail, the one that got furthest is told of.
 */

type Schema = Loose;

/** What was found so far, and how many checks were passed on the way (which of several alternatives fits best). */
interface Result {
  readonly found: { readonly message: string; readonly cause: Cause }[];
  matches: number;
}

/**
 * What `value` breaks of `schema`.
 * @param field where the value lies; upstream's paths begin below it
 * @param old the value before an update: what is wrong with a part that has not changed is forgiven (ratcheting)
 */
export function checkValue(value: unknown, schema: Schema, field: string, out: Cause[], old?: unknown): void {
  const result: Result = { found: [], matches: 0 };
  check(value, schema, "", old, result);
  for (const { cause } of result.found) {
    if (field === "") out.push(cause);
    else out.push({ ...cause, field: cause.field === noField ? field : `${field}.${cause.field}` });
  }
}

/** How Go prints a path that is none. */
const noField = "<nil>";

const fresh = (): Result => ({ found: [], matches: 0 });

function merge(into: Result, other: Result): void {
  into.matches += other.matches;
  for (const one of other.found) add(into, one.message, one.cause);
}

/** Each message counts once. */
function add(result: Result, message: string, cause: Cause): void {
  if (!result.found.some((one) => one.message === message)) result.found.push({ message, cause });
}

/** Something that is wrong at a path. */
function bad(result: Result, path: string, message: string, make: (field: string) => Cause): void {
  const field = path.startsWith(".") ? path.slice(1) : path;
  add(result, message, make(field === "" ? noField : field));
}

/** Something that is wrong without a path: upstream tells where in the message. */
function composite(result: Result, message: string): void {
  add(result, message, invalidValue(noField, "", message));
}

type Kind = "null" | "boolean" | "string" | "integer" | "number" | "array" | "object";

function kindOf(value: unknown): Kind {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? "integer" : "number";
  return typeof value as Kind;
}

/** A value as it is shown: keys of maps are sorted, numbers are Go's. */
function display(value: unknown): unknown {
  if (value === null || value === undefined) return "null";
  return typeof value === "object" ? sorted(value) : value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted((value as Record<string, unknown>)[key])]),
  );
}

function invalid(field: string, value: unknown, detail: string): Cause {
  const made = invalidValue(field, display(value), detail);
  return typeof value === "number" ? { ...made, value: numberText(value) } : made;
}

function numberText(value: number): string {
  return kindOf(value) === "integer" ? BigInt(value).toString() : formatFloat(value, "g");
}

function typesOf(schema: Schema): readonly string[] {
  if (schema["x-kubernetes-int-or-string"] === true) return ["integer", "string"];
  return schema.type ? [schema.type] : [];
}

function check(value: unknown, schema: Schema, path: string, old: unknown, result: Result): void {
  if (old === undefined || old === null) return checkFresh(value, schema, path, undefined, result);
  const own = fresh();
  checkFresh(value, schema, path, old, own);
  if (own.found.length > 0 && sameJson(value, old)) result.matches += own.matches;
  else merge(result, own);
}

function checkFresh(value: unknown, schema: Schema, path: string, old: unknown, result: Result): void {
  const types = typesOf(schema);
  const kind = kindOf(value);
  if (kind === "null") {
    if (types.length > 0 && schema.nullable !== true) wrongType(result, path, types.join(","), "null");
    else result.matches++;
    checkEnum(value, schema, path, result);
    return;
  }
  const format = formatOf(schema);
  if (types.length > 0 || format !== "") {
    checkType(kind, types, format, path, result);
    result.matches++;
  }
  checkCombined(value, schema, path, result);
  result.matches += 2;
  if (kind === "string") {
    checkString(value as string, schema, path, result);
    result.matches++;
    const test = format === "" ? undefined : stringFormat(format);
    if (test !== undefined) {
      if (!test(value as string)) wrongType(result, path, format, value as string);
      result.matches++;
    }
  } else if (kind === "integer" || kind === "number") {
    checkNumber(value as number, schema, types, format, path, result);
    result.matches += 2;
  } else if (kind === "array") {
    checkList(value as unknown[], schema, path, old, result);
    result.matches += 2;
  }
  checkEnum(value, schema, path, result);
  result.matches++;
  if (kind === "object") {
    checkMap(value as Record<string, unknown>, schema, path, old, result);
    result.matches++;
  }
  result.matches++;
}

/** errors.InvalidType: `found` is the kind that the value has, or for formats the string itself. */
function wrongType(result: Result, path: string, wanted: string, found: string): void {
  const message = `${path} in body must be of type ${wanted}: ${goQuote(found)}`;
  bad(result, path, message, (field) => typeInvalid(field, found, message));
}

/** typeValidator. A format that a value's kind has nothing to do with takes the place of the type in the message. */
function checkType(kind: Kind, types: readonly string[], format: string, path: string, result: Result): void {
  const number = types.includes("number") || types.includes("integer");
  const fits = types.includes(kind) || (kind === "integer" && types.includes("number"));
  if (kind !== "string" && kind !== "array" && format !== "" && !fits) {
    const own = kind === "integer" ? "int64" : kind === "number" ? "float64" : "";
    if (own !== format) return wrongType(result, path, format, own);
  }
  if ((!number && format !== "" && (kind === "string" || kind === "array")) || fits) result.matches++;
  else wrongType(result, path, types.join(","), kind);
}

function checkString(value: string, schema: Schema, path: string, result: Result): void {
  const { minLength, maxLength, pattern } = schema;
  if (maxLength !== undefined && lengthOf(value) > maxLength) {
    return bad(result, path, `${path} in body should be at most ${maxLength} chars long`, (field) =>
      tooLong(field, maxLength),
    );
  }
  let message: string | undefined;
  if (minLength !== undefined && lengthOf(value) < minLength) {
    message = `${path} in body should be at least ${minLength} chars long`;
  } else if (pattern !== undefined && pattern !== "" && !compilePattern(pattern)(value)) {
    message = `${path} in body should match '${pattern}'`;
  }
  if (message !== undefined) bad(result, path, message, (field) => invalid(field, value, message));
}

/** In code points. */
function lengthOf(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdbff && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) length--;
  }
  return length;
}

/** Can a number be held by its type and format? */
function inRange(value: number, type: string | undefined, format: string): boolean {
  if (type === "integer") {
    if (!Number.isInteger(value)) return false;
    return format === "int32" ? value >= -(2 ** 31) && value < 2 ** 31 : value >= -(2 ** 63) && value < 2 ** 63;
  }
  return format !== "float" || Math.abs(value) <= 3.4028234663852886e38;
}

function checkNumber(
  value: number,
  schema: Schema,
  types: readonly string[],
  format: string,
  path: string,
  result: Result,
): void {
  const type = types.length === 1 && (types[0] === "integer" || types[0] === "number") ? types[0] : undefined;
  const range = (number: number, what: string): boolean => {
    if (inRange(number, type, format)) return true;
    const words = format === "" ? `${type} (default format)` : `${type} with format ${format}`;
    composite(result, `${what} value must be of type ${words} in ${path}`);
    return false;
  };
  const say = (detail: string) =>
    bad(result, path, `${path} in body ${detail}`, (field) => invalid(field, value, `${path} in body ${detail}`));
  range(value, "Checked");
  const { multipleOf, maximum, minimum } = schema;
  const whole = kindOf(value) === "integer";
  const bound = (limit: number) => (whole ? Math.trunc(limit) : limit);
  if (multipleOf !== undefined) {
    const factor = range(multipleOf, "MultipleOf") ? bound(multipleOf) : multipleOf;
    const text = numberText(factor);
    if (factor <= 0)
      bad(result, path, "", (field) =>
        invalid(field, multipleOf, `factor MultipleOf declared for ${path} must be positive: ${text}`),
      );
    else if (!Number.isInteger(factor < 1 ? (1 / factor) * value : value / factor))
      say(`should be a multiple of ${text}`);
  }
  if (minimum !== undefined) {
    const limit = range(minimum, "Minimum boundary") ? bound(minimum) : minimum;
    const exclusive = schema.exclusiveMinimum === true;
    if (exclusive ? value <= limit : value < limit)
      say(`should be greater than ${exclusive ? "" : "or equal to "}${numberText(limit)}`);
  }
  if (maximum !== undefined) {
    const limit = range(maximum, "Maximum boundary") ? bound(maximum) : maximum;
    const exclusive = schema.exclusiveMaximum === true;
    if (exclusive ? value >= limit : value > limit)
      say(`should be less than ${exclusive ? "" : "or equal to "}${numberText(limit)}`);
  }
}

/** The item of an older list with the same map keys. */
function itemBefore(item: unknown, schema: Schema, old: unknown): unknown {
  if (!Array.isArray(old) || schema["x-kubernetes-list-type"] !== "map") return undefined;
  const keys: string[] = schema["x-kubernetes-list-map-keys"] ?? [];
  return old.find((other) => keys.every((key) => sameJson(other?.[key] ?? null, (item as Loose)?.[key] ?? null)));
}

function checkList(list: readonly unknown[], schema: Schema, path: string, old: unknown, result: Result): void {
  const { items, minItems, maxItems } = schema;
  if (items !== undefined) {
    list.forEach((item, i) => check(item, items, `${path}[${i}]`, itemBefore(item, schema, old), result));
  }
  if (minItems !== undefined && list.length < minItems) {
    const message = `${path} in body should have at least ${minItems} items`;
    bad(result, path, message, (field) => invalid(field, list.length, message));
  }
  if (maxItems !== undefined && list.length > maxItems) {
    tooMany(result, path, `${path} in body should have at most ${maxItems} items`, list.length, maxItems);
  }
}

function tooMany(result: Result, path: string, message: string, count: number, most: number): void {
  bad(result, path, message, (field) => ({
    type: "FieldValueTooMany",
    field,
    value: String(count),
    detail: `must have at most ${most} ${most === 1 ? "item" : "items"}`,
  }));
}

function checkEnum(value: unknown, schema: Schema, path: string, result: Result): void {
  const { enum: allowed } = schema;
  if (allowed === undefined || allowed.length === 0) return;
  if (value !== null && allowed.some((one: unknown) => sameJson(one, value))) return;
  const names = allowed.map((one: unknown) => (typeof one === "string" ? one : goJson(one)));
  bad(result, path, `${path} in body should be one of [${names.join(" ")}]`, (field) =>
    notSupported(field, display(value), names),
  );
}

function checkMap(object: Record<string, unknown>, schema: Schema, path: string, old: unknown, result: Result): void {
  const { minProperties, maxProperties, properties = {}, additionalProperties } = schema;
  const keys = Object.keys(object);
  const before = (key: string): unknown =>
    typeof old === "object" && old !== null && !Array.isArray(old) && schema["x-kubernetes-map-type"] !== "atomic"
      ? (old as Record<string, unknown>)[key]
      : undefined;
  if (minProperties !== undefined && keys.length < minProperties) {
    const message = `${path} in body should have at least ${minProperties} properties`;
    bad(result, path, message, (field) => invalid(field, keys.length, message));
  }
  if (maxProperties !== undefined && keys.length > maxProperties) {
    tooMany(
      result,
      path,
      `${path} in body should have at most ${maxProperties} properties`,
      keys.length,
      maxProperties,
    );
  }
  for (const key of keys) {
    if (Object.hasOwn(properties, key)) continue;
    if (additionalProperties === false) {
      const message = `${path}.${key} in body is a forbidden property`;
      bad(result, path, message, (field) => invalid(field, key, message));
    } else if (typeof additionalProperties === "object" && additionalProperties !== null) {
      check(object[key], additionalProperties, `${path}.${key}`, before(key), result);
    }
  }
  for (const key of keys) {
    if (!Object.hasOwn(properties, key)) continue;
    check(object[key], properties[key], path === "" ? key : `${path}.${key}`, before(key), result);
  }
  for (const key of schema.required ?? []) {
    if (object[key] === undefined)
      bad(result, `${path}.${key}`, `${path}.${key} in body is required`, (field) => required(field));
  }
}

function checkCombined(value: unknown, schema: Schema, path: string, result: Result): void {
  const { anyOf, oneOf, allOf, not } = schema;
  const attempt = (one: Schema): Result => {
    const own = fresh();
    checkFresh(value, one, path, undefined, own);
    return own;
  };
  const where = goQuote(path);
  if (anyOf !== undefined && anyOf.length > 0) {
    let best: Result | undefined;
    let valid: Result | undefined;
    for (const one of anyOf) {
      const own = attempt(one);
      if (own.found.length === 0) {
        valid = own;
        break;
      }
      if (best === undefined || own.matches > best.matches) best = own;
    }
    if (valid === undefined) composite(result, `${where} must validate at least one schema (anyOf)`);
    merge(result, valid ?? (best as Result));
  }
  if (oneOf !== undefined && oneOf.length > 0) {
    let best: Result | undefined;
    let valid: Result | undefined;
    let count = 0;
    for (const one of oneOf) {
      const own = attempt(one);
      if (own.found.length === 0) {
        count++;
        valid ??= own;
        best = undefined;
      } else if (count === 0 && (best === undefined || own.matches > best.matches)) best = own;
    }
    if (count !== 1) {
      const how = count === 0 ? "Found none valid" : `Found ${count} valid alternatives`;
      composite(result, `${where} must validate one and only one schema (oneOf). ${how}`);
      if (best !== undefined) merge(result, best);
    } else merge(result, valid as Result);
  }
  if (allOf !== undefined && allOf.length > 0) {
    let valid = 0;
    for (const one of allOf) {
      const own = attempt(one);
      if (own.found.length === 0) valid++;
      merge(result, own);
    }
    if (valid !== allOf.length) {
      composite(result, `${where} must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`);
    }
  }
  if (not !== undefined && attempt(not).found.length === 0)
    composite(result, `${where} must not validate the schema (not)`);
}
