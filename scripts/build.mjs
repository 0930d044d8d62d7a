// Builds Slipway with esbuild.
//   node scripts/build.mjs            for bin/slipway, into .slipway/build/<n>/
//   node scripts/build.mjs --publish  for npm, into dist/ (CLI, library, types)
// Plain JavaScript, so that any Node from 20 on can run it.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findNode } from "./node-path.mjs";
import { packChunks } from "./pack.mjs";
import { setUp } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Node's own modules through process.getBuiltinModule. A static `import … from "node:fs"` makes Node build a namespace of
 * everything in fs, lazy parts included, which costs 2 to 3 ms at the start (measured on Node 24). In our own sources
 * the statement becomes a destructuring in place; packages get a module that stands for the built-in one.
 * @param {(text: string) => string} [change] what else to do to our own sources
 * @returns {import("esbuild").Plugin}
 */
const builtins = (change = (text) => text) => ({
  name: "builtins",
  setup(build) {
    const bare = builtinModules.filter((name) => !name.startsWith("_")).join("|");
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, (args) => {
      const contents = change(readFileSync(args.path, "utf8"))
        .replace(importOfBuiltin, (_all, what, from) => destructure(what, from))
        .replace(/\bawait import\("(node:[^"]+)"\)/g, 'process.getBuiltinModule("$1")');
      // Any other form would give a namespace without the module's names.
      const left = /(?<!typeof )\bimport\("node:[^"]+"\)/.exec(contents);
      if (left !== null) throw new Error(`${args.path}: write await ${left[0]}`);
      return { contents, loader: "ts" };
    });
    build.onResolve({ filter: new RegExp(`^(node:.*|${bare})$`) }, (args) => ({
      path: args.path.replace(/^node:/, ""),
      namespace: "builtin",
      sideEffects: false,
    }));
    build.onLoad({ filter: /.*/, namespace: "builtin" }, (args) => ({
      contents: `module.exports = process.getBuiltinModule("node:${args.path}");`,
    }));
  },
});

/**
 * `import * as lateThing from "…"` is loaded where it is first used, by code that cannot wait: the engine of regular expressions,
 * say, which hardly any template needs. In the packs of the command line (scripts/pack.mjs makes something of `$now`) a chunk
 * is there at once; elsewhere it is an import like any other.
 * @param {string} text
 */
function loadLate(text) {
  let out = text;
  for (const [statement, name, from] of text.matchAll(/^import \* as (late[A-Z]\w*) from "([^"]+)";$/gm))
    out = out.replace(statement, "").replaceAll(new RegExp(`\\b${name}\\.`, "g"), `($now(() => import("${from}"))).`);
  return out;
}

const importOfBuiltin = /^import\s+(?!type\b)(\{[^}]*\}|\*\s+as\s+\w+|\w+)\s+from\s+"(node:[^"]+)";/gm;

/**
 * @param {string} what `{ readFileSync, type Stats, join as joinPath }`, `* as fs` or `fs`
 * @param {string} from
 */
function destructure(what, from) {
  const source = `process.getBuiltinModule("${from}")`;
  if (!what.startsWith("{")) return `const ${what.replace(/^\*\s+as\s+/, "")} = ${source};`;
  const names = what.slice(1, -1).split(",");
  const values = names.map((name) => name.trim()).filter((name) => name !== "" && !name.startsWith("type "));
  // Types keep their import, which esbuild drops; line numbers stay as they are.
  const types = names.map((name) => name.trim()).filter((name) => name.startsWith("type "));
  const lines = "\n".repeat(what.split("\n").length - 1);
  const rest =
    types.length === 0 ? "" : `import type { ${types.map((name) => name.slice(5)).join(", ")} } from "${from}";`;
  if (values.length === 0) return rest + lines;
  return `const { ${values.map((name) => name.replace(/\s+as\s+/, ": ")).join(", ")} } = ${source};${rest}${lines}`;
}

/** @param {import("esbuild").BuildOptions} options */
async function bundle(options) {
  const { build } = await import("esbuild");
  return build({
    absWorkingDir: root,
    outdir: "out",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.18",
    minifyWhitespace: true,
    minifySyntax: true,
    chunkNames: "[name]-[hash]",
    legalComments: "none",
    logLevel: "error",
    metafile: true,
    write: false,
    plugins: [builtins()],
    ...options,
  });
}

/**
 * What is loaded together: the frame; data and objects; what looks at a cluster and its releases; what every rendering needs; what
 * changes releases. The rest (dates, schemas, the embedded cluster …) is loaded when it is needed.
 */
const packs = {
  main: ["src/cli/main.ts"],
  data: ["src/goyaml/index.ts", "src/gotime/index.ts", "src/manifest/index.ts"],
  reading: [
    ...["list", "status", "history", "get"].map((name) => `src/cli/commands/${name}.ts`),
    "src/kube/index.ts",
    "src/release/index.ts",
    "src/release/read.ts",
    "src/release/object-store.ts",
    "src/release/resources.ts",
  ],
  render: [
    "src/cli/commands/template.ts",
    "src/cli/post-renderer.ts",
    "src/chart/index.ts",
    "src/chart/disk.ts",
    "src/render/index.ts",
    // What nearly every chart asks for.
    "src/sprig/versions.ts",
  ],
  release: ["install", "upgrade", "rollback", "uninstall"].flatMap((name) => [
    `src/cli/commands/${name}.ts`,
    `src/release/${name}.ts`,
  ]),
};

