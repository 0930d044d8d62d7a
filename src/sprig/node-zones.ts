import { readFileSync } from "node:fs";
import type { ZonePort } from "./ports.ts";

/** Where Go looks for zone files on Unix. */
const folders = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"];

/**
 * The machine's time zone files, found as Go finds them: `$ZONEINFO` first, then the usual folders; `Local` is `$TZ`,
 * or /etc/localtime where it is not set. Files are read when they are asked for.
 */
export function nodeZones(env: Readonly<Record<string, string | undefined>>): ZonePort {
  const roots = env.ZONEINFO ? [env.ZONEINFO, ...folders] : folders;
  const find = (name: string) => {
    for (const root of roots) {
      const bytes = read(`${root}/${name}`);
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  };
  return (name) => {
    if (name !== "Local") return find(name);
    const zone = env.TZ;
    if (zone === undefined) return read("/etc/localtime");
    const path = zone.replace(/^:/, "");
    if (path === "") return undefined;
    return path.startsWith("/") ? read(path) : find(path);
  };
}

function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
