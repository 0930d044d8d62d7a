/** White space as Go's unicode.IsSpace has it: unlike JavaScript's, with U+0085 and without U+FEFF. */
const goSpace = "\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const leading = new RegExp(`^[${goSpace}]+`);
const isSpace = new RegExp(`[${goSpace}]`);

/** strings.TrimLeft with unicode.IsSpace. */
export function goTrimStart(text: string): string {
  const code = text.charCodeAt(0);
  return code > 32 && code < 127 ? text : text.replace(leading, "");
}

/** strings.TrimRight with unicode.IsSpace. */
export function goTrimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace.test(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

/** strings.TrimSpace. */
export function goTrim(text: string): string {
  return goTrimEnd(goTrimStart(text));
}

/**
 * The documents of a rendered file or a release's manifest, as Helm cuts them, without looking at the YAML: a line that
 * starts with `---` ends a document, whatever follows on it. Helm 3 trims every document on both sides; Helm 4 (since
 * 4.2.4) only in front, so blank lines and carriage returns at the end stay.
 */
export function splitManifests(text: string, helmVersion: 3 | 4 = 4): string[] {
  return helmVersion === 3 ? splitTrimmed(goTrim(text)) : splitKeepingEnds(goTrimStart(text));
}

function splitKeepingEnds(text: string): string[] {
  const documents: string[] = [];
  const add = (document: string) => {
    const trimmed = goTrimStart(document);
    if (trimmed !== "") documents.push(trimmed);
  };
  let from = 0;
  for (let at = nextSeparator(text, 0); at >= 0; at = nextSeparator(text, from)) {
    add(text.slice(from, at));
    from = at + 3;
    while (text[from] === " " || text[from] === "\t") from++;
  }
  add(text.slice(from));
  return documents;
}

/** Where the next line starts with `---`; `from` itself only counts at the very start or after a newline. */
function nextSeparator(text: string, from: number): number {
  if ((from === 0 || text[from - 1] === "\n") && text.startsWith("---", from)) return from;
  const at = text.indexOf("\n---", from);
  return at < 0 ? -1 : at + 1;
}

/** Helm 3's separator takes the white space around it; a second `---` right after is no separator but a document. */
function splitTrimmed(text: string): string[] {
  const documents: string[] = [];
  const add = (document: string) => {
    if (document !== "") documents.push(goTrim(document));
  };
  let from = 0;
  for (let searchFrom = 0; ;) {
    const atStart = searchFrom === 0 && text.startsWith("---");
    const newline = atStart ? -1 : text.indexOf("\n---", searchFrom);
    if (!atStart && newline < 0) break;
    let start = atStart ? 0 : newline;
    while (start > from && asciiSpace(text.charCodeAt(start - 1))) start--;
    add(text.slice(from, start));
    from = atStart ? 3 : newline + 4;
    while (from < text.length && asciiSpace(text.charCodeAt(from))) from++;
    searchFrom = from;
    if (from >= text.length) break;
  }
  add(text.slice(from));
  return documents;
}

/** RE2's \s. */
function asciiSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 12 || code === 13;
}
