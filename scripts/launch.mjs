#!/usr/bin/env node
// The entry of a built Slipway (it lies beside main.js). Small, and readable for old Nodes too, so that they can be told.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`Slipway needs Node 22.18 or later; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  const { join } = process.getBuiltinModule("node:path");
  // Beside a clone's build there is a folder for V8's compiled code; an installed package uses the user's cache folder.
  const beside = join(import.meta.dirname, "cache");
  const home = process.env.XDG_CACHE_HOME || join(process.env.HOME || process.env.LOCALAPPDATA || ".", ".cache");
  const cache = process.getBuiltinModule("node:fs").existsSync(beside) ? beside : join(home, "slipway", "compile");
  process.getBuiltinModule("node:module").enableCompileCache(cache);
  // Nothing to wait for: the program is over when main.js is.
  void import("./main.js");
}
