import type { PlatformPorts } from "../render/index.ts";
import type { Context } from "./command.ts";

/** The ports made last, with what they were made of: renderings that share them share their functions. */
let last: { readonly key: string; readonly ports: PlatformPorts } | undefined;

/**
 * What some template functions need of the machine: keys (genCA and its kin), time zones, the local zone. Loaded when
 * templates turn out to need it.
 */
export async function platformPorts({ env }: Pick<Context, "env">): Promise<PlatformPorts> {
  const { nodeKeys } = await import("../sprig/node.ts");
  const { nodeZones } = await import("../gotime/node.ts");
  const { TZ: zone, ZONEINFO: folder } = env;
  const key = JSON.stringify([zone, folder]);
  if (last?.key !== key) {
    const timeZone = zone === undefined ? {} : { timeZone: zone };
    last = { key, ports: { keys: nodeKeys, zones: nodeZones(env), ...timeZone } };
  }
  return last.ports;
}
