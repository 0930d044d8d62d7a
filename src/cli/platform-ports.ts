import type { PlatformPorts } from "../render/index.ts";
import type { Context } from "./command.ts";

/**
 * What some template functions need of the machine: keys (genCA and its kin), time zones, the local zone. Loaded when
 * templates turn out to need it.
 */
export async function platformPorts(context: Pick<Context, "env">): Promise<PlatformPorts> {
  const { nodeKeys, nodeZones } = await import("../sprig/node.ts");
  const zone = context.env["TZ"];
  return { keys: nodeKeys, zones: nodeZones(context.env), ...(zone === undefined ? {} : { timeZone: zone }) };
}
