/**
 * `npm run bench [-- --gate] [--only TEXT] [--pairs N] [--markdown] [--charts FOLDER]`: compares Slipway with the stock tools, side by side
 * in one run, and prints the ratios. `--gate` fails where CPU time is above 1.25 times the budget; `--markdown` prints
 * the table of docs/performance.md; `--charts` adds comparisons over a folder of public charts.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { tool } from "../test/tools/tools.ts";
import { type Case, cases } from "./cases.ts";
import { chartCases } from "./chart-cases.ts";
import { type CommandLine, compare, type Comparison } from "./paired.ts";

const slack = 1.25;
const { values } = parseArgs({
  options: {
    gate: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    pairs: { type: "string", default: "11" },
    markdown: { type: "boolean", default: false },
    charts: { type: "string", default: "" },
  },
});

interface Result {
  readonly subject: Case;
  readonly comparison: Comparison;
}

function output(line: CommandLine): string {
  return execFileSync(line.program, [...line.args], { cwd: line.cwd, encoding: "utf8", maxBuffer: 1e9 });
}

/** Runs one case; a string says why it could not be run. */
function runCase(subject: Case): Result | string {
  const missing = [...subject.tools, "measure"].map((name) => tool(name).skip).find((skip) => skip !== false);
  if (typeof missing === "string") return missing;
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  try {
    const { ours, stock } = subject.prepare(folder);
    if (subject.same && output(ours) !== output(stock))
      throw new Error(`${subject.name}: the two print different things`);
    return { subject, comparison: compare(ours, stock, subject.pairs ?? Number(values.pairs), subject.warmUp) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function row({ subject, comparison }: Result): string[] {
  const { ours, stock, ratio } = comparison;
  const pair = (key: "cpuMs" | "wallMs" | "memoryMb") => `${ours[key].toFixed(1)} / ${stock[key].toFixed(1)}`;
  return [
    subject.name,
    pair("cpuMs"),
    ratio.cpuMs.toFixed(2),
    subject.budget.toFixed(2),
    pair("wallMs"),
    ratio.wallMs.toFixed(2),
    pair("memoryMb"),
    ratio.memoryMb.toFixed(2),
  ];
}

const head = ["work", "CPU ms, ours / stock", "ratio", "budget", "wall ms", "ratio", "peak MB", "ratio"];
const results: Result[] = [];
let [passed, failed, skipped] = [0, 0, 0];
const all = [...cases, ...(values.charts === "" ? [] : chartCases(values.charts))];
for (const subject of all.filter(({ name }) => name.includes(values.only))) {
  const result = runCase(subject);
  if (typeof result === "string") {
    process.stdout.write(`skipped  ${subject.name}: ${result}\n`);
    skipped++;
    continue;
  }
  results.push(result);
  const { ratio, ours, stock } = result.comparison;
  const ok = ratio.cpuMs <= subject.budget * slack;
  const verdict = ratio.cpuMs <= subject.budget ? "within budget" : ok ? "within the gate" : "over its budget";
  process.stdout.write(
    `${ratio.cpuMs.toFixed(2)} x   ${subject.name}: CPU ${ours.cpuMs.toFixed(1)} ms to ${stock.cpuMs.toFixed(1)} ms, ` +
      `wall ${ratio.wallMs.toFixed(2)} x, memory ${ratio.memoryMb.toFixed(2)} x; budget ${subject.budget} x, ${verdict}\n`,
  );
  if (ok || !values.gate) passed++;
  else failed++;
}
if (values.markdown) {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.version}`;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  process.stdout.write(`\nLeast of ${values.pairs} paired runs on ${machine}.\n\n`);
  process.stdout.write(line(head) + line(head.map(() => "---")) + results.map((result) => line(row(result))).join(""));
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
