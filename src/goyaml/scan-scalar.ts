import { hexValue, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isDigit } from "./chars.ts";
import type { Scanner } from "./scanner.ts";
import { makeToken, S, T, type Token } from "./tokens.ts";

/** What a line break turns into: LS and PS stay, all others are LF. */
function breakText(code: number): string {
  return code === 0x2028 ? "\u2028" : code === 0x2029 ? "\u2029" : "\n";
}

/** Joins lines: one LF becomes a space, further breaks stay; a leading LS or PS stays with them. */
function fold(leading: string, trailing: string): string {
  if (leading === "\n") return trailing === "" ? " " : trailing;
  return leading + trailing;
}

/** A scalar without quotes, from the current place. */
export function scanPlain(scanner: Scanner): Token {
  const { text, line, flowLevel } = scanner;
  const start = scanner.position;
  const indent = scanner.indent + 1;
  let value = "";
  let from = start; // the start of this line's part
  let end = start; // behind the last character that is no blank
  let at = start;
  let leading = ""; // the first line break since then, "" when there is none
  let trailing = ""; // the others
  let folded = false;
  for (let first = scanner.simple && flowLevel === 0; ; first = false) {
    if (!first && at === scanner.lineStart) {
      scanner.position = at;
      if (at + 4 > scanner.limit) scanner.need(4);
      if (scanner.atDocumentMarker()) break;
    }
    let code = text.charCodeAt(at);
    if (code === 35) break;
    const runStart = at;
    if (first) {
      // The whole first line at once.
      at = plainLineEnd(scanner, at);
      code = text.charCodeAt(at);
      end = at;
      while (isBlank(text.charCodeAt(end - 1))) end--;
      if (code !== 10) break;
    } else {
      while (!isBlankOrEnd(code)) {
        if (code === 58) {
          if (isBlankOrEnd(text.charCodeAt(at + 1))) break;
        } else if (flowLevel > 0 && isFlowEnd(code)) break;
        code = text.charCodeAt(++at);
      }
      if (at > runStart) {
        if (folded) {
          value += text.slice(from, end) + fold(leading, trailing);
          from = runStart;
          leading = trailing = "";
          folded = false;
        }
        end = at;
      }
    }
    if (at + 2 > scanner.limit) {
      scanner.position = at;
      scanner.need(2);
    }
    if (!isBlank(code) && !isBreak(code)) break;
    for (;;) {
      if (isBlank(code)) {
        if (folded && code === 9 && at - scanner.lineStart < indent) {
          scanner.position = at;
          throw scanner.error("found a tab character that violates indentation", line);
        }
        at++;
      } else if (isBreak(code)) {
        if (folded) trailing += breakText(code);
        else {
          leading = breakText(code);
          folded = true;
        }
        at += code === 13 && text.charCodeAt(at + 1) === 10 ? 2 : 1;
        scanner.line++;
        scanner.lineStart = at;
        if (text.charCodeAt(at) === 32) at = scanner.skipIndentation(at);
      } else break;
      code = text.charCodeAt(at);
    }
    if (flowLevel === 0 && at - scanner.lineStart < indent) break;
  }
  scanner.position = at;
  if (folded) scanner.simpleKeyAllowed = true;
  value = value === "" ? text.slice(from, end) : value + text.slice(from, end);
  return makeToken(T.scalar, start, end, line, value, "", S.plain, undefined);
}

/** Where a plain scalar in block context ends on its line: at `: `, ` #` or the line's end. Simple texts only. */
function plainLineEnd(scanner: Scanner, start: number): number {
  const { text } = scanner;
  let end = scanner.lineEnd(start);
  let colon = scanner.nextColon(start);
  while (colon < end) {
    const after = text.charCodeAt(colon + 1);
    if (after === 32 || after === 10 || after === 9 || after === 0) end = colon;
    else colon = scanner.nextColon(colon + 1);
  }
  let hash = scanner.nextHash(start);
  while (hash < end) {
    if (isBlank(text.charCodeAt(hash - 1))) end = hash;
    else hash = scanner.nextHash(hash + 1);
  }
  return end;
}

