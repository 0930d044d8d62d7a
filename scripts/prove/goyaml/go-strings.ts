import { fromBytes } from "../../../src/base/index.ts";

/** All string literals of a Go source file, read as Go reads them. */
export function goStrings(source: string): string[] {
  const found: string[] = [];
  const pattern = /\/\/[^\n]*|'(?:[^'\\\n]|\\.)+'|`([^`]*)`|"((?:[^"\\\n]|\\.)*)"/g;
  for (const match of source.matchAll(pattern)) {
    if (match[1] !== undefined) found.push(match[1]);
    else if (match[2] !== undefined) found.push(unquote(match[2]));
  }
  return found;
}

const simple: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

function unquote(text: string): string {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = 0; i < text.length;) {
    if (text[i] !== "\\") {
      const char = String.fromCodePoint(text.codePointAt(i) as number);
      bytes.push(...encoder.encode(char));
      i += char.length;
      continue;
    }
    const letter = text.charAt(i + 1);
    const octal = /^[0-7]{3}/.exec(text.slice(i + 1))?.[0];
    const length = letter === "x" ? 2 : letter === "u" ? 4 : letter === "U" ? 8 : 0;
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (length > 0) {
      const code = Number.parseInt(text.slice(i + 2, i + 2 + length), 16);
      if (length === 2) bytes.push(code);
      else bytes.push(...encoder.encode(String.fromCodePoint(code)));
    } else bytes.push(simple[letter] ?? letter.charCodeAt(0));
    i += octal === undefined ? 2 + length : 4;
  }
  return fromBytes(Uint8Array.from(bytes));
}
