import { byteLength } from "../base/index.ts";
import { isBlank, isBreak } from "./chars.ts";

/** Ways to write a scalar. */
export const Style = { plain: 0, single: 1, double: 2, literal: 3, folded: 4 } as const;

/** Where a node stands: at the top, as an item of a list, as the value of a key. */
export type Place = "root" | "item" | "value";

/** Where libyaml's descendants in yaml.v2 and yaml.v3 differ. */
export interface Dialect {
  readonly indent: number;
  /** Columns before lines fold; Infinity for never. */
  readonly width: number;
  /** yaml.v3 writes a few things in another way. */
  readonly version: 2 | 3;
}

/** The style a string gets in block context: the wished one, or the next that can hold it. */
export function chooseStyle(text: string, wish: number, isKey: boolean, dialect: Dialect): number {
  if (text === "") return wish === Style.plain && isKey ? Style.single : wish;
  const is = analyze(text, dialect);
  let style: number = isKey && is.multiline ? Style.double : wish;
  if (style === Style.plain && !is.plainAllowed) style = Style.single;
  if (style === Style.single && !is.singleAllowed) style = Style.double;
  if (style === Style.literal && (!is.blockAllowed || isKey)) style = Style.double;
  return style;
}

interface Analysis {
  readonly multiline: boolean;
  readonly plainAllowed: boolean;
  readonly singleAllowed: boolean;
  readonly blockAllowed: boolean;
}

const harmless: Analysis = { multiline: false, plainAllowed: true, singleAllowed: true, blockAllowed: true };

/** What a text that is not empty holds, as far as it bears on how it can be written. */
function analyze(text: string, dialect: Dialect): Analysis {
  if (isHarmless(text)) return harmless;
  const v3 = dialect.version === 3;
  let indicators = text.startsWith("---") || text.startsWith("...");
  let breaks = false;
  let special = false;
  let breakSpace = false;
  let spaceBreak = false;
  let tabs = false;
  let previousSpace = false;
  let previousBreak = false;
  let afterBlank = true;
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    const beforeBlank = i + 1 >= length || isBlank(text.charCodeAt(i + 1));
    if (i === 0) {
      if (isLeadingIndicator(code)) indicators = true;
      else if ((code === 63 || code === 58 || code === 45) && beforeBlank) indicators = true;
    } else if (code === 58 && beforeBlank) indicators = true;
    else if (code === 35 && afterBlank) indicators = true;
    if (v3 && code === 9) tabs = true;
    else if (!isPrintable(code)) special = true;
    const space = code === 32;
    const brk = !space && isBreak(code);
    if (space && previousBreak) breakSpace = true;
    if (brk) {
      breaks = true;
      if (previousSpace) spaceBreak = true;
    }
    previousSpace = space;
    previousBreak = brk;
    afterBlank = isBlank(code) || brk;
  }
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(length - 1);
  const outer = first === 32 || last === 32 || isBreak(first) || isBreak(last);
  const bad = spaceBreak || special || (v3 && tabs);
  return {
    multiline: breaks,
    plainAllowed: !outer && !breakSpace && !bad && !breaks && !indicators,
    singleAllowed: !breakSpace && !bad,
    blockAllowed: last !== 32 && !(spaceBreak || special),
  };
}

/**
 * True for texts that can stand without quotes for sure, as far as their characters go: ASCII, begun by a letter, digit
 * or slash, without `: `, ` #` and outer blanks. Most strings are so, and need no further analysis.
 */
export function isHarmless(text: string): boolean {
  return harmlessText.test(text);
}

const harmlessText = /^[A-Za-z0-9/](?:[!-9;-~]|:(?=[!-~])| (?=[ !"$-~]))*$/;

/** True for ASCII texts of several lines that a literal scalar can hold: no blank stands before a line's end. */
export function areHarmlessLines(text: string): boolean {
  return harmlessLines.test(text);
}

const harmlessLines = /^(?:[!-~\n]| (?=[ -~]))*$/;

/** Characters that mean something at the start of a node. */
function isLeadingIndicator(code: number): boolean {
  switch (code) {
    case 35: // #
    case 44: // ,
    case 91: // [
    case 93: // ]
    case 123: // {
    case 125: // }
    case 38: // &
    case 42: // *
    case 33: // !
    case 124: // |
    case 62: // >
    case 39: // '
    case 34: // "
    case 37: // %
    case 64: // @
    case 96: // `
      return true;
    default:
      return false;
  }
}

/** A key fits before its `:` when it has no line break and at most 128 bytes. */
export function isSimpleKey(text: string, tagLength: number): boolean {
  for (let i = 0; i < text.length; i++) if (isBreak(text.charCodeAt(i))) return false;
  return text.length <= 32 || byteLength(text) + tagLength <= 128;
}

/** What can stand unescaped; surrogate halves, and so all beyond U+FFFF, cannot. */
export function isPrintable(code: number): boolean {
  if (code < 0x7f) return code >= 0x20 || code === 10;
  return code >= 0xa0 && (code < 0xd800 || (code >= 0xe000 && code !== 0xfeff && code < 0xfffe));
}