/** `,` `?` `[` `]` `{` `}` end a plain scalar inside of brackets. */
function isFlowEnd(code: number): boolean {
  return code === 44 || code === 63 || code === 91 || code === 93 || code === 123 || code === 125;
}

/** A scalar in single or double quotes. */
export function scanQuoted(scanner: Scanner, single: boolean): Token {
  const { text, line } = scanner;
  const start = scanner.position;
  const quote = single ? 39 : 34;
  if (scanner.simple) {
    // On one line, without escapes.
    const close = text.indexOf(single ? "'" : '"', start + 1);
    if (close > 0 && close < scanner.lineEnd(start) && (single ? text.charCodeAt(close + 1) !== 39 : true)) {
      const content = text.slice(start + 1, close);
      if (single || !content.includes("\\")) {
        scanner.position = close + 1;
        return makeToken(T.scalar, start, close + 1, line, content, "", single ? S.single : S.double, undefined);
      }
    }
  }
  let value = "";
  let at = start + 1;
  for (;;) {
    scanner.position = at;
    if (at + 4 > scanner.limit) scanner.need(4);
    if (at === scanner.lineStart && scanner.atDocumentMarker()) {
      throw scanner.error("found unexpected document indicator", line);
    }
    let code = text.charCodeAt(at);
    if (code === 0) throw scanner.error("found unexpected end of stream", line);
    let folded = false;
    let from = at;
    while (!isBlankOrEnd(code)) {
      if (code === quote) {
        if (!single || text.charCodeAt(at + 1) !== 39) break;
        value += text.slice(from, at + 1);
        at += 2;
        from = at;
      } else if (code === 92 && !single) {
        value += text.slice(from, at);
        scanner.position = at;
        if (isBreak(text.charCodeAt(at + 1))) {
          scanner.position++;
          scanner.skipBreak();
          from = at = scanner.position;
          folded = true;
          break;
        }
        value += scanEscape(scanner, line);
        from = at = scanner.position;
      } else at++;
      code = text.charCodeAt(at);
      if (at + 2 > scanner.limit) {
        scanner.position = at;
        scanner.need(2);
      }
    }
    if (at > from) value += text.slice(from, at);
    code = text.charCodeAt(at);
    if (code === quote) break;
    // Blanks stand for themselves inside of a line, and for nothing around a line break.
    from = at;
    let leading = "";
    let trailing = "";
    for (;;) {
      if (isBlank(code)) at++;
      else if (isBreak(code)) {
        if (folded) trailing += breakText(code);
        else {
          leading = breakText(code);
          folded = true;
        }
        at += code === 13 && text.charCodeAt(at + 1) === 10 ? 2 : 1;
        scanner.line++;
        scanner.lineStart = at;
      } else break;
      code = text.charCodeAt(at);
    }
    if (at >= scanner.limit) {
      scanner.position = at;
      scanner.need(1);
    }
    value += folded ? fold(leading, trailing) : text.slice(from, at);
  }
  scanner.position = at + 1;
  return makeToken(T.scalar, start, at + 1, line, value, "", single ? S.single : S.double, undefined);
}

/** The character written as an escape at the current place, which is moved behind it. */
function scanEscape(scanner: Scanner, contextLine: number): string {
  const { text } = scanner;
  const letter = text.charAt(scanner.position + 1);
  const plain = simpleEscape(letter);
  if (plain !== undefined) {
    scanner.position += 2;
    return plain;
  }
  const length = letter === "x" ? 2 : letter === "u" ? 4 : letter === "U" ? 8 : 0;
  if (length === 0) throw scanner.error("found unknown escape character", contextLine);
  scanner.position += 2;
  scanner.need(length);
  let code = 0;
  for (let i = 0; i < length; i++) {
    const digit = hexValue(text.charCodeAt(scanner.position + i));
    if (digit < 0) throw scanner.error("did not find expected hexdecimal number", contextLine);
    code = code * 16 + digit;
  }
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    throw scanner.error("found invalid Unicode character escape code", contextLine);
  }
  scanner.position += length;
  return String.fromCodePoint(code);
}

