#!/usr/bin/env node
// The entry of a built Slipway; it lies beside its packs. Readable for old Nodes too, so that they can be told.
"use strict";
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`Slipway needs Node 22.18 or later; this is ${process.version}.\n`);
  process.exitCode = 1;
} else {
  launch();
}

function launch() {
  const fs = require("fs");
  const { Script } = require("vm");

  /**
   * Chunk → pack: a file of chunks, each a function.
   * @type {Record<string, string>}
   */
  const packOf = /* PACKS */ {};
  /**
   * Pack → hash of its text: V8 itself tells a cache for another text only by the text's length.
   * @type {Record<string, string>}
   */
  const hashOf = /* HASHES */ {};
  /** Chunks as functions, and what they gave. */
  const chunks = Object.create(null);
  const made = Object.create(null);
  const packs = new Map();

  // A clone's build has a folder for V8's compiled code beside it; an installed package uses the user's cache folder.
  const beside = `${__dirname}/cache`;
  const home = process.env.XDG_CACHE_HOME || `${process.env.HOME || process.env.LOCALAPPDATA || "."}/.cache`;
  const cache = fs.existsSync(beside) ? beside : `${home}/slipway/compile`;

  // V8's flags can change at run time, but a code cache is only taken and made under the flags that Node began with.
  let fewer = false;
  const setFlags = (/** @type {string[]} */ flags) => flags.forEach(require("v8").setFlagsFromString);
  // Marking beside the work is work for nothing, too, where all is over before the heap is full. Should it get full, the
  // garbage is collected in one go.
  const lessOptimizing = ["--no-turbofan", "--no-maglev", "--no-incremental-marking"];
  const usualOptimizing = ["--turbofan", "--maglev", "--incremental-marking"];
  /**
   * @template T
   * @param {() => T} work
   */
  function underUsualFlags(work) {
    if (!fewer) return work();
    setFlags(usualOptimizing);
    const result = work();
    setFlags(lessOptimizing);
    return result;
  }
  function optimizeLess() {
    // Flags of the user's own, and Nodes that know others, are left alone.
    if (fewer || process.execArgv.length > 0 || process.env.NODE_OPTIONS || major !== 24) return;
    fewer = true;
    setFlags(lessOptimizing);
  }
  function optimizeAgain() {
    if (fewer) setFlags(usualOptimizing);
    fewer = false;
  }

  // What chunks find in import.meta. `build` tells apart what different builds leave in caches.
  const meta = {
    url: `file://${__filename}`,
    dirname: __dirname,
    filename: __filename,
    optimizeLess,
    optimizeAgain,
    build: hashOf.render,
  };
  const dynamic = (/** @type {string} */ specifier) => import(specifier);
  const use = (/** @type {string} */ name) => (made[name] ??= (chunks[name] ?? load(name))(use, dynamic, meta));

  /** @param {string} name of a chunk */
  function load(name) {
    Object.assign(chunks, loadPack(packOf[name] ?? name));
    return chunks[name];
  }

  // Node's own compile cache keeps what the first run compiled, and never more. So packs have caches of ours, which are
  // written again when a run has evaluated chunks that they do not hold, and on the first few runs.
  /** @param {string} pack */
  function loadPack(pack) {
    const filename = `${__dirname}/${pack}.cjs`;
    const source = fs.readFileSync(filename, "latin1");
    const file = `${cache}/${pack}-${hashOf[pack]}-${process.versions.v8}-${process.arch}`;
    /** @type {Buffer | undefined} */
    let cachedData;
    /** @type {string[]} */
    let known = [];
    let runs = "0";
    try {
      const bytes = fs.readFileSync(file);
      const head = bytes.readUInt32LE(0);
      cachedData = bytes.subarray(head);
      [runs = "0", ...known] = bytes.toString("latin1", 8, head).trimEnd().split(" ");
    } catch {
      // The first run: there is none yet.
    }
    const script = underUsualFlags(() => new Script(source, { filename, cachedData }));
    packs.set(pack, { script, file, known, runs: script.cachedDataRejected ? 0 : Number(runs) });
    return script.runInThisContext();
  }

  function saveCaches() {
    for (const [pack, { script, file, known, runs }] of packs) {
      const evaluated = Object.keys(made).filter((name) => packOf[name] === pack);
      const all = new Set(runs === 0 ? evaluated : [...known, ...evaluated]);
      if (runs >= 3 && all.size === known.length) continue;
      try {
        const head = Buffer.from(`        ${runs + 1} ${[...all].join(" ")}`.padEnd(8));
        const length = Math.ceil(head.length / 8) * 8;
        const padded = Buffer.concat([head, Buffer.alloc(length - head.length, " ")]);
        padded.writeUInt32LE(length, 0);
        fs.mkdirSync(cache, { recursive: true });
        fs.writeFileSync(`${file}.${process.pid}`, Buffer.concat([padded, script.createCachedData()]));
        fs.renameSync(`${file}.${process.pid}`, file);
      } catch {
        // A cache is only a cache.
      }
    }
  }

  process.on("exit", () => underUsualFlags(saveCaches));
  use("main");
}
