// What bin/slipway does in shell, in one Node, for systems without a POSIX shell: looks whether a source is newer than
// the build, builds anew if so, and then is Slipway.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * True when a source, or the folder it stands in, is newer than the build.
 * @param {string} path
 * @param {number} built milliseconds
 * @returns {boolean}
 */
export function isNewer(path, built) {
  if (path.endsWith(".test.ts") || !existsSync(path)) return false;
  const stat = statSync(path);
  if (stat.mtimeMs > built) return true;
  return stat.isDirectory() && readdirSync(path).some((name) => isNewer(join(path, name), built));
}

function currentBuild() {
  const file = join(root, ".slipway", "build", "current");
  if (!existsSync(file)) return undefined;
  const entry = join(root, ".slipway", "build", readFileSync(file, "utf8").split("\n")[0] ?? "", "slipway.cjs");
  const built = statSync(file).mtimeMs;
  const sources = ["src", "package-lock.json", "scripts/build.mjs", "scripts/pack.mjs", "scripts/launch.cjs"];
  return existsSync(entry) && !sources.some((source) => isNewer(join(root, source), built)) ? entry : undefined;
}

/** The entry of a build that fits the sources, built now where there is none. */
async function upToDateEntry() {
  const { setUp } = await import("./setup.mjs");
  setUp(root, (line) => process.stderr.write(`${line}\n`));
  const { buildForClone } = await import("./build.mjs");
  return await buildForClone(root);
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? "")).href) {
  const entry = currentBuild() ?? (await upToDateEntry());
  process.argv[1] = entry;
  createRequire(import.meta.url)(entry);
}
