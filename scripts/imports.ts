/**
 * `npm run imports`: refuses every import that the table in docs/architecture.md does not allow. The table is read from
 * the document itself, so that the two cannot drift apart. Also: rooms are entered by their index.ts only, pure rooms
 * touch nothing of the machine, the table has no circles.
 */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** What the document allows. */
export interface Rules {
  /** Room → rooms it may import, `base` not named. `undefined`: all of them. */
  readonly mayImport: ReadonlyMap<string, ReadonlySet<string> | undefined>;
  /** Rooms that run in a browser. */
  readonly pure: ReadonlySet<string>;
}

/** Reads the rules out of docs/architecture.md; throws when the table or the sentence about pure rooms is gone. */
export function readRules(document: string): Rules {
  const mayImport = new Map<string, ReadonlySet<string> | undefined>();
  for (const line of document.split("\n")) {
    const row = /^\| `(\w+)` \|.*\| ([^|]*) \|$/.exec(line);
    if (row === null) continue;
    const [, room, cell] = row as unknown as [string, string, string];
    const names = cell.startsWith("nothing") || cell === "–" ? [] : cell.split(/,\s*/);
    mayImport.set(room, cell === "all" ? undefined : new Set(names));
  }
  const sentence = /^\*\*Ports\.\*\*([\s\S]*?)touch no/m.exec(document)?.[1] ?? "";
  const afterPorts = sentence.slice(sentence.lastIndexOf("parameters.") + 1);
  const pure = new Set([...afterPorts.matchAll(/`(\w+)`/g)].map((match) => match[1] as string));
  if (mayImport.size === 0 || pure.size === 0) throw new Error("docs/architecture.md has no table of rooms any more");
  for (const [room, rooms] of mayImport) {
    for (const name of rooms ?? [])
      if (!mayImport.has(name)) throw new Error(`the row of ${room} names ${name}, which has no row`);
  }
  return { mayImport, pure };
}

/** A circle among the rooms of the table, if there is one. */
export function circle(rules: Rules): string[] | undefined {
  const done = new Set<string>();
  const visit = (room: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room];
    if (done.has(room)) return undefined;
    for (const next of rules.mayImport.get(room) ?? []) {
      const found = visit(next, [...path, room]);
      if (found !== undefined) return found;
    }
    done.add(room);
    return undefined;
  };
  for (const room of rules.mayImport.keys()) {
    const found = visit(room, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a file imports: static and dynamic imports, re-exports, types as well. Comments are left out. */
export function importsOf(source: string): { specifier: string; line: number }[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
  const pattern =
    /^\s*(?:import|export)\b[^"';]*?from\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']\s*\)/gm;
  return [...code.matchAll(pattern)].map((match) => ({
    specifier: (match[1] ?? match[2] ?? match[3]) as string,
    line: code.slice(0, match.index + match[0].length).split("\n").length,
  }));
}

/** A room's faces: index.ts, and node.ts for what a pure room needs of Node (its rim, loaded by who has a Node). */
const faces = /^src\/\w+\/(index|node)\.ts$/;
const rim = /^src\/\w+\/node(-[\w-]+)?\.ts$/;

const machine =
  /\b(Date\.now\(\)|new Date\(\)|Math\.random\(\)|process\.(env|cwd|platform|argv|std\w+)\b|performance\.now\(\))/;

/** Everything wrong with one file. `file` is relative to the repository, with slashes. */
export function checkFile(file: string, source: string, rules: Rules): string[] {
  const wrong: string[] = [];
  const from = roomOf(file);
  const isTest = /\.test\.ts$|\/testing\//.test(file);
  const isPure = from !== undefined && rules.pure.has(from) && !isTest && !rim.test(file);
  // A proof is about one room, and may look into it.
  const isProof = file.startsWith("scripts/prove/");
  for (const { specifier, line } of importsOf(source)) {
    const at = `${file}:${line}`;
    if (specifier.startsWith("node:")) {
      if (isPure || (from === "base" && !isTest)) {
        wrong.push(`${at}: ${from} runs in browsers too and may not import ${specifier}`);
      }
      continue;
    }
    if (!specifier.startsWith(".")) continue;
    if (!/\.(ts|js|mjs|json)$/.test(specifier)) wrong.push(`${at}: write the file's ending: ${specifier}`);
    const target = relative(".", resolve(dirname(file), specifier)).replaceAll("\\", "/");
    const to = roomOf(target);
    if (to === undefined) {
      if (from !== undefined && !isTest && target !== "src/index.ts")
        wrong.push(`${at}: sources import sources only, not ${target}`);
      continue;
    }
    if (to === from) continue;
    if (!rules.mayImport.has(to)) wrong.push(`${at}: src/${to} is not a room of docs/architecture.md`);
    else if (to !== "cli" && to !== "base" && !isProof && !faces.test(target))
      wrong.push(`${at}: ${to} is entered by src/${to}/index.ts (or node.ts) only, not ${target}`);
    if (from === undefined) continue;
    const allowed = rules.mayImport.get(from);
    if (!rules.mayImport.has(from)) wrong.push(`${at}: src/${from} is not a room of docs/architecture.md`);
    else if (to !== "base" && allowed !== undefined && !allowed.has(to))
      wrong.push(`${at}: ${from} may not import ${to}`);
  }
  if (isPure) {
    source.split("\n").forEach((text, i) => {
      const match = machine.exec(text);
      if (match !== null && !/^\s*(\/\/|\*)/.test(text))
        wrong.push(`${file}:${i + 1}: ${from} may not use ${match[1]}: it comes in as a port`);
    });
  }
  return wrong;
}

function roomOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? "")).href) {
  process.chdir(join(import.meta.dirname, ".."));
  const rules = readRules(readFileSync("docs/architecture.md", "utf8"));
  const round = circle(rules);
  const files = globSync("{src,test,scripts,bench}/**/*.{ts,mjs}").map((file) => file.replaceAll("\\", "/"));
  const wrong = files.flatMap((file) => checkFile(file, readFileSync(file, "utf8"), rules));
  if (round !== undefined)
    wrong.unshift(`docs/architecture.md: the rooms import each other in a circle: ${round.join(" → ")}`);
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.stdout.write(`${files.length} files, ${wrong.length} imports that the table does not allow\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
