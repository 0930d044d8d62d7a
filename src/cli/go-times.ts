import { formatTime, parseRfc3339, utc, wallTime, zeroMoment, type Location } from "../gotime/index.ts";
import type { Context } from "./command.ts";

/** time.ANSIC, as `status` and `history` have it. */
export const ansic = "Mon Jan _2 15:04:05 2006";
/** time.RFC3339. */
export const rfc3339 = "2006-01-02T15:04:05Z07:00";
/** What time.Time's String() prints. */
export const goString = "2006-01-02 15:04:05.999999999 -0700 MST";

/**
 * A time of a record in one of Go's layouts: the zero time where there is none, text that is no time as it is. Zones
 * have names only in a local zone (`localZoneOf`).
 */
export function formatRecorded(text: string | undefined, layout: string, local: Location = utc): string {
  const moment = text === undefined ? zeroMoment : parseRfc3339(text, local);
  if (moment === undefined) return text as string;
  return formatTime(wallTime(moment.seconds, moment.nanos, moment.location), layout);
}

/** The machine's zone, as Go finds it (`$TZ`, /etc/localtime). Nothing is read where all times are in UTC. */
export async function localZoneOf(
  context: Pick<Context, "env">,
  times: Iterable<string | undefined>,
): Promise<Location> {
  if ([...times].every((time) => time === undefined || time.endsWith("Z"))) return utc;
  const { localZone } = await import("../gotime/index.ts");
  const { nodeZones } = await import("../gotime/node.ts");
  return localZone(context.env["TZ"], nodeZones(context.env));
}
