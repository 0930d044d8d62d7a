import { GoInt, formatFloat } from "../../base/index.ts";
import { JsonNumber, isObject } from "./json.ts";

/** What is wrong at one place, in the words of the library that Helm uses. */
export interface SchemaError {
  /** Keys and indexes from the root of the values. */
  readonly at: readonly string[];
  readonly message: string;
  /** A `$ref` that led to exactly one failure is not shown itself. */
  readonly reference?: boolean;
  /** Several failures without words of their own: they join the list of whoever asked. */
  readonly group?: boolean;
  readonly causes: readonly SchemaError[];
}

/** The lines of the failures, two spaces deeper each level. */
export function showErrors(errors: readonly SchemaError[], depth = 0): string {
  return errors
    .map((error) => {
      if (error.reference === true && error.causes.length === 1) return showErrors(error.causes, depth);
      const line = `\n${"  ".repeat(depth)}- at ${quoteSingle(pointer(error.at))}: ${error.message}`;
      return line + showErrors(error.causes, depth + 1);
    })
    .join("");
}

/** The failures that have no causes below them: what a user has to change. */
export function leaves(errors: readonly SchemaError[]): SchemaError[] {
  return errors.flatMap((error) => (error.causes.length === 0 ? [error] : leaves(error.causes)));
}

/** A JSON pointer. */
export function pointer(steps: readonly string[]): string {
  return steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Go's %q, in single quotes. */
export function quoteSingle(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}

/** A list of quoted names. */
export function quoteAll(names: readonly string[]): string {
  return names.map(quoteSingle).join(", ");
}

/** A primitive value in a message. */
export function display(value: unknown): string {
  if (typeof value === "string") return quoteSingle(value);
  if (value === null || value === undefined) return "<nil>";
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof GoInt) return value.toString();
  if (typeof value === "number") return formatFloat(value, "g");
  return Array.isArray(value) || isObject(value) ? "value" : String(value);
}

/** A count as golang.org/x/text prints it for English: thousands apart. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number as golang.org/x/text prints it for English: thousands apart, exponents raised. */
export function localNumber(value: number): string {
  const [mantissa, exponent] = formatFloat(value, "g").split("e") as [string, string | undefined];
  const [whole, fraction] = mantissa.split(".") as [string, string | undefined];
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",") + (fraction === undefined ? "" : `.${fraction}`);
  if (exponent === undefined) return grouped;
  const raised = exponent
    .replace("+", "")
    .replace("-", "⁻")
    .replace(/\d/g, (digit) => superscripts[Number(digit)] as string);
  return `${grouped}×10${raised}`;
}
