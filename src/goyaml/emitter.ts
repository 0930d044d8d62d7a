import { isBreak } from "./chars.ts";
import { chooseStyle, type Dialect, isHarmless, isPrintable, isSimpleKey, type Place, Style } from "./style.ts";

/**
 * Writes YAML as libyaml's emitter does: the same choices of quotes and breaks, from the same state (column, indentation,
 * whether blank or indentation was just written).
 */
export class Emitter {
  out = "";
  private column = 0;
  private indent = -1;
  /** The last thing written was a blank. */
  private whitespace = true;
  /** The line holds nothing but indentation and indicators so far. */
  private indention = true;
  private readonly dialect: Dialect;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** Ends the document: the last line gets its break. */
  end(): void {
    this.indent = -1;
    this.writeIndent();
  }

  /** Starts a block mapping; answers the indentation to hand to {@link leave}. */
  enterMapping(place: Place): number {
    const outer = this.indent;
    this.indent = outer < 0 ? 0 : this.deeper(place);
    return outer;
  }

  /** Starts a block sequence; answers the indentation to hand to {@link leave}. */
  enterSequence(place: Place): number {
    const outer = this.indent;
    if (outer < 0) this.indent = 0;
    // yaml.v2 leaves the dashes below the key they belong to.
    else if (this.dialect.version === 3 || place !== "value" || this.indention) this.indent = this.deeper(place);
    return outer;
  }

  /** The next indentation: yaml.v3 aligns to multiples of it, but for what follows a dash. */
  private deeper(place: Place): number {
    const { version, indent } = this.dialect;
    if (version === 2) return this.indent + indent;
    return place === "item" ? this.indent + 2 : indent * Math.floor((this.indent + indent) / indent);
  }

  leave(outer: number): void {
    this.indent = outer;
  }

  /** Begins an item of a block sequence. */
  item(): void {
    this.writeIndent();
    this.writeIndicator("-", true, true);
  }

  /** Begins a key; the answer says whether it is a simple one (otherwise it follows a `?`). */
  key(text: string, tag = ""): boolean {
    this.writeIndent();
    if ((text.length <= 32 && tag === "" && isHarmless(text)) || isSimpleKey(text, tag.length)) return true;
    this.writeIndicator("?", true, true);
    return false;
  }

  /** A key that {@link isHarmless} and is short, without quotes, and its `:`: the same as all the steps, at once. */
  plainKey(text: string): void {
    const indent = Math.max(this.indent, 0);
    const fresh = !this.indention || this.column > indent || (this.column === indent && !this.whitespace);
    this.out += `${fresh ? `\n${spaces(indent)}` : spaces(indent - this.column)}${text}:`;
    this.column = indent + text.length + 1;
    this.whitespace = false;
    this.indention = false;
  }

  /** Writes the `:` behind a key. */
  colon(simple: boolean): void {
    if (simple) this.writeIndicator(":", false, false);
    else {
      this.writeIndent();
      this.writeIndicator(":", true, true);
    }
  }

  /** `{}` and `[]`. */
  empty(text: "{}" | "[]"): void {
    this.writeIndicator(text, true, false);
  }

  /** A scalar that needs no thought: numbers, booleans, null. */
  simple(text: string): void {
    this.write(this.whitespace ? text : ` ${text}`);
    this.whitespace = false;
    this.indention = false;
  }

  /** A string that {@link isHarmless}, without quotes. */
  plain(text: string, place: Place | "key"): void {
    if (!this.whitespace) this.write(" ");
    if (place === "key" || this.column + text.length <= this.dialect.width) this.write(text);
    else this.inScalar(place, () => this.writeFoldingWords(text, false));
    this.whitespace = false;
    this.indention = false;
  }

  /** Several lines that {@link areHarmlessLines}. */
  literal(text: string, place: Place): void {
    this.inScalar(place, () => this.writeLiteral(text, true));
  }

  /** A string in the wished style, or the next one that can hold it. */
  string(text: string, wish: number, place: Place | "key", tag = ""): void {
    const isKey = place === "key";
    const style = chooseStyle(text, wish, isKey, this.dialect);
    if (tag !== "") this.simple(tag);
    if (style === Style.plain) {
      if (!this.whitespace) this.write(" ");
      if (isKey || this.column + text.length <= this.dialect.width) this.write(text);
      else this.inScalar(place, () => this.writeFolding(text, false, false));
      this.whitespace = false;
      this.indention = false;
      return;
    }
    this.inScalar(isKey ? "value" : place, () => {
      if (style === Style.single) this.writeSingleQuoted(text, isKey);
      else if (style === Style.double) this.writeDoubleQuoted(text, isKey);
      else this.writeLiteral(text, false);
    });
  }

  /** Runs with the indentation that continued lines of a scalar get. */
  private inScalar(place: Place, write: () => void): void {
    const outer = this.indent;
    this.indent = outer < 0 ? this.dialect.indent : this.deeper(place);
    write();
    this.indent = outer;
  }

  private write(text: string): void {
    this.out += text;
    this.column += text.length;
  }

  private writeBreak(): void {
    this.out += "\n";
    this.column = 0;
  }

  private writeIndent(): void {
    const indent = Math.max(this.indent, 0);
    if (!this.indention || this.column > indent || (this.column === indent && !this.whitespace)) this.writeBreak();
    if (this.column < indent) this.write(spaces(indent - this.column));
    this.whitespace = true;
    this.indention = true;
  }

