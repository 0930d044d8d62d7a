/** Cron schedules as robfig/cron's standard parser reads them: five fields, names, ranges, steps, @hourly and @every. Pure. */
import { isTimeZone, startOfDay, wallClock } from "./time-zone.ts";

export interface Schedule {
  /** The first moment after `ms` that the schedule names; undefined when there is none in five years. */
  next(ms: number): number | undefined;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: ReadonlyMap<string, number>;
}

const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: new Map(months.map((name, i) => [name, i + 1])) },
  { min: 0, max: 6, names: new Map(days.map((name, i) => [name, i])) },
];

const shorthand: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

interface Field {
  readonly values: ReadonlySet<number>;
  readonly star: boolean;
}

/** Parses a schedule for a time zone (UTC by default). Throws an Error with robfig's words. */
export function parseSchedule(given: string, timeZone = ""): Schedule {
  let text = given;
  let zone = timeZone;
  const prefixed = /^(?:CRON_TZ|TZ)=(\S+)\s+(.*)$/.exec(text);
  if (prefixed !== null) {
    zone = prefixed[1] as string;
    text = prefixed[2] as string;
    if (!isTimeZone(zone)) throw new Error(`provided bad location ${zone}: unknown time zone ${zone}`);
  }
  if (text.length === 0) throw new Error("empty spec string");
  if (text.startsWith("@every ")) return every(text);
  if (text.startsWith("@")) {
    const full = shorthand[text];
    if (full === undefined) throw new Error(`unrecognized descriptor: ${text}`);
    text = full;
  }
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 5) {
    throw new Error(`expected exactly 5 fields, found ${parts.length}: [${parts.join(" ")}]`);
  }
  const [minute, hour, day, month, weekday] = parts.map((part, i) => parseField(part, fields[i] as Bounds)) as [
    Field,
    Field,
    Field,
    Field,
    Field,
  ];
  return { next: (ms) => nextTime(ms, zone, minute, hour, day, month, weekday) };
}

function every(text: string): Schedule {
  const amount = text.slice("@every ".length);
  let period = 0;
  if (!/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(amount)) {
    throw new Error(`failed to parse duration ${text}: time: invalid duration ${JSON.stringify(amount)}`);
  }
  const unit: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  for (const [, number, name] of amount.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
    period += Number(number) * (unit[name as string] as number);
  }
  period = Math.max(1000, Math.floor(period / 1000) * 1000);
  return { next: (ms) => Math.floor(ms / 1000) * 1000 + period };
}

function parseField(text: string, bounds: Bounds): Field {
  const values = new Set<number>();
  let star = false;
  for (const part of text.split(",").filter((it) => it !== "")) {
    const range = parseRange(part, bounds);
    star ||= range.star;
    for (let value = range.first; value <= range.last; value += range.step) values.add(value);
  }
  return { values, star };
}

function parseRange(text: string, bounds: Bounds): { first: number; last: number; step: number; star: boolean } {
  const halves = text.split("/");
  const ends = (halves[0] as string).split("-");
  const single = ends.length === 1;
  if (ends.length > 2) throw new Error(`too many hyphens: ${text}`);
  if (halves.length > 2) throw new Error(`too many slashes: ${text}`);
  let first: number;
  let last: number;
  let star = false;
  if (ends[0] === "*" || ends[0] === "?") {
    first = bounds.min;
    last = bounds.max;
    star = true;
  } else {
    first = parseNumber(ends[0] as string, bounds);
    last = single ? first : parseNumber(ends[1] as string, bounds);
  }
  let step = 1;
  if (halves.length === 2) {
    step = parseWhole(halves[1] as string);
    // "N/step" means "N-max/step"; a step over the whole range no longer counts as a star.
    if (single && !star) last = bounds.max;
    if (step > 1) star = false;
  }
  if (first < bounds.min) throw new Error(`beginning of range (${first}) below minimum (${bounds.min}): ${text}`);
  if (last > bounds.max) throw new Error(`end of range (${last}) above maximum (${bounds.max}): ${text}`);
  if (first > last) throw new Error(`beginning of range (${first}) beyond end of range (${last}): ${text}`);
  if (step === 0) throw new Error(`step of range should be a positive number: ${text}`);
  return { first, last, step, star };
}

function parseNumber(text: string, bounds: Bounds): number {
  return bounds.names?.get(text.toLowerCase()) ?? parseWhole(text);
}

function parseWhole(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new Error(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const value = Number(text);
  if (value < 0) throw new Error(`negative number (${value}) not allowed: ${text}`);
  return value;
}

/**
 * Walks the wall clock: months, days, hours, minutes. Where the clocks go forward, times that are skipped do not happen;
 * where they go back, they happen twice.
 */
function nextTime(
  ms: number,
  zone: string,
  minute: Field,
  hour: Field,
  day: Field,
  month: Field,
  weekday: Field,
): number | undefined {
  let at = Math.floor(ms / 60_000) * 60_000 + 60_000;
  const limit = at + 5 * 366 * 86_400_000;
  while (at < limit) {
    const wall = wallClock(at, zone);
    if (!month.values.has(wall.month)) {
      const december = wall.month === 12;
      at = startOfDay(december ? wall.year + 1 : wall.year, december ? 1 : wall.month + 1, 1, zone);
    } else if (!dayMatches(wall.day, wall.weekday, day, weekday)) {
      const tomorrow = new Date(Date.UTC(wall.year, wall.month - 1, wall.day + 1));
      at = startOfDay(tomorrow.getUTCFullYear(), tomorrow.getUTCMonth() + 1, tomorrow.getUTCDate(), zone);
    } else if (!hour.values.has(wall.hour)) {
      at += (60 - wall.minute) * 60_000;
    } else if (!minute.values.has(wall.minute)) {
      at += 60_000;
    } else return at;
  }
  return undefined;
}

/** Day of month and day of week: both when one of them is a star, either when both are given. */
function dayMatches(date: number, weekday: number, day: Field, week: Field): boolean {
  const byDay = day.values.has(date);
  const byWeek = week.values.has(weekday);
  return day.star || week.star ? byDay && byWeek : byDay || byWeek;
}

export interface Missed {
  /** The latest time that has come; undefined when none has. */
  readonly latest?: number;
  readonly missed: "none" | "few" | "many";
  readonly earliest: number;
}

/** mostRecentScheduleTime: the latest time between `earliest` and now, without walking through years of missed ones. */
export function mostRecent(schedule: Schedule, earliest: number, now: number): Missed {
  const first = schedule.next(earliest);
  if (first === undefined || now < first) return { missed: "none", earliest };
  const second = schedule.next(first);
  if (second === undefined || now < second) return { latest: first, missed: "none", earliest };
  const between = Math.round((second - first) / 1000);
  const count = Math.floor(Math.floor((now - first) / 1000) / between) + 1;
  let latest: number | undefined;
  let at = schedule.next(first + (count - 2) * between * 1000);
  while (at !== undefined && at <= now) {
    latest = at;
    at = schedule.next(at);
  }
  const missed = count > 100 ? "many" : count > 0 ? "few" : "none";
  return latest === undefined ? { missed, earliest } : { latest, missed, earliest };
}
