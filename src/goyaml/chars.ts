/**
 * Character classes as libyaml sees them. Code 0 stands for the end of the text: a NUL byte never gets past the
 * reader, and every text is scanned with a few NULs behind it.
 */

/** Line breaks of YAML 1.1: CR, LF, NEL, LS, PS. */
export function isBreak(code: number): boolean {
  return code === 10 || code === 13 || (code > 127 && (code === 0x85 || code === 0x2028 || code === 0x2029));
}

/** A line break or the end. */
export function isBreakOrEnd(code: number): boolean {
  return (
    code === 10 || code === 0 || code === 13 || (code > 127 && (code === 0x85 || code === 0x2028 || code === 0x2029))
  );
}

/** Space, tab, a line break or the end. */
export function isBlankOrEnd(code: number): boolean {
  return (
    code === 32 ||
    code === 10 ||
    code === 9 ||
    code === 0 ||
    code === 13 ||
    (code > 127 && (code === 0x85 || code === 0x2028 || code === 0x2029))
  );
}

/** Space or tab. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** What anchors, tag handles and directive names are made of: letters, digits, `_` and `-`. */
export function isWord(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45
  );
}

/** The value of a hexadecimal digit, or -1. */
export function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  if (code >= 97 && code <= 102) return code - 87;
  return -1;
}
