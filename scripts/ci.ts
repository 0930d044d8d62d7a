/**
 * `npm run ci [-- NAME…]`, what .ci/run runs: types, lint, format, imports, dead code; the tools to compare with;
 * `npm test`; then the shares of longer proofs listed in scripts/ci-shares.json. With names, only those steps.
 * Each step is one `npm run`; a step that prints `N passed, N failed, N skipped` (or node:test's summary) counts with
 * those numbers, any other counts as one. Without Go, what needs a tool to compare with is skipped.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kubelab } from "../test/tools/kubelab.ts";
import { tool } from "../test/tools/tools.ts";
import { addCounts, type Counts, countsOf } from "./ci-counts.ts";

interface Step {
  readonly name: string;
  /** Arguments of `npm run --silent`, or `test` for `npm test`. */
  readonly run: string;
  /** Tools of test/tools, or "kubelab", without which the step is skipped; .ci/run builds them first. */
  readonly needs?: readonly string[];
  /** A step that takes longer has failed. */
  readonly seconds: number;
  /** Measures time: nothing else may run beside it. */
  readonly alone?: boolean;
}

interface Outcome {
  readonly step: Step;
  readonly counts: Counts;
  readonly seconds: number;
  readonly note: string;
}

const root = join(import.meta.dirname, "..");

const steps: readonly Step[] = [
  { name: "types", run: "types", seconds: 120, alone: true },
  { name: "lint", run: "lint", seconds: 120, alone: true },
  { name: "format", run: "format:check", seconds: 60, alone: true },
  { name: "imports", run: "imports", seconds: 60, alone: true },
  { name: "deadcode", run: "deadcode", seconds: 120, alone: true },
  // Building Go programs from nothing takes long; with a warm cache this is over at once.
  { name: "tools", run: "tools -- --ci", seconds: 2700, alone: true },
  { name: "test", run: "test", seconds: 900, alone: true },
  ...(JSON.parse(readFileSync(join(root, "scripts", "ci-shares.json"), "utf8")) as Step[]),
];

/** Why a step cannot run on this machine: a tool to compare with is not there. */
function missing(step: Step): string | undefined {
  for (const name of step.needs ?? []) {
    try {
      const { skip } = name === "kubelab" ? kubelab() : tool(name);
      if (skip !== false) return skip;
    } catch {
      // It could not be built, which the step "tools" has reported: the step itself will say so again.
    }
  }
  return undefined;
}

/** Runs a step; its output is passed on when it is over, or at once where it runs alone. */
function runStep(step: Step): Promise<Outcome> {
  const started = Date.now();
  const reason = missing(step);
  if (reason !== undefined) {
    return Promise.resolve({ step, counts: { passed: 0, failed: 0, skipped: 1 }, seconds: 0, note: reason });
  }
  const args = step.run === "test" ? ["test", "--silent"] : ["run", "--silent", ...step.run.split(" ")];
  return new Promise((resolve) => {
    let output = "";
    // Its own process group, so that a step that is stopped takes what it started with it.
    const child = spawn("npm", args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      if (step.alone === true) process.stdout.write(chunk);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    let note = "";
    const limit = setTimeout(() => {
      note = `stopped after ${step.seconds} s`;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, step.seconds * 1000);
    child.on("error", (error) => (note = error.message));
    child.on("close", (code) => {
      clearTimeout(limit);
      if (step.alone !== true) process.stdout.write(`\n=== ${step.name}\n${output}`);
      const ok = code === 0 && note === "";
      resolve({ step, counts: countsOf(output, ok), seconds: (Date.now() - started) / 1000, note });
    });
  });
}

/** Runs steps that may share the machine, two at a time. */
async function runBeside(queue: readonly Step[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = [...queue];
  const worker = async () => {
    for (let step = left.shift(); step !== undefined; step = left.shift()) outcomes.push(await runStep(step));
  };
  await Promise.all([worker(), worker()]);
  return outcomes;
}

const wanted = process.argv.slice(2);
const chosen = wanted.length === 0 ? steps : steps.filter((step) => wanted.includes(step.name));
const outcomes: Outcome[] = [];
for (const step of chosen.filter(({ name }) => steps.findIndex((other) => other.name === name) < 7)) {
  process.stdout.write(`\n=== ${step.name}\n`);
  outcomes.push(await runStep(step));
}
const shares = chosen.filter((step) => !outcomes.some((outcome) => outcome.step === step));
outcomes.push(...(await runBeside(shares.filter((step) => step.alone !== true))));
for (const step of shares.filter(({ alone }) => alone === true)) {
  process.stdout.write(`\n=== ${step.name}\n`);
  outcomes.push(await runStep(step));
}

process.stdout.write("\n=== summary\n");
for (const { step, counts, seconds, note } of outcomes) {
  const verdict = counts.failed > 0 ? "FAILED " : counts.passed === 0 ? "skipped" : "ok     ";
  const numbers = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  process.stdout.write(
    `${verdict} ${step.name.padEnd(24)} ${seconds.toFixed(1).padStart(7)} s   ${numbers}${note && `   (${note})`}\n`,
  );
}
const total = outcomes.map(({ counts }) => counts).reduce(addCounts, { passed: 0, failed: 0, skipped: 0 });
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 && outcomes.length > 0 ? 0 : 1;
