/** Wall-clock time in a named zone, by the zone data that JavaScript has. Pure. */

export interface Wall {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Minutes east of UTC. */
  readonly offset: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, found);
  }
  return found;
}

/** Whether the zone is known; `Local` is refused as upstream refuses it. */
export function isTimeZone(zone: string): boolean {
  if (zone.toLowerCase() === "local" || /^[+-]/.test(zone)) return false;
  if (zone === "" || zone === "UTC") return true;
  try {
    format(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the clock on the wall says in `zone` ("" and "UTC" are UTC). */
export function wallClock(ms: number, zone: string): Wall {
  if (zone === "" || zone === "UTC") return wallOf(ms, 0);
  const parts: Record<string, number> = {};
  for (const { type, value } of format(zone).formatToParts(ms)) if (type !== "literal") parts[type] = Number(value);
  const at = Date.UTC(
    parts["year"] as number,
    (parts["month"] as number) - 1,
    parts["day"],
    parts["hour"],
    parts["minute"],
    parts["second"],
  );
  return wallOf(ms, Math.round((at - Math.floor(ms / 1000) * 1000) / 60_000));
}

function wallOf(ms: number, offset: number): Wall {
  const date = new Date(ms + offset * 60_000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    offset,
  };
}

/** The moment of a wall-clock midnight; where a change of the clocks skips it, the first moment after. */
export function startOfDay(year: number, month: number, day: number, zone: string): number {
  const guess = Date.UTC(year, month - 1, day);
  let ms = guess - wallClock(guess, zone).offset * 60_000;
  ms = guess - wallClock(ms, zone).offset * 60_000;
  const wall = wallClock(ms, zone);
  // A skipped midnight lands in the hour before it: the day begins where the clocks jump to.
  if (wall.hour >= 12) ms += (24 - wall.hour) * 3_600_000 - wall.minute * 60_000 - wall.second * 1000;
  return ms;
}

/** RFC 3339 with the zone's offset, as time.RFC3339 prints it. */
export function rfc3339(ms: number, zone: string): string {
  const wall = wallClock(ms, zone);
  const two = (value: number) => String(value).padStart(2, "0");
  const text = `${wall.year}-${two(wall.month)}-${two(wall.day)}T${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
  if (wall.offset === 0) return `${text}Z`;
  const size = Math.abs(wall.offset);
  return `${text}${wall.offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** time.RFC1123Z in UTC: `Thu, 01 Jan 2026 00:00:00 +0000`. */
export function rfc1123z(ms: number): string {
  return new Date(ms).toUTCString().replace(/GMT$/, "+0000");
}
