import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { OutlineCache } from "../render/index.ts";
import type { Context } from "./command.ts";

/** One file may be so large, … */
const mostBytes = 32 << 20;
/** … and there may be so many, and so much of them altogether; the oldest go. */
const mostFiles = 100;
const mostOfAll = 256 << 20;

/** An {@link OutlineCache} in the user's cache folder. */
export interface OutlineFolder extends OutlineCache {
  /** Writes what was to be kept: to be called when the user has the output. */
  flush(): Promise<void>;
}

/**
 * Where the outlines of charts are kept: `slipway/outlines` in the user's cache folder, a file a chart, readable by the user alone.
 * Undefined where SLIPWAY_OUTLINE_CACHE is `off`, and where Slipway runs from its sources, whose outlines may change
 * any moment. A folder that cannot be written to, and files that are damaged, are as good as none.
 */
export function outlineFolder(
  context: Pick<Context, "env">,
  { build }: { readonly build?: string } = import.meta as object,
): OutlineFolder | undefined {
  const { env } = context;
  const home = env["XDG_CACHE_HOME"] || `${env["HOME"] || env["LOCALAPPDATA"] || ""}/.cache`;
  if (build === undefined || env["SLIPWAY_OUTLINE_CACHE"] === "off" || home === "/.cache") return undefined;
  const folder = join(home, "slipway", "outlines");
  const path = (name: string) => join(folder, `${name.replaceAll(/[^\w.+-]/g, "_").slice(0, 100)}-${build}`);
  const pending = new Map<string, () => Promise<Uint8Array>>();
  return {
    read(name) {
      try {
        return readFileSync(path(name));
      } catch {
        return undefined;
      }
    },
    keep(name, make) {
      pending.set(name, make);
    },
    same: (a, b) => Buffer.compare(a, b) === 0,
    async flush() {
      for (const [name, make] of pending) await write(folder, path(name), make);
      pending.clear();
    },
  };
}

/** Writes a file that nobody sees before it is whole; nothing is made where it could not be written. */
async function write(folder: string, path: string, make: () => Promise<Uint8Array>): Promise<void> {
  const pending = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = openSync(pending, "w", 0o600);
    try {
      const bytes = await make();
      if (bytes.length <= mostBytes) writeFileSync(file, bytes);
    } finally {
      closeSync(file);
    }
    renameSync(pending, path);
    removeOldest(folder);
  } catch {
    // A cache is only a cache.
    unlink(pending);
  }
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const { size, mtimeMs } = statSync(path);
    return { path, size, mtimeMs };
  });
  let sum = 0;
  files
    .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    .forEach(({ path, size }, i) => {
      sum += size;
      if (i >= mostFiles || sum > mostOfAll) unlink(path);
    });
}

/** Removes a file, if it is there and may go. */
function unlink(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Then it stays.
  }
}
