import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { isNewEnough } from "./node-path.mjs";
import { isNewer } from "./run-from-clone.mjs";
import { isInstalled, lockHash, setUp, withoutNodeModules } from "./setup.mjs";

function clone(): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-setup-"));
  writeFileSync(join(folder, "package-lock.json"), '{"lockfileVersion":3}');
  return folder;
}

test("a clone is set up when the stamp in node_modules holds the lock's hash", () => {
  const folder = clone();
  try {
    assert.equal(isInstalled(folder), false);
    mkdirSync(join(folder, "node_modules"));
    assert.equal(isInstalled(folder), false);
    writeFileSync(join(folder, "node_modules", ".slipway-lock"), `${lockHash(folder)}\n`);
    assert.equal(isInstalled(folder), true);
    assert.equal(setUp(folder, assert.fail), false);
    writeFileSync(join(folder, "package-lock.json"), '{"lockfileVersion":3,"packages":{}}');
    assert.equal(isInstalled(folder), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("npm runs without node_modules/.bin on PATH", () => {
  const path = [
    "/a/node_modules/.bin",
    "/usr/bin",
    "/b/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin",
    "/c/bin",
  ];
  assert.equal(withoutNodeModules(path.join(delimiter)), ["/usr/bin", "/c/bin"].join(delimiter));
});

test("Node 22.18 and later run Slipway", () => {
  const cases: [version: string, enough: boolean][] = [
    ["v20.20.2", false],
    ["v22.17.9", false],
    ["v22.18.0", true],
    ["v24.0.0", true],
    ["v26.1.0", true],
  ];
  for (const [version, enough] of cases) assert.equal(isNewEnough(version), enough, version);
});

test("a source is newer than the build when it or its folder changed; tests do not count", () => {
  const folder = clone();
  try {
    mkdirSync(join(folder, "src", "room"), { recursive: true });
    writeFileSync(join(folder, "src", "room", "a.ts"), "");
    assert.equal(isNewer(join(folder, "src"), Date.now() + 10_000), false);
    assert.equal(isNewer(join(folder, "src"), Date.now() - 10_000), true);
    assert.equal(isNewer(join(folder, "src", "room", "a.test.ts"), 0), false);
    assert.equal(isNewer(join(folder, "nothing"), 0), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the lock names no registry and has every platform's packages", () => {
  const root = join(import.meta.dirname, "..");
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { resolved?: string; link?: boolean; optionalDependencies?: Record<string, string> }>;
  };
  for (const [path, entry] of Object.entries(lock.packages)) {
    assert.ok(entry.resolved === undefined || entry.link === true, `${path} is resolved from ${entry.resolved}`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const there = lock.packages[`node_modules/${name}`] ?? lock.packages[`${path}/node_modules/${name}`];
      assert.ok(there !== undefined, `${path} has no ${name} in the lock`);
    }
  }
  const node = JSON.parse(readFileSync(join(root, "tools", "node", "package.json"), "utf8"));
  const platforms = Object.keys(node.optionalDependencies).join(" ");
  for (const platform of ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win-x64"])
    assert.ok(platforms.includes(platform));
});

test("bin/slipway works through symbolic links, from any folder", { skip: process.platform === "win32" }, async () => {
  const { execFileSync } = await import("node:child_process");
  const folder = mkdtempSync(join(tmpdir(), "slipway-bin-"));
  try {
    // A clone of its own, whose build is a program that prints how it was called.
    const root = join(folder, "clone");
    mkdirSync(join(root, ".slipway", "build", "x"), { recursive: true });
    mkdirSync(join(root, "src"));
    mkdirSync(join(root, "bin"));
    cpSync(join(import.meta.dirname, "..", "bin", "slipway"), join(root, "bin", "slipway"));
    writeFileSync(
      join(root, ".slipway", "build", "x", "slipway.cjs"),
      "console.log(JSON.stringify(process.argv.slice(2)))",
    );
    writeFileSync(join(root, ".slipway", "build", "current"), `x\n${process.execPath}\n`);
    symlinkSync(join(root, "bin", "slipway"), join(folder, "first"));
    symlinkSync("first", join(folder, "second"));
    for (const program of [join(root, "bin", "slipway"), join(folder, "first"), join(folder, "second"), "./second"]) {
      const out = execFileSync(program, ["a b", "--x=1", ""], { cwd: folder, encoding: "utf8" });
      assert.equal(out, '["a b","--x=1",""]\n', program);
    }
    const viaPath = execFileSync("second", ["y"], {
      cwd: root,
      encoding: "utf8",
      env: { PATH: `${folder}:/usr/bin:/bin` },
    });
    assert.equal(viaPath, '["y"]\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
