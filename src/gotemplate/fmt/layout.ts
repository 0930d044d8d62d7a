import { canBackquote, isPrint, quote, quoteToASCII } from "./quote.ts";
import { formatFloatAs } from "./float.ts";

/** How many characters Go counts in a text for padding: code points, and each byte that is not UTF-8. */
function runeCount(text: string): number {
  let count = text.length;
  for (let i = 0; i + 1 < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code < 0xdc00) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next <= 0xdfff) count--;
    }
  }
  return count;
}

/** The `#` flag: always a decimal point, and for %g the trailing zeros up to the precision. */
function restoreZeros(number: string, verb: string, precision: number): string {
  let digits = 0;
  if (verb === "g" || verb === "G" || verb === "x") digits = precision === -1 ? 6 : precision;
  let tail = "";
  const mark = verb === "x" || verb === "X" ? /[pP]/ : /[eE]/;
  const at = number.search(mark);
  if (at >= 0) {
    tail = number.slice(at);
    number = number.slice(0, at);
  }
  let point = false;
  let nonZero = false;
  for (const char of number) {
    if (char === ".") point = true;
    else {
      if (char !== "0") nonZero = true;
      if (nonZero) digits--;
    }
  }
  if (!point) {
    if (number === "0") digits--;
    number += ".";
  }
  return number + (digits > 0 ? "0".repeat(digits) : "") + tail;
}

/** The flags of a verb, what was printed so far, and how texts and numbers are laid out by them. */
export class Layout {
  out = "";
  width = -1;
  precision = -1;
  minus = false;
  plus = false;
  sharp = false;
  space = false;
  zero = false;
  plusV = false;
  sharpV = false;

  clearFlags(): void {
    this.width = -1;
    this.precision = -1;
    this.minus = this.plus = this.sharp = this.space = this.zero = this.plusV = this.sharpV = false;
  }

  protected padding(count: number): string {
    if (count <= 0) return "";
    return (this.zero && !this.minus ? "0" : " ").repeat(count);
  }

  /** Appends a text, padded to the width. */
  pad(text: string): void {
    if (this.width <= 0) {
      this.out += text;
      return;
    }
    const fill = this.padding(this.width - runeCount(text));
    this.out += this.minus ? text + fill : fill + text;
  }

  protected padNoZero(text: string): void {
    const zero = this.zero;
    this.zero = false;
    this.pad(text);
    this.zero = zero;
  }

  protected truncate(text: string): string {
    if (this.precision < 0) return text;
    let count = this.precision;
    for (let i = 0; i < text.length; i++) {
      if (--count < 0) return text.slice(0, i);
      if ((text.codePointAt(i) as number) > 0xffff) i++;
    }
    return text;
  }

  protected fmtS(text: string): void {
    this.pad(this.truncate(text));
  }

  protected fmtQ(text: string): void {
    text = this.truncate(text);
    if (this.sharp && canBackquote(text)) this.pad(`\`${text}\``);
    else this.pad(this.plus ? quoteToASCII(text) : quote(text));
  }

  protected fmtHex(bytes: Uint8Array, verb: string): void {
    let length = bytes.length;
    if (this.precision >= 0 && this.precision < length) length = this.precision;
    if (length === 0) {
      if (this.width > 0) this.out += this.padding(this.width);
      return;
    }
    const prefix = this.sharp ? (verb === "X" ? "0X" : "0x") : "";
    let text = prefix;
    for (let i = 0; i < length; i++) {
      if (this.space && i > 0) text += ` ${prefix}`;
      const byte = (bytes[i] as number).toString(16).padStart(2, "0");
      text += verb === "X" ? byte.toUpperCase() : byte;
    }
    this.pad(text);
  }

  protected layoutInteger(value: bigint, base: number, verb: string, upper: boolean): void {
    const negative = value < 0n;
    let digits = (negative ? -value : value).toString(base);
    if (upper) digits = digits.toUpperCase();
    let least = 0;
    if (this.precision >= 0) {
      least = this.precision;
      if (least === 0 && value === 0n) {
        if (this.width > 0) this.out += " ".repeat(this.width);
        return;
      }
    } else if (this.zero && !this.minus && this.width >= 0) {
      least = this.width;
      if (negative || this.plus || this.space) least--;
    }
    digits = digits.padStart(least, "0");
    if (this.sharp) {
      if (base === 2) digits = `0b${digits}`;
      else if (base === 8 && digits[0] !== "0") digits = `0${digits}`;
      else if (base === 16) digits = (upper ? "0X" : "0x") + digits;
    }
    if (verb === "O") digits = `0o${digits}`;
    if (negative) digits = `-${digits}`;
    else if (this.plus) digits = `+${digits}`;
    else if (this.space) digits = ` ${digits}`;
    this.padNoZero(digits);
  }

  protected fmtUnicode(value: bigint): void {
    const least = this.precision > 4 ? this.precision : 4;
    let text = `U+${value.toString(16).toUpperCase().padStart(least, "0")}`;
    if (this.sharp && value <= 0x10ffffn && isPrint(Number(value))) text += ` '${String.fromCodePoint(Number(value))}'`;
    this.padNoZero(text);
  }

  protected layoutFloat(value: number, bits: 32 | 64, verb: string, precision: number): void {
    if (this.precision >= 0) precision = this.precision;
    let number = formatFloatAs(value, verb, precision, bits);
    let sign = "+";
    if (number[0] === "-" || number[0] === "+") {
      sign = number[0];
      number = number.slice(1);
    }
    if (this.space && sign === "+" && !this.plus) sign = " ";
    if (number[0] === "I" || number[0] === "N") {
      const hideSign = number[0] === "N" && !this.space && !this.plus;
      this.padNoZero(hideSign ? number : sign + number);
      return;
    }
    if (this.sharp && verb !== "b") number = restoreZeros(number, verb, precision);
    if (this.plus || sign !== "+") {
      if (this.zero && !this.minus && this.width > number.length + 1) {
        this.out += sign + this.padding(this.width - number.length - 1) + number;
        return;
      }
      this.pad(sign + number);
      return;
    }
    this.pad(number);
  }
}
