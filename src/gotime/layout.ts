/**
 * Go's reference layouts (`Mon Jan 2 15:04:05 MST 2006`), taken apart. A piece is literal text or one of the elements
 * of package time; which of two readings of the same characters holds is decided as there.
 */
export type Element =
  | "January"
  | "Jan"
  | "1"
  | "01"
  | "Monday"
  | "Mon"
  | "2"
  | "_2"
  | "02"
  | "__2"
  | "002"
  | "15"
  | "3"
  | "03"
  | "4"
  | "04"
  | "5"
  | "05"
  | "2006"
  | "06"
  | "PM"
  | "pm"
  | "MST"
  | "Z0700"
  | "Z070000"
  | "Z07"
  | "Z07:00"
  | "Z07:00:00"
  | "-0700"
  | "-070000"
  | "-07"
  | "-07:00"
  | "-07:00:00"
  | "fraction0"
  | "fraction9";

export interface Piece {
  /** What stands before the element. */
  readonly literal: string;
  /** Unset for what follows the last element. */
  readonly element?: Element;
  /** The element as it is written in the layout. */
  readonly text: string;
}

const zoneElements = [
  "Z070000",
  "Z07:00:00",
  "Z0700",
  "Z07:00",
  "Z07",
  "-070000",
  "-07:00:00",
  "-0700",
  "-07:00",
  "-07",
] as const;
const zeroElements = ["01", "02", "03", "04", "05", "06"] as const;
const isDigit = (char: string | undefined) => char !== undefined && char >= "0" && char <= "9";
const startsLower = (char: string | undefined) => char !== undefined && char >= "a" && char <= "z";

/** The element that starts at `at`, its length, and how far its literal prefix reaches beyond `at`. */
function elementAt(layout: string, at: number): { element: Element; length: number; skip?: number } | undefined {
  const has = (text: string) => layout.startsWith(text, at);
  const make = (element: Element, length = element.length) => ({ element, length });
  switch (layout[at]) {
    case "J":
      if (has("January")) return make("January");
      return has("Jan") && !startsLower(layout[at + 3]) ? make("Jan") : undefined;
    case "M":
      if (has("Monday")) return make("Monday");
      if (has("Mon") && !startsLower(layout[at + 3])) return make("Mon");
      return has("MST") ? make("MST") : undefined;
    case "0": {
      const two = zeroElements.find(has);
      return two !== undefined ? make(two) : has("002") ? make("002") : undefined;
    }
    case "1":
      return has("15") ? make("15") : make("1");
    case "2":
      return has("2006") ? make("2006") : make("2");
    case "_":
      if (has("_2006")) return { element: "2006", length: 4, skip: 1 };
      if (has("_2")) return make("_2");
      return has("__2") ? make("__2") : undefined;
    case "3":
      return make("3");
    case "4":
      return make("4");
    case "5":
      return make("5");
    case "P":
      return has("PM") ? make("PM") : undefined;
    case "p":
      return has("pm") ? make("pm") : undefined;
    case "-":
    case "Z": {
      const zone = zoneElements.find(has);
      return zone === undefined ? undefined : make(zone);
    }
    case ".":
    case ",": {
      const digit = layout[at + 1];
      if (digit !== "0" && digit !== "9") return undefined;
      let end = at + 1;
      while (layout[end] === digit) end++;
      return isDigit(layout[end]) ? undefined : make(digit === "0" ? "fraction0" : "fraction9", end - at);
    }
    default:
      return undefined;
  }
}

/** The first element of a layout, with what stands before it; `rest` is where the next begins. */
export function nextPiece(layout: string, from: number): { piece: Piece; rest: number } {
  for (let at = from; at < layout.length; at++) {
    const found = elementAt(layout, at);
    if (found === undefined) continue;
    const start = at + (found.skip ?? 0);
    const rest = start + found.length;
    return {
      piece: { literal: layout.slice(from, start), element: found.element, text: layout.slice(start, rest) },
      rest,
    };
  }
  return { piece: { literal: layout.slice(from), text: "" }, rest: layout.length };
}
