/**
 * Renders every chart below some folders with stock Helm and with Slipway, with its defaults and with every file of its
 * ci/ folder, and says how many are the same to the byte.
 *
 *   npm run corpus -- FOLDER… [--lint] [--helm 3|4] [--filter TEXT] [--limit N] [--show N] [--list] [--kept]
 *
 * With --kept, each chart is rendered once before, and then from the outlines that were kept of its templates.
 * With --lint, `lint` is compared instead: every line of Helm's is there, in its order, and ours may add places only.
 * Charts that use random values are compared by shape: where two runs of stock Helm differ from each other, a line of
 * ours need only look like theirs. What stock Helm said is kept in a cache, by the content of the chart and the tool.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareStrings, fromBytes, messageOf } from "../src/base/index.ts";
import { checkDependencies, loadChart, mergeUserValues } from "../src/chart/index.ts";
import { goTrim } from "../src/manifest/index.ts";
import { joinedText, render } from "../src/render/index.ts";
import { commands } from "../src/cli/commands/index.ts";
import { platformPorts } from "../src/cli/platform-ports.ts";
import { run } from "../src/cli/run.ts";
import { memoryContext } from "../src/cli/testing/memory-context.ts";
import { MemoryOutlines } from "../test/fuzz/memory-outlines.ts";
import { tool } from "../test/tools/tools.ts";

const loadPorts = () => platformPorts({ env: process.env });
type Version = 3 | 4;
interface Outcome {
  readonly ok: boolean;
  /** The manifests, or the error without `Error: `. */
  readonly text: string;
}
interface Case {
  readonly chart: string;
  readonly values: string | undefined;
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    helm: { type: "string", default: "both" },
    filter: { type: "string", default: "" },
    limit: { type: "string", default: "0" },
    show: { type: "string", default: "20" },
    list: { type: "boolean", default: false },
    lint: { type: "boolean", default: false },
    kept: { type: "boolean", default: false },
  },
});
if (positionals.length === 0) {
  console.error(
    "usage: npm run corpus -- FOLDER… [--lint] [--helm 3|4] [--filter TEXT] [--limit N] [--show N] [--list]",
  );
  process.exit(2);
}

const cacheFolder = join(homedir(), ".cache/slipway/corpus");
mkdirSync(cacheFolder, { recursive: true });
const versions: Version[] = flags.helm === "3" ? [3] : flags.helm === "4" ? [4] : [4, 3];
const limit = Number(flags.limit);
const cases = positionals.flatMap((folder) => findCharts(folder)).flatMap(casesOf);
const wanted = cases.filter((item) => nameOf(item).includes(flags.filter));
const chosen = limit > 0 ? wanted.slice(0, limit) : wanted;
let shown = 0;
let worst = 0;
for (const version of versions) await compareAll(version);
process.exitCode = worst > 0 ? 1 : 0;

async function compareAll(version: Version): Promise<void> {
  const stock = tool(version === 3 ? "helm3" : "helm4");
  if (stock.path === "" || !existsSync(stock.path)) {
    console.log(`helm ${version}: skipped, ${stock.skip}`);
    return;
  }
  const stamp = createHash("sha256").update(readFileSync(stock.path)).digest("hex");
  let same = 0;
  let failing = 0;
  for (let i = 0; i < chosen.length; i += 2) {
    const pair = chosen.slice(i, i + 2);
    const expected = await Promise.all(pair.map((item) => stockOutcome(stock.path, stamp, item, "")));
    for (const [index, item] of pair.entries()) {
      const want = expected[index] as Outcome;
      const got = await ourOutcome(item, version);
      if (!want.ok) failing++;
      if (await equal(stock.path, stamp, item, want, got)) same++;
      else report(item, version, want, got);
    }
  }
  worst += chosen.length - same;
  console.log(`helm ${version}: identical ${same} / ${chosen.length} (stock Helm fails for ${failing} of them)`);
}

/** Folders with a Chart.yaml that are not themselves subcharts of one found already. */
function findCharts(folder: string, depth = 0): string[] {
  if (depth > 12 || !statSync(folder).isDirectory()) return [];
  if (existsSync(join(folder, "Chart.yaml"))) return [realpathSync(folder)];
  return readdirSync(folder)
    .sort(compareStrings)
    .filter((name) => name !== "node_modules" && name !== ".git")
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? findCharts(path, depth + 1) : [];
    });
}

function casesOf(chart: string): Case[] {
  const folder = join(chart, "ci");
  const files = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).sort(compareStrings) : [];
  return [
    { chart, values: undefined },
    ...files.filter((name) => /\.ya?ml$/.test(name)).map((name) => ({ chart, values: join(folder, name) })),
  ];
}

function nameOf(item: Case): string {
  return item.values === undefined ? item.chart : `${item.chart} -f ${item.values.slice(item.chart.length + 1)}`;
}

