import { fromBytes, toBytes } from "../base/index.ts";
import { isAscii, isSpace } from "./text.ts";

/**
 * goutils.WrapCustom: breaks one line at spaces after `width` bytes. Leading spaces of a line fall away; words longer
 * than that are broken only if `breakWords`. Counts bytes, so it may cut a character in two.
 */
export function wrap(text: string, width: number, newLine: string, breakWords: boolean): string {
  if (text === "") return "";
  const separator = newLine === "" ? "\n" : newLine;
  const size = Math.max(width, 1);
  // One UTF-16 unit a byte: then all positions below are Go's.
  const line = isAscii(text) ? text : binary(toBytes(text));
  const lines: string[] = [];
  let offset = 0;
  while (line.length - offset > size) {
    if (line[offset] === " ") {
      offset++;
      continue;
    }
    const space = line.lastIndexOf(" ", offset + size);
    if (space >= offset) {
      lines.push(line.slice(offset, space));
      offset = space + 1;
    } else if (breakWords) {
      lines.push(line.slice(offset, offset + size));
      offset += size;
    } else {
      const next = line.indexOf(" ", offset + size);
      if (next < 0) break;
      lines.push(line.slice(offset, next));
      offset = next + 1;
    }
  }
  lines.push(line.slice(offset));
  if (line === text) return lines.join(separator);
  return lines.map((part) => fromBytes(unbinary(part))).join(separator);
}

function binary(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += String.fromCharCode(byte);
  return out;
}

function unbinary(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** goutils.AbbreviateFull: at most `width` bytes, with dots at the end or (`offset` > 4) at the start; width ≥ 4. */
function abbreviate(bytes: Uint8Array, offset: number, width: number): Uint8Array {
  const size = bytes.length;
  if (size <= width) return bytes;
  let start = Math.min(offset, size);
  if (size - start < width - 3) start = size - (width - 3);
  if (start <= 4) return withDots(bytes.subarray(0, width - 3), "end");
  if (width < 7) return new Uint8Array();
  if (start + width - 3 < size) return withDots(abbreviate(bytes.subarray(start), 0, width - 3), "start");
  return withDots(bytes.subarray(size - (width - 3)), "start");
}

function withDots(bytes: Uint8Array, where: "start" | "end"): Uint8Array {
  const out = new Uint8Array(bytes.length + 3).fill(0x2e);
  out.set(bytes, where === "start" ? 3 : 0);
  return out;
}

/** sprig's abbrev. */
export function abbrev(width: number, text: string): string {
  if (width < 4) return text;
  return fromBytes(abbreviate(toBytes(text), 0, width));
}

/** sprig's abbrevboth. */
export function abbrevBoth(left: number, right: number, text: string): string {
  if (right < 4 || (left > 0 && right < 7)) return text;
  return fromBytes(abbreviate(toBytes(text), left, right));
}

/** goutils.Initials: the first byte of each word, taken for a Latin-1 character (so "é" gives "Ã"). */
export function initials(text: string): string {
  let out = "";
  let gap = true;
  for (const byte of toBytes(text)) {
    if (isSpace(byte)) gap = true;
    else if (gap) {
      out += String.fromCharCode(byte);
      gap = false;
    }
  }
  return out;
}

/** goutils.DeleteWhiteSpace: byte by byte too; text without any white space comes back as it is. */
export function nospace(text: string): string {
  const bytes = toBytes(text);
  let out = "";
  for (const byte of bytes) if (!isSpace(byte)) out += String.fromCharCode(byte);
  return out.length === bytes.length ? text : out;
}
