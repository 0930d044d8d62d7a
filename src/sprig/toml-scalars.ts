import { GoInt } from "../base/index.ts";
import { quote } from "../gotemplate/index.ts";
import { parseFloat64, parseInt0 } from "./cast.ts";
import type { GoTime } from "./go-time.ts";
import { parseTime } from "./time-parse.ts";
import { isDigit, isHex, isLineEnd, quoteChar, TomlSource } from "./toml-source.ts";
import { fixedZone, type Location } from "../gotime/index.ts";

/** A piece of the text, with the line on which it ends: errors about its content are said to be there. */
interface Item {
  readonly text: string;
  readonly line: number;
}

/** The values of TOML that hold no others: strings, numbers, dates. */
export class TomlScalars extends TomlSource {
  private readonly local: Location;
  private readonly localOffset: number;

  constructor(text: string, local: Location, now: number) {
    super(text);
    this.local = local;
    this.localOffset = local.lookup(now).offset;
  }

  // — strings —

  protected basicString(): string {
    const line = this.line;
    const start = this.at;
    for (;;) {
      const char = this.next();
      if (char === "") throw this.fail(`unexpected EOF; expected '"'`);
      if (isLineEnd(char)) throw this.failAt(this.line - 1, "strings cannot contain newlines");
      if (char === "\\") this.escape(start);
      else if (char === '"') return this.unescape({ text: this.text.slice(start, this.at - 1), line });
    }
  }

  protected rawString(): string {
    const start = this.at;
    for (;;) {
      const char = this.next();
      if (char === "") throw this.fail(`unexpected EOF; expected "'"`);
      if (isLineEnd(char)) throw this.failAt(this.line - 1, "strings cannot contain newlines");
      if (char === "'") return this.text.slice(start, this.at - 1);
    }
  }

  protected longString(): string {
    const start = this.at;
    for (;;) {
      const char = this.next();
      if (char === "") throw this.fail(`unexpected EOF; expected '"""'`);
      if (char === "\\") {
        if (!isLineEnd(this.peek())) this.escape(start);
        else this.next();
      } else if (char === '"' && this.closes('"', start)) {
        const text = this.text.slice(start, this.at - 3);
        return this.unescape({ text: joinLines(withoutFirstLineEnd(text)), line: this.line });
      }
    }
  }

  protected longRawString(): string {
    const start = this.at;
    for (;;) {
      const char = this.next();
      if (char === "") throw this.fail(`unexpected EOF; expected "'''"`);
      if (char === "'" && this.closes("'", start)) return withoutFirstLineEnd(this.text.slice(start, this.at - 3));
    }
  }

  /** After one quote: true where it begins the closing three; up to two more may stand before them. */
  protected closes(mark: '"' | "'", start: number): boolean {
    if (!this.text.startsWith(mark + mark, this.at)) return false;
    if (this.text[this.at + 2] !== mark) {
      this.at += 2;
      return true;
    }
    const before = this.text.slice(start, this.at + 2);
    if (before.endsWith(mark.repeat(5)) && !(mark === '"' && before.endsWith(`\\${mark.repeat(5)}`))) {
      throw this.fail(mark === '"' ? `unexpected '""""""'` : `unexpected "''''''"`);
    }
    return false;
  }

  /** Checks the form of an escape whose backslash has been read, in a string that began at `start`. */
  protected escape(start: number): void {
    const char = this.next();
    if (char !== "" && 'ebtnfr"\\ \t'.includes(char)) return;
    const digits = { x: 2, u: 4, U: 8 }[char];
    if (digits === undefined) {
      const words = `invalid escape in string '\\${char === "" ? "\0" : char}'`;
      throw this.failAt(this.atEnd ? this.line - 1 : this.line, words);
    }
    const words = { x: "two", u: "four", U: "eight" }[char as "x" | "u" | "U"];
    for (let i = 0; i < digits; i++) {
      if (isHex(this.next())) continue;
      const seen = this.text.slice(start, this.at);
      throw this.fail(`expected ${words} hexadecimal digits after '\\${char}', but got ${quote(seen)} instead`);
    }
  }

  protected unescape(item: Item): string {
    const simple: Record<string, string> = {
      b: "\b",
      t: "\t",
      n: "\n",
      f: "\f",
      r: "\r",
      e: "\u001b",
      '"': '"',
      "\\": "\\",
    };
    return item.text.replace(/\\(?:x(..)|u(....)|U(.{8})|(.))/gsu, (_, x, u, U, single) => {
      if (single !== undefined) {
        if (single === " " || single === "\t") throw this.failAt(item.line, `invalid escape: '\\${single}'`);
        return simple[single] as string;
      }
      const digits = (x ?? u ?? U) as string;
      const code = Number.parseInt(digits, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        throw this.failAt(item.line, `Escaped character '\\u${digits}' is not valid UTF-8.`);
      }
      return String.fromCodePoint(code);
    });
  }

  // — numbers and dates —

  protected signed(sign: string): unknown {
    const start = this.at - 1;
    const current = () => this.text.slice(start, this.at);
    const char = this.next();
    if (char === "i" || char === "n") {
      const rest = char === "i" ? ["n", "f"] : ["a", "n"];
      for (const letter of rest) if (!this.accept(letter)) throw this.fail(`invalid float: '${current()}'`);
      return this.float({ text: current(), line: this.line });
    }
    if (char === "0" && "box".includes(this.peek() || " ")) {
      throw this.fail(`cannot use sign with non-decimal numbers: '${current()}${this.peek()}'`);
    }
    if (char === ".") throw this.fail("floats must start with a digit, not '.'");
    if (!isDigit(char)) throw this.fail(`expected a digit but got ${quoteChar(char)}`);
    return this.decimal(sign, start);
  }