/** What stock Helm makes of a case; `again` tells a second run from the first. */
async function stockOutcome(helm: string, stamp: string, item: Case, again: string): Promise<Outcome> {
  const hash = createHash("sha256")
    .update(stamp)
    .update(again)
    .update(flags.lint ? "lint" : "")
    .update(item.chart);
  hashFolder(item.chart, hash);
  if (item.values !== undefined) hash.update(item.values).update(readFileSync(item.values));
  const file = join(cacheFolder, `${hash.digest("hex")}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Outcome;
  const outcome = await runHelm(helm, item);
  writeFileSync(file, JSON.stringify(outcome));
  return outcome;
}

function hashFolder(folder: string, hash: ReturnType<typeof createHash>, depth = 0): void {
  if (depth > 12) return;
  for (const name of readdirSync(folder).sort(compareStrings)) {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) hashFolder(path, hash, depth + 1);
    else if (stat?.isFile()) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
  }
}

function runHelm(helm: string, item: Case): Promise<Outcome> {
  const verb = flags.lint ? ["lint"] : ["template", "release-name"];
  const args = [...verb, item.chart, ...(item.values === undefined ? [] : ["-f", item.values])];
  return new Promise((resolve) => {
    const options = { maxBuffer: 1 << 28, encoding: "buffer" as const, timeout: 120_000 };
    execFile(helm, args, options, (error, stdout, stderr) => {
      if (error === null || flags.lint) return resolve({ ok: error === null, text: fromBytes(stdout) });
      const text = fromBytes(stderr);
      const at = text.startsWith("Error: ") ? 0 : text.indexOf("\nError: ") + 1;
      const message = text
        .slice(at)
        .replace(/^Error: /, "")
        .replace(/\n\nUse --debug flag[^\n]*\n$/, "");
      resolve({ ok: false, text: message.replace(/\n$/, "") });
    });
  });
}

/** `slipway lint`'s stdout, without the places that it adds below Helm's words. */
async function ourLint(item: Case, helmVersion: Version): Promise<Outcome> {
  const context = memoryContext({ cwd: process.cwd() });
  const values = item.values === undefined ? [] : ["-f", item.values];
  const code = await run(["lint", item.chart, ...values, "--helm-version", String(helmVersion)], commands, context);
  return { ok: code === 0, text: context.stdout.replace(/^ {2}--> .*\n/gm, "") };
}

async function ourOutcome(item: Case, helmVersion: Version): Promise<Outcome> {
  if (flags.lint) return ourLint(item, helmVersion);
  if (!flags.kept) return rendered(item, helmVersion, {});
  const outlines = new MemoryOutlines();
  await rendered(item, helmVersion, { outlines });
  await outlines.flush();
  return rendered(item, helmVersion, { outlines });
}

async function rendered(
  item: Case,
  helmVersion: Version,
  aids: { readonly outlines?: MemoryOutlines },
): Promise<Outcome> {
  try {
    const chart = await loadChart(item.chart, { helmVersion });
    const { type } = chart.metadata;
    const files = item.values === undefined ? [] : [{ name: item.values, text: fromBytes(readFileSync(item.values)) }];
    const values = mergeUserValues({ files, helmVersion });
    if (type !== "" && type !== "application") throw new Error(`${type} charts are not installable`);
    checkDependencies(chart, helmVersion);
    const release = { name: "release-name", namespace: "default", revision: 1, isInstall: true, isUpgrade: false };
    const result = await render(chart, values, { helmVersion, release, loadPorts, ...aids });
    const hooks = result.hooks.map((hook) => joinedText({ source: hook.path, text: hook.manifest }));
    return { ok: true, text: `${goTrim(result.manifest)}\n${hooks.join("")}` };
  } catch (error) {
    return { ok: false, text: messageOf(error) };
  }
}

async function equal(helm: string, stamp: string, item: Case, want: Outcome, got: Outcome): Promise<boolean> {
  if (want.ok !== got.ok) return false;
  if (want.text === got.text) return true;
  // Go tells the failures of a schema in the random order of its maps.
  const sorted = (text: string) => text.split("\n").toSorted().join("\n");
  if (!want.ok) return sorted(want.text) === sorted(got.text);
  const second = await stockOutcome(helm, stamp, item, "again");
  if (second.text === want.text) return false;
  return shapeOf(want.text, second.text, want.text) === shapeOf(want.text, second.text, got.text);
}

/** A text with every line that chance has a hand in reduced to its shape. */
function shapeOf(first: string, second: string, text: string): string {
  const random = new Set<string>();
  const others = new Set(second.split("\n"));
  const shape = (line: string) => line.replace(/[A-Za-z0-9+/=_.!@#$%^&*()-]{4,}/g, "#");
  for (const line of first.split("\n")) if (!others.has(line)) random.add(shape(line));
  const lines = text.split("\n").map((line) => (random.has(shape(line)) ? shape(line) : line));
  // Certificates are a line longer or shorter now and then.
  return lines.filter((line, index) => !(/^\s*#\s*$/.test(line) && line === lines[index - 1])).join("\n");
}

function report(item: Case, version: Version, want: Outcome, got: Outcome): void {
  if (flags.list) console.log(`DIFF helm ${version} ${nameOf(item)}`);
  if (shown++ >= Number(flags.show)) return;
  const a = want.text.split("\n");
  const b = got.text.split("\n");
  const at = a.findIndex((line, index) => line !== b[index]);
  const line = at < 0 ? a.length : at;
  const context = a.slice(0, line).findLast((text) => text.startsWith("# Source: ")) ?? "";
  console.log(`helm ${version} ${nameOf(item)} ${context}`);
  console.log(
    `  line ${line + 1}: helm ${want.ok ? "" : "fails "}: ${JSON.stringify(a.slice(line, line + 2).join("\n")).slice(0, 400)}`,
  );
  console.log(
    `  line ${line + 1}: ours ${got.ok ? "" : "fails "}: ${JSON.stringify(b.slice(line, line + 2).join("\n")).slice(0, 400)}`,
  );
}
