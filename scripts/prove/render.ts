/**
 * Random templates with Helm's whole function set, rendered as a chart by Helm's own engine and by ours; any
 * difference in output or in the words of an error is printed.
 *
 *     npm run prove:render -- --n 5000 --seed 1 [--helm 4|3] [--kept]
 *
 * With --kept, each chart is rendered once before, and then from the outlines that were kept of it.
 */
import { parseArgs } from "node:util";
import { fromBytes, messageOf, seededRandom, toBytes } from "../../src/base/index.ts";
import { loadFiles, mergeUserValues } from "../../src/chart/index.ts";
import { Rendering } from "../../src/render/render.ts";
import { allFamilies, loadFamilies, sprigFuncs } from "../../src/sprig/index.ts";
import { builtinFuncs, generateCase, type FuzzFunc, type Kind } from "../../test/fuzz/template-generator.ts";
import { MemoryOutlines } from "../../test/fuzz/memory-outlines.ts";
import { tool } from "../../test/tools/tools.ts";
import { startOracle } from "./oracle.ts";

const { values: flags } = parseArgs({
  options: {
    n: { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    show: { type: "string", default: "5" },
    helm: { type: "string", default: "4" },
    kept: { type: "boolean", default: false },
  },
});
const helmVersion = flags.helm === "3" ? 3 : 4;

// What is random, asks the clock, eats memory, answers in Go's order of maps, or makes maps that hold themselves.
const left =
  /^(rand|gen|uuid|derive|htpasswd|bcrypt|encrypt|now|ago|date|htmlDate|must_?date|toDate|mustToDate|duration|unixEpoch|shuffle|keys|values|getHost|seq$|until|repeat|indent|nindent|env|expandenv|buildCustomCert|slice|set$|(must)?merge)/i;
const kinds: Readonly<Record<string, Kind>> = {
  string: "string",
  int: "int",
  int64: "int64",
  float64: "float",
  bool: "bool",
  "[]interface {}": "list",
  "map[string]interface {}": "map",
  "[]string": "strings",
};
const kind = (type: unknown): Kind => kinds[String(type)] ?? "any";

await loadFamilies(allFamilies);
const set = sprigFuncs({ clock: { now: () => 0 }, random: seededRandom(1) });
const functions: FuzzFunc[] = [...builtinFuncs];
for (const [name, func] of Object.entries(set)) {
  if (left.test(name)) continue;
  functions.push(fuzzFunc(name, func));
}
functions.push(
  { name: "include", params: ["string", "any"], result: "string", literals: { 0: ['"lib.one"', '"t"', '"nowhere"'] } },
  {
    name: "tpl",
    params: ["string", "any"],
    result: "string",
    literals: { 0: ['"{{ . }}"', '"{{ .a }}"', '"{{ if }}"'] },
  },
  { name: "required", params: ["string", "any"], result: "any" },
  { name: "fail", params: ["string"], result: "string" },
);

function fuzzFunc(name: string, func: unknown): FuzzFunc {
  const { params = [], variadic, result } = func as { params?: unknown[]; variadic?: unknown; result?: unknown };
  return {
    name,
    params: params.map(kind),
    result: kind(result),
    ...(variadic === undefined ? {} : { variadic: kind(variadic) }),
  };
}

interface ChartCase {
  readonly id: number;
  readonly files: Readonly<Record<string, string>>;
  readonly values: unknown;
  readonly show: string;
}
interface Answer {
  readonly out?: string;
  readonly out64?: string;
  readonly error?: string;
  readonly timeout?: boolean;
}

const main = "app/templates/a.txt";
function make(id: number): ChartCase {
  const one = generateCase(id, { functions, goKinds: false });
  const files: Record<string, string> = { "Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n" };
  const names: string[] = [];
  for (const [i, [, text]] of (one.templates ?? []).entries()) {
    files[`templates/_${i}.tpl`] = text;
    names.push(`app/templates/_${i}.tpl`);
  }
  files["templates/a.txt"] = `{{ include "${names.at(-1)}" .Values }}`;
  return { id, files, values: plain(one.data), show: main };
}

/** The data without the kinds that only Go has. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if ("k" in value) return "v" in value && /^-?\d+$/.test(String(value.v)) ? Number(value.v) : null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

async function ours(one: ChartCase): Promise<{ out?: string; error?: string }> {
  if (!flags.kept) return rendered(one, {});
  const outlines = new MemoryOutlines();
  await rendered(one, { outlines });
  await outlines.flush();
  return rendered(one, { outlines });
}

async function rendered(
  one: ChartCase,
  aids: { readonly outlines?: MemoryOutlines },
): Promise<{ out?: string; error?: string }> {
  try {
    const files = Object.entries(one.files).map(([name, text]) => ({ name, data: new TextEncoder().encode(text) }));
    const values = mergeUserValues({ files: [{ name: "v", text: JSON.stringify(one.values) }], helmVersion });
    const rendering = new Rendering(loadFiles(files, { helmVersion }), values, {
      release: { name: "release-name", namespace: "default", revision: 1, isInstall: true, isUpgrade: false },
      limits: { timeout: 30_000 },
      helmVersion,
      ...aids,
    });
    await rendering.prepare(undefined);
    return { out: rendering.renderFiles().get(main) ?? "" };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

const oracle = startOracle(tool(`render-oracle/helm${helmVersion}`).path, (line) => JSON.parse(line) as Answer);
const n = Number(flags.n);
const first = Number(flags.seed) * 1_000_003;
let same = 0;
let failing = 0;
let unsaid = 0;
let shown = 0;
for (let from = 0; from < n; from += 500) {
  const cases = Array.from({ length: Math.min(500, n - from) }, (_, i) => make(first + from + i));
  const theirs = await oracle.ask(cases);
  for (const [i, one] of cases.entries()) await compare(one, theirs[i] as Answer);
}
oracle.stop();
console.log(
  `Helm ${helmVersion}, ${n} charts from seed ${flags.seed}: ${same} the same (${failing} of them errors), ${unsaid} say nothing, ${n - same - unsaid} differ`,
);
process.exitCode = same + unsaid === n ? 0 : 1;

async function compare(one: ChartCase, theirs: Answer): Promise<void> {
  const answer = await ours(one);
  const said =
    theirs.out64 === undefined ? theirs.out : fromBytes(Uint8Array.from(Buffer.from(theirs.out64, "base64")));
  const expected = theirs.error === undefined ? fromText(said) : theirs.error;
  const got = theirs.error === undefined ? answer.out : answer.error;
  // A thousand nested includes: our stack ends sooner, the words are Helm's last ones (docs/compatibility.md).
  const endless = [expected, got].every((text) => text?.includes("rendering template has a nested reference name"));
  // Addresses differ from run to run.
  if (theirs.timeout === true || endless) unsaid++;
  else if (/0x[0-9a-f]{6,}|0xc0/.test(expected ?? "")) unsaid++;
  else if (expected === got) {
    same++;
    if (theirs.error !== undefined) failing++;
  } else if (shown++ < Number(flags.show)) {
    console.log(JSON.stringify({ id: one.id, files: one.files, values: one.values }));
    console.log(`  Helm: ${JSON.stringify(theirs)}`);
    console.log(`  ours: ${JSON.stringify(answer)}`);
  }
}

function fromText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : fromBytes(toBytes(text));
}
