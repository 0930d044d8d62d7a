import { fromRunes, isAscii, isSpace, mapRunes, runesOf } from "./text.ts";
import {
  isDigit,
  isLetter,
  isLower,
  isNumber,
  isPunct,
  isTitle,
  isUpper,
  toLower,
  toTitle,
  toUpper,
} from "./unicode.ts";

/** strings.ToUpper: rune by rune, so ß stays and İ loses nothing. */
export function upper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : mapRunes(text, toUpper);
}

/** strings.ToLower. */
export function lower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : mapRunes(text, toLower);
}

/** strings.Title: a letter after anything that is no letter, digit, underscore (or, beyond ASCII, no space) is raised. */
export function title(text: string): string {
  let previous = 0x20;
  return mapRunes(text, (rune) => {
    const raise = isSeparator(previous);
    previous = rune;
    return raise ? toTitle(rune) : rune;
  });
}

function isSeparator(rune: number): boolean {
  if (rune <= 0x7f) return !(isDigit(rune) || isLetter(rune) || rune === 0x5f);
  return !isLetter(rune) && !isDigit(rune) && isSpace(rune);
}

/** goutils.Uncapitalize: the first letter of every word in lower case. */
export function untitle(text: string): string {
  let atStart = true;
  return mapRunes(text, (rune) => {
    if (isSpace(rune)) {
      atStart = true;
      return rune;
    }
    const first = atStart;
    atStart = false;
    return first ? toLower(rune) : rune;
  });
}

/** goutils.SwapCase: small letters at the start of a word take title case, the others upper case. */
export function swapcase(text: string): string {
  let atStart = true;
  return mapRunes(text, (rune) => {
    if (isUpper(rune) || isTitle(rune)) {
      atStart = false;
      return toLower(rune);
    }
    if (isLower(rune)) {
      const first = atStart;
      atStart = false;
      return first ? toTitle(rune) : toUpper(rune);
    }
    atStart = isSpace(rune);
    return rune;
  });
}

function isConnector(rune: number): boolean {
  return rune === 0x2d || rune === 0x5f || isSpace(rune);
}

/** xstrings.ToPascalCase (sprig's camelcase): connectors fall away between words, leading and trailing ones stay. */
export function camelcase(text: string): string {
  const runes = runesOf(text);
  const out: number[] = [];
  let i = 0;
  while (i < runes.length && isConnector(runes[i] as number)) out.push(runes[i++] as number);
  // Nothing but connectors: upstream writes the last one once more.
  if (i === runes.length) return fromRunes(out.concat(runes.slice(-1)));
  // `current` is written one step late, because the rune after it decides what becomes of a connector.
  let wasUpper = isUpper(runes[i] as number);
  let current = toUpper(runes[i++] as number);
  for (; i < runes.length; i++) {
    const previous = current;
    current = runes[i] as number;
    if (isConnector(previous)) {
      if (isConnector(current)) {
        out.push(previous);
        continue;
      }
      wasUpper = isUpper(current);
      current = toUpper(current);
      continue;
    }
    if (wasUpper) {
      if (isUpper(current)) current = toLower(current);
      else wasUpper = false;
    }
    out.push(previous);
  }
  out.push(current);
  return fromRunes(out);
}

type Word = "invalid" | "number" | "upper" | "letters" | "connector" | "punct" | "other";

/** A letter that is no Chinese character, by the ranges of xstrings. */
function isAlphabet(rune: number): boolean {
  if (!isLetter(rune)) return false;
  if (rune < 0x3400) return true;
  return !(
    (rune >= 0x4e00 && rune <= 0x9fcc) ||
    (rune >= 0x3400 && rune <= 0x4d85) ||
    (rune >= 0x20000 && rune <= 0x2b81d)
  );
}

/** A rune with the U+FFFD that stand before it (and, for the last one, behind it): upstream looks through those. */
interface Unit {
  readonly rune: number;
  readonly raw: number[];
}

interface Piece {
  readonly kind: Word;
  readonly units: readonly Unit[];
}

