import { nextPiece, type Element } from "./layout.ts";
import { dayNames, monthNames, type WallTime } from "./wall.ts";

/** At least `width` digits; the sign does not count. */
function digits(value: number, width: number): string {
  return (value < 0 ? "-" : "") + String(Math.abs(value)).padStart(width, "0");
}

function zoneText(offset: number, element: Element): string {
  if (element.startsWith("Z") && offset === 0) return "Z";
  const minutes = Math.trunc(offset / 60);
  const size = Math.abs(minutes);
  const colon = element.includes(":") ? ":" : "";
  let out = (minutes < 0 ? "-" : "+") + digits(Math.floor(size / 60), 2);
  if (element.length > 3) out += colon + digits(size % 60, 2);
  if (element.length > 6) out += colon + digits((minutes < 0 ? -offset : offset) % 60, 2);
  return out;
}

function fraction(nanos: number, element: "fraction0" | "fraction9", text: string): string {
  let out = digits(nanos, 9).slice(0, text.length - 1);
  if (element === "fraction9") {
    out = out.replace(/0+$/, "");
    if (out === "") return "";
  }
  return (text[0] as string) + out;
}

function elementText(wall: WallTime, element: Element, text: string): string {
  const hour12 = wall.hour % 12 === 0 ? 12 : wall.hour % 12;
  switch (element) {
    case "2006":
      return digits(wall.year, 4);
    case "06":
      return digits(Math.abs(wall.year) % 100, 2);
    case "January":
      return monthNames[wall.month - 1] as string;
    case "Jan":
      return (monthNames[wall.month - 1] as string).slice(0, 3);
    case "1":
      return String(wall.month);
    case "01":
      return digits(wall.month, 2);
    case "Monday":
      return dayNames[wall.weekday] as string;
    case "Mon":
      return (dayNames[wall.weekday] as string).slice(0, 3);
    case "2":
      return String(wall.day);
    case "_2":
      return String(wall.day).padStart(2, " ");
    case "02":
      return digits(wall.day, 2);
    case "__2":
      return String(wall.yearDay).padStart(3, " ");
    case "002":
      return digits(wall.yearDay, 3);
    case "15":
      return digits(wall.hour, 2);
    case "3":
      return String(hour12);
    case "03":
      return digits(hour12, 2);
    case "4":
      return String(wall.minute);
    case "04":
      return digits(wall.minute, 2);
    case "5":
      return String(wall.second);
    case "05":
      return digits(wall.second, 2);
    case "PM":
      return wall.hour >= 12 ? "PM" : "AM";
    case "pm":
      return wall.hour >= 12 ? "pm" : "am";
    case "MST":
      return wall.zone === "" ? zoneText(wall.offset, "-0700") : wall.zone;
    case "fraction0":
    case "fraction9":
      return fraction(wall.nanosecond, element, text);
    default:
      return zoneText(wall.offset, element);
  }
}

/** time.Format: the wall time in a layout. */
export function formatTime(wall: WallTime, layout: string): string {
  let out = "";
  for (let at = 0; at < layout.length;) {
    const { piece, rest } = nextPiece(layout, at);
    out += piece.literal;
    if (piece.element !== undefined) out += elementText(wall, piece.element, piece.text);
    at = rest;
  }
  return out;
}
