import assert from "node:assert/strict";
import { test } from "node:test";
import { mostRecent, parseSchedule } from "./cron-schedule.ts";
import { isTimeZone, rfc3339 } from "./time-zone.ts";

const utc = (text: string) => Date.parse(text);

const table: [schedule: string, zone: string, from: string, ...times: string[]][] = [
  ["*/15 * * * *", "", "2026-01-01T00:00:00Z", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"],
  ["0 2 * * *", "", "2026-01-01T02:00:00Z", "2026-01-02T02:00:00Z"],
  ["@hourly", "", "2026-01-01T00:59:59Z", "2026-01-01T01:00:00Z"],
  ["@weekly", "", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z"],
  ["0 0 29 2 *", "", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"],
  [
    "0 12 1,15 * MON",
    "",
    "2026-01-01T13:00:00Z",
    "2026-01-05T12:00:00Z",
    "2026-01-12T12:00:00Z",
    "2026-01-15T12:00:00Z",
  ],
  ["0 12 * * mon-fri", "", "2026-01-02T12:00:00Z", "2026-01-05T12:00:00Z"],
  ["30 6 * JAN,jul *", "", "2026-01-31T07:00:00Z", "2026-07-01T06:30:00Z"],
  ["5/20 * * * *", "", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z", "2026-01-01T00:25:00Z", "2026-01-01T00:45:00Z"],
  ["@every 1h30m", "", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z"],
  ["0 9 * * *", "Asia/Tokyo", "2026-01-01T00:00:01Z", "2026-01-02T00:00:00Z"],
  ["0 9 * * *", "America/New_York", "2026-03-07T15:00:00Z", "2026-03-08T13:00:00Z"],
  // Clocks go forward at 02:00: that day has no 02:30.
  ["30 2 * * *", "America/New_York", "2026-03-07T08:00:00Z", "2026-03-09T06:30:00Z"],
  // Clocks go back at 02:00: 01:30 comes twice.
  ["30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"],
  ["CRON_TZ=Europe/Berlin 0 0 * * *", "", "2026-07-01T12:00:00Z", "2026-07-01T22:00:00Z"],
  // A zone whose clocks skip midnight itself.
  ["0 12 * * *", "America/Asuncion", "2023-09-30T20:00:00Z", "2023-10-01T15:00:00Z"],
];

for (const [text, zone, from, ...times] of table) {
  test(`cron ${text} ${zone} after ${from}`, () => {
    const schedule = parseSchedule(text, zone);
    let at = utc(from);
    for (const time of times) {
      at = schedule.next(at) as number;
      assert.equal(new Date(at).toISOString().replace(".000", ""), time);
    }
  });
}

test("bad schedules are refused in robfig's words", () => {
  for (const [text, message] of [
    ["", "empty spec string"],
    ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["@never", "unrecognized descriptor: @never"],
  ] as const) {
    assert.throws(() => parseSchedule(text), { message });
  }
});

test("the most recent time does not walk through years", () => {
  const schedule = parseSchedule("* * * * *");
  const now = utc("2026-01-01T00:00:30Z");
  assert.deepEqual(mostRecent(schedule, utc("2020-01-01T00:00:00Z"), now), {
    latest: utc("2026-01-01T00:00:00Z"),
    missed: "many",
    earliest: utc("2020-01-01T00:00:00Z"),
  });
  assert.equal(mostRecent(schedule, now - 1000, now).latest, undefined);
  assert.equal(mostRecent(schedule, now - 300_000, now).missed, "few");
});

test("zones", () => {
  assert.ok(isTimeZone("Europe/Berlin") && isTimeZone("UTC") && !isTimeZone("Mars/Base") && !isTimeZone("Local"));
  assert.equal(rfc3339(utc("2026-07-01T12:00:00Z"), "Europe/Berlin"), "2026-07-01T14:00:00+02:00");
  assert.equal(rfc3339(utc("2026-07-01T12:00:00Z"), ""), "2026-07-01T12:00:00Z");
  assert.equal(rfc3339(utc("2026-01-01T12:00:00Z"), "America/St_Johns"), "2026-01-01T08:30:00-03:30");
});
