import { toBytes } from "../base/index.ts";
import { plainError, type YamlSyntaxError } from "./syntax-error.ts";

/** A text ready for the scanner: without its byte order mark, with NULs behind it. */
export interface Source {
  /** The characters, and a few NULs. */
  readonly text: string;
  /** Where the NULs begin. */
  readonly end: number;
  /** How many UTF-16 units were cut off at the front (a byte order mark). */
  readonly skipped: number;
  /** All characters are allowed and all line breaks are LF, so that lines can be found by indexOf. */
  readonly simple: boolean;
  /** Reading at or beyond this offset fails with {@link failure}; Infinity when the whole text is fine. */
  readonly limit: number;
  readonly failure?: YamlSyntaxError;
}

const padding = "\0".repeat(10);

// Anything that needs a closer look: controls but tab and LF, other line breaks, surrogates, U+FFFE and U+FFFF.
const unusual = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]/;

// What is not a character YAML allows: C0 controls but tab, LF and CR; DEL and C1 but NEL; U+FFFE and U+FFFF.
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

const otherBreaks = /[\r\x85\u2028\u2029]/;

/**
 * Prepares a text as libyaml's reader does: drops a byte order mark, decodes UTF-16, and notes the first character
 * that is not allowed. libyaml decodes in pieces of 512 bytes, so the error shows when the scanner asks for the first
 * character of the piece that holds the culprit: a broken byte far behind the first document is never seen, one close
 * behind a syntax error hides that error.
 */
export function readSource(input: string): Source {
  const odd = unusual.test(input);
  // Surrogates that stand alone are bytes that are not UTF-8 (see base/bytes.ts).
  if (odd && (!input.isWellFormed() || forbidden.test(input))) return readBytes(toBytes(input));
  const skipped = input.charCodeAt(0) === 0xfeff ? 1 : 0;
  const text = skipped === 1 ? input.slice(1) : input;
  return {
    text: text + padding,
    end: text.length,
    skipped,
    simple: !odd || !otherBreaks.test(text),
    limit: Infinity,
  };
}

/** The part of a text that could be read, and what is wrong with what follows: `ahead` characters on. */
function partial(text: string, skipped: number, problem?: string, ahead = 0): Source {
  const source = { text: text + padding, end: text.length, skipped, simple: false };
  if (problem === undefined) return { ...source, limit: Infinity };
  return { ...source, limit: text.length, failure: plainError(problem, 0, text.length + ahead) };
}

const pieceSize = 512;

function readBytes(bytes: Uint8Array): Source {
  let position = 0;
  let decode: Decode = decodeUtf8;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    decode = (b, i, end) => decodeUtf16(b, i, end, 0);
    position = 2;
  } else if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    decode = (b, i, end) => decodeUtf16(b, i, end, 1);
    position = 2;
  } else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) position = 3;
  const skipped = position === 3 ? 1 : 0;
  let text = "";
  let pieceEnd = Math.min(pieceSize, bytes.length);
  for (;;) {
    let piece = "";
    while (position < pieceEnd) {
      const got = decode(bytes, position, pieceEnd);
      if (got === "incomplete") {
        if (pieceEnd < bytes.length) break;
        // The reader learns of the end only when it asks for more, by which time this piece is in use.
        text += piece;
        return partial(text, skipped, incomplete(decode));
      }
      if (typeof got === "string") return partial(text, skipped, got, piece.length);
      if (!isAllowed(got.code)) return partial(text, skipped, "control characters are not allowed", piece.length);
      piece += String.fromCodePoint(got.code);
      position += got.width;
    }
    text += piece;
    if (pieceEnd >= bytes.length) return partial(text, skipped);
    // What is left of an unfinished character moves to the front of the next piece and takes its room there.
    pieceEnd = Math.min(position + pieceSize, bytes.length);
  }

  function incomplete(using: Decode): string {
    if (using === decodeUtf8) return "incomplete UTF-8 octet sequence";
    return bytes.length - position < 2 ? "incomplete UTF-16 character" : "incomplete UTF-16 surrogate pair";
  }
}

type Decode = (bytes: Uint8Array, at: number, end: number) => { code: number; width: number } | string;

/** How many bytes a UTF-8 character has by its first byte; 0 for bytes that begin none. */
export function utf8Width(lead: number): number {
  if (lead < 0x80) return 1;
  if ((lead & 0xe0) === 0xc0) return 2;
  if ((lead & 0xf0) === 0xe0) return 3;
  return (lead & 0xf8) === 0xf0 ? 4 : 0;
}

function decodeUtf8(bytes: Uint8Array, at: number, end: number): { code: number; width: number } | string {
  const lead = bytes[at] as number;
  const width = utf8Width(lead);
  if (width === 0) return "invalid leading UTF-8 octet";
  if (width > end - at) return "incomplete";
  if (width === 1) return { code: lead, width };
  let code = lead & (0xff >> (width + 1));
  for (let k = 1; k < width; k++) {
    const octet = bytes[at + k] as number;
    if ((octet & 0xc0) !== 0x80) return "invalid trailing UTF-8 octet";
    code = code * 64 + (octet & 0x3f);
  }
  if (code < (width === 2 ? 0x80 : width === 3 ? 0x800 : 0x10000)) return "invalid length of a UTF-8 sequence";
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return "invalid Unicode character";
  return { code, width };
}

function decodeUtf16(b: Uint8Array, at: number, end: number, high: 0 | 1): { code: number; width: number } | string {
  if (end - at < 2) return "incomplete";
  const unit = (i: number) => (b[i + (high ? 1 : 0)] as number) + ((b[i + (high ? 0 : 1)] as number) << 8);
  const first = unit(at);
  if ((first & 0xfc00) === 0xdc00) return "unexpected low surrogate area";
  if ((first & 0xfc00) !== 0xd800) return { code: first, width: 2 };
  if (end - at < 4) return "incomplete";
  const second = unit(at + 2);
  if ((second & 0xfc00) !== 0xdc00) return "expected low surrogate area";
  return { code: 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff), width: 4 };
}

function isAllowed(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13;
  if (code < 0xa0) return code <= 0x7e || code === 0x85;
  return code < 0xd800 || (code >= 0xe000 && code !== 0xfffe && code !== 0xffff);
}
