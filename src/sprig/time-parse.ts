import {
  dayNames,
  daysIn,
  fixedZone,
  leapYear,
  monthNames,
  nextPiece,
  utc,
  type Element,
  type Location,
} from "../gotime/index.ts";
import { quoteTime } from "./go-duration.ts";
import { GoTime } from "./go-time.ts";

/** Thrown inside for what does not fit an element; the words are made outside. */
class Bad extends Error {}
/** A number out of its range; the message names which. */
class OutOfRange extends Error {}

/** What has been read so far. */
interface Fields {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanos: number;
  half: "" | "am" | "pm";
  utc: boolean;
  offset: number | undefined;
  zone: string;
}

const isDigit = (char: string | undefined) => char !== undefined && char >= "0" && char <= "9";

/** time.ParseInLocation; throws an Error with Go's words. */
export function parseTime(layout: string, value: string, location: Location): GoTime {
  const fields: Fields = {
    year: 0,
    month: -1,
    day: -1,
    yearDay: -1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
    half: "",
    utc: false,
    offset: undefined,
    zone: "",
  };
  const cannot = (rest: string, element: string) =>
    new Error(
      `parsing time ${quoteTime(value)} as ${quoteTime(layout)}: cannot parse ${quoteTime(rest)} as ${quoteTime(element)}`,
    );
  const wrong = (words: string) => new Error(`parsing time ${quoteTime(value)}: ${words}`);
  let rest = value;
  for (let at = 0; ;) {
    const { piece, rest: next } = nextPiece(layout, at);
    const skipped = skipLiteral(rest, piece.literal);
    rest = skipped.rest;
    if (!skipped.ok) throw cannot(rest, piece.literal);
    if (piece.element === undefined) {
      if (rest !== "") throw wrong(`extra text: ${quoteTime(rest)}`);
      break;
    }
    const hold = rest;
    try {
      const follows = nextPiece(layout, next).piece.element;
      rest = readElement(fields, piece.element, piece.text, rest, follows?.startsWith("fraction") ?? false);
    } catch (error) {
      if (error instanceof OutOfRange) throw wrong(`${error.message} out of range`);
      if (error instanceof Bad) throw cannot(hold, piece.text);
      throw error;
    }
    at = next;
  }
  if (fields.half === "pm" && fields.hour < 12) fields.hour += 12;
  if (fields.half === "am" && fields.hour === 12) fields.hour = 0;
  const problem = settleDay(fields);
  if (problem !== undefined) throw wrong(problem);
  return build(fields, location);
}

/** Literal text of the layout; one space stands for any number of them. */
function skipLiteral(value: string, literal: string): { rest: string; ok: boolean } {
  let rest = value;
  for (let i = 0; i < literal.length;) {
    if (literal[i] === " ") {
      if (rest !== "" && rest[0] !== " ") return { rest, ok: false };
      while (literal[i] === " ") i++;
      rest = rest.replace(/^ +/, "");
      continue;
    }
    if (rest[0] !== literal[i]) return { rest, ok: false };
    i++;
    rest = rest.slice(1);
  }
  return { rest, ok: true };
}

/** One or two digits, exactly two where `fixed`. */
function twoDigits(text: string, fixed: boolean): [number, string] {
  if (!isDigit(text[0])) throw new Bad();
  if (isDigit(text[1])) return [Number(text.slice(0, 2)), text.slice(2)];
  if (fixed) throw new Bad();
  return [Number(text[0]), text.slice(1)];
}

function ranged(value: number, low: number, high: number, name: string): number {
  if (value < low || value > high) throw new OutOfRange(name);
  return value;
}

function oneOf(names: readonly string[], text: string): [number, string] {
  const index = names.findIndex((name) => text.slice(0, name.length).toLowerCase() === name.toLowerCase());
  if (index < 0) throw new Bad();
  return [index, text.slice((names[index] as string).length)];
}

const short = (names: readonly string[]) => names.map((name) => name.slice(0, 3));

