// Makes node_modules fit package-lock.json. Runs before `npm start` and `npm test`, and when bin/slipway has to build.
// Plain JavaScript for Node 20 and later: this is the one file that runs before our own Node is there.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findNode } from "./node-path.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * True when node_modules was installed from this very lock: the stamp that the last install left holds its hash.
 * @param {string} folder the clone
 */
export function isInstalled(folder) {
  const stamp = stampFile(folder);
  return existsSync(stamp) && readFileSync(stamp, "utf8").trim() === lockHash(folder);
}

/** @param {string} folder */
function stampFile(folder) {
  return join(folder, "node_modules", ".slipway-lock");
}

/**
 * The hash of what decides an install: the lock, and for which machine it was made.
 * @param {string} folder
 */
export function lockHash(folder) {
  const hash = createHash("sha256");
  hash.update(readFileSync(join(folder, "package-lock.json")));
  hash.update(`${process.platform}/${process.arch}`);
  return hash.digest("hex");
}

/**
 * PATH without any node_modules/.bin: npm must run on the Node it came with, not on one that it is about to replace.
 * @param {string} path
 */
export function withoutNodeModules(path) {
  const inside = /[\\/]node_modules[\\/]\.bin[\\/]?$/;
  return path
    .split(delimiter)
    .filter((entry) => !inside.test(entry) && !/[\\/]node-gyp-bin[\\/]?$/.test(entry))
    .join(delimiter);
}

/**
 * Installs when the stamp does not fit; answers whether it did. Throws an Error with one sentence when it cannot.
 * @param {string} folder
 * @param {(line: string) => void} say
 */
export function setUp(folder, say) {
  if (isInstalled(folder)) return false;
  say("Installing what package-lock.json lists (once, until it changes) …");
  const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  const started = Date.now();
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    env: { ...process.env, [pathName]: withoutNodeModules(process.env[pathName] ?? "") },
    // npm is a .cmd file on Windows, which only a shell can start.
    shell: process.platform === "win32",
  });
  if (npm.error !== undefined)
    throw new Error(`npm could not be started (${npm.error.message}); install Node 20 or later with npm.`);
  if (npm.status !== 0) throw new Error(`"npm ci" failed with exit code ${npm.status}; its messages are above.`);
  const node = findNode(folder);
  if (node === undefined) {
    throw new Error(
      `No Node for ${process.platform}/${process.arch} comes with this clone, and yours is ${process.version}: install Node 22.18 or later.`,
    );
  }
  writeFileSync(stampFile(folder), `${lockHash(folder)}\n`);
  say(`Installed in ${Math.round((Date.now() - started) / 1000)} s; Slipway runs on Node ${node.version}.`);
  return true;
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? "")).href) {
  try {
    setUp(root, (line) => process.stderr.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`Error: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
