import { GoInt, goTypeTag, int, isMap, newMap, withGoType, type GoMap } from "../base/index.ts";
import { quote, sprintf } from "../gotemplate/index.ts";
import { parseFloat64, parseInt0 } from "./cast.ts";
import type { GoTime } from "./go-time.ts";
import { parseTime } from "./time-parse.ts";
import { keyText } from "./toml-write.ts";
import { isLetter } from "./unicode.ts";
import { fixedZone, type Location } from "./zones.ts";

const isBlank = (char: string) => char === " " || char === "\t";
const isLineEnd = (char: string) => char === "\n" || char === "\r";
const isDigit = (char: string) => char >= "0" && char <= "9" && char.length === 1;
const isHex = (char: string) => /^[0-9a-fA-F]$/.test(char);
const isBareKey = (char: string) => /^[A-Za-z0-9_-]$/.test(char);
const pathText = (path: readonly string[]) => path.map(keyText).join(".");

/** fmt's %q of a character; the end of the text is Go's rune 0. */
const quoteChar = (char: string) => sprintf("%q", [int(char === "" ? 0 : (char.codePointAt(0) as number))]);

interface Item {
  readonly text: string;
  readonly line: number;
}

/**
 * TOML as BurntSushi's decoder reads it into a map: int64, float64, bool, string, time.Time, []interface {},
 * map[string]interface {}, and []map[string]interface {} for arrays of tables. Throws an Error with its words:
 * `toml: line 2 (last key "a"): expected value but found 'x' instead`.
 */
export function readToml(text: string, local: Location, now: number): GoMap {
  return new Reader(text.replace(/^\ufeff/, ""), local, now).document();
}

class Reader {
  private readonly text: string;
  private readonly local: Location;
  private readonly localOffset: number;
  private at = 0;
  private line = 1;
  /** Set by reading beyond the end; errors then count the last line that has text. */
  private atEnd = false;
  private readonly root = newMap();
  private readonly implicit = new Set<string>();
  private readonly arrays = new Set<string>();
  /** The table in force, and the key being read: errors name them. */
  private context: string[] = [];
  private key = "";
  /** The line of the key in hand: where errors about keys are said to be. */
  private keyLine = 1;

  constructor(text: string, local: Location, now: number) {
    this.text = text;
    this.local = local;
    this.localOffset = local.lookup(now).offset;
  }

  document(): GoMap {
    if (this.text.slice(0, 6).includes("\0")) {
      throw this.failAt(1, "files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8");
    }
    for (;;) {
      const char = this.next();
      if (char === "") return this.root;
      if (isBlank(char) || isLineEnd(char)) continue;
      if (char === "#") this.comment();
      else if (char === "[") this.tableHeader();
      else {
        this.back(char);
        this.keyValue();
        this.lineEnd();
        continue;
      }
      if (char === "[") this.lineEnd();
    }
  }

  // — characters —

