/** Times as Go writes and prints them. A time is its RFC 3339 text, so that nothing is lost between reader and writer. */

/** `time.Now()` as encoding/json writes it: local time with its offset, `Z` for UTC. */
export function goTimestamp(ms: number): string {
  const offset = -new Date(ms).getTimezoneOffset();
  const local = new Date(ms + offset * 60_000).toISOString();
  const seconds = local.slice(0, 19);
  const fraction = local.slice(20, 23).replace(/0+$/, "");
  return `${seconds}${fraction === "" ? "" : `.${fraction}`}${offset === 0 ? "Z" : zone(offset, ":")}`;
}

function zone(minutes: number, separator: string): string {
  const sign = minutes < 0 ? "-" : "+";
  const total = Math.abs(minutes);
  return `${sign}${pad(Math.floor(total / 60))}${separator}${pad(total % 60)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Up to nine digits, as written. */
  readonly fraction: string;
  readonly offset: number;
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;

function parts(text: string): Parts | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, tz] = match as unknown as string[];
  const offset =
    tz === "Z" ? 0 : (tz?.startsWith("-") ? -1 : 1) * (Number(tz?.slice(1, 3)) * 60 + Number(tz?.slice(4, 6)));
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction: fraction ?? "",
    offset,
  };
}

/** Go's zero time. */
const zero: Parts = { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, fraction: "", offset: 0 };

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** time.ANSIC: `Sat Nov 21 11:21:43 2026`, in the zone it was written in; the zero time where there is none. */
export function formatAnsic(text: string | undefined): string {
  const time = parts(text ?? "") ?? zero;
  const date = new Date(0);
  date.setUTCFullYear(time.year, time.month - 1, time.day);
  const day = String(time.day).padStart(2, " ");
  return `${weekdays[date.getUTCDay()]} ${months[time.month - 1]} ${day} ${pad(time.hour)}:${pad(time.minute)}:${pad(time.second)} ${String(time.year).padStart(4, "0")}`;
}

/** time.Time's String(): `2026-11-21 11:21:43.276182867 +0000 UTC`. */
export function formatGoString(text: string): string {
  const time = parts(text);
  if (time === undefined) return text;
  const fraction = time.fraction.replace(/0+$/, "");
  const offset = zone(time.offset, "");
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction === "" ? "" : `.${fraction}`} ${offset} ${zoneName(text, time.offset, offset)}`;
}

/** Go names the zone when the offset is the local one's at that time, else repeats the offset. */
function zoneName(text: string, offset: number, fallback: string): string {
  if (text.endsWith("Z")) return "UTC";
  const date = new Date(text);
  if (-date.getTimezoneOffset() !== offset) return fallback;
  const name = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" })
    .formatToParts(date)
    .find((part) => part.type === "timeZoneName")?.value;
  return name === undefined || name.startsWith("GMT") ? fallback : name;
}

/** time.RFC3339: without fractions. */
export function formatRfc3339(text: string): string {
  return text.replace(/\.\d+/, "");
}

/** Milliseconds since 1970; NaN for no time at all. */
export function timeOf(text: string | undefined): number {
  return text === undefined ? Number.NaN : Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
}

/** time.Time's Format with a Go layout, for `list --time-format`. */
export function formatLayout(text: string, layout: string): string {
  const time = parts(text);
  if (time === undefined) return text;
  const date = new Date(0);
  date.setUTCFullYear(time.year, time.month - 1, time.day);
  const fullMonths = [
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
  const fullDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  const hour12 = time.hour % 12 === 0 ? 12 : time.hour % 12;
  const nanos = time.fraction.padEnd(9, "0");
  const colon = (withZ: boolean) => (withZ && time.offset === 0 ? "Z" : zone(time.offset, ":"));
  const plain = (withZ: boolean) => (withZ && time.offset === 0 ? "Z" : zone(time.offset, ""));
  return layout.replace(
    /January|Jan|Monday|Mon|MST|2006|Z07:00|Z0700|Z07|-07:00|-0700|-07|[.,]0+(?!\d)|[.,]9+(?!\d)|002|01|02|03|04|05|06|15|PM|pm|_2|1|2|3|4|5/g,
    (token) => {
      switch (token) {
        case "January":
          return fullMonths[time.month - 1] as string;
        case "Jan":
          return months[time.month - 1] as string;
        case "Monday":
          return fullDays[date.getUTCDay()] as string;
        case "Mon":
          return weekdays[date.getUTCDay()] as string;
        case "MST":
          return zoneName(text, time.offset, zone(time.offset, "").replace(/00$/, ""));
        case "2006":
          return String(time.year).padStart(4, "0");
        case "06":
          return pad(time.year % 100);
        case "01":
          return pad(time.month);
        case "1":
          return String(time.month);
        case "02":
          return pad(time.day);
        case "_2":
          return String(time.day).padStart(2, " ");
        case "2":
          return String(time.day);
        case "002": {
          const start = new Date(0);
          start.setUTCFullYear(time.year, 0, 1);
          return String(Math.round((date.getTime() - start.getTime()) / 86_400_000) + 1).padStart(3, "0");
        }
        case "15":
          return pad(time.hour);
        case "03":
          return pad(hour12);
        case "3":
          return String(hour12);
        case "04":
          return pad(time.minute);
        case "4":
          return String(time.minute);
        case "05":
          return pad(time.second);
        case "5":
          return String(time.second);
        case "PM":
          return time.hour < 12 ? "AM" : "PM";
        case "pm":
          return time.hour < 12 ? "am" : "pm";
        case "Z07:00":
          return colon(true);
        case "-07:00":
          return colon(false);
        case "Z0700":
          return plain(true);
        case "-0700":
          return plain(false);
        case "Z07":
          return time.offset === 0 ? "Z" : plain(false).slice(0, 3);
        case "-07":
          return plain(false).slice(0, 3);
        default: {
          const digits = nanos.slice(0, token.length - 1);
          if (token[1] === "0") return `${token[0]}${digits}`;
          const trimmed = digits.replace(/0+$/, "");
          return trimmed === "" ? "" : `${token[0]}${trimmed}`;
        }
      }
    },
  );
}
