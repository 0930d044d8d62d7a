/**
 * yaml.v2's order of string keys: digit runs compare as numbers, letters come behind everything else, letters by code
 * point. `a2` < `a10`, `B` < `a`, `_` < `A`.
 */
export function compareNatural(a: string, b: string): number {
  return compare(a, b, false);
}

/** yaml.v3's order: the same, but behind a digit a letter comes before everything else (`a1b` < `a1-`). */
export function compareNaturalV3(a: string, b: string): number {
  return compare(a, b, true);
}

function compare(a: string, b: string, v3: boolean): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 97 && x <= 122 && y >= 97 && y <= 122) return x - y;
    return compareAt(a, b, i, v3);
  }
  return a.length - b.length;
}

/** The order by the first difference, at UTF-16 unit i. */
function compareAt(a: string, b: string, at: number, v3: boolean): number {
  // A difference in the second half of a pair is one of the whole character.
  const i =
    at > 0 && (a.charCodeAt(at) & 0xfc00) === 0xdc00 && (a.charCodeAt(at - 1) & 0xfc00) === 0xd800 ? at - 1 : at;
  const x = a.codePointAt(i) as number;
  const y = b.codePointAt(i) as number;
  const letterA = isLetter(x);
  const letterB = isLetter(y);
  if (letterA && letterB) return x - y;
  if (letterA || letterB) {
    const behindDigit = v3 && i > 0 && isDigit(a.charCodeAt(i - 1));
    return letterA === behindDigit ? -1 : 1;
  }
  // Behind digits a zero is a digit of that number, not a leading zero.
  let leads = false;
  if (x === 48 || y === 48) {
    for (let j = i - 1; j >= 0 && isDigit(a.charCodeAt(j)); j--) {
      if (a.charCodeAt(j) !== 48) {
        leads = true;
        break;
      }
    }
  }
  const endA = digitsEnd(a, i);
  const endB = digitsEnd(b, i);
  const byValue = compareRuns(a, endA, b, endB, i, leads);
  if (byValue !== 0) return byValue;
  if (endA !== endB) return endA - endB;
  return x - y;
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  return end;
}

function compareRuns(a: string, endA: number, b: string, endB: number, from: number, leads: boolean): number {
  if (endA - from <= 15 && endB - from <= 15) return runValue(a, from, endA, leads) - runValue(b, from, endB, leads);
  const x = longRunValue(a, from, endA, leads);
  const y = longRunValue(b, from, endB, leads);
  return x < y ? -1 : x > y ? 1 : 0;
}

function runValue(text: string, from: number, end: number, leads: boolean): number {
  let value = leads ? 1 : 0;
  for (let i = from; i < end; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}

/** Long runs overflow int64 in Go, and so they do here. */
function longRunValue(text: string, from: number, end: number, leads: boolean): bigint {
  let value = leads ? 1n : 0n;
  for (let i = from; i < end; i++) value = BigInt.asIntN(64, value * 10n + BigInt(text.charCodeAt(i) - 48));
  return value;
}

/** unicode.IsDigit. */
function isDigit(code: number): boolean {
  if (code < 128) return code >= 48 && code <= 57;
  return /^\p{Nd}/u.test(String.fromCharCode(code));
}

/** unicode.IsLetter. */
function isLetter(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return /^\p{L}/u.test(String.fromCodePoint(code));
}