  private next(): string {
    if (this.at >= this.text.length) {
      this.atEnd = true;
      return "";
    }
    const char = String.fromCodePoint(this.text.codePointAt(this.at) as number);
    if (char === "\n") this.line++;
    const code = char.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff)
      throw this.fail(`invalid UTF-8 byte: 0x${(code - 0xdc00).toString(16).padStart(2, "0")}`);
    const loneReturn = char === "\r" && this.text[this.at + 1] !== "\n";
    if ((code < 0x20 && !"\t\r\n".includes(char)) || code === 0x7f || loneReturn) {
      throw this.fail(`TOML files cannot contain control characters: '0x${code.toString(16).padStart(2, "0")}'`);
    }
    this.at += char.length;
    return char;
  }
  private back(char: string): void {
    if (char === "") this.atEnd = false;
    this.at -= char.length;
    if (char === "\n") this.line--;
  }
  private peek(): string {
    const char = this.next();
    this.back(char);
    return char;
  }
  private accept(char: string): boolean {
    if (this.peek() !== char) return false;
    this.next();
    return true;
  }
  private skipBlanks(): void {
    for (;;) {
      const char = this.next();
      if (isBlank(char)) continue;
      this.back(char);
      return;
    }
  }

  // — errors —

  private failAt(line: number, words: string): Error {
    const current =
      this.key === ""
        ? pathText(this.context)
        : this.context.length === 0
          ? this.key
          : `${pathText(this.context)}.${this.key}`;
    return new Error(`toml: line ${line}${current === "" ? "" : ` (last key ${quote(current)})`}: ${words}`);
  }
  private fail(words: string): Error {
    return this.failAt(this.atEnd && this.text.endsWith("\n") ? this.line - 1 : this.line, words);
  }
  private failAtKey(words: string): Error {
    return this.failAt(this.keyLine, words);
  }

  // — structure —

  private comment(): void {
    for (;;) {
      const char = this.next();
      if (char !== "" && !isLineEnd(char)) continue;
      this.back(char);
      return;
    }
  }

  /** After a table's header or a key and its value: nothing but a comment until the line ends. */
  private lineEnd(): void {
    for (;;) {
      const char = this.next();
      if (char === "" || isLineEnd(char)) return;
      if (char === "#") return this.comment();
      if (isBlank(char)) continue;
      throw this.fail(
        `expected a top-level item to end with a newline, comment, or EOF, but got ${quoteChar(char)} instead`,
      );
    }
  }

  private tableHeader(): void {
    const array = this.accept("[");
    const path: string[] = [];
    do {
      this.skipBlanks();
      const char = this.peek();
      if (char === "]" || char === "") throw this.fail("unexpected end of table name (table names cannot be empty)");
      if (char === ".") throw this.fail("unexpected table separator (table names cannot be empty)");
      const name = char === '"' || char === "'" ? this.quotedKey() : this.bareKey();
      if (path.length === 0) this.keyLine = this.line;
      path.push(name);
      this.skipBlanks();
    } while (this.accept("."));
    const end = this.next();
    if (end !== "]") throw this.fail(`expected '.' or ']' to end table name, but got ${quoteChar(end)} instead`);
    if (array) {
      const last = this.next();
      if (last !== "]")
        throw this.fail(`expected end of table array name delimiter ']', but got ${quoteChar(last)} instead`);
    }
    this.enter(path, array);
    this.arrays.delete(pathText(this.context));
  }

  private bareKey(): string {
    let out = "";
    for (;;) {
      const char = this.next();
      if (!isBareKey(char)) {
        this.back(char);
        return out;
      }
      out += char;
    }
  }

  private quotedKey(): string {
    return this.next() === '"' ? this.basicString() : this.rawString();
  }

  /** A dotted key up to its `=`. */
  private dottedKey(): string[] {
    this.skipBlanks();
    const first = this.peek();
    if (first === "=" || first === "") throw this.fail("unexpected '=': key name appears blank");
    if (first === ".") throw this.fail("unexpected '.': keys cannot start with a '.'");
    const path: string[] = [];
    for (;;) {
      this.skipBlanks();
      const char = this.peek();
      if (char === "=" || char === "") throw this.fail("unexpected '='");
      if (char === ".") throw this.fail("unexpected '.'");
      const name = char === '"' || char === "'" ? this.quotedKey() : this.bareKey();
      if (path.length === 0) this.keyLine = this.line;
      path.push(name);
      this.skipBlanks();
      const end = this.next();
      if (end === ".") continue;
      if (end === "=") return path;
      if (end === "") throw this.fail("unexpected EOF; expected key separator '='");
      const words = `expected '.' or '=', but got ${quoteChar(end)} instead`;
      throw end === "\n" ? this.failAt(this.line - 1, words) : this.fail(words);
    }
  }

  private keyValue(): void {
    const outer = this.context;
    const path = this.dottedKey();
    this.key = path.at(-1) as string;
    for (const step of path.slice(0, -1)) this.enterImplicit([...this.context, step]);
    const name = this.key;
    const value = this.value(false);
    this.key = name;
    this.store(name, value);
    if (!Array.isArray(value)) this.arrays.delete(pathText([...this.context, name]));
    this.context = outer;
    this.key = "";
  }

  private enterImplicit(path: string[]): void {
    this.implicit.add(pathText(path));
    this.enter(path, false);
  }

  /** Makes the path the table in force: tables on the way come to be, the last is new. */
  private enter(path: readonly string[], array: boolean): void {
    let table = this.root;
    const parents = path.slice(0, -1);
    for (const [i, name] of parents.entries()) {
      if (!Object.hasOwn(table, name)) {
        this.implicit.add(pathText(path.slice(0, i + 1)));
        table[name] = newMap();
      }
      const next = tableIn(table[name]);
      if (next === undefined)
        throw this.failAtKey(`Key '${pathText(path.slice(0, i + 1))}' was already created as a hash.`);
      table = next;
    }
    this.context = parents;
    const last = path.at(-1) as string;
    if (array) {
      if (!Object.hasOwn(table, last)) table[last] = withGoType([], "[]map[string]interface {}");
      const list = table[last];
      if (!isTableList(list)) {
        throw this.failAtKey(`Key '${pathText(path)}' was already created and cannot be used as an array.`);
      }
      list.push(newMap());
    } else {
      this.store(last, newMap());
    }
    this.context = [...parents, last];
  }

  private store(key: string, value: unknown): void {
    let table = this.root;
    for (const [i, name] of this.context.entries()) {
      const next = tableIn(table[name]);
      if (next === undefined)
        throw this.failAtKey(`Key '${pathText(this.context.slice(0, i + 1))}' has already been defined.`);
      table = next;
    }
    const path = pathText([...this.context, key]);
    if (!Object.hasOwn(table, key)) {
      table[key] = value;
      return;
    }
    const wasArray = this.arrays.has(path);
    if (!this.implicit.delete(path)) throw this.failAtKey(`Key '${path}' has already been defined.`);
    if (wasArray) table[key] = value;
  }

  // — values —

  private value(inArray: boolean): unknown {
    this.skipBlanks();
    const char = this.next();
    switch (char) {
      case "[":
        return this.array();
      case "{":
        return this.inlineTable(inArray);
      case '"':
        return this.accept('"') ? (this.accept('"') ? this.longString() : "") : this.basicString();
      case "'":
        return this.accept("'") ? (this.accept("'") ? this.longRawString() : "") : this.rawString();
      case ".":
        throw this.fail("floats must start with a digit, not '.'");
      case "-":
      case "+":
        return this.signed(char);
      default:
    }
    if (isDigit(char)) return this.numberOrDate(char);
    if (char === "i" || char === "n") {
      const start = this.at;
      if ((this.accept("n") && this.accept("f")) || (this.accept("a") && this.accept("n"))) {
        return this.float({ text: this.text.slice(start - 1, this.at), line: this.line });
      }
      // Go goes back by one letter only, so the word in its error begins there.
      return this.word(this.text[this.at - 1] as string);
    }
    if (char !== "" && isLetter(char.codePointAt(0) as number)) return this.word(char);
    if (char === "") throw this.fail("unexpected EOF; expected value");
    const words = `expected value but found ${quoteChar(char)} instead`;
    throw char === "\n" ? this.failAt(this.line - 1, words) : this.fail(words);
  }

  private word(first: string): boolean {
    let word = first;
    for (;;) {
      const char = this.next();
      if (char === "" || !isLetter(char.codePointAt(0) as number)) {
        this.back(char);
        break;
      }
      word += char;
    }
    if (word === "true" || word === "false") return word === "true";
    throw this.fail(`expected value but found ${quote(word)} instead`);
  }

  private array(): unknown[] {
    this.arrays.add(pathText([...this.context, this.key]));
    const out: unknown[] = [];
    for (;;) {
      const char = this.afterSpace();
      if (char === ",") throw this.fail("unexpected comma");
      if (char === "]") return out;
      this.back(char);
      out.push(this.value(true));
      const end = this.afterSpace();
      if (end === "]") return out;
      if (end !== ",") {
        const got = end === "" ? "end of file" : `'${end}'`;
        throw this.fail(`expected a comma (',') or array terminator (']'), but got ${got}`);
      }
    }
  }

  /** The next character that is no blank, line end or comment. */
  private afterSpace(): string {
    for (;;) {
      const char = this.next();
      if (char === "#") this.comment();
      else if (!isBlank(char) && !isLineEnd(char)) return char;
    }
  }

  private inlineTable(inArray: boolean): GoMap {
    const table = newMap();
    const [outerContext, outerKey] = [this.context, this.key];
    const path = [...this.context, this.key];
    this.context = path;
    this.key = "";
    this.implicit.add(pathText(path));
    this.enter(path, inArray);
    for (;;) {
      const char = this.afterSpace();
      if (char === ",") throw this.fail("unexpected comma");
      if (char === "}") break;
      this.back(char);
      this.inlineMember(table, path);
      const end = this.afterSpace();
      if (end === "}") break;
      if (end !== ",") {
        const got = end === "" ? "end of file" : `'${end}'`;
        throw this.fail(`expected a comma or an inline table terminator '}', but got ${got} instead`);
      }
    }
    this.context = outerContext;
    this.key = outerKey;
    return table;
  }

  private inlineMember(table: GoMap, path: string[]): void {
    const keys = this.dottedKey();
    const name = keys.at(-1) as string;
    this.key = name;
    for (const step of keys.slice(0, -1)) this.enterImplicit([...this.context, step]);
    const value = this.value(false);
    this.key = name;
    this.store(name, value);
    let target = table;
    for (const step of keys.slice(0, -1)) {
      if (!Object.hasOwn(target, step)) target[step] = newMap();
      const next = target[step];
      if (!isMap(next)) throw this.failAtKey(`${quote(pathText(this.context))} is not a table`);
      target = next;
    }
    target[name] = value;
    this.context = path;
  }

  // — strings —

  private basicString(): string {
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

  private rawString(): string {
    const start = this.at;
    for (;;) {
      const char = this.next();
      if (char === "") throw this.fail(`unexpected EOF; expected "'"`);
      if (isLineEnd(char)) throw this.failAt(this.line - 1, "strings cannot contain newlines");
      if (char === "'") return this.text.slice(start, this.at - 1);
    }
  }

  private longString(): string {
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

  private longRawString(): string {
    const start = this.at;
    for (;;) {
      const char = this.next();
      if (char === "") throw this.fail(`unexpected EOF; expected "'''"`);
      if (char === "'" && this.closes("'", start)) return withoutFirstLineEnd(this.text.slice(start, this.at - 3));
    }
  }

  /** After one quote: true where it begins the closing three; up to two more may stand before them. */
  private closes(mark: '"' | "'", start: number): boolean {
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
  private escape(start: number): void {
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

  private unescape(item: Item): string {
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

  private signed(sign: string): unknown {
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

  private take(accept: (char: string) => boolean): void {
    for (;;) {
      const char = this.next();
      if (char !== "" && accept(char)) continue;
      this.back(char);
      return;
    }
  }

  private decimal(_first: string, start: number): unknown {
    this.take((char) => isDigit(char) || char === "_");
    if (/^[.eE]$/.test(this.peek())) return this.restOfFloat(start);
    return this.integer({ text: this.text.slice(start, this.at), line: this.line });
  }

  private restOfFloat(start: number): unknown {
    this.take((char) => isDigit(char) || "_.-+eE".includes(char));
    return this.float({ text: this.text.slice(start, this.at), line: this.line });
  }

  private numberOrDate(first: string): unknown {
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

  private date(start: number): GoTime {
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

  private integer(item: Item): GoInt {
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

  private float(item: Item): number {
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

function tableIn(value: unknown): GoMap | undefined {
  if (isTableList(value)) return value.at(-1);
  return isMap(value) ? value : undefined;
}

const isTableList = (value: unknown): value is GoMap[] =>
  Array.isArray(value) && goTypeTag(value) === "[]map[string]interface {}";

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
