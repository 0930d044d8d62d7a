import { zoneFromFile, type ZoneInfo } from "./zone-file.ts";

/**
 * Where time zones come from: the content of the TZif file of a name (`Europe/Berlin`; `Local` for the machine's own
 * zone), or undefined.
 */
export type ZonePort = (name: string) => Uint8Array | undefined;

/** Go's *time.Location: a name, and what is in force when. */
export interface Location {
  readonly name: string;
  lookup(seconds: number): ZoneInfo;
  /** The offset that an abbreviation has in the zone; Go prefers the one in force at the instant. */
  offsetOf(abbreviation: string, seconds: number): number | undefined;
}

/** A zone that never changes. */
export function fixedZone(name: string, offset: number): Location {
  const info: ZoneInfo = { name, offset, isDst: false };
  return { name, lookup: () => info, offsetOf: (abbreviation) => (abbreviation === name ? offset : undefined) };
}

export const utc: Location = fixedZone("UTC", 0);

function location(name: string, lookup: (seconds: number) => ZoneInfo, kinds: readonly ZoneInfo[]): Location {
  return {
    name,
    lookup,
    offsetOf(abbreviation, seconds) {
      const same = kinds.filter((kind) => kind.name === abbreviation);
      const inForce = same.find((kind) => {
        const found = lookup(seconds - kind.offset);
        return found.name === kind.name;
      });
      return inForce === undefined ? same[0]?.offset : lookup(seconds - inForce.offset).offset;
    },
  };
}

/** time.LoadLocation: undefined for what Go would call unknown. `local` is the zone named Local. */
export function loadLocation(name: string, local: Location, port: ZonePort | undefined): Location | undefined {
  if (name === "" || name === "UTC") return utc;
  if (name === "Local") return local;
  if (name.includes("..") || name.startsWith("/") || name.includes("\\")) return undefined;
  return namedZone(name, name, port);
}

/**
 * Go's Local: the zone of the given name (the machine's TZ), by which it then goes; without a name the machine's zone
 * file, `Local` at the port; else UTC.
 */
export function localZone(timeZone: string | undefined, port: ZonePort | undefined): Location {
  if (timeZone === undefined) {
    const bytes = port?.("Local");
    const file = bytes === undefined ? undefined : zoneFromFile(bytes);
    return file === undefined ? utc : location("Local", file.lookup, file.names);
  }
  const name = timeZone.replace(/^:/, "");
  if (name === "" || name === "UTC") return utc;
  return namedZone(name, name, port) ?? utc;
}

function namedZone(name: string, as: string, port: ZonePort | undefined): Location | undefined {
  if (port !== undefined) {
    const bytes = port(name);
    const file = bytes === undefined ? undefined : zoneFromFile(bytes);
    if (file !== undefined) return location(as, file.lookup, file.names);
  }
  return port === undefined || port("UTC") === undefined ? intlZone(name, as) : undefined;
}

/** Abbreviations that Intl does not know in English: standard, summer, by the offset in hours of Europe's zones. */
const european: Record<string, string> = {
  "0": "WET",
  "1s": "WEST",
  "1": "CET",
  "2s": "CEST",
  "2": "EET",
  "3s": "EEST",
};

/** A zone by Intl, where there are no zone files (in a browser): offsets are right, a few abbreviations are guesses. */
function intlZone(name: string, as: string): Location | undefined {
  let offsets: Intl.DateTimeFormat;
  try {
    offsets = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch {
    return undefined;
  }
  const names = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "short" });
  const part = (format: Intl.DateTimeFormat, seconds: number) =>
    format.formatToParts(seconds * 1000).find((piece) => piece.type === "timeZoneName")?.value ?? "GMT";
  const offsetAt = (seconds: number) => {
    const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(part(offsets, seconds));
    if (match === null || match[1] === undefined) return 0;
    const value = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === "-" ? -value : value;
  };
  const lookup = (seconds: number): ZoneInfo => {
    const offset = offsetAt(seconds);
    const year = new Date(seconds * 1000).getUTCFullYear();
    const standard = Math.min(...[0, 6].map((month) => offsetAt(Date.UTC(year, month, 1) / 1000)));
    const isDst = offset > standard;
    return { offset, isDst, name: abbreviation(name, part(names, seconds), offset, isDst) };
  };
  return location(as, lookup, [lookup(0), lookup(Date.UTC(2024, 0, 1) / 1000), lookup(Date.UTC(2024, 6, 1) / 1000)]);
}

function abbreviation(zone: string, short: string, offset: number, isDst: boolean): string {
  if (/^[A-Z]{3,5}$/.test(short)) return short;
  const fromEurope = zone.startsWith("Europe/") ? european[`${offset / 3600}${isDst ? "s" : ""}`] : undefined;
  if (fromEurope !== undefined) return fromEurope;
  const minutes = Math.abs(offset) / 60;
  const digits = `${String(Math.floor(minutes / 60)).padStart(2, "0")}${minutes % 60 === 0 ? "" : String(minutes % 60).padStart(2, "0")}`;
  return (offset < 0 ? "-" : "+") + digits;
}
