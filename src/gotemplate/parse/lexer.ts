import { int } from "../../base/index.ts";
import { isNewerThanGo, isPrint, sprintf } from "../fmt/index.ts";

/** The kinds of tokens. Keywords come after `keyword`, as the parser's error texts print those differently. */
export const T = {
  error: 0,
  bool: 1,
  char: 2,
  charConstant: 3,
  complex: 5,
  assign: 6,
  declare: 7,
  eof: 8,
  field: 9,
  identifier: 10,
  leftDelim: 11,
  leftParen: 12,
  number: 13,
  pipe: 14,
  rawString: 15,
  rightDelim: 16,
  rightParen: 17,
  space: 18,
  string: 19,
  text: 20,
  variable: 21,
  keyword: 22,
  block: 23,
  break: 24,
  continue: 25,
  dot: 26,
  define: 27,
  else: 28,
  end: 29,
  if: 30,
  nil: 31,
  range: 32,
  template: 33,
  with: 34,
} as const;

const keywords: Record<string, number> = {
  __proto__: null as never,
  block: T.block,
  break: T.break,
  continue: T.continue,
  define: T.define,
  else: T.else,
  end: T.end,
  if: T.if,
  range: T.range,
  nil: T.nil,
  template: T.template,
  with: T.with,
};

/** A token: its kind and where it stands; for errors, the message. */
export interface Token {
  readonly type: number;
  readonly pos: number;
  readonly end: number;
  readonly message: string;
}

/** The token as error texts quote it. */
export function tokenText(token: Token, input: string): string {
  if (token.type === T.eof) return "EOF";
  if (token.type === T.error) return token.message;
  const text = input.slice(token.pos, token.end);
  if (token.type > T.keyword) return `<${text}>`;
  return sprintf(text.length > 10 ? "%.10q..." : "%q", [text]);
}

/** What an ASCII character is: 1 a letter, digit or underscore, 2 white space. */
const classes = new Uint8Array(128);
for (let code = 48; code < 128; code++) {
  if (code <= 57 || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122)) classes[code] = 1;
}
classes[9] = classes[10] = classes[13] = classes[32] = 2;

let word: RegExp | undefined;

