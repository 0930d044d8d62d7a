import { parseQuantity } from "../../manifest/index.ts";
import { duplicate, forbiddenCause, invalidValue, notSupported, required } from "../causes.ts";
import { labelValueProblems, portNameProblems, portProblems, qualifiedNameProblems, regexError } from "../names.ts";
import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";

/** Checks that many kinds share. Each adds what is wrong to `out`. */

export type Out = Cause[];

export const nonNegativeText = "must be greater than or equal to 0";

export function nonNegative(value: unknown, path: string, out: Out): void {
  if (typeof value === "number" && value < 0) out.push(invalidValue(path, value, nonNegativeText));
}

/** Adds each message as an invalid value. */
export function each(messages: readonly string[], path: string, value: unknown, out: Out): void {
  for (const message of messages) out.push(invalidValue(path, value, message));
}

export function oneOf(value: string | undefined, supported: readonly string[], path: string, out: Out): void {
  if (!supported.includes(value ?? "")) out.push(notSupported(path, value ?? "", supported));
}

export function portNumber(value: number, path: string, out: Out): void {
  each(portProblems(value), path, value, out);
}

/** A port by number or name. */
export function portNumOrName(value: number | string, path: string, out: Out): void {
  each(typeof value === "number" ? portProblems(value) : portNameProblems(value), path, value, out);
}

const valuesNeeded = "must be specified when `operator` is 'In' or 'NotIn'";
const valuesForbidden = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";

export function labelSelector(selector: Loose, path: string, out: Out): void {
  if (selector === undefined || selector === null) return;
  labelMap(selector.matchLabels, `${path}.matchLabels`, out);
  for (const [i, expression] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    const values: string[] = expression.values ?? [];
    switch (expression.operator) {
      case "In":
      case "NotIn":
        if (values.length === 0) out.push(required(`${at}.values`, valuesNeeded));
        break;
      case "Exists":
      case "DoesNotExist":
        if (values.length > 0) out.push(forbiddenCause(`${at}.values`, valuesForbidden));
        break;
      default:
        out.push(invalidValue(`${at}.operator`, expression.operator ?? "", "not a valid selector operator"));
    }
    each(qualifiedNameProblems(expression.key ?? ""), `${at}.key`, expression.key ?? "", out);
    for (const [k, value] of values.entries()) each(labelValueProblems(value), `${at}.values[${k}]`, value, out);
  }
}

/** Label keys and values. */
export function labelMap(labels: Record<string, string> | undefined, path: string, out: Out): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    each(qualifiedNameProblems(key), path, key, out);
    each(labelValueProblems(value), path, value, out);
  }
}

const percent = /^[0-9]+%$/;

export function isPercent(value: unknown): value is string {
  return typeof value === "string" && percent.test(value);
}

export function positiveIntOrPercent(value: number | string, path: string, out: Out): void {
  if (typeof value === "number") nonNegative(value, path, out);
  else if (!percent.test(value)) {
    out.push(
      invalidValue(
        path,
        value,
        regexError("a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%", "1%", "93%"),
      ),
    );
  }
}

export function notAbove100Percent(value: number | string, path: string, out: Out): void {
  if (isPercent(value) && Number(value.slice(0, -1)) > 100)
    out.push(invalidValue(path, value, "must not be greater than 100%"));
}

/** The whole number an int-or-percent starts with. */
export function intOf(value: number | string): number {
  return typeof value === "number" ? value : percent.test(value) ? Number(value.slice(0, -1)) : 0;
}

export function quantityNano(text: string | undefined): bigint {
  return text === undefined ? 0n : parseQuantity(text).nano;
}

export function isWhole(text: string): boolean {
  return parseQuantity(text).nano % 1_000_000_000n === 0n;
}

const v4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

export function isIPv4(text: string): boolean {
  return v4.test(text);
}

export function isIPv6(text: string): boolean {
  if (!text.includes(":") || !/^[0-9a-fA-F:.]+$/.test(text)) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const words = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const all = [...words(halves[0] ?? ""), ...words(halves[1] ?? "")];
  let size = 0;
  for (const [i, word] of all.entries()) {
    if (word.includes(".")) {
      if (i !== all.length - 1 || !v4.test(word)) return false;
      size += 2;
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(word)) return false;
      size++;
    }
  }
  return halves.length === 2 ? size < 8 : size === 8;
}

export const ipProblem = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
export const cidrProblem = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

export function isIP(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}

export function isCIDR(text: string): boolean {
  const [address = "", bits = ""] = text.split("/");
  if (!/^\d{1,3}$/.test(bits)) return false;
  return isIPv4(address) ? Number(bits) <= 32 : isIPv6(address) && Number(bits) <= 128;
}

/** Addresses that are of no use as endpoints. */
export function nonSpecialIP(text: string, path: string, out: Out): void {
  if (text === "0.0.0.0" || text === "::") out.push(invalidValue(path, text, `may not be unspecified (${text})`));
  if (text.startsWith("127.") || text === "::1") {
    out.push(invalidValue(path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  }
  if (text.startsWith("169.254.") || /^fe[89ab]/i.test(text)) {
    out.push(invalidValue(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  }
  if (text.startsWith("224.0.0.") || /^ff02:/i.test(text)) {
    out.push(invalidValue(path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
  }
}

/** A relative path without steps upwards. */
export function relativePath(value: string, path: string, out: Out): void {
  if (value.startsWith("/")) out.push(invalidValue(path, value, "must be a relative path"));
  noBackSteps(value, path, out);
}

export function noBackSteps(value: string, path: string, out: Out): void {
  if (value.split("/").includes("..")) out.push(invalidValue(path, value, "must not contain '..'"));
}

export { duplicate, forbiddenCause, invalidValue, notSupported, required };
