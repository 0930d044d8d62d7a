import { newMap, type GoMap } from "../base/index.ts";
import { maxJsonDepth } from "./compose.ts";

/**
 * encoding/json's Unmarshal into interface{}: numbers are float64, keys given twice keep the last value, what is not
 * UTF-8 (or half a surrogate pair) becomes U+FFFD. Throws Go's words: `invalid character 'x' looking for beginning of
 * value`, `unexpected end of JSON input`, `json: cannot unmarshal number 1e999 into Go value of type float64`.
 */
export function unmarshalJSON(text: string): unknown {
  return new Reader(text).document();
}

/** What Go would say of a text that is not JSON; undefined when it is. */
export class JsonSyntaxError extends Error {
  /** 0-based offset in UTF-16 units. */
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class Reader {
  private readonly text: string;
  private at = 0;
  private tooLarge: string | undefined;

  constructor(text: string) {
    this.text = text;
  }

  document(): unknown {
    const value = this.container();
    this.blanks();
    if (this.at < this.text.length) throw this.unexpected("after top-level value");
    if (this.tooLarge !== undefined) throw new JsonSyntaxError(this.tooLarge, 0);
    return value;
  }

  /** A value, without recursion: nesting may be 10,000 deep. */
  private container(): unknown {
    const open: (unknown[] | GoMap)[] = [];
    const keys: string[] = [];
    let value: unknown;
    for (;;) {
      this.blanks();
      const code = this.text.charCodeAt(this.at);
      if (code === 123 || code === 91) {
        this.at++;
        this.blanks();
        const made: unknown[] | GoMap = code === 123 ? newMap() : [];
        if (open.length >= maxJsonDepth) throw new JsonSyntaxError("exceeded max depth", this.at);
        if (this.text.charCodeAt(this.at) !== code + 2) {
          open.push(made);
          if (code === 123) keys.push(this.key("looking for beginning of object key string"));
          continue;
        }
        this.at++;
        value = made;
      } else value = this.scalar(code);
      // Put the value where it belongs, and close what ends here.
      for (;;) {
        const outer = open[open.length - 1];
        if (outer === undefined) return value;
        this.blanks();
        const next = this.text.charCodeAt(this.at);
        if (Array.isArray(outer)) {
          outer.push(value);
          if (next === 44) {
            this.at++;
            break;
          }
          if (next !== 93) throw this.unexpected("after array element");
        } else {
          outer[keys.pop() as string] = value;
          if (next === 44) {
            this.at++;
            this.blanks();
            keys.push(this.key("looking for beginning of object key string"));
            break;
          }
          if (next !== 125) throw this.unexpected("after object key:value pair");
        }
        this.at++;
        open.pop();
        value = outer;
      }
    }
  }

  private key(where: string): string {
    if (this.text.charCodeAt(this.at) !== 34) throw this.unexpected(where);
    const key = this.string();
    this.blanks();
    if (this.text.charCodeAt(this.at) !== 58) throw this.unexpected("after object key");
    this.at++;
    return key;
  }

  private blanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  private scalar(code: number): unknown {
    if (code === 34) return this.string();
    if (code === 45 || (code >= 48 && code <= 57)) return this.number();
    if (code === 116) return this.literal("true", true);
    if (code === 102) return this.literal("false", false);
    if (code === 110) return this.literal("null", null);
    throw this.unexpected("looking for beginning of value");
  }

  private literal<V>(word: string, value: V): V {
    for (let i = 1; i < word.length; i++) {
      this.at++;
      if (this.text[this.at] !== word[i])
        throw this.unexpected(`in literal ${word} (expecting ${quoteChar(word[i] as string)})`);
    }
    this.at++;
    return value;
  }

  private number(): number {
    const start = this.at;
    const digits = (where: string) => {
      if (!isDigit(this.text.charCodeAt(this.at))) throw this.unexpected(where);
      while (isDigit(this.text.charCodeAt(this.at))) this.at++;
    };
    if (this.text.charCodeAt(this.at) === 45) {
      this.at++;
      if (!isDigit(this.text.charCodeAt(this.at))) throw this.unexpected("in numeric literal");
    }
    if (this.text.charCodeAt(this.at) === 48) this.at++;
    else digits("in numeric literal");
    if (this.text.charCodeAt(this.at) === 46) {
      this.at++;
      digits("after decimal point in numeric literal");
    }
    if ((this.text.charCodeAt(this.at) | 32) === 101) {
      this.at++;
      const sign = this.text.charCodeAt(this.at);
      if (sign === 43 || sign === 45) this.at++;
      digits("in exponent of numeric literal");
    }
    const text = this.text.slice(start, this.at);
    const value = Number(text);
    // The syntax of the whole text is checked first.
    if (!Number.isFinite(value))
      this.tooLarge ??= `json: cannot unmarshal number ${text} into Go value of type float64`;
    return value;
  }

  private string(): string {
    const { text } = this;
    let at = this.at + 1;
    let from = at;
    let out = "";
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 34) break;
      if (code === 92) {
        out += text.slice(from, at);
        this.at = at;
        out += this.escape();
        from = at = this.at;
      } else if (code < 32) {
        this.at = at;
        throw this.unexpected("in string literal");
      } else if (Number.isNaN(code)) {
        this.at = at;
        throw this.end();
      } else at++;
    }
    out += text.slice(from, at);
    this.at = at + 1;
    return out.isWellFormed() ? out : wellFormed(out);
  }

  private escape(): string {
    const { text } = this;
    const letter = text.charAt(++this.at);
    const index = '"\\/bfnrt'.indexOf(letter);
    if (letter === "" || (index < 0 && letter !== "u")) throw this.unexpected("in string escape code");
    if (letter !== "u") {
      this.at++;
      return '"\\/\b\f\n\r\t'.charAt(index);
    }
    let code = 0;
    for (let i = 0; i < 4; i++) {
      const digit = text.charAt(++this.at);
      if (!/^[0-9a-fA-F]$/.test(digit)) throw this.unexpected("in \\u hexadecimal character escape");
      code = code * 16 + Number.parseInt(digit, 16);
    }
    this.at++;
    // Half a pair from an escape never joins a raw half: mark it as invalid at once unless its other half follows.
    if ((code & 0xf800) === 0xd800) {
      const low = (code & 0xfc00) === 0xd800 && /^\\u[dD][c-fC-F][0-9a-fA-F]{2}/.test(text.slice(this.at, this.at + 6));
      if (!low) return "\ufffd";
      this.at += 6;
      return String.fromCharCode(code, Number.parseInt(text.slice(this.at - 4, this.at), 16));
    }
    return String.fromCharCode(code);
  }

  private unexpected(where: string): JsonSyntaxError {
    // At the end encoding/json tries a blank, to see whether a number or word is complete.
    if (this.at >= this.text.length) {
      return where.startsWith("in ") || where.startsWith("after decimal")
        ? new JsonSyntaxError(`invalid character ' ' ${where}`, this.at)
        : this.end();
    }
    // Go names the byte: of a character beyond ASCII, the first one.
    const char = String.fromCodePoint(this.text.codePointAt(this.at) as number);
    return new JsonSyntaxError(`invalid character ${quoteChar(char)} ${where}`, this.at);
  }

  private end(): JsonSyntaxError {
    return new JsonSyntaxError("unexpected end of JSON input", this.at);
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Bytes that are not UTF-8 become U+FFFD, one each. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** A character in single quotes; of one beyond ASCII its first byte, read as Latin-1, as encoding/json does. */
function quoteChar(char: string): string {
  if (char === "'") return "'\\''";
  if (char === '"') return "'\"'";
  if (char === "\\") return "'\\\\'";
  const code = char.codePointAt(0) as number;
  const byte = code < 0x80 ? code : code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : leadByte(code);
  const named = "\x07\b\t\n\v\f\r".indexOf(String.fromCharCode(byte));
  if (named >= 0) return `'\\${"abtnvfr"[named]}'`;
  if (byte < 32 || byte === 127) return `'\\x${byte.toString(16).padStart(2, "0")}'`;
  if (byte >= 0x80 && (byte <= 0xa0 || byte === 0xad)) return `'\\u${byte.toString(16).padStart(4, "0")}'`;
  return `'${String.fromCharCode(byte)}'`;
}

function leadByte(code: number): number {
  if (code < 0x800) return 0xc0 | (code >> 6);
  return code < 0x10000 ? 0xe0 | (code >> 12) : 0xf0 | (code >> 18);
}