  private writeIndicator(text: string, needsBlank: boolean, indention: boolean): void {
    this.write(needsBlank && !this.whitespace ? ` ${text}` : text);
    this.whitespace = false;
    this.indention = this.indention && indention;
  }

  /** The text of a plain or single-quoted scalar, broken at blanks behind the last column. */
  private writeFolding(text: string, quoted: boolean, isKey: boolean): void {
    let spaces = false;
    let breaks = false;
    let from = 0; // text before it is written
    const flush = (to: number) => {
      if (to > from) this.write(quoted ? text.slice(from, to).replaceAll("'", "''") : text.slice(from, to));
      from = to;
    };
    const extra = () => (quoted ? countQuotes(text, from, at) : 0);
    let at = 0;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 32) {
        const next = text.charCodeAt(at + 1);
        const inside = !quoted || (at > 0 && at < text.length - 1);
        if (!isKey && !spaces && inside && next !== 32 && this.column + (at - from) + extra() > this.dialect.width) {
          flush(at);
          this.writeIndent();
          from = at + 1;
        }
        spaces = true;
      } else if (isBreak(code)) {
        flush(at);
        if (!breaks && code === 10) this.writeBreak();
        this.out += text.charAt(at);
        this.column = 0;
        from = at + 1;
        this.indention = true;
        breaks = true;
      } else {
        if (breaks) this.writeIndent();
        // The state counts for the next break only.
        this.indention = false;
        spaces = false;
        breaks = false;
      }
    }
    flush(text.length);
  }

  /** The same for texts without line breaks and quotes: the places to break at are found by native search. */
  private writeFoldingWords(text: string, quoted: boolean): void {
    const { width } = this.dialect;
    let from = 0;
    for (let search = 0; ;) {
      const blank = text.indexOf(" ", Math.max(search, from + width + 1 - this.column));
      if (blank < 0) break;
      search = blank + 1;
      if (text.charCodeAt(blank + 1) === 32 || text.charCodeAt(blank - 1) === 32) continue;
      if (quoted && (blank === 0 || blank === text.length - 1)) continue;
      this.write(text.slice(from, blank));
      this.writeIndent();
      this.indention = false;
      from = search;
    }
    this.write(text.slice(from));
  }

  private writeSingleQuoted(text: string, isKey: boolean): void {
    this.writeIndicator("'", true, false);
    if (text.includes("'") || !/^[ -~]*$/.test(text)) this.writeFolding(text, true, isKey);
    else if (isKey || this.column + text.length <= this.dialect.width) this.write(text);
    else this.writeFoldingWords(text, true);
    this.write("'");
    this.whitespace = false;
    this.indention = false;
  }

  private writeDoubleQuoted(text: string, isKey: boolean): void {
    this.writeIndicator('"', true, false);
    let spaces = false;
    // libyaml looks for a byte order mark at the start of the text, wherever it is in it.
    const all = text.charCodeAt(0) === 0xfeff;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (all || code === 34 || code === 92 || isBreak(code) || !isPrintable(code)) {
        const full = text.codePointAt(at) as number;
        if (full > 0xffff) at++;
        this.write(escape(full));
        spaces = false;
      } else if (code === 32) {
        if (!isKey && !spaces && this.column > this.dialect.width && at > 0 && at < text.length - 1) {
          this.writeIndent();
          if (text.charCodeAt(at + 1) === 32) this.write("\\");
        } else this.write(" ");
        spaces = true;
      } else {
        this.write(text.charAt(at));
        spaces = false;
      }
    }
    this.write('"');
    this.whitespace = false;
    this.indention = false;
  }

  private writeLiteral(text: string, onlyLf: boolean): void {
    const first = text.charCodeAt(0);
    let head = "|";
    if (first === 32 || isBreak(first)) head += this.dialect.indent;
    if (!isBreak(text.charCodeAt(text.length - 1))) head += "-";
    else if (text.length === 1 || isBreak(text.charCodeAt(text.length - 2))) head += "+";
    this.writeIndicator(head, true, false);
    this.writeBreak();
    this.indention = true;
    this.whitespace = true;
    let from = 0;
    for (let at = 0; at <= text.length; at++) {
      if (onlyLf) {
        const end = text.indexOf("\n", at);
        at = end < 0 ? text.length : end;
      } else if (at < text.length && !isBreak(text.charCodeAt(at))) continue;
      if (at > from) {
        this.writeIndent();
        this.write(text.slice(from, at));
        this.indention = false;
      }
      if (at < text.length) {
        this.out += text.charAt(at);
        this.column = 0;
        this.indention = true;
      }
      from = at + 1;
    }
  }
}

const pads: string[] = [];

function spaces(count: number): string {
  return (pads[count] ??= " ".repeat(count));
}

function countQuotes(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (text.charCodeAt(i) === 39) count++;
  return count;
}

function escape(code: number): string {
  const letter = escapeLetter(code);
  if (letter !== "") return `\\${letter}`;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

function escapeLetter(code: number): string {
  switch (code) {
    case 0:
      return "0";
    case 7:
      return "a";
    case 8:
      return "b";
    case 9:
      return "t";
    case 10:
      return "n";
    case 11:
      return "v";
    case 12:
      return "f";
    case 13:
      return "r";
    case 27:
      return "e";
    case 34:
      return '"';
    case 92:
      return "\\";
    case 0x85:
      return "N";
    case 0xa0:
      return "_";
    case 0x2028:
      return "L";
    case 0x2029:
      return "P";
    default:
      return "";
  }
}
