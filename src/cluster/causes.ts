import type { Cause, CauseType } from "./status.ts";

/** Builders of field errors, as apimachinery's field package has them. */

/** How a bad value is shown: strings quoted, scalars plain, everything else as JSON. */
export function shown(value: unknown): string {
  if (typeof value === "string") return goQuote(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === undefined ? "null" : goJson(value);
}

/** encoding/json of plain data: escapes <, > and &, sorts map keys as they come. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** strconv.Quote. */
export function goQuote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (char === '"' || char === "\\") out += `\\${char}`;
    else if (code === 7) out += "\\a";
    else if (code === 8) out += "\\b";
    else if (code === 9) out += "\\t";
    else if (code === 10) out += "\\n";
    else if (code === 11) out += "\\v";
    else if (code === 12) out += "\\f";
    else if (code === 13) out += "\\r";
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, "0")}`;
    else out += char;
  }
  return `${out}"`;
}

function cause(type: CauseType, field: string, value: string | undefined, detail: string): Cause {
  return value === undefined ? { type, field, detail } : { type, field, value, detail };
}

export const required = (field: string, detail = ""): Cause => cause("FieldValueRequired", field, undefined, detail);
export const invalidValue = (field: string, value: unknown, detail: string): Cause =>
  cause("FieldValueInvalid", field, shown(value), detail);
export const typeInvalid = (field: string, value: unknown, detail: string): Cause =>
  cause("FieldValueTypeInvalid", field, shown(value), detail);
export const duplicate = (field: string, value: unknown): Cause =>
  cause("FieldValueDuplicate", field, shown(value), "");
export const notFoundCause = (field: string, value: unknown): Cause =>
  cause("FieldValueNotFound", field, shown(value), "");
export const forbiddenCause = (field: string, detail: string): Cause =>
  cause("FieldValueForbidden", field, undefined, detail);

/** The supported values are listed as given: upstream sorts where it makes them from sets. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): Cause =>
  cause(
    "FieldValueNotSupported",
    field,
    shown(value),
    supported.length === 0 ? "" : `supported values: ${supported.map(goQuote).join(", ")}`,
  );

export const tooLong = (field: string, most: number): Cause =>
  cause(
    "FieldValueTooLong",
    field,
    undefined,
    most < 0 ? "value is too long" : `may not be more than ${most} ${most === 1 ? "byte" : "bytes"}`,
  );
