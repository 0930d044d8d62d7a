import { dayNumber } from "./civil.ts";
import { fixedZone, utc, type Location } from "./zones.ts";

/** A time.Time: an instant to the nanosecond, and the zone in which it is shown. */
export interface Moment {
  /** Whole seconds since 1970. */
  readonly seconds: number;
  readonly nanos: number;
  readonly location: Location;
}

/** Go's zero time: 1 January of year 1. */
export const zeroMoment: Moment = { seconds: -62135596800, nanos: 0, location: utc };

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * A time as encoding/json reads it; undefined for other text. Like time.Parse it is shown in the local zone where that
 * has the written offset at that instant, else in one without a name.
 */
export function parseRfc3339(text: string, local: Location = utc): Moment | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const nanos = Number((match[7] ?? "").padEnd(9, "0").slice(0, 9));
  const wall = dayNumber(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  if (match[8] === undefined) return { seconds: wall, nanos, location: utc };
  const offset = (match[8] === "-" ? -1 : 1) * (Number(match[9]) * 3600 + Number(match[10]) * 60);
  const seconds = wall - offset;
  return { seconds, nanos, location: local.lookup(seconds).offset === offset ? local : fixedZone("", offset) };
}
