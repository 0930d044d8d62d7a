/** Times as Go writes them. A time is its RFC 3339 text, so that nothing is lost between reader and writer. */

/** `time.Now()` as encoding/json writes it: local time with its offset, `Z` for UTC. */
export function goTimestamp(ms: number): string {
  const offset = -new Date(ms).getTimezoneOffset();
  const local = new Date(ms + offset * 60_000).toISOString();
  const seconds = local.slice(0, 19);
  const fraction = local.slice(20, 23).replace(/0+$/, "");
  return `${seconds}${fraction === "" ? "" : `.${fraction}`}${offset === 0 ? "Z" : zone(offset)}`;
}

function zone(minutes: number): string {
  const sign = minutes < 0 ? "-" : "+";
  const total = Math.abs(minutes);
  return `${sign}${pad(Math.floor(total / 60))}:${pad(total % 60)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** Milliseconds since 1970; NaN for no time at all. */
export function timeOf(text: string | undefined): number {
  return text === undefined ? Number.NaN : Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
}
