// Bundles Slipway with esbuild: one entry, a lazy chunk for every command.
//   node scripts/build.mjs            for bin/slipway, into .slipway/build/<n>/
//   node scripts/build.mjs --publish  for npm, into dist/ (CLI, library, types)
// Plain JavaScript, so that any Node from 20 on can run it.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findNode } from "./node-path.mjs";
import { setUp } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Node's own modules through process.getBuiltinModule: a static `import … from "node:fs"` makes Node build a namespace
 * of every export of fs, lazy ones included, which costs 2 to 3 ms at the start (measured on Node 24).
 * @type {import("esbuild").Plugin}
 */
const builtins = {
  name: "builtins",
  setup(build) {
    build.onResolve({ filter: /^node:/ }, (args) => ({ path: args.path, namespace: "builtin", sideEffects: false }));
    build.onLoad({ filter: /.*/, namespace: "builtin" }, (args) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(args.path)});`,
    }));
  },
};

/**
 * @param {string} outdir
 * @param {Record<string, string>} entryPoints
 */
async function bundle(outdir, entryPoints) {
  const { build } = await import("esbuild");
  return build({
    absWorkingDir: root,
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22.18",
    minifyWhitespace: true,
    minifySyntax: true,
    chunkNames: "chunks/[name]-[hash]",
    legalComments: "none",
    logLevel: "error",
    metafile: true,
    plugins: [builtins],
    // CommonJS packages ask for Node's modules with require.
    banner: { js: "const require=globalThis.process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  });
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
  await bundle(join(home, name), { main: "src/cli/main.ts" });
  copyFileSync(join(folder, "scripts", "launch.mjs"), join(home, name, "slipway.js"));
  writeFileSync(join(home, name, "package.json"), '{"type":"module"}\n');
  const pending = join(home, `current.${process.pid}`);
  writeFileSync(pending, `${name}\n${node.path}\n`);
  utimesSync(pending, started, started);
  renameSync(pending, join(home, "current"));
  for (const other of readdirSync(home)) {
    const path = join(home, other);
    // An hour is longer than any run but a server's; servers have loaded what they need.
    if (other !== name && other !== "current" && Date.now() - statSync(path).mtimeMs > 3_600_000)
      rmSync(path, { recursive: true, force: true });
  }
  return { node: node.path, entry: join(home, name, "slipway.js") };
}

/** Builds what npm publishes. */
async function buildForNpm() {
  const outdir = join(root, "dist");
  rmSync(outdir, { recursive: true, force: true });
  const entries = {
    main: "src/cli/main.ts",
    ...(existsSync(join(root, "src/index.ts")) ? { index: "src/index.ts" } : {}),
  };
  const { metafile } = await bundle(outdir, entries);
  copyFileSync(join(root, "scripts", "launch.mjs"), join(outdir, "slipway.js"));
  chmodSync(join(outdir, "slipway.js"), 0o755);
  writeFileSync(join(outdir, "THIRD-PARTY-LICENSES.txt"), licences(metafile));
  if (existsSync(join(root, "src/index.ts"))) {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    execFileSync(process.execPath, [tsc, "-p", "tsconfig.types.json"], { cwd: root, stdio: "inherit" });
  }
}

/**
 * The licences of the packages that are bundled in, as their licences ask.
 * @param {import("esbuild").Metafile} metafile
 */
function licences(metafile) {
  const packages = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match !== null) packages.add(match[1]);
  }
  return [...packages]
    .toSorted()
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
    if (!(error instanceof Error && "errors" in error))
      process.stderr.write(`Error: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
