import { dateOf, dayNumber, weekdayOf } from "./civil.ts";
import type { Location } from "./zones.ts";

export const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
export const dayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** The clock of a wall in some zone. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  readonly weekday: number;
  readonly yearDay: number;
  readonly offset: number;
  readonly zone: string;
}

/** What a wall clock shows in a zone at an instant: seconds since 1970 and nanoseconds within the second. */
export function wallTime(seconds: number, nanosecond: number, location: Location): WallTime {
  const { offset, name } = location.lookup(seconds);
  const local = seconds + offset;
  const days = Math.floor(local / 86400);
  const rest = local - days * 86400;
  const date = dateOf(days);
  return {
    ...date,
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
    nanosecond,
    weekday: weekdayOf(days),
    yearDay: days - dayNumber(date.year, 1, 1) + 1,
    offset,
    zone: name,
  };
}
