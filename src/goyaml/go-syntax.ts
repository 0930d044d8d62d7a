import { compareStrings, formatFloat, fromBytes, GoInt } from "../base/index.ts";
import { YamlMap } from "./decode.ts";

/** What fmt prints of decoded YAML with %#v; yaml.v2 and sigs put keys and values into their errors that way. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return formatFloat(value, "g");
  if (value instanceof GoInt) return value.kind === "uint64" ? `0x${value.value.toString(16)}` : value.toString();
  if (value instanceof Uint8Array) return quoteBytes(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(inside).join(", ")}}`;
  if (value instanceof YamlMap) {
    const entries = [...value.entries.values()].sort((a, b) => compareKeys(a.key, b.key));
    return `map[interface {}]interface {}{${entries.map((e) => `${inside(e.key)}:${inside(e.value)}`).join(", ")}}`;
  }
  return String(value);
}

/** Inside of a collection a nil interface shows its type. */
function inside(value: unknown): string {
  return value === null ? "interface {}(nil)" : goSyntax(value);
}

/** fmt's order of interface keys: nil first, then by type, then by value. */
function compareKeys(a: unknown, b: unknown): number {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0) return byRank;
  if (typeof a === "string") return compareStrings(a, b as string);
  if (typeof a === "number") {
    if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1;
    return a < (b as number) ? -1 : a > (b as number) ? 1 : 0;
  }
  if (a instanceof GoInt) return a.value < (b as GoInt).value ? -1 : 1;
  return Number(a) - Number(b);
}

/** Types are in the order of their descriptions in memory, which is this one in Helm's programs. */
function rank(key: unknown): number {
  if (key === null) return 0;
  if (typeof key === "string" || key instanceof Uint8Array) return 1;
  if (key instanceof GoInt) return key.kind === "uint64" ? 2 : 3;
  return typeof key === "number" ? 4 : 5;
}

function quoteBytes(bytes: Uint8Array): string {
  return quote(fromBytes(bytes));
}

/** strconv.Quote. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (char === '"' || char === "\\") out += `\\${char}`;
    else if (code >= 0xdc80 && code <= 0xdcff) out += `\\x${(code - 0xdc00).toString(16)}`;
    else if (code >= 32 && code !== 127 && isPrint(char)) out += char;
    else out += escape(code);
  }
  return `${out}"`;
}

function isPrint(char: string): boolean {
  return char === " " || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char);
}

function escape(code: number): string {
  const named = "\x07\b\t\n\v\f\r".indexOf(String.fromCharCode(code));
  if (named >= 0) return `\\${"abtnvfr"[named]}`;
  if (code < 32 || code === 127) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
