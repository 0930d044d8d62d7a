import assert from "node:assert/strict";
import { test } from "node:test";
import { formats } from "./formats.ts";

/** What Go's time.Parse says of a text as `2006-01-02`, after the text itself. */
const dates: readonly (readonly [text: string, why: string | undefined])[] = [
  ["2024-02-29", undefined],
  ["2026-11-21T10:00:00Z", ': extra text: "T10:00:00Z"'],
  ["2023-02-29", ": day out of range"],
  ["2026-13-01", ": month out of range"],
  ["2026-13", ": month out of range"],
  ["2026-02-00", ": day out of range"],
  ["26-01-01", ' as "2006-01-02": cannot parse "26-01-01" as "2006"'],
  ["2026/01/01", ' as "2006-01-02": cannot parse "/01/01" as "-"'],
  ["2026-1-01", ' as "2006-01-02": cannot parse "1-01" as "01"'],
  ["2026-01", ' as "2006-01-02": cannot parse "" as "-"'],
  ["2026-01-1", ' as "2006-01-02": cannot parse "1" as "02"'],
  ["", ' as "2006-01-02": cannot parse "" as "2006"'],
];

for (const [text, why] of dates)
  test(`format date: ${JSON.stringify(text)}`, () => {
    assert.equal(formats.date?.(text), why === undefined ? undefined : `parsing time ${JSON.stringify(text)}${why}`);
  });
