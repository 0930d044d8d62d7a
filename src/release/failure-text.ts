import { isSlipwayError, messageOf } from "../base/index.ts";

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