function nanoseconds(text: string): number {
  if (text[0] !== "." && text[0] !== ",") throw new Bad();
  const digits = text.slice(1, 10);
  if (!/^[0-9]+$/.test(digits)) throw new Bad();
  return Number(digits.padEnd(9, "0"));
}

function readElement(
  fields: Fields,
  element: Element,
  written: string,
  text: string,
  fractionFollows: boolean,
): string {
  let value: number;
  let rest = text;
  switch (element) {
    case "06":
      if (!/^[0-9]{2}/.test(text)) throw new Bad();
      fields.year = Number(text.slice(0, 2)) + (Number(text.slice(0, 2)) >= 69 ? 1900 : 2000);
      return text.slice(2);
    case "2006":
      if (!/^[0-9]{4}/.test(text)) throw new Bad();
      fields.year = Number(text.slice(0, 4));
      return text.slice(4);
    case "Jan":
    case "January":
      [value, rest] = oneOf(element === "Jan" ? short(monthNames) : monthNames, text);
      fields.month = value + 1;
      return rest;
    case "1":
    case "01":
      [value, rest] = twoDigits(text, element === "01");
      fields.month = ranged(value, 1, 12, "month");
      return rest;
    case "Mon":
    case "Monday":
      return oneOf(element === "Mon" ? short(dayNames) : dayNames, text)[1];
    case "2":
    case "_2":
    case "02":
      [fields.day, rest] = twoDigits(element === "_2" ? text.replace(/^ /, "") : text, element === "02");
      return rest;
    case "__2":
    case "002": {
      const body = element === "__2" ? text.replace(/^ {1,2}/, "") : text;
      const digits = (/^[0-9]{0,3}/.exec(body) as RegExpExecArray)[0];
      if (digits === "" || (element === "002" && digits.length !== 3)) throw new Bad();
      fields.yearDay = Number(digits);
      return body.slice(digits.length);
    }
    case "15":
      [value, rest] = twoDigits(text, false);
      fields.hour = ranged(value, 0, 23, "hour");
      return rest;
    case "3":
    case "03":
      [value, rest] = twoDigits(text, element === "03");
      fields.hour = ranged(value, 0, 12, "hour");
      return rest;
    case "4":
    case "04":
      [value, rest] = twoDigits(text, element === "04");
      fields.minute = ranged(value, 0, 59, "minute");
      return rest;
    case "5":
    case "05":
      [value, rest] = twoDigits(text, element === "05");
      fields.second = ranged(value, 0, 59, "second");
      return fractionFollows ? rest : looseFraction(fields, rest);
    case "PM":
    case "pm": {
      const half = text.slice(0, 2);
      const known = element === "PM" ? ["AM", "PM"] : ["am", "pm"];
      if (!known.includes(half)) throw new Bad();
      fields.half = half.toLowerCase() as "am" | "pm";
      return text.slice(2);
    }
    case "MST":
      if (text.startsWith("UTC")) {
        fields.utc = true;
        return text.slice(3);
      }
      fields.zone = text.slice(0, zoneNameLength(text));
      return text.slice(fields.zone.length);
    case "fraction0":
      if (text.length < written.length) throw new Bad();
      fields.nanos = nanoseconds(text.slice(0, written.length));
      return text.slice(written.length);
    case "fraction9":
      return /^[.,][0-9]/.test(text) ? looseFraction(fields, text) : text;
    default:
      return readOffset(fields, element, text);
  }
}

/** A fraction of the second may follow in the value where the layout has none. */
function looseFraction(fields: Fields, text: string): string {
  const match = /^[.,][0-9]+/.exec(text);
  if (match === null) return text;
  fields.nanos = nanoseconds(match[0]);
  return text.slice(match[0].length);
}

const offsetShapes: Record<string, RegExp> = {
  "7": /^(.)(..)(..)(..)/s,
  "6": /^(.)(..):(..)/s,
  "9": /^(.)(..):(..):(..)/s,
  "5": /^(.)(..)(..)/s,
  "3": /^(.)(..)/s,
};

