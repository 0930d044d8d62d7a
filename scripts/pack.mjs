// Turns esbuild's ES module chunks into one file of lazy functions.
//
// Why: Node's ES module loader costs some 0.5 ms a chunk (measured on Node 24), and one big bundle costs 7 ms a megabyte,
// because V8 makes a closure of every function at the top. A function that is never called costs next to nothing. So each
// chunk becomes a function, called when it is first imported; chunks that belong together share a file, a pack.
import { Script } from "node:vm";
import { basename } from "node:path";

/**
 * @param {import("esbuild").BuildResult} result of a build with splitting, format esm, write: false and a metafile
 * @param {Record<string, string[]>} groups pack → sources: their chunks, and all that those import statically, go into
 *   that pack unless an earlier one has them. Every other chunk is a pack of its own.
 * @returns {{ files: Map<string, string>, packOf: Record<string, string> }} file name → text, chunk → pack
 */
export function packChunks(result, groups) {
  /** @type {Map<string, string>} */
  const bodies = new Map();
  /** @type {Map<string, string[]>} */
  const imports = new Map();
  /** @type {Map<string, string>} */
  const chunkOf = new Map();
  const outputs = result.metafile?.outputs ?? {};
  for (const file of result.outputFiles ?? []) {
    const name = basename(file.path, ".js");
    const output = Object.entries(outputs).find(([path]) => basename(path) === `${name}.js`)?.[1];
    if (output === undefined) continue;
    bodies.set(name, toFunction(file.text, name));
    const edges = output.imports.filter((edge) => !edge.external && edge.kind !== "dynamic-import");
    imports.set(
      name,
      edges.map((edge) => basename(edge.path, ".js")),
    );
    if (output.entryPoint !== undefined) chunkOf.set(output.entryPoint, name);
  }
  /** @type {Map<string, string>} */
  const packOf = new Map();
  const visit = (/** @type {string | undefined} */ name, /** @type {string} */ pack) => {
    if (name === undefined || packOf.has(name)) return;
    packOf.set(name, pack);
    for (const next of imports.get(name) ?? []) visit(next, pack);
  };
  for (const [pack, sources] of Object.entries(groups)) for (const source of sources) visit(chunkOf.get(source), pack);
  for (const name of bodies.keys()) if (!packOf.has(name)) packOf.set(name, name);

  /** @type {Map<string, string>} */
  const files = new Map();
  for (const pack of new Set(packOf.values())) {
    const inside = [...bodies].filter(([name]) => packOf.get(name) === pack);
    files.set(`${pack}.cjs`, `({${inside.map(([name, body]) => `${JSON.stringify(name)}:${body}`).join(",\n")}})`);
  }
  // A pack that does not parse should fail here, not at somebody's first use of it.
  const parsed = [...files].map(([name, text]) => new Script(text, { filename: name }));
  if (parsed.length === 0) throw new Error("the build has no chunks");
  return { files, packOf: Object.fromEntries(packOf) };
}

const importStatement = /^import(?:\{([^}]*)\}from)?"\.\/([^"]+)\.js";/;

/**
 * A chunk as a function of ($, $import, $meta) that gives its exports.
 * @param {string} text
 * @param {string} name
 */
function toFunction(text, name) {
  let rest = text.trim();
  let head = "";
  for (let match = importStatement.exec(rest); match !== null; match = importStatement.exec(rest)) {
    const [all, names, from] = match;
    head +=
      names === undefined ? `$("${from}");` : `const{${names.replace(/(^|,)([\w$]+) as /g, "$1$2:")}}=$("${from}");`;
    rest = rest.slice(all.length).trimStart();
  }
  let tail = "return{};";
  const single = /\bexport default ([^;]+);\s*$/.exec(rest);
  if (single !== null) {
    tail = `return{default:${single[1]}};`;
    rest = rest.slice(0, single.index);
  }
  const exports = /\bexport\{([^}]*)\};?\s*$/.exec(rest);
  if (exports !== null) {
    const pairs = /** @type {string} */ (exports[1]).split(",").filter((pair) => pair !== "");
    tail = `return{${pairs.map((pair) => pair.replace(/^([\w$]+) as ([\w$]+)$/, "$2:$1")).join(",")}};`;
    rest = rest.slice(0, exports.index);
  }
  const code = rest
    // What is loaded when it is first used: a chunk is there at once.
    .replace(/\$now\(\(\)=>import\("\.\/([^"]+)\.js"\)\)/g, '$("$1")')
    .replace(/\bimport\("\.\/([^"]+)\.js"\)/g, 'Promise.resolve().then(()=>$("$1"))')
    .replace(/\bimport\.meta\b/g, "$meta")
    .replace(/\bimport\(/g, "$import(");
  if (/^(import|export)\b/m.test(code) || code.includes("$now("))
    throw new Error(`chunk ${name} holds a statement that cannot be packed`);
  return `function($,$import,$meta){"use strict";${head}${code}\n${tail}}`;
}
