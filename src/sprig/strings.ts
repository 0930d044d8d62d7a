import { byteLength, compareStrings, newMap, typeName, withGoType } from "../base/index.ts";
import { checkLimit, formatValue, func, quote as goQuote, type FuncMap } from "../gotemplate/index.ts";
import { camelcase, joinWords, lower, swapcase, title, untitle, upper } from "./case.ts";
import { strval } from "./cast.ts";
import { checkSize, type FunctionLimits } from "./limits.ts";
import { sliceBytes, trimSpace } from "./text.ts";
import { elements, kindOf } from "./values.ts";
import { abbrev, abbrevBoth, initials, nospace, wrap } from "./words.ts";

/** sprig's strslice: any list as strings without the nils; a scalar as a list of one; nil as an empty list. */
export function stringsOf(value: unknown): string[] {
  if (value === null || value === undefined) return withGoType([], "[]string");
  const items = elements(value);
  if (items === undefined) return withGoType([strval(value)], "[]string");
  if (items === value && isStrings(value)) return items as string[];
  return withGoType(items.filter((item) => item !== null).map(strval), "[]string");
}

function isStrings(value: unknown): boolean {
  return typeName(value) === "[]string";
}

/** join: the strings of a list with the separator between them. */
function join(separator: string, list: unknown, limits: FunctionLimits): string {
  checkSize(list, limits);
  const parts = stringsOf(list);
  checkLimit(separator.length * parts.length, limits.text, "characters");
  return parts.join(separator);
}

/** sortAlpha. A []string is sorted where it stands, as in Go; other lists are copied. */
function sortAlpha(list: unknown): string[] {
  const kind = kindOf(list);
  if (kind === "slice" || kind === "array") return stringsOf(list).sort(compareStrings);
  return withGoType([strval(list)], "[]string");
}

/** strings.Repeat with its panics, and with a bound. */
function repeat(count: number, text: string, limits: FunctionLimits): string {
  if (count < 0) throw new Error("strings: negative Repeat count");
  checkLimit(text.length * count, limits.text, "characters");
  return text.repeat(count);
}

/** indent: pads every line, the first and empty ones included. */
function indent(spaces: number, text: string, limits: FunctionLimits): string {
  if (spaces < 0) throw new Error("strings: negative Repeat count");
  if (spaces === 0) return text;
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  checkLimit(text.length + lines * spaces, limits.text, "characters");
  const pad = " ".repeat(spaces);
  return pad + text.replaceAll("\n", `\n${pad}`);
}

/** strings.Replace for all; an empty `old` matches before every character and at the end. */
function replace(old: string, fresh: string, text: string, limits: FunctionLimits): string {
  const parts = old === "" ? ["", ...text, ""] : text.split(old);
  checkLimit(text.length + (parts.length - 1) * Math.max(fresh.length - old.length, 0), limits.text, "characters");
  return old === "" && text === "" ? fresh : parts.join(fresh);
}

/** strings.SplitN; undefined stands for the nil that n = 0 gives. */
function splitN(text: string, separator: string, n: number, limits: FunctionLimits): string[] {
  if (n === 0) return [];
  const parts = separator === "" ? Array.from(text) : text.split(separator);
  checkLimit(parts.length, limits.items, "elements");
  if (n < 0 || parts.length <= n) return parts;
  return [...parts.slice(0, n - 1), parts.slice(n - 1).join(separator)];
}

function numbered(parts: readonly string[]): object {
  const map = withGoType(newMap(), "map[string]string");
  parts.forEach((part, i) => (map[`_${i}`] = part));
  return map;
}

/** strings.Trim by a set of characters. */
function trimAll(cutset: string, text: string): string {
  // To Go every byte that is not UTF-8 is the same character, U+FFFD.
  const plain = (char: string) => (char.isWellFormed() ? char : "\ufffd");
  const set = new Set(Array.from(cutset, plain));
  const chars = Array.from(text);
  let start = 0;
  let end = chars.length;
  while (start < end && set.has(plain(chars[start] as string))) start++;
  while (end > start && set.has(plain(chars[end - 1] as string))) end--;
  return chars.slice(start, end).join("");
}

function trunc(count: number, text: string): string {
  const size = byteLength(text);
  if (count < 0 && size + count > 0) return sliceBytes(text, size + count);
  return count >= 0 && size > count ? sliceBytes(text, 0, count) : text;
}