function readOffset(fields: Fields, element: Element, text: string): string {
  if (element.startsWith("Z") && text.startsWith("Z")) {
    fields.utc = true;
    return text.slice(1);
  }
  const match = (offsetShapes[String(element.length)] as RegExp).exec(text);
  if (match === null) throw new Bad();
  const [all, sign, ...parts] = match as unknown as [string, string, ...string[]];
  const numbers: number[] = [];
  let bad = false;
  for (const part of parts) {
    if (bad || !/^[0-9]{2}$/.test(part)) bad = true;
    else numbers.push(Number(part));
  }
  const [hours = 0, minutes = 0, seconds = 0] = numbers;
  ranged(hours, 0, 24, "time zone offset hour");
  ranged(minutes, 0, 60, "time zone offset minute");
  ranged(seconds, 0, 60, "time zone offset second");
  if (bad || (sign !== "+" && sign !== "-")) throw new Bad();
  const offset = (hours * 60 + minutes) * 60 + seconds;
  fields.offset = sign === "-" ? -offset : offset;
  return text.slice(all.length);
}

/** How much of the text looks like a zone's abbreviation. */
function zoneNameLength(text: string): number {
  if (text.length < 3) throw new Bad();
  if (text.startsWith("ChST") || text.startsWith("MeST")) return 4;
  if (text.startsWith("GMT")) return 3 + signedOffsetLength(text.slice(3));
  if (text[0] === "+" || text[0] === "-") {
    const length = signedOffsetLength(text);
    if (length === 0) throw new Bad();
    return length;
  }
  const capitals = (/^[A-Z]{0,6}/.exec(text) as RegExpExecArray)[0];
  if (capitals.length === 3) return 3;
  if (capitals.length === 4 && (capitals.endsWith("T") || capitals === "WITA")) return 4;
  if (capitals.length === 5 && capitals.endsWith("T")) return 5;
  throw new Bad();
}

function signedOffsetLength(text: string): number {
  const match = /^[+-]([0-9]+)/.exec(text);
  return match === null || Number(match[1]) > 23 ? 0 : match[0].length;
}

/** Month and day from the day of the year, and the day's range; answers what is wrong. */
function settleDay(fields: Fields): string | undefined {
  if (fields.yearDay >= 0) {
    if (fields.yearDay < 1 || fields.yearDay > (leapYear(fields.year) ? 366 : 365)) return "day-of-year out of range";
    let month = 1;
    let day = fields.yearDay;
    while (day > daysIn(month, fields.year)) day -= daysIn(month++, fields.year);
    if (fields.month >= 0 && fields.month !== month) return "day-of-year does not match month";
    if (fields.day >= 0 && fields.day !== day) return "day-of-year does not match day";
    fields.month = month;
    fields.day = day;
  }
  if (fields.month < 0) fields.month = 1;
  if (fields.day < 0) fields.day = 1;
  return fields.day < 1 || fields.day > daysIn(fields.month, fields.year) ? "day out of range" : undefined;
}

function build(fields: Fields, location: Location): GoTime {
  const ofDay = fields.hour * 3600 + fields.minute * 60 + fields.second;
  const at = (zone: Location) => GoTime.of(fields.year, fields.month, fields.day, ofDay, fields.nanos, zone, location);
  if (fields.utc) return at(utc);
  if (fields.offset !== undefined && fields.offset !== -1) {
    const time = at(utc).add(BigInt(-fields.offset) * 1000000000n);
    const local = location.lookup(time.seconds);
    const isLocal = local.offset === fields.offset && (fields.zone === "" || local.name === fields.zone);
    return time.in(isLocal ? location : fixedZone(fields.zone, fields.offset));
  }
  if (fields.zone !== "") {
    const time = at(utc);
    const known = location.offsetOf(fields.zone, time.seconds);
    if (known !== undefined) return time.add(BigInt(-known) * 1000000000n).in(location);
    const invented = fields.zone.startsWith("GMT") && fields.zone.length > 3 ? Number(fields.zone.slice(3)) * 3600 : 0;
    return time.in(fixedZone(fields.zone, invented));
  }
  return at(location);
}