function simpleEscape(letter: string): string | undefined {
  switch (letter) {
    case "n":
      return "\n";
    case '"':
    case "\\":
    case "'":
    case " ":
      return letter;
    case "t":
    case "\t":
      return "\t";
    case "0":
      return "\0";
    case "a":
      return "\x07";
    case "b":
      return "\b";
    case "v":
      return "\v";
    case "f":
      return "\f";
    case "r":
      return "\r";
    case "e":
      return "\x1b";
    case "N":
      return "\x85";
    case "_":
      return "\xa0";
    case "L":
      return "\u2028";
    case "P":
      return "\u2029";
    default:
      return undefined;
  }
}

/** A literal (`|`) or folded (`>`) scalar, from its indicator. */
export function scanBlockScalar(scanner: Scanner, literal: boolean): Token {
  const { text, line } = scanner;
  const start = scanner.position;
  scanner.position++;
  scanner.need(1);
  let chomp = 0; // -1 strips the final line break, 1 keeps all
  let increment = 0;
  // The two indicators may come in either order.
  for (let i = 0; i < 2; i++) {
    const code = text.charCodeAt(scanner.position);
    if ((code === 43 || code === 45) && chomp === 0) chomp = code === 43 ? 1 : -1;
    else if (isDigit(code) && increment === 0) {
      if (code === 48) throw scanner.error("found an indentation indicator equal to 0", line);
      increment = code - 48;
    } else break;
    scanner.position++;
    scanner.need(1);
  }
  scanner.skipToLineEnd("did not find expected comment or line break", line);
  let end = scanner.position;
  let indent = increment > 0 ? Math.max(scanner.indent, 0) + increment : 0;
  let trailing = "";
  let at = scanner.position;

  // Eats indentation and empty lines; finds the indentation out at the first call where none was given.
  const eatBreaks = () => {
    end = at;
    let widest = 0;
    for (;;) {
      let code = text.charCodeAt(at);
      while (code === 32 && (indent === 0 || at - scanner.lineStart < indent)) code = text.charCodeAt(++at);
      const column = at - scanner.lineStart;
      if (column > widest) widest = column;
      if (code === 9 && (indent === 0 || column < indent)) {
        scanner.position = at;
        throw scanner.error("found a tab character where an indentation space is expected", line);
      }
      if (!isBreak(code)) break;
      trailing += breakText(code);
      at += code === 13 && text.charCodeAt(at + 1) === 10 ? 2 : 1;
      scanner.line++;
      scanner.lineStart = at;
      end = at;
    }
    if (at >= scanner.limit) {
      scanner.position = at;
      scanner.need(1);
    }
    if (indent === 0) indent = Math.max(widest, scanner.indent + 1, 1);
  };

  eatBreaks();
  let value = "";
  let leading = "";
  let wasBlank = false; // the line before began with a blank, and so is not folded
  while (at - scanner.lineStart === indent && text.charCodeAt(at) !== 0) {
    const blank = isBlank(text.charCodeAt(at));
    if (!literal && !wasBlank && !blank && leading === "\n") {
      if (trailing === "") value += " ";
    } else value += leading;
    value += trailing;
    leading = trailing = "";
    wasBlank = blank;
    const from = at;
    let code: number;
    if (scanner.simple) code = text.charCodeAt((at = scanner.lineEnd(at)));
    else for (code = text.charCodeAt(at); !isBreakOrEnd(code);) code = text.charCodeAt(++at);
    value += text.slice(from, at);
    if (at + 2 > scanner.limit) {
      scanner.position = at;
      scanner.need(2);
    }
    if (code !== 0) {
      leading = breakText(code);
      at += code === 13 && text.charCodeAt(at + 1) === 10 ? 2 : 1;
      scanner.line++;
      scanner.lineStart = at;
    }
    eatBreaks();
  }
  if (chomp !== -1) value += leading;
  if (chomp === 1) value += trailing;
  scanner.position = at;
  return makeToken(T.scalar, start, end, line, value, "", literal ? S.literal : S.folded, undefined);
}
