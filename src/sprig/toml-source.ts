import { int } from "../base/index.ts";
import { quote, sprintf } from "../gotemplate/index.ts";
import { keyText } from "./toml-write.ts";

export const isBlank = (char: string) => char === " " || char === "\t";
export const isLineEnd = (char: string) => char === "\n" || char === "\r";
export const isDigit = (char: string) => char >= "0" && char <= "9" && char.length === 1;
export const isHex = (char: string) => /^[0-9a-fA-F]$/.test(char);
export const pathText = (path: readonly string[]) => path.map(keyText).join(".");

/** fmt's %q of a character; the end of the text is Go's rune 0. */
export const quoteChar = (char: string) => sprintf("%q", [int(char === "" ? 0 : (char.codePointAt(0) as number))]);

/** A TOML text with a place in it: characters one by one, and errors that name the line and the key in hand. */
export class TomlSource {
  protected readonly text: string;
  protected at = 0;
  protected line = 1;
  /** Set by reading beyond the end; errors then count the last line that has text. */
  protected atEnd = false;
  /** The table in force, and the key being read: errors name them. */
  protected context: string[] = [];
  protected key = "";
  /** The line of the key in hand: where errors about keys are said to be. */
  protected keyLine = 1;

  constructor(text: string) {
    this.text = text;
  }

  // — characters —

  protected next(): string {
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
  protected back(char: string): void {
    if (char === "") this.atEnd = false;
    this.at -= char.length;
    if (char === "\n") this.line--;
  }
  protected peek(): string {
    const char = this.next();
    this.back(char);
    return char;
  }
  protected accept(char: string): boolean {
    if (this.peek() !== char) return false;
    this.next();
    return true;
  }
  protected skipBlanks(): void {
    for (;;) {
      const char = this.next();
      if (isBlank(char)) continue;
      this.back(char);
      return;
    }
  }

  protected take(accept: (char: string) => boolean): void {
    for (;;) {
      const char = this.next();
      if (char !== "" && accept(char)) continue;
      this.back(char);
      return;
    }
  }

  // — errors —

  protected failAt(line: number, words: string): Error {
    const current =
      this.key === ""
        ? pathText(this.context)
        : this.context.length === 0
          ? this.key
          : `${pathText(this.context)}.${this.key}`;
    return new Error(`toml: line ${line}${current === "" ? "" : ` (last key ${quote(current)})`}: ${words}`);
  }
  protected fail(words: string): Error {
    return this.failAt(this.atEnd && this.text.endsWith("\n") ? this.line - 1 : this.line, words);
  }
  protected failAtKey(words: string): Error {
    return this.failAt(this.keyLine, words);
  }
}
