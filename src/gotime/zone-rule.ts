import { dateOf, dayNumber, daysIn, leapYear, weekdayOf } from "./civil.ts";
import type { ZoneInfo } from "./zone-file.ts";

/**
 * A POSIX TZ rule (`CET-1CEST,M3.5.0,M10.5.0/3`), as the end of a zone file has it: what is in force at an instant.
 * Undefined for an empty or malformed rule.
 */
export function parsePosixZone(rule: string): ((seconds: number) => ZoneInfo) | undefined {
  const name = "(<[^>]+>|[A-Za-z]{3,})";
  const time = "([+-]?[0-9]{1,3}(?::[0-9]{1,2}){0,2})";
  const match = new RegExp(
    `^${name}${time}(?:${name}${time}?(?:,([^,/]+)(?:/${time})?,([^,/]+)(?:/${time})?)?)?$`,
  ).exec(rule);
  if (match === null) return undefined;
  const [, stdName, stdTime, dstName, dstTime, start, startTime, end, endTime] = match as unknown as string[];
  const plain = (text: string) => text.replace(/^<|>$/g, "");
  const stdOffset = -seconds(stdTime as string);
  const standard: ZoneInfo = { name: plain(stdName as string), offset: stdOffset, isDst: false };
  if (dstName === undefined) return () => standard;
  const offset = dstTime === undefined ? stdOffset + 3600 : -seconds(dstTime);
  const summer: ZoneInfo = { name: plain(dstName), offset, isDst: true };
  const from = dayRule(start ?? "M3.2.0");
  const to = dayRule(end ?? "M11.1.0");
  if (from === undefined || to === undefined) return undefined;
  const fromTime = seconds(startTime ?? "2");
  const toTime = seconds(endTime ?? "2");
  return (at) => {
    // Go takes the year in UTC, too.
    const { year } = dateOf(Math.floor(at / 86400));
    const yearStart = dayNumber(year, 1, 1) * 86400;
    const inYear = at - yearStart;
    const starts = from(year) + fromTime - stdOffset;
    const ends = to(year) + toTime - offset;
    const isSummer = starts < ends ? inYear >= starts && inYear < ends : inYear >= starts || inYear < ends;
    return isSummer ? summer : standard;
  };
}

/** [+-]h[h[h]][:mm[:ss]] in seconds. */
function seconds(text: string): number {
  const [hours, minutes = "0", rest = "0"] = text.replace(/^[+-]/, "").split(":") as [string, string?, string?];
  const value = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
  return text.startsWith("-") ? -value : value;
}

/** The second of the year, at midnight, on which a rule's day begins. */
function dayRule(rule: string): ((year: number) => number) | undefined {
  const month = /^M([0-9]{1,2})\.([1-5])\.([0-6])$/.exec(rule);
  if (month !== null) {
    const [m, week, weekday] = month.slice(1).map(Number) as [number, number, number];
    return (year) => {
      const first = dayNumber(year, m, 1);
      let day = 1 + ((weekday - weekdayOf(first) + 7) % 7) + (week - 1) * 7;
      if (day > daysIn(m, year)) day -= 7;
      return (first + day - 1 - dayNumber(year, 1, 1)) * 86400;
    };
  }
  const julian = /^J([0-9]{1,3})$/.exec(rule);
  if (julian !== null) {
    const day = Number(julian[1]);
    return (year) => (day - 1 + (leapYear(year) && day >= 60 ? 1 : 0)) * 86400;
  }
  return /^[0-9]{1,3}$/.test(rule) ? () => Number(rule) * 86400 : undefined;
}
