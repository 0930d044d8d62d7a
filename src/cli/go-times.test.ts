import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRecorded, ansic, goString, localZoneOf, rfc3339 } from "./go-times.ts";

const berlin = { env: { TZ: "Europe/Berlin" } };
const istanbul = { env: { TZ: "Europe/Istanbul" } };

test("times of records print as Go prints them", async () => {
  const rows = [
    [{ env: {} }, "2026-11-01T09:05:03.5+02:00", ansic, "Sun Nov  1 09:05:03 2026"],
    [{ env: {} }, undefined, ansic, "Mon Jan  1 00:00:00 0001"],
    [{ env: {} }, "2026-11-21T11:21:43.27618Z", goString, "2026-11-21 11:21:43.27618 +0000 UTC"],
    [{ env: {} }, "2026-11-21T11:21:43Z", goString, "2026-11-21 11:21:43 +0000 UTC"],
    [{ env: {} }, "2026-11-21T11:21:43.27618Z", rfc3339, "2026-11-21T11:21:43Z"],
    // A zone has a name only where it is the machine's: its summer and its winter, and numbers where it has no letters.
    [berlin, "2026-11-21T12:21:43.276182867+01:00", goString, "2026-11-21 12:21:43.276182867 +0100 CET"],
    [berlin, "2026-07-21T12:21:43.2+02:00", goString, "2026-07-21 12:21:43.2 +0200 CEST"],
    [berlin, "2026-07-21T12:21:43.2+01:00", goString, "2026-07-21 12:21:43.2 +0100 +0100"],
    [istanbul, "2026-07-21T12:21:43+03:00", goString, "2026-07-21 12:21:43 +0300 +03"],
    [
      berlin,
      "2026-01-02T15:04:05.120+02:00",
      "2006-01-02 15:04:05.000Z0700 Mon Jan _2 3PM",
      "2026-01-02 15:04:05.120+0200 Fri Jan  2 3PM",
    ],
    [berlin, "no time", goString, "no time"],
  ] as const;
  for (const [context, text, layout, wanted] of rows)
    assert.equal(formatRecorded(text, layout, await localZoneOf(context, [text])), wanted);
});