  protected decimal(_first: string, start: number): unknown {
    this.take((char) => isDigit(char) || char === "_");
    if (/^[.eE]$/.test(this.peek())) return this.restOfFloat(start);
    return this.integer({ text: this.text.slice(start, this.at), line: this.line });
  }

  protected restOfFloat(start: number): unknown {
    this.take((char) => isDigit(char) || "_.-+eE".includes(char));
    return this.float({ text: this.text.slice(start, this.at), line: this.line });
  }

  protected numberOrDate(first: string): unknown {
    const start = this.at - 1;
    const item = () => ({ text: this.text.slice(start, this.at), line: this.line });
    if (first === "0") {
      const char = this.peek();
      const base = { b: /^[01]$/, o: /^[0-7]$/, x: /^[0-9a-fA-F]$/ }[char];
      if (base !== undefined) {
        this.next();
        const name = { b: "a binary", o: "an octal", x: "a hexadecimal" }[char as "b" | "o" | "x"];
        if (!base.test(this.peek())) throw this.fail(`not ${name} number: '${item().text}${this.peek()}'`);
        this.take((digit) => base.test(digit) || digit === "_");
        return this.integer(item());
      }
    }
    this.take(isDigit);
    const char = this.peek();
    if (char === "-" || char === ":") {
      if (first !== "0" || this.at - start > 1) return this.date(start);
    }
    if (char === "_") return this.decimal(first, start);
    if (/^[.eE]$/.test(char)) return this.restOfFloat(start);
    return this.integer(item());
  }

  protected date(start: number): GoTime {
    this.take((char) => isDigit(char) || "-:Tt .Zz+".includes(char));
    const text = this.text.slice(start, this.at).trim().replaceAll("z", "Z").replaceAll("t", "T").replaceAll(" ", "T");
    const zone = (name: string) => fixedZone(name, this.localOffset);
    const forms: [string, Location][] = [
      ["2006-01-02T15:04:05.999999999Z07:00", this.local],
      ["2006-01-02T15:04:05.999999999", zone("datetime-local")],
      ["2006-01-02", zone("date-local")],
      ["15:04:05.999999999", zone("time-local")],
      ["2006-01-02T15:04Z07:00", this.local],
      ["2006-01-02T15:04", zone("datetime-local")],
      ["15:04", zone("time-local")],
    ];
    for (const [layout, location] of forms) {
      let time: GoTime;
      try {
        time = parseTime(layout, text, location);
      } catch {
        continue;
      }
      if (!isPadded(text, layout)) break;
      return time;
    }
    throw this.fail(`invalid datetime: ${quote(text)}`);
  }

  protected integer(item: Item): GoInt {
    if (!underscoresFit(item.text)) {
      throw this.failAt(item.line, `Invalid integer ${quote(item.text)}: underscores must be surrounded by digits`);
    }
    if (hasLeadingZero(item.text)) {
      throw this.failAt(item.line, `Invalid integer ${quote(item.text)}: cannot have leading zeroes`);
    }
    const value = parseInt0(item.text);
    if (value === undefined) throw this.failAt(item.line, `${item.text} is out of range for int64`);
    return new GoInt("int64", value);
  }

  protected float(item: Item): number {
    const invalid = (words: string) => this.failAt(item.line, `Invalid float ${quote(item.text)}: ${words}`);
    const parts = item.text.split(/[.eE]/).filter((part) => part !== "");
    if (!parts.every(underscoresFit)) throw invalid("underscores must be surrounded by digits");
    if (parts.length > 0 && hasLeadingZero(parts[0] as string)) throw invalid("cannot have leading zeroes");
    if (/\.([^0-9]|$)/.test(item.text)) throw invalid("'.' must be followed by one or more digits");
    const plain = item.text.replaceAll("_", "");
    const value = parseFloat64(/^[+-]nan$/.test(plain) ? "nan" : plain);
    if (value !== undefined) return value;
    if (/^[+-]?[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?$/.test(plain)) {
      throw this.failAt(item.line, `${item.text} is out of range for float64`);
    }
    throw this.failAt(item.line, `Invalid float value: ${quote(item.text)}`);
  }
}

function underscoresFit(text: string): boolean {
  if (/^[+-]?inf$|^[+-]?nan$/.test(text)) return true;
  let accept = false;
  for (const char of text) {
    if (char === "_" && !accept) return false;
    accept = isHex(char);
  }
  return accept;
}

const hasLeadingZero = (text: string) => /^0[^box]/.test(text) || /^[+-]0./.test(text);

/** Every field of a date has the digits that its layout shows. */
function isPadded(text: string, layout: string): boolean {
  for (let i = 0; i < layout.length; i++) {
    const char = layout[i] as string;
    if (char === "." || char === "Z") return true;
    if (!isDigit(char) && text[i] !== char) return false;
  }
  return true;
}

const withoutFirstLineEnd = (text: string) => text.replace(/^\r?\n/, "");

/** A backslash at a line's end takes the white space after it along. */
function joinLines(text: string): string {
  return text.replace(/\\(\\|[ \t\r\n]*)/g, (all, rest: string) => (rest !== "\\" && rest.includes("\n") ? "" : all));
}
