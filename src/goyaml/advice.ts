/**
 * What to do about a YAML error, in one sentence, for those whose cause is nearly always the same; undefined for others.
 * @param message Go's words
 * @param began 1-based line on which what is wrong began
 */
export function advice(message: string, began: number): string | undefined {
  for (const [part, say] of known) if (message.includes(part)) return say(began);
  return undefined;
}

const known: readonly (readonly [part: string, say: (began: number) => string])[] = [
  [
    "mapping values are not allowed in this context",
    () => "Put the value in quotes if it holds a colon followed by a blank, or indent the key as its neighbours are.",
  ],
  ["found a tab character", () => "Indent with spaces: YAML does not allow tabs there."],
  [
    "found character that cannot start any token",
    () => "Indent with spaces, not tabs, and put values that begin with @, ` or % in quotes.",
  ],
  ["found unexpected end of stream", (began) => `Close the quote that is opened in line ${began} of the YAML.`],
  [
    "could not find expected ':'",
    (began) =>
      `Line ${began} of the YAML needs a colon after its key, or belongs to the text above it and must be indented.`,
  ],
  [
    "did not find expected key",
    (began) => `Give all keys of the block that begins in line ${began} of the YAML the same indentation.`,
  ],
  [
    "did not find expected '-' indicator",
    (began) => `Give all items of the list that begins in line ${began} of the YAML the same indentation.`,
  ],
  [
    "did not find expected ',' or ']'",
    (began) => `Close the [ in line ${began} of the YAML, or put a comma between its items.`,
  ],
  [
    "did not find expected ',' or '}'",
    (began) => `Close the { in line ${began} of the YAML, or put a comma between its pairs.`,
  ],
  ["block sequence entries are not allowed", () => "Put the list on the line after its key, or the value in quotes."],
  ["found unknown escape character", () => "Double the backslash, or use single quotes."],
  ["unknown anchor", () => "Define the anchor with & before it is used; values that begin with * must be in quotes."],
  ["did not find expected alphabetic or numeric character", () => "Put values that begin with * or & in quotes."],
  ["control characters are not allowed", () => "Remove the character, or write it as an escape in double quotes."],
  ["UTF-8", () => "Save the file as UTF-8."],
  ["already set in map", () => "Remove one of the two."],
  ["unsupported map key of type: %!s(<nil>)", () => "Give the key a name: null cannot be one."],
  [
    "document contains excessive aliasing",
    () => "Use fewer aliases of aliases: the document grows too large when they are written out.",
  ],
];
