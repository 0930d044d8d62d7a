// Which Node runs Slipway from a clone: the one that came with npm ci, else the user's own if it is new enough.
import { existsSync, readdirSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const leastMajor = 22;
const leastMinor = 18;

/**
 * True for a version such as v24.1.0 that can run TypeScript as it is.
 * @param {string} version
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/**
 * The Node to use, tried out (a binary for another C library is there but does not run); undefined when none fits.
 * @param {string} root the clone
 * @returns {{path: string, version: string} | undefined}
 */
export function findNode(root) {
  for (const path of [...bundled(root), process.execPath]) {
    const version = path === process.execPath ? process.version : versionOf(path);
    if (version !== undefined && isNewEnough(version)) return { path, version };
  }
  return undefined;
}

/** @param {string} root */
function bundled(root) {
  const modules = join(root, "node_modules");
  if (!existsSync(modules)) return [];
  const executable = process.platform === "win32" ? "node.exe" : "node";
  return readdirSync(modules)
    .filter((name) => /^node-(bin-)?(linux|darwin|win)-/.test(name))
    .map((name) => join(modules, name, "bin", executable))
    .filter((path) => existsSync(path));
}

/** @param {string} path */
function versionOf(path) {
  const run = spawnSync(path, ["--version"], { encoding: "utf8" });
  return run.status === 0 ? run.stdout.trim() : undefined;
}