/** unicode.IsLetter, IsDigit or `_`. */
function isAlphaNumeric(code: number): boolean {
  if (code < 0x80) return classes[code] === 1;
  if (Number.isNaN(code)) return false;
  word ??= /^[\p{L}\p{Nd}]$/u;
  return word.test(String.fromCodePoint(code)) && !isNewerThanGo(code);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

const minus = 45;

/** Cuts a template into tokens. Lines are not counted here: the parser finds a token's line when it needs it. */
export class Lexer {
  readonly input: string;
  /** Whether `break` and `continue` are keywords (they are not where functions have these names). */
  breakOK = true;
  continueOK = true;
  /** Whether the action read last took the white space behind it. */
  trimmedAfter = false;
  private readonly left: string;
  private readonly right: string;
  private readonly rightCode: number;
  private pos = 0;
  private start = 0;
  private parens = 0;
  private inside = false;
  private failed = false;

  constructor(input: string, left: string, right: string) {
    this.input = input;
    this.left = left;
    this.right = right;
    this.rightCode = right.charCodeAt(0);
  }

  /** The next token; after the last one, EOF again and again. */
  next(): Token {
    if (this.inside) return this.lexInside();
    return this.failed ? { type: T.eof, pos: 0, end: 0, message: "" } : this.lexText();
  }

  /** The next token that is not white space inside an action. */
  nextNonSpace(): Token {
    const { input } = this;
    if (this.inside) {
      // White space goes without becoming a token, unless a trim marker may follow it.
      let at = this.pos;
      while (classes[input.charCodeAt(at)] === 2) at++;
      if (at > this.pos && input.charCodeAt(at) !== minus) this.start = this.pos = at;
    }
    for (;;) {
      const token = this.next();
      if (token.type !== T.space) return token;
    }
  }

  private emit(type: number): Token {
    const token = { type, pos: this.start, end: this.pos, message: "" };
    this.start = this.pos;
    return token;
  }

  private fail(message: string): Token {
    this.failed = true;
    this.inside = false;
    return { type: T.error, pos: this.start, end: this.start, message };
  }

  /** The code point at the current place, or -1 at the end; bytes that are not UTF-8 count as U+FFFD. */
  private peek(): number {
    if (this.pos >= this.input.length) return -1;
    const code = this.input.codePointAt(this.pos) as number;
    return code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
  }

  private lexText(): Token {
    const { input, left } = this;
    for (;;) {
      const at = input.indexOf(left, this.pos);
      if (at < 0) {
        this.pos = input.length;
        if (this.pos > this.start) return this.emit(T.text);
        return { type: T.eof, pos: this.pos, end: this.pos, message: "" };
      }
      const from = this.start;
      let end = at;
      if (this.leftTrim(at + left.length)) while (end > from && isSpace(input.charCodeAt(end - 1))) end--;
      this.start = this.pos = at;
      if (end > from) return { type: T.text, pos: from, end, message: "" };
      const token = this.lexLeftDelim();
      if (token !== undefined) return token;
    }
  }

  /** `- ` stands at the place: white space before the action goes. */
  private leftTrim(at: number): boolean {
    return this.input.charCodeAt(at) === minus && isSpace(this.input.charCodeAt(at + 1));
  }

  /** The token for the left delimiter; undefined when a comment was skipped instead. */
  private lexLeftDelim(): Token | undefined {
    this.pos += this.left.length;
    const after = this.leftTrim(this.pos) ? 2 : 0;
    if (this.input.startsWith("/*", this.pos + after)) {
      this.pos += after;
      this.start = this.pos;
      return this.skipComment();
    }
    const token = this.emit(T.leftDelim);
    this.inside = true;
    this.pos += after;
    this.start = this.pos;
    this.parens = 0;
    return token;
  }

  private skipComment(): Token | undefined {
    const end = this.input.indexOf("*/", this.pos + 2);
    if (end < 0) return this.fail("unclosed comment");
    this.pos = end + 2;
    const delim = this.rightDelimAt(this.pos);
    if (delim === 0) return this.fail("comment ends before closing delimiter");
    this.pos += delim;
    if (delim > this.right.length) this.skipSpace();
    this.start = this.pos;
    return undefined;
  }

  private skipSpace(): void {
    while (isSpace(this.input.charCodeAt(this.pos))) this.pos++;
  }

  /** The length of the right delimiter at the place, with its trim marker; 0 where there is none. */
  private rightDelimAt(at: number): number {
    const { input, right } = this;
    const code = input.charCodeAt(at);
    if (isSpace(code)) {
      if (input.charCodeAt(at + 1) === minus && input.startsWith(right, at + 2)) return right.length + 2;
    }
    return code === this.rightCode && input.startsWith(right, at) ? right.length : 0;
  }

  private lexRightDelim(length: number): Token {
    const trim = length > this.right.length;
    if (trim) this.pos += 2;
    this.start = this.pos;
    this.pos += this.right.length;
    const token = this.emit(T.rightDelim);
    this.trimmedAfter = trim;
    if (trim) this.skipSpace();
    this.start = this.pos;
    this.inside = false;
    return token;
  }

  private lexInside(): Token {
    const { input } = this;
    const code = input.charCodeAt(this.pos);
    const kind = classes[code];
    if (kind === 2 || code === this.rightCode) {
      const delim = this.rightDelimAt(this.pos);
      if (delim > 0) {
        if (this.parens === 0) return this.lexRightDelim(delim);
        return this.fail("unclosed left paren");
      }
      if (kind === 2) return this.lexSpace();
    }
    if (kind === 1 && !(code >= 48 && code <= 57)) return this.lexIdentifier();
    if (this.pos >= input.length) return this.fail("unclosed action");
    this.pos++;
    switch (code) {
      case 61: // =
        return this.emit(T.assign);
      case 58: // :
        if (input.charCodeAt(this.pos) !== 61) return this.fail("expected :=");
        this.pos++;
        return this.emit(T.declare);
      case 124: // |
        return this.emit(T.pipe);
      case 34: // "
        return this.lexQuoted(34, T.string, "unterminated quoted string");
      case 39: // '
        return this.lexQuoted(39, T.charConstant, "unterminated character constant");
      case 96: {
        // `
        const end = input.indexOf("`", this.pos);
        if (end < 0) return this.fail("unterminated raw quoted string");
        this.pos = end + 1;
        return this.emit(T.rawString);
      }
      case 36: // $
        if (this.atTerminator()) return this.emit(T.variable);
        return this.lexName(T.variable);
      case 46: {
        // .
        if (this.pos < input.length) {
          const next = input.charCodeAt(this.pos);
          if (next < 48 || next > 57) return this.atTerminator() ? this.emit(T.dot) : this.lexName(T.field);
        }
        this.pos--;
        return this.lexNumber();
      }
      case 40: // (
        this.parens++;
        return this.emit(T.leftParen);
      case 41: // )
        this.parens--;
        if (this.parens < 0) return this.fail("unexpected right paren");
        return this.emit(T.rightParen);
      default:
    }
    this.pos--;
    if (code === 43 || code === 45 || (code >= 48 && code <= 57)) return this.lexNumber();
    const point = this.peek();
    if (point >= 0x80 && isAlphaNumeric(point)) return this.lexIdentifier();
    if (point < 0x80 && isPrint(point)) {
      this.pos++;
      return this.emit(T.char);
    }
    return this.fail(sprintf("unrecognized character in action: %#U", [int(point)]));
  }

  private lexSpace(): Token {
    const { input } = this;
    const from = this.pos;
    this.skipSpace();
    // A closing trim marker begins with the last of the spaces.
    if (input.charCodeAt(this.pos) === minus && input.startsWith(this.right, this.pos + 1)) {
      this.pos--;
      if (this.pos === from) return this.lexRightDelim(this.right.length + 2);
    }
    return this.emit(T.space);
  }

  private skipWord(): void {
    const { input } = this;
    let at = this.pos;
    for (;;) {
      while (classes[input.charCodeAt(at)] === 1) at++;
      this.pos = at;
      if (!(input.charCodeAt(at) >= 0x80)) return;
      const point = this.peek();
      if (!isAlphaNumeric(point)) return;
      at += point > 0xffff ? 2 : 1;
    }
  }

  private lexIdentifier(): Token {
    this.skipWord();
    if (!this.atTerminator()) return this.fail(sprintf("bad character %#U", [int(this.peek())]));
    const text = this.input.slice(this.start, this.pos);
    if (text === "true" || text === "false") return this.emit(T.bool);
    const keyword = keywords[text];
    if (keyword === undefined) return this.emit(T.identifier);
    if ((keyword === T.break && !this.breakOK) || (keyword === T.continue && !this.continueOK)) {
      return this.emit(T.identifier);
    }
    return this.emit(keyword);
  }

  /** The name of a field or variable, whose `.` or `$` was read. */
  private lexName(type: number): Token {
    this.skipWord();
    if (!this.atTerminator()) return this.fail(sprintf("bad character %#U", [int(this.peek())]));
    return this.emit(type);
  }

  /** What may follow a name. */
  private atTerminator(): boolean {
    if (this.pos >= this.input.length) return true;
    const code = this.input.charCodeAt(this.pos);
    switch (code) {
      case 32:
      case 9:
      case 10:
      case 13:
      case 46: // .
      case 44: // ,
      case 124: // |
      case 58: // :
      case 41: // )
      case 40: // (
        return true;
      default:
        return code === this.rightCode && this.input.startsWith(this.right, this.pos);
    }
  }

  private lexQuoted(mark: number, type: number, message: string): Token {
    const { input } = this;
    for (;;) {
      let code = input.charCodeAt(this.pos++);
      if (code === 92) {
        code = input.charCodeAt(this.pos++);
        if (!Number.isNaN(code) && code !== 10) continue;
        return this.fail(message);
      }
      if (Number.isNaN(code) || code === 10) return this.fail(message);
      if (code === mark) return this.emit(type);
    }
  }

  private lexNumber(): Token {
    if (!this.scanNumber()) return this.badNumber();
    const sign = this.input.charCodeAt(this.pos);
    if (sign === 43 || sign === 45) {
      if (!this.scanNumber() || this.input[this.pos - 1] !== "i") return this.badNumber();
      return this.emit(T.complex);
    }
    return this.emit(T.number);
  }

  private badNumber(): Token {
    return this.fail(sprintf("bad number syntax: %q", [this.input.slice(this.start, this.pos)]));
  }

  private accept(set: string): boolean {
    const char = this.input[this.pos];
    if (char === undefined || !set.includes(char)) return false;
    this.pos++;
    return true;
  }

  private acceptRun(set: string): void {
    while (this.accept(set));
  }

  /** Reads what looks like a number; strconv has the last word. */
  private scanNumber(): boolean {
    this.accept("+-");
    let digits = "0123456789_";
    if (this.accept("0")) {
      if (this.accept("xX")) digits = "0123456789abcdefABCDEF_";
      else if (this.accept("oO")) digits = "01234567_";
      else if (this.accept("bB")) digits = "01_";
    }
    this.acceptRun(digits);
    if (this.accept(".")) this.acceptRun(digits);
    if ((digits.length === 11 && this.accept("eE")) || (digits.length === 23 && this.accept("pP"))) {
      this.accept("+-");
      this.acceptRun("0123456789_");
    }
    this.accept("i");
    const next = this.peek();
    if (next >= 0 && isAlphaNumeric(next)) {
      this.pos += next > 0xffff ? 2 : 1;
      return false;
    }
    return true;
  }
}
