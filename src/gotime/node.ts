import { readFileSync } from "node:fs";
import type { ZonePort } from "./zones.ts";

/** Where Go looks for zone files on Unix. */
const folders = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"];

/**
 * What the rim passes on Node: the machine's time zone files, found as Go finds them: `$ZONEINFO` first, then the usual folders; a name with a slash
 * in front is a file, `Local` is /etc/localtime. Files are read when they are asked for. (Pass `$TZ`, where it is set, as
 * the functions' `timeZone`.)
 */
export function nodeZones(env: Readonly<Record<string, string | undefined>>): ZonePort {
  const { ZONEINFO: own } = env;
  const roots = own === undefined || own === "" ? folders : [own, ...folders];
  return (name) => {
    if (name === "Local") return read("/etc/localtime");
    if (name.startsWith("/")) return read(name);
    for (const root of roots) {
      const bytes = read(`${root}/${name}`);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  };
}

function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
