import { parsePosixZone } from "./zone-rule.ts";

/** What is in force in a zone at an instant. */
export interface ZoneInfo {
  /** `CET`, `+03`. */
  readonly name: string;
  /** Seconds east of Greenwich. */
  readonly offset: number;
  readonly isDst: boolean;
}

interface ZoneData {
  readonly kinds: readonly ZoneInfo[];
  readonly times: readonly number[];
  /** The kind from each of the times on. */
  readonly kindAt: readonly number[];
  /** The rule for times after the last. */
  readonly rule: string;
}

/** Reads a TZif file (RFC 9636), the 64-bit part where there is one; undefined for anything else. */
function readZoneFile(bytes: Uint8Array): ZoneData | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = header(view, 0);
  if (first === undefined) return undefined;
  if (first.version === 0) return body(view, first, 44, 4);
  const start = 44 + bodySize(first, 4);
  const second = header(view, start);
  return second === undefined ? undefined : body(view, second, start + 44, 8);
}

interface Header {
  readonly version: number;
  readonly utCount: number;
  readonly stdCount: number;
  readonly leapCount: number;
  readonly timeCount: number;
  readonly kindCount: number;
  readonly charCount: number;
}

function header(view: DataView, at: number): Header | undefined {
  if (view.byteLength < at + 44 || view.getUint32(at) !== 0x545a6966) return undefined;
  const [utCount, stdCount, leapCount, timeCount, kindCount, charCount] = [20, 24, 28, 32, 36, 40].map((offset) =>
    view.getUint32(at + offset),
  ) as [number, number, number, number, number, number];
  return { version: view.getUint8(at + 4), utCount, stdCount, leapCount, timeCount, kindCount, charCount };
}

function bodySize(h: Header, width: 4 | 8): number {
  return h.timeCount * (width + 1) + h.kindCount * 6 + h.charCount + h.leapCount * (width + 4) + h.stdCount + h.utCount;
}

function body(view: DataView, h: Header, start: number, width: 4 | 8): ZoneData | undefined {
  const end = start + bodySize(h, width);
  if (view.byteLength < end || h.kindCount === 0) return undefined;
  const times: number[] = [];
  for (let i = 0; i < h.timeCount; i++) {
    const at = start + i * width;
    times.push(width === 8 ? Number(view.getBigInt64(at)) : view.getInt32(at));
  }
  const kindAt: number[] = [];
  const kindsStart = start + h.timeCount * (width + 1);
  for (let i = 0; i < h.timeCount; i++) kindAt.push(view.getUint8(start + h.timeCount * width + i));
  const namesStart = kindsStart + h.kindCount * 6;
  const kinds: ZoneInfo[] = [];
  for (let i = 0; i < h.kindCount; i++) {
    const at = kindsStart + i * 6;
    const name = cString(view, namesStart + view.getUint8(at + 5));
    kinds.push({ offset: view.getInt32(at), isDst: view.getUint8(at + 4) !== 0, name });
  }
  return { kinds, times, kindAt, rule: width === 8 ? footer(view, end) : "" };
}

function cString(view: DataView, start: number): string {
  let out = "";
  for (let at = start; at < view.byteLength && view.getUint8(at) !== 0; at++)
    out += String.fromCharCode(view.getUint8(at));
  return out;
}

function footer(view: DataView, start: number): string {
  let out = "";
  for (let at = start + 1; at < view.byteLength && view.getUint8(at) !== 10; at++)
    out += String.fromCharCode(view.getUint8(at));
  return out;
}

/** Before the first change Go takes the first zone that is no summer time. */
function firstKind(zone: ZoneData): ZoneInfo {
  const first = zone.kindAt[0];
  const used = zone.kindAt.includes(0);
  if (!used) return zone.kinds[0] as ZoneInfo;
  if (first !== undefined && (zone.kinds[first] as ZoneInfo).isDst) {
    for (let i = first - 1; i >= 0; i--) if (!(zone.kinds[i] as ZoneInfo).isDst) return zone.kinds[i] as ZoneInfo;
  }
  return zone.kinds.find((kind) => !kind.isDst) ?? (zone.kinds[0] as ZoneInfo);
}

/** The content of a zone file as a lookup by instant (seconds since 1970); undefined where it is no zone file. */
export function zoneFromFile(
  bytes: Uint8Array,
): { lookup(seconds: number): ZoneInfo; names: readonly ZoneInfo[] } | undefined {
  const zone = readZoneFile(bytes);
  if (zone === undefined) return undefined;
  const rule = parsePosixZone(zone.rule);
  const lookup = (seconds: number): ZoneInfo => {
    const { times, kindAt, kinds } = zone;
    if (times.length === 0 || seconds < (times[0] as number)) {
      return times.length === 0 && rule !== undefined ? rule(seconds) : firstKind(zone);
    }
    if (seconds >= (times.at(-1) as number)) return rule?.(seconds) ?? (kinds[kindAt.at(-1) as number] as ZoneInfo);
    let low = 0;
    let high = times.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (seconds < (times[middle] as number)) high = middle;
      else low = middle;
    }
    return kinds[kindAt[low] as number] as ZoneInfo;
  };
  return { lookup, names: zone.kinds };
}
