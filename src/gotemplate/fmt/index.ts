import { GoInt, GoObject, formatFloat, typeName } from "../../base/index.ts";
import { kindOf } from "../kinds.ts";
import { Printer, bytesText, intArg } from "./printer.ts";

export { isPrint, quote, unquote, unquoteChar } from "./quote.ts";
export { isNewerThanGo } from "./unicode.ts";
export { formatFloatAs } from "./float.ts";

/** What fmt prints with %v: the text of a value in a template. */
export function formatValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return Number.isInteger(value) && value > -1e6 && value < 1e6 && value !== 0
        ? String(value)
        : formatFloat(value, "g");
    case "boolean":
      return value ? "true" : "false";
    default:
  }
  if (value === null || value === undefined) return "<nil>";
  if (value instanceof GoInt) return value.value.toString();
  const printer = new Printer();
  printer.printArg(value, "v");
  return printer.out;
}

/**
 * The same, put off where a value holds files of bytes, whose text is four times as long as they: then it is answered
 * what makes the text, which has at least as many characters as such a file has bytes, 4096. What the value holds
 * besides is printed at once, because it may change.
 */
export function formatLate(value: unknown): string | (() => string) {
  if (typeof value !== "object" || value === null || value instanceof GoInt) return formatValue(value);
  const printer = new Printer();
  const parts = (printer.late = [] as (string | Uint8Array)[]);
  printer.printArg(value, "v");
  if (parts.length === 0) return printer.out;
  parts.push(printer.out);
  return () => parts.map((part) => (typeof part === "string" ? part : bytesText(part))).join("");
}

/** fmt.Sprint: a space between two operands when neither is a string. */
export function sprint(args: readonly unknown[]): string {
  let out = "";
  let afterString = true;
  for (const arg of args) {
    const isString = isStringKind(arg);
    if (!isString && !afterString) out += " ";
    out += formatValue(arg);
    afterString = isString;
  }
  return out;
}

function isStringKind(arg: unknown): boolean {
  return typeof arg === "string" || (arg instanceof GoObject && kindOf(arg) === "string");
}

/** fmt.Sprintln: a space between all operands and a newline at the end. */
export function sprintln(args: readonly unknown[]): string {
  return `${args.map(formatValue).join(" ")}\n`;
}

/** fmt.Sprintf: the arguments are values as base/go.ts has them (a plain number is a float64). */
export function sprintf(format: string, args: readonly unknown[]): string {
  let i = format.indexOf("%");
  if (i < 0 && args.length === 0) return format;
  const printer = new Printer();
  const run: Run = { printer, format, args, index: 0, reordered: false, good: true, afterIndex: false };
  const end = format.length;
  let last = 0;
  while (i >= 0) {
    printer.out += format.slice(last, i);
    last = printVerb(run, i + 1);
    i = last >= end ? -1 : format.indexOf("%", last);
  }
  if (last < end) printer.out += format.slice(last);
  if (!run.reordered && run.index < args.length) printExtra(run);
  return printer.out;
}

interface Run {
  readonly printer: Printer;
  readonly format: string;
  readonly args: readonly unknown[];
  index: number;
  reordered: boolean;
  good: boolean;
  afterIndex: boolean;
}

