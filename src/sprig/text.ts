import { fromBytes, toBytes } from "../base/index.ts";

/** True where a UTF-16 index is also a byte index. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Go's text[start:end]: by bytes, which may cut a character in two. */
export function sliceBytes(text: string, start: number, end?: number): string {
  return isAscii(text) ? text.slice(start, end) : fromBytes(toBytes(text).subarray(start, end));
}

const spaces = new Set([9, 10, 11, 12, 13, 32, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000]);

/** unicode.IsSpace. */
export function isSpace(rune: number): boolean {
  return spaces.has(rune) || (rune >= 0x2000 && rune <= 0x200a);
}

/** strings.TrimSpace: what unicode.IsSpace accepts, which is not what JavaScript's trim takes. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** []rune(text) and ranges over strings: code points, with U+FFFD for every byte that is not UTF-8. */
export function runesOf(text: string): number[] {
  const out: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    out.push(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
  }
  return out;
}

/** string([]rune): one piece for each code point. */
export function fromRunes(runes: readonly number[]): string {
  let out = "";
  for (const rune of runes) out += String.fromCodePoint(rune);
  return out;
}

/** A map of each rune, as strings.Map does it (bytes that are not UTF-8 become U+FFFD). */
export function mapRunes(text: string, map: (rune: number) => number): string {
  return fromRunes(runesOf(text).map(map));
}
