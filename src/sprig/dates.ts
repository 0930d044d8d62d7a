import { GoInt } from "../base/index.ts";
import { parseIntBase } from "./cast.ts";
import type { FamilyPorts, Implementations } from "./families.ts";
import { formatDuration, parseDuration, roundDuration, second } from "./go-duration.ts";
import { GoTime, zeroTime } from "./go-time.ts";
import { parseTime } from "./time-parse.ts";
import { loadLocation, localZone, utc, type Location } from "../gotime/index.ts";

/** The date functions. `now` is the clock's; zones are the machine's where the port has them, else Intl's. */
export function create(ports: FamilyPorts): Implementations {
  const { clock, zones, timeZone } = ports;
  let localMade: Location | undefined;
  const local = () => (localMade ??= localZone(timeZone, zones));
  const known = new Map<string, Location>();
  const location = (name: string) => {
    const found = known.get(name) ?? loadLocation(name, local(), zones) ?? utc;
    known.set(name, found);
    return found;
  };
  const now = () => {
    const ms = clock.now();
    const seconds = Math.floor(ms / 1000);
    return new GoTime(seconds, Math.round((ms - seconds * 1000) * 1e6), local(), local(), true);
  };
  const unix = (value: GoInt) => new GoTime(value.number, 0, local());
  /** What sprig takes for a date; all else, a float64 from values too, is now. */
  const asTime = (value: unknown, kinds: readonly string[]) => {
    if (value instanceof GoTime) return value;
    return value instanceof GoInt && kinds.includes(value.kind) ? unix(value) : now();
  };
  const inZone = (layout: string, date: unknown, zone: string) =>
    asTime(date, ["int64", "int", "int32"]).in(location(zone)).text(layout);
  const modify = (by: string, date: GoTime) => date.add(parseDuration(by));
  const modifyQuietly = (by: string, date: GoTime) => {
    try {
      return modify(by, date);
    } catch {
      return date;
    }
  };
  const read = (layout: string, text: string) => parseTime(layout, text, local());
  return {
    now,
    ago: (date: unknown) => formatDuration(roundDuration(now().minus(asTime(date, ["int64", "int"])), second)),
    date: (layout: string, date: unknown) => inZone(layout, date, "Local"),
    dateInZone: inZone,
    date_in_zone: inZone,
    htmlDate: (date: unknown) => inZone("2006-01-02", date, "Local"),
    htmlDateInZone: (date: unknown, zone: string) => inZone("2006-01-02", date, zone),
    dateModify: modifyQuietly,
    date_modify: modifyQuietly,
    mustDateModify: modify,
    must_date_modify: modify,
    duration: (seconds: unknown) => formatDuration(BigInt.asIntN(64, secondsOf(seconds) * second)),
    durationRound: (value: unknown) => roundToUnit(durationOf(value, now)),
    toDate: (layout: string, text: string) => {
      try {
        return read(layout, text);
      } catch {
        return zeroTime;
      }
    },
    mustToDate: read,
    unixEpoch: (date: GoTime) => String(date.seconds),
  };
}

/** ParseInt's result without its error: text that is too large ends at the bounds. */
function secondsOf(value: unknown): bigint {
  if (value instanceof GoInt && value.kind === "int64") return value.value;
  if (typeof value !== "string" || !/^[+-]?[0-9]+$/.test(value)) return 0n;
  return parseIntBase(value, 10) ?? (value.startsWith("-") ? -(2n ** 63n) : 2n ** 63n - 1n);
}

function durationOf(value: unknown, now: () => GoTime): bigint {
  if (value instanceof GoInt && value.kind === "int64") return value.value;
  if (value instanceof GoTime) return now().minus(value);
  if (typeof value !== "string") return 0n;
  try {
    return parseDuration(value);
  } catch {
    return 0n;
  }
}

const hour = 3600n * second;
const units: readonly (readonly [bigint, string])[] = [
  [hour * 24n * 365n, "y"],
  [hour * 24n * 30n, "mo"],
  [hour * 24n, "d"],
  [hour, "h"],
  [60n * second, "m"],
  [second, "s"],
];

/** The largest unit that is smaller than the duration, without its sign. */
function roundToUnit(value: bigint): string {
  const size = value < 0n ? -value : value;
  for (const [unit, name] of units) if (size > unit) return `${size / unit}${name}`;
  return "0s";
}