/** A Go int in an error's words: the largest ones come as rounded numbers. */
function goInt(value: number): string {
  return value >= 2 ** 63 ? "9223372036854775807" : String(BigInt(value));
}

/** substr, with the words of Go's runtime where the bounds do not fit. */
function substring(start: number, end: number, text: string): string {
  const size = byteLength(text);
  const outOfRange = (bounds: string) => new Error(`runtime error: slice bounds out of range ${bounds}`);
  if (start < 0) {
    if (end < 0) throw outOfRange(`[:${goInt(end)}]`);
    if (end > size) throw outOfRange(`[:${goInt(end)}] with length ${size}`);
    return sliceBytes(text, 0, end);
  }
  const to = end < 0 || end > size ? size : end;
  if (start > to) throw outOfRange(`[${goInt(start)}:${to}]`);
  return sliceBytes(text, start, to);
}

const present = (values: unknown[]) => values.filter((value) => value !== null && value !== undefined);

/** The functions on strings. */
export function stringFuncs(limits: FunctionLimits): FuncMap {
  const text = { result: "string" };
  const one = (call: (text: string) => string) => func(["string"], call, text);
  const test = (call: (part: string, text: string) => boolean) => func(["string", "string"], call, { result: "bool" });
  const two = (call: (a: string, b: string) => string) => func(["string", "string"], call, text);
  const strings = { result: "[]string" };
  return {
    hello: func([], () => "Hello!", text),
    abbrev: func(["int", "string"], abbrev, text),
    abbrevboth: func(["int", "int", "string"], abbrevBoth, text),
    trunc: func(["int", "string"], trunc, text),
    trim: one(trimSpace),
    upper: one(upper),
    lower: one(lower),
    title: one(title),
    untitle: one(untitle),
    substr: func(["int", "int", "string"], substring, text),
    repeat: func(["int", "string"], (count, part) => repeat(count, part, limits), text),
    trimall: two(trimAll),
    trimAll: two(trimAll),
    trimSuffix: two((suffix, s) => (suffix !== "" && s.endsWith(suffix) ? s.slice(0, -suffix.length) : s)),
    trimPrefix: two((prefix, s) => (s.startsWith(prefix) ? s.slice(prefix.length) : s)),
    nospace: one(nospace),
    initials: one(initials),
    swapcase: one(swapcase),
    snakecase: one((s) => joinWords(s, "_")),
    camelcase: one(camelcase),
    kebabcase: one((s) => joinWords(s, "-")),
    wrap: func(["int", "string"], (width, s) => wrap(s, width, "", false), text),
    wrapWith: func(["int", "string", "string"], (width, line, s) => wrap(s, width, line, true), text),
    contains: test((part, s) => s.includes(part)),
    hasPrefix: test((part, s) => s.startsWith(part)),
    hasSuffix: test((part, s) => s.endsWith(part)),
    quote: func(
      [],
      (...values) =>
        present(values)
          .map((v) => goQuote(strval(v)))
          .join(" "),
      { variadic: "interface {}", ...text },
    ),
    squote: func(
      [],
      (...values) =>
        present(values)
          .map((v) => `'${formatValue(v)}'`)
          .join(" "),
      { variadic: "interface {}", ...text },
    ),
    cat: func([], (...values) => present(values).map(formatValue).join(" "), { variadic: "interface {}", ...text }),
    indent: func(["int", "string"], (spaces, s) => indent(spaces, s, limits), text),
    nindent: func(["int", "string"], (spaces, s) => `\n${indent(spaces, s, limits)}`, text),
    replace: func(["string", "string", "string"], (old, fresh, s) => replace(old, fresh, s, limits), text),
    plural: func(["string", "string", "int"], (single, many, count) => (count === 1 ? single : many), text),
    toString: func(["interface {}"], strval, text),
    join: func(["string", "interface {}"], (separator, list) => join(separator, list, limits), text),
    sortAlpha: func(["interface {}"], sortAlpha, strings),
    toStrings: func(["interface {}"], stringsOf, strings),
    split: func(["string", "string"], (separator, s) => numbered(splitN(s, separator, -1, limits)), {
      result: "map[string]string",
    }),
    splitn: func(["string", "int", "string"], (separator, n, s) => numbered(splitN(s, separator, n, limits)), {
      result: "map[string]string",
    }),
    splitList: func(
      ["string", "string"],
      (separator, s) => withGoType(splitN(s, separator, -1, limits), "[]string"),
      strings,
    ),
  };
}
