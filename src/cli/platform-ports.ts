import type { PlatformPorts } from "../render/index.ts";
import type { Context } from "./command.ts";

/**
 * What some template functions need of the machine: keys (genCA and its kin), time zones, the local zone. Loaded when
 * templates turn out to need it.
 */
export async function platformPorts(context: Pick<Context, "env">): Promise<PlatformPorts> {
  const { nodeKeys, nodeZones } = await import("../sprig/node.ts");
  return { keys: nodeKeys, zones: nodeZones(context.env), timeZone: localZone(context.env["TZ"]) };
}

/** Go's Local: $TZ where it is set, else what the machine says. */
function localZone(tz: string | undefined): string {
  if (tz !== undefined && tz !== "") return tz.replace(/^:/, "");
  return tz === "" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}
