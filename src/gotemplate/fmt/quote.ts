import { fromBytes, toBytes } from "../../base/index.ts";
import { isNewerThanGo } from "./unicode.ts";

/** strconv's quoting and unquoting of Go strings. Bytes that are not UTF-8 are U+DC80…U+DCFF (base/bytes.ts). */

let printable: RegExp | undefined;

/** strconv.IsPrint / unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrint(code: number): boolean {
  if (code < 0x7f) return code >= 0x20;
  if (code < 0xa1) return false;
  if (code === 0xad) return false;
  printable ??= /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
  return !(code >= 0xd800 && code <= 0xdfff) && printable.test(String.fromCodePoint(code)) && !isNewerThanGo(code);
}

function escapeRune(code: number, mark: number, ascii: boolean): string {
  if (code === mark || code === 0x5c) return `\\${String.fromCharCode(code)}`;
  if (code < 0x7f && code >= 0x20) return String.fromCharCode(code);
  if (!ascii && isPrint(code)) return String.fromCodePoint(code);
  switch (code) {
    case 7:
      return "\\a";
    case 8:
      return "\\b";
    case 12:
      return "\\f";
    case 10:
      return "\\n";
    case 13:
      return "\\r";
    case 9:
      return "\\t";
    case 11:
      return "\\v";
    default:
  }
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}

function quoteText(text: string, ascii: boolean): string {
  let out = '"';
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c) {
      out += text[i];
      continue;
    }
    if (code >= 0xdc80 && code <= 0xdcff) {
      out += `\\x${(code - 0xdc00).toString(16)}`;
      continue;
    }
    code = text.codePointAt(i) as number;
    if (code > 0xffff) i++;
    out += escapeRune(code, 0x22, ascii);
  }
  return `${out}"`;
}

/** strconv.Quote: what %q prints. */
export function quote(text: string): string {
  return quoteText(text, false);
}

/** strconv.QuoteToASCII: what %+q prints. */
export function quoteToASCII(text: string): string {
  return quoteText(text, true);
}

/** strconv.QuoteRune and QuoteRuneToASCII. */
export function quoteRune(code: number, ascii: boolean): string {
  const valid = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return `'${escapeRune(valid ? code : 0xfffd, 0x27, ascii)}'`;
}

/** strconv.CanBackquote: one line, no control characters but tab, no back quote, valid UTF-8. */
export function canBackquote(text: string): boolean {
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) return false;
    if (code === 0xfeff || (code < 0x20 && code !== 9) || code === 0x60 || code === 0x7f) return false;
  }
  return true;
}

/** One character of a quoted text and where the next begins; undefined when the syntax is wrong. */
export function unquoteChar(
  text: string,
  start: number,
  mark: string,
): { text: string; code: number; end: number } | undefined {
  const char = text[start];
  if (char === undefined) return undefined;
  if (char === mark && (mark === "'" || mark === '"')) return undefined;
  if (char !== "\\") {
    const code = text.codePointAt(start) as number;
    const size = code > 0xffff ? 2 : 1;
    return { text: text.slice(start, start + size), code, end: start + size };
  }
  const kind = text[start + 1];
  const simple = kind === undefined ? -1 : "abfnrtv\\".indexOf(kind);
  if (simple >= 0) {
    const out = "\u0007\b\f\n\r\t\v\\"[simple] as string;
    return { text: out, code: out.charCodeAt(0), end: start + 2 };
  }
  if (kind === "'" || kind === '"') {
    return kind === mark ? { text: kind, code: kind.charCodeAt(0), end: start + 2 } : undefined;
  }
  if (kind === "x" || kind === "u" || kind === "U") return unquoteHex(text, start, kind);
  if (kind !== undefined && kind >= "0" && kind <= "7") return unquoteOctal(text, start);
  return undefined;
}

function unquoteHex(text: string, start: number, kind: "x" | "u" | "U") {
  const length = kind === "x" ? 2 : kind === "u" ? 4 : 8;
  const digits = text.slice(start + 2, start + 2 + length);
  if (digits.length !== length || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 16);
  const end = start + 2 + length;
  if (kind === "x") return { text: byteText(code), code, end };
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { text: String.fromCodePoint(code), code, end };
}

function unquoteOctal(text: string, start: number) {
  const digits = text.slice(start + 1, start + 4);
  if (!/^[0-7]{3}$/.test(digits)) return undefined;
  const code = Number.parseInt(digits, 8);
  return code > 255 ? undefined : { text: byteText(code), code, end: start + 4 };
}

function byteText(code: number): string {
  return String.fromCharCode(code < 0x80 ? code : 0xdc00 + code);
}

/** strconv.Unquote for "…" and `…`; undefined means "invalid syntax". */
export function unquote(quoted: string): string | undefined {
  const mark = quoted[0];
  if (quoted.length < 2 || mark !== quoted[quoted.length - 1]) return undefined;
  const body = quoted.slice(1, -1);
  if (mark === "`") {
    if (body.includes("`")) return undefined;
    return body.includes("\r") ? body.replaceAll("\r", "") : body;
  }
  if (mark !== '"' || body.includes("\n")) return undefined;
  if (!body.includes("\\") && !body.includes('"')) return body;
  let out = "";
  let bytes = false;
  for (let i = 0; i < body.length;) {
    const char = unquoteChar(body, i, '"');
    if (char === undefined) return undefined;
    out += char.text;
    if (char.text >= "\udc80" && char.text <= "\udcff") bytes = true;
    i = char.end;
  }
  // Escaped bytes may spell valid UTF-8 together: "\xe2\x82\xac".
  return bytes ? fromBytes(toBytes(out)) : out;
}
