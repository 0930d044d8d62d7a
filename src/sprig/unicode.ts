/**
 * Go's simple, one-to-one case mappings and letter classes (package unicode). JavaScript maps whole strings with
 * the special casing of Unicode (ß → SS, final sigma), so runes are mapped one by one here, and the few that have
 * a simple mapping besides their special one are listed.
 */

/** Letters that came into Unicode after 15.0, which Go knows: for Go they are no letters and have no case. */
function isUnknownToGo(rune: number): boolean {
  if (rune < 0x1c89) return false;
  return (
    rune === 0x1c89 ||
    rune === 0x1c8a ||
    (rune >= 0xa7cb && rune <= 0xa7cf) ||
    rune === 0xa7d2 ||
    rune === 0xa7d4 ||
    (rune >= 0xa7da && rune <= 0xa7dc) ||
    (rune >= 0x10d50 && rune <= 0x10d65) ||
    (rune >= 0x10d70 && rune <= 0x10d85) ||
    (rune >= 0x16ea0 && rune <= 0x16ed3)
  );
}

/** Greek small letters with iota subscript: one capital letter each by the simple mapping, two by the special one. */
function iotaCapital(rune: number): number {
  if (rune < 0x1f80 || rune > 0x1ff3) return 0;
  if (rune <= 0x1faf) return (rune & 0xf) < 8 ? rune + 8 : 0;
  return rune === 0x1fb3 || rune === 0x1fc3 || rune === 0x1ff3 ? rune + 9 : 0;
}

const capitalsNewerThanGo = new Set([0x19b, 0x264, 0xa7d3, 0xa7d5, 0xa7db]);

/** unicode.ToUpper. */
export function toUpper(rune: number): number {
  if (rune < 0x80) return rune >= 0x61 && rune <= 0x7a ? rune - 32 : rune;
  if (capitalsNewerThanGo.has(rune) || isUnknownToGo(rune)) return rune;
  return iotaCapital(rune) || single(String.fromCodePoint(rune).toUpperCase(), rune);
}

/** unicode.ToLower. */
export function toLower(rune: number): number {
  if (rune < 0x80) return rune >= 0x41 && rune <= 0x5a ? rune + 32 : rune;
  if (rune === 0x130) return 0x69;
  if (isUnknownToGo(rune)) return rune;
  return single(String.fromCodePoint(rune).toLowerCase(), rune);
}

/** unicode.ToTitle: as upper case, but for the digraphs (Ǆ has ǅ) and Georgian. */
export function toTitle(rune: number): number {
  if (rune >= 0x1c4 && rune <= 0x1cc) return 0x1c5 + 3 * Math.floor((rune - 0x1c4) / 3);
  if (rune >= 0x1f1 && rune <= 0x1f3) return 0x1f2;
  if (rune >= 0x10d0 && rune <= 0x10ff) return rune;
  return toUpper(rune);
}

function single(mapped: string, rune: number): number {
  const code = mapped.codePointAt(0) as number;
  return mapped.length === (code > 0xffff ? 2 : 1) ? code : rune;
}

const classes: Record<string, RegExp> = {};

function inClass(name: string, rune: number): boolean {
  return (classes[name] ??= new RegExp(`^\\p{${name}}$`, "u")).test(String.fromCodePoint(rune));
}

/** unicode.IsUpper. */
export function isUpper(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x41 && rune <= 0x5a;
  return !isUnknownToGo(rune) && inClass("Lu", rune);
}

/** unicode.IsLower. */
export function isLower(rune: number): boolean {
  if (rune < 0x80) return rune >= 0x61 && rune <= 0x7a;
  return !isUnknownToGo(rune) && inClass("Ll", rune);
}

/** unicode.IsTitle. */
export function isTitle(rune: number): boolean {
  return rune >= 0x1c5 && inClass("Lt", rune);
}

/** unicode.IsLetter. */
export function isLetter(rune: number): boolean {
  if (rune < 0x80) return (rune >= 0x61 && rune <= 0x7a) || (rune >= 0x41 && rune <= 0x5a);
  return !isUnknownToGo(rune) && inClass("L", rune);
}

/** unicode.IsDigit. */
export function isDigit(rune: number): boolean {
  return rune < 0x80 ? rune >= 0x30 && rune <= 0x39 : inClass("Nd", rune);
}

/** unicode.IsNumber. */
export function isNumber(rune: number): boolean {
  return rune < 0x80 ? rune >= 0x30 && rune <= 0x39 : inClass("N", rune);
}

/** unicode.IsPunct. */
export function isPunct(rune: number): boolean {
  return inClass("P", rune);
}
