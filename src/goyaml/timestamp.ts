/**
 * Whether yaml.v2 takes a text for a timestamp: `2006-1-2`, `2006-1-2 15:4:5.9`, and RFC 3339 with `T` or `t` and a
 * zone. Year, month and so on must exist, as time.Parse demands.
 */
export function parseTimestamp(text: string): boolean {
  // All forms start with four digits and a dash.
  if (text.charCodeAt(4) !== 45) return false;
  const match = /^(\d{4})-(\d\d?)-(\d\d?)(?:([Tt ]) *(\d\d?):(\d\d?):(\d\d?)(?:[.,](\d+))?(Z|[-+]\d\d:\d\d)?)?$/.exec(
    text,
  );
  if (match === null) return false;
  const [, year, month, day, separator, hour, minute, second, , zone] = match as unknown as string[];
  if (!isDate(Number(year), Number(month), Number(day))) return false;
  if (separator === undefined) return true;
  if (separator === " " ? zone !== undefined : zone === undefined) return false;
  // time.Parse lets blanks pass where its layout has one.
  if (separator !== " " && /[Tt] /.test(text)) return false;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return false;
  if (zone === undefined || zone === "Z") return true;
  return Number(zone.slice(1, 3)) <= 24 && Number(zone.slice(4)) < 60;
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= length;
}