/** Prints the verb whose flags begin at `i` and answers where the text goes on. */
function printVerb(run: Run, i: number): number {
  const { printer, format, args } = run;
  run.good = true;
  run.afterIndex = false;
  printer.clearFlags();
  for (; i < format.length; i++) {
    const char = format[i] as string;
    if (char === "#") printer.sharp = true;
    else if (char === "0") printer.zero = true;
    else if (char === "+") printer.plus = true;
    else if (char === "-") printer.minus = true;
    else if (char === " ") printer.space = true;
    else if (char >= "a" && char <= "z" && run.index < args.length) {
      if (char === "v" || char === "w") goSyntax(printer);
      printer.printArg(args[run.index++], char);
      return i + 1;
    } else break;
  }
  i = width(run, argNumber(run, i));
  i = precision(run, i);
  if (!run.afterIndex) i = argNumber(run, i);
  if (i >= format.length) {
    printer.out += "%!(NOVERB)";
    return i;
  }
  const code = format.codePointAt(i) as number;
  const verb = code >= 0xd800 && code <= 0xdfff ? "\ufffd" : String.fromCodePoint(code);
  i += code > 0xffff ? 2 : 1;
  if (verb === "%") printer.out += "%";
  else if (!run.good) printer.out += `%!${verb}(BADINDEX)`;
  else if (run.index >= args.length) printer.out += `%!${verb}(MISSING)`;
  else {
    if (verb === "v" || verb === "w") goSyntax(printer);
    printer.printArg(args[run.index++], verb);
  }
  return i;
}

function goSyntax(printer: Printer): void {
  printer.sharpV = printer.sharp;
  printer.sharp = false;
  printer.plusV = printer.plus;
  printer.plus = false;
}

function width(run: Run, i: number): number {
  const { printer, format, args } = run;
  if (format[i] === "*") {
    const value = run.index < args.length ? intArg(args[run.index]) : undefined;
    if (run.index < args.length) run.index++;
    if (value === undefined) printer.out += "%!(BADWIDTH)";
    else if (value < 0) {
      printer.width = -value;
      printer.minus = true;
      printer.zero = false;
    } else printer.width = value;
    run.afterIndex = false;
    return i + 1;
  }
  const number = parseNumber(format, i, format.length);
  printer.width = number.found ? number.value : -1;
  if (run.afterIndex && number.found) run.good = false;
  return number.end;
}

function precision(run: Run, i: number): number {
  const { printer, format, args } = run;
  if (i + 1 >= format.length || format[i] !== ".") return i;
  i++;
  if (run.afterIndex) run.good = false;
  i = argNumber(run, i);
  if (format[i] === "*") {
    const value = run.index < args.length ? intArg(args[run.index]) : undefined;
    if (run.index < args.length) run.index++;
    printer.precision = value === undefined || value < 0 ? -1 : value;
    if (printer.precision < 0) printer.out += "%!(BADPREC)";
    run.afterIndex = false;
    return i + 1;
  }
  const number = parseNumber(format, i, format.length);
  printer.precision = number.found ? number.value : 0;
  return number.end;
}

/** fmt's parsenum: `found` is false and `end` the limit when a number grows beyond a million. */
function parseNumber(text: string, start: number, limit: number): { value: number; found: boolean; end: number } {
  let value = 0;
  let i = start;
  if (start >= limit) return { value: 0, found: false, end: limit };
  for (; i < limit; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    if (value > 1000000) return { value: 0, found: false, end: limit };
    value = value * 10 + digit;
  }
  return { value, found: i > start, end: i };
}

/** `[n]`: an explicit argument index. */
function argNumber(run: Run, i: number): number {
  const { format } = run;
  if (format[i] !== "[") {
    run.afterIndex = false;
    return i;
  }
  run.reordered = true;
  const rest = format.length - i;
  const close = rest < 3 ? -1 : format.indexOf("]", i + 1);
  if (close < 0) {
    run.good = false;
    run.afterIndex = false;
    return i + 1;
  }
  const number = parseNumber(format, i + 1, close);
  const ok = number.found && number.end === close;
  const index = number.value - 1;
  run.afterIndex = ok;
  if (ok && index >= 0 && index < run.args.length) run.index = index;
  else run.good = false;
  return close + 1;
}

function printExtra(run: Run): void {
  const { printer, args } = run;
  printer.clearFlags();
  printer.out += "%!(EXTRA ";
  for (let i = run.index; i < args.length; i++) {
    if (i > run.index) printer.out += ", ";
    const arg = args[i];
    if (arg === null || arg === undefined) printer.out += "<nil>";
    else {
      printer.out += `${typeName(arg)}=`;
      printer.printArg(arg, "v");
    }
  }
  printer.out += ")";
}
