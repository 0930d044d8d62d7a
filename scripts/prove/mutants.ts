/**
 * Do the charts' checks notice a slip of the hand? Mutants are drawn from every scalar and condition of the templates of
 * all charts and of the library; each is put into a copy, and the checks run until one of them notices.
 *
 *     npm run prove:mutants -- --n 200 --seed 1 [--chart REGEX] [--least 90]
 *
 * A mutant counts as caught when the chart's helm-unittest suites fail, when some values file renders no more, when
 * kubeconform, the search for nulls or kube-score find something, or when an environment's sum of requests is exceeded.
 * One in the library is shown to the library's own suites first, and then to every chart. Survivors are listed. It fails
 * where fewer than `--least` percent are caught.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { librarySuites, platformCharts, root, type Case, type PlatformChart } from "../../test/platforms/charts.ts";
import { conform, schemas } from "../../test/platforms/conform.ts";
import { mutantsOf, type Mutant } from "../../test/platforms/mutants.ts";
import { prepare, type Prepared } from "../../test/platforms/prepare.ts";
import { nulls, slipwayTemplate, templateWords } from "../../test/platforms/render.ts";
import { sumOfRequests } from "../../test/platforms/requests.ts";
import { score } from "../../test/platforms/score.ts";
import { unittest } from "../../test/platforms/unittest.ts";
import { tool } from "../../test/tools/tools.ts";
import { Chance } from "./chance.ts";

const { values: flags } = parseArgs({
  options: {
    n: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    chart: { type: "string", default: "" },
    least: { type: "string", default: "90" },
    verbose: { type: "boolean", default: false },
  },
});

interface Place {
  /** The charts that could notice, and the file in each of their copies. */
  readonly charts: readonly PlatformChart[];
  readonly file: string;
  readonly label: string;
  readonly mutant: Mutant;
}

const charts = platformCharts();
const places = [...charts.flatMap((chart) => placesOf([chart], chart.folder, "")), ...libraryPlaces()].filter(
  ({ label }) => new RegExp(flags.chart).test(label),
);
const chance = new Chance(Number(flags.seed));
for (let i = places.length - 1; i > 0; i--) {
  const j = chance.below(i + 1);
  [places[i], places[j]] = [places[j] as Place, places[i] as Place];
}

function placesOf(noticing: readonly PlatformChart[], folder: string, inside: string): Place[] {
  return globSync("templates/**/*.{yaml,tpl,txt}", { cwd: folder })
    .toSorted()
    .flatMap((file) =>
      mutantsOf(readFileSync(join(folder, file), "utf8")).map((mutant) => ({
        charts: noticing,
        file: join(inside, file),
        label: `${folder.slice(root.length + 1)}/${file}:${mutant.line}`,
        mutant,
      })),
    );
}

/** What is wrong in the library may be noticed by its own suites, and by any chart. */
function libraryPlaces(): Place[] {
  return placesOf([librarySuites(), ...charts], join(root, "platforms", "library"), join("charts", "slipway-common"));
}

interface Opened {
  /** The copy that is changed. */
  readonly prepared: Prepared;
  /** What each case renders unchanged, as far as somebody asked. */
  readonly before: Map<string, string>;
}

const opened = new Map<PlatformChart, Opened>();

async function open(chart: PlatformChart): Promise<Opened> {
  const known = opened.get(chart);
  if (known !== undefined) return known;
  const prepared = prepare(chart.folder, { standIns: true, copy: true });
  const out = { prepared, before: new Map<string, string>() };
  opened.set(chart, out);
  const failed = await unittest(tool("helm-unittest").path, prepared.path);
  if (failed.length > 0) throw new Error(`${chart.name}: its suites fail as they are:\n${failed.join("\n")}`);
  return out;
}

/** What a case renders unchanged: few mutants get past the suites, so this is found out when it is asked for. */
async function unchanged(chart: PlatformChart, { before }: Opened, values: Case): Promise<string> {
  const known = before.get(values.name);
  if (known !== undefined) return known;
  using pristine = prepare(chart.folder, { standIns: true });
  const ran = await slipwayTemplate(4, templateWords(pristine.path, chart.release, chart.platform, values));
  if (ran.code !== 0) throw new Error(`${chart.name}/${values.name} does not render: ${ran.err}`);
  before.set(values.name, ran.out);
  return ran.out;
}

/** Who notices the mutant in this chart's copy, if anybody. */
async function caughtBy(chart: PlatformChart, copy: Opened, file: string): Promise<string | undefined> {
  const { prepared } = copy;
  const template = file.replace(/^.*templates\//, "");
  const failed = await unittest(tool("helm-unittest").path, prepared.path, { failFast: true, template });
  if (failed.length > 0) return "helm-unittest";
  const changed: { readonly name: string; readonly text: string }[] = [];
  for (const values of chart.cases) {
    const ran = await slipwayTemplate(4, templateWords(prepared.path, chart.release, chart.platform, values));
    if (ran.code !== 0) return "rendering";
    if (ran.out !== (await unchanged(chart, copy, values))) changed.push({ name: values.name, text: ran.out });
  }
  for (const { name, text } of changed) {
    if (nulls(text, chart).length > 0) return "nulls";
    const newest = schemas().versions.at(-1);
    if (newest !== undefined && (await conform(tool("kubeconform").path, newest, text)).length > 0)
      return "kubeconform";
    const scored = await score(tool("kube-score").path, `${chart.name}/${name}`, chart.platform, text);
    if (scored.findings.length > 0) return "kube-score";
    const budget = chart.budgets[name];
    if (budget === undefined) continue;
    const sum = sumOfRequests(text);
    if (sum.cpu > budget.cpu || sum.memory > budget.memory) return "requests";
  }
  return undefined;
}

const chosen = places.slice(0, Number(flags.n));
const tally = new Map<string, number>();
const survivors: string[] = [];
try {
  for (const { charts: noticing, file, label, mutant } of chosen) {
    let by: string | undefined;
    for (const chart of noticing) {
      const copy = await open(chart);
      const path = join(copy.prepared.path, file);
      const original = readFileSync(path, "utf8");
      writeFileSync(path, mutant.text);
      by = await caughtBy(chart, copy, file);
      writeFileSync(path, original);
      if (by !== undefined) break;
    }
    if (by === undefined) survivors.push(`${label}: ${mutant.what}`);
    else tally.set(by, (tally.get(by) ?? 0) + 1);
    if (flags.verbose) console.log(`${by ?? "SURVIVED"} ${label}: ${mutant.what}`);
  }
} finally {
  for (const { prepared } of opened.values()) prepared[Symbol.dispose]();
}
const caught = chosen.length - survivors.length;
const percent = (100 * caught) / Math.max(1, chosen.length);
for (const line of survivors.toSorted()) console.log(`survived: ${line}`);
console.log(
  `${chosen.length} of ${places.length} mutants, seed ${flags.seed}: ${caught} caught (${percent.toFixed(1)} %): ${[...tally].map(([by, count]) => `${by} ${count}`).join(", ")}`,
);
process.exitCode = percent >= Number(flags.least) && chosen.length > 0 ? 0 : 1;
