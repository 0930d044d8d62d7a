import { GoObject, int, type GoInt } from "../base/index.ts";
import { func, type Func } from "../gotemplate/index.ts";
import {
  dayNames,
  dayNumber,
  formatTime,
  monthNames,
  utc,
  wallTime,
  type Location,
  type WallTime,
} from "../gotime/index.ts";
import { GoDuration, second } from "./go-duration.ts";

/** Seconds from 1 January of year 1 to 1970: Go's zero time lies there. */
export const zeroSeconds = -62135596800;

/** Go's time.Time: an instant, to the nanosecond, with the zone in which it is shown. */
export class GoTime extends GoObject {
  readonly goType = "time.Time";
  /** Whole seconds since 1970. */
  readonly seconds: number;
  readonly nanos: number;
  readonly location: Location;
  /** time.Now's second reading, which only String shows. */
  readonly monotonic: boolean;
  /** Go's Local, for the method of that name. */
  readonly local: Location;
  constructor(seconds: number, nanos: number, location: Location, local: Location = location, monotonic = false) {
    super();
    this.local = local;
    const carry = Math.floor(nanos / 1e9);
    this.seconds = seconds + carry;
    this.nanos = nanos - carry * 1e9;
    this.location = location;
    this.monotonic = monotonic;
  }

  /** The time of a wall clock in a zone (time.Date); fields beyond their ranges count on. */
  static of(
    year: number,
    month: number,
    day: number,
    secondOfDay: number,
    nanos: number,
    location: Location,
    local: Location = location,
  ): GoTime {
    const wall = dayNumber(year, month, day) * 86400 + secondOfDay;
    const guess = location.lookup(wall).offset;
    const offset = guess === 0 ? 0 : location.lookup(wall - guess).offset;
    return new GoTime(wall - offset, nanos, location, local);
  }

  in(location: Location): GoTime {
    return new GoTime(this.seconds, this.nanos, location, this.local);
  }
  add(nanoseconds: bigint): GoTime {
    const whole = Number(nanoseconds / second);
    const nanos = this.nanos + Number(nanoseconds % second);
    return new GoTime(this.seconds + whole, nanos, this.location, this.local, this.monotonic);
  }
  /** t.Sub(other) in nanoseconds, held within int64 as Go does. */
  minus(other: GoTime): bigint {
    const value = BigInt(this.seconds - other.seconds) * second + BigInt(this.nanos - other.nanos);
    const limit = 2n ** 63n;
    return value >= limit ? limit - 1n : value < -limit ? -limit : value;
  }
  get isZero(): boolean {
    return this.seconds === zeroSeconds && this.nanos === 0;
  }
  get unixNano(): bigint {
    return BigInt(this.seconds) * second + BigInt(this.nanos);
  }
  wall(): WallTime {
    return wallTime(this.seconds, this.nanos, this.location);
  }
  /** time.Format. */
  text(layout: string): string {
    return formatTime(this.wall(), layout);
  }
  format(): string {
    const text = this.text("2006-01-02 15:04:05.999999999 -0700 MST");
    return this.monotonic ? `${text} m=+0.000000001` : text;
  }
  /** RFC 3339, as MarshalJSON has it; years beyond four digits are an error there. */
  override toJSON(): unknown {
    const { year } = this.wall();
    if (year < 0 || year >= 10000) {
      throw new Error(
        "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]",
      );
    }
    return this.text("2006-01-02T15:04:05.999999999Z07:00");
  }
  /** yaml.v3 writes a timestamp, unquoted. */
  toYaml(): { plain: string } {
    return { plain: this.text("2006-01-02T15:04:05.999999999Z07:00") };
  }
  /** reflect.DeepEqual looks at the fields: the instant and the very zone. */
  deepEquals(other: GoTime): boolean {
    return this.seconds === other.seconds && this.nanos === other.nanos && this.location === other.location;
  }
  override method(name: string): Func | undefined {
    const make = methods[name];
    return make === undefined ? undefined : make(this);
  }
}

/** A named integer with a String method: time.Month, time.Weekday. */
class NamedInt extends GoObject {
  readonly goType: string;
  readonly underlying: GoInt;
  private readonly text: string;
  constructor(goType: string, value: number, text: string) {
    super();
    this.goType = goType;
    this.underlying = int(value);
    this.text = text;
  }
  override get goKind(): string {
    return "int";
  }
  format(): string {
    return this.text;
  }
  override get truth(): boolean {
    return this.underlying.value !== 0n;
  }
  override toJSON(): unknown {
    return this.underlying;
  }
  override method(name: string): Func | undefined {
    return name === "String" ? func([], () => this.text, { result: "string" }) : undefined;
  }
}