/**
 * The CLI: the frame in one file, what `slipway template` can reach in a second, the rest beside them.
 * @param {string} outdir
 */
async function buildCli(outdir) {
  const result = await bundle({ entryPoints: { main: "src/cli/main.ts" }, plugins: [builtins(loadLate)] });
  const { files, packOf } = packChunks(result, packs);
  for (const [name, text] of files) writeFileSync(join(outdir, name), text);
  const launcher = readFileSync(join(root, "scripts", "launch.cjs"), "utf8");
  const hash = (/** @type {string} */ text) => createHash("sha256").update(text).digest("hex").slice(0, 16);
  const hashOf = Object.fromEntries(
    [...new Set(Object.values(packOf))].map((pack) => [pack, hash(files.get(`${pack}.cjs`) ?? "")]),
  );
  writeFileSync(
    join(outdir, "slipway.cjs"),
    launcher.replace("/* PACKS */ {}", JSON.stringify(packOf)).replace("/* HASHES */ {}", JSON.stringify(hashOf)),
  );
  writeFileSync(join(outdir, "package.json"), '{"type":"commonjs"}\n');
  return result.metafile;
}

/**
 * Builds for bin/slipway. The new build gets a folder of its own, so that programs that still run the old one find
 * their chunks; `current` then names it (and the Node to use), and its time is when the build began reading.
 * @param {string} folder the clone
 */
export async function buildForClone(folder = root) {
  const node = findNode(folder);
  if (node === undefined) throw new Error("Slipway needs Node 22.18 or later.");
  const started = new Date();
  const home = join(folder, ".slipway", "build");
  const name = `${started.getTime().toString(36)}-${process.pid}`;
  mkdirSync(join(home, name, "cache"), { recursive: true });
  await buildCli(join(home, name));
  const pending = join(home, `current.${process.pid}`);
  writeFileSync(pending, `${name}\n${node.path}\n`);
  utimesSync(pending, started, started);
  renameSync(pending, join(home, "current"));
  removeOld(home, name);
  return join(home, name, "slipway.cjs");
}

/**
 * Removes builds that are half a day old, and all but the newest fifty: a cluster that still runs an older one may yet
 * load a chunk of it.
 * @param {string} home
 * @param {string} keep
 */
function removeOld(home, keep) {
  const builds = readdirSync(home)
    .filter((name) => name !== keep && name !== "current")
    .map((name) => ({ path: join(home, name), time: statSync(join(home, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  builds.forEach(({ path, time }, i) => {
    if (i >= 50 || Date.now() - time > 43_200_000) rmSync(path, { recursive: true, force: true });
  });
}

/** Builds what npm publishes: dist/slipway.cjs and dist/lib/ with types. */
async function buildForNpm() {
  const outdir = join(root, "dist");
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir);
  const cli = await buildCli(outdir);
  chmodSync(join(outdir, "slipway.cjs"), 0o755);
  const entryPoints = { index: "src/index.ts", rooms: "src/rooms.ts" };
  const library = await bundle({ entryPoints, outdir: "dist/lib", write: true });
  // The part that runs anywhere. What needs Node is reached by none of it, and gone from the bundle.
  await bundle({
    entryPoints: { index: "src/library.ts" },
    outdir: "dist/browser",
    platform: "browser",
    external: ["node:*"],
    plugins: [],
    write: true,
  });
  writeFileSync(join(outdir, "lib", "package.json"), '{"type":"module"}\n');
  writeFileSync(
    join(outdir, "THIRD-PARTY-LICENSES.txt"),
    licences([cli, library.metafile].filter((metafile) => metafile !== undefined)),
  );
  execFileSync(join(root, "node_modules", ".bin", "tsc"), ["-p", "tsconfig.types.json"], {
    cwd: root,
    stdio: "inherit",
  });
}

/**
 * The licences of the packages that are bundled in, as their licences ask.
 * @param {import("esbuild").Metafile[]} metafiles
 */
function licences(metafiles) {
  const packages = new Set();
  for (const input of metafiles.flatMap((metafile) => Object.keys(metafile.inputs))) {
    const match = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match !== null) packages.add(match[1]);
  }
  return [...packages]
    .sort()
    .map((name) => {
      const folder = join(root, "node_modules", name);
      const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? "")).href) {
  try {
    setUp(root, (line) => process.stderr.write(`${line}\n`));
    if (process.argv.includes("--publish")) await buildForNpm();
    else await buildForClone();
  } catch (error) {
    // esbuild has printed what is wrong with a source.
    const printed = error instanceof Error && "errors" in error;
    if (!printed) process.stderr.write(`Error: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