/** A byte that is not UTF-8, as our strings carry it. */
const isLone = (rune: number) => rune >= 0xd800 && rune <= 0xdfff;

function unitsOf(text: string): Unit[] {
  const out: Unit[] = [];
  let skipped: number[] = [];
  for (const char of text) {
    const rune = char.codePointAt(0) as number;
    skipped.push(rune);
    if (rune === 0xfffd || isLone(rune)) continue;
    out.push({ rune, raw: skipped });
    skipped = [];
  }
  if (skipped.length === 0) return out;
  const last = out.at(-1);
  if (last === undefined) out.push({ rune: 0xfffd, raw: skipped });
  else last.raw.push(...skipped);
  return out;
}

/** Splits off the next word: a run of one class, where "HTTPStatus" is HTTP and Status. */
function nextWord(units: readonly Unit[], at: number): Piece {
  if (at >= units.length) return { kind: "invalid", units: [] };
  const rune = (index: number) => (units[index] as Unit).rune;
  const first = rune(at);
  const run = (accept: (rune: number) => boolean) => {
    let end = at + 1;
    while (end < units.length && accept(rune(end))) end++;
    return end;
  };
  const piece = (kind: Word, end: number): Piece => ({ kind, units: units.slice(at, end) });
  if (first === 0xfffd) return piece("invalid", at + 1);
  if (isConnector(first)) return piece("connector", run(isConnector));
  if (isPunct(first)) return piece("punct", run(isPunct));
  const body = (code: number) => isAlphabet(code) && !isUpper(code);
  if (isUpper(first)) {
    if (at + 1 === units.length) return piece("upper", at + 1);
    if (isUpper(rune(at + 1))) {
      const end = run(isUpper);
      return piece("upper", end < units.length && isAlphabet(rune(end)) ? end - 1 : end);
    }
    return piece("upper", isAlphabet(rune(at + 1)) ? run(body) : at + 1);
  }
  if (isAlphabet(first)) return piece("letters", run(body));
  if (isNumber(first)) return piece("number", run(isNumber));
  const other = (code: number) => !isConnector(code) && !isAlphabet(code) && !isNumber(code) && !isPunct(code);
  return piece("other", run(other));
}

/** xstrings.ToSnakeCase and ToKebabCase: words in lower case, one connector between them. */
export function joinWords(text: string, connector: string): string {
  const units = unitsOf(text);
  let out = "";
  let at = 0;
  let current: Piece = { kind: "invalid", units: [] };
  const advance = () => {
    current = nextWord(units, at);
    at += current.units.length;
  };
  const write = (piece: Piece) => {
    const runes = piece.units.flatMap((unit) => unit.raw);
    if (piece.kind !== "upper" && piece.kind !== "connector") out += fromRunes(runes);
    else for (const rune of runes) out += isConnector(rune) ? connector : String.fromCodePoint(lowerUpper(rune));
  };
  const writeRest = () => {
    while (isA("letters") || isA("number")) {
      write(current);
      advance();
    }
  };
  const isA = (kind: Word) => current.kind === kind;
  const isWord = () => !isA("connector") && !isA("punct");
  advance();
  while (at < units.length) {
    const previous = current;
    if (previous.kind !== "connector") write(previous);
    advance();
    if (previous.kind === "number") {
      writeRest();
      if (!isA("invalid") && isWord()) out += connector;
    } else if (previous.kind === "connector") {
      write(previous);
    } else if (previous.kind !== "punct") {
      if (!isA("number")) {
        if (isWord()) out += connector;
        continue;
      }
      if (at >= units.length) continue;
      // A number belongs to the word before it ("bld4_floor"), unless small letters follow it ("http_2xx").
      const digits = current;
      advance();
      if (!isA("letters")) {
        write(digits);
        if (isWord()) out += connector;
      } else {
        out += connector;
        write(digits);
        writeRest();
        if (!isA("invalid") && isWord()) out += connector;
      }
    }
  }
  write(current);
  return out;
}

function lowerUpper(rune: number): number {
  return isLone(rune) ? 0xfffd : isUpper(rune) ? toLower(rune) : rune;
}
