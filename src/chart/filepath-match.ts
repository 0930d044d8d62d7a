/**
 * Go's filepath.Match on a system with `/`: `*` and `?` stop at a slash, `[a-z]` and `[^a]` are classes, `\` escapes.
 * The whole name must match. A malformed pattern gives the error `syntax error in pattern` — only when matching reaches
 * the malformed place, or at the end of the name, as in Go.
 */
export class BadPattern extends Error {
  constructor() {
    super("syntax error in pattern");
  }
}

/** Does the name match the shell pattern? Throws {@link BadPattern}. */
export function filepathMatch(pattern: string, name: string): boolean {
  let rest = pattern;
  let text = name;
  while (rest.length > 0) {
    const chunk = nextChunk(rest);
    rest = chunk.rest;
    if (chunk.star && chunk.text === "") return !text.includes("/");
    const direct = matchChunk(chunk.text, text);
    if (direct !== undefined && (direct.length === 0 || rest.length > 0)) {
      text = direct;
      continue;
    }
    if (!chunk.star) {
      checkRest(rest);
      return false;
    }
    const found = matchAfterStar(chunk.text, text, rest);
    if (found === undefined) {
      checkRest(rest);
      return false;
    }
    text = found;
  }
  return text.length === 0;
}

/** Tries the chunk at every later place that a star may reach; the answer is what is left of the name. */
function matchAfterStar(chunk: string, text: string, rest: string): string | undefined {
  for (let i = 0; i < text.length && text[i] !== "/"; i++) {
    const left = matchChunk(chunk, text.slice(i + 1));
    if (left !== undefined && !(rest.length === 0 && left.length > 0)) return left;
  }
  return undefined;
}

/** A failed match still reports a malformed rest of the pattern. */
function checkRest(pattern: string): void {
  let rest = pattern;
  while (rest.length > 0) {
    const chunk = nextChunk(rest);
    rest = chunk.rest;
    matchChunk(chunk.text, "");
  }
}

function nextChunk(pattern: string): { star: boolean; text: string; rest: string } {
  let start = 0;
  while (pattern[start] === "*") start++;
  let inRange = false;
  let i = start;
  for (; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === "\\") {
      if (i + 1 < pattern.length) i++;
    } else if (char === "[") inRange = true;
    else if (char === "]") inRange = false;
    else if (char === "*" && !inRange) break;
  }
  return { star: start > 0, text: pattern.slice(start, i), rest: pattern.slice(i) };
}

/** What is left of the text after the chunk, or undefined when it does not match. Checks the whole chunk's syntax. */
function matchChunk(chunk: string, text: string): string | undefined {
  const pattern = Array.from(chunk);
  const name = Array.from(text);
  let at = 0;
  let failed = false;
  for (let i = 0; i < pattern.length;) {
    if (!failed && at >= name.length) failed = true;
    const char = pattern[i] as string;
    if (char === "[") {
      const result = matchClass(pattern, i + 1, failed ? undefined : name[at]);
      if (!failed) at++;
      if (!result.matched) failed = true;
      i = result.next;
    } else if (char === "?") {
      if (!failed) {
        if (name[at] === "/") failed = true;
        at++;
      }
      i++;
    } else {
      if (char === "\\") {
        i++;
        if (i >= pattern.length) throw new BadPattern();
      }
      if (!failed) {
        if (pattern[i] !== name[at]) failed = true;
        at++;
      }
      i++;
    }
  }
  return failed ? undefined : name.slice(at).join("");
}

function matchClass(pattern: string[], start: number, char: string | undefined): { matched: boolean; next: number } {
  let i = start;
  let negated = false;
  if (pattern[i] === "^") {
    negated = true;
    i++;
  }
  let matched = false;
  for (let count = 0; ; count++) {
    if (pattern[i] === "]" && count > 0) {
      i++;
      break;
    }
    const low = classChar(pattern, i);
    i = low.next;
    let high = low.char;
    if (pattern[i] === "-") {
      const end = classChar(pattern, i + 1);
      high = end.char;
      i = end.next;
    }
    if (char !== undefined) {
      const code = char.codePointAt(0) as number;
      if ((low.char.codePointAt(0) as number) <= code && code <= (high.codePointAt(0) as number)) matched = true;
    }
  }
  return { matched: matched !== negated, next: i };
}

function classChar(pattern: string[], at: number): { char: string; next: number } {
  let i = at;
  if (i >= pattern.length || pattern[i] === "-" || pattern[i] === "]") throw new BadPattern();
  if (pattern[i] === "\\") {
    i++;
    if (i >= pattern.length) throw new BadPattern();
  }
  const char = pattern[i] as string;
  i++;
  // Go wants more of the pattern after a class character: a class that is never closed is malformed.
  if (i >= pattern.length) throw new BadPattern();
  return { char, next: i };
}
