import { SlipwayError, isSlipwayError, messageOf } from "../base/index.ts";

/**
 * An error's words for a record's description, which tables show in one line: of a wait the first cause alone (the error
 * itself names the rest), of anything else all lines, joined.
 */
export function inOneLine(error: unknown): string {
  const lines = messageOf(error)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const waited = isSlipwayError(error, "release.timeout") || isSlipwayError(error, "release.failed-object");
  return waited ? (lines[0] ?? "") : lines.join("; ");
}

/** Several errors as one: their words and details joined; other facts are the first one's. */
export function joined(errors: readonly unknown[], separator: string): SlipwayError {
  const first = errors[0];
  if (errors.length === 1 && first instanceof SlipwayError) return first;
  const facts = first instanceof SlipwayError ? first.facts : { code: "release.failed", cause: first };
  const details = errors.flatMap((error) => (isSlipwayError(error) ? (error.facts.details ?? []) : []));
  return new SlipwayError(errors.map(messageOf).join(separator), {
    ...facts,
    ...(details.length === 0 ? {} : { details }),
  });
}

/** The same error with words before its own. */
export function prefixed(prefix: string, error: unknown): SlipwayError {
  const facts = error instanceof SlipwayError ? error.facts : { code: "release.failed", cause: error };
  return new SlipwayError(`${prefix}: ${messageOf(error)}`, facts);
}

/** How much of a value is told. */
const longestValue = 160;

/**
 * A server's refusal without the values that it prints whole: `Invalid value: {"labels":…}: field is immutable` where it
 * gives a pod's template with all its empty fields, which fills a screen and says nothing.
 */
export function withoutLongValues(text: string): string {
  return text.replaceAll(/(Invalid value: )(\{.*?\})(?=: )/g, (whole, head: string, value: string) =>
    value.length <= longestValue ? whole : `${head}${value.slice(0, longestValue / 4)}…}`,
  );
}