class GoLocation extends GoObject {
  readonly goType = "*time.Location";
  readonly location: Location;
  constructor(location: Location) {
    super();
    this.location = location;
  }
  format(): string {
    return this.location.name;
  }
  override method(name: string): Func | undefined {
    return name === "String" ? func([], () => this.location.name, { result: "string" }) : undefined;
  }
}

const number = (value: (wall: WallTime) => number) => (time: GoTime) =>
  func([], () => value(time.wall()), { result: "int" });
const compare = (test: (difference: number) => boolean) => (time: GoTime) =>
  func(["time.Time"], (other: GoTime) => test(time.seconds - other.seconds || time.nanos - other.nanos), {
    result: "bool",
  });
const instant = (change: (time: GoTime) => GoTime) => (time: GoTime) =>
  func([], () => change(time), { result: "time.Time" });
const int64Of = (value: (time: GoTime) => bigint) => (time: GoTime) => func([], () => value(time), { result: "int64" });

/** time.Time's methods that a template can use: those with one result, or a result and an error. */
const methods: Record<string, (time: GoTime) => Func> = {
  Year: number((wall) => wall.year),
  Day: number((wall) => wall.day),
  Hour: number((wall) => wall.hour),
  Minute: number((wall) => wall.minute),
  Second: number((wall) => wall.second),
  Nanosecond: number((wall) => wall.nanosecond),
  YearDay: number((wall) => wall.yearDay),
  Month: (time) =>
    func([], () => new NamedInt("time.Month", time.wall().month, monthNames[time.wall().month - 1] as string), {
      result: "time.Month",
    }),
  Weekday: (time) =>
    func([], () => new NamedInt("time.Weekday", time.wall().weekday, dayNames[time.wall().weekday] as string), {
      result: "time.Weekday",
    }),
  Unix: int64Of((time) => BigInt(time.seconds)),
  UnixMilli: int64Of((time) => BigInt(time.seconds) * 1000n + BigInt(Math.floor(time.nanos / 1e6))),
  UnixMicro: int64Of((time) => BigInt(time.seconds) * 1000000n + BigInt(Math.floor(time.nanos / 1000))),
  UnixNano: int64Of((time) => BigInt.asIntN(64, time.unixNano)),
  String: (time) => func([], () => time.format(), { result: "string" }),
  Format: (time) => func(["string"], (layout) => time.text(layout), { result: "string" }),
  UTC: instant((time) => time.in(utc)),
  Local: instant((time) => time.in(time.local)),
  In: (time) => func(["*time.Location"], (to: GoLocation) => time.in(to.location), { result: "time.Time" }),
  Location: (time) => func([], () => new GoLocation(time.location), { result: "*time.Location" }),
  IsZero: (time) => func([], () => time.isZero, { result: "bool" }),
  IsDST: (time) => func([], () => time.location.lookup(time.seconds).isDst, { result: "bool" }),
  After: compare((difference) => difference > 0),
  Before: compare((difference) => difference < 0),
  Equal: compare((difference) => difference === 0),
  Compare: (time) =>
    func(["time.Time"], (other: GoTime) => Math.sign(time.seconds - other.seconds || time.nanos - other.nanos), {
      result: "int",
    }),
  Add: (time) => func(["time.Duration"], (by: GoDuration) => time.add(by.nanoseconds), { result: "time.Time" }),
  Sub: (time) => func(["time.Time"], (other: GoTime) => new GoDuration(time.minus(other)), { result: "time.Duration" }),
  AddDate: (time) =>
    func(["int", "int", "int"], (years, months, days) => addDate(time, years, months, days), { result: "time.Time" }),
  Round: (time) =>
    func(["time.Duration"], (to: GoDuration) => rounded(time, to.nanoseconds, true), { result: "time.Time" }),
  Truncate: (time) =>
    func(["time.Duration"], (to: GoDuration) => rounded(time, to.nanoseconds, false), { result: "time.Time" }),
};

function addDate(time: GoTime, years: number, months: number, days: number): GoTime {
  const wall = time.wall();
  const ofDay = wall.hour * 3600 + wall.minute * 60 + wall.second;
  return GoTime.of(
    wall.year + years,
    wall.month + months,
    wall.day + days,
    ofDay,
    wall.nanosecond,
    time.location,
    time.local,
  );
}

/** Round and Truncate count from the zero time, not from 1970. */
function rounded(time: GoTime, to: bigint, up: boolean): GoTime {
  const plain = new GoTime(time.seconds, time.nanos, time.location, time.local);
  if (to <= 0n) return plain;
  const since = BigInt(time.seconds - zeroSeconds) * second + BigInt(time.nanos);
  const rest = ((since % to) + to) % to;
  return plain.add(up && rest * 2n >= to ? to - rest : -rest);
}

/** Go's zero time. */
export const zeroTime = new GoTime(zeroSeconds, 0, utc);
